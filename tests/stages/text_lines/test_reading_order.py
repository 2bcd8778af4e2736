"""Lines come out in the order in which a reader takes them in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.document import Polygon, polygon_of
from docpipe.stages.text_lines.reading_order import reading_order, skew

ROWS, COLUMNS = 6, 3
GRID = [
    polygon_of((40 + 200 * c, 30 + 40 * r, 180 + 200 * c, 54 + 40 * r)) for r in range(ROWS) for c in range(COLUMNS)
]


def turned(polygon: Polygon, degrees: float) -> Polygon:
    """Turn about the origin, clockwise as seen on the page."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    a, b, c, d = ((x * cosine - y * sine, x * sine + y * cosine) for x, y in polygon)
    return (a, b, c, d)


@given(st.permutations(range(len(GRID))), st.floats(-6, 6))
def test_rows_survive_any_input_order_and_a_leaning_page(order, degrees):
    """Whatever order the detector gives and however the page leans, rows come first, then columns."""
    shuffled = [turned(GRID[i], degrees) for i in order]
    assert [order[i] for i in reading_order(shuffled)] == list(range(len(GRID)))


@given(st.lists(st.tuples(*[st.floats(0, 500)] * 2, *[st.floats(0, 90)] * 2), max_size=25))
def test_every_line_appears_once(boxes):
    """Nothing is lost or doubled, boxes without an area included."""
    polygons = [polygon_of((x, y, x + w, y + h)) for x, y, w, h in boxes]
    assert sorted(reading_order(polygons)) == list(range(len(polygons)))


def test_a_tall_box_does_not_join_two_rows():
    """A logo beside two lines leaves them in their order."""
    logo, first, second = (0, 0, 60, 60), (70, 2, 300, 26), (70, 34, 300, 58)
    assert reading_order([polygon_of(b) for b in (second, logo, first)])[-1] == 0


@pytest.mark.parametrize("degrees", [-10, -1.5, 0, 3, 10])
def test_skew_is_that_of_the_wide_lines(degrees):
    """Short boxes, whose corners say little, are not asked."""
    lines = [turned(polygon_of((0, 30 * i, 400, 30 * i + 20)), degrees) for i in range(5)]
    noise = [turned(polygon_of((0, 30 * i, 20, 30 * i + 20)), 14) for i in range(9)]
    assert skew(lines + noise) == pytest.approx(math.radians(degrees), abs=1e-9)
