"""Folds facts into the policy's state: `step(plan, state, fact) -> Step`. Pure; used live and in replays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from docpipe.policy.core.context import Context
from docpipe.policy.core.decide import LATENCY, decide
from docpipe.policy.core.effects import Effect, EffectKind
from docpipe.policy.core.facts import (
    Arrived,
    Available,
    Began,
    Ended,
    Fact,
    Loaded,
    Pinned,
    Released,
    Restored,
    Ticked,
    Unpinned,
    WorkerGone,
)
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.kept import restore
from docpipe.policy.core.operator import apply_file_pins, carry_over, change_availability, pin_stage, unpin_by_hand
from docpipe.policy.core.outcomes import count_call
from docpipe.policy.core.plan import NS, Plan, StagePlan
from docpipe.policy.core.state import Call, Hold, PolicyState, StageState, fresh_rung, fresh_stage, hash_of
from docpipe.policy.core.transitions import Cause, Moved, begin_trial, end_trial, trigger_of, with_rung
from docpipe.policy.core.trial import CANARY_AFTER_NS, advance_trial, ask_for_canary, choose, expire_leases
from docpipe.policy.core.values import Assignment, Choice, Event, EventKind, Kind, Outcome

MOST_TRIES = 2
"""How many workers a document may take with it before it is set aside."""

RECYCLE_EVERY_NS = 60 * NS
"""No worker is replaced for running out of memory sooner after the last one that was."""

MOST_DEATHS = 256
"""Of how many documents it is remembered that they took a worker with them."""


@dataclass(frozen=True)
class Step:
    """What follows from a fact: the state after it, what is announced, and what the shell must do.

    `plan` is another one after a reload only.
    """

    plan: Plan
    state: PolicyState
    events: tuple[Event, ...] = ()
    assignment: Assignment | None = None
    effects: tuple[Effect, ...] = ()


def initial(plan: Plan, now_ns: int, unix_ns: int) -> Step:
    """Return the state to start from: every stage on its best rung, or where the file pins it."""
    state = PolicyState(tuple(fresh_stage(stage, now_ns) for stage in plan.stages), unix_offset_ns=unix_ns - now_ns)
    state, events = apply_file_pins(plan, state, now_ns)
    return Step(plan, _with_fallbacks(plan, state, now_ns), events)


def step(plan: Plan, state: PolicyState, fact: Fact) -> Step:
    """Return what follows from one fact.

    Raises:
        KeyError: the fact names a stage or rung that the plan does not have.
    """
    if isinstance(fact, Arrived):
        return _on_arrived(plan, state, fact)
    if isinstance(fact, Began):
        return _on_began(plan, state, fact)
    after = _react(plan, state, fact)
    if any(event.kind is EventKind.TRIAL_ENDED for event in after.events):
        after = replace(after, state=_forget_suffering(after))
    if after.events or isinstance(fact, Ticked):
        return replace(after, state=_with_fallbacks(after.plan, after.state, fact.time_ns))
    return after


def _forget_suffering(after: Step) -> PolicyState:
    """Return the state in which an ended climb has left no trace on others: what they took beside it says nothing.

    Else the window of a stage that was slow because the climb took its cores would move that stage afterwards.
    """
    climbers = {event.stage for event in after.events if event.kind is EventKind.TRIAL_ENDED}
    stages = []
    for spec, stage in zip(after.plan.stages, after.state.stages, strict=True):
        bands = zip(spec.bands, stage.holds, strict=True)
        slow = any(band.key == LATENCY and hold.hot_since is not None for band, hold in bands)
        stages.append(_forget_samples(spec, stage) if slow and spec.name not in climbers else stage)
    return replace(after.state, stages=tuple(stages))


def _forget_samples(spec: StagePlan, stage: StageState) -> StageState:
    """Return a stage whose present rung has no times yet, and whose holds start again."""
    stage = with_rung(stage, stage.level, times=fresh_rung(spec).times)
    return replace(stage, holds=tuple(Hold() for _ in spec.bands))


def _react(plan: Plan, state: PolicyState, fact: Fact) -> Step:
    if isinstance(fact, Ended):
        return _on_ended(plan, state, fact)
    if isinstance(fact, WorkerGone):
        return _on_worker_gone(plan, state, fact)
    if isinstance(fact, Ticked):
        return _on_ticked(plan, state, fact)
    if isinstance(fact, Released):
        return Step(plan, _on_released(plan, state, fact))
    if isinstance(fact, Pinned):
        return _change_stage(plan, state, fact, lambda context, stage: pin_stage(context, stage, fact))
    if isinstance(fact, Unpinned):
        return _change_stage(plan, state, fact, lambda context, stage: unpin_by_hand(context, stage, fact))
    if isinstance(fact, Available):
        untouched = state.documents == 0
        return _change_stage(
            plan, state, fact, lambda context, stage: change_availability(context, stage, fact, untouched)
        )
    if isinstance(fact, Restored):
        restored, told = restore(plan, state, fact.stages, fact.time_ns)
        return Step(plan, restored, tuple(told))
    assert isinstance(fact, Loaded)
    after, events = carry_over(plan, state, fact)
    return Step(fact.plan, after, events)


def _change_stage(
    plan: Plan,
    state: PolicyState,
    fact: Pinned | Unpinned | Available,
    change: Callable[[Context, StageState], Moved],
) -> Step:
    index = _index(plan, fact.stage)
    after, events = change(_context(plan, state, index, fact.time_ns), state.stages[index])
    return Step(plan, _with(state, index, after), events)


def _context(plan: Plan, state: PolicyState, index: int, now: int) -> Context:
    return Context(plan, plan.stages[index], now, state.signals)


def _index_of(plan: Plan, name: str) -> int | None:
    for index, stage in enumerate(plan.stages):
        if stage.name == name:
            return index
    return None


def _index(plan: Plan, name: str) -> int:
    index = _index_of(plan, name)
    if index is not None:
        return index
    raise KeyError(f"no stage {name!r}; there are {', '.join(s.name for s in plan.stages)}")


def _with(state: PolicyState, index: int, stage: StageState) -> PolicyState:
    stages = list(state.stages)
    stages[index] = stage
    return replace(state, stages=tuple(stages))


def _on_arrived(plan: Plan, state: PolicyState, fact: Arrived) -> Step:
    state, events = _expire_leases(plan, state, fact.time_ns)
    stages, lease = state.stages, state.next_lease
    choices = [stage.choice for stage in stages]
    for index, stage in enumerate(stages):
        if stage.trial is not None:  # one at most
            if plan.stages[index].rungs[stage.trial.target] in [rung for _, rung in fact.hit]:
                continue  # a worker died there with this document
            document = hash_of(fact.document_id)
            context = _context(plan, state, index, fact.time_ns)
            after, choices[index] = choose(context, stage, stage.trial, document, lease)
            stages = (*stages[:index], after, *stages[index + 1 :])
            lease += choices[index].lease != 0
    if fact.hit:
        choices = [_below_hit(plan, choice, fact.hit) for choice in choices]
    assignment = Assignment(fact.document_id, state.config_epoch, fact.time_ns, tuple(choices))
    state = replace(state, stages=stages, next_lease=lease, documents=state.documents + 1, arrived_ns=fact.time_ns)
    return Step(plan, state, events, assignment)


def _expire_leases(plan: Plan, state: PolicyState, now: int) -> tuple[PolicyState, tuple[Event, ...]]:
    events: tuple[Event, ...] = ()
    for index, stage in enumerate(state.stages):
        if stage.leases:
            after, told = expire_leases(_context(plan, state, index, now), stage)
            if after is not stage:
                state, events = _with(state, index, after), events + told
    return state, events


def _below_hit(plan: Plan, choice: Choice, hit: Sequence[tuple[str, str]]) -> Choice:
    """Return the choice of a document that starts below the rung that took its worker, where there is a lower one."""
    ladder = (choice.rung, *choice.fallbacks)
    dead = next((rung for stage, rung in hit if stage == choice.stage and rung in ladder[:-1]), None)
    if dead is None:
        return choice
    rung, *rest = ladder[ladder.index(dead) + 1 :]
    level = plan.stage(choice.stage).rungs.index(rung)
    return replace(choice, rung=rung, level=level, kind=Kind.SERVED, lease=0, fallbacks=tuple(rest), skipped=dead)


def _with_fallbacks(plan: Plan, state: PolicyState, now: int) -> PolicyState:
    """Bring every stage's choice in line with the rungs that could take over from its present one."""
    stages = tuple(_with_own_fallbacks(spec, stage, now) for spec, stage in zip(plan.stages, state.stages, strict=True))
    same = all(after is before for after, before in zip(stages, state.stages, strict=True))
    return state if same else replace(state, stages=stages)


