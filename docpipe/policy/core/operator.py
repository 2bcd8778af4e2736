"""What people and the outside do to a stage: pins, rungs that load or fail to, another policy file. Pure."""

from __future__ import annotations

from docpipe.policy.core.context import Context
from docpipe.policy.core.decide import unpin_stage
from docpipe.policy.core.facts import Available, Loaded, Pinned, Unpinned
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import Plan, StagePlan
from docpipe.policy.core.state import Pin, PolicyState, RungState, StageState, fresh_rung, fresh_stage
from docpipe.policy.core.transitions import (
    Cause,
    Moved,
    arrive,
    causes_down_to,
    end_trial,
    event,
    step_down,
    step_up,
    trigger_of,
    with_rung,
)
from docpipe.policy.core.values import Event, EventKind, Trigger


def pin_stage(context: Context, state: StageState, fact: Pinned, *, by_file: bool = False) -> Moved:
    """Fix a stage on a rung. Its bands are then ignored, but faults still send it lower.

    Raises:
        KeyError: the ladder has no such rung.
    """
    stage, level = context.stage, context.stage.level_of(fact.rung)
    if level is None:
        raise KeyError(f"no rung {fact.rung!r} in {stage.name}; the ladder has {', '.join(stage.rungs)}")
    cause = Cause(Trigger.OPERATOR, "pin", None, None, fact.reason)
    events: tuple[Event, ...] = ()
    if state.trial is not None:
        state, events = end_trial(context, state, state.trial, cause, failed=False)
    state = replace(state, pin=Pin(level, fact.until_ns, fact.reason, by_file))
    events += (event(context, EventKind.PINNED, state.level, level, cause, state.epoch),)
    if level > state.level:
        usable = level if state.usable(level, context.now) else state.lower(level, context.now)
        if usable is None:
            return state, events
        state, told = step_down(context, state, usable, cause)
        return state, events + told
    rung = state.rungs[level]
    if level < state.level and rung.available and rung.closed_until is None:
        state, told = step_up(context, state, level, cause)
        return state, events + told
    return state, events


def unpin_by_hand(context: Context, state: StageState, fact: Unpinned) -> Moved:
    """Take a pin off; without one nothing happens."""
    if state.pin is None:
        return state, ()
    return unpin_stage(context, state, fact.reason)


def change_availability(context: Context, state: StageState, fact: Available, untouched: bool) -> Moved:
    """Note that a rung can or cannot serve. A rung that cannot is left at once; one that can again is tried first.

    Only before any document has come (`untouched`) a better rung takes over without a trial.

    Raises:
        KeyError: the ladder has no such rung.
    """
    stage, level = context.stage, context.stage.level_of(fact.rung)
    if level is None:
        raise KeyError(f"no rung {fact.rung!r} in {stage.name}; the ladder has {', '.join(stage.rungs)}")
    warmed = fact.available and state.rungs[level].cold
    if state.rungs[level].available == fact.available and not warmed:
        return state, ()
    state = with_rung(state, level, available=fact.available, cold=False, loading_since=None)
    cause = Cause(Trigger.ERRORS, "available", 1.0, 1.0 if fact.available else 0.0, fact.reason)
    events = (event(context, EventKind.AVAILABLE, state.level, level, cause, state.epoch),)
    if fact.available:
        stranded = not state.rungs[state.level].available
        pinned_here = state.pin is not None and state.pin.level == level
        if level > state.level and (stranded or pinned_here):
            state, told = step_down(context, state, level, cause)
            return state, events + told
        if (
            state.top <= level < state.level
            and (stranded or (untouched and not warmed))
            and state.rungs[level].closed_until is None
        ):
            state, told = step_up(context, state, level, cause)
            return state, events + told
        return state, events
    if state.trial is not None and state.trial.target == level:
        state, told = end_trial(context, state, state.trial, cause, failed=False)
        return state, events + told
    if level != state.level:
        return state, events
    to = state.lower(level, context.now)
    if to is None:  # better above a pin than nowhere
        to = _find_landing(state.rungs, level)
    if to > level:
        state, told = step_down(context, state, to, cause)
    elif to < level:
        state, told = step_up(context, state, to, cause)
    else:
        return state, events  # nothing else works either; its failures will say so
    return state, events + told


