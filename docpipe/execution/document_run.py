"""One document's way down the ladders: which rungs it may use, what was tried on them, and what came of it.

A rung that fails is never tried again for the same document: the rest of its pages go on where the ladder stopped.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from docpipe.config.pipeline_file import TEXT_STAGES, PipelineConfig, StageConfig
from docpipe.document import Document
from docpipe.errors import DocpipeError, InputError, LadderExhausted, OutOfMemory, StageError, StageTimeout
from docpipe.execution.deadlines import NO_PROFILE, Patience
from docpipe.execution.fault_injection import Faults
from docpipe.runtime.bounded import Bounded
from docpipe.runtime.owner import waited_ns
from docpipe.runtime.protocol import Runtime
from docpipe.runtime.resolve import normal
from docpipe.stages.protocol import Stage
from docpipe.trace import Failure, Rung, Served, StageRun, StepDown

log = logging.getLogger("docpipe.execution.executor")

DEFAULT_TIMEOUT_S = 120.0
"""How long an injected `stuck` lasts where `runtime.infer_timeout_s` says nothing."""

MOST_CAUSE = 300
"""Characters of an error's text that are kept."""

TRIGGERS = {"oom": "out_of_memory", "timeout": "deadline", "error": "errors"}
"""What stands in `degradations[].trigger` after a failure of each outcome."""


@dataclass(frozen=True, slots=True)
class StageRoute:
    """The rungs a document may use at one stage, the assigned one first, and why it is not the best."""

    rungs: tuple[str, ...]
    steps: tuple[StepDown, ...] = ()


Route = Mapping[str, StageRoute]
"""Stage name to its rungs. The policy's answer for one document."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a stage on one rung: what the policy learns from."""

    stage: str
    rung: str
    outcome: str
    """`ok`, `oom`, `timeout`, `error`, or `input_error`, which never counts against a rung."""
    started_ns: int
    elapsed_ns: int
    """What the rung itself took; waiting for the owner of its model is not in it."""
    waited_ns: int = 0
    units: float | None = None
    """How large the input was, in the unit of the stage (`docpipe.profiles.model.UNITS`); None where not known."""
    cause: str = ""
    """The error's own text where it failed."""


class CallObserver(Protocol):
    """Is told of every call of a stage while it happens. Must be quick and never raise."""

    def began(self, stage: str, rung: str, units: float | None, limit_s: float) -> None:
        """See that a call starts; it is stuck when it takes longer than `limit_s`."""

    def ended(self, attempt: Attempt) -> None:
        """See how a call went."""


class _Nobody:
    def began(self, stage: str, rung: str, units: float | None, limit_s: float) -> None:
        return

    def ended(self, attempt: Attempt) -> None:
        return


NOBODY = _Nobody()


