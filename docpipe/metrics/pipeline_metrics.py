"""Metrics: what a pipeline tells of its documents and moves, in a registry of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import get_args

from docpipe.errors import LadderExhausted, OutOfMemory, StageTimeout
from docpipe.execution.document_run import TRIGGERS
from docpipe.execution.executor import Execution
from docpipe.execution.stage_call import Attempt
from docpipe.metrics import definitions as d
from docpipe.metrics.memory import MemoryCollector
from docpipe.metrics.queue import QueueCollector, QueueReading
from docpipe.metrics.registry import Registry, counter, gauge, histogram
from docpipe.metrics.reversals import Reversals
from docpipe.metrics.state import StateCollector
from docpipe.policy.core.plan import Plan
from docpipe.policy.core.values import Assignment, Choice, Event, EventKind, Kind, Trigger
from docpipe.policy.live.engine import PolicyEngine
from docpipe.policy.live.monitor import MonitorHealth
from docpipe.result import Result, Status

VERSION_DIGITS = 8
_CODES = ("internal", "worker_died", OutOfMemory.code, StageTimeout.code, LadderExhausted.code)
"""Why documents fail that could be read."""
_REFUSALS = ("hopeless", "too_dear", "expired", "cancelled")
_DIRECTIONS = {EventKind.DOWN: "down", EventKind.UP: "up"}
_TRIALS = ("began", "climbed", "ended", "inconclusive")
_TRIAL_EVENTS = {
    EventKind.PROBING: "began",
    EventKind.TRIAL_ENDED: "ended",
    EventKind.INCONCLUSIVE: "inconclusive",
}


class Metrics:
    """Counts and times what a pipeline does. Safe from any thread; a scrape never waits for a document.

    An observer of the policy: `decided` and `finished` are told what happens, `attach` lets each scrape read where the
    stages stand.
    """

    def __init__(self) -> None:
        self.registry = Registry()
        self._state = StateCollector(self._start_at_zero)
        self._memory = MemoryCollector()
        self.registry.register(self._state)
        self._latency = histogram(d.INFERENCE_LATENCY, self.registry)
        self._versions = gauge(d.MODEL_VERSION, self.registry)
        self._documents = counter(d.DOCUMENTS, self.registry)
        self._document_seconds = histogram(d.DOCUMENT_SECONDS, self.registry)
        self._failures = counter(d.FAILURES, self.registry)
        self._pages = counter(d.PAGES, self.registry)
        self._fallbacks = counter(d.FALLBACKS, self.registry)
        self._moves = counter(d.MOVES, self.registry)
        self._reversals = counter(d.REVERSALS, self.registry)
        self._trials = counter(d.TRIALS, self.registry)
        self._probes = counter(d.PROBES, self.registry)
        self._decisions = histogram(d.DECISION_SECONDS, self.registry)
        self._ooms = counter(d.OOMS, self.registry)
        self._recycles = counter(d.RECYCLES, self.registry)
        self.registry.register(self._memory)
        self._refused = counter(d.REFUSED, self.registry)
        self._shared = counter(d.SHARED, self.registry)
        self._queue = QueueCollector()
        self.registry.register(self._queue)
        self._swings = Reversals()
        self._models: dict[tuple[str, str], tuple[str, set[str]]] = {}
        self._models_lock = Lock()
        for outcome in get_args(Status):
            self._documents.labels(outcome)
        for code in _CODES:
            self._failures.labels(code)
        self._recycles.labels("died")
        for reason in _REFUSALS:
            self._refused.labels(reason)
        for how in ("joined", "cached"):
            self._shared.labels(how)

    def attach(
        self,
        engine: PolicyEngine,
        health: Callable[[], MonitorHealth] | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Read this engine at every scrape, and its monitor's health; `clock` is the one that the engine was given."""
        self._state.attach(engine, health, clock)

    def attach_workers(self, workers: Callable[[], Mapping[str, int]]) -> None:
        """Read the memory of these processes at every scrape: the present process id by a worker's name."""
        self._memory.attach(workers)

    def attach_queue(self, read: Callable[[], QueueReading]) -> None:
        """Read this queue at every scrape."""
        self._queue.attach(read)

    def count_refused_document(self, result: Result, reason: str) -> None:
        """Count a document that was refused, and why."""
        self._refused.labels(reason).inc()
        self.count_result(result)

    def count_shared(self, how: str) -> None:
        """Count a request that was answered by another one's reading: `joined` or `cached`."""
        self._shared.labels(how).inc()

    def on_finished(self, assignment: Assignment, execution: Execution) -> None:
        """Count a document that went through its stages, and every call on the way."""
        failed: dict[str, str] = {}
        for attempt in execution.attempts:
            self._latency.labels(attempt.stage, attempt.rung, attempt.outcome).observe(attempt.elapsed_ns / 1e9)
            if attempt.stage in failed:  # the executor only goes on where a lower rung takes over
                self._fallbacks.labels(attempt.stage, TRIGGERS[failed.pop(attempt.stage)]).inc()
            if attempt.outcome in TRIGGERS:
                failed[attempt.stage] = attempt.outcome
                if attempt.outcome == "oom":
                    self._ooms.labels(attempt.stage, attempt.rung).inc()
        for choice in assignment.choices:
            if choice.kind is Kind.PROBE:
                self._probes.labels(choice.stage, _probe(choice, execution.attempts)).inc()
        self.count_result(execution.result)

    def count_result(self, result: Result) -> None:
        """Count a result, also of a document that no stage has seen. `finished` does this itself."""
        self._documents.labels(result.status).inc()
        self._pages.inc(result.document.pages_read)
        self._document_seconds.labels(result.status).observe(result.timings.total_ms / 1e3)
        if result.status == "failed":
            codes = [error.code for error in result.errors if error.fatal] or [error.code for error in result.errors]
            self._failures.labels(codes[0] if codes else "internal").inc()
        for stage, served in result.stages.items():
            if served.model_name and served.model_version:
                self._keep_models(stage, served.rung, served.model_name, served.model_version[:VERSION_DIGITS])

    def on_decision(self, event: Event) -> None:
        """Count a move or a step of a trial. Events must come in order, as an engine announces them."""
        direction = _DIRECTIONS.get(event.kind)
        if direction is not None:
            self._moves.labels(event.stage, direction, event.trigger.value).inc()
        trial = "climbed" if event.kind is EventKind.UP and event.metric == "ramp" else _TRIAL_EVENTS.get(event.kind)
        if trial is not None:
            self._trials.labels(event.stage, trial).inc()
        if self._swings.is_one(event):
            self._reversals.labels(event.stage).inc()

    def chose(self, elapsed_ns: int) -> None:
        """Time one choice of rungs for a document."""
        self._decisions.observe(elapsed_ns / 1e9)

    def count_refused_file(self, error: Exception) -> None:
        """Count a changed pipeline file that was refused."""
        self._state.count_refused_file()

    def count_replaced_worker(self, reason: str) -> None:
        """Count a worker that was replaced; `reason` is a word such as `died`."""
        self._recycles.labels(reason).inc()

    def _keep_models(self, stage: str, rung: str, model: str, version: str) -> None:
        """Keep the models of a rung's present version; another version forgets those of the one before."""
        known = self._models.get((stage, rung))
        if known is not None and known[0] == version and model in known[1]:
            return
        with self._models_lock:
            before, models = self._models.get((stage, rung), (version, set()))
            if before != version:
                for old in models:
                    self._versions.remove(stage, rung, old, before)
                models = set()
            self._models[stage, rung] = (version, models | {model})
            self._versions.labels(stage, rung, model, version).set(1)

    def _start_at_zero(self, plan: Plan) -> None:
        """Make the series of every stage and rung: an increase from nothing to 1 is invisible to Prometheus."""
        for stage in plan.stages:
            self._reversals.labels(stage.name)
            for reason in TRIGGERS.values():
                self._fallbacks.labels(stage.name, reason)
            for trial in _TRIALS:
                self._trials.labels(stage.name, trial)
            for rung in stage.rungs:
                self._ooms.labels(stage.name, rung)
            for direction in _DIRECTIONS.values():
                for trigger in Trigger:
                    self._moves.labels(stage.name, direction, trigger.value)


def _probe(choice: Choice, attempts: Iterable[Attempt]) -> str:
    """Return how the calls of a probe ended: the first that failed decides."""
    outcomes = [a.outcome for a in attempts if a.stage == choice.stage and a.rung == choice.rung]
    if not outcomes:
        return "unused"
    return next((outcome for outcome in outcomes if outcome != "ok"), "ok")
