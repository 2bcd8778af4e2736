"""Decides for one stage at one moment: hold, one level down, or ready to climb. Pure: the moment comes in as a number.

The rung above is never judged by how well the rung below it does: its latency proves nothing. What counts is memory,
queue below their lower ends for the hold, then probes and a ramp of the better rung itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import BandPlan, Plan, StagePlan
from docpipe.policy.core.state import Hold, StageState, Trial, cool_down_ns
from docpipe.policy.core.transitions import Cause, Moved, ended_trial, event, went_down
from docpipe.policy.core.values import Event, EventKind, Signals, Trigger
from docpipe.policy.core.window import NS, percentile

LATENCY = "p95_ms"


@dataclass(frozen=True)
class Decision:
    """A stage after a tick. `climb_to` is the level it could try, if no other stage climbs."""

    state: StageState
    events: tuple[Event, ...] = ()
    climb_to: int | None = None


def decide(plan: Plan, stage: StagePlan, state: StageState, signals: Signals, now: int) -> Decision:
    """Return the stage that follows, and why. Errors do not wait for a tick; see `samples.py`."""
    state, told = _unpinned_in_time(stage, state, now)
    readings = tuple(read(band, stage, state, signals, now) for band in stage.bands)
    holds = tuple(_held(b, v, h, now) for b, v, h in zip(stage.bands, readings, state.holds, strict=True))
    if holds != state.holds:
        state = replace(state, holds=holds)
    if state.trial is not None:
        after, ended = _breach_in_trial(plan, stage, state, state.trial, readings, now)
        if ended:
            return Decision(after, told + ended)
        return Decision(state, told)
    if state.pin is None:
        after, moved = _pressed_down(plan, stage, state, readings, now)
        if moved:
            return Decision(after, told + moved)
    return Decision(_healed(plan, stage, state, now), told, climb_to=_may_climb(stage, state, now))


def read(band: BandPlan, stage: StagePlan, state: StageState, signals: Signals, now: int) -> float | None:
    """Return a band's value at this moment, in its unit; None has no say."""
    if band.key == LATENCY:
        return p95_ms(band, state, now)
    value: float | None = getattr(signals, band.key, None)
    return value


def p95_ms(band: BandPlan, state: StageState, now: int) -> float | None:
    """Return the P95 of the present rung in this epoch, or None with too few samples.

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
    if window.timed + len(over) < band.min_samples:
        return None
    micros = percentile(window.counts, 95, over)
    return None if micros is None else micros / 1000


def _held(band: BandPlan, value: float | None, hold: Hold, now: int) -> Hold:
    """Follow how long a value has been above one end, or below the other; in between nothing moves."""
    if value is not None and value > band.above:
        return hold if hold.hot_since is not None else Hold(now, None)
    # the rung's own latency only ever speaks against a climb
    if value is None or value < band.below or band.key == LATENCY:
        return hold if hold.calm_since is not None else Hold(None, now)
    return Hold(None, None)


def _pressed_down(
    plan: Plan, stage: StagePlan, state: StageState, readings: tuple[float | None, ...], now: int
) -> Moved:
    level = state.lower(state.level, now)
    if level is None:
        return state, ()
    for band, value, hold in zip(stage.bands, readings, state.holds, strict=True):
        if value is None or hold.hot_since is None or now - hold.hot_since < band.degrade_ns:
            continue
        held_s = (now - hold.hot_since) / NS
        reason = f"{band.key} {value:g} above {band.above:g} for {held_s:g} s (hold {band.degrade_ns / NS:g} s)"
        return went_down(plan, stage, state, level, Cause(band.trigger, band.key, band.above, value, reason), now)
    return state, ()


def _breach_in_trial(
    plan: Plan, stage: StagePlan, state: StageState, trial: Trial, readings: tuple[float | None, ...], now: int
) -> Moved:
    """End the trial at once when any band is breached: the trial is what changed last."""
    for band, value in zip(stage.bands, readings, strict=True):
        if value is not None and value > band.above:
            reason = f"{band.key} {value:g} above {band.above:g} during the trial"
            cause = Cause(band.trigger, band.key, band.above, value, reason)
            return ended_trial(plan, stage, state, trial, cause, now, failed=True)
    return state, ()


def _may_climb(stage: StagePlan, state: StageState, now: int) -> int | None:
    """Return the better level where everything that is known speaks for trying it."""
    target = state.better()
    if target is None or now < state.cool_until_ns:
        return None
    for band, hold in zip(stage.bands, state.holds, strict=True):
        if hold.calm_since is None or now - hold.calm_since < band.recover_ns:
            return None
    if not stage.bands and now - state.since_ns < stage.recover_ns:
        return None
    return target


def _healed(plan: Plan, stage: StagePlan, state: StageState, now: int) -> StageState:
    """Forget one failure for each cool-down spent at the top without trouble."""
    if not state.failures or state.level > state.top or now < state.cool_until_ns:
        return state
    if now - state.healthy_since_ns < cool_down_ns(plan, stage, state, state.failures):
        return state
    return replace(state, failures=state.failures - 1, healthy_since_ns=now)


def _unpinned_in_time(stage: StagePlan, state: StageState, now: int) -> Moved:
    pin = state.pin
    if pin is None or pin.until_ns is None or now < pin.until_ns:
        return state, ()
    return unpinned(stage, state, "the pin's time is over", now)


def unpinned(stage: StagePlan, state: StageState, reason: str, now: int) -> Moved:
    """Let the stage go where its signals lead; it stays on its level until they do."""
    cause = Cause(Trigger.OPERATOR, "pin", None, None, reason)
    told = event(EventKind.UNPINNED, stage, state.level, state.level, cause, state.epoch, now)
    holds = tuple(Hold() for _ in state.holds)
    return replace(state, pin=None, holds=holds, since_ns=now), (told,)
