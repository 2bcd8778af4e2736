"""The moves of one stage: down, up, start and end of a trial. Pure; each returns the stage after it, and events."""

from __future__ import annotations

from dataclasses import dataclass

from docpipe.policy.core.context import Context
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import StagePlan
from docpipe.policy.core.state import Hold, RungState, StageState, Trial, cool_down_ns, fresh_rung, hash_of
from docpipe.policy.core.values import LOAD, Choice, Event, EventKind, Kind, Trigger

PPM = 1_000_000


COMES_AND_GOES = LOAD | {Trigger.WORKER_DIED}
"""Triggers after which a relapse says how long the swing is: load, and whoever kills workers."""


def proved_ns(now: int, wait_ns: int) -> int:
    """Return until when a better rung is on probation after trouble: a quarter longer than the wait.

    Whatever the wait's spread, a swing as slow as the longest wait so ends trials, and moves the stage no more.
    """
    return now + wait_ns * 5 // 4


Moved = tuple[StageState, tuple[Event, ...]]


@dataclass(frozen=True)
class Cause:
    """Why something happens, with the numbers that were compared."""

    trigger: Trigger
    metric: str
    threshold: float | None
    observed: float | None
    reason: str


def event(context: Context, kind: EventKind, source: int, target: int, cause: Cause, epoch: int) -> Event:
    """Return what is announced of a move between two levels."""
    return Event(
        kind=kind,
        stage=context.stage.name,
        from_rung=context.stage.rungs[source],
        to_rung=context.stage.rungs[target],
        trigger=cause.trigger,
        metric=cause.metric,
        threshold=cause.threshold,
        observed=cause.observed,
        reason=cause.reason,
        epoch=epoch,
        time_ns=context.now,
    )


def step_down(context: Context, state: StageState, level: int, cause: Cause) -> Moved:
    """Send the stage to a lower level. A trial under way ends; a relapse soon after a climb counts as a failed one."""
    stage, now, failures = context.stage, context.now, state.failures
    # a swing as slow as the longest wait is a swing all the same
    soon = max(stage.cool_down.waits_ns[-1], cool_down_ns(context, state, failures))
    relapsed = state.climbed_ns is not None and now - state.climbed_ns < soon
    if state.trial is not None or relapsed:
        failures = one_more(stage, failures)
    if relapsed and cause.trigger in COMES_AND_GOES and state.fell_ns is not None:
        failures = _as_slow_as(stage, failures, now - state.fell_ns)
    told = event(context, EventKind.DOWN, state.level, level, cause, state.epoch + 1)
    after = _settle(context, state, level, (*state.causes, told))
    wait = cool_down_ns(context, after, failures)
    proved = proved_ns(now, wait) if failures else 0
    after = replace(after, failures=failures, climbed_ns=None, fell_ns=now, proved_ns=proved)
    return replace(after, cool_until_ns=now + wait), (told,)


def _as_slow_as(stage: StagePlan, failures: int, swing_ns: int) -> int:
    """Return as many failures as make the wait as long as the swing was: to learn that step by step costs swings."""
    waits = stage.cool_down.waits_ns
    return max(failures, next((n for n, wait in enumerate(waits) if wait >= swing_ns), len(waits) - 1))


def step_up(context: Context, state: StageState, level: int, cause: Cause) -> Moved:
    """Bring the stage to a better level, after a trial, by a pin, or because the rung became available."""
    told = event(context, EventKind.UP, state.level, level, cause, state.epoch + 1)
    after = _settle(context, state, level, causes_down_to(context.stage, state.causes, level))
    return replace(after, climbed_ns=context.now, cool_until_ns=context.now), (told,)


def causes_down_to(stage: StagePlan, causes: tuple[Event, ...], level: int) -> tuple[Event, ...]:
    """Return those steps down that explain `level`; a step that went past it is shortened to end there."""
    kept = []
    for told in causes:
        source, target = stage.rungs.index(told.from_rung), stage.rungs.index(told.to_rung)
        if target <= level:
            kept.append(told)
        elif source < level:
            kept.append(replace(told, to_rung=stage.rungs[level]))
    return tuple(kept)


def _settle(context: Context, state: StageState, level: int, causes: tuple[Event, ...]) -> StageState:
    """Return the stage on another level, with empty windows."""
    fresh = fresh_rung(context.stage)
    rungs = tuple(
        replace(
            rung,
            times=fresh.times,
            errors=fresh.errors,
            ooms=(),
            deaths=(),
            answered=0,
            closed_until=None if i == level else rung.closed_until,
        )
        for i, rung in enumerate(state.rungs)
    )
    return arrive(context, state, level, rungs, causes)


