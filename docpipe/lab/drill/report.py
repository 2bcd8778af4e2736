"""What a drill leaves behind: its verdicts in words, its timeline, and whether its log replays to the byte."""

from __future__ import annotations

from dataclasses import dataclass

from docpipe.lab.drill.run import DrillResult
from docpipe.policy.audit.replay import replay
from docpipe.policy.audit.timeline import page_of, svg_of
from docpipe.policy.core.plan import Plan


@dataclass(frozen=True, slots=True)
class DrillReport:
    """A drill's outcome to read and to look at."""

    text: str
    svg: str
    html: str
    replayed: bool
    """Whether every line of the log came out the same, byte for byte."""


def draw_report(plan: Plan, title: str, outcome: DrillResult) -> DrillReport:
    """Replay a drill's log and draw it."""
    seen, found = outcome.seen, replay(outcome.log)
    same = "all the same, byte for byte" if found.identical else f"NOT THE SAME\n{found.difference}"
    text = "\n".join(
        [
            f"{seen.documents} documents, {seen.degraded} degraded, {seen.failed} failed",
            *map(str, outcome.verdicts),
            f"replay of {found.lines} lines: {same}",
        ]
    )
    svg = svg_of(plan, found.history, title=title, window=(seen.start_ns, seen.end_ns))
    return DrillReport(text, svg, page_of(title, [svg], text), found.identical)
