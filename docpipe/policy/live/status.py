"""What a person or a metric wants to see of the policy: a frozen picture of one moment."""

from __future__ import annotations

from dataclasses import dataclass

from docpipe.policy.core.context import Context
from docpipe.policy.core.evidence import Evidence, evidence_of
from docpipe.policy.core.plan import NS, Plan
from docpipe.policy.core.state import Phase, PolicyState, StageState
from docpipe.policy.core.transitions import PPM
from docpipe.policy.core.values import Event, Signals


@dataclass(frozen=True)
class StageStatus:
    """One stage: where it is, why, and what is under way.

    `causes` are the steps down that brought it here, in order; `ramp_share` is 0 without a ramp; `cool_down_s` is what
    is left. The four lease counts satisfy granted = returned + expired + open.
    """

    stage: str
    rung: str
    level: int
    phase: Phase
    epoch: int
    causes: tuple[Event, ...]
    trying: str | None
    ramp_share: float
    trial_passed: int
    trial_failed: int
    cool_down_s: float
    failures: int
    pinned: str | None
    unavailable: tuple[str, ...]
    closed: tuple[str, ...]
    granted: int
    returned: int
    expired: int
    open_leases: int
    stale: int
    in_flight: int
    evidence: tuple[Evidence, ...] = ()
    """Each trigger on the present rung: its value, or how many samples it still lacks."""

    @property
    def undecided(self) -> tuple[str, ...]:
        """What cannot decide anything yet, in words: "p95_ms: not enough evidence: 3 of 20 samples"."""
        return tuple(str(each) for each in self.evidence if each.missing)

    def __str__(self) -> str:
        words = f"{self.stage}: {self.rung} (level {self.level}, {self.phase.value})"
        if self.trying is not None:
            words += f", trying {self.trying} at {self.ramp_share:.0%}"
        return words + (f", since {self.causes[-1].reason}" if self.causes else "")


@dataclass(frozen=True)
class PolicyStatus:
    """All stages at one moment. `token_holder` is the stage that climbs."""

    stages: tuple[StageStatus, ...]
    config_epoch: int
    documents: int
    token_holder: str | None
    signals: Signals

    def __getitem__(self, stage: str) -> StageStatus:
        """Return one stage; `KeyError` where there is none of that name."""
        for status in self.stages:
            if status.stage == stage:
                return status
        raise KeyError(stage)

    def __str__(self) -> str:
        return "\n".join(str(stage) for stage in self.stages)


def status_of(plan: Plan, state: PolicyState, now: int) -> PolicyStatus:
    """Return the picture of a state at a moment."""
    contexts = (Context(plan, spec, now, state.signals) for spec in plan.stages)
    stages = tuple(_stage(context, stage) for context, stage in zip(contexts, state.stages, strict=True))
    holder = None if state.climbing is None else plan.stages[state.climbing].name
    return PolicyStatus(stages, state.config_epoch, state.documents, holder, state.signals)


def _stage(context: Context, state: StageState) -> StageStatus:
    spec, now, trial = context.stage, context.now, state.trial
    return StageStatus(
        stage=spec.name,
        rung=spec.rungs[state.level],
        level=state.level,
        phase=state.phase,
        epoch=state.epoch,
        causes=state.causes,
        trying=None if trial is None else spec.rungs[trial.target],
        ramp_share=0.0 if trial is None or trial.step < 0 else spec.trial.share_ppm(trial.step) / PPM,
        trial_passed=0 if trial is None else trial.passed,
        trial_failed=0 if trial is None else trial.failed,
        cool_down_s=max(state.cool_until_ns - now, 0) / NS if state.level > state.top else 0.0,
        failures=state.failures,
        pinned=None if state.pin is None else state.pin.reason,
        unavailable=tuple(n for n, rung in zip(spec.rungs, state.rungs, strict=True) if not rung.available),
        closed=tuple(n for n, rung in zip(spec.rungs, state.rungs, strict=True) if rung.closed_until is not None),
        granted=state.granted,
        returned=state.returned,
        expired=state.expired,
        open_leases=len(state.leases),
        stale=state.stale,
        in_flight=len(state.calls),
        evidence=evidence_of(context, state),
    )
