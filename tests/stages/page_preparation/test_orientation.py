"""Pages are turned upright, and only when their lines agree about it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from docpipe.document import Document, Page, TextRegion, polygon_of
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.settings import RuntimeSettings
from docpipe.stages.page_preparation.orientation import FIRST, MORE, runs_across, upright_turn
from docpipe.stages.page_preparation.turning import TURNS
from docpipe.stages.text_detection import TextDetection, TextDetectionSettings
from tests.drawing import draw

SETTINGS = TextDetectionSettings(prepare=("orientation",))
BLANK = np.full((1000, 1000, 3), 255, np.uint8)


@pytest.fixture(scope="module")
def runtime():
    runtime = PaddleRuntime(RuntimeSettings(cpu_threads=1))
    for ref in SETTINGS.models():
        runtime.load(ref)
    yield runtime
    runtime.close()


def document(image: np.ndarray) -> Document:
    height, width = image.shape[:2]
    page = Page(1, width, height, np.ascontiguousarray(image))
    return Document("d", "a.png", "0" * 64, "image/png", 1, 1, (page,))


def lines(number: int, *, wide: bool = True) -> list[TextRegion]:
    """So many lines of 200 x 20 below one another, or beside one another where they are tall."""
    boxes = [(50, 50 + 30 * n, 250, 70 + 30 * n) for n in range(number)]
    return [TextRegion(polygon_of(box if wide else (box[1], box[0], box[3], box[2])), 0.9) for box in boxes]


class Asked:
    """Answers as told, and remembers how many lines it was shown."""

    def __init__(self, *answers: float) -> None:
        self.answers, self.shown = list(answers), 0

    def __call__(self, pictures):
        found = [self.answers[(self.shown + n) % len(self.answers)] for n in range(len(pictures))]
        self.shown += len(pictures)
        return found


@pytest.mark.parametrize(
    ("wide", "answer", "degrees"),
    [(True, 0.02, 0), (True, 0.97, 180), (False, 0.02, 270), (False, 0.97, 90)],
)
def test_a_clear_answer_decides(wide, answer, degrees):
    """Wide lines stand or stand on their head; tall ones were turned one way or the other. Few lines are asked."""
    ask = Asked(answer)
    assert upright_turn(BLANK, lines(20, wide=wide), ask) == degrees
    assert ask.shown == FIRST if answer < 0.5 else FIRST + MORE


def test_lines_that_differ_turn_nothing_over():
    """Where lines contradict one another, more are asked, and without a clear majority the page stays."""
    ask = Asked(0.9, 0.9, 0.1)
    assert upright_turn(BLANK, lines(30), ask) == 0
    assert ask.shown == FIRST + MORE


def test_a_page_on_its_side_is_turned_by_the_larger_half():
    """As it lies it cannot be read, so that a weak majority is better than none."""
    assert upright_turn(BLANK, lines(30, wide=False), Asked(0.9, 0.9, 0.1)) == 90
    assert upright_turn(BLANK, lines(30, wide=False), Asked(0.1, 0.1, 0.9)) == 270


def test_two_lines_turn_nothing():
    """A page with hardly any text is left as it is; nothing is asked."""
    ask = Asked(0.99)
    assert upright_turn(BLANK, lines(2), ask) == 0
    assert upright_turn(BLANK, lines(2, wide=False), ask) == 0
    assert upright_turn(BLANK, [], ask) == 0
    assert ask.shown == 0


def test_the_network_sees_four_heights_of_a_line():
    seen = []

    def ask(pictures):
        seen.extend(picture.shape[:2] for picture in pictures)
        return [0.0] * len(pictures)

    upright_turn(BLANK, lines(5), ask)
    assert seen == [(20, 80)] * 5


def test_what_runs_across():
    assert runs_across(lines(3))
    assert not runs_across(lines(3, wide=False))
    assert runs_across([])


@pytest.mark.models
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_page_is_found_as_the_upright_one(runtime, degrees):
    """Whichever way a page lies, the stages that follow get the upright one: the same pixels, the same regions."""
    upright = np.ascontiguousarray(np.asarray(draw())[..., ::-1])
    lying = upright if degrees == 0 else cv2.rotate(upright, TURNS[(360 - degrees) % 360])
    page = TextDetection().run(document(lying), SETTINGS, runtime).pages[0]
    plain = TextDetection().run(document(upright), TextDetectionSettings(), runtime).pages[0]
    assert page.rotation == degrees
    assert np.array_equal(page.image, upright)
    assert page.regions == plain.regions
    assert page.original_size == (None if degrees == 0 else lying.shape[1::-1])


@pytest.mark.models
def test_an_empty_page_is_left_alone(runtime):
    page = TextDetection().run(document(BLANK), SETTINGS, runtime).pages[0]
    assert (page.rotation, page.regions, page.original_size) == (0, (), None)
