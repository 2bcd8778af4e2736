"""What is cut out of a page is what stands in the region."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.document import polygon_of
from docpipe.stages.text_lines.crops import cut_out, readings_of

PAGE = np.random.default_rng(0).integers(0, 256, (90, 160, 3), dtype=np.uint8)
point = st.tuples(st.floats(-20, 180), st.floats(-20, 110))


def test_a_straight_region_is_copied_pixel_for_pixel():
    """Nothing is resampled where nothing leans."""
    crop = cut_out(PAGE, polygon_of((10, 20, 70, 40)))
    assert np.array_equal(crop.image, PAGE[20:40, 10:70])
    assert not np.shares_memory(crop.image, PAGE)


@given(st.tuples(point, point, point, point))
def test_any_four_points_give_a_picture(polygon):
    """Points outside the page, on top of each other or crossed never fail, nor give an empty picture."""
    for crop in readings_of(PAGE, polygon):
        assert crop.image.dtype == np.uint8
        assert min(crop.image.shape) >= 1


@pytest.mark.parametrize(("height", "readings"), [(20, 1), (50, 2), (80, 1)])
def test_tall_regions_are_turned(height, readings):
    """A tall region may be a single character or text that runs downwards; a very tall one is text."""
    crops = readings_of(PAGE, polygon_of((10, 5, 30, 5 + height)))
    assert len(crops) == readings
    if height >= 50:
        turned = crops[-1]
        assert turned.image.shape[:2] == (20, height)
        assert turned.polygon[0] == (30, 5)  # the text's own top left is the region's top right


def test_a_part_of_a_crop_is_a_part_of_its_region():
    """Half of a leaning crop is half of its polygon."""
    angle = math.radians(20)
    right, down = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    at = [(40 + 60 * u * right[0] + 16 * v * down[0], 20 + 60 * u * right[1] + 16 * v * down[1])
          for u, v in ((0, 0), (1, 0), (1, 1), (0, 1))]  # fmt: skip
    crop = cut_out(PAGE, (at[0], at[1], at[2], at[3]))
    assert crop.image.shape[:2] == (16, 60)
    half = crop.slice(0, 30)
    assert half[1] == pytest.approx(((at[0][0] + at[1][0]) / 2, (at[0][1] + at[1][1]) / 2))
    assert half[0] == at[0]
