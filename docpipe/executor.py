"""Takes one document through its stages, and down a ladder where a rung fails. Knows rungs, but no policy.

A rung that fails is never tried again for the same document: the rest of its pages go on where the ladder stopped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from docpipe.adapter import to_result
from docpipe.config import TEXT_STAGES, PipelineConfig, StageConfig
from docpipe.document import Document, Page
from docpipe.errors import (
    DocpipeError,
    InputError,
    LadderExhausted,
    OutOfMemory,
    PageUnreadable,
    StageError,
    StageTimeout,
)
from docpipe.faults import Faults
from docpipe.inputs.identity import content_sha256
from docpipe.inputs.names import printable
from docpipe.inputs.open import DocumentInput, OpenedDocument, open_document
from docpipe.inputs.source import Source
from docpipe.result import Result, ServedBy
from docpipe.runtime.protocol import Runtime
from docpipe.served import Failure, Producer, Rung, Served, StageRun, StepDown
from docpipe.stages import STAGES
from docpipe.stages.protocol import Stage

log = logging.getLogger("docpipe.executor")

ID_DIGITS = 16
DEFAULT_TIMEOUT_S = 120.0
"""How long an injected `stuck` lasts where `runtime.infer_timeout_s` says nothing."""

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
    """`ok`, `oom`, `timeout` or `error`."""
    started_ns: int
    elapsed_ns: int


@dataclass(frozen=True, slots=True)
class Execution:
    """A document's result and every attempt that led to it, in order."""

    result: Result
    attempts: tuple[Attempt, ...]


class Executor:
    """Runs documents on resident models. Safe to call from several threads, as the runtime is."""

    def __init__(
        self,
        config: PipelineConfig,
        runtime: Runtime,
        producer: Producer,
        *,
        faults: Faults | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
        stages: Mapping[str, Stage[Any]] = STAGES,
    ) -> None:
        self._config = config
        self._runtime = runtime
        self._producer = producer
        self._faults = faults or Faults()
        self._clock = clock
        self._stages = stages

    def run(self, given: DocumentInput, route: Route, *, name: str, queued_ns: int = 0) -> Execution:
        """Read one document, which results call `name`.

        Whatever goes wrong with it stands in its result; nothing is raised for a bad document.
        """
        course = _Course(self._config, route, self._runtime, self._faults, self._clock, self._stages)
        name = given.path if isinstance(given, Source) else printable(name)
        document = unread(name)
        started = self._clock()
        try:
            with open_document(given, self._config.input, name=name) as opened:
                document = opened.document()
                document = self._read(document, opened, course)
        except InputError as e:
            course.fail(Failure(e.code, str(e), fatal=True))
        except MemoryError as e:
            course.fail(Failure(OutOfMemory.code, f"{name}: no memory left to open it ({e})", fatal=True))
        except Exception as e:
            log.exception("docpipe.document_failed path=%s", name)
            course.fail(Failure("internal", f"{name}: {type(e).__name__}: {e}. Please report this.", fatal=True))
        if course.fatal:
            document = document.with_pages(())
            if not document.sha256 and isinstance(given, Source):
                sha256 = content_sha256(given, self._config.input.max_bytes)
                document = replace(document, id=sha256[:ID_DIGITS], sha256=sha256)
        served = course.served(document, self._clock() - started, queued_ns)
        return Execution(to_result(document, served, self._producer), tuple(course.attempts))

    def _read(self, document: Document, opened: OpenedDocument, course: _Course) -> Document:
        pages = []
        for page in opened.pages():
            if isinstance(page, PageUnreadable):
                course.fail(Failure(page.code, str(page), page=page.page))
            elif (done := self._read_page(document.with_pages([page]), page, course)) is not None:
                pages.append(done)
        document = document.with_pages(pages)
        if not pages:
            if not course.failures:
                course.fail(Failure("input_unreadable", f"{document.path}: it has no page", fatal=True))
            return document
        return course.take("key_fields", document, None) or document

    def _read_page(self, document: Document, page: Page, course: _Course) -> Page | None:
        if page.text_layer is not None:
            document = document.with_pages([replace(page, lines=page.text_layer)])
            for stage in ("text_detection", "text_recognition"):
                course.served_by_text_layer(stage, page.number)
        else:
            for stage in ("text_detection", "text_recognition"):
                read = course.take(stage, document, page.number)
                if read is None:
                    return None
                document = read
        document = course.take("table_structure", document, page.number) or document
        return replace(document.pages[0], image=None, regions=(), text_layer=None)


def unread(name: str) -> Document:
    """Return a document of which nothing but its name is known."""
    return Document(id="", path=name, sha256="", media_type="", bytes=0, page_count=0)


@dataclass
class _Course:
    """What has happened to one document so far."""

    config: PipelineConfig
    route: Route
    runtime: Runtime
    faults: Faults
    clock: Callable[[], int]
    stages: Mapping[str, Stage[Any]]
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
        started = self.clock()
        outcome = "error"
        try:
            if rung.mode == "disable" and stage in TEXT_STAGES:
                raise StageError("this page has no text layer to serve instead", stage=stage, rung=rung_name)
            if rung.mode == "disable":
                self.faults.call(
                    stage, rung_name, self.config.runtime.infer_timeout_s or DEFAULT_TIMEOUT_S, lambda: None
                )
                done = document
            else:
                done = self.faults.call(
                    stage,
                    rung_name,
                    self.config.runtime.infer_timeout_s or DEFAULT_TIMEOUT_S,
                    lambda: self.stages[stage].run(document, rung.use, self.runtime),
                )
            outcome = "ok"
        except (OutOfMemory, MemoryError):
            outcome = "oom"
            raise
        except StageTimeout:
            outcome = "timeout"
            raise
        finally:
            elapsed = self.clock() - started
            self.attempts.append(Attempt(stage, rung_name, outcome, started, elapsed))
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
            loaded = {model.ref: model for model in self.runtime.loaded()}.get(models[0])
            return replace(
                plain,
                served_by="model",
                model_name=models[0].name,
                model_version=loaded.sha256 if loaded else None,
                runtime=loaded.engine if loaded else None,
            )
        rules = config.rung(rung_name).use.rules_sha256()
        name = done.notes.get("rules") or getattr(config.rung(rung_name).use, "rules", None)
        return replace(plain, served_by="rules", model_name=name, model_version=rules, runtime="rules")

    def served_by_text_layer(self, stage: str, page: int) -> None:
        rung = self.rung_of(self.config.stage(stage), self.route[stage].rungs[0])
        served_by: ServedBy = "text_layer"
        self.runs.append(StageRun(stage, rung, served_by, page, 0.0))

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


def failed_result(name: str, route: Route, failure: Failure, config: PipelineConfig, producer: Producer) -> Result:
    """Return the result of a document that no stage has seen."""
    assigned = {stage: _Course.rung_of(config.stage(stage), way.rungs[0]) for stage, way in route.items()}
    return to_result(unread(name), Served(assigned=assigned, failures=(failure,)), producer)
