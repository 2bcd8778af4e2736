"""One call of a stage on one rung: within its time limit, with the faults that were asked for, and what came of it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from docpipe.config import PipelineConfig
from docpipe.config.pipeline_file import RungConfig
from docpipe.document import Document
from docpipe.errors import InputError, OutOfMemory, StageError, StageTimeout
from docpipe.execution.call_limits import CallLimits
from docpipe.execution.fault_injection import Faults
from docpipe.execution.memory_gate import Asked, Claim, MemoryGate
from docpipe.runtime.bounded import Bounded
from docpipe.runtime.owner import waited_ns
from docpipe.runtime.protocol import Runtime
from docpipe.runtime.resolve import normal, runs_on_paddle
from docpipe.stages.protocol import Stage
from docpipe.trace import RungPlace, StageRun

log = logging.getLogger("docpipe.execution")

DEFAULT_TIMEOUT_S = 120.0
"""How long a call may take where neither profile nor `runtime.infer_timeout_s` says so, and one without a model."""

MOST_CAUSE = 300
"""Characters of an error's text that are kept."""


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
    """How large the input was, in the unit of the stage (`StageSpec.unit`); None where not known before."""
    cause: str = ""
    """The error's own text where it failed."""


class CallObserver(Protocol):
    """Is told of every call of a stage while it happens. Must be quick and never raise."""

    def on_call_began(self, stage: str, rung: str, units: float | None, limit_s: float) -> None:
        """See that a call starts; it is stuck when it takes longer than `limit_s`."""

    def on_call_ended(self, attempt: Attempt) -> None:
        """See how a call went."""


class _NoObserver:
    def on_call_began(self, stage: str, rung: str, units: float | None, limit_s: float) -> None:
        return

    def on_call_ended(self, attempt: Attempt) -> None:
        return


