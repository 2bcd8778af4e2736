"""A small stage for the policy: plans to play with, and a player that feeds an engine second by second."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from docpipe.policy import (
    Choice,
    Event,
    EventKind,
    Kind,
    Outcome,
    Plan,
    PolicyEngine,
    PolicySpec,
    Sample,
    Signals,
    StagePolicy,
)
from docpipe.testing import FakeClock

MS = 1_000_000
START_NS = 1_000_000_000_000
UNIX_NS = 1_700_000_000_000_000_000

P95 = {"degrade_above": 600, "recover_below": 420, "degrade_after_s": 15}
GPU = {"degrade_above": 0.9, "recover_below": 0.7}
OOMS = {"degrade_at": 3, "within_s": 60, "in_a_row": True}
QUICK = {"ramp": {"shares": [0.5], "min_samples": 5, "min_s": 2, "max_s": 30}, "cool_down_s": {"first": 10}}


def plan_of(policy: Mapping[str, Any] | None = None, **stages: Any) -> Plan:
    """Return a plan; a stage is a list of rungs, or (rungs, what the stage says itself)."""
    named = stages or {"table": ["main", "light", "skip"]}
    pairs = {name: spec if isinstance(spec, tuple) else (spec, {}) for name, spec in named.items()}
    return Plan.build(
        PolicySpec.model_validate(dict(policy or {})),
        {name: (rungs, StagePolicy.model_validate(own)) for name, (rungs, own) in pairs.items()},
    )


Speed = Callable[[Choice, int], tuple[Outcome, float]]
"""What a call does: the choice and the second since the start, to an outcome and milliseconds."""


def steady(**ms: float) -> Speed:
    """Return a speed by rung name alone; a rung not named takes 80 ms."""
    return lambda choice, second: (Outcome.OK, ms.get(choice.rung, 80.0))


class Player:
    """An engine on a fake clock, and everything it announced."""

    def __init__(self, plan: Plan, **engine: Any) -> None:
        self.clock = FakeClock(START_NS)
        self.events: list[Event] = []
        self.engine = PolicyEngine(
            plan,
            clock=self.clock,
            unix_clock=lambda: self.clock() - START_NS + UNIX_NS,
            on_event=self.events.append,
            **engine,
        )
        self.documents = 0

    @property
    def second(self) -> int:
        return (self.clock() - START_NS) // 1_000_000_000

    def level(self, stage: str = "table") -> int:
        return self.engine.state()[stage].level

    def told(self, *kinds: EventKind) -> list[Event]:
        return [event for event in self.events if not kinds or event.kind in kinds]

    def moves(self) -> list[tuple[int, str, str, str]]:
        """Return (second, stage, from, to) of every step down or up."""
        return [
            ((e.time_ns - START_NS) // 1_000_000_000, e.stage, e.from_rung, e.to_rung)
            for e in self.told(EventKind.DOWN, EventKind.UP)
        ]

    def run(
        self,
        seconds: int,
        speed: Speed | None = None,
        *,
        per_s: int = 5,
        signals: Signals | None = None,
        stages: Sequence[str] | None = None,
    ) -> None:
        """Play `seconds` with `per_s` documents in each, then a tick."""
        for _ in range(seconds):
            self.clock.advance(1)
            for _ in range(per_s):
                self.document(speed or steady(), stages)
            self.engine.tick(signals or Signals())

    def document(self, speed: Speed, stages: Sequence[str] | None = None) -> None:
        """Run one document through its stages, with the hard fallback of an executor."""
        self.documents += 1
        assignment = self.engine.assign(f"document {self.documents}")
        for choice in assignment.choices:
            if stages is None or choice.stage in stages:
                self.call(choice, speed, assignment.document_id)
        self.engine.release(assignment)

    def call(self, choice: Choice, speed: Speed, document_id: str = "") -> str | None:
        """Run one stage, falling back rung by rung; return the rung that answered."""
        outcome, ms = speed(choice, self.second)
        self.sample(choice, outcome, ms, document_id=document_id)
        if outcome in (Outcome.OK, Outcome.INPUT_ERROR):
            return choice.rung
        below = self.engine.fall_back(choice.stage, choice.rung)
        if below is None:
            return None
        lower = Choice(choice.stage, below, choice.level + 1, Kind.SERVED, choice.epoch)
        return self.call(lower, speed, document_id)

    def sample(self, choice: Choice, outcome: Outcome = Outcome.OK, ms: float = 80, **more: Any) -> None:
        """Record one call of a choice, ended now."""
        duration_ns = round(ms * MS)
        more = {"started_ns": self.clock() - duration_ns, "lease": choice.lease, "kind": choice.kind} | more
        self.engine.record(
            Sample(choice.stage, choice.rung, choice.epoch, outcome=outcome, duration_ns=duration_ns, **more)
        )

    def oom(self, times: int = 1, stage: str = "table") -> None:
        """Let the present rung of a stage run out of memory."""
        for _ in range(times):
            self.sample(self.engine.assign("oom")[stage], Outcome.OOM, document_id="oom")
