"""Draws accuracy over CPU seconds: one point a reader, the frontier of all as a line. Plain SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from readers import ALL_STAGES

WIDTH, HEIGHT, MARGIN = 760, 380, 60
PANELS = ("words", "spotting")

Point = tuple[str, float, float, float]
"""Reader, CPU seconds a document, F1 of words, F1 of spotting."""


def draw(points: Sequence[Point], path: Path) -> None:
    """Write one panel for words and one for spotting, seconds on a logarithmic axis."""
    left, right = math.log10(min(p[1] for p in points) * 0.8), math.log10(max(p[1] for p in points) * 1.6)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT * 2}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>'
    ]
    for number, panel in enumerate(PANELS):
        shown = [(p[0], p[1], p[2 + number]) for p in points]
        low, high = min(p[2] for p in shown) - 0.02, max(p[2] for p in shown) + 0.02

        def place(seconds: float, score: float, low: float = low, high: float = high, number: int = number) -> str:
            x = MARGIN + (math.log10(seconds) - left) / (right - left) * (WIDTH - 2 * MARGIN)
            y = HEIGHT * (number + 1) - MARGIN - (score - low) / (high - low) * (HEIGHT - 2 * MARGIN)
            return f"{x:.1f},{y:.1f}"

        readers_of_text = [point for point in shown if point[0] != ALL_STAGES]
        line = " ".join(place(seconds, score) for _, seconds, score in _frontier(readers_of_text))
        parts.append(f'<polyline points="{line}" fill="none" stroke="#888" stroke-dasharray="4 3"/>')
        for name, seconds, score in shown:
            x, y = place(seconds, score).split(",")
            colour = "#1f6f43" if name.startswith("docpipe") else "#b0413e"
            fill = "white" if name == ALL_STAGES else colour  # hollow: it does more than read text
            parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{fill}" stroke="{colour}"/>')
            parts.append(f'<text x="{float(x) + 7}" y="{float(y) + 4}">{escape(name)} {score:.3f}</text>')
        base = HEIGHT * (number + 1) - MARGIN
        parts.append(f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{base}" y2="{base}" stroke="black"/>')
        for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10):
            if left <= math.log10(tick) <= right:
                x = place(tick, low).split(",")[0]
                parts.append(f'<text x="{x}" y="{base + 18}" text-anchor="middle">{tick:g} s</text>')
        parts.append(f'<text x="{MARGIN}" y="{HEIGHT * number + 24}">{panel}, F1, over CPU seconds a document</text>')
    path.write_text("".join([*parts, "</svg>\n"]), encoding="utf-8")


def _frontier(points: Sequence[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Return the points that no other one beats in both time and accuracy, cheapest first."""
    kept: list[tuple[str, float, float]] = []
    for point in sorted(points, key=lambda p: (p[1], -p[2])):
        if not kept or point[2] > kept[-1][2]:
            kept.append(point)
    return kept
