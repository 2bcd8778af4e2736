"""The median of a page looked at in parts is that of the page looked at as a whole."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from docpipe.inputs import median
from docpipe.inputs.median import blur_by_median


def page(seed: int) -> NDArray[np.uint8]:
    """Return paper with boxes of any grey, some over its edges; every third page is nothing but noise."""
    chance = np.random.default_rng(seed)
    height, width = chance.integers(1, 90, 2)
    image = np.full((height, width), chance.choice([255, 0, 128]), dtype=np.uint8)
    for _ in range(chance.integers(0, 12)):
        y, x = chance.integers(0, height), chance.integers(0, width)
        image[y : y + chance.integers(1, 20), x : x + chance.integers(1, 20)] = chance.integers(0, 256)
    return image if seed % 3 else chance.integers(0, 256, (height, width), dtype=np.uint8)


@pytest.mark.parametrize("size", [3, 5, 13])
def test_the_median_in_parts_is_that_of_the_whole(size: int) -> None:
    for seed in range(120):
        image = page(seed)
        assert np.array_equal(blur_by_median(image, size), cv2.medianBlur(image, size)), seed


def test_a_page_of_paper_is_hardly_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    blur = cv2.medianBlur

    def counted(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        looked_at.append(image.size)
        return np.asarray(blur(image, size), dtype=np.uint8)

    monkeypatch.setattr(median.cv2, "medianBlur", counted)
    image = np.full((600, 400), 255, dtype=np.uint8)
    image[100:110, 50:80] = 30
    blur_by_median(image, 13)
    assert sum(looked_at) < image.size / 50
