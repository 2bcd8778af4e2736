"""The median filter of OpenCV, in a fraction of its time on pages that are mostly paper."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_AREA = 0.7
"""Share of the image from which on looking at it in parts costs more than looking at it as a whole."""
ROWS_APART = 4
"""Rows without an open pixel between two bands that are looked at by themselves."""


def blur_by_median(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return exactly what `cv2.medianBlur(image, size)` returns; `image` is grey, `size` odd.

    A grey level that more than half of a window has is its median. So the page's most frequent level is set wherever it
    has that many of a window's pixels, and the median is looked for around the other pixels only.
    """
    reach = size // 2
    usual = int(np.bincount(image.ravel(), minlength=1).argmax())
    same = np.asarray(image == usual, dtype=np.uint8)
    count = cv2.boxFilter(same, cv2.CV_16U, (size, size), normalize=False, borderType=cv2.BORDER_REPLICATE)
    unsure = np.asarray(count <= size * size // 2)
    boxes = [
        (top, bottom, left, right)
        for top, bottom in _runs(np.asarray(unsure.any(axis=1)), ROWS_APART)
        for left, right in _runs(np.asarray(unsure[top:bottom].any(axis=0)), 2 * size)
    ]
    area = sum((bottom - top + size) * (right - left + size) for top, bottom, left, right in boxes)
    if area > MOST_AREA * image.size:
        return np.asarray(cv2.medianBlur(image, size), dtype=np.uint8)
    blurred = np.full_like(image, usual)
    for top, bottom, left, right in boxes:
        y, x = max(0, top - reach), max(0, left - reach)
        part = cv2.medianBlur(np.ascontiguousarray(image[y : bottom + reach, x : right + reach]), size)
        blurred[top:bottom, left:right] = part[top - y : bottom - y, left - x : right - x]
    return blurred


def _runs(used: NDArray[np.bool_], apart: int) -> list[tuple[int, int]]:
    """Return where runs of True begin and end; those with at most so many False between them are one."""
    at = np.flatnonzero(used)
    if not at.size:
        return []
    return [(int(run[0]), int(run[-1]) + 1) for run in np.split(at, np.flatnonzero(np.diff(at) > apart) + 1)]
