"""Draws a run of the policy: levels, signals with their thresholds, and every decision with its reason, over time.

One SVG, readable by itself; `page_of` puts several into an HTML file that needs nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from docpipe.files.templates import clean_text, templates
from docpipe.policy.audit.history import BandValue, History
from docpipe.policy.core.plan import NS, Plan, StagePlan
from docpipe.policy.core.state import Phase
from docpipe.policy.core.values import Event, EventKind

WIDTH, LEFT, RIGHT = 1100, 190, 44
LEVEL_HEIGHT, SIGNAL_HEIGHT, GAP, LINE = 16, 44, 16, 15
MOST_POINTS = 600
"""A signal with more points is thinned: the greatest of each stretch stays, so that no peak is lost."""
MOST_REASONS = 40
"""Reasons listed below the lanes; each mark has its own as a tooltip, too."""
FAINT = ' class="faint"'
MARGIN = 1.25
"""A signal's axis reaches at least this many times its upper threshold, so that both lines are seen."""

LEVEL_COLOURS = ("#2e7d32", "#f9a825", "#ef6c00", "#c62828", "#6a1b9a")
PHASE_DASHES = {Phase.PROBING: "4 3", Phase.RAMPING: "9 3", Phase.QUARANTINED: "2 2", Phase.PINNED: "1 3"}
MARKS = {
    EventKind.DOWN: "▼",
    EventKind.CLOSED: "✕",
    EventKind.UP: "▲",
    EventKind.PROBING: "?",
    EventKind.RAMPING: "%",
    EventKind.TRIAL_ENDED: "◁",
    EventKind.INCONCLUSIVE: "…",
    EventKind.PINNED: "●",
    EventKind.UNPINNED: "○",
    EventKind.RELOADED: "⟳",
}
STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#333}.stage{font-weight:600;font-size:13px}.faint{fill:#777}"
    ".grid{stroke:#e3e3e3}.signal{fill:none;stroke:#1565c0;stroke-width:1.2}.above{stroke:#c62828}.below{stroke:#2e7d32}"
    ".limit{stroke-dasharray:5 4;stroke-width:1}.mark{font-size:11px;text-anchor:middle}"
)
LEGEND = (
    "levels: solid steady, short dashes probes, long dashes ramp, dots closed above or pinned · "
    "signals: gives way above red, may come back below green"
)


@dataclass(frozen=True)
class _Scale:
    from_ns: int
    to_ns: int

    def x(self, time_ns: int) -> float:
        whole = max(self.to_ns - self.from_ns, 1)
        inside = min(max(time_ns, self.from_ns), self.to_ns) - self.from_ns
        return round(LEFT + inside / whole * (WIDTH - LEFT - RIGHT), 1)

    def shows(self, time_ns: int) -> bool:
        return self.from_ns <= time_ns <= self.to_ns

    def seconds(self, time_ns: int) -> float:
        return (time_ns - self.from_ns) / NS


def svg_of(plan: Plan, history: History, title: str = "", window: tuple[int, int] | None = None) -> str:
    """Return the picture of one history. `window` (from and to, in its nanoseconds) cuts it, or lines up two."""
    scale = _Scale(*(window or (history.from_ns, history.to_ns)))
    told = [event for event in history.events if event.kind in MARKS and scale.shows(event.time_ns)]
    parts: list[str] = []
    y = 12.0
    if title:
        parts.append(f'<text x="10" y="18" class="stage">{escape(title)}</text>')
        y = 34.0
    top = y = y + 10
    for stage in plan.stages:
        lane, y = _lane(stage, history, told, scale, y)
        parts += lane
    parts += _axis(scale, top, y)
    parts += _reasons(told, scale, y + 38)
    listed = min(len(told), MOST_REASONS) + (len(told) > MOST_REASONS)
    height = y + 38 + (listed + 1) * LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'role="img"><style>{STYLE}</style><rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n"
        "</svg>\n"
    )


def page_of(title: str, pictures: Iterable[str], text: str = "") -> str:
    """Return an HTML page: pictures (of `svg_of`) side by side where there is room, a text in a fixed face below."""
    from markupsafe import Markup

    page = templates(__package__ or "").get_template("timeline.html.j2")
    drawn = [Markup(picture) for picture in pictures]  # noqa: S704 - `svg_of` has escaped its texts
    return page.render(title=title, pictures=drawn, text=Markup.escape(clean_text(text, None)))


def _lane(
    stage: StagePlan, history: History, told: Sequence[Event], scale: _Scale, y: float
) -> tuple[list[str], float]:
    parts = [f'<text x="10" y="{y + 12:g}" class="stage">{escape(stage.name)}</text>']
    for level, rung in enumerate(stage.rungs):
        row = y + level * LEVEL_HEIGHT
        middle = row + LEVEL_HEIGHT / 2
        parts.append(f'<text x="{LEFT - 8}" y="{row + 12:g}" text-anchor="end">{escape(rung)}</text>')
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{middle:g}" y2="{middle:g}" class="grid"/>')
    parts += _spans(stage, history, scale, y)
    parts += [_mark(number, e, scale, y) for number, e in enumerate(told, 1) if e.stage == stage.name]
    y += len(stage.rungs) * LEVEL_HEIGHT + 4
    for key in [band.key for band in stage.bands]:
        points = [p for p in history.points if p.stage == stage.name and p.key == key and scale.shows(p.time_ns)]
        if points:
            parts += _signal(stage, key, points, scale, y)
            y += SIGNAL_HEIGHT + 6
    return parts, y + GAP


