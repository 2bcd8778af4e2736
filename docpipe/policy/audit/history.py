"""What a run of the policy amounts to: levels over time, documents by rung, events. For replays and pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from docpipe.policy.core.context import Context
from docpipe.policy.core.decide import value_of_band
from docpipe.policy.core.facts import Arrived, Fact, Ticked
from docpipe.policy.core.plan import NS, Plan
from docpipe.policy.core.state import Phase
from docpipe.policy.core.step import Step
from docpipe.policy.core.values import Event


@dataclass(frozen=True)
class Span:
    """A stretch of time in which a stage stayed on one level and in one phase."""

    stage: str
    rung: str
    level: int
    phase: Phase
    from_ns: int
    to_ns: int


@dataclass(frozen=True)
class BandValue:
    """A band's value at a tick, in the band's unit."""

    time_ns: int
    stage: str
    key: str
    value: float


@dataclass(frozen=True)
class History:
    """A run, summed up. `rungs` counts documents by stage and rung as assigned, hard fallbacks not included."""

    from_ns: int
    to_ns: int
    documents: int
    degraded: int
    rungs: Mapping[str, Mapping[str, int]]
    spans: tuple[Span, ...]
    points: tuple[BandValue, ...]
    events: tuple[Event, ...]

    @property
    def seconds(self) -> float:
        """How long it took, in seconds."""
        return (self.to_ns - self.from_ns) / NS

    def seconds_at(self, stage: str, rung: str) -> float:
        """Return how long a stage stood on a rung."""
        return sum(s.to_ns - s.from_ns for s in self.spans if s.stage == stage and s.rung == rung) / NS

    def __str__(self) -> str:
        lines = [f"{self.documents} documents in {self.seconds:.1f} s, {self.degraded} below their best rungs"]
        for stage, rungs in self.rungs.items():
            shares = ", ".join(f"{rung} {n} ({self.seconds_at(stage, rung):.1f} s)" for rung, n in rungs.items())
            lines.append(f"  {stage}: {shares}")
        return "\n".join(lines)


@dataclass
class Historian:
    """Sums up a run while its facts pass by."""

    from_ns: int
    to_ns: int = 0
    documents: int = 0
    degraded: int = 0
    rungs: dict[str, Counter[str]] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    points: list[BandValue] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    _open: dict[str, Span] = field(default_factory=dict)

    def add(self, fact: Fact | None, after: Step, now: int) -> None:
        """Take note of one fact (None: the start) and what followed."""
        self.to_ns = max(self.to_ns, now)
        self.events += after.events
        if isinstance(fact, Arrived) and after.assignment is not None:
            self.documents += 1
            self.degraded += any(choice.level > 0 for choice in after.assignment.choices)
            for choice in after.assignment.choices:
                self.rungs.setdefault(choice.stage, Counter())[choice.rung] += 1
        if isinstance(fact, Ticked):
            self._measure(after, now)
        if fact is None or after.events:
            self._mark(after.plan, after, now)

    def _measure(self, after: Step, now: int) -> None:
        for spec, stage in zip(after.plan.stages, after.state.stages, strict=True):
            context = Context(after.plan, spec, now, after.state.signals)
            for band in spec.bands:
                value = value_of_band(context, band, stage)
                if value is not None:
                    self.points.append(BandValue(now, spec.name, band.key, value))

    def _mark(self, plan: Plan, after: Step, now: int) -> None:
        for spec, stage in zip(plan.stages, after.state.stages, strict=True):
            self.rungs.setdefault(spec.name, Counter(dict.fromkeys(spec.rungs, 0)))
            span = Span(spec.name, spec.rungs[stage.level], stage.level, stage.phase, now, now)
            known = self._open.get(spec.name)
            if known is None or (known.rung, known.phase) != (span.rung, span.phase):
                self._close(spec.name, now)
                self._open[spec.name] = span

    def _close(self, stage: str, now: int) -> None:
        known = self._open.pop(stage, None)
        if known is not None:
            self.spans.append(Span(known.stage, known.rung, known.level, known.phase, known.from_ns, now))

    def history(self) -> History:
        """Return the sum."""
        for stage in list(self._open):
            self._close(stage, self.to_ns)
        return History(
            self.from_ns,
            self.to_ns,
            self.documents,
            self.degraded,
            {stage: dict(counts) for stage, counts in self.rungs.items()},
            tuple(self.spans),
            tuple(self.points),
            tuple(self.events),
        )