def apply_file_pins(plan: Plan, state: PolicyState, now: int) -> tuple[PolicyState, tuple[Event, ...]]:
    """Bring every stage's pin in line with the file: set those it has, lift those it no longer has."""
    stages: list[StageState] = []
    events: list[Event] = []
    for spec, stage in zip(plan.stages, state.stages, strict=True):
        wanted = None
        if spec.pin is not None:
            until = spec.pin.until_unix_ns - state.unix_offset_ns
            wanted = Pinned(now, spec.name, spec.pin.rung, until, spec.pin.reason) if until > now else None
        told: tuple[Event, ...] = ()
        context = Context(plan, spec, now, state.signals)
        if wanted is not None and not _same_pin(spec, stage.pin, wanted):
            stage, told = pin_stage(context, stage, wanted, by_file=True)
        elif wanted is None and stage.pin is not None and stage.pin.by_file:
            stage, told = unpin_stage(context, stage, "the file no longer pins it")
        stages.append(stage)
        events += told
    return replace(state, stages=tuple(stages)), tuple(events)


def _same_pin(spec: StagePlan, pin: Pin | None, wanted: Pinned) -> bool:
    if pin is None:
        return False
    return (spec.rungs[pin.level], pin.until_ns, pin.reason) == (wanted.rung, wanted.until_ns, wanted.reason)


def carry_over(plan: Plan, state: PolicyState, fact: Loaded) -> tuple[PolicyState, tuple[Event, ...]]:
    """Carry the state over to another plan: the next config epoch. The same plan again changes nothing.

    States are matched by rung name and hold times start again; a stage whose block is the same goes on undisturbed.
    """
    if fact.plan == plan:
        return state, ()
    old = {spec.name: (spec, stage) for spec, stage in zip(plan.stages, state.stages, strict=True)}
    stages: list[StageState] = []
    events: list[Event] = []
    for spec in fact.plan.stages:
        if spec.name not in old:
            stages.append(fresh_stage(spec, fact.time_ns))
            continue
        before, stage = old[spec.name]
        told: tuple[Event, ...] = ()
        if before != spec:
            stage, told = _carry_stage(Context(fact.plan, spec, fact.time_ns, state.signals), before, stage)
        stages.append(stage)
        events += told
    offset = fact.unix_ns - fact.time_ns
    after = replace(state, stages=tuple(stages), config_epoch=state.config_epoch + 1, unix_offset_ns=offset)
    after, told = apply_file_pins(fact.plan, after, fact.time_ns)
    return after, (*events, *told)


def _carry_stage(context: Context, before: StagePlan, state: StageState) -> Moved:
    """Return a stage's state under another block: same rung where it still exists, next epoch, empty windows."""
    spec = context.stage
    events: tuple[Event, ...] = ()
    if state.trial is not None:
        cause = Cause(trigger_of(state), "config", None, None, "another policy file was loaded")
        state, events = end_trial(replace(context, stage=before), state, state.trial, cause, failed=False)
    known = dict(zip(before.rungs, state.rungs, strict=True))
    fresh = fresh_rung(spec)
    rungs = tuple(_keep_rung(known.get(name), fresh) for name in spec.rungs)
    level = spec.level_of(before.rungs[state.level])
    cause = Cause(trigger_of(state), "config", None, None, "the ladder changed in another policy file")
    if level is None or not rungs[level].available:
        level = _find_landing(rungs, min(state.level, len(spec.rungs) - 1))
    # where the stage stands is open: there was nothing better to land on
    rungs = tuple(replace(rung, closed_until=None) if i == level else rung for i, rung in enumerate(rungs))
    names = set(spec.rungs)
    causes = tuple(c for c in state.causes if {c.from_rung, c.to_rung} <= names)
    causes = causes_down_to(spec, causes, level)
    epoch = state.epoch + 1
    if level > 0 and (not causes or causes[-1].to_rung != spec.rungs[level]):
        first = causes[-1].to_rung if causes else spec.rungs[0]
        causes += (event(context, EventKind.RELOADED, spec.rungs.index(first), level, cause, epoch),)
        events += causes[-1:]
    pin = state.pin
    if pin is not None:
        at = spec.level_of(before.rungs[pin.level])
        pin = None if at is None else replace(pin, level=at)
    return replace(arrive(context, state, level, rungs, causes), pin=pin), events


def _find_landing(rungs: tuple[RungState, ...], level: int) -> int:
    """Return the first rung that works at or below a level, else the nearest above it, else the level itself."""
    order = (*range(level, len(rungs)), *range(level - 1, -1, -1))
    return next((i for i in order if rungs[i].available and rungs[i].closed_until is None), level)


def _keep_rung(known: RungState | None, fresh: RungState) -> RungState:
    if known is None:
        return fresh
    return replace(fresh, available=known.available, closed_until=known.closed_until)
