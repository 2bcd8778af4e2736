"""By which angle a page's lines lean.

Where there are long lines, their own edges tell within a tenth of a degree. A table of short numbers has none, and a
box of a few pixels' height tells nothing; there the rows tell. Text falls into the fewest, fullest rows when seen along
them (Postl 1986, "Detection of linear oblique structures and skew scan in digitized documents"), and here the boxes
found stand for the ink.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Polygon
from docpipe.stages.text_lines.reading_order import skew

LONG, ENOUGH = 6.0, 5
"""So many lines, each so many times longer than high, are trusted alone."""
FEWEST = 4
"""Fewer boxes form no rows."""
AROUND, STEP = math.radians(2.5), math.radians(0.05)
"""How far from the boxes' own angle the rows are sought, and in which steps."""
ROW = 0.1
"""Height of the strips into which the page is cut to see how full its rows are, as a share of the text's height."""
MOST_POINTS = 40
"""Of one line."""


def lean(polygons: Sequence[Polygon]) -> float:
    """Return the angle in radians by which a page's lines run downwards to the right; 0.0 where little tells."""
    if len(polygons) < FEWEST:
        return 0.0
    long = [p for p in polygons if math.dist(p[0], p[1]) >= LONG * math.dist(p[0], p[3])]
    if len(long) >= ENOUGH:
        return skew(long)
    first = skew(polygons)
    points, height = _along(polygons)
    steps = round(AROUND / STEP)
    angles = sorted((first + n * STEP for n in range(-steps, steps + 1)), key=lambda angle: abs(angle - first))
    return max(angles, key=lambda angle: _fullness(points, angle, ROW * height))


def _along(polygons: Sequence[Polygon]) -> tuple[NDArray[np.float64], float]:
    """Return points along the middle of each line, one for each of its heights, and the usual height."""
    corners = np.array(polygons, dtype=np.float64)
    height = max(float(np.median(np.hypot(*(corners[:, 3] - corners[:, 0]).T))), 1.0)
    points = []
    for a, b, c, d in corners:
        start, end = (a + d) / 2, (b + c) / 2
        count = min(max(1, round(math.dist(start, end) / height)), MOST_POINTS)
        shares = (np.arange(count) + 0.5) / count
        points.append(start + (end - start) * shares[:, None])
    every = np.concatenate(points)
    return every - every.mean(axis=0), height


def _fullness(points: NDArray[np.float64], angle: float, strip: float) -> float:
    """Return how unevenly points fall into strips along an angle: the sum of squares of their counts."""
    at = (points[:, 1] * math.cos(angle) - points[:, 0] * math.sin(angle)) / strip
    at -= at.min()
    below = at.astype(np.int64)
    counts = np.bincount(below, weights=1 - (at - below), minlength=int(below.max()) + 2)
    counts[1:] += np.bincount(below, weights=at - below, minlength=int(below.max()) + 2)[:-1]
    return float(round((counts * counts).sum(), 6))
