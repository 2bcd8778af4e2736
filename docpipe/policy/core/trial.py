"""Tries a better rung on real documents: who is sent there, and what the trial's samples prove. Pure.

A probe is one document at a time, a ramp an exact share of all. Both are leases: a document that never comes back
counts as a failure when its lease ends, so no permit can leak.
"""

from __future__ import annotations

from collections.abc import Mapping

from docpipe.policy.core.context import Context
from docpipe.policy.core.decide import LATENCY
from docpipe.policy.core.effects import Effect, EffectKind
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import NS, BandPlan, StagePlan
from docpipe.policy.core.state import SIDES, Lease, RungState, StageState, Trial
from docpipe.policy.core.transitions import PPM, Cause, Moved, causes_down_to, end_trial, event, next_step, trigger_of
from docpipe.policy.core.values import Choice, Event, EventKind, Kind, Outcome, Sample, Trigger
from docpipe.policy.core.window import bucket_of, percentile, plus

SLACK = 1.1
"""As normal: so much above what it was still counts."""

INCONCLUSIVE_STEPS = 4
"""After so many times `max_s` without a verdict a trial ends, without blame: the next one may find more documents."""

CANARY_AFTER_NS = 3 * NS
"""Where no document has come for so long, a trial asks for canaries."""


def ask_for_canary(
    context: Context, state: StageState, trial: Trial, next_lease: int
) -> tuple[StageState, Effect] | None:
    """Ask for a bundled document on the rung under trial where users' documents are too few to judge it by."""
    stage = context.stage
    if trial.step == len(stage.trial.shares_ppm):
        return None  # on probation time decides
    need = stage.trial.probes if trial.step < 0 else _samples_needed(stage, state)
    out = any(lease >= trial.first_lease for lease in state.leases)
    if out or trial.samples >= need:
        return None
    leases = {**state.leases, next_lease: Lease(next_lease, 0, Kind.SHADOW, context.now + stage.trial.lease_ns)}
    state = replace(state, leases=leases, granted=state.granted + 1)
    reason = f"{trial.samples} of {need} samples, and no document came"
    rung = stage.rungs[trial.target]
    return state, Effect(EffectKind.CANARY, reason, stage=stage.name, rung=rung, epoch=state.epoch, lease=next_lease)


def choose(
    context: Context, state: StageState, trial: Trial, document: int, next_lease: int
) -> tuple[StageState, Choice]:
    """Return the rung of one document while a trial runs; a lease is granted where it is the better one."""
    spec, side = context.stage.trial, _side(trial.sides, document)
    if trial.step < 0:
        if side is not None or not _probe_due(context, state, trial):
            return state, state.choice
        # a document probes once: should it be the culprit, its retries must not fail the series
        sides = _remember(trial.sides, document, False)
        trial = replace(trial, sides=sides, next_probe_ns=context.now + spec.probe_every_ns)
        return _grant(context, state, trial, document, Kind.PROBE, next_lease)
    if side is None:
        offered = trial.offered_ppm + spec.share_ppm(trial.step)
        side = offered >= PPM
        trial = replace(
            trial, offered_ppm=offered - PPM if side else offered, sides=_remember(trial.sides, document, side)
        )
    if not side:
        return replace(state, trial=trial), state.choice
    return _grant(context, state, trial, document, Kind.TRIAL, next_lease)


def _grant(
    context: Context, state: StageState, trial: Trial, document: int, kind: Kind, lease: int
) -> tuple[StageState, Choice]:
    stage, now = context.stage, context.now
    leases = {**state.leases, lease: Lease(lease, document, kind, now + stage.trial.lease_ns)}
    causes = causes_down_to(stage, state.causes, trial.target)
    fallbacks = tuple(stage.rungs[level] for level in state.below(trial.target, now))
    choice = Choice(stage.name, stage.rungs[trial.target], trial.target, kind, state.epoch, lease, causes, fallbacks)
    return replace(state, trial=trial, leases=leases, granted=state.granted + 1), choice


def _probe_due(context: Context, state: StageState, trial: Trial) -> bool:
    out = sum(1 for lease in state.leases if lease >= trial.first_lease)
    return context.now >= trial.next_probe_ns and trial.samples + out < context.stage.trial.probes


def _side(sides: tuple[Mapping[int, bool], ...], document: int) -> bool | None:
    for chunk in reversed(sides):
        if document in chunk:
            return chunk[document]
    return None


def _remember(sides: tuple[Mapping[int, bool], ...], document: int, side: bool) -> tuple[Mapping[int, bool], ...]:
    if sides and len(sides[-1]) < SIDES:
        return (*sides[:-1], {**sides[-1], document: side})
    return (*sides[-(SIDES - 1) :], {document: side})


