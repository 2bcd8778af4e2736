"""Text recognition reads regions, whatever their number or shape, and leaves its input alone."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from docpipe.document import Document, Page, TextRegion, polygon_of
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.text_detection import TextDetection, TextDetectionSettings
from docpipe.stages.text_recognition import TextRecognition, TextRecognitionSettings
from tests.drawing import RECEIPT, draw

SETTINGS = TextRecognitionSettings()


def page_of(image: np.ndarray, *boxes: tuple[float, float, float, float]) -> Document:
    height, width = image.shape[:2]
    regions = tuple(TextRegion(polygon_of(box), 0.9) for box in boxes)
    page = Page(1, width, height, np.ascontiguousarray(image), regions=regions)
    return Document("d", "a.png", "0" * 64, "image/png", 1, 1, (page,))


@pytest.fixture(scope="module")
def runtime():
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=1))
    for settings in (SETTINGS, TextDetectionSettings()):
        runtime.load(settings.models()[0])
    yield runtime
    runtime.close()


def bare(text: str) -> str:
    return "".join(text.split()).upper()


@pytest.mark.models
def test_a_receipt_is_read_in_order(runtime):
    """Detection and recognition give the printed text, line by line, with ids that count."""
    found = TextDetection().run(page_of(np.asarray(draw())[..., ::-1]), TextDetectionSettings(), runtime)
    before = copy.deepcopy(found)
    read = TextRecognition().run(found, SETTINGS, runtime)
    assert bare("".join(line.text for line in read.lines)) == bare("".join(RECEIPT))
    assert [line.id for line in read.lines] == [f"1-{n}" for n in range(1, len(read.lines) + 1)]
    assert "DATE: 14/03/2018" in [line.text for line in read.lines]
    assert all(0.5 <= line.confidence <= 1 for line in read.lines)
    assert found == before


@pytest.mark.models
def test_every_batch_size_reads_the_same_lines(runtime):
    """Lines come back to their own regions, however they were sorted and batched."""
    image = np.asarray(draw())[..., ::-1]
    boxes = [(20, 16 + 40 * n, 545, 52 + 40 * n) for n in range(len(RECEIPT))]
    expected = [bare(line) for line in RECEIPT]
    for size in (1, 4, 16):
        settings = TextRecognitionSettings(batch_size=size, split_columns=False)
        read = TextRecognition().run(page_of(image, *boxes), settings, runtime)
        assert [bare(line.text) for line in read.lines] == expected


@pytest.mark.models
def test_regions_without_text_give_no_line(runtime):
    """Blank, tiny and outlying regions are left out, not reported as empty text."""
    boxes = [(0, 0, 1, 1), (5, 5, 5, 5), (10, 10, 390, 20), (30, 30, 31, 300), (395, 395, 460, 470)]
    page = TextRecognition().run(page_of(np.full((400, 400, 3), 255, np.uint8), *boxes), SETTINGS, runtime).pages[0]
    assert page.lines == ()


def test_a_page_without_regions_asks_no_model():
    """Nothing found, nothing read."""
    read = TextRecognition().run(page_of(np.zeros((9, 9, 3), np.uint8)), SETTINGS, PaddleRuntime())
    assert read.lines == ()
