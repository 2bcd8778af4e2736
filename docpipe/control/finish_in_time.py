"""A run that must end in time: each document's route lowered as the plan says, and what came of it told to the plan."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from docpipe.config import PipelineConfig
from docpipe.control.deadline_routes import Ladders
from docpipe.control.router import Router, document_id_of
from docpipe.control.sizes import DocumentSizes
from docpipe.errors import UsageError
from docpipe.execution.executor import Execution
from docpipe.execution.route import Route, StageRoute
from docpipe.inputs.source import Source
from docpipe.policy.core.values import Assignment, Event, Kind
from docpipe.scheduling.finish_plan import FinishPlan, Forecast
from docpipe.scheduling.ladder import Configuration
from docpipe.trace import StepDown

CAUSE = "the time in which the run must end served other documents, or other stages, better"


class FinishInTime:
    """Holds the documents of one run to a moment. An observer of the policy, and what its router asks for a limit.

    Safe from any thread. Before `plan` it limits nothing.
    """

    def __init__(self, config: PipelineConfig, router: Router, ends: int, clock: Callable[[], int]) -> None:
        """`ends` is the moment, in nanoseconds of `clock`, at which the last document should be done.

        Raises:
            UsageError: the file has no profile with a time and an accuracy for every stage.
        """
        if config.load_profile() is None:
            raise UsageError(
                "to finish in time docpipe must know what each rung costs: `docpipe profile LABELS` measures it, and "
                "`profile:` in the pipeline file names it"
            )
        self._config, self._ends, self._clock = config, ends, clock
        self._sizes = DocumentSizes(config)
        self._ladders = Ladders(config, router)
        if self._ladders().top == 0:
            raise UsageError("to finish in time the profile must have a time and an accuracy for rungs of every stage")
        self._plan: FinishPlan | None = None
        self._lock = threading.Lock()

    def plan(self, sources: Sequence[Source]) -> Forecast:
        """Plan these documents, from now on; return how they will end."""
        documents = [(self._id_of(source), self._sizes.before(source)) for source in sources]
        with self._lock:
            self._plan = FinishPlan(self._ladders(), documents, max(self._config.workers, 1), self._ends)
            return self._plan.forecast(self._clock())

    def forecast(self) -> Forecast | None:
        """Return how the run will end as things stand; None before `plan`."""
        with self._lock:
            return None if self._plan is None else self._plan.forecast(self._clock())

    def limit(self, assignment: Assignment, route: Route) -> Route:
        """Return the route of a document that starts now, lowered to what the plan gives it, never above the policy's.

        Stages that the policy tries a better rung on keep it: those documents were chosen for it.
        """
        with self._lock:
            if self._plan is None:
                return route
            ladder = self._ladders()
            if ladder is not self._plan.ladder:
                self._plan.replace_ladder(ladder)
            chosen = self._plan.choose(self._clock(), assignment.document_id)
            stages = self._plan.ladder.stages
        return {name: self._lower(assignment, name, way, stages, chosen) for name, way in route.items()}

    def on_decision(self, event: Event) -> None:
        """Hear of a move: the next document asks for the ladder again."""

    def on_finished(self, assignment: Assignment, execution: Execution) -> None:
        """Learn how long a document took."""
        with self._lock:
            if self._plan is not None:
                self._plan.learn_time(assignment.document_id, execution.result.timings.total_ms)

    def _id_of(self, source: Source) -> str:
        return document_id_of(source, self._config.input.max_bytes)

    def _lower(
        self, assignment: Assignment, name: str, way: StageRoute, stages: Sequence[str], chosen: Configuration
    ) -> StageRoute:
        if name not in stages or assignment[name].kind in (Kind.PROBE, Kind.TRIAL):
            return way
        wanted = chosen.rungs[stages.index(name)]
        if wanted not in way.rungs[1:]:
            return way
        action = self._config.stage(name).rung(wanted).mode
        step = StepDown(
            stage=name,
            from_rung=way.rungs[0],
            to_rung=wanted,
            action=action,
            effect=self._config.specs[name].effect(action),
            trigger="deadline",
            metric="finish_within",
            threshold=None,
            observed=None,
            cause=CAUSE,
        )
        return StageRoute(way.rungs[way.rungs.index(wanted) :], (*way.steps, step))
