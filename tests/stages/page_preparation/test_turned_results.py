"""A page that lies on its side or its head reads like the upright one, and its result points at the page as it lies."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from docpipe import Pipeline, Result
from docpipe.document import Page, box_of, inverse, move_polygon
from docpipe.result import PageResult
from docpipe.stages.page_preparation.turning import TURNS, level_page
from tests.drawing import draw

pytestmark = pytest.mark.models

UPRIGHT = np.ascontiguousarray(np.asarray(draw())[..., ::-1])


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline.from_config("invoice") as pipeline:
        yield pipeline


@pytest.fixture(scope="module")
def expected(pipeline: Pipeline) -> Result:
    return pipeline.run(UPRIGHT)


def values(result: Result) -> dict[str, str | None]:
    named = ("issue_date", "total_gross", "invoice_number", "amount_paid")
    return {**{name: result.field(name).value for name in named}, "seller": result.field("seller.name").value}


def on_seen_page(page: PageResult) -> list[tuple[str, list[float]]]:
    """The lines with their boxes on the page that the models saw."""
    return [(line.text, list(box_of(move_polygon(line.polygon, page.transform)))) for line in page.lines]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_every_quarter_gives_the_same_reading(pipeline, expected, degrees):
    """Same lines in the same order, same fields; size, boxes and polygons are of the page as it was given."""
    lying = np.ascontiguousarray(cv2.rotate(UPRIGHT, TURNS[degrees]))
    result = pipeline.run(lying)
    (page,), (upright,) = result.pages, expected.pages
    assert values(result) == values(expected)
    assert values(result)["total_gross"] == "18.40"
    assert (page.height, page.width) == lying.shape[:2]
    assert page.rotation == (360 - degrees) % 360
    for (text, box), (same, there) in zip(on_seen_page(page), on_seen_page(upright), strict=True):
        assert text == same
        assert box == pytest.approx(there, abs=0.2)
    for line in page.lines:
        x1, y1, x2, y2 = (round(v) for v in line.bbox)
        assert lying[y1:y2, x1:x2].min() < 100, line.text  # there is ink


def test_a_text_starts_at_its_own_top_left(pipeline):
    """A polygon's first corner is where its text begins, wherever that is on the page."""
    on_head = pipeline.run(np.ascontiguousarray(cv2.rotate(UPRIGHT, cv2.ROTATE_180)))
    for line in on_head.pages[0].lines:
        (x1, y1), _, (x3, y3), _ = line.polygon
        assert x1 > x3
        assert y1 > y3


@pytest.mark.parametrize(("degrees", "lean"), [(0, 6), (90, -4), (180, 5)])
def test_a_turned_page_may_also_lean(pipeline, expected, degrees, lean):
    page = Page(1, UPRIGHT.shape[1], UPRIGHT.shape[0], UPRIGHT)
    skewed = level_page(page, np.deg2rad(-lean)).image
    assert skewed is not None
    result = pipeline.run(np.ascontiguousarray(cv2.rotate(skewed, TURNS[degrees])) if degrees else skewed)
    assert result.pages[0].rotation == (360 - degrees) % 360
    assert values(result) == values(expected)


def test_an_upright_page_is_left_as_it_is(expected):
    (page,) = expected.pages
    assert page.rotation == 0
    assert page.transform == (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    assert inverse(page.transform) == page.transform
