"""Joins the dots of dot-matrix print, which stand apart at 300 dpi and are then no letters to a network.

A needle printer's dots stand in a grid. Lines whose ink falls into many specks of one size, at one distance from each
other, are such print; opening the picture (Serra 1982) by a little more than that distance closes the gaps between
dark dots and leaves strokes as wide as a dot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from docpipe.document import Image, TextRegion, box_of

ASKED = 8
"""Regions that are looked at, the longest ones."""
SPECKS = 8.0
"""Specks to each height of a line's length from which print is dotted: whole letters have two to three pieces."""
SMALL = 0.2
"""Share of a line's height that a speck is large at most."""
MOSTLY = 0.9
"""Share of a line's ink that lies in specks."""
CORE = 0.5
"""How far from the darkest ink to the paper a dot's core reaches; compression smears its edge into the next one's."""
AGREED = 0.5
"""Share of the lines looked at that must be dotted."""
LEAST_HEIGHT = 30
"""Pixels; in lower lines, of 7 points at 300 dpi, the dots of a printer have run together."""


def join_dots(image: Image, regions: Sequence[TextRegion]) -> Image | None:
    """Return a picture with the dots of its print joined; None where its print is not of dots."""
    grey = None
    pitches: list[float] = []
    asked = sorted(regions, key=lambda r: (-math.dist(r.polygon[0], r.polygon[1]), r.polygon))[:ASKED]
    for region in asked:
        x1, y1, x2, y2 = (round(value) for value in box_of(region.polygon))
        if y2 - y1 < LEAST_HEIGHT:
            continue
        if grey is None:
            grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        pitch = _pitch(grey[max(y1, 0) : y2, max(x1, 0) : x2])
        if pitch is not None:
            pitches.append(pitch)
    if grey is None or len(pitches) < max(2.0, AGREED * len(asked)):
        return None
    side = round(float(np.median(pitches))) + 1
    joined = cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    smooth = cv2.GaussianBlur(joined, (0, 0), side / 4)
    return np.ascontiguousarray(cv2.cvtColor(smooth, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


def _pitch(grey: NDArray[np.uint8]) -> float | None:
    """Return the distance between the dots of a line in pixels; None where it is not made of dots."""
    height, width = grey.shape
    if width < height or height < LEAST_HEIGHT:
        return None
    paper, _ = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    darkest = float(np.percentile(grey, 1))
    ink = np.asarray(grey < darkest + CORE * (paper - darkest), dtype=np.uint8)
    count, _, stats, middles = cv2.connectedComponentsWithStats(ink, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = np.maximum(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    small = large <= SMALL * height
    if count < 2 or small.sum() < SPECKS * width / height or areas[small].sum() < MOSTLY * areas.sum():
        return None
    points = np.asarray(middles[1:][small][:400], dtype=np.float64)
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    pitch = float(np.median(apart.min(axis=1)))
    return pitch if pitch <= SMALL * height else None
