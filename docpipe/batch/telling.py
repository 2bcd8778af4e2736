"""Tells programs of results on a thread of its own, so that one that is slow, or away, keeps no document waiting.

What could not be told stands in the watch's journal: it is told again after a while, and at the next start.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

log = logging.getLogger("docpipe.batch")

MOST_WAITING = 1000
"""Results that wait in memory; what is more waits in the journal."""
AGAIN_S, LONGEST_S = 60.0, 3600.0
"""After so long what was not heard is told again; each time twice as long, up to an hour."""
GRACE_S = 10.0
"""For so long, when a watch is stopped, what waits is still told."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A result that somebody is to be told of."""

    output: str
    sha256: str
    told: frozenset[str]
    """Who knows already."""
    begun: frozenset[str]
    """Who may know already: the process was killed, or the call failed, while they were told."""


class Telling:
    """A queue and the thread that works it off."""

    def __init__(
        self,
        tell: Callable[[Untold], bool],
        untold: Callable[[], Iterable[Untold]],
        *,
        clock: Callable[[], float] = time.monotonic,
        again_s: float = AGAIN_S,
    ) -> None:
        """`tell` says whether everybody was reached; `untold` is what the journal says nobody was told of."""
        self._tell, self._untold, self._clock, self._first_s = tell, untold, clock, again_s
        self._queue: queue.Queue[Untold | None] = queue.Queue()
        self.lock = threading.RLock()
        """Held while the journal is looked into, and by who writes there what comes into the queue next."""
        self._behind = False
        """Whether something waits in the journal."""
        self._stopped_at: float | None = None
        self._thread = threading.Thread(target=self._work, name="docpipe-telling", daemon=True)
        self._thread.start()

    def add(self, one: Untold) -> None:
        """Have a result told after those before it. Never waits."""
        if self._queue.qsize() >= MOST_WAITING:
            self._behind = True
            return
        self._queue.put(one)

    def wait(self) -> None:
        """Return when everything that waits in memory was tried."""
        self._queue.join()

    def close(self) -> None:
        """Tell what waits as far as that goes quickly, and end."""
        self._stopped_at = self._clock()
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        pause = self._first_s
        while True:
            try:
                one = self._queue.get(timeout=pause if self._behind else None)
            except queue.Empty:
                pause = min(2 * pause, LONGEST_S)
                self._look_again()
                continue
            try:
                if one is None:
                    return
                if not self._try(one):
                    self._behind = True
                elif not self._behind:
                    pause = self._first_s
            finally:
                self._queue.task_done()

    def _look_again(self) -> None:
        with self.lock:
            if self._queue.empty():
                self._behind = False
                for each in self._untold():
                    self.add(each)

    def _try(self, one: Untold) -> bool:
        if self._stopped_at is not None and self._clock() - self._stopped_at > GRACE_S:
            return False
        try:
            return self._tell(one)
        except Exception:  # the journal cannot be written, say; the next start tells
            log.exception("docpipe.not_told output=%s", one.output)
            return False