def is_current(state: StageState, sample: Sample, level: int | None) -> bool:
    """Whether a sample belongs to the trial under way, not to an earlier one or an expired lease."""
    trial = state.trial
    return (
        trial is not None
        and sample.epoch == state.epoch
        and level == trial.target
        and sample.lease >= trial.first_lease
        and sample.lease not in trial.expired_leases
    )


def judge_sample(context: Context, state: StageState, trial: Trial, sample: Sample, first: bool) -> Moved:
    """Count one sample of the rung under trial; `first` is the one that brings its lease back."""
    if sample.outcome is Outcome.INPUT_ERROR:
        return state, ()
    if sample.outcome is Outcome.OOM:
        cause = Cause(Trigger.OUT_OF_MEMORY, "ooms", 1.0, 1.0, "out of memory on the rung under trial")
        return end_trial(context, state, trial, cause, failed=True, close=True)
    if sample.outcome in (Outcome.TIMEOUT, Outcome.STUCK):
        trigger = Trigger.STUCK if sample.outcome is Outcome.STUCK else Trigger.DEADLINE
        cause = Cause(trigger, sample.outcome.value, None, None, "a call did not come back on the rung under trial")
        return end_trial(context, state, trial, cause, failed=True, close=True)
    if sample.outcome is Outcome.WORKER_DIED and _fell_by_deaths(context.stage, state):
        words = "a worker died on the rung under trial, which was closed for that"
        cause = Cause(Trigger.WORKER_DIED, "worker_deaths", 1.0, 1.0, words)
        return end_trial(context, state, trial, cause, failed=True, close=True)
    ok = sample.outcome is Outcome.OK
    micros = sample.duration_ns // 1000
    if trial.step >= 0:
        counts = plus(trial.counts, bucket_of(micros)) if ok else trial.counts
        trial = replace(trial, counts=counts)
        return count_verdict(context, state, trial, None if ok else f"{sample.outcome.value} of a trial document")
    band = context.stage.band(LATENCY)
    limit = None if band is None else _probe_limit(state.rungs[trial.target], band)
    in_time = limit is None or micros / 1000 < limit
    if ok and in_time:
        return count_verdict(context, state, trial, None) if first else (state, ())
    failure = f"probe took {micros / 1000:g} ms, not below {limit:g}" if ok and band else f"probe: {sample.outcome}"
    return count_verdict(context, state, trial, failure)


def _fell_by_deaths(stage: StagePlan, state: StageState) -> bool:
    return trigger_of(state) is Trigger.WORKER_DIED and stage.deaths is not None and stage.deaths.forgiven_after > 0


def _samples_needed(stage: StagePlan, state: StageState) -> int:
    """Return how many samples a share needs: where workers died, as many as take a death back in service."""
    least = stage.trial.min_samples
    return max(least, stage.deaths.forgiven_after) if stage.deaths and _fell_by_deaths(stage, state) else least


def _probe_limit(rung: RungState, band: BandPlan) -> float:
    """Return what a probe must stay below, in ms: the band's lower end, or the rung's own normal time above that."""
    normal = 0.0 if rung.normal_ms is None else rung.normal_ms * SLACK
    return max(band.below, min(band.above, normal))


def count_verdict(context: Context, state: StageState, trial: Trial, failure: str | None) -> Moved:
    """Add one verdict to the trial and act on what it decides: probes as soon as they can, a ramp's errors at once.

    `failure` says what went wrong; None is a sample that passed.
    """
    stage, ok = context.stage, failure is None
    passed, failed = (trial.passed + 1, trial.failed) if ok else (trial.passed, trial.failed + 1)
    trial = replace(trial, passed=passed, failed=failed)
    state = replace(state, trial=trial)
    if trial.step < 0:
        if passed >= stage.trial.passes:
            return next_step(context, state, trial, f"{passed} of {passed + failed} probes passed")
        allowed = stage.trial.probes - stage.trial.passes
        if failed > allowed:
            cause = Cause(
                Trigger.ERRORS, "probes", float(allowed), float(failed), f"{failed} probes failed; last: {failure}"
            )
            return end_trial(context, state, trial, cause, failed=True)
        return state, ()
    limit = 0.0 if stage.errors is None else stage.errors.above * max(trial.samples, stage.errors.min_samples)
    if failed > limit:
        cause = Cause(
            Trigger.ERRORS, "error_ratio", limit, float(failed), f"{failed} failures in the ramp; last: {failure}"
        )
        return end_trial(context, state, trial, cause, failed=True)
    return state, ()


