"""Answers requests with deadlines on a fixed number of threads: who waits, who is served how, who is refused.

The shell around the pure scheduler: it has the lock, the clock and the threads. It knows no document and no stage; the
pipeline hands in how one is run and how a refusal is written.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from docpipe.scheduling.ladder import JointLadder
from docpipe.scheduling.price import NS_PER_MS
from docpipe.scheduling.queue import NEVER, Request
from docpipe.scheduling.scheduler import Refusal, Scheduler, SchedulerSettings, Start

log = logging.getLogger("docpipe.scheduling")

D = TypeVar("D")
R = TypeVar("R")

LADDER_EVERY_NS = 100 * NS_PER_MS
"""How often the ladder is built again from the rungs that the policy lets serve."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asks for beside the document."""

    deadline_ms: float | None = None
    priority: int = 0
    allow: Callable[[JointLadder], JointLadder | None] = lambda ladder: ladder
    """What is left of a ladder for this caller; None where nothing is."""
    may_refuse: bool = True
    size: float = 1.0
    """Expected time on the best rungs over that of the reference document."""


class Queued(NamedTuple):
    """The queue at one moment."""

    waiting: int
    oldest_s: float
    """How long the one that waits longest has waited."""
    backlog_ms: float
    """Until all are served at the cheapest."""
    price: float
    """Accuracy per millisecond that a step up must win; 0 where time is left over."""
    correction: float
    """Times of late over those of the profile."""
    tail: float
    """What 90 of 100 documents take at most over the corrected time."""


class Grant:
    """The rungs that a started document may use; asks again at each stage whether it is late by now."""

    def __init__(self, server: RequestServer[D, R], start: Start, stages: Sequence[str]) -> None:
        self._server, self._start, self._stages = server, start, tuple(stages)

    @property
    def waited_ns(self) -> int:
        """Time between asking and starting."""
        return self._server.now() - self._start.request.arrived

    @property
    def left_s(self) -> float | None:
        """Seconds until its deadline, 0 once that is over; None without one."""
        request = self._start.request
        return max(request.deadline - self._server.now(), 0) / 1e9 if request.has_deadline else None

    def best_rung(self, stage: str, share_left: float = 1.0, size: float | None = None) -> tuple[str, float]:
        """Return the best rung that the document may take at a stage that it is about to enter, and the price now.

        Args:
            stage: its name.
            share_left: how much of the document is still to be read, 0 to 1.
            size: of what is left from this stage on, where it is better known by now than when the document came.
        """
        known = self._start.request.size * share_left if size is None else size
        return self._server.rung_for(self._start, self._stages, stage, known)


