"""Charts as inline SVG: intervals, accuracy against time, reliability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from docpipe.lab.evaluation.calibration import Reliability
from docpipe.lab.evaluation.placed import Point
from docpipe.lab.evaluation.report.markup import escape, number
from docpipe.lab.evaluation.scores import Interval

BAR_WIDTH, BAR_HEIGHT = 150, 16


def interval_bar(value: float | None, interval: Interval | None, softer: float | None = None) -> Markup:
    """Return a bar from 0 to `value`, a paler one on to `softer`, and the interval as a line over it; all 0 to 1."""
    if value is None:
        return Markup()
    parts = [f'<rect class="track" width="{BAR_WIDTH}" height="{BAR_HEIGHT}" rx="2"/>']
    if softer is not None and softer > value:
        parts.append(f'<rect class="soft" width="{_x(softer)}" height="{BAR_HEIGHT}" rx="2"/>')
    parts.append(f'<rect class="bar" width="{_x(value)}" height="{BAR_HEIGHT}" rx="2"/>')
    if interval is not None:
        low, high = _x(interval[0]), _x(interval[1])
        parts.append(f'<path class="whisker" d="M{low} 8H{high}M{low} 4V12M{high} 4V12"/>')
    told = f"{number(value)}" + (f", 95 % {number(interval[0])} to {number(interval[1])}" if interval else "")
    return _svg(BAR_WIDTH, BAR_HEIGHT, told, parts)


def _x(share: float) -> float:
    return round(min(max(share, 0.0), 1.0) * BAR_WIDTH, 1)


def _svg(width: float, height: float, told: str, parts: Sequence[str]) -> Markup:
    """Return a picture; `parts` are SVG already, with texts escaped."""
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    svg = f'<svg role="img" {size} aria-label="{escape(told)}">{"".join(parts)}</svg>'
    return Markup(svg)  # noqa: S704 - numbers, and texts that are escaped above


@dataclass(frozen=True, slots=True)
class Spot:
    """One combination in the picture of accuracy against time."""

    name: str
    seconds: float
    value: float
    interval: Interval | None


def scatter(spots: Sequence[Spot], metric: str) -> Markup:
    """Return accuracy against seconds a document, with intervals; numbers stand for the names below the chart."""
    width, height, left, bottom, top, right = 620, 300, 48, 36, 14, 20
    most = max(0.001, max(spot.seconds for spot in spots) * 1.08)
    lows = [spot.interval[0] if spot.interval else spot.value for spot in spots]
    floor = max(0.0, int((min(lows) - 0.02) * 10) / 10)

    def at(seconds: float, value: float) -> tuple[float, float]:
        x = left + seconds / most * (width - left - right)
        y = height - bottom - (value - floor) / (1 - floor) * (height - bottom - top)
        return round(x, 1), round(y, 1)

    parts = []
    for tick in _ticks(floor, 1.0, 5):
        _, y = at(0, tick)
        parts.append(f'<path class="grid" d="M{left} {y}H{width - right}"/>')
        parts.append(f'<text class="tick" x="{left - 6}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    for tick in _ticks(0.0, most, 6):
        x, _ = at(tick, floor)
        parts.append(f'<text class="tick" x="{x}" y="{height - bottom + 16}" text-anchor="middle">{tick:g}</text>')
    parts.append(f'<text class="tick" x="{(width + left) / 2}" y="{height - 4}" text-anchor="middle">'
                 "seconds a document (middle)</text>")  # fmt: skip
    parts.append(f'<text class="tick" x="{left}" y="{top - 3}">{escape(metric)}</text>')
    for n, spot in enumerate(spots, 1):
        x, y = at(spot.seconds, spot.value)
        rank = "spot first" if n == 1 else "spot"
        if spot.interval:
            low, high = at(spot.seconds, spot.interval[0])[1], at(spot.seconds, spot.interval[1])[1]
            parts.append(f'<path class="whisker" d="M{x} {low}V{high}"/>')
        told = f"{spot.name}: {number(spot.value)} in {spot.seconds:.2f} s"
        circle = f'<circle class="{rank}" cx="{x}" cy="{y}" r="9"/>'
        mark = f'<text class="mark" x="{x}" y="{y + 4}" text-anchor="middle">{n}</text>'
        parts.append(f"<g><title>{escape(told)}</title>{circle}{mark}</g>")
    return _svg(width, height, f"{metric} against seconds a document", parts)


def _ticks(low: float, high: float, about: int) -> Iterator[float]:
    """Yield round numbers from `low` to `high`."""
    rough = (high - low) / about or 1.0
    unit = (
        10.0 ** (len(str(int(rough))) - 1) if rough >= 1 else next(10.0**-n for n in range(1, 12) if 10.0**-n <= rough)
    )
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough * 0.999)
    count = ceil(round(low / step, 6))
    while count * step <= high + 1e-9:
        yield round(count * step, 6)
        count += 1


def reliability_curve(curve: Reliability, title: str) -> Markup:
    """Return confidence against share right, with how many values stand behind each point as bars below."""
    size, pad, counts = 150, 26, 34
    total, most = size + pad + 8, max(b.count for b in curve.bins)

    def at(x: float, y: float) -> tuple[float, float]:
        return round(pad + x * size, 1), round(8 + (1 - y) * size, 1)

    parts = [f'<rect class="track" x="{pad}" y="8" width="{size}" height="{size}"/>']
    parts.append(f'<path class="ideal" d="M{pad} {8 + size}L{pad + size} 8"/>')
    path, dots = [], []
    for b in curve.bins:
        if not b.count:
            continue
        x, y = at(b.confidence, b.accuracy)
        path.append(f"{x} {y}")
        told = f"confidence {b.low:.1f} to {b.high:.1f}: {b.count} values, {b.accuracy:.0%} right"
        dots.append(f'<circle class="dot" cx="{x}" cy="{y}" r="3.5"><title>{told}</title></circle>')
        left, width = at(b.low, 0)[0], size * (b.high - b.low) - 1
        tall = round(counts * b.count / most, 1)
        parts.append(f'<rect class="soft" x="{left}" y="{8 + size + 18 + counts - tall}" width="{width:.1f}" '
                     f'height="{tall}"><title>{told}</title></rect>')  # fmt: skip
    parts.append(f'<path class="line" d="M{"L".join(path)}"/>')
    parts += dots
    for share in (0, 0.5, 1):
        x, y = at(share, share)
        parts.append(f'<text class="tick" x="{x}" y="{8 + size + 13}" text-anchor="middle">{share:g}</text>')
        parts.append(f'<text class="tick" x="{pad - 4}" y="{y + 4}" text-anchor="end">{share:g}</text>')
    height = 8 + size + 18 + counts + 2
    return _svg(total, height, f"Reliability of {title}: ECE {number(curve.ece)} of {curve.count} values", parts)


def points_of(polygon: Sequence[Point]) -> str:
    """Return a polygon of shares of a page as points of an overlay of 1000 x 1000."""
    return " ".join(f"{min(max(x, -1), 2) * 1000:.1f},{min(max(y, -1), 2) * 1000:.1f}" for x, y in polygon)