def _with_own_fallbacks(spec: StagePlan, stage: StageState, now: int) -> StageState:
    names = tuple(spec.rungs[level] for level in stage.below(stage.level, now))
    if stage.choice.fallbacks == names:
        return stage
    return replace(stage, choice=replace(stage.choice, fallbacks=names))


def _on_ended(plan: Plan, state: PolicyState, fact: Ended) -> Step:
    state, events = _expire_leases(plan, state, fact.time_ns)
    index = _index_of(plan, fact.sample.stage)
    if index is None:
        return Step(plan, state, events)  # a reload took the stage away while it ran
    context = _context(plan, state, index, fact.time_ns)
    after, told = count_call(context, state.stages[index], fact.sample)
    state, effects = _with(state, index, after), tuple[Effect, ...]()
    if fact.sample.outcome is Outcome.OOM and fact.sample.worker:
        last = state.recycled_ns
        if last is None or fact.time_ns - last >= RECYCLE_EVERY_NS:
            state = replace(state, recycled_ns=fact.time_ns)
            effects = (Effect(EffectKind.RECYCLE, "it ran out of memory", worker=fact.sample.worker),)
    return Step(plan, state, events + told, effects=effects)


def _on_began(plan: Plan, state: PolicyState, fact: Began) -> Step:
    index = _index_of(plan, fact.stage)
    level = None if index is None else plan.stages[index].level_of(fact.rung)
    if index is None or level is None:
        return Step(plan, state)
    stage = state.stages[index]
    call = Call(level, fact.epoch, fact.time_ns, fact.document_id)
    return Step(plan, _with(state, index, replace(stage, calls={**stage.calls, fact.worker: call})))


