"""Counts finished calls, each only for the rung and epoch it ran in, and acts on errors at once. Pure.

The row of out-of-memory errors of a rung is broken only by a success of the same rung and worker that began after them:
a success elsewhere, or one begun earlier, proves nothing about the rung's memory now.
"""

from __future__ import annotations

from math import frexp

from docpipe.policy.core.context import Context
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import StagePlan
from docpipe.policy.core.state import RungState, StageState, cool_down_ns
from docpipe.policy.core.transitions import Cause, Moved, close_rung, event, step_down, with_rung
from docpipe.policy.core.trial import is_current, judge_sample
from docpipe.policy.core.values import EventKind, Kind, Outcome, Sample, Trigger

NEIGHBOUR = 0.5
"""Where other programs hold so much of the device, running out of its memory is not the rung's fault."""

FAR_LARGER = 2
"""So many powers of two above the largest input that a rung has answered is another kind of input."""


def count_call(context: Context, state: StageState, sample: Sample) -> Moved:
    """Return the stage after one finished call, and what it set off."""
    first = sample.lease in state.leases
    if first:
        leases = {k: v for k, v in state.leases.items() if k != sample.lease}
        state = replace(state, leases=leases, returned=state.returned + 1)
    if sample.worker in state.calls:
        state = replace(state, calls={k: v for k, v in state.calls.items() if k != sample.worker})
    level = context.stage.level_of(sample.rung)
    if sample.kind is Kind.SERVED:
        if level is None or level < state.level or sample.epoch != state.epoch:
            return replace(state, stale=state.stale + 1), ()
        return _count_served(context, state, level, sample)
    if state.trial is None or not is_current(state, sample, level):
        return replace(state, stale=state.stale + 1), ()
    return judge_sample(context, state, state.trial, sample, first)


def _count_served(context: Context, state: StageState, level: int, sample: Sample) -> Moved:
    stage, outcome = context.stage, sample.outcome
    if outcome is Outcome.INPUT_ERROR:
        return state, ()
    after = _count(stage, state.rungs[level], sample, context.now)
    rungs = list(state.rungs)
    rungs[level] = after
    state = replace(state, rungs=tuple(rungs))
    if outcome is Outcome.OK:
        return state, ()
    if outcome is Outcome.OOM and _too_large(after, sample):
        cause = Cause(
            Trigger.OUT_OF_MEMORY, "units", None, sample.units, "only an input of this size ran out of memory"
        )
        return state, (event(context, EventKind.INPUT_TOO_LARGE, level, level, cause, state.epoch),)
    fault, others = _fault(stage, after, sample), context.signals.gpu_others
    if fault is not None and outcome is Outcome.OOM and others is not None and others >= NEIGHBOUR:
        why = f"out of memory while other programs hold {others:.0%} of the device"
        fault = Cause(Trigger.GPU_MEMORY, "gpu_others", NEIGHBOUR, others, why)
    return (state, ()) if fault is None else quarantine(context, state, level, fault)


def _size_class(units: float | None) -> int | None:
    """Return the power of two that a size falls under, or None where it is not known. Exact on every machine."""
    return None if units is None or units <= 0 else frexp(units)[1]


def _too_large(rung: RungState, sample: Sample) -> bool:
    """Whether an input is far larger than all that the rung has answered: then it is the input's fault."""
    size = _size_class(sample.units)
    return size is not None and rung.largest_ok is not None and size >= rung.largest_ok + FAR_LARGER


def _count(stage: StagePlan, rung: RungState, sample: Sample, now: int) -> RungState:
    outcome = sample.outcome
    times, errors, ooms, deaths = rung.times, rung.errors, rung.ooms, rung.deaths
    if outcome is Outcome.OK:
        times = times.add(now, micros=sample.duration_ns // 1000, failed=False)
        size = _size_class(sample.units)
        if size is not None and (rung.largest_ok is None or size > rung.largest_ok):
            rung = replace(rung, largest_ok=size)
    if stage.errors is not None:
        errors = errors.add(now, micros=None, failed=outcome is not Outcome.OK)
    if stage.ooms is not None:
        if outcome is Outcome.OOM and not _too_large(rung, sample):
            ooms = (*(o for o in ooms if now - o[0] < stage.ooms.within_ns), (now, sample.worker))
        elif outcome is Outcome.OK and ooms and stage.ooms.in_a_row:
            ooms = tuple(o for o in ooms if o[1] != sample.worker or o[0] > sample.started_ns)
    answered = rung.answered
    if stage.deaths is not None and outcome is Outcome.WORKER_DIED:
        deaths, answered = (*(d for d in deaths if now - d[0] < stage.deaths.within_ns), (now, sample.worker)), 0
    elif stage.deaths is not None and outcome is Outcome.OK and deaths and stage.deaths.forgiven_after:
        answered += 1
        if answered >= stage.deaths.forgiven_after:
            deaths, answered = deaths[1:], 0
    return replace(rung, times=times, errors=errors, ooms=ooms, deaths=deaths, answered=answered)


def _fault(stage: StagePlan, rung: RungState, sample: Sample) -> Cause | None:
    """Return why the rung must be closed now, or None. One call that never came back is enough: its worker is stuck."""
    if sample.outcome is Outcome.TIMEOUT:
        return Cause(Trigger.DEADLINE, "timeout", None, None, "a call did not come back in time")
    if sample.outcome is Outcome.STUCK:
        return Cause(Trigger.STUCK, "stuck", None, None, "a worker hung in a call and was killed")
    if stage.deaths is not None and len(rung.deaths) >= stage.deaths.at:
        at, n = stage.deaths.at, len(rung.deaths)
        return Cause(Trigger.WORKER_DIED, "worker_deaths", float(at), float(n), f"{n} workers died in its calls")
    if stage.ooms is not None and len(rung.ooms) >= stage.ooms.at:
        n, row = len(rung.ooms), " in a row" if stage.ooms.in_a_row else ""
        return Cause(Trigger.OUT_OF_MEMORY, "ooms", float(stage.ooms.at), float(n), f"{n} out of memory{row}")
    band, window = stage.errors, rung.errors
    if band is None or window.total < band.min_samples or window.failed <= band.above * window.total:
        return None
    ratio = window.failed / window.total
    reason = f"{window.failed} of {window.total} calls failed, above {band.above:g}; last: {sample.outcome.value}"
    return Cause(band.trigger, band.key, band.above, ratio, reason)


def quarantine(context: Context, state: StageState, level: int, cause: Cause) -> Moved:
    """Close a rung that failed and leave it. The last one that works is never closed: there is nothing below it.

    Where a neighbour took the memory the rung is left, and not closed.
    """
    below = state.lower(level, context.now)
    if below is None:
        return with_rung(state, level, ooms=(), deaths=(), answered=0), ()
    if level == state.level:
        state, told = step_down(context, state, below, cause)
        if cause.metric == "gpu_others":
            return state, told
        return close_rung(state, level, state.cool_until_ns), told
    until = context.now + cool_down_ns(context, state, state.failures)
    told_closed = event(context, EventKind.CLOSED, level, below, cause, state.epoch)
    return close_rung(state, level, until), (told_closed,)
