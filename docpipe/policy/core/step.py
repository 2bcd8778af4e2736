"""Folds facts into the policy's state: `step(plan, state, fact) -> Step`. Pure; used live and in replays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from docpipe.policy.core.decide import decide
from docpipe.policy.core.facts import Arrived, Available, Began, Fact, Pinned, Recorded, Released, Ticked, Unpinned
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.operator import available, pinned, reloaded, restarted, unpinned_by
from docpipe.policy.core.outcomes import recorded
from docpipe.policy.core.plan import NS, Plan
from docpipe.policy.core.state import Call, Hold, PolicyState, StageState, fresh_rung, fresh_stage, hash_of
from docpipe.policy.core.transitions import Cause, Moved, began_trial, ended_trial, trigger_of
from docpipe.policy.core.trial import advanced, choose, lapsed
from docpipe.policy.core.values import Assignment, Event


@dataclass(frozen=True)
class Step:
    """What follows from a fact. `plan` is another one after a reload only; `call` is set by `Began` only."""

    plan: Plan
    state: PolicyState
    events: tuple[Event, ...] = ()
    assignment: Assignment | None = None
    call: int = 0


def initial(plan: Plan, now_ns: int, unix_ns: int) -> Step:
    """Return the state to start from: every stage on its best rung, or where the file pins it."""
    state = PolicyState(tuple(fresh_stage(stage, now_ns) for stage in plan.stages), unix_offset_ns=unix_ns - now_ns)
    state, events = restarted(plan, state, now_ns)
    return Step(plan, state, events)


def step(plan: Plan, state: PolicyState, fact: Fact) -> Step:
    """Return what follows from one fact.

    Raises:
        KeyError: the fact names a stage or rung that the plan does not have.
    """
    if isinstance(fact, Arrived):
        return _arrived(plan, state, fact)
    if isinstance(fact, Recorded):
        return _recorded(plan, state, fact)
    if isinstance(fact, Ticked):
        return _ticked(plan, state, fact)
    if isinstance(fact, Began):
        return _began(plan, state, fact)
    if isinstance(fact, Released):
        return Step(plan, _released(plan, state, fact))
    if isinstance(fact, Pinned):
        return _at(plan, state, fact.stage, lambda i: pinned(plan, plan.stages[i], state.stages[i], fact))
    if isinstance(fact, Unpinned):
        return _at(plan, state, fact.stage, lambda i: unpinned_by(plan.stages[i], state.stages[i], fact))
    if isinstance(fact, Available):
        untouched = state.documents == 0
        return _at(plan, state, fact.stage, lambda i: available(plan, plan.stages[i], state.stages[i], fact, untouched))
    after, events = reloaded(plan, state, fact)
    return Step(fact.plan, after, events)


def _at(plan: Plan, state: PolicyState, name: str, act: Callable[[int], Moved]) -> Step:
    index = _index(plan, name)
    after, events = act(index)
    return Step(plan, _with(state, index, after), events)


def _known(plan: Plan, name: str) -> int | None:
    for index, stage in enumerate(plan.stages):
        if stage.name == name:
            return index
    return None


def _index(plan: Plan, name: str) -> int:
    index = _known(plan, name)
    if index is not None:
        return index
    raise KeyError(f"no stage {name!r}; there are {', '.join(s.name for s in plan.stages)}")


def _with(state: PolicyState, index: int, stage: StageState) -> PolicyState:
    stages = list(state.stages)
    stages[index] = stage
    return replace(state, stages=tuple(stages))


def _arrived(plan: Plan, state: PolicyState, fact: Arrived) -> Step:
    state, events = _lapsed(plan, state, fact.time_ns)
    stages, lease = state.stages, state.next_lease
    choices = [stage.choice for stage in stages]
    for index, stage in enumerate(stages):
        if stage.trial is not None:  # one at most
            document = hash_of(fact.document_id)
            after, choices[index] = choose(plan.stages[index], stage, stage.trial, document, lease, fact.time_ns)
            stages = (*stages[:index], after, *stages[index + 1 :])
            lease += choices[index].lease != 0
    assignment = Assignment(fact.document_id, state.config_epoch, fact.time_ns, tuple(choices))
    state = replace(state, stages=stages, next_lease=lease, documents=state.documents + 1)
    return Step(plan, state, events, assignment)


def _lapsed(plan: Plan, state: PolicyState, now: int) -> tuple[PolicyState, tuple[Event, ...]]:
    events: tuple[Event, ...] = ()
    for index, stage in enumerate(state.stages):
        if stage.leases:
            after, told = lapsed(plan, plan.stages[index], stage, now)
            if after is not stage:
                state, events = _with(state, index, after), events + told
    return state, events


def _recorded(plan: Plan, state: PolicyState, fact: Recorded) -> Step:
    state, events = _lapsed(plan, state, fact.time_ns)
    index = _known(plan, fact.sample.stage)
    if index is None:
        return Step(plan, state, events)  # a reload took the stage away while it ran
    after, told = recorded(plan, plan.stages[index], state.stages[index], fact.sample, fact.time_ns)
    return Step(plan, _with(state, index, after), events + told)


def _began(plan: Plan, state: PolicyState, fact: Began) -> Step:
    index, call = _known(plan, fact.stage), state.next_call
    level = None if index is None else plan.stages[index].level_of(fact.rung)
    if index is None or level is None:
        return Step(plan, state)
    stage = state.stages[index]
    after = replace(stage, calls={**stage.calls, call: Call(level, fact.epoch, fact.time_ns)})
    return Step(plan, replace(_with(state, index, after), next_call=call + 1), call=call)


def _released(plan: Plan, state: PolicyState, fact: Released) -> PolicyState:
    for name, lease in fact.leases:
        index = _known(plan, name)
        if index is not None and lease in state.stages[index].leases:
            stage = state.stages[index]
            leases = {k: v for k, v in stage.leases.items() if k != lease}
            state = _with(state, index, replace(stage, leases=leases, returned=stage.returned + 1))
    return state


def _ticked(plan: Plan, state: PolicyState, fact: Ticked) -> Step:
    now, last = fact.time_ns, state.ticked_ns
    state = replace(state, ticked_ns=now, signals=state.signals if fact.signals is None else fact.signals)
    if last is not None and now - last > plan.gap_ns:
        return _woken(plan, state, now, now - last)
    state, events = _lapsed(plan, state, now)
    stages, wants = list(state.stages), dict[int, int]()
    for index, spec in enumerate(plan.stages):
        decision = decide(plan, spec, stages[index], state.signals, now)
        stages[index] = decision.state
        events += decision.events
        if decision.climb_to is not None:
            wants[index] = decision.climb_to
    climbing = next(((i, stage.trial) for i, stage in enumerate(stages) if stage.trial is not None), None)
    if climbing is not None:
        index, trial = climbing
        stages[index], told = advanced(
            plan, plan.stages[index], stages[index], trial, state.signals, now, others_wait=bool(wants)
        )
        events += told
    elif wants:
        first = _first_to_climb(plan, stages, wants)
        lease = state.next_lease
        stages[first], told = began_trial(plan, plan.stages[first], stages[first], wants[first], lease, now)
        events += told
    return Step(plan, replace(state, stages=tuple(stages)), events)


def _first_to_climb(plan: Plan, stages: Sequence[StageState], wants: Mapping[int, int]) -> int:
    """Return the stage that gets the token to climb, of those that want to, by index with the level they want.

    Who was put off goes last; then most accuracy for each millisecond it costs, where a profile knows that of all of
    them; then the heaviest, the one that has waited longest, the order of the pipeline.
    """
    gains = {i: plan.stages[i].gain(stages[i].level, target) for i, target in wants.items()}
    if any(gain is None for gain in gains.values()):
        gains = dict.fromkeys(wants, 0.0)
    return min(
        wants,
        key=lambda i: (stages[i].put_off, -(gains[i] or 0.0), -plan.stages[i].weight, stages[i].waited_since_ns, i),
    )


def _woken(plan: Plan, state: PolicyState, now: int, gap_ns: int) -> Step:
    """After a gap between ticks (the machine slept) nothing measured before it counts, and nothing moves."""
    stages: list[StageState] = []
    events: list[Event] = []
    for spec, stage in zip(plan.stages, state.stages, strict=True):
        if stage.trial is not None:
            cause = Cause(
                trigger_of(stage), "gap_s", plan.gap_ns / NS, gap_ns / NS, "no tick for so long: the machine slept"
            )
            stage, told = ended_trial(plan, spec, stage, stage.trial, cause, now, failed=False)
            events += told
        fresh = fresh_rung(spec)
        rungs = tuple(replace(rung, times=fresh.times, errors=fresh.errors, ooms=()) for rung in stage.rungs)
        stages.append(replace(stage, rungs=rungs, holds=tuple(Hold() for _ in spec.bands)))
    return Step(plan, replace(state, stages=tuple(stages)), tuple(events))