def _on_worker_gone(plan: Plan, state: PolicyState, fact: WorkerGone) -> Step:
    """Count a death against the rung it hit, and say what becomes of worker and document."""
    events: tuple[Event, ...] = ()
    if fact.sample is not None:
        after = _on_ended(plan, state, Ended(fact.time_ns, fact.sample))
        state, events = after.state, after.events
    stages = tuple(
        replace(stage, calls={k: v for k, v in stage.calls.items() if k != fact.worker})
        if fact.worker in stage.calls
        else stage
        for stage in state.stages
    )
    start = Effect(EffectKind.START, fact.reason, worker=fact.worker)
    if not fact.document_id:
        return Step(plan, replace(state, stages=stages), events, effects=(start,))
    died = state.deaths.get(fact.document_id, 0) + 1
    others = {k: v for k, v in list(state.deaths.items())[-MOST_DEATHS:] if k != fact.document_id}
    hit = ("", "") if fact.sample is None else (fact.sample.stage, fact.sample.rung)
    again = died < MOST_TRIES
    todo = Effect(
        EffectKind.RETRY if again else EffectKind.SET_ASIDE,
        f"{died} of {MOST_TRIES} workers lost with this document; {fact.reason}",
        worker=fact.worker,
        document_id=fact.document_id,
        stage=hit[0],
        rung=hit[1],
    )
    deaths = {**others, fact.document_id: died} if again else others
    return Step(plan, replace(state, stages=stages, deaths=deaths), events, effects=(start, todo))


