"""Holds what happened in a drill against what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docpipe.drill.script import Expectation, Script
from docpipe.policy.plan import NS
from docpipe.policy.values import Event, EventKind

REVERSAL_NS = 60 * NS
"""A stage that goes down, up and down again within this time has swung."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened in a drill; the events' times count from `start_ns`."""

    start_ns: int
    end_ns: int
    events: tuple[Event, ...]
    documents: int
    failed: int
    degraded: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """One expectation, whether it was met, and by what."""

    expectation: Expectation
    met: bool
    found: str


def judge(script: Script, seen: Seen) -> list[Verdict]:
    """Return a verdict for each expectation, in the order of the script."""
    return [_one(expectation, seen) for expectation in script.expect]


def _one(expectation: Expectation, seen: Seen) -> Verdict:
    counts = {
        "failed_documents": seen.failed,
        "degraded_documents": seen.degraded,
        "reversals": reversals(seen.events),
    }
    if expectation.what in counts:
        count = counts[expectation.what]
        enough = expectation.least is None or count >= expectation.least
        few = expectation.most is None or count <= expectation.most
        return Verdict(expectation, enough and few, f"{count} of {seen.documents} documents")
    within = [event for event in seen.events if _in_time(event, expectation, seen)]
    mine = [event for event in within if event.stage == expectation.stage]
    if expectation.what == "stays":
        moved = [e for e in mine if e.kind in (EventKind.DOWN, EventKind.UP, EventKind.CLOSED)]
        return Verdict(expectation, not moved, _told(moved[0], seen) if moved else "it stayed")
    fitting = [event for event in mine if _fits(event, expectation)]
    if fitting:
        return Verdict(expectation, True, _told(fitting[0], seen))
    others = "; ".join(_told(event, seen) for event in mine[:3])
    return Verdict(expectation, False, f"not seen; in that time: {others or 'nothing'}")


def _in_time(event: Event, expectation: Expectation, seen: Seen) -> bool:
    at_s = (event.time_ns - seen.start_ns) / NS
    return expectation.from_s <= at_s <= (float("inf") if expectation.to_s is None else expectation.to_s)


def _fits(event: Event, expectation: Expectation) -> bool:
    if event.kind not in expectation.kind:
        return False
    if expectation.to is not None and event.to_rung != expectation.to:
        return False
    if expectation.trigger is not None and event.trigger != expectation.trigger:
        return False
    return expectation.share is None or f"{expectation.share:.0%}" in event.reason.replace(" %", "%")


def _told(event: Event, seen: Seen) -> str:
    return f"{(event.time_ns - seen.start_ns) / NS:.1f} s {event.kind.value} to {event.to_rung}: {event.reason}"


def reversals(events: Sequence[Event]) -> int:
    """Count how often a stage went down, up and down again within a minute."""
    count = 0
    for stage in dict.fromkeys(event.stage for event in events):
        moves = [e for e in events if e.stage == stage and e.kind in (EventKind.DOWN, EventKind.UP, EventKind.CLOSED)]
        for first, second, third in zip(moves, moves[1:], moves[2:], strict=False):
            up_between = second.kind is EventKind.UP and EventKind.UP not in (first.kind, third.kind)
            count += up_between and third.time_ns - first.time_ns <= REVERSAL_NS
    return count
