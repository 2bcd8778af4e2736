"""Counts finished calls, each only for the rung and epoch it ran in, and acts on errors at once. Pure.

The row of out-of-memory errors of a rung is broken only by a success of the same rung and worker that began after them:
a success elsewhere, or one begun earlier, proves nothing about the rung's memory now.
"""

from __future__ import annotations

from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import Plan, StagePlan
from docpipe.policy.core.state import Rung, StageState, cool_down_ns
from docpipe.policy.core.transitions import Cause, Moved, closed, event, went_down, with_rung
from docpipe.policy.core.trial import is_current, judged
from docpipe.policy.core.values import EventKind, Kind, Outcome, Sample, Trigger


def recorded(plan: Plan, stage: StagePlan, state: StageState, sample: Sample, now: int) -> Moved:
    """Return the stage after one finished call, and what it set off."""
    first = sample.lease in state.leases
    if first:
        leases = {k: v for k, v in state.leases.items() if k != sample.lease}
        state = replace(state, leases=leases, returned=state.returned + 1)
    if sample.call in state.calls:
        state = replace(state, calls={k: v for k, v in state.calls.items() if k != sample.call})
    level = stage.level_of(sample.rung)
    if sample.kind is Kind.SERVED:
        if level is None or level < state.level or sample.epoch != state.epoch:
            return replace(state, stale=state.stale + 1), ()
        return _served(plan, stage, state, level, sample, now)
    if state.trial is None or not is_current(state, sample, level):
        return replace(state, stale=state.stale + 1), ()
    return judged(plan, stage, state, state.trial, sample, first, now)


def _served(plan: Plan, stage: StagePlan, state: StageState, level: int, sample: Sample, now: int) -> Moved:
    outcome = sample.outcome
    if outcome is Outcome.INPUT_ERROR:
        return state, ()
    after = _counted(stage, state.rungs[level], sample, now)
    rungs = list(state.rungs)
    rungs[level] = after
    state = replace(state, rungs=tuple(rungs))
    if outcome is Outcome.OK:
        return state, ()
    cause = _fault(stage, after, sample, now)
    return (state, ()) if cause is None else quarantined(plan, stage, state, level, cause, now)


def _counted(stage: StagePlan, rung: Rung, sample: Sample, now: int) -> Rung:
    outcome = sample.outcome
    times, errors, ooms = rung.times, rung.errors, rung.ooms
    if outcome is Outcome.OK:
        times = times.add(now, micros=sample.duration_ns // 1000, failed=False)
    if stage.errors is not None:
        errors = errors.add(now, micros=None, failed=outcome is not Outcome.OK)
    if stage.ooms is not None:
        if outcome is Outcome.OOM:
            ooms = (*(o for o in ooms if now - o[0] < stage.ooms.within_ns), (now, sample.worker))
        elif outcome is Outcome.OK and ooms and stage.ooms.in_a_row:
            ooms = tuple(o for o in ooms if o[1] != sample.worker or o[0] > sample.started_ns)
    return replace(rung, times=times, errors=errors, ooms=ooms)


def _fault(stage: StagePlan, rung: Rung, sample: Sample, now: int) -> Cause | None:
    """Return why the rung must be closed now, or None. One call that never came back is enough: its worker is stuck."""
    if sample.outcome is Outcome.TIMEOUT:
        return Cause(Trigger.DEADLINE, "timeout", None, None, "a call did not come back in time")
    if stage.ooms is not None and len(rung.ooms) >= stage.ooms.at:
        n, row = len(rung.ooms), " in a row" if stage.ooms.in_a_row else ""
        return Cause(Trigger.OUT_OF_MEMORY, "ooms", float(stage.ooms.at), float(n), f"{n} out of memory{row}")
    band, window = stage.errors, rung.errors
    if band is None or window.total < band.min_samples or window.failed <= band.above * window.total:
        return None
    ratio = window.failed / window.total
    reason = f"{window.failed} of {window.total} calls failed, above {band.above:g}; last: {sample.outcome.value}"
    return Cause(band.trigger, band.key, band.above, ratio, reason)


def quarantined(plan: Plan, stage: StagePlan, state: StageState, level: int, cause: Cause, now: int) -> Moved:
    """Close a rung that failed and leave it. The last one that works is never closed: there is nothing below it."""
    below = state.lower(level, now)
    if below is None:
        return with_rung(state, level, ooms=()), ()
    if level == state.level:
        state, told = went_down(plan, stage, state, below, cause, now)
        return closed(state, level, state.cool_until_ns), told
    until = now + cool_down_ns(plan, stage, state, state.failures)
    told_closed = event(EventKind.CLOSED, stage, level, below, cause, state.epoch, now)
    return closed(state, level, until), (told_closed,)
