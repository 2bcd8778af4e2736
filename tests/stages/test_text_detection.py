"""Text detection finds what is printed, in the page's own pixels, on any shape of page."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.document import Document, Page, box_of
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.page_preparation.lean import lean
from docpipe.stages.page_preparation.turning import level_page
from docpipe.stages.text_detection import TextDetection, TextDetectionSettings, network_size, side_limit
from tests.drawing import RECEIPT, draw

SETTINGS = TextDetectionSettings()


def document(image: np.ndarray) -> Document:
    height, width = image.shape[:2]
    page = Page(1, width, height, np.ascontiguousarray(image))
    return Document("d", "a.png", "0" * 64, "image/png", 1, 1, (page,))


@pytest.fixture(scope="module")
def runtime():
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=1))
    runtime.load(SETTINGS.models()[0])
    yield runtime
    runtime.close()


@given(st.integers(1, 30_000), st.integers(1, 30_000))
def test_the_network_never_sees_more_than_its_bound(width, height):
    """However extreme a page, its input stays within the longest side, and is a multiple of the stride."""
    columns, rows = network_size(width, height, side_limit(width, height, SETTINGS), "max")
    assert max(columns, rows) <= 4000
    assert columns % 32 == rows % 32 == 0
    assert columns * rows <= 960 * 4000


def test_a_till_roll_keeps_its_letters():
    """An ordinary page is limited by its long side; a long roll gets more, in proportion."""
    assert side_limit(800, 1600, SETTINGS) == 1280
    assert side_limit(600, 3000, SETTINGS) == 2133


@pytest.mark.models
def test_every_line_is_found_where_it_is(runtime):
    """One region a line, around its ink; the input is left as it was."""
    given_document = document(np.asarray(draw())[..., ::-1])
    before = copy.deepcopy(given_document)
    found = TextDetection().run(given_document, SETTINGS, runtime)
    page = found.pages[0]
    centres = sorted((box_of(r.polygon)[1] + box_of(r.polygon)[3]) / 2 for r in page.regions)
    for number in range(len(RECEIPT)):
        assert any(abs(centre - (20 + number * 40 + 14)) < 10 for centre in centres)
    assert all(0.5 < region.score <= 1 for region in page.regions)
    assert given_document == before
    assert np.array_equal(given_document.pages[0].image, before.pages[0].image)


@pytest.mark.models
@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (4000, 3), (3, 4000), (40, 40)])
def test_extreme_pages_are_read_as_empty(runtime, shape):
    """A page with no room for text gives no region, and no error."""
    page = TextDetection().run(document(np.full((*shape, 3), 255, np.uint8)), SETTINGS, runtime).pages[0]
    assert page.regions == ()


def test_a_page_without_an_image_has_no_regions():
    """A page whose text layer served is passed through; no model is asked."""
    empty = Document("d", "a.pdf", "0" * 64, "application/pdf", 1, 1, (Page(1, 100, 100),))
    assert TextDetection().run(empty, SETTINGS, PaddleRuntime()).pages[0].regions == ()


@pytest.mark.models
def test_a_leaning_page_is_levelled_with_its_regions(runtime):
    """With `deskew` the stages that follow see level lines on a level page; without it, the page as it was."""
    upright = np.ascontiguousarray(np.asarray(draw())[..., ::-1])
    height, width = upright.shape[:2]
    skewed = level_page(Page(1, width, height, upright), -np.deg2rad(3)).image
    assert skewed is not None
    plain = TextDetection().run(document(skewed), SETTINGS, runtime).pages[0]
    page = TextDetection().run(document(skewed), SETTINGS.model_copy(update={"prepare": ("deskew",)}), runtime).pages[0]
    assert np.rad2deg(lean([region.polygon for region in plain.regions])) == pytest.approx(3, abs=0.3)
    assert np.rad2deg(lean([region.polygon for region in page.regions])) == pytest.approx(0, abs=0.3)
    assert plain.original_size is None
    assert page.original_size == (plain.width, plain.height)
    assert page.rotation == 0
    assert len(page.regions) == len(plain.regions)


@pytest.mark.models
def test_a_level_page_stays_untouched(runtime):
    given_document = document(np.asarray(draw())[..., ::-1])
    page = TextDetection().run(given_document, SETTINGS.model_copy(update={"prepare": ("deskew",)}), runtime).pages[0]
    assert page.image is given_document.pages[0].image
    assert page.original_size is None
