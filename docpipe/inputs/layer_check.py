"""Decides whether a page's text layer says what the page shows, by comparing it with the drawn pixels.

Ink is whatever stands out from its surroundings, dark on light or light on dark; small ink is ink in pieces of the
size of letters and words. A layer that covers nearly all of it, and of which nearly all is seen, can stand in for OCR.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docpipe.document import Box, Image, TextLine
from docpipe.inputs.limits import TextLayer
from docpipe.inputs.pdf_text import PageImages, PageText

CHECK_DPI = 100
"""Letters of 6 points are 8 pixels high here: enough to see that there is one."""
CONTRAST = 40
"""Grey levels (of 255) by which ink differs from its surroundings."""
PAPER_WINDOW = 25
"""Pixels at `CHECK_DPI`, a quarter of an inch: the median there is the paper, or the band that text stands on."""
MAX_NAMELESS = 0.05
"""Share of characters without Unicode; more, and the words are not what is printed."""
MAX_INVISIBLE = 0.5
MIN_SEEN = 0.8


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """The lines that may serve, or None; and the reason in words."""

    lines: tuple[TextLine, ...] | None
    reason: str


def judge(
    wanted: TextLayer,
    lines: tuple[TextLine, ...],
    text: PageText,
    images: PageImages,
    image: Image,
    dpi: float,
    cover_needed: float,
    apart: Sequence[Box] = (),
) -> LayerCheck:
    """Return whether the lines may serve for this page under the setting `text_layer`.

    What lies in the boxes `apart` is read by itself, and no line need cover it.
    """
    if wanted == "ignore":
        return LayerCheck(None, "input.text_layer is ignore")
    if not lines:
        return LayerCheck(None, "the page has no text of its own")
    if wanted == "auto" and (reason := _unfit(text, images)):
        return LayerCheck(None, reason)
    small, scale = _shrink(image, dpi)
    seen = tuple(line for line in lines if _is_seen(line, small, scale))
    share_seen = _characters(seen) / _characters(lines)
    cover = _cover(seen, small, scale, apart)
    covers = f"the text layer covers {cover:.1%} of the page's small ink"
    if wanted == "require":
        return LayerCheck(lines, f"input.text_layer is require; {covers}")
    if share_seen < MIN_SEEN:
        return LayerCheck(None, f"only {share_seen:.0%} of the text layer is seen on the page")
    if cover < cover_needed:
        return LayerCheck(None, f"{covers}, less than {cover_needed:.0%}")
    return LayerCheck(seen, covers)


def _unfit(text: PageText, images: PageImages) -> str:
    """Return what rules the layer out without a look at the pixels, or nothing."""
    if text.nameless > MAX_NAMELESS:
        return f"{text.nameless:.0%} of the text layer's characters have no Unicode"
    if text.invisible > MAX_INVISIBLE:
        return "the text layer is invisible: an earlier OCR of a scan"
    if images.over_text:
        return "the text layer lies below a picture of the page: an earlier OCR of a scan"
    return ""


def _characters(lines: tuple[TextLine, ...]) -> int:
    return sum(len(line.text) for line in lines)


def _shrink(image: Image, dpi: float) -> tuple[NDArray[np.uint8], float]:
    """Return the page in grey at `CHECK_DPI`, and the factor from page pixels to its pixels."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, CHECK_DPI / dpi)
    if scale < 1.0:
        height, width = (max(1, round(side * scale)) for side in grey.shape)
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(grey, dtype=np.uint8), scale


def _is_seen(line: TextLine, grey: NDArray[np.uint8], scale: float) -> bool:
    """Return whether anything is drawn where the line stands; a line of dots and commas may be too faint to tell."""
    x1, y1, x2, y2 = (value * scale for value in line.box)
    part = grey[max(0, int(y1)) : int(y2) + 1, max(0, int(x1)) : int(x2) + 1]
    if part.size == 0:
        return False
    return int(part.max()) - int(part.min()) >= (CONTRAST if any(c.isalnum() for c in line.text) else CONTRAST // 3)


def _cover(lines: tuple[TextLine, ...], grey: NDArray[np.uint8], scale: float, apart: Sequence[Box]) -> float:
    """Return the share of the page's small ink in pieces that lie in the lines' boxes for the most part; 1 without ink.

    Whole pieces are counted, as a letter's tail or its serifs may reach out of the box of its line.
    """
    labels, areas = _small_ink(grey)
    for x1, y1, x2, y2 in apart:
        there = labels[int(y1 * scale) : math.ceil(y2 * scale), int(x1 * scale) : math.ceil(x2 * scale)]
        areas[np.unique(there)] = 0
    total = int(areas.sum())
    if not total:
        return 1.0
    boxes = np.zeros(grey.shape, dtype=np.uint8)
    for line in lines:
        corners = np.array(line.polygon, dtype=np.float64) * scale
        cv2.fillConvexPoly(boxes, np.asarray(corners.round(), dtype=np.int32), (1,))
    inside = np.bincount(labels[boxes > 0], minlength=len(areas))
    return int(areas[2 * inside >= areas].sum()) / total


def _small_ink(grey: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the pieces of ink, labelled, and the area of each that is as large as a speck of a letter up to a word.

    Rules, frames and pictures have an area of 0.
    """
    paper = cv2.medianBlur(grey, PAPER_WINDOW)
    ink = np.asarray(cv2.absdiff(grey, paper) > CONTRAST, dtype=np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    wide, high, area = (stats[:, k] for k in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    small = (area >= 4) & (high >= 3) & (high <= CHECK_DPI * 0.33) & (wide <= CHECK_DPI * 2)
    small &= (high <= 8 * wide) & (wide <= 25 * high)
    small[0] = False
    return np.asarray(labels, dtype=np.int32), np.where(small, area, 0).astype(np.int64)
