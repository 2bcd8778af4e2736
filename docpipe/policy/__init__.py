"""When to give way, how far, and how to come back. It knows names of stages and rungs and numbers, not what OCR is."""

from docpipe.policy.core.plan import Plan, PlanError
from docpipe.policy.core.spec import PolicySpec, StagePolicy
from docpipe.policy.core.values import Assignment, Choice, Event, EventKind, Kind, Outcome, Sample, Signals, Trigger
from docpipe.policy.live.engine import PolicyEngine
from docpipe.policy.live.status import PolicyStatus, StageStatus

__all__ = [
    "Assignment",
    "Choice",
    "Event",
    "EventKind",
    "Kind",
    "Outcome",
    "Plan",
    "PlanError",
    "PolicyEngine",
    "PolicySpec",
    "PolicyStatus",
    "Sample",
    "Signals",
    "StagePolicy",
    "StageStatus",
    "Trigger",
]
