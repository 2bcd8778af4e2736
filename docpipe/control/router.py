"""Between the policy and the executor: a document's route from the policy's assignment, and what came of it back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from docpipe.config import PipelineConfig
from docpipe.execution.executor import Execution
from docpipe.execution.route import Route, StageRoute
from docpipe.policy.core.values import Assignment, Choice, Kind, Outcome, Sample
from docpipe.policy.live.engine import PolicyEngine
from docpipe.trace import StepDown


class Router:
    """Hands out routes and tells the policy what came of them. Safe from any thread, as the engine is."""

    def __init__(
        self, config: PipelineConfig, engine: PolicyEngine, took: Callable[[int], None] = lambda elapsed_ns: None
    ) -> None:
        """`took` is told how long each choice of rungs took."""
        self._config = config
        self._took = took
        self.engine = engine

    def assign(self, document_id: str) -> tuple[Assignment, Route]:
        """Return the policy's assignment for a document, and the same as a route down each ladder."""
        started = time.perf_counter_ns()
        assignment = self.engine.assign(document_id)
        self._took(time.perf_counter_ns() - started)
        return assignment, {choice.stage: self._stage(choice) for choice in assignment.choices}

    def preview(self) -> Route:
        """Return the route that a document would get now, for one that is not run: nothing is assigned."""
        return {stage: StageRoute(rungs) for stage, rungs in self.usable().items()}

    def usable(self) -> Mapping[str, tuple[str, ...]]:
        """Return the rungs of every stage that documents may use now: the one it stands on, and those below it."""
        found = {}
        for status in self.engine.state().stages:
            rungs = [status.rung]
            while (lower := self.engine.fall_back(status.stage, rungs[-1])) is not None:
                rungs.append(lower)
            found[status.stage] = tuple(rungs)
        return found

    def _stage(self, choice: Choice) -> StageRoute:
        rungs = [choice.rung]
        while (lower := self.engine.fall_back(choice.stage, rungs[-1])) is not None:
            rungs.append(lower)
        ladder = self._config.stage(choice.stage)
        steps = (
            StepDown(
                stage=choice.stage,
                from_rung=cause.from_rung,
                to_rung=cause.to_rung,
                action=(action := ladder.rung(cause.to_rung).mode),
                effect=self._config.specs[choice.stage].effect(action),
                trigger=cause.trigger.value,
                metric=cause.metric or None,
                threshold=cause.threshold,
                observed=cause.observed,
                scope="process",
                cause=cause.reason,
            )
            for cause in choice.causes
        )
        return StageRoute(tuple(rungs), tuple(steps))

    def learn(self, assignment: Assignment, execution: Execution, worker: str = "") -> None:
        """Tell the policy every attempt of a document, tagged with the epoch that it was assigned in."""
        for attempt in execution.attempts:
            choice = assignment[attempt.stage]
            assigned = attempt.rung == choice.rung
            self.engine.record(
                Sample(
                    stage=attempt.stage,
                    rung=attempt.rung,
                    epoch=choice.epoch,
                    outcome=Outcome(attempt.outcome),
                    duration_ns=attempt.elapsed_ns,
                    kind=choice.kind if assigned else Kind.SERVED,
                    document_id=assignment.document_id,
                    lease=choice.lease if assigned else 0,
                    started_ns=attempt.started_ns,
                    worker=worker,
                )
            )
        self.engine.release(assignment)

    def drop(self, assignment: Assignment) -> None:
        """Tell the policy that a document was not run, or that nobody knows what came of it."""
        self.engine.release(assignment)