def expire_leases(context: Context, state: StageState) -> Moved:
    """End the leases whose time is over; those of the trial under way count as failures."""
    events: tuple[Event, ...] = ()
    for lease in [lease for lease in state.leases.values() if lease.expires_ns <= context.now]:
        leases = {k: v for k, v in state.leases.items() if k != lease.id}
        state = replace(state, leases=leases, expired=state.expired + 1)
        trial = state.trial
        if trial is not None and lease.id >= trial.first_lease and lease.kind is not Kind.SHADOW:
            trial = replace(trial, expired_leases=(*trial.expired_leases, lease.id))
            failure = "a lease expired, its document never came back"
            state, told = count_verdict(context, state, trial, failure)
            events += told
    return state, events


def advance_trial(context: Context, state: StageState, trial: Trial, *, others_wait: bool) -> Moved:
    """Judge the present share of a ramp: next share, end, or go on. Time alone never advances it."""
    stage, spec, elapsed = context.stage, context.stage.trial, context.now - trial.step_began_ns
    least = _samples_needed(stage, state)
    p95 = _p95_ms(trial)
    if trial.step >= 0 and trial.samples >= spec.min_samples:
        band = stage.band(LATENCY)
        if band is not None and p95 is not None and p95 > band.above:
            cause = Cause(band.trigger, band.key, band.above, p95, f"P95 {p95:g} ms of the trial above {band.above:g}")
            return end_trial(context, state, trial, cause, failed=True)
    if trial.step == len(spec.shares_ppm):
        return _hold_out(context, state, trial, others_wait=others_wait)
    if trial.step >= 0 and trial.samples >= least:
        clean = stage.errors is None or trial.failed <= stage.errors.below * trial.samples
        if not clean and elapsed >= spec.max_ns:
            # between the two ends for so long: as the rung was while all was well, or not
            clean = trial.failed <= (state.rungs[trial.target].normal_errors or 0.0) * SLACK * trial.samples
            if not clean:
                ratio = trial.failed / trial.samples
                why = f"{trial.failed} of {trial.samples} failed, more than before it fell"
                cause = Cause(Trigger.ERRORS, "error_ratio", stage.errors.below if stage.errors else None, ratio, why)
                return end_trial(context, state, trial, cause, failed=True)
        if elapsed >= spec.min_ns and clean:
            share = spec.shares_ppm[trial.step] / PPM
            numbers = f"P95 {p95:g} ms, " if p95 is not None else ""
            reason = f"{trial.samples} samples at {share:.0%}: {numbers}{trial.failed} failed"
            return next_step(context, state, trial, reason)
    if elapsed < spec.max_ns:
        return state, ()
    need = spec.probes if trial.step < 0 else least
    cause = Cause(
        trigger_of(state),
        "samples",
        float(need),
        float(trial.samples),
        f"inconclusive: {trial.samples} of {need} samples",
    )
    if others_wait and not trial.samples:
        # a stage that no document passes would keep the token from those that could climb
        cause = replace(cause, reason=f"{cause.reason}; another stage waits to climb")
        after, told = end_trial(context, state, trial, cause, failed=False)
        return replace(after, put_off=True), told
    if elapsed >= INCONCLUSIVE_STEPS * spec.max_ns:
        cause = replace(cause, reason=f"{cause.reason} for {elapsed / NS:.0f} s")
        return end_trial(context, state, trial, cause, failed=False)
    if trial.inconclusive:
        return state, ()
    once = event(context, EventKind.INCONCLUSIVE, state.level, trial.target, cause, state.epoch)
    return replace(state, trial=replace(trial, inconclusive=True)), (once,)


def _p95_ms(trial: Trial) -> float | None:
    micros = percentile(trial.counts, 95)
    return None if micros is None else micros / 1000


def _hold_out(context: Context, state: StageState, trial: Trial, *, others_wait: bool) -> Moved:
    """Let the rung on probation serve all documents until its time is over; it is judged by one batch after the other.

    Where another stage waits to climb it need not hold out any longer: one that serves must not block the others.
    """
    if others_wait or context.now >= state.proved_ns:
        words = "another stage waits to climb" if others_wait else "it held out"
        return next_step(context, replace(state, proved_ns=0), trial, f"on probation; {words}")
    if trial.samples >= context.stage.trial.min_samples and context.now - trial.step_began_ns >= NS:
        trial = replace(trial, step_began_ns=context.now, passed=0, failed=0, counts={})
    return replace(state, trial=trial), ()
