"""What outlives a process: where each stage stood, which rungs are closed, and how long it must still wait. Pure.

A process that its host killed would else climb straight back to the rung that killed it. Times are nanoseconds that
are left, as the clock of another process means nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass

from docpipe.policy.core.context import Context
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import Plan, StagePlan
from docpipe.policy.core.state import PolicyState, StageState
from docpipe.policy.core.transitions import Cause, Moved, proved_ns, step_down, with_rung
from docpipe.policy.core.values import Event, EventKind, Trigger

KEPT = "kept over a restart: "
"""What the reason of a step down starts with that an earlier process took."""


@dataclass(frozen=True)
class KeptStep:
    """One step down, and the numbers that were compared."""

    to_rung: str
    trigger: Trigger
    metric: str
    threshold: float | None
    observed: float | None
    reason: str


@dataclass(frozen=True)
class KeptStage:
    """What is kept of one stage. `closed` holds rungs, each with what is left until it may be tried."""

    stage: str
    failures: int = 0
    cool_ns: int = 0
    closed: tuple[tuple[str, int], ...] = ()
    steps: tuple[KeptStep, ...] = ()


def keep(plan: Plan, state: PolicyState, now: int) -> tuple[KeptStage, ...]:
    """Return what must be remembered at this moment; nothing of a stage that is well."""
    kept = (_keep_stage(spec, stage, now) for spec, stage in zip(plan.stages, state.stages, strict=True))
    return tuple(stage for stage in kept if stage is not None)


def _keep_stage(spec: StagePlan, state: StageState, now: int) -> KeptStage | None:
    closed = tuple(
        (spec.rungs[level], max(rung.closed_until - now, 0))
        for level, rung in enumerate(state.rungs)
        if rung.closed_until is not None and (level < state.level or rung.closed_until > now)
    )
    steps = tuple(_keep_step(cause) for cause in state.causes if _outlives(cause))
    if not (state.failures or closed or steps):
        return None
    return KeptStage(spec.name, state.failures, max(state.cool_until_ns - now, 0), closed, steps)


def _outlives(cause: Event) -> bool:
    """Whether a step says something of the next process: pins, other files and what cannot be loaded are told again."""
    return cause.kind is EventKind.DOWN and cause.trigger is not Trigger.OPERATOR and cause.metric != "available"


def _keep_step(cause: Event) -> KeptStep:
    reason = cause.reason.removeprefix(KEPT)
    return KeptStep(cause.to_rung, cause.trigger, cause.metric, cause.threshold, cause.observed, reason)


def after_ns(plan: Plan, kept: tuple[KeptStage, ...], elapsed_ns: int) -> tuple[KeptStage, ...]:
    """Return what is left of it so much later: nothing of a stage once its longest wait has passed since its own."""
    longest = {spec.name: spec.cool_down.waits_ns[-1] for spec in plan.stages}
    return tuple(
        replace(
            stage,
            cool_ns=max(stage.cool_ns - elapsed_ns, 0),
            closed=tuple((rung, max(left - elapsed_ns, 0)) for rung, left in stage.closed),
        )
        for stage in kept
        if stage.stage in longest and elapsed_ns <= _last_wait_ns(stage) + longest[stage.stage]
    )


def _last_wait_ns(stage: KeptStage) -> int:
    return max([stage.cool_ns, *(left for _, left in stage.closed)])


def restore(plan: Plan, state: PolicyState, kept: tuple[KeptStage, ...], now: int) -> tuple[PolicyState, list[Event]]:
    """Return the state in which every stage stands where it stood; what the plan does not know is left out."""
    stages, events = list(state.stages), list[Event]()
    known = {stage.stage: stage for stage in kept}
    for index, spec in enumerate(plan.stages):
        if spec.name in known:
            stages[index], told = _restore_stage(Context(plan, spec, now), stages[index], known[spec.name])
            events += told
    return replace(state, stages=tuple(stages)), events


def _restore_stage(context: Context, state: StageState, kept: KeptStage) -> Moved:
    spec, now = context.stage, context.now
    longest = spec.cool_down.waits_ns[-1] * 2  # whatever a file says, no wait is longer than the policy's own
    events: tuple[Event, ...] = ()
    for step in kept.steps:
        level = spec.level_of(step.to_rung)
        if level is None or level <= state.level:
            continue
        cause = Cause(step.trigger, step.metric, step.threshold, step.observed, KEPT + step.reason)
        state, told = step_down(context, state, level, cause)
        events += told
    for rung, left in kept.closed:
        level = spec.level_of(rung)
        if level is not None and level != state.level:
            state = with_rung(state, level, closed_until=now + min(left, longest))
    failures = min(kept.failures, len(spec.cool_down.waits_ns) - 1)
    wait = min(kept.cool_ns, longest)
    proved = proved_ns(now, wait) if failures else 0
    return replace(state, failures=failures, cool_until_ns=now + wait, proved_ns=proved), events
