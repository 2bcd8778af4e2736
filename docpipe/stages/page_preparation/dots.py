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
LARGEST_DOT, LEAST_DOTS, SAMPLED = 14, 200, 400
"""Pixels of a dot at most; how many a page of dots has at least; how many are measured."""
MOST_INK = 0.15
"""Share of a page that dots take at most; more is a pattern or a photo."""
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
    return _join(grey, float(np.median(pitches)))


def join_page_of_dots(image: Image) -> Image | None:
    """Return a page on which no text was found with its dots joined; None where its ink is no cloud of like dots."""
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    ink = _ink(grey)
    _, _, stats, middles = cv2.connectedComponentsWithStats(ink, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = np.maximum(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    small = large <= LARGEST_DOT
    if small.sum() < LEAST_DOTS or areas[small].sum() < MOSTLY * areas.sum() or float(ink.mean()) > MOST_INK:
        return None
    pitch = _distance(np.asarray(middles[1:][small], dtype=np.float64))
    return _join(grey, pitch) if 2 <= pitch <= 2 * LARGEST_DOT else None


def _join(grey: NDArray[np.uint8], pitch: float) -> Image:
    side = round(pitch) + 1
    joined = cv2.morphologyEx(grey, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    smooth = cv2.GaussianBlur(joined, (0, 0), side / 4)
    return np.ascontiguousarray(cv2.cvtColor(smooth, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


def _pitch(grey: NDArray[np.uint8]) -> float | None:
    """Return the distance between the dots of a line in pixels; None where it is not made of dots."""
    height, width = grey.shape
    if width < height or height < LEAST_HEIGHT:
        return None
    ink = _ink(grey)
    count, _, stats, middles = cv2.connectedComponentsWithStats(ink, connectivity=4)
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = np.maximum(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    small = large <= SMALL * height
    if count < 2 or small.sum() < SPECKS * width / height or areas[small].sum() < MOSTLY * areas.sum():
        return None
    pitch = _distance(np.asarray(middles[1:][small], dtype=np.float64))
    return pitch if pitch <= SMALL * height else None


def _ink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    paper, _ = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    darkest = float(np.percentile(grey, 1))
    return np.asarray(grey < darkest + CORE * (paper - darkest), dtype=np.uint8)


def _distance(points: NDArray[np.float64]) -> float:
    """Return how far a dot usually is from the next one, in pixels, of the first `SAMPLED` dots."""
    points = points[:SAMPLED]
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    return float(np.median(apart.min(axis=1)))