def arrive(
    context: Context, state: StageState, level: int, rungs: tuple[RungState, ...], causes: tuple[Event, ...]
) -> StageState:
    """Return the stage as it starts on a level: next epoch, waits and holds from now, no trial."""
    stage, now, epoch = context.stage, context.now, state.epoch + 1
    return replace(
        state,
        level=level,
        epoch=epoch,
        since_ns=now,
        healthy_since_ns=now,
        waited_since_ns=now,
        holds=tuple(Hold() for _ in stage.bands),
        rungs=rungs,
        trial=None,
        causes=causes,
        choice=Choice(stage.name, stage.rungs[level], level, Kind.SERVED, epoch, 0, causes),
    )


def begin_trial(context: Context, state: StageState, target: int, next_lease: int) -> Moved:
    """Start probing a better rung. The ramp's first document is drawn from a hash, so that replicas differ."""
    stage, now = context.stage, context.now
    trial = Trial(
        target=target,
        began_ns=now,
        step_began_ns=now,
        first_lease=next_lease,
        next_probe_ns=now,
        offered_ppm=hash_of("ramp", context.plan.seed, stage.name, state.epoch, next_lease) % PPM,
    )
    need = f"{stage.trial.passes} of {stage.trial.probes} probes"
    cause = Cause(trigger_of(state), "probes", float(stage.trial.passes), None, f"calm for its hold; {need} must pass")
    told = event(context, EventKind.PROBING, state.level, target, cause, state.epoch)
    return replace(state, trial=trial, put_off=False), (told,)


def next_step(context: Context, state: StageState, trial: Trial, reason: str) -> Moved:
    """Give the rung under trial its next share, or all documents after the last one."""
    stage, step = context.stage, trial.step + 1
    trigger = trigger_of(state)
    if step >= len(stage.trial.shares_ppm) and not is_on_probation(context, state, trial):
        cause = Cause(trigger, "ramp", 1.0, 1.0, f"{reason}; all documents go to {stage.rungs[trial.target]} again")
        return step_up(context, state, trial.target, cause)
    share = stage.trial.share_ppm(step) / PPM
    words = f"{share:.0%} of the documents go first" if share < 1 else "all documents follow, on probation"
    cause = Cause(trigger, "ramp", share, None, f"{reason}; {words}")
    told = event(context, EventKind.RAMPING, state.level, trial.target, cause, state.epoch)
    ramping = replace(trial, step=step, step_began_ns=context.now, passed=0, failed=0, counts={}, inconclusive=False)
    return replace(state, trial=ramping), (told,)


def is_on_probation(context: Context, state: StageState, trial: Trial) -> bool:
    """Whether a rung that passed its trial must still hold out: load made the stage leave it again and again."""
    return context.now < state.proved_ns and state.rungs[trial.target].closed_until is None


def end_trial(
    context: Context, state: StageState, trial: Trial, cause: Cause, *, failed: bool, close: bool = False
) -> Moved:
    """End a trial and stay on the level. A failed one makes the next wait longer; `close` shuts the rung until then."""
    now = context.now
    told = event(context, EventKind.TRIAL_ENDED, trial.target, state.level, cause, state.epoch)
    after = replace(
        state,
        trial=None,
        holds=tuple(Hold() for _ in state.holds),
        healthy_since_ns=now,
        waited_since_ns=now,
    )
    if not failed:
        return after, (told,)
    failures = one_more(context.stage, state.failures)
    wait = cool_down_ns(context, state, failures)
    until = now + wait
    after = replace(after, failures=failures, cool_until_ns=until, proved_ns=proved_ns(now, wait))
    if close:
        after = close_rung(after, trial.target, until)
    return after, (told,)


def one_more(stage: StagePlan, failures: int) -> int:
    """Return one failure more, as far as waits still grow: what is beyond would only take long to forget."""
    return min(failures + 1, len(stage.cool_down.waits_ns) - 1) if len(stage.cool_down.waits_ns) > 1 else 1


def close_rung(state: StageState, level: int, until_ns: int) -> StageState:
    """Close a rung: above the level only a trial opens it again, below the level time does."""
    rungs = tuple(
        replace(rung, closed_until=until_ns, ooms=(), deaths=(), answered=0) if i == level else rung
        for i, rung in enumerate(state.rungs)
    )
    return replace(state, rungs=rungs)


def with_rung(state: StageState, level: int, **changes: object) -> StageState:
    """Return the stage with some fields of one rung changed."""
    rungs = list(state.rungs)
    rungs[level] = replace(rungs[level], **changes)  # type: ignore[arg-type]
    return replace(state, rungs=tuple(rungs))


def trigger_of(state: StageState) -> Trigger:
    """Return the trigger that brought the stage down to where it stands."""
    return state.causes[-1].trigger if state.causes else Trigger.OPERATOR
