"""How a run went over time: levels of the stages and the time of each document, in the order of the journal, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from docpipe.files.templates import templates
from docpipe.result import Result

WIDTH, LANE, GAP, CHART = 960, 26, 8, 120
LEFT = 130
MOST_COLUMNS = 400
"""Columns drawn; more documents share one, which shows the lightest rung and the longest time of them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One finished document: milliseconds, and level and rung of each stage."""

    ms: float
    levels: tuple[tuple[str, int, str], ...]


def moment_of(result: Result) -> Moment:
    """Return what the picture needs of a result."""
    return Moment(
        result.timings.total_ms, tuple((name, stage.level, stage.rung) for name, stage in result.stages.items())
    )


def svg_of(moments: Sequence[Moment]) -> Markup:
    """Return the picture; empty where there is nothing to draw."""
    if not moments:
        return Markup("")
    per = -(-len(moments) // MOST_COLUMNS)
    columns = [moments[start : start + per] for start in range(0, len(moments), per)]
    step = (WIDTH - LEFT - 10) / len(columns)
    names = list(dict.fromkeys(name for moment in moments for name, _, _ in moment.levels))
    worst = max(max(moment.ms for moment in moments), 1.0)
    lanes = []
    for row, name in enumerate(names):
        y = row * (LANE + GAP)
        cells = []
        for number, column in enumerate(columns):
            level, rung = max(((lv, rg) for m in column for n, lv, rg in m.levels if n == name), default=(0, ""))
            tall = min(4 + 7 * level, LANE)
            cells.append((round(LEFT + number * step, 2), y + LANE - tall, tall, min(level, 3), rung))
        lanes.append((name, y + LANE - 6, cells))
    top = len(names) * (LANE + GAP) + 14
    bars = []
    for number, column in enumerate(columns):
        longest = max(moment.ms for moment in column)
        height = round(CHART * longest / worst, 2)
        bars.append((round(LEFT + number * step, 2), round(top + CHART - height, 2), height, longest / 1000))
    column_width = round(max(step - (1 if step > 3 else 0), 0.5), 2)
    drawn = templates("docpipe.report").get_template("progress.svg.j2").render(
        width=WIDTH, height=top + CHART + 22, left=LEFT, column=column_width, lanes=lanes,
        bars=bars, top=top, bottom=top + CHART, worst=worst / 1000, count=len(moments),
    )  # fmt: skip
    return Markup(drawn)  # noqa: S704 - the template escapes