class RequestServer(Generic[D, R]):
    """Queue, admission and threads. `close` ends it; what still waits is refused."""

    def __init__(
        self,
        settings: SchedulerSettings,
        ladder: Callable[[], JointLadder],
        serve: Callable[[D, Grant], R],
        refuse: Callable[[D, Refusal], R],
        clock: Callable[[], int],
        hold_ms: Callable[[], float] | None = None,
    ) -> None:
        """Start the threads.

        Args:
            ladder: what the policy lets serve at the moment; asked at most every 100 ms.
            serve: reads one document on the rungs that it is granted.
            refuse: writes the answer to a document that is not read.
            clock: nanoseconds, monotonic.
            hold_ms: how long a held price stays, asked as often; None: as the settings say.
        """
        self.now = clock
        self._settings = settings
        self._ladder_now, self._serve, self._refuse = ladder, serve, refuse
        self._scheduler = Scheduler(ladder(), settings)
        self._hold_ms = hold_ms
        self._ladder_at = clock()
        self._jobs: dict[int, tuple[D, Future[R]]] = {}
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"docpipe-request-{n}", daemon=True)
            for n in range(settings.workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, document: D, wish: Wish) -> Future[R]:
        """Let a document wait; the future gets its answer or refusal. Cancelling it drops what has not begun."""
        future: Future[R] = Future()
        refusals: list[Refusal] = []
        with self._changed:
            now = self.now()
            deadline = NEVER if wish.deadline_ms is None else now + int(wish.deadline_ms * NS_PER_MS)
            self._refresh(now)
            allowed = wish.allow(self._scheduler.ladder)
            request = Request(
                next(self._numbers), now, wish.size, deadline, wish.priority,
                None if allowed is self._scheduler.ladder else allowed, wish.may_refuse,
            )  # fmt: skip
            self._jobs[request.number] = (document, future)
            if self._closed or allowed is None:
                refusals.append(Refusal(request, "cancelled" if self._closed else "hopeless", 0.0))
            elif (refusal := self._scheduler.arrive(now, request)) is not None:
                refusals.append(refusal)
            else:
                self._changed.notify()
        self._answer(refusals)
        return future

    def rung_for(self, start: Start, stages: Sequence[str], stage: str, size: float) -> tuple[str, float]:
        """Return the rung that a started document may take at a stage, and the price of a millisecond."""
        index = stages.index(stage)
        with self._changed:
            configuration = self._scheduler.next_stage(self.now(), start.request.number, index, size)
        return configuration.rungs[index], start.price_per_ms

    def look_at_queue(self) -> Queued:
        """Return what waits at the moment."""
        with self._changed:
            now = self.now()
            self._scheduler.prices.advance(now)
            oldest = self._scheduler.queue.oldest()
            waited_s = 0.0 if oldest is None else (now - oldest) / 1e9
            pace = self._scheduler.pace
            price = self._scheduler.price_per_ms()
            return Queued(len(self._scheduler.queue), waited_s, self._scheduler.drain_ms(), price, *pace[:2])

    def close(self) -> None:
        """Refuse what waits, let what runs finish, and end the threads."""
        refusals = []
        with self._changed:
            self._closed = True
            while (request := self._scheduler.queue.take()) is not None:
                refusals.append(Refusal(request, "cancelled", 0.0))
            self._changed.notify_all()
        self._answer(refusals)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _refresh(self, now: int) -> None:
        if now - self._ladder_at < LADDER_EVERY_NS:
            return
        self._ladder_at = now
        ladder = self._ladder_now()
        if ladder != self._scheduler.ladder:
            self._scheduler.replace_ladder(ladder)
        if self._hold_ms is not None:
            self._scheduler.hold_for(now, self._hold_ms())

    def _work(self) -> None:
        while (start := self._next()) is not None:
            document, future = self._jobs.pop(start.request.number)
            served: int | None = None
            try:
                answer = self._serve(document, Grant(self, start, self._scheduler.ladder.stages))
                served = self.now()
                future.set_result(answer)
            except BaseException as e:
                future.set_exception(e)
            with self._changed:
                self._scheduler.finish(start.request.number, served)

    def _next(self) -> Start | None:
        """Return the next document whose caller still wants it; None when the server is closed."""
        while True:
            with self._changed:
                self._refresh(self.now())
                decided = self._scheduler.start(self.now())
                if decided is None:
                    if self._closed:
                        return None
                    self._changed.wait()
                    continue
            if isinstance(decided, Refusal):
                self._answer([decided])
                continue
            if self._jobs[decided.request.number][1].set_running_or_notify_cancel():
                return decided
            with self._changed:
                self._jobs.pop(decided.request.number)
                self._scheduler.finish(decided.request.number)

    def _answer(self, refusals: Sequence[Refusal]) -> None:
        for refusal in refusals:
            document, future = self._jobs.pop(refusal.request.number)
            if not future.set_running_or_notify_cancel():
                continue
            log.info("docpipe.refused reason=%s retry_after_ms=%.0f", refusal.reason, refusal.retry_after_ms)
            try:
                future.set_result(self._refuse(document, refusal))
            except BaseException as e:
                future.set_exception(e)
