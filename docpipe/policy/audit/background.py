"""Writes an event log on a thread of its own, so that no document waits for encoding or for a disk.

The queue is bounded. What does not fit is dropped and counted, and so is what cannot be written: a full disk, a folder
that is gone. The log then says so and goes on from the state of that moment, so that what follows still replays.
"""

from __future__ import annotations

import logging
import threading
from collections import deque

from docpipe.policy.audit.log import EventLog
from docpipe.policy.core.facts import Fact
from docpipe.policy.core.step import Step

_log = logging.getLogger("docpipe.policy")

MOST_WAITING = 20_000
"""Facts that may wait to be written: several seconds of the busiest traffic."""


class BackgroundLog:
    """An `EventLog` that is written beside. A context manager; leaving it writes what waits."""

    def __init__(self, log: EventLog, *, most_waiting: int = MOST_WAITING) -> None:
        self._target, self._most = log, most_waiting
        self._waiting: deque[tuple[Fact, Step]] = deque()
        self._some = threading.Condition()
        self._closed = False
        self._missing = 0
        self._unwritten = 0
        """Facts since writing last worked."""
        self.dropped = 0
        """How many facts are not in the log."""
        self._thread = threading.Thread(target=self._work, name="docpipe-event-log", daemon=True)

    def write_start(self, time_ns: int, unix_ns: int, after: Step) -> None:
        """Begin the log at once, so that one that cannot be written is told at the start.

        Raises:
            UsageError: something else stands at the path, or nothing can be written there.
        """
        self._target.write_start(time_ns, unix_ns, after)
        self._thread.start()

    def write_fact(self, fact: Fact, after: Step) -> None:
        """Queue one fact and what followed; returns at once, also where the queue is full."""
        with self._some:
            if self._closed or len(self._waiting) >= self._most:
                self._missing += 1
                self.dropped += 1
                return
            if self._missing:
                _log.warning("docpipe.event_log_dropped facts=%d path=%s", self._missing, self._target.path)
                self._missing = 0
                self._waiting.append((fact, _resume_point(after)))
            else:
                self._waiting.append((fact, after))
            self._some.notify()

    def close(self) -> None:
        """Write what waits, and end; a second call does nothing."""
        with self._some:
            self._closed = True
            self._some.notify()
        if self._thread.is_alive():
            self._thread.join()
        if self._missing:
            _log.warning("docpipe.event_log_dropped facts=%d path=%s", self._missing, self._target.path)
            self._missing = 0
        self._tell_unwritten()
        self._target.close()

    def _work(self) -> None:
        while True:
            with self._some:
                while not self._waiting and not self._closed:
                    self._some.wait()
                if not self._waiting:
                    return
                fact, after = self._waiting.popleft()
            self._write(fact, after)

    def _write(self, fact: Fact, after: Step) -> None:
        """Write one fact, or where writing failed before, the state after it. Says once that it fails."""
        try:
            if self._unwritten or isinstance(after, _Resumed):
                self._target.resume(fact.time_ns, after)
            else:
                self._target.write_fact(fact, after)
        except Exception as e:
            if not self._unwritten:
                _log.error("docpipe.event_log_failed path=%s error=%r", self._target.path, str(e))
            self._unwritten += 1
            with self._some:
                self.dropped += 1
            return
        self._tell_unwritten()

    def _tell_unwritten(self) -> None:
        if self._unwritten:
            _log.warning("docpipe.event_log_dropped facts=%d path=%s", self._unwritten, self._target.path)
            self._unwritten = 0


class _Resumed(Step):
    """A step before which others were dropped."""


def _resume_point(after: Step) -> _Resumed:
    return _Resumed(after.plan, after.state, after.events, after.assignment, after.effects)
