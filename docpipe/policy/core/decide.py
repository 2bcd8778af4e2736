"""Decides for one stage at one moment: hold, one level down, or ready to climb. Pure: the moment comes in as a number.

The rung above is never judged by how well the rung below it does: its latency proves nothing. What counts is memory,
queue below their lower ends for the hold, then probes and a ramp of the better rung itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docpipe.policy.core.context import Context
from docpipe.policy.core.effects import Effect, EffectKind
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import BandPlan, StagePlan
from docpipe.policy.core.state import Hold, StageState, Trial, cool_down_ns
from docpipe.policy.core.transitions import Cause, Moved, end_trial, event, step_down
from docpipe.policy.core.values import Event, EventKind, Trigger
from docpipe.policy.core.window import NS, percentile

LATENCY = "p95_ms"


MEMORY = ("gpu_used", "host_used")

LOAD_AGAIN_NS = 300 * NS
"""A load that was asked for and has not come by then is asked for again."""


@dataclass(frozen=True)
class Decision:
    """A stage after a tick. `climb_to` is the level it could try, if no other stage climbs."""

    state: StageState
    events: tuple[Event, ...] = ()
    climb_to: int | None = None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class BandReading:
    """A band's value at a moment, in its unit, and what it rests on.

    `samples` of `need` calls; below that it decides nothing. `known_until` is the moment of the last evidence: a value
    that nobody has confirmed since has not lasted longer. `recent` is the value of the window's seconds alone.
    """

    value: float | None
    samples: int = 0
    need: int = 0
    known_until: int | None = None
    recent: float | None = None
    lost: bool = False

    @property
    def counts(self) -> bool:
        """Whether it may decide anything."""
        return self.value is not None and self.samples >= self.need


def decide(context: Context, state: StageState) -> Decision:
    """Return the stage that follows, and why. Errors do not wait for a tick; see `outcomes.py`."""
    stage, now = context.stage, context.now
    state, told = _unpin_when_over(context, state)
    readings = tuple(read_band(context, band, state) for band in stage.bands)
    holds = tuple(_follow_hold(b, v, h, now) for b, v, h in zip(stage.bands, readings, state.holds, strict=True))
    if holds != state.holds:
        state = replace(state, holds=holds)
    if state.trial is not None:
        after, ended = _end_trial_if_breached(context, state, state.trial, readings)
        if ended:
            return Decision(after, told + ended)
        return Decision(state, told)
    if state.pin is None:
        after, moved, freed = _step_down_if_hot(context, state, readings)
        if moved:
            return Decision(after, told + moved, effects=freed)
    state = _note_normal(context, _forget_failure(context, state), readings)
    target = _may_climb(context, state)
    if target is not None and state.rungs[target].cold:
        state, asked = _ask_to_load(stage, state, target, now)
        return Decision(state, told, effects=asked)
    return Decision(state, told, climb_to=target)


def value_of_band(context: Context, band: BandPlan, state: StageState) -> float | None:
    """Return a band's value at this moment, in its unit; None where it may decide nothing."""
    reading = read_band(context, band, state)
    return reading.value if reading.counts else None


def read_band(context: Context, band: BandPlan, state: StageState) -> BandReading:
    """Return what is known of a band at this moment."""
    stage, signals = context.stage, context.signals
    if band.key == LATENCY:
        return p95_ms(band, state, context.now)
    if band.key in signals.lost:
        return BandReading(None, lost=True)
    if band.key == "gpu_used" and stage.device_mb and stage.device_mb[state.level] == 0:
        return BandReading(None)  # it holds no device memory: nothing it does changes that
    value: float | None = getattr(signals, band.key, None)
    return BandReading(value)


def p95_ms(band: BandPlan, state: StageState, now: int) -> BandReading:
    """Return the P95 of the present rung in this epoch, in milliseconds.

    A call in flight counts once its age is above the band: a stuck one never completes, so it is in no percentile.
    """
    window = state.rungs[state.level].times.at(now)
    limit = round(band.above * 1000)
    ages = [
        (now - call.began_ns) // 1000
        for call in state.calls.values()
        if call.level == state.level and call.epoch == state.epoch
    ]
    over = [age for age in ages if age > limit]
    micros, recent = percentile(window.counts, 95, over), window.recent(now)
    lately = percentile(recent, 95, over) if sum(recent.values()) + len(over) >= band.min_samples else None
    return BandReading(
        None if micros is None else micros / 1000,
        window.timed + len(over),
        band.min_samples,
        now if over else window.last_ns,
        None if lately is None else lately / 1000,
    )


