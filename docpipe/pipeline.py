"""Pipeline: one document, or many, through its stages; the one place where policy, executor and runtime meet."""

from __future__ import annotations

import hashlib
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from docpipe import __version__
from docpipe.config import PipelineConfig, load_config
from docpipe.config.callers import Caller
from docpipe.control.canary import Canary
from docpipe.control.cold_rungs import MOST_WAIT_S, ColdRungs
from docpipe.control.controller import PolicyControl
from docpipe.control.deadline_routes import AllowedLadders, DeadlineRoute, Ladders, merge_terms, scheduler_settings
from docpipe.control.in_process_effects import InProcessEffects
from docpipe.control.kept_state import kept_state
from docpipe.control.preload import load_residents
from docpipe.control.recent_documents import RecentDocuments
from docpipe.control.replace_stuck import StuckModelReplacer
from docpipe.control.resident_rungs import ResidentRungs, resident_plan
from docpipe.control.router import ID_DIGITS, document_id_of
from docpipe.control.shared_answers import SharedAnswers
from docpipe.control.sizes import DocumentSizes
from docpipe.errors import UsageError
from docpipe.execution.document_run import LateRung, RunHooks
from docpipe.execution.executor import Executor, refused_result
from docpipe.execution.fault_injection import Faults
from docpipe.inputs.accepted import DocumentInput, check_accepted, name_of
from docpipe.inputs.identity import content_sha256
from docpipe.inputs.source import source_of
from docpipe.metrics.pipeline_metrics import Metrics
from docpipe.metrics.queue import QueueReading
from docpipe.result import Result
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.protocol import BackgroundRuntime, LoadedModel
from docpipe.scheduling.request_server import Grant, RequestServer, Wish
from docpipe.scheduling.scheduler import Refusal
from docpipe.trace import Failure, Producer

