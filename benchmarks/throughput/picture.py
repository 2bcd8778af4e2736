"""Draws accuracy over CPU seconds: one point a reader, the frontier of all as a line. Plain SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from readers import ALL_STAGES

WIDTH, HEIGHT, MARGIN, LEGEND = 940, 340, 50, 320
PANELS = ("words", "spotting")
SHOWN_BELOW_BEST = 0.15
"""What reads worse by more stands on the axis with an arrow, so that the others can be told apart."""

Point = tuple[str, float, float, float]
"""Reader, CPU seconds a document, F1 of words, F1 of spotting."""


def draw(points: Sequence[Point], path: Path) -> None:
    """Write one panel for words and one for spotting, seconds on a logarithmic axis; numbers lead to the names."""
    left, right = math.log10(min(p[1] for p in points) * 0.8), math.log10(max(p[1] for p in points) * 1.2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT * 2}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>'
    ]
    for number, panel in enumerate(PANELS):
        shown = sorted(((p[0], p[1], p[2 + number]) for p in points), key=lambda p: (p[1], p[0]))
        top = max(p[2] for p in shown)
        low = min(p[2] for p in shown if p[2] >= top - SHOWN_BELOW_BEST) - 0.01
        base = HEIGHT * (number + 1) - MARGIN

        def place(seconds: float, score: float, low: float = low, top: float = top, base: int = base) -> str:
            x = MARGIN + (math.log10(seconds) - left) / (right - left) * (WIDTH - LEGEND - MARGIN)
            y = base - max(0.0, score - low) / (top - low) * (HEIGHT - 2 * MARGIN - 20)
            return f"{x:.1f},{y:.1f}"

        readers_of_text = [point for point in shown if point[0] != ALL_STAGES]
        line = " ".join(place(seconds, score) for _, seconds, score in _frontier(readers_of_text))
        parts.append(f'<polyline points="{line}" fill="none" stroke="#888" stroke-dasharray="4 3"/>')
        for at, (name, seconds, score) in enumerate(shown, 1):
            x, y = place(seconds, score).split(",")
            colour = "#1f6f43" if name.startswith("docpipe") else "#b0413e"
            fill = "white" if name == ALL_STAGES else colour  # hollow: it does more than read text
            mark = f"{at} ↓" if score < low else f"{at}"
            parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{fill}" stroke="{colour}"/>')
            parts.append(f'<text x="{x}" y="{float(y) - 8:.1f}" text-anchor="middle" font-size="11">{mark}</text>')
            row = f"{at}  {escape(name)}: {score:.3f}, {seconds:.2f} s"
            parts.append(
                f'<text x="{WIDTH - LEGEND + 40}" y="{HEIGHT * number + 44 + 20 * at}" fill="{colour}">{row}</text>'
            )
        parts.append(f'<line x1="{MARGIN}" x2="{WIDTH - LEGEND}" y1="{base}" y2="{base}" stroke="black"/>')
        for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10):
            if left <= math.log10(tick) <= right:
                x = place(tick, low).split(",")[0]
                parts.append(f'<text x="{x}" y="{base + 18}" text-anchor="middle">{tick:g} s</text>')
        for score in (low + 0.01, top):
            y = place(1, score).split(",")[1]
            parts.append(f'<text x="{MARGIN - 8}" y="{float(y) + 4:.1f}" text-anchor="end">{score:.3f}</text>')
        parts.append(f'<text x="{MARGIN}" y="{HEIGHT * number + 24}">{panel}, F1, over CPU seconds a document</text>')
    path.write_text("".join([*parts, "</svg>\n"]), encoding="utf-8")


def _frontier(points: Sequence[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """Return the points that no other one beats in both time and accuracy, cheapest first."""
    kept: list[tuple[str, float, float]] = []
    for point in sorted(points, key=lambda p: (p[1], -p[2])):
        if not kept or point[2] > kept[-1][2]:
            kept.append(point)
    return kept
