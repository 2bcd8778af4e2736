"""Holds what happened in a drill against what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docpipe.lab.drill.script import COUNTS, Expectation, Script
from docpipe.policy.core.plan import NS
from docpipe.policy.core.values import Event, EventKind

REVERSAL_NS = 60 * NS
"""A stage that goes down, up and down again within this time has swung."""


@dataclass(frozen=True, slots=True)
class DrillObservations:
    """What happened in a drill. `start_ns` and `end_ns` are on the events' clock, `rungs` where each stage ended."""

    start_ns: int
    end_ns: int
    events: tuple[Event, ...]
    documents: int
    failed: int
    degraded: int
    rungs: Mapping[str, str]

    def count(self, what: str) -> int:
        """Return one of the counts that an expectation may name."""
        return {
            "documents": self.documents,
            "failed_documents": self.failed,
            "degraded_documents": self.degraded,
            "reversals": reversals(self.events),
        }[what]

    def second(self, event: Event) -> float:
        """Return when an event was, in seconds of the drill."""
        return (event.time_ns - self.start_ns) / NS


@dataclass(frozen=True, slots=True)
class Verdict:
    """One expectation, whether it was met, and by what."""

    expectation: Expectation
    met: bool
    found: str

    def __str__(self) -> str:
        return f"{'met   ' if self.met else 'MISSED'}  {self.expectation}: {self.found}"


def judge(script: Script, seen: DrillObservations) -> list[Verdict]:
    """Return a verdict for each expectation, in the order of the script."""
    return [_one(expectation, seen) for expectation in script.expect]


def _one(wanted: Expectation, seen: DrillObservations) -> Verdict:
    if wanted.what in COUNTS:
        count = seen.count(wanted.what)
        met = (wanted.least is None or count >= wanted.least) and (wanted.most is None or count <= wanted.most)
        return Verdict(wanted, met, str(count))
    if wanted.what == "ends":
        rung = seen.rungs[wanted.stage or ""]
        return Verdict(wanted, rung == wanted.to, rung)
    mine = [e for e in seen.events if e.stage == wanted.stage and _in_time(seen.second(e), wanted)]
    fitting = [event for event in mine if _fits(event, wanted)]
    if wanted.what == "stays":
        return Verdict(wanted, not fitting, _describe(fitting[0], seen) if fitting else "it stayed")
    if fitting:
        return Verdict(wanted, True, _describe(fitting[0], seen))
    others = "; ".join(_describe(event, seen) for event in mine[:3])
    return Verdict(wanted, False, f"not seen; in that time: {others or 'nothing'}")


def _in_time(second: float, wanted: Expectation) -> bool:
    return wanted.from_s <= second and (wanted.to_s is None or second <= wanted.to_s)


def _fits(event: Event, wanted: Expectation) -> bool:
    return (
        event.kind in wanted.kinds
        and wanted.to in (None, event.to_rung)
        and wanted.trigger in (None, event.trigger)
        and (wanted.share is None or (event.metric == "ramp" and event.threshold == wanted.share))
    )


def _describe(event: Event, seen: DrillObservations) -> str:
    return f"{seen.second(event):.1f} s, {event.kind.value} {event.from_rung} -> {event.to_rung}: {event.reason}"


def reversals(events: Sequence[Event]) -> int:
    """Count how often a stage went down, up and down again within a minute."""
    count = 0
    for stage in dict.fromkeys(event.stage for event in events):
        moves = [e for e in events if e.stage == stage and e.kind in (EventKind.DOWN, EventKind.UP)]
        for first, second, third in zip(moves, moves[1:], moves[2:], strict=False):
            swung = [e.kind for e in (first, second, third)] == [EventKind.DOWN, EventKind.UP, EventKind.DOWN]
            count += swung and third.time_ns - first.time_ns <= REVERSAL_NS
    return count