def _follow_hold(band: BandPlan, reading: BandReading, hold: Hold, now: int) -> Hold:
    """Follow how long a value has been above one end, or below the other; in between nothing moves."""
    value = reading.value
    if reading.lost:
        return Hold(None, None)
    if band.key == LATENCY:
        # a few samples start the hold, enough of them end it; the rung's own latency only ever speaks against a climb
        hot = value is not None and value > band.above
        blocked = reading.recent is not None and reading.recent > band.above
        return Hold(
            (now if hold.hot_since is None else hold.hot_since) if hot else None,
            None if blocked else (now if hold.calm_since is None else hold.calm_since),
        )
    if value is not None and value > band.above:
        return hold if hold.hot_since is not None else Hold(now, None)
    if value is None or value < band.below:
        return hold if hold.calm_since is not None else Hold(None, now)
    return Hold(None, None)


def _step_down_if_hot(
    context: Context, state: StageState, readings: tuple[BandReading, ...]
) -> tuple[StageState, tuple[Event, ...], tuple[Effect, ...]]:
    """Leave the rung where a band has been hot for its hold, by evidence that spans it."""
    stage, now = context.stage, context.now
    for number, (band, reading, hold) in enumerate(zip(stage.bands, readings, state.holds, strict=True)):
        value = reading.value
        if not reading.counts or value is None or hold.hot_since is None:
            continue
        held_ns = (now if reading.known_until is None else reading.known_until) - hold.hot_since
        if held_ns < band.degrade_ns:
            continue
        held_s = held_ns / NS
        reason = f"{band.key} {value:g} above {band.above:g} for {held_s:g} s (hold {band.degrade_ns / NS:g} s)"
        cause = Cause(band.trigger, band.key, band.above, value, reason)
        level = _relief(stage, state, band, now)
        if level is not None:
            after, told = step_down(context, state, level, cause)
            after, freed = _unload_above(stage, after, reason) if band.key == "gpu_used" else (after, ())
            return after, told, freed
        if band.key in MEMORY and not hold.told:
            held = tuple(replace(h, told=True) if i == number else h for i, h in enumerate(state.holds))
            cause = replace(cause, reason=f"{reason}; no lower rung needs less memory, so it stays")
            told_once = event(context, EventKind.NO_RELIEF, state.level, state.level, cause, state.epoch)
            return replace(state, holds=held), (told_once,), ()
    return state, (), ()


def _relief(stage: StagePlan, state: StageState, band: BandPlan, now: int) -> int | None:
    """Return the level to go to; for memory only one that needs less of it, and none below the floor."""
    if band.key not in MEMORY:
        return state.lower(state.level, now)
    floor = len(stage.rungs) - 1 if stage.memory_floor is None else stage.memory_floor
    levels = [level for level in state.below(state.level, now) if level <= floor]
    if band.key == "gpu_used" and stage.device_mb and (held := stage.device_mb[state.level]) is not None:
        needs = [(level, stage.device_mb[level]) for level in levels]
        levels = [level for level, need in needs if need is not None and need < held]
    return levels[0] if levels else None


def _unload_above(stage: StagePlan, state: StageState, reason: str) -> tuple[StageState, tuple[Effect, ...]]:
    """Free what the stage left: a rung that stays loaded gives no memory back."""
    if not stage.device_mb:
        return state, ()
    left = [
        i for i in range(state.level) if stage.device_mb[i] and state.rungs[i].available and not state.rungs[i].cold
    ]
    rungs = tuple(replace(rung, cold=True) if i in left else rung for i, rung in enumerate(state.rungs))
    free = tuple(Effect(EffectKind.FREE, reason, stage=stage.name, rung=stage.rungs[i]) for i in left)
    return replace(state, rungs=rungs), free


def _ask_to_load(stage: StagePlan, state: StageState, target: int, now: int) -> tuple[StageState, tuple[Effect, ...]]:
    """Ask for a rung that was unloaded, once in a while; it can be tried when it is there."""
    since = state.rungs[target].loading_since
    if since is not None and now - since < LOAD_AGAIN_NS:
        return state, ()
    rungs = tuple(replace(rung, loading_since=now) if i == target else rung for i, rung in enumerate(state.rungs))
    asked = Effect(EffectKind.LOAD, "it may be tried again", stage=stage.name, rung=stage.rungs[target])
    return replace(state, rungs=rungs), (asked,)


