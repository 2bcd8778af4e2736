"""What every decision about one stage rests on besides the stage's state."""

from __future__ import annotations

from dataclasses import dataclass, field

from docpipe.policy.core.plan import Plan, StagePlan
from docpipe.policy.core.values import Signals


@dataclass(frozen=True)
class Context:
    """One stage of a plan at one moment: what stays the same while a fact is worked off.

    `now` is in nanoseconds of the engine's clock, `signals` are those of the last tick.
    """

    plan: Plan
    stage: StagePlan
    now: int
    signals: Signals = field(default_factory=Signals)
