"""A line's box comes to stand at a steady distance from its ink, and never moves far."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.document import box_of, polygon_of
from docpipe.stages.text_lines.ink_boxes import INWARDS, LEAST, MOST, OUTWARDS, fit_to_ink, ink_extent

INK = (60.0, 40.0, 180.0, 60.0)
"""Letters 20 pixels high: upright bars, five pixels of ink and five of paper."""
point = st.tuples(st.floats(-20, 260), st.floats(-20, 120))


def printed(ground: int = 240, ink: int = 20) -> np.ndarray:
    page = np.full((100, 240, 3), ground, np.uint8)
    for x in range(60, 180, 10):
        page[40:60, x : x + 6] = ink
    page[40:60, 174:180] = ink
    return page


def test_ink_is_found_from_a_box_that_cuts_it():
    """Letters are followed to their ends, within reach of the box."""
    assert ink_extent(printed(), (64, 42, 176, 62)) == INK


@pytest.mark.parametrize(
    "box", [(50, 30, 190, 70), (58, 38, 182, 62), (50, 38, 190, 70)], ids=["too-large", "too-tight", "both"]
)
def test_boxes_are_drawn_to_the_ink(box):
    """Whatever the box was, it keeps so much white on every side."""
    x1, y1, x2, y2 = box_of(fit_to_ink(printed(), polygon_of(box)))
    white = (INK[0] - x1, INK[1] - y1, x2 - INK[2], y2 - INK[3])
    assert all(LEAST * 20 - 1e-6 <= w <= MOST * 20 + 1e-6 for w in white)


@pytest.mark.parametrize(
    ("page", "box"),
    [
        pytest.param(np.full((100, 240, 3), 200, np.uint8), (50, 30, 190, 70), id="blank"),
        pytest.param(printed(ground=20, ink=240)[38:62, 58:182], (0, 0, 124, 24), id="light-on-dark"),
        pytest.param(printed(), (50, 10, 190, 95), id="scrap-of-ink"),
        pytest.param(printed(), (70, 40, 72, 41), id="tiny"),
    ],
)
def test_unclear_boxes_stay(page, box):
    """Where ink cannot be told, or is not the text's, nothing moves."""
    assert fit_to_ink(page, polygon_of(box)) == polygon_of(box)


def test_leaning_boxes_stay():
    """Rows of pixels say nothing about a line that leans."""
    polygon = ((50.0, 30.0), (190.0, 45.0), (190.0, 75.0), (50.0, 60.0))
    assert fit_to_ink(printed(), polygon) == polygon


@given(st.tuples(point, point, point, point))
def test_edges_move_by_a_bounded_amount(polygon):
    """Any four points on a page of noise: nothing raised, and no corner moves further than allowed."""
    page = np.random.default_rng(1).integers(0, 256, (100, 240, 3), dtype=np.uint8)
    _, y1, _, y2 = box_of(polygon)
    inside = [(min(max(x, 0.0), 240.0), min(max(y, 0.0), 100.0)) for x, y in polygon]
    furthest = max(INWARDS, OUTWARDS) * (y2 - y1) + 1e-6
    moved = fit_to_ink(page, polygon)
    if moved != polygon:
        for (a, b), (c, d) in zip(inside, moved, strict=True):
            assert max(abs(a - c), abs(b - d)) <= furthest
