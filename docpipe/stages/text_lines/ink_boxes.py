"""Draws a line's box at a steady distance from its ink.

A detector's box is its network's blob, grown by the blob's area over its outline (Liao et al. 2020, "Real-time scene
text detection with differentiable binarization"): three times too large around a lone `1`, and too tight around a wide
title. The ink is on the page. Only the distance is corrected, and by a bounded amount, so that ink taken for text (a
rule, a stamp) or text taken for paper cannot lose a line.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from docpipe.document import Box, Image, Polygon, box_of
from docpipe.stages.text_lines.grey_levels import count_columns, count_rows, darker, percentiles

LEAST, MOST = 0.25, 0.35
"""White kept beyond the ink on every side, as a share of the ink's height. People draw 0.08 to 0.15, give or take 0.08;
a box that is a little too large still covers what they drew, one that is a little too small does not."""
INWARDS, OUTWARDS = 0.3, 0.2
"""How far an edge may move, as a share of the box's height. `OUTWARDS` is also less than the usual space of lines."""
REACH = 0.3
"""Ink is followed this far beyond the box, as a share of its height."""
CORE = 0.3, 0.7
"""Where a line's ink is looked for first, as shares of the box's height."""
ROW_GAP, COLUMN_GAP = 0.06, 0.12
"""White that ink is followed across, as a share of the box's height: the dot of an i; the next letter."""
ROW_INK, COLUMN_INK = 0.01, 0.06
"""A row or a column holds ink when this share of it does."""
DARK = 0.55
"""Pixels count as ink below this share of the way from the darkest to the paper."""
FAINTEST = 20
"""Grey levels between ink and paper below which nothing can be measured."""
LEAST_INK_HEIGHT = 0.35
"""Ink lower than this share of its box is a dash or a scrap: the box stays."""
MOST_INK = 0.6
"""Boxes with more of their pixels dark hold light text on a dark ground, or no text: they stay."""
STRAIGHT = 0.15
"""Boxes that lean by more than this share of their height stay, as their ink's rows run into one another."""


def fit_to_ink(page: Image, polygon: Polygon) -> Polygon:
    """Return a line's polygon with its edges moved to stand between `LEAST` and `MOST` off the ink.

    Lines that lean, or whose ink is not clear, come back as they are. `page` is height x width x 3, BGR.
    """
    box = box_of(polygon)
    height = box[3] - box[1]
    if not _straight(polygon):
        return polygon
    ink = ink_extent(page, box)
    if ink is None or ink[3] - ink[1] < LEAST_INK_HEIGHT * height:
        return polygon
    unit = ink[3] - ink[1]
    white = (ink[0] - box[0], ink[1] - box[1], box[2] - ink[2], box[3] - ink[3])
    left, top, right, bottom = (
        min(max(min(max(w, LEAST * unit), MOST * unit) - w, -INWARDS * height), OUTWARDS * height) for w in white
    )
    (a, b), (c, d), (e, f), (g, h) = polygon
    limits = (page.shape[1], page.shape[0])
    moved = ((a - left, b - top), (c + right, d - top), (e + right, f + bottom), (g - left, h + bottom))
    one, two, three, four = (_inside(point, limits) for point in moved)
    return (one, two, three, four)


def ink_extent(page: Image, box: Box) -> Box | None:
    """Return where a line's ink begins and ends, in pixels of the page; None where it is not clear.

    Starts from the ink in the middle of the box's height and follows it outwards, within `REACH` of the box.
    """
    left, top, right, bottom = _pixels(box, page, 0.0)
    x, y, x2, y2 = _pixels(box, page, REACH * (box[3] - box[1]))
    if min(right - left, bottom - top) < 4:
        return None
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(page[y:y2, x:x2]), cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    core = grey[top - y : bottom - y, left - x : right - x]
    dark, paper = percentiles(np.ascontiguousarray(core), (2, 80))
    if paper - dark < FAINTEST:
        return None
    inked = darker(grey, dark + DARK * (paper - dark))
    if cv2.countNonZero(inked[top - y : bottom - y, left - x : right - x]) > MOST_INK * core.size:
        return None
    height = box[3] - box[1]
    width = right - left
    rows = count_rows(inked[:, left - x : right - x]) >= max(1.0, ROW_INK * width)
    middle = int(box[1] + CORE[0] * height) - y, int(box[1] + CORE[1] * height) - y
    across = _follow_run(rows, middle, max(1, round(ROW_GAP * height)))
    if across is None:
        return None
    columns = count_columns(inked[across[0] : across[1]]) >= max(1.0, COLUMN_INK * (across[1] - across[0]))
    along = _follow_run(columns, (left - x, right - x - 1), max(1, round(COLUMN_GAP * height)))
    if along is None:
        return None
    return (float(x + along[0]), float(y + across[0]), float(x + along[1]), float(y + across[1]))


def _follow_run(on: NDArray[np.bool_], within: tuple[int, int], gap: int) -> tuple[int, int] | None:
    """Return where a run begins and ends (exclusive): what is on `within`, followed outwards across gaps."""
    first, last = max(0, within[0]), within[1]
    found = np.flatnonzero(on[first : last + 1])
    if not len(found):
        return None
    start, end = first + int(found[0]), first + int(found[-1]) + 1
    while start > 0 and (before := np.flatnonzero(on[max(0, start - gap) : start])).size:
        start = max(0, start - gap) + int(before[0])
    while end < len(on) and (after := np.flatnonzero(on[end : end + gap])).size:
        end += int(after[-1]) + 1
    return start, end


def _pixels(box: Box, page: Image, beyond: float) -> tuple[int, int, int, int]:
    """Return a box, grown by so many pixels, as indices into the page."""
    return (
        max(0, math.floor(box[0] - beyond)),
        max(0, math.floor(box[1] - beyond)),
        min(page.shape[1], math.ceil(box[2] + beyond)),
        min(page.shape[0], math.ceil(box[3] + beyond)),
    )


def _straight(polygon: Polygon) -> bool:
    """Tell whether a region stands upright, its first side on top."""
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = polygon
    if x2 <= x1 or y4 <= y1:
        return False
    lean = max(abs(y2 - y1), abs(y3 - y4), abs(x4 - x1), abs(x3 - x2))
    return lean <= max(1.5, STRAIGHT * min(x2 - x1, y4 - y1))


def _inside(point: tuple[float, float], limits: tuple[int, int]) -> tuple[float, float]:
    return (min(max(point[0], 0.0), float(limits[0])), min(max(point[1], 0.0), float(limits[1])))
