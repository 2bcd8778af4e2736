"""Text with its place on the page, as labels and results both have it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A run of text. Points are shares of the page's width and height, so that no resolution enters a score."""

    text: str
    page: int
    """From 0."""
    polygon: tuple[Point, ...] | None
    """None where a label says what stands on the page, and not where."""


def as_shares(polygon: Sequence[Sequence[float]], width: float, height: float) -> tuple[Point, ...]:
    """Return a polygon's points as shares of the page.

    Raises:
        ValueError, TypeError, ZeroDivisionError: it is no polygon of finite points on a page.
    """
    points = tuple((x / width, y / height) for x, y in polygon)
    if len(points) < 3 or not all(math.isfinite(value) for point in points for value in point):
        raise ValueError(f"no polygon: {polygon}")
    return points


def around(box: Sequence[float]) -> tuple[Point, ...]:
    """Return the corners of `[x1, y1, x2, y2]`, clockwise from the top left."""
    left, top, right, bottom = box
    return ((left, top), (right, top), (right, bottom), (left, bottom))
