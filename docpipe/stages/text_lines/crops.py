"""Cuts regions of text out of a page, upright and as wide as they are there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from docpipe.document import Image, Point, Polygon

TALL = 1.5
"""From this ratio of height to width on, a region may hold text that runs from top to bottom (as in PaddleX)."""
SURELY_TALL = 3.0
"""From this ratio on it does. Between the two it may as well be a single `1`, so both readings are tried."""
STRAIGHT = 0.06
"""A region that leans by less than this share of its height is cut out without turning."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A region as the recogniser sees it: height x width x 3, BGR; text runs along its width.

    `polygon` is the region's, starting at the text's own top left.
    """

    image: Image
    polygon: Polygon

    @property
    def aspect(self) -> float:
        height, width = self.image.shape[:2]
        return float(width / height)

    def slice(self, start: float, end: float) -> Polygon:
        """Return the part of the polygon between two places along the text, as pixels of the crop's width."""
        a, b, c, d = self.polygon
        width = self.image.shape[1]
        return (_between(a, b, start / width), _between(a, b, end / width),
                _between(d, c, end / width), _between(d, c, start / width))  # fmt: skip


def readings_of(page: Image, polygon: Polygon) -> list[Crop]:
    """Return the crops that a region may be read from: one, or two where its shape leaves the direction open."""
    width, height = _sides(polygon)
    if height < TALL * width:
        return [cut_out(page, polygon)]
    a, b, c, d = polygon
    turned = cut_out(page, (b, c, d, a))
    return [turned] if height >= SURELY_TALL * width else [cut_out(page, polygon), turned]


def cut_out(page: Image, polygon: Polygon) -> Crop:
    """Return what stands within a polygon, whose first side is the text's upper edge. Never empty; a copy.

    Outside the page its edge is repeated.
    """
    cut = _upright(page, polygon)
    if cut is None:
        w, h = (max(1, round(side)) for side in _sides(polygon))
        corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], dtype=np.float32)
        matrix = cv2.getPerspectiveTransform(np.array(polygon, dtype=np.float32), corners)
        turned = cv2.warpPerspective(page, matrix, (w, h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        cut = np.asarray(turned, dtype=np.uint8)
    return Crop(np.ascontiguousarray(cut), polygon)


def squeeze(image: Image, share: float) -> Image:
    """Return an image with a share of its width."""
    if share >= 1:
        return image
    height, width = image.shape[:2]
    narrow = cv2.resize(image, (max(1, round(width * share)), height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(narrow, dtype=np.uint8)


def _upright(page: Image, polygon: Polygon) -> Image | None:
    """Return the pixels of a region that stands straight and is read from left to right; None for any other."""
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = polygon
    lean = max(abs(y2 - y1), abs(y3 - y4), abs(x4 - x1), abs(x3 - x2))
    if lean > max(1.0, STRAIGHT * min(_sides(polygon))):
        return None
    left, top = max(0, math.floor(min(x1, x4))), max(0, math.floor(min(y1, y2)))
    right, bottom = math.ceil(max(x2, x3)), math.ceil(max(y3, y4))
    cut = page[top:bottom, left:right]
    return cut.copy() if cut.size else None


def _sides(polygon: Polygon) -> tuple[float, float]:
    """Return the longer of both widths and of both heights, in pixels."""
    a, b, c, d = polygon
    return max(math.dist(a, b), math.dist(d, c)), max(math.dist(a, d), math.dist(b, c))


def _between(a: Point, b: Point, share: float) -> Point:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
