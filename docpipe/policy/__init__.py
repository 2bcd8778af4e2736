"""When to give way, how far, and how to come back. It knows names of stages and rungs and numbers, not what OCR is."""

from docpipe.policy.engine import PolicyEngine
from docpipe.policy.plan import Plan, PlanError
from docpipe.policy.spec import PolicySpec, StagePolicy
from docpipe.policy.status import PolicyStatus, StageStatus
from docpipe.policy.values import Assignment, Choice, Event, EventKind, Kind, Outcome, Sample, Signals, Trigger

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
