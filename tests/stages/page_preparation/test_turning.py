"""A turned page knows where everything on it stood before."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.document import IDENTITY, Page, TextRegion, followed_by, inverse, move_polygon, polygon_of
from docpipe.stages.page_preparation.turning import level_page, turn_page

WIDTH, HEIGHT = 90, 60


def page_with_spot(x: int, y: int, size: int = 1) -> Page:
    """A white page with one black square, whose top left corner stands at (x, y)."""
    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    image[y : y + size, x : x + size] = 0
    return Page(1, WIDTH, HEIGHT, image, regions=(TextRegion(polygon_of((x, y, x + size, y + size)), 0.9),))


def spot(page: Page) -> tuple[float, float]:
    """The middle of what is dark, weighed by how dark, in pixels of the page."""
    assert page.image is not None
    ink = 255.0 - page.image[..., 0]
    rows, columns = np.indices(ink.shape)
    return float((ink * (columns + 0.5)).sum() / ink.sum()), float((ink * (rows + 0.5)).sum() / ink.sum())


def middle(polygon) -> tuple[float, float]:
    return sum(x for x, _ in polygon) / 4, sum(y for _, y in polygon) / 4


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@given(x=st.integers(0, WIDTH - 1), y=st.integers(0, HEIGHT - 1))
def test_a_spot_stands_where_the_transform_says(degrees, x, y):
    """Turned by quarters, every pixel goes exactly where the page's transform puts it."""
    page = turn_page(page_with_spot(x, y), degrees)
    assert spot(page) == pytest.approx(middle(move_polygon(polygon_of((x, y, x + 1, y + 1)), page.transform)))
    assert page.rotation == degrees
    assert page.image is not None
    assert page.image.shape == (page.height, page.width, 3)
    assert (page.width, page.height) == ((HEIGHT, WIDTH) if degrees in (90, 270) else (WIDTH, HEIGHT))


def test_turns_add_up():
    """Four quarters are none; the original size is remembered through all of them."""
    page = page_with_spot(10, 20)
    once = turn_page(page, 90)
    round_about = turn_page(turn_page(turn_page(once, 90), 90), 90)
    assert once.original_size == round_about.original_size == (WIDTH, HEIGHT)
    assert round_about.rotation == 0
    assert round_about.transform == IDENTITY
    assert np.array_equal(round_about.image, page.image)


def test_a_page_that_is_not_turned_is_the_same_page():
    page = page_with_spot(1, 1)
    assert turn_page(page, 0) is page
    assert page.original_size is None


@pytest.mark.parametrize("degrees", [-10.0, -1.0, 2.5, 10.0])
def test_levelling_moves_pixels_and_regions_alike(degrees):
    """After levelling a region still holds its ink, the corners are still there, and the original is untouched."""
    page = page_with_spot(70, 12, size=8)
    before = page.image.copy() if page.image is not None else None
    level = level_page(page, math.radians(degrees))
    assert level.width > WIDTH
    assert level.height > HEIGHT
    assert middle(level.regions[0].polygon) == pytest.approx(spot(level), abs=0.1)
    corners = move_polygon(polygon_of((0, 0, WIDTH, HEIGHT)), level.transform)
    assert all(-1e-6 <= x <= level.width and -1e-6 <= y <= level.height for x, y in corners)
    assert np.array_equal(page.image, before)
    assert level.rotation == 0


def test_a_line_that_leans_is_level_afterwards():
    lean = math.radians(5)
    along = (math.cos(lean), math.sin(lean))
    a, d = (10.0, 20.0), (10.0 - 6 * along[1], 20.0 + 6 * along[0])
    line = (a, (a[0] + 60 * along[0], a[1] + 60 * along[1]), (d[0] + 60 * along[0], d[1] + 60 * along[1]), d)
    page = Page(1, WIDTH, HEIGHT, np.full((HEIGHT, WIDTH, 3), 255, np.uint8), regions=(TextRegion(line, 1.0),))
    (one, two, three, four) = level_page(page, lean).regions[0].polygon
    assert one[1] == pytest.approx(two[1])
    assert three[1] == pytest.approx(four[1])
    assert one[0] == pytest.approx(four[0])


@given(
    st.sampled_from([0, 90, 180, 270]), st.floats(-0.3, 0.3), st.floats(0, WIDTH), st.floats(0, HEIGHT),
)  # fmt: skip
def test_the_way_back_is_the_way_there(degrees, lean, x, y):
    """A place mapped to the turned and levelled page and back is the same place."""
    page = level_page(turn_page(page_with_spot(3, 3), degrees), lean)
    there = move_polygon(polygon_of((x, y, x + 1, y + 1)), page.transform)
    back = move_polygon(there, inverse(page.transform))
    assert [c for p in back for c in p] == pytest.approx([c for p in polygon_of((x, y, x + 1, y + 1)) for c in p])


def test_maps_follow_one_another_in_order():
    shift, quarter = (1.0, 0.0, 0.0, 1.0, 5.0, 0.0), (0.0, 1.0, -1.0, 0.0, 0.0, 0.0)
    assert move_polygon(((1.0, 0.0),) * 4, followed_by(shift, quarter))[0] == (0.0, 6.0)
