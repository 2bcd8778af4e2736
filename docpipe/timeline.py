"""Draws a run of the policy: levels, signals with their thresholds, and every decision with its reason, over time.

One SVG, readable by itself; `page_of` wraps several into an HTML file that needs nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from docpipe.policy.history import History, Point
from docpipe.policy.plan import NS, Plan, StagePlan
from docpipe.policy.state import Phase
from docpipe.policy.values import Event, EventKind

WIDTH, LEFT, RIGHT = 1100, 190, 24
LEVEL_HEIGHT, SIGNAL_HEIGHT, GAP = 16, 44, 14
MOST_POINTS = 600
"""A signal with more points is thinned: the greatest of each stretch stays, so that no peak is lost."""

LEVEL_COLOURS = ("#2e7d32", "#f9a825", "#ef6c00", "#c62828", "#6a1b9a")
PHASE_PATTERN = {Phase.PROBING: "4 3", Phase.RAMPING: "8 3", Phase.QUARANTINED: "2 2", Phase.PINNED: "1 3"}
MARKS = {EventKind.DOWN: "▼", EventKind.CLOSED: "✕", EventKind.UP: "▲", EventKind.TRIAL_ENDED: "◁"}
STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#333}.stage{font-weight:600;font-size:13px}.faint{fill:#888}"
    ".grid{stroke:#e3e3e3}.signal{fill:none;stroke:#1565c0;stroke-width:1.2}.above{stroke:#c62828}.below{stroke:#2e7d32}"
    ".limit{stroke-dasharray:5 4;stroke-width:1}.mark{font-size:12px;text-anchor:middle}"
)


@dataclass(frozen=True)
class _Scale:
    from_ns: int
    to_ns: int

    def x(self, time_ns: int) -> float:
        whole = max(self.to_ns - self.from_ns, 1)
        return round(LEFT + (time_ns - self.from_ns) / whole * (WIDTH - LEFT - RIGHT), 1)


def svg_of(plan: Plan, history: History, title: str = "", window: tuple[int, int] | None = None) -> str:
    """Return the picture of one history. `window` (from and to, in its nanoseconds) lines up two of them."""
    scale = _Scale(*(window or (history.from_ns, history.to_ns)))
    parts: list[str] = []
    y = 34.0 if title else 12.0
    if title:
        parts.append(f'<text x="10" y="18" class="stage">{escape(title)}</text>')
    top = y
    for stage in plan.stages:
        lane, y = _lane(stage, history, scale, y)
        parts += lane
    axis = list(_axis(scale, top, y))
    height = y + 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'role="img"><style>{STYLE}</style><rect width="100%" height="100%" fill="white"/>'
        + "".join([*axis, *parts])
        + "</svg>\n"
    )


def page_of(title: str, pictures: Iterable[str], text: str = "") -> str:
    """Return an HTML page with pictures one below the other and a text in a fixed face under them."""
    body = "\n".join(pictures)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{font-family:system-ui,sans-serif;margin:2em;max-width:1140px}svg{max-width:100%;height:auto}</style>"
        f"<h1>{escape(title)}</h1>\n{body}\n<pre>{escape(text)}</pre></html>\n"
    )


def _lane(stage: StagePlan, history: History, scale: _Scale, y: float) -> tuple[list[str], float]:
    parts = [f'<text x="10" y="{y + 12:g}" class="stage">{escape(stage.name)}</text>']
    for level, rung in enumerate(stage.rungs):
        row = y + level * LEVEL_HEIGHT
        parts.append(f'<text x="{LEFT - 8}" y="{row + 12:g}" text-anchor="end">{escape(rung)}</text>')
        middle = row + LEVEL_HEIGHT / 2
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{middle:g}" y2="{middle:g}" class="grid"/>')
    parts += _spans(stage, history, scale, y)
    y += len(stage.rungs) * LEVEL_HEIGHT + 4
    for key in [band.key for band in stage.bands]:
        points = [p for p in history.points if p.stage == stage.name and p.key == key]
        if points:
            parts += _signal(stage, key, points, scale, y)
            y += SIGNAL_HEIGHT + 4
    return parts, y + GAP


def _spans(stage: StagePlan, history: History, scale: _Scale, y: float) -> Iterator[str]:
    for span in history.spans:
        if span.stage != stage.name:
            continue
        x1, x2 = scale.x(span.from_ns), scale.x(span.to_ns)
        row = y + span.level * LEVEL_HEIGHT + LEVEL_HEIGHT / 2
        colour = LEVEL_COLOURS[min(span.level, len(LEVEL_COLOURS) - 1)]
        dashes = f' stroke-dasharray="{PHASE_PATTERN[span.phase]}"' if span.phase in PHASE_PATTERN else ""
        seconds = (span.to_ns - span.from_ns) / NS
        yield (
            f'<line x1="{x1:g}" x2="{max(x2, x1 + 1):g}" y1="{row:g}" y2="{row:g}" stroke="{colour}" '
            f'stroke-width="7"{dashes}><title>{escape(span.rung)}, {span.phase.value}, {seconds:.1f} s</title></line>'
        )
    for event in history.events:
        if event.stage == stage.name and event.kind in MARKS:
            yield _mark(event, scale, y)


def _mark(event: Event, scale: _Scale, y: float) -> str:
    when = (event.time_ns - scale.from_ns) / NS
    told = f"{when:.1f} s: {event.kind.value} {event.from_rung} -> {event.to_rung}: {event.reason}"
    return (
        f'<text x="{scale.x(event.time_ns):g}" y="{y - 1:g}" class="mark">{MARKS[event.kind]}'
        f"<title>{escape(told)}</title></text>"
    )


def _signal(stage: StagePlan, key: str, points: Sequence[Point], scale: _Scale, y: float) -> Iterator[str]:
    band = stage.band(key)
    assert band is not None
    highest = max(band.above * 1.25, *(p.value for p in points))

    def row(value: float) -> float:
        return round(y + SIGNAL_HEIGHT - value / highest * SIGNAL_HEIGHT, 1)

    yield f'<text x="{LEFT - 8}" y="{y + 12:g}" text-anchor="end" class="faint">{escape(key)}</text>'
    for value, kind in ((band.above, "above"), (band.below, "below")):
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{row(value):g}" y2="{row(value):g}" class="limit {kind}"/>'
        yield f'<text x="{WIDTH - RIGHT + 2}" y="{row(value) + 4:g}" class="faint">{value:g}</text>'
    line = " ".join(f"{scale.x(p.time_ns):g},{row(p.value):g}" for p in _thinned(points))
    yield f'<polyline points="{line}" class="signal"/>'


def _thinned(points: Sequence[Point]) -> list[Point]:
    step = -(-len(points) // MOST_POINTS)
    return [max(points[i : i + step], key=lambda p: p.value) for i in range(0, len(points), step)]


def _axis(scale: _Scale, top: float, bottom: float) -> Iterator[str]:
    seconds = (scale.to_ns - scale.from_ns) / NS
    step = next((s for s in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600) if seconds / s <= 12), 7200)
    for mark in range(0, int(seconds) + 1, step):
        x = scale.x(scale.from_ns + mark * NS)
        yield f'<line x1="{x:g}" x2="{x:g}" y1="{top:g}" y2="{bottom:g}" class="grid"/>'
        yield f'<text x="{x:g}" y="{bottom + 16:g}" text-anchor="middle" class="faint">{mark} s</text>'
