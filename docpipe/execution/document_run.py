"""One document's way down the ladders: which rungs are left to it, and what was tried on them.

A rung that fails is never tried again for the same document: the rest of its pages go on where the ladder stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from docpipe.document import Document
from docpipe.errors import DocpipeError, InputError, LadderExhausted
from docpipe.execution.document_record import Record, Times
from docpipe.execution.memory_gate import Claim
from docpipe.execution.route import Route
from docpipe.execution.stage_call import MOST_CAUSE, NO_OBSERVER, Called, CallObserver, StageCaller
from docpipe.trace import Failure, Served, StageRun, StepDown

log = logging.getLogger("docpipe.execution")

EMBEDDED_XML: Final = "embedded_xml"
"""What served a stage whose findings come from the document's own XML; also the rung above all others then."""

TRIGGERS = {"oom": "out_of_memory", "timeout": "deadline", "error": "errors"}
"""What stands in `degradations[].trigger` after a failure of each outcome."""


RungLimit = Callable[[str, Document, float], tuple[str, StepDown | None]]
"""Stage, what it is given, and share of the document that is left to read (0 to 1) -> the best rung in time, and the
step down to it."""


LateRung = Callable[[str, str], str | None]
"""Stage and the last rung that failed -> a lower one that had not been loaded when the document came, waiting for it;
None where there is none."""


@dataclass(frozen=True, slots=True)
class RunHooks:
    """Who is told of a document's calls while they happen, and who is asked which rungs are in time."""

    observer: CallObserver = NO_OBSERVER
    limit: RungLimit | None = None
    """What a deadline leaves to a stage; None where nobody waits."""
    late: LateRung | None = None
    """Waits for a rung that still loads where a document has no other left."""


NO_HOOKS = RunHooks()