def _on_released(plan: Plan, state: PolicyState, fact: Released) -> PolicyState:
    for name, lease in fact.leases:
        index = _index_of(plan, name)
        if index is not None and lease in state.stages[index].leases:
            stage = state.stages[index]
            leases = {k: v for k, v in stage.leases.items() if k != lease}
            state = _with(state, index, replace(stage, leases=leases, returned=stage.returned + 1))
    return state


def _on_ticked(plan: Plan, state: PolicyState, fact: Ticked) -> Step:
    now, last = fact.time_ns, state.ticked_ns
    state = replace(state, ticked_ns=now, signals=state.signals if fact.signals is None else fact.signals)
    if last is not None and now - last > plan.gap_ns:
        return _wake_up(plan, state, now, now - last)
    state, events = _expire_leases(plan, state, now)
    stages, wants, effects = list(state.stages), dict[int, int](), tuple[Effect, ...]()
    contexts = [_context(plan, state, index, now) for index in range(len(stages))]
    for index, spec in enumerate(plan.stages):
        decision = decide(contexts[index], stages[index])
        climber = next((i for i, stage in enumerate(stages) if stage.trial is not None), None)
        if climber not in (None, index) and _by_band(decision.events):
            stages[climber], told = _blame_climb(contexts[climber], stages[climber], spec, decision.events)
            stages[index] = _forget_samples(spec, stages[index])
            events += told
            continue
        stages[index] = decision.state
        events, effects = events + decision.events, effects + decision.effects
        if decision.climb_to is not None:
            wants[index] = decision.climb_to
    climbing = next(((i, stage.trial) for i, stage in enumerate(stages) if stage.trial is not None), None)
    if climbing is not None:
        index, trial = climbing
        stages[index], told = advance_trial(contexts[index], stages[index], trial, others_wait=bool(wants))
        events += told
        going_on = stages[index].trial
        idle = state.arrived_ns is None or now - state.arrived_ns >= CANARY_AFTER_NS
        if going_on is not None and idle:
            asked = ask_for_canary(contexts[index], stages[index], going_on, state.next_lease)
            if asked is not None:
                stages[index], effects = asked[0], (*effects, asked[1])
                state = replace(state, next_lease=state.next_lease + 1)
    elif wants:
        first = _first_to_climb(plan, stages, wants)
        lease = state.next_lease
        stages[first], told = begin_trial(contexts[first], stages[first], wants[first], lease)
        events += told
    return Step(plan, replace(state, stages=tuple(stages)), events, effects=effects)


def _by_band(events: tuple[Event, ...]) -> bool:
    return any(event.kind is EventKind.DOWN for event in events)


def _blame_climb(context: Context, stage: StageState, victim: StagePlan, events: tuple[Event, ...]) -> Moved:
    """End a climb under which another stage suffers: what changed last is judged first."""
    down = next(event for event in events if event.kind is EventKind.DOWN)
    assert stage.trial is not None
    why = f"{victim.name} suffers: {down.reason}"
    cause = Cause(down.trigger, down.metric, down.threshold, down.observed, why)
    return end_trial(context, stage, stage.trial, cause, failed=True)


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


def _wake_up(plan: Plan, state: PolicyState, now: int, gap_ns: int) -> Step:
    """After a gap between ticks (the machine slept) nothing measured before it counts, and nothing moves."""
    stages: list[StageState] = []
    events: list[Event] = []
    for spec, stage in zip(plan.stages, state.stages, strict=True):
        if stage.trial is not None:
            cause = Cause(
                trigger_of(stage), "gap_s", plan.gap_ns / NS, gap_ns / NS, "no tick for so long: the machine slept"
            )
            stage, told = end_trial(Context(plan, spec, now, state.signals), stage, stage.trial, cause, failed=False)
            events += told
        fresh = fresh_rung(spec)
        rungs = tuple(
            replace(rung, times=fresh.times, errors=fresh.errors, ooms=(), deaths=(), answered=0)
            for rung in stage.rungs
        )
        stages.append(replace(stage, rungs=rungs, holds=tuple(Hold() for _ in spec.bands)))
    return Step(plan, replace(state, stages=tuple(stages)), tuple(events))