@dataclass
class Course:
    """What has happened to one document so far."""

    config: PipelineConfig
    route: Route
    runtime: Runtime
    faults: Faults
    clock: Callable[[], int]
    stages: Mapping[str, Stage[Any]]
    patience: Patience = NO_PROFILE
    observer: CallObserver = NOBODY
    attempts: list[Attempt] = field(default_factory=list)
    runs: list[StageRun] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    falls: list[tuple[StepDown, int | None]] = field(default_factory=list)
    fallen: dict[str, int] = field(default_factory=dict)
    """Stage name to how many of its rungs have failed on this document."""

    @property
    def fatal(self) -> bool:
        return any(failure.fatal for failure in self.failures)

    def fail(self, failure: Failure) -> None:
        self.failures.append(failure)

    def rungs(self, stage: str) -> Sequence[str]:
        return self.route[stage].rungs[self.fallen.get(stage, 0) :]

    def take(self, stage: str, document: Document, page: int | None) -> Document | None:
        """Run a stage on the best rung that is left to this document; None where all have failed."""
        last: Exception | None = None
        while rungs := self.rungs(stage):
            try:
                return self._attempt(stage, rungs[0], document, page)
            except InputError:
                raise
            except Exception as e:
                last = e
                self._fall(stage, e, page)
        message = f"every rung of {stage} failed, the last with: {last or 'no rung was left'}"
        advice = "" if stage.startswith("text_") else " Add a rung with `mode: disable` to let documents through."
        self.fail(Failure(LadderExhausted.code, message + advice, stage=stage, page=page))
        return None

    def _attempt(self, stage: str, rung_name: str, document: Document, page: int | None) -> Document:
        rung = self.config.stage(stage).rung(rung_name)
        limit_s = self.patience.limit_s(stage, rung, document)
        runtime = self.runtime if limit_s is None else Bounded(self.runtime, limit_s)
        stuck_s = limit_s or self.config.runtime.infer_timeout_s or DEFAULT_TIMEOUT_S
        units = self.patience.units(stage, rung, document)
        self.observer.began(stage, rung_name, units, stuck_s)
        started, waited = self.clock(), waited_ns()
        outcome, cause = "error", ""
        try:
            if rung.mode == "disable" and stage in TEXT_STAGES:
                raise StageError("this page has no text layer to serve instead", stage=stage, rung=rung_name)
            if rung.mode == "disable":
                self.faults.call(stage, rung_name, stuck_s, lambda: None)
                done = document
            else:
                done = self.faults.call(
                    stage, rung_name, stuck_s, lambda: self.stages[stage].run(document, rung.use, runtime)
                )
            outcome = "ok"
        except Exception as e:
            outcome, cause = _outcome_of(e), " ".join(str(e).split())[:MOST_CAUSE]
            raise
        finally:
            elapsed, waited = self.clock() - started, waited_ns() - waited
            attempt = Attempt(stage, rung_name, outcome, started, max(elapsed - waited, 0), waited, units, cause)
            self.attempts.append(attempt)
            self.observer.ended(attempt)
        self.runs.append(self._run(stage, rung_name, done, page, elapsed / 1e6))
        return done

    def _run(self, stage: str, rung_name: str, done: Document, page: int | None, elapsed_ms: float) -> StageRun:
        config = self.config.stage(stage)
        rung = self.rung_of(config, rung_name)
        plain = StageRun(stage, rung, "none", page, elapsed_ms)
        if rung.action == "disable":
            return plain
        models = config.rung(rung_name).use.models()
        if models:
            settings = self.config.runtime
            resident = {normal(model.ref, settings): model for model in self.runtime.loaded()}
            loaded = resident.get(normal(models[0], settings))
            return replace(
                plain,
                served_by="model",
                model_name=models[0].name,
                model_version=_version(loaded.sha256, config.rung(rung_name).use.rules_sha256()) if loaded else None,
                runtime=loaded.engine if loaded else None,
            )
        rules = config.rung(rung_name).use.rules_sha256()
        name = done.notes.get("rules") or getattr(config.rung(rung_name).use, "rules", None)
        return replace(plain, served_by="rules", model_name=name, model_version=rules, runtime="rules")

    def served_by_text_layer(self, stage: str, page: int) -> None:
        rung = self.rung_of(self.config.stage(stage), self.route[stage].rungs[0])
        self.runs.append(StageRun(stage, rung, "text_layer", page, 0.0))

    def _fall(self, stage: str, error: Exception, page: int | None) -> None:
        failed = self.rungs(stage)[0]
        self.fallen[stage] = self.fallen.get(stage, 0) + 1
        outcome = self.attempts[-1].outcome
        if not isinstance(error, (DocpipeError, MemoryError)):
            log.error("rung failed stage=%s rung=%s", stage, failed, exc_info=error)
        rest = self.rungs(stage)
        if not rest:
            return
        log.warning("fallback stage=%s from=%s to=%s reason=%s: %s", stage, failed, rest[0], outcome, error)
        step = StepDown(
            stage=stage,
            from_rung=failed,
            to_rung=rest[0],
            action=self.config.stage(stage).rung(rest[0]).mode,
            trigger=TRIGGERS[outcome],
            metric="failures",
            threshold=1.0,
            observed=1.0,
            cause=self.attempts[-1].cause or None,
        )
        self.falls.append((step, page))

    def served(self, document: Document, elapsed_ns: int, queued_ns: int) -> Served:
        """Sum up what happened, with the pages that each step down touched."""
        pages = [page.number for page in document.pages]
        steps = [step for stage in self.route.values() for step in stage.steps]
        for step, page in self.falls:
            touched = tuple(number for number in pages if page is None or number >= page)
            whole = len(touched) == len(pages)
            steps.append(replace(step, scope="document" if whole else "page", pages=None if whole else touched))
        return Served(
            assigned={name: self.rung_of(self.config.stage(name), self._last(name)) for name in self.route},
            runs=tuple(self.runs),
            steps=tuple(steps),
            failures=tuple(self.failures),
            total_ms=elapsed_ns / 1e6,
            queue_ms=queued_ns / 1e6,
        )

    def _last(self, stage: str) -> str:
        rungs = self.route[stage].rungs
        return rungs[min(self.fallen.get(stage, 0), len(rungs) - 1)]

    @staticmethod
    def rung_of(config: StageConfig[Any], name: str) -> Rung:
        return Rung(name, config.level(name), config.rung(name).mode)


def _outcome_of(error: Exception) -> str:
    if isinstance(error, (OutOfMemory, MemoryError)):
        return "oom"
    if isinstance(error, StageTimeout):
        return "timeout"
    return "input_error" if isinstance(error, InputError) else "error"


def _version(weights: str, rules: str | None) -> str:
    """Return what changes with a model's weights, and with the rules where the model decides between their values."""
    return weights if rules is None else hashlib.sha256(f"{weights} {rules}".encode()).hexdigest()