def _note_normal(context: Context, state: StageState, readings: tuple[BandReading, ...]) -> StageState:
    """Remember how the present rung runs while all is well: what it is judged by when it comes back."""
    stage, rung = context.stage, state.rungs[state.level]
    changes: dict[str, Any] = {}
    for band, reading in zip(stage.bands, readings, strict=True):
        if band.key == LATENCY and reading.counts and reading.value is not None and reading.value <= band.above:
            changes["normal_ms"] = reading.value
    window = rung.errors.at(context.now)
    if stage.errors is not None and window.total >= stage.errors.min_samples:
        changes["normal_errors"] = window.failed / window.total
    if all(getattr(rung, name) == value for name, value in changes.items()):
        return state
    rungs = tuple(replace(r, **changes) if i == state.level else r for i, r in enumerate(state.rungs))
    return replace(state, rungs=rungs)


def _end_trial_if_breached(
    context: Context, state: StageState, trial: Trial, readings: tuple[BandReading, ...]
) -> Moved:
    """End the trial at once when any band is breached: the trial is what changed last."""
    for band, reading in zip(context.stage.bands, readings, strict=True):
        value = reading.value if reading.counts else None
        if value is not None and value > band.above:
            reason = f"{band.key} {value:g} above {band.above:g} during the trial"
            cause = Cause(band.trigger, band.key, band.above, value, reason)
            return end_trial(context, state, trial, cause, failed=True)
    return state, ()


def _may_climb(context: Context, state: StageState) -> int | None:
    """Return the better level where everything that is known speaks for trying it."""
    stage, now, target = context.stage, context.now, state.better()
    if target is None or (now < state.cool_until_ns and not _may_try_early(context, state, target)):
        return None
    for band, hold in zip(stage.bands, state.holds, strict=True):
        if hold.calm_since is None or now - hold.calm_since < band.recover_ns:
            return None
    if not stage.bands and now - state.since_ns < stage.recover_ns:
        return None
    return target if fits(context, state, target) else None


def _may_try_early(context: Context, state: StageState, target: int) -> bool:
    """Whether a rung may be tried before the cool-down is over.

    What load made the stage leave may be well again at once, so only the first wait counts; the longer ones then keep
    it on probation. A rung that failed itself waits them out.
    """
    waited = context.now - state.healthy_since_ns >= context.stage.cool_down.waits_ns[0]
    return waited and state.failures > 0 and state.rungs[target].closed_until is None


def fits(context: Context, state: StageState, target: int) -> bool:
    """Whether the device has room for the better rung, where it is unloaded; what is not known is ignored."""
    stage, signals = context.stage, context.signals
    need = stage.device_mb[target] if stage.device_mb and state.rungs[target].cold else None
    return need is None or signals.gpu_free_mb is None or need <= signals.gpu_free_mb


def _forget_failure(context: Context, state: StageState) -> StageState:
    """Forget one failure for each cool-down spent at the top without trouble; lower down it takes two.

    Else a rung that waits its cool-down out would forget, at its end, why the next wait must be longer.
    """
    now = context.now
    if not state.failures or now < state.cool_until_ns:
        return state
    spent = 1 if state.level <= state.top else 2
    if now - state.healthy_since_ns < spent * cool_down_ns(context, state, state.failures):
        return state
    return replace(state, failures=state.failures - 1, healthy_since_ns=now)


def _unpin_when_over(context: Context, state: StageState) -> Moved:
    pin = state.pin
    if pin is None or pin.until_ns is None or context.now < pin.until_ns:
        return state, ()
    return unpin_stage(context, state, "the pin's time is over")


def unpin_stage(context: Context, state: StageState, reason: str) -> Moved:
    """Let the stage go where its signals lead; it stays on its level until they do."""
    cause = Cause(Trigger.OPERATOR, "pin", None, None, reason)
    told = event(context, EventKind.UNPINNED, state.level, state.level, cause, state.epoch)
    holds = tuple(Hold() for _ in state.holds)
    return replace(state, pin=None, holds=holds, since_ns=context.now), (told,)
