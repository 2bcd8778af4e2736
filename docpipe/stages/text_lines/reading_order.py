"""The order in which a reader takes lines in: rows from top to bottom, and each row from left to right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docpipe.document import Polygon

SAME_ROW = 0.5
"""Two boxes stand in one row when they share this much of the lower one's height."""
STEEPEST = math.radians(15)
"""A page leans by at most this much; steeper regions are turned text, and tell nothing about the page."""


@dataclass(frozen=True, slots=True)
class _Place:
    index: int
    left: float
    top: float
    bottom: float


def reading_order(polygons: Sequence[Polygon]) -> list[int]:
    """Return the positions of the polygons in reading order.

    Rows are formed on the levelled page, so that a skewed scan does not mix them. Depends on the places alone, not on
    the order in which they are given.
    """
    lean = skew(polygons)
    places = sorted(
        (_level(i, polygon, lean) for i, polygon in enumerate(polygons)),
        key=lambda p: (p.top + p.bottom, p.left, p.top),
    )
    rows: list[list[_Place]] = []
    for place in places:
        row = next((row for row in reversed(rows[-3:]) if _same_row(row, place)), None)
        if row is None:
            rows.append([place])
        else:
            row.append(place)
    return [p.index for row in rows for p in sorted(row, key=lambda p: (p.left, p.top, p.bottom))]


def skew(polygons: Sequence[Polygon]) -> float:
    """Return the angle in radians by which the page's lines run downwards to the right; wide lines decide."""
    angles, weights = [], []
    for a, b, _, d in polygons:
        angle = math.atan2(b[1] - a[1], b[0] - a[0])
        if abs(angle) <= STEEPEST and math.dist(a, b) > 2 * math.dist(a, d):
            angles.append(angle)
            weights.append(math.dist(a, b))
    if not angles:
        return 0.0
    order = np.argsort(angles, kind="stable")
    reached = np.cumsum(np.array(weights)[order])
    return float(np.array(angles)[order][int(np.searchsorted(reached, reached[-1] / 2))])


def _level(index: int, polygon: Polygon, lean: float) -> _Place:
    sine, cosine = math.sin(lean), math.cos(lean)
    xs = [x * cosine + y * sine for x, y in polygon]
    ys = sorted(y * cosine - x * sine for x, y in polygon)
    return _Place(index, min(xs), (ys[0] + ys[1]) / 2, (ys[2] + ys[3]) / 2)


def _same_row(row: list[_Place], place: _Place) -> bool:
    """Compare with the row's middle member by height, so that one tall box does not swallow two rows."""
    heights = sorted(row, key=lambda p: (p.bottom - p.top, p.top, p.left))
    other = heights[(len(heights) - 1) // 2]
    shared = min(other.bottom, place.bottom) - max(other.top, place.top)
    lower = max(min(other.bottom - other.top, place.bottom - place.top), 1e-6)
    return shared >= SAME_ROW * lower
