"""Tells which way a page must be turned to stand upright, from where its text stands and a few of its lines.

Two questions. Whether lines run across or along the page shows in the boxes found. Whether they stand on their head is
asked of a small network, line by line; it errs on one line in fifty, so several are asked, and more where they differ.
A page is turned over only on a clear answer, as one wrongly turned is lost. One on its side is lost as it lies, so that
the likelier of two turns is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from docpipe.document import Image, Polygon, TextRegion
from docpipe.stages.text_lines.crops import cut_out

Ask = Callable[[Sequence[Image]], Sequence[float]]
"""From pictures of lines to how surely, from 0 to 1, each stands on its head."""

LONG = 2.0
"""A region tells about its direction when it is this many times longer than high."""
SEEN = 4
"""Heights of a line that the network is shown, from its middle: as much as fills its input unsqueezed."""
FIRST, MORE = 8, 16
"""Lines asked at once, and asked further where the first do not agree."""
FEWEST = 3
"""With fewer lines to ask nothing is turned."""
AGREED, TURNED = 0.25, 0.65
"""Mean of the first lines' answers up to which no more are asked; mean of all from which a page is turned over."""
SURE, APART = 0.9, 0.5
"""Below the first a page is turned over only if its lines, each turned over, answer otherwise by the second."""


def upright_turn(image: Image, regions: Sequence[TextRegion], ask: Ask) -> int:
    """Return by how many degrees clockwise (0, 90, 180, 270) a page must be turned for its text to stand upright."""
    across, along = _lengths(regions)
    if along <= across:
        wide = [r for r in regions if _slimness(r.polygon) >= LONG]
        on_head = _on_head(image, wide, ask)
        return 180 if on_head is not None and on_head >= TURNED and _agrees_turned(image, wide, ask, on_head) else 0
    # A tall region is read from top to bottom: upright so, when the page was turned clockwise.
    on_side = [TextRegion(_from_top(r.polygon), r.score) for r in regions if _slimness(_from_top(r.polygon)) >= LONG]
    on_head = _on_head(image, on_side, ask)
    return 0 if on_head is None else 90 if on_head >= 0.5 else 270


def runs_across(regions: Sequence[TextRegion]) -> bool:
    """Tell whether most of the text found runs from side to side of the page, not up and down."""
    across, along = _lengths(regions)
    return across >= along


def _on_head(image: Image, regions: Sequence[TextRegion], ask: Ask) -> float | None:
    """Return how surely lines stand on their head, from 0 to 1, as the mean of their answers; None for too few."""
    best = sorted(regions, key=lambda r: (-min(_slimness(r.polygon), SEEN) * r.score, r.polygon))[: FIRST + MORE]
    if len(best) < FEWEST:
        return None
    answers = list(ask([_cut_middle(image, r.polygon) for r in best[:FIRST]]))
    if float(np.mean(answers)) > AGREED and len(best) > FIRST:
        answers += ask([_cut_middle(image, r.polygon) for r in best[FIRST:]])
    return float(np.mean(answers))


def _agrees_turned(image: Image, regions: Sequence[TextRegion], ask: Ask, on_head: float) -> bool:
    """Tell whether lines stand upright when each is turned over: print that the network cannot read does neither."""
    if on_head >= SURE:
        return True
    turned = [TextRegion((c, d, a, b), r.score) for r in regions for a, b, c, d in (r.polygon,)]
    after = _on_head(image, turned, ask)
    return after is not None and on_head - after >= APART


def _cut_middle(image: Image, polygon: Polygon) -> Image:
    """Return the middle of a line, at most `SEEN` heights long."""
    line = cut_out(image, polygon).image
    height, width = line.shape[:2]
    first = max(0, (width - SEEN * height) // 2)
    return np.ascontiguousarray(line[:, first : first + SEEN * height])


def _lengths(regions: Sequence[TextRegion]) -> tuple[float, float]:
    """Return how long the clearly wide and the clearly tall regions are together, in pixels."""
    across = along = 0.0
    for region in regions:
        slimness = _slimness(region.polygon)
        a, b, _, d = region.polygon
        if slimness >= LONG:
            across += math.dist(a, b)
        elif slimness <= 1 / LONG:
            along += math.dist(a, d)
    return across, along


def _slimness(polygon: Polygon) -> float:
    """Return how many times longer than high a region is."""
    a, b, _, d = polygon
    return math.dist(a, b) / max(math.dist(a, d), 1e-6)


def _from_top(polygon: Polygon) -> Polygon:
    """Return a tall region as a line that is read from top to bottom."""
    a, b, c, d = polygon
    return (b, c, d, a)
