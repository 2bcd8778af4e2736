"""How far a page leans is told by its lines, or by its rows where lines are short."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.document import Polygon, polygon_of
from docpipe.stages.page_preparation.lean import lean
from tests.stages.page_preparation.leaning import leaning

PARAGRAPHS = [polygon_of((100, 100 + 30 * n, 500 + 37 * (n % 5), 120 + 30 * n)) for n in range(20)]
NUMBERS = [
    polygon_of((100 + 90 * column, 100 + 31 * row, 126 + 90 * column, 120 + 31 * row))
    for row in range(9) for column in range(6)
]  # fmt: skip
"""A table of short numbers: every box is about as long as high."""


@pytest.mark.parametrize("degrees", [-8.0, -2.0, 0.0, 0.7, 3.0, 8.0])
def test_long_lines_tell_within_a_tenth_of_a_degree(degrees):
    assert math.degrees(lean(leaning(PARAGRAPHS, degrees))) == pytest.approx(degrees, abs=0.1)


@pytest.mark.parametrize("degrees", [-2.0, -1.0, 0.0, 0.7, 2.0])
def test_rows_tell_where_boxes_are_short(degrees):
    """Whole pixels of boxes 20 high say nothing; the rows they stand in do."""
    assert math.degrees(lean(leaning(NUMBERS, degrees))) == pytest.approx(degrees, abs=0.3)


def test_a_few_boxes_tell_nothing():
    assert lean([]) == 0.0
    assert lean(leaning(PARAGRAPHS[:3], 5)) == 0.0


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(1, 400), st.integers(1, 60)), max_size=12)
)
def test_any_boxes_give_an_angle_of_a_page(boxes):
    """Wherever boxes stand, the answer is an angle that a scan may have, and does not depend on their order."""
    polygons: list[Polygon] = [polygon_of((x, y, x + w, y + h)) for x, y, w, h in boxes]
    found = lean(polygons)
    assert abs(found) <= math.radians(18)
    assert lean(polygons[::-1]) == pytest.approx(found, abs=1e-9)