REFUSALS = {
    "hopeless": "it could not be answered in time, even on the lightest rungs that were allowed",
    "too_dear": "under this load its time serves other documents better",
    "expired": "its deadline passed while it waited",
    "cancelled": "the pipeline was closed",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    document: DocumentInput
    name: str | None
    sha256: str = ""
    """Of its bytes; empty where nobody needed it yet."""


class Pipeline:
    """Reads documents. A context manager; `run` may be called from several threads.

    >>> with Pipeline.from_config("invoice") as pipeline:          # doctest: +SKIP
    ...     result = pipeline.run("receipt.jpg")
    ...     result.field("total_gross").value
    '9.00'
    """

    def __init__(
        self,
        config: PipelineConfig,
        *,
        policy: PolicyControl | None = None,
        runtime: BackgroundRuntime | None = None,
        faults: Faults | None = None,
        announce: Callable[[str], None] = lambda name: None,
    ) -> None:
        """Load and warm the resident models, which takes seconds.

        `policy` decides about rungs; by default one of the pipeline's own, which ends with it. `announce` is told the
        name of every rung that is ready.

        Raises:
            PlanError: bands or holds of the policy do not fit together.
            ConfigError: a rule pack is wrong.
            ModelError: a stage has no rung whose model can be loaded.
        """
        self.config = config
        self._made_in = os.getpid()
        self._closed = False
        self.faults = faults or Faults(config.faults)
        self.policy = policy or PolicyControl(config, kept=kept_state(config))
        self._stack = ExitStack()
        self._runtime = runtime or PaddleRuntime(config.runtime)
        self._stack.callback(self._runtime.close)
        try:
            if policy is None:
                self._stack.enter_context(self.policy)
            producer = producer_of(config, self.policy.pins)
            unusable = load_residents(config, self._runtime, announce, wanted=tuple(self.policy.wanted))
        except BaseException:
            self._stack.close()
            raise
        available = self.policy.engine.set_available
        for rung in unusable:
            available(rung.stage, rung.rung, False, rung.reason)
        self._cold = ColdRungs(
            config, self._runtime, unusable, lambda stage, rung: available(stage, rung, True, "loaded")
        )
        self._stuck_models = StuckModelReplacer(config, self._runtime, available)
        self._residents = self._plan_residents()
        self._numbers = itertools.count(1)
        self._producer = producer
        self._sizes, self._allowed = DocumentSizes(config), AllowedLadders()
        self._answers = SharedAnswers(
            join=config.identical.join, most_kept=config.identical.cache, count=self.policy.metrics.count_shared
        )
        self._requests: RequestServer[_Asked, Result] | None = None
        self._requests_lock = threading.Lock()
        self._executor = Executor(config, self._runtime, producer, faults=self.faults, clock=self.policy.clock)
        self._reading, self._reading_lock = 0, threading.Lock()
        self._recent = RecentDocuments()
        canary = Canary(self.policy.router, self._executor, lambda: self._reading > 0, self._recent)
        self.policy.engine.on_effect = InProcessEffects(config, self._runtime, self.policy.engine, canary)
        self._stack.callback(canary.close)

    def _plan_residents(self) -> ResidentRungs | None:
        """Begin to plan which rungs are loaded, where the file limits memory."""
        plan, policy = resident_plan(self.config, 1), self.policy
        if plan is None:
            return None
        residents = ResidentRungs(self.config, self._runtime, policy.engine, plan, policy.wanted, policy.clock)
        residents.start()
        self._stack.callback(residents.stop)
        return residents

    @classmethod
    def from_config(cls, path: str | Path = "invoice", *, pins: Mapping[str, str] | None = None) -> Self:
        """Build a pipeline from a YAML file, or from a shipped one by its name.

        Raises:
            ConfigError: with every complaint, each naming its line.
            ModelError: a stage has no rung whose model can be loaded.
        """
        config = load_config(path)
        return (
            cls(config)
            if not pins
            else cls(config, policy=PolicyControl(config, pins=pins, kept=kept_state(config, pins)))
        )

    def run(self, document: DocumentInput, *, name: str | None = None, deadline_ms: float | None = None) -> Result:
        """Read one document: a path, bytes, a binary stream, an array (BGR), a Pillow image, or a `Source`.

        `name` is what the result calls it. Never raises for a bad document: its result is `failed` and says why. With
        `deadline_ms` the document waits its turn with all others and is degraded or refused in time, as by `submit`.

        Raises:
            TypeError: no document at all, such as None, a number or a stream of text.
            UsageError: the pipeline is closed, or this is a forked copy of the process that made it.
        """
        self._check_usable()
        check_accepted(document)
        if deadline_ms is not None:
            return self.submit(document, name=name, deadline_ms=deadline_ms).result()
        if self._residents is not None:
            self._residents.count_request(1.0)
        return self._read(_Asked(document, name), None)

    def submit(
        self,
        document: DocumentInput,
        *,
        name: str | None = None,
        deadline_ms: float | None = None,
        priority: int | None = None,
        caller: str | None = None,
        min_accuracy: float | None = None,
        forbid: Sequence[str] | None = None,
    ) -> Future[Result]:
        """Let a document wait for one of the pipeline's `workers`; return a future of its result.

        What can be answered in time is, on the best rungs that the time allows; what cannot has a result with status
        `refused` and `retry_after_s`. Cancelling the future drops a document that has not started. Requests for
        the same bytes on the same terms share one reading, each under its own name (`identical:` in the file).

        Args:
            deadline_ms: from now to the answer; else the caller's, else the file's `deadline_ms`, else none.
            priority: higher is served first; else the caller's.
            caller: a key of the file's `callers`.
            min_accuracy: the least product of the profile's accuracy factors that the answer may have.
            forbid: rungs, as `stage.rung`, that must not answer.

        Raises:
            TypeError: no document at all.
            UsageError: the pipeline is closed or forked, or there is no such caller or rung.
        """
        self._check_usable()
        check_accepted(document)
        given = {"deadline_ms": deadline_ms, "priority": priority, "min_accuracy": min_accuracy, "forbid": forbid}
        terms = self._terms(caller, {key: value for key, value in given.items() if value is not None})
        wish = Wish(terms.deadline_ms, terms.priority, self._allowed.of(terms), terms.on_overload == "refuse")
        wish = replace(wish, size=self._sizes.before(document))
        if self._residents is not None:
            self._residents.count_request(wish.size)
        source = source_of(document) if self._answers.wanted else None
        sha256 = "" if source is None else content_sha256(source, self.config.input.max_bytes)
        asked, since = _Asked(document, name, sha256), self.policy.clock()

        def read() -> Future[Result]:
            waited_ms = (self.policy.clock() - since) / 1e6
            left_ms = None if wish.deadline_ms is None else max(wish.deadline_ms - waited_ms, 0.0)
            return self._server().submit(asked, replace(wish, deadline_ms=left_ms))

        return self._answers.ask((sha256, terms), name or name_of(document), read) if sha256 else read()

    async def arun(self, document: DocumentInput, **wishes: Any) -> Result:
        """Do as `submit` does, for code that awaits; being cancelled drops a document that has not started."""
        import asyncio

        return await asyncio.wrap_future(self.submit(document, **wishes))

    def _server(self) -> RequestServer[_Asked, Result]:
        """Return the request server, started when it is first needed."""
        with self._requests_lock:
            if self._requests is None:
                ladders = Ladders(self.config, self.policy.router)
                settings = scheduler_settings(self.config)
                self._requests = RequestServer(
                    settings, ladders, self._read, self._refuse, self.policy.clock, lambda: self.policy.hold_ms
                )
                self._stack.callback(self._requests.close)
                server = self._requests
                self.policy.attach_queue(lambda: QueueReading(*server.look_at_queue()))
            return self._requests

    def _terms(self, caller: str | None, given: Mapping[str, object]) -> Caller:
        """Return what a request asks for: the call's own words, then its caller's, then the file's."""
        if caller is not None and caller not in self.config.callers:
            known = ", ".join(self.config.callers) or "none"
            raise UsageError(f"there is no caller {caller!r} in the pipeline file; there are: {known}")
        try:
            asked = merge_terms(Caller() if caller is None else self.config.callers[caller], given)
        except ValueError as e:
            raise UsageError(f"submit: {e}") from e
        rungs = {f"{stage}.{rung.name}" for stage, part in self.config.each_stage() for rung in part.ladder}
        if unknown := [target for target in asked.forbid if target not in rungs]:
            raise UsageError(f"forbid: there is no rung {unknown[0]}")
        return asked.model_copy(update={"deadline_ms": asked.deadline_ms or self.config.deadline_ms})

    def _refuse(self, asked: _Asked, refusal: Refusal) -> Result:
        """Return the result of a document that is not read."""
        route = self.policy.router.preview()
        retry_after_s = round(refusal.retry_after_ms / 1000, 3)
        later = f" Ask again in {retry_after_s:g} s." if retry_after_s else ""  # else waiting would not help
        message = f"not read: {REFUSALS[refusal.reason]}.{later}"
        failure = Failure("refused", message, fatal=True)
        result = refused_result(
            asked.name or name_of(asked.document), route, failure, retry_after_s, self.config, self._producer
        )
        self.policy.metrics.count_refused_document(result, refusal.reason)
        return result

    def _read(self, asked: _Asked, grant: Grant | None) -> Result:
        document = asked.document
        assignment, route = self.policy.router.assign(self._policy_id(asked))
        name = asked.name or name_of(document)
        limit = None if grant is None else DeadlineRoute(self.config, assignment, route, grant, self._sizes).best_rung
        queued_ns = 0 if grant is None else grant.waited_ns
        calls = self.policy.router.calls(assignment)
        with self._reading_lock:
            self._reading += 1
        try:
            execution = self._executor.run(
                document,
                route,
                name=name,
                queued_ns=queued_ns,
                hooks=RunHooks(calls, limit, self._late_rung(grant)),
            )
        except BaseException:
            self.policy.router.drop(assignment)
            raise
        finally:
            with self._reading_lock:
                self._reading -= 1
        self.policy.finish(assignment, execution)
        self._recent.add(source_of(document), execution)
        self._stuck_models.look_at(execution.attempts)
        return execution.result

    def _late_rung(self, grant: Grant | None) -> LateRung:
        """Return what waits for a rung that still loads, no longer than the document's own deadline."""

        def lower(stage: str, rung: str) -> str | None:
            left_s = None if grant is None else grant.left_s
            return self._cold.lower(stage, rung, MOST_WAIT_S if left_s is None else min(left_s, MOST_WAIT_S))

        return lower

    def _policy_id(self, asked: _Asked) -> str:
        """Return what tells a document from others to the policy: its content, so that a retry falls on the same side.

        What is in memory as pixels, or a stream, which can be read only once, is told by its number.
        """
        if asked.sha256:
            return asked.sha256[:ID_DIGITS]
        source = source_of(asked.document)
        if source is None:
            return f"document#{next(self._numbers)}"
        return document_id_of(source, self.config.input.max_bytes)

    def run_many(self, documents: Iterable[DocumentInput]) -> Iterator[Result]:
        """Read documents one after the other, in order."""
        for document in documents:
            yield self.run(document)

    @property
    def metrics(self) -> Metrics:
        """What the pipeline counts and times; serve its `registry`, or read it."""
        return self.policy.metrics

    def models(self) -> list[LoadedModel]:
        """Return the resident models, with the memory and time that each took."""
        return list(self._runtime.list_loaded())

    def close(self) -> None:
        """Unload the models and end the policy's threads; a second call, or one in a forked copy, does nothing."""
        if os.getpid() == self._made_in:  # a fork copies no threads: there is nothing to end, and waiting never ends
            self._closed = True
            self._stack.close()

    def _check_usable(self) -> None:
        if os.getpid() != self._made_in:
            raise UsageError(
                f"this pipeline was made in process {self._made_in}, and this is a fork of it (process {os.getpid()}): "
                "its threads and models did not come along. Make a Pipeline in the child, or start children with "
                "multiprocessing's `spawn`"
            )
        if self._closed:
            raise UsageError("this pipeline is closed; make another one, or run documents before close()")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def producer_of(config: PipelineConfig, pins: Mapping[str, str]) -> Producer:
    """Return the versions and hashes that every result of a pipeline names."""
    return Producer(
        docpipe=__version__,
        paddlepaddle=_version("paddlepaddle", "paddlepaddle-gpu"),
        paddleocr=_version("paddleocr"),
        onnxruntime=_version("onnxruntime", "onnxruntime-gpu"),
        config_sha256=config.sha256(pins),
        rules_sha256=rules_sha256(config),
    )


def rules_sha256(config: PipelineConfig) -> str:
    """Return the hash of the rules that the best rungs read by; of several stages' the hash of all."""
    hashes = [found for _, stage in config.each_stage() if (found := stage.ladder[0].use.rules_sha256()) is not None]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def _version(*names: str) -> str | None:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None
