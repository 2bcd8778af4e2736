"""Between the policy and the executor: a document's route from the policy's assignment, and what came of it back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from docpipe.config import PipelineConfig
from docpipe.execution.route import Route, StageRoute
from docpipe.execution.stage_call import Attempt
from docpipe.inputs.identity import content_sha256
from docpipe.inputs.source import Source
from docpipe.policy.core.effects import Effect
from docpipe.policy.core.values import Assignment, Choice, Kind, Outcome, Sample, Trigger
from docpipe.policy.live.engine import PolicyEngine
from docpipe.trace import StepDown

ID_DIGITS = 16
"""As many digits of the content's hash as a result's `document.id` has."""


class Router:
    """Hands out routes and tells the policy what came of them. Safe from any thread, as the engine is."""

    def __init__(
        self, config: PipelineConfig, engine: PolicyEngine, took: Callable[[int], None] = lambda elapsed_ns: None
    ) -> None:
        """`took` is told how long each choice of rungs took."""
        self._config = config
        self._took = took
        self.engine = engine
        self.limit: Callable[[Assignment, Route], Route] = lambda assignment, route: route
        """What lowers a document's route further, for a run that must end in time."""

    def assign(self, document_id: str, hit: tuple[tuple[str, str], ...] = ()) -> tuple[Assignment, Route]:
        """Return the policy's assignment for a document, and the same as a route down each ladder.

        `hit` are the stages and rungs that took a worker with them on this document: it starts below them.
        """
        started = time.perf_counter_ns()
        assignment = self.engine.assign(document_id, hit)
        self._took(time.perf_counter_ns() - started)
        return assignment, self.limit(assignment, {choice.stage: self._stage(choice) for choice in assignment.choices})

    def preview(self) -> Route:
        """Return the route that a document would get now, for one that is not run: nothing is assigned."""
        return {stage: StageRoute(rungs) for stage, rungs in self.usable().items()}

    def usable(self) -> Mapping[str, tuple[str, ...]]:
        """Return the rungs of every stage that documents may use now: the one it stands on, and those below it."""
        plan, state = self.engine.raw_state()
        return {
            spec.name: (stage.choice.rung, *stage.choice.fallbacks)
            for spec, stage in zip(plan.stages, state.stages, strict=True)
        }

    def canary_route(self, effect: Effect) -> Route:
        """Return a route on the rungs in force, apart from the one that the effect wants tried; nothing is assigned."""
        rungs = {**self.usable()}
        rungs[effect.stage] = (effect.rung, *rungs[effect.stage])
        return {stage: StageRoute(names) for stage, names in rungs.items()}

    def _stage(self, choice: Choice) -> StageRoute:
        ladder = self._config.stage(choice.stage)
        steps = [
            StepDown(
                stage=choice.stage,
                from_rung=cause.from_rung,
                to_rung=cause.to_rung,
                action=(action := ladder.rung(cause.to_rung).mode),
                trigger=cause.trigger.value,
                metric=cause.metric or None,
                threshold=cause.threshold,
                observed=cause.observed,
                scope="process",
                cause=cause.reason,
                effect=self._config.specs[choice.stage].effect(action),
            )
            for cause in choice.causes
        ]
        if choice.skipped:
            steps.append(skipped_step(self._config, choice.stage, choice.skipped, choice.rung))
        return StageRoute((choice.rung, *choice.fallbacks), tuple(steps))

    def begin(self, assignment: Assignment, stage: str, rung: str, worker: str) -> None:
        """Tell the policy that a worker's call starts now."""
        epoch = assignment[stage].epoch
        self.engine.begin(stage, rung, epoch, worker=worker, document_id=assignment.document_id)

    def record(self, assignment: Assignment, attempt: Attempt, worker: str) -> None:
        """Tell the policy how a call went, now that it is over."""
        self.engine.record(_sample(assignment, attempt, worker, Outcome(attempt.outcome)))

    def lose(
        self,
        worker: str,
        outcome: Outcome,
        *,
        reason: str,
        exit_code: int | None = None,
        job: tuple[Assignment, tuple[Attempt, Outcome] | None] | None = None,
    ) -> tuple[Effect, ...]:
        """Tell the policy that a worker is gone, with the document and the call that it was in; return what to do."""
        assignment, call = job or (None, None)
        sample = None if assignment is None or call is None else _sample(assignment, call[0], worker, call[1])
        effects = self.engine.lose_worker(
            worker,
            outcome,
            exit_code=exit_code,
            document_id="" if assignment is None else assignment.document_id,
            sample=sample,
            reason=reason,
        )
        if assignment is not None:
            self.engine.release(assignment)
        return effects

    def calls(self, assignment: Assignment) -> LiveCalls:
        """Return what tells the policy of a document's calls in this process; the calling thread is the worker."""
        return LiveCalls(self, assignment, f"{threading.current_thread().name}-{threading.get_native_id()}")

    def drop(self, assignment: Assignment) -> None:
        """Tell the policy that a document was not run, or that nobody knows what came of it."""
        self.engine.release(assignment)


class LiveCalls:
    """Tells the policy of one document's calls while they happen. A `CallObserver`."""

    def __init__(self, router: Router, assignment: Assignment, worker: str) -> None:
        self._router, self._assignment, self._worker = router, assignment, worker

    def on_call_began(self, stage: str, rung: str, units: float | None, limit_s: float) -> None:
        """Tell that a call starts."""
        self._router.begin(self._assignment, stage, rung, self._worker)

    def on_call_ended(self, attempt: Attempt) -> None:
        """Tell how it went."""
        self._router.record(self._assignment, attempt, self._worker)


def skipped_step(config: PipelineConfig, stage: str, skipped: str, rung: str) -> StepDown:
    """Return the step down of a document that took a worker with it on the rung that it skips now."""
    action = config.stage(stage).rung(rung).mode
    return StepDown(
        stage=stage,
        from_rung=skipped,
        to_rung=rung,
        action=action,
        trigger=Trigger.WORKER_DIED.value,
        metric="worker_deaths",
        threshold=1.0,
        observed=1.0,
        effect=config.specs[stage].effect(action),
        cause="the worker process that read this document there died, or hung until it was killed",
    )


def _sample(assignment: Assignment, attempt: Attempt, worker: str, outcome: Outcome) -> Sample:
    """Return an attempt as the policy counts it, tagged with the epoch that its document was assigned in."""
    choice = assignment[attempt.stage]
    assigned = attempt.rung == choice.rung
    return Sample(
        stage=attempt.stage,
        rung=attempt.rung,
        epoch=choice.epoch,
        outcome=outcome,
        duration_ns=attempt.elapsed_ns,
        kind=choice.kind if assigned else Kind.SERVED,
        document_id=assignment.document_id,
        lease=choice.lease if assigned else 0,
        started_ns=attempt.started_ns,
        worker=worker,
        waited_ns=attempt.waited_ns,
        units=attempt.units,
    )


def document_id_of(source: Source, max_bytes: int) -> str:
    """Return what the policy knows a document by: its content, so that two files of one name are two documents.

    Where there is nothing to read, its path: opening it will say why.
    """
    return content_sha256(source, max_bytes)[:ID_DIGITS] or source.path
