"""Reads a document on a rung under trial, in idle time: few documents are no reason to stay down.

The policy asks for it with an effect. What is read is one of the last documents once more (a shadow run), or a bundled
one where none was kept. The result goes nowhere, the calls count as `shadow` samples. A document of a caller always
goes first: a canary is put off while one is read.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

import numpy as np

from docpipe.control.recent_documents import RecentDocuments
from docpipe.control.router import Router
from docpipe.document import Image
from docpipe.execution.document_run import RunHooks
from docpipe.execution.executor import Executor
from docpipe.execution.stage_call import Attempt
from docpipe.inputs.source import Source
from docpipe.policy.core.effects import Effect
from docpipe.policy.core.values import Kind, Outcome, Sample

log = logging.getLogger("docpipe.canary")

WORKER = "canary"


def canary_page() -> Image:
    """Return the bundled document: a drawn receipt with a small ruled table, so that every stage has work."""
    import cv2  # asked for seldom, and slow to import

    page = np.full((720, 540, 3), 255, np.uint8)
    lines = (
        "DOCPIPE CAFE LTD",
        "12 Harbour Street",
        "Date: 14/03/2024",
        "Coffee  2  4.00",
        "Cake    1  3.50",
        "TOTAL 7.50",
    )
    for number, text in enumerate(lines):
        cv2.putText(page, text, (40, 80 + 70 * number), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2, cv2.LINE_AA)
    for y in (520, 580, 640):
        cv2.line(page, (40, y), (480, y), (0, 0, 0), 2)
    for x in (40, 260, 480):
        cv2.line(page, (x, 520), (x, 640), (0, 0, 0), 2)
    return page


class Canary:
    """A thread that carries out canary effects, one at a time. `busy` says whether documents of callers are read."""

    def __init__(
        self, router: Router, executor: Executor, busy: Callable[[], bool], recent: RecentDocuments | None = None
    ) -> None:
        self._router, self._executor, self._busy = router, executor, busy
        self._recent = recent or RecentDocuments()
        self._asked: queue.SimpleQueue[Effect | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, effect: Effect) -> None:
        """Read a canary soon; returns at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="docpipe-canary", daemon=True)
            self._thread.start()
        self._asked.put(effect)

    def close(self, wait_s: float = 30.0) -> None:
        """End the thread, after the canary that it may be reading."""
        self._asked.put(None)
        if self._thread is not None:
            self._thread.join(wait_s)

    def read(self, effect: Effect) -> None:
        """Read a document on the rung that the effect names, and tell the policy how that rung's calls went."""
        if self._busy():
            self._router.engine.give_back(effect.stage, effect.lease)
            return
        route = self._router.canary_route(effect)
        told = ShadowCalls(self._router, effect, self._recent.next())
        if told.again is not None:
            self._executor.run(told.again, route, name=WORKER, hooks=RunHooks(told))
            if not told.seen:  # it is gone, or does not come through this stage
                self._recent.forget(told.again)
        if not told.seen:
            self._executor.run(canary_page(), route, name=WORKER, hooks=RunHooks(told))
        told.end()

    def _work(self) -> None:
        while (effect := self._asked.get()) is not None:
            try:
                self.read(effect)
            except Exception:
                log.exception("docpipe.canary_failed stage=%s rung=%s", effect.stage, effect.rung)


class ShadowCalls:
    """Hears the calls of a canary, and passes on those of the rung under trial. A `CallObserver`."""

    def __init__(self, router: Router, effect: Effect, again: Source | None = None) -> None:
        """`again` is the document that is read once more; None is the bundled one."""
        self._router, self._effect, self.again = router, effect, again
        self.seen = False

    def on_call_began(self, stage: str, rung: str, units: float | None, limit_s: float) -> None:
        """See that a call starts."""

    def on_call_ended(self, attempt: Attempt) -> None:
        """Tell the policy how a call went, if it was one of the rung under trial."""
        if (attempt.stage, attempt.rung) != (self._effect.stage, self._effect.rung):
            return
        self.seen = True
        self._router.engine.record(
            Sample(
                stage=attempt.stage,
                rung=attempt.rung,
                epoch=self._effect.epoch,
                outcome=Outcome(attempt.outcome),
                duration_ns=attempt.elapsed_ns,
                kind=Kind.SHADOW,
                document_id=WORKER,
                lease=self._effect.lease,
                started_ns=attempt.started_ns,
                worker=WORKER,
                waited_ns=attempt.waited_ns,
                units=attempt.units,
            )
        )

    def end(self) -> None:
        """Give the lease back where the document had nothing for that rung to do."""
        if not self.seen:
            self._router.engine.give_back(self._effect.stage, self._effect.lease)