@dataclass
class DocumentRun:
    """Takes one document through its stages, each on the best rung that is left to it."""

    caller: StageCaller
    route: Route
    hooks: RunHooks = NO_HOOKS
    record: Record = field(default_factory=Record)
    failed_rungs: dict[str, int] = field(default_factory=dict)
    """Stage name to how many of its rungs this document has left behind: failed, or too slow for its deadline."""

    def of_pages(self, pages: Collection[int]) -> DocumentRun:
        """Return a run that goes on with some of the pages as a document of their own."""
        record = Record(
            runs=[run for run in self.record.runs if run.page in pages],
            failures=[failure for failure in self.record.failures if failure.page in pages],
            steps=[(step, page) for step, page in self.record.steps if page is None or page in pages],
        )
        return replace(self, record=record, failed_rungs=dict(self.failed_rungs))

    def fail(self, failure: Failure) -> None:
        """Note what went wrong."""
        self.record.failures.append(failure)

    def rungs_left(self, stage: str) -> Sequence[str]:
        """Return the rungs that have not failed on this document, the best first."""
        return self.route[stage].rungs[self.failed_rungs.get(stage, 0) :]

    def run_stage(self, stage: str, document: Document, page: int | None) -> Document | None:
        """Run a stage on the best rung that is left to this document; None where all have failed.

        Raises:
            InputError: the document itself is bad.
        """
        last: Exception | None = None
        self._keep_deadline(stage, document, page)
        while self.rungs_left(stage):
            claim = self._claim_memory(stage, document, page)
            called = self.caller.call(stage, self.rungs_left(stage)[0], document, self.hooks.observer)
            self.caller.give_memory_back(stage, claim, ran_out=called.attempt.outcome == "oom")
            self.record.attempts.append(called.attempt)
            if called.done is not None:
                self.record.runs.append(self.caller.describe(called, called.done, page))
                return called.done
            last = called.error
            if isinstance(last, InputError):
                raise last
            self._step_down(called, page)
        message = f"every rung of {stage} failed, the last with: {last or 'no rung was left'}"
        if not self.caller.config.specs[stage].needed:
            message += " Add a rung with `mode: disable` to let documents through."
        self.fail(Failure(LadderExhausted.code, message, stage=stage, page=page))
        return None

    def _keep_deadline(self, stage: str, document: Document, page: int | None) -> None:
        """Leave the rungs behind that take more than the time that is left."""
        rungs = self.rungs_left(stage)
        if self.hooks.limit is None or not rungs:
            return
        pages = max(document.page_count, 1)
        rung, step = self.hooks.limit(stage, document, 1.0 if page is None else (pages - page + 1) / pages)
        if step is None or rung not in rungs[1:]:
            return
        self.failed_rungs[stage] = self.failed_rungs.get(stage, 0) + rungs.index(rung)
        self.record.steps.append((replace(step, from_rung=rungs[0]), page))

    def _claim_memory(self, stage: str, document: Document, page: int | None) -> Claim | None:
        """Wait for the memory of a call; leave the rungs behind that need more than there is."""
        rungs = self.rungs_left(stage)
        claim = self.caller.claim_memory(stage, rungs, document)
        if claim is None or claim.asked.rung == rungs[0]:
            return claim
        self.failed_rungs[stage] = self.failed_rungs.get(stage, 0) + rungs.index(claim.asked.rung)
        action = self.caller.rung(stage, claim.asked.rung).action
        step = StepDown(
            stage=stage,
            from_rung=rungs[0],
            to_rung=claim.asked.rung,
            action=action,
            effect=self.caller.config.specs[stage].effect(action),
            trigger=TRIGGERS["oom"],
            metric="free_memory_mb",
            threshold=round(claim.needs_mb, 1),
            observed=round(claim.free_mb, 1),
            cause="the call would have needed more memory than `runtime.memory_mb` left free",
        )
        self.record.steps.append((step, page))
        return claim

    def read_quietly(self, stage: str, document: Document, *, lightest: bool = False) -> Document | None:
        """Run a stage for a part of a page, on the best rung that is left; None where it fails, which costs no rung.

        `lightest` takes the last rung that reads instead, unless it alone needs Paddle, whose import costs more.
        """
        rungs = self.rungs_left(stage)
        rung = self.caller.lightest(stage, rungs) if lightest else next(iter(rungs), None)
        return None if rung is None else self.caller.read_quietly(stage, rung, document)

    def serve_by_text_layer(self, stage: str, page: int, elapsed_ms: float = 0.0) -> None:
        """Note that a page's own text stood in for a stage, and how long that took."""
        rung = self.caller.rung(stage, self.route[stage].rungs[0])
        self.record.runs.append(StageRun(stage, rung, "text_layer", page, elapsed_ms))

    def serve_by_xml(self, stage: str, elapsed_ms: float) -> None:
        """Note that the document's own XML stood in for a stage, and how long that took."""
        rung = self.caller.rung(stage, self.route[stage].rungs[0])
        self.record.runs.append(StageRun(stage, rung, EMBEDDED_XML, None, elapsed_ms))

    def step_down_from_xml(self, stage: str, cause: str) -> None:
        """Note that a stage runs because the document's own XML cannot be used."""
        to = self.rungs_left(stage)[0]
        step = StepDown(
            stage=stage,
            from_rung=EMBEDDED_XML,
            to_rung=to,
            action=self.caller.rung(stage, to).action,
            effect="The e-invoice's XML was not used: fields were read from the print, and are less certain.",
            trigger=TRIGGERS["error"],
            cause=cause[:MOST_CAUSE],
        )
        self.record.steps.append((step, None))

    def sum_up(self, document: Document, times_ns: Times) -> Served:
        """Return how the document was served."""
        return self.record.sum_up(
            document, self.route, lambda stage: self.caller.rung(stage, self._last_rung(stage)), times_ns
        )

    def _step_down(self, called: Called, page: int | None) -> None:
        stage, failed, outcome = called.attempt.stage, called.attempt.rung, called.attempt.outcome
        self.failed_rungs[stage] = self.failed_rungs.get(stage, 0) + 1
        if not isinstance(called.error, (DocpipeError, MemoryError)):
            log.error("docpipe.rung_failed stage=%s rung=%s", stage, failed, exc_info=called.error)
        rest = self.rungs_left(stage) or self._late_rungs(stage, failed)
        if not rest:
            return
        log.warning(
            "docpipe.fallback stage=%s from=%s to=%s outcome=%s error=%r", stage, failed, rest[0], outcome, called.error
        )
        action = self.caller.rung(stage, rest[0]).action
        step = StepDown(
            stage=stage,
            from_rung=failed,
            to_rung=rest[0],
            action=action,
            effect=self.caller.config.specs[stage].effect(action),
            trigger=TRIGGERS[outcome],
            metric="failures",
            threshold=1.0,
            observed=1.0,
            cause=called.attempt.cause or None,
        )
        self.record.steps.append((step, page))

    def _late_rungs(self, stage: str, failed: str) -> Sequence[str]:
        """Add a rung to the document's route that was still loading when it came."""
        found = None if self.hooks.late is None else self.hooks.late(stage, failed)
        if found is None:
            return ()
        way = self.route[stage]
        self.route = {**self.route, stage: replace(way, rungs=(*way.rungs, found))}
        return (found,)

    def _last_rung(self, stage: str) -> str:
        rungs = self.route[stage].rungs
        return rungs[min(self.failed_rungs.get(stage, 0), len(rungs) - 1)]