def _spans(stage: StagePlan, history: History, scale: _Scale, y: float) -> Iterator[str]:
    for span in history.spans:
        if span.stage != stage.name or span.to_ns < scale.from_ns or span.from_ns > scale.to_ns:
            continue
        x1, x2 = scale.x(span.from_ns), scale.x(span.to_ns)
        row = y + span.level * LEVEL_HEIGHT + LEVEL_HEIGHT / 2
        colour = LEVEL_COLOURS[min(span.level, len(LEVEL_COLOURS) - 1)]
        dashes = f' stroke-dasharray="{PHASE_DASHES[span.phase]}"' if span.phase in PHASE_DASHES else ""
        seconds = (span.to_ns - span.from_ns) / NS
        yield (
            f'<line x1="{x1:g}" x2="{max(x2, x1 + 1):g}" y1="{row:g}" y2="{row:g}" stroke="{colour}" '
            f'stroke-width="7"{dashes}><title>{escape(span.rung)}, {span.phase.value}, {seconds:.1f} s</title></line>'
        )


def _mark(number: int, event: Event, scale: _Scale, y: float) -> str:
    return (
        f'<text x="{scale.x(event.time_ns):g}" y="{y - 2:g}" class="mark">{MARKS[event.kind]}{number}'
        f"<title>{escape(_sentence(event, scale))}</title></text>"
    )


def _sentence(event: Event, scale: _Scale) -> str:
    way = f"{event.from_rung} → {event.to_rung}" if event.from_rung != event.to_rung else event.from_rung
    words = event.kind.value.replace("_", " ")
    return f"{scale.seconds(event.time_ns):.1f} s  {event.stage} {words}, {way}: {event.reason}"


def _reasons(told: Sequence[Event], scale: _Scale, y: float) -> Iterator[str]:
    lines = [f"{MARKS[e.kind]}{number}  {_sentence(e, scale)}" for number, e in enumerate(told[:MOST_REASONS], 1)]
    if len(told) > MOST_REASONS:
        lines.append(f"… and {len(told) - MOST_REASONS} more")
    for row, line in enumerate([*lines, LEGEND]):
        yield f'<text x="10" y="{y + row * LINE:g}"{"" if row < len(lines) else FAINT}>{escape(line)}</text>'


def _signal(stage: StagePlan, key: str, points: Sequence[BandValue], scale: _Scale, y: float) -> Iterator[str]:
    band = stage.band(key)
    assert band is not None
    highest = max(band.above * MARGIN, *(p.value for p in points))

    def row(value: float) -> float:
        return round(y + SIGNAL_HEIGHT - value / highest * SIGNAL_HEIGHT, 1)

    yield f'<text x="{LEFT - 8}" y="{y + 12:g}" text-anchor="end" class="faint">{escape(key)}</text>'
    label = row(band.above) + 4
    for value, kind in ((band.above, "above"), (band.below, "below")):
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{row(value):g}" y2="{row(value):g}" class="limit {kind}"/>'
        yield f'<text x="{WIDTH - RIGHT + 4}" y="{label:g}" class="faint">{value:g}</text>'
        label = max(row(band.below) + 4, label + 11)  # two close ends can both be read
    for part in _cut_at_gaps(points, band.window_s * NS):
        line = " ".join(f"{scale.x(p.time_ns):g},{row(p.value):g}" for p in _thin_out(part))
        yield f'<polyline points="{line}" class="signal"/>'


def _cut_at_gaps(points: Sequence[BandValue], window_ns: int) -> Iterator[Sequence[BandValue]]:
    """Cut a signal where it had no value for a while: too few samples, or a source that was lost."""
    gap = max(window_ns // 4, 3 * NS)
    start = 0
    for i in range(1, len(points)):
        if points[i].time_ns - points[i - 1].time_ns > gap:
            yield points[start:i]
            start = i
    yield points[start:]


def _thin_out(points: Sequence[BandValue]) -> list[BandValue]:
    step = -(-len(points) // MOST_POINTS)
    return [max(points[i : i + step], key=lambda p: p.value) for i in range(0, len(points), step)]


def _axis(scale: _Scale, top: float, bottom: float) -> Iterator[str]:
    seconds = (scale.to_ns - scale.from_ns) / NS
    step = next((s for s in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600) if seconds / s <= 12), 7200)
    for mark in range(0, int(seconds) + 1, step):
        x = scale.x(scale.from_ns + mark * NS)
        yield f'<line x1="{x:g}" x2="{x:g}" y1="{top:g}" y2="{bottom:g}" class="grid"/>'
        yield f'<text x="{x:g}" y="{bottom + 14:g}" text-anchor="middle" class="faint">{mark} s</text>'