NO_OBSERVER = _NoObserver()


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call: the attempt, and either the document or the error."""

    attempt: Attempt
    elapsed_ns: int
    """From its start to its end, waiting included."""
    done: Document | None
    error: Exception | None = None


@dataclass(frozen=True)
class StageCaller:
    """Calls the stages of one configuration; the same for all documents, safe from any thread."""

    config: PipelineConfig
    runtime: Runtime
    faults: Faults
    clock: Callable[[], int]
    stages: Mapping[str, Stage[Any]]
    limits: CallLimits
    memory: MemoryGate | None = None
    """Where the file limits a device's memory."""

    def claim_memory(self, stage: str, rungs: Sequence[str], document: Document) -> Claim | None:
        """Wait until one of the rungs, if possible the first, has the memory that it needs; None without a limit."""
        if self.memory is None:
            return None
        asked = []
        for rung in map(self.config.stage(stage).rung, rungs):
            units = self._units(stage, rung, document)
            asked.append(Asked(rung.name, units, self._stuck_s(self.limits.limit_s(stage, rung, units))))
        return self.memory.claim(stage, asked)

    def give_memory_back(self, stage: str, claim: Claim | None, *, ran_out: bool = False) -> None:
        """End a claim; `ran_out` says that memory ran out all the same."""
        if self.memory is not None and claim is not None:
            self.memory.give_back(stage, claim, ran_out=ran_out)

    def _stuck_s(self, limit_s: float | None) -> float:
        return limit_s or self.config.runtime.infer_timeout_s or DEFAULT_TIMEOUT_S

    def call(self, stage: str, rung_name: str, document: Document, observer: CallObserver = NO_OBSERVER) -> Called:
        """Run a stage on a rung; whatever it raises is returned, with what it means for the rung."""
        rung = self.config.stage(stage).rung(rung_name)
        units = self._units(stage, rung, document)
        limit_s = self.limits.limit_s(stage, rung, units)
        stuck_s = self._stuck_s(limit_s)
        runtime = self.runtime if limit_s is None else Bounded(self.runtime, limit_s)
        observer.on_call_began(stage, rung_name, units, stuck_s if rung.use.models() else DEFAULT_TIMEOUT_S)
        started, waited = self.clock(), waited_ns()
        done: Document | None = None
        error: Exception | None = None
        try:
            done = self.faults.call(stage, rung_name, stuck_s, lambda: self._run(stage, rung, document, runtime))
        except Exception as e:
            error = e
        elapsed, waited = self.clock() - started, waited_ns() - waited
        cause = "" if error is None else " ".join(str(error).split())[:MOST_CAUSE]
        attempt = Attempt(stage, rung_name, _outcome(error), started, max(elapsed - waited, 0), waited, units, cause)
        observer.on_call_ended(attempt)
        return Called(attempt, elapsed, done, error)

    def lightest(self, stage: str, rungs: Sequence[str]) -> str | None:
        """Return the last of some rungs that reads, and does not need Paddle where the first of them does not."""
        reading = [rung for rung in map(self.config.stage(stage).rung, rungs) if rung.mode != "disable"]
        on_paddle = [any(runs_on_paddle(ref, self.config.runtime) for ref in rung.use.models()) for rung in reading]
        same = [rung.name for rung, needs in zip(reading, on_paddle, strict=True) if needs == on_paddle[0]]
        return same[-1] if same else None

    def read_quietly(self, stage: str, rung_name: str, document: Document) -> Document | None:
        """Run a stage for a part of a page; None where it fails. It is no attempt: the policy times whole pages."""
        rung = self.config.stage(stage).rung(rung_name)
        limit_s = self.limits.limit_s(stage, rung, self._units(stage, rung, document))
        if rung.mode == "disable":
            return None
        claim = self.claim_memory(stage, (rung_name,), document)
        try:
            for ref in rung.use.models():
                self.runtime.load(ref)  # it may still wait its turn, or not be wanted for whole pages
            return self.stages[stage].run(
                document, rung.use, self.runtime if limit_s is None else Bounded(self.runtime, limit_s)
            )
        except Exception as e:
            log.warning("docpipe.part_unread stage=%s rung=%s error=%r", stage, rung_name, e)
            return None
        finally:
            self.give_memory_back(stage, claim)

    def _run(self, stage: str, rung: RungConfig[Any], document: Document, runtime: Runtime) -> Document:
        if rung.mode != "disable":
            done = self.stages[stage].run(document, rung.use, runtime)
            if not isinstance(done, Document) or len(done.pages) != len(document.pages):
                raise StageError(f"{stage} returned no document with the same pages", stage=stage, rung=rung.name)
            return done
        if self.config.specs[stage].needed:
            raise StageError("this page has no text layer to serve instead", stage=stage, rung=rung.name)
        return document

    def _units(self, stage: str, rung: RungConfig[Any], document: Document) -> float | None:
        """Return the size of a call's input; a stage that cannot tell it is run all the same."""
        try:
            return self.config.specs[stage].size(rung.use, document, None)
        except Exception:
            log.exception("docpipe.size_unknown stage=%s rung=%s", stage, rung.name)
            return None

    def rung(self, stage: str, name: str) -> RungPlace:
        """Return a rung as results speak of it."""
        return rung_of(self.config, stage, name)

    def describe(self, called: Called, done: Document, page: int | None) -> StageRun:
        """Return what served a stage: which model or rules, in which version, on what."""
        attempt = called.attempt
        use = self.config.stage(attempt.stage).rung(attempt.rung).use
        rung = self.rung(attempt.stage, attempt.rung)
        plain = StageRun(attempt.stage, rung, "none", page, called.elapsed_ns / 1e6)
        if rung.action == "disable":
            return plain
        models, rules = use.models(), use.rules_sha256()
        if not models:
            name = use.rules_name(done)
            return replace(plain, served_by="rules", model_name=name, model_version=rules, runtime="rules")
        settings = self.config.runtime
        resident = {normal(model.ref, settings): model for model in self.runtime.list_loaded()}
        loaded = resident.get(normal(models[0], settings))
        return replace(
            plain,
            served_by="model",
            model_name=models[0].name,
            model_version=_version(loaded.sha256, rules) if loaded else None,
            runtime=loaded.engine if loaded else None,
        )


def rung_of(config: PipelineConfig, stage: str, name: str) -> RungPlace:
    """Return a rung of a configuration as results speak of it."""
    ladder = config.stage(stage)
    return RungPlace(name, ladder.level(name), ladder.rung(name).mode)


def _outcome(error: Exception | None) -> str:
    match error:
        case None:
            return "ok"
        case OutOfMemory() | MemoryError():
            return "oom"
        case StageTimeout():
            return "timeout"
        case InputError():
            return "input_error"
    return "error"


def _version(weights: str, rules: str | None) -> str:
    """Return what changes with a model's weights, and with the rules where the model decides between their values."""
    return weights if rules is None else hashlib.sha256(f"{weights} {rules}".encode()).hexdigest()
