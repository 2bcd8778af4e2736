"""Requests with deadlines for a pipeline: its ladders as the scheduler sees them, its answers as routes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from docpipe.config import PipelineConfig
from docpipe.config.callers import Caller
from docpipe.control.router import Router
from docpipe.control.sizes import DocumentSizes
from docpipe.document import Document
from docpipe.execution.route import Route, StageRoute
from docpipe.files.yaml_file import complaints_of
from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.policy.core.values import Assignment, Kind
from docpipe.profiles.prices import options_of
from docpipe.scheduling.ladder import Configuration, JointLadder, build_ladder
from docpipe.scheduling.request_server import Grant
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.trace import StepDown

log = logging.getLogger("docpipe.scheduling")

MOST_TERMS = 256
"""Different terms of callers whose ladders are kept."""
UNKNOWN_MS = 0.001
"""Time of a configuration without a profile: the scheduler then only keeps the order and the deadlines."""


def scheduler_settings(
    config: PipelineConfig, workers: int | None = None, deadline_ms: float | None = None
) -> SchedulerSettings:
    """Return what a pipeline file says to the scheduler; workers and deadline may be others."""
    return SchedulerSettings(
        workers or max(config.workers, 1),
        deadline_ms or config.deadline_ms,
        config.refuse,
        config.consistency,
        hold_ms=1000 * config.policy.recover_after_s,
    )


class Ladders:
    """The joint ladder of the rungs that the policy lets serve now, priced by the profile."""

    def __init__(self, config: PipelineConfig, router: Router) -> None:
        """Read the profile once.

        Raises:
            ConfigError: the profile cannot be read.
        """
        self._config, self._router = config, router
        profile = config.load_profile()
        self._prices: Mapping[str, Mapping[str, tuple[float, float]]] = (
            {} if profile is None else {ladder.stage: options_of(profile, ladder) for ladder in config.ladders()}
        )
        self._known: tuple[Mapping[str, Sequence[str]], JointLadder] | None = None

    def __call__(self) -> JointLadder:
        """Return the ladder; the same object as long as the policy lets the same rungs serve."""
        usable = self._router.usable()
        if self._known is None or self._known[0] != usable:
            self._known = (usable, self._build(usable))
        return self._known[1]

    def _build(self, usable: Mapping[str, Sequence[str]]) -> JointLadder:
        stages = []
        for name, rungs in usable.items():
            priced = self._prices.get(name, {})
            options = tuple(Option(rung, *priced[rung]) for rung in rungs if rung in priced)
            if not options or options[0].rung != rungs[0]:
                # a profile of other settings may know nothing but `skip`, which must not win for that
                log.warning("docpipe.no_price stage=%s rung=%s", name, rungs[0])
                return _best_only(usable)
            stages.append(StageOptions(name, options, self._config.stage(name).weight))
        return build_ladder(stages)


def _best_only(usable: Mapping[str, Sequence[str]]) -> JointLadder:
    rungs = tuple(rungs[0] for rungs in usable.values())
    return JointLadder(tuple(usable), (Configuration(rungs, (UNKNOWN_MS,) * len(rungs), 1.0),))


class AllowedLadders:
    """What is left of a ladder for each kind of caller; worked out once for each ladder, not for each request."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, ...], float], tuple[JointLadder, JointLadder | None]] = {}

    def of(self, caller: Caller) -> Callable[[JointLadder], JointLadder | None]:
        """Return the function that gives a caller its part of a ladder; None where nothing is left."""
        if not caller.forbid and not caller.min_accuracy:
            return lambda ladder: ladder
        terms = (caller.forbid, caller.min_accuracy)

        def allowed_part(ladder: JointLadder) -> JointLadder | None:
            known = self._known.get(terms)
            if known is None or known[0] is not ladder:
                if len(self._known) >= MOST_TERMS:  # callers that make up terms for each request
                    self._known.clear()
                known = self._known[terms] = ladder, _without(ladder, caller)
            return known[1]

        return allowed_part


def _without(ladder: JointLadder, caller: Caller) -> JointLadder | None:
    """Return what is left of a ladder without the rungs that a caller forbids and below its least accuracy."""
    forbidden: dict[str, set[str]] = {}
    for target in caller.forbid:
        stage, _, rung = target.partition(".")
        forbidden.setdefault(stage, set()).add(rung)
    allowed = {
        stage: {rung for rung in offered if rung not in forbidden[stage]}
        for stage, offered in ladder.rungs().items()
        if stage in forbidden
    }
    return ladder.restricted_to(allowed, caller.min_accuracy)


@dataclass(frozen=True)
class DeadlineRoute:
    """A document's route under a deadline: below what the policy assigned where time is scarce, never above it.

    Stages that the policy tries a better rung on (a probe, a trial) keep it: those documents were chosen for it.
    """

    config: PipelineConfig
    assignment: Assignment
    route: Route
    grant: Grant
    sizes: DocumentSizes

    def best_rung(self, stage: str, document: Document, share_left: float) -> tuple[str, StepDown | None]:
        """Return the best rung for a stage that begins now, and the step down to it where it is below the assigned."""
        way: StageRoute = self.route[stage]
        assigned = way.rungs[0]
        if self.assignment[stage].kind in (Kind.PROBE, Kind.TRIAL):
            return assigned, None
        wanted, price = self.grant.best_rung(stage, share_left, self.sizes.rest(stage, document, share_left))
        if wanted not in way.rungs or wanted == assigned:
            return assigned, None
        action = self.config.stage(stage).rung(wanted).mode
        return wanted, StepDown(
            stage=stage,
            from_rung=assigned,
            to_rung=wanted,
            action=action,
            effect=self.config.specs[stage].effect(action),
            trigger="deadline",
            metric="price",
            threshold=None,
            observed=round(price, 9),
            cause="the time until the deadline served others, or later stages, better",
        )


def merge_terms(caller: Caller, given: Mapping[str, object]) -> Caller:
    """Return a caller's part of the file, with what the call itself says on top.

    Raises:
        ValueError: a value is out of range.
    """
    said = {key: value for key, value in given.items() if value is not None}
    try:
        return Caller.model_validate({**caller.model_dump(exclude_unset=True), **said}) if said else caller
    except ValidationError as e:
        raise ValueError("; ".join(f"{one.key}: {one.message}" for one in complaints_of(e, None, Caller, said))) from e
