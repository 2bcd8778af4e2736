"""Decides whether a page's text layer says what the page shows, by comparing it with the drawn pixels.

Ink is whatever stands out from its surroundings, dark on light or light on dark; small ink is ink in pieces of the
size of letters and words. A layer that covers nearly all of it, and of which nearly all is seen, can stand in for OCR;
where it covers most, it serves together with a reading of the places that it does not cover, such as a logo.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docpipe.document import Box, Image, Page, TextLine
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.median import blur_by_median
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
MOST_SIGNS = 0.05
"""Share of bullets, boxes and dingbats inside words: a hidden card number has some, a map without digits has more."""
FEWEST_MIXED = 2
"""Words that mix the letters of two scripts, as no language does; so many tell of look-alikes."""
MIXED_SHARE = 0.05
MIN_SEEN = 0.8
LEAST_COVER = 0.85
"""A layer that covers less is not that of this page, or not all of it."""
PIECES_APART = 12
"""Pixels at `CHECK_DPI` between pieces of ink that are read together."""
MOST_PLACES = 12
MOST_BESIDE = 0.2
"""Share of the page that may be read beside the layer; for more, the page is read as a whole."""

_INSIDE = re.compile(r"(?<=[\w•●■□▪◦·∙.,£$€-])[•●■□▪◦∙\u2700-\u27bf]|[•●■□▪◦∙\u2700-\u27bf](?=[\w•●■□▪◦∙.,%])")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """The lines that may serve, or None; and the reason in words."""

    lines: tuple[TextLine, ...] | None
    reason: str
    beside: tuple[Box, ...] = ()
    """Where ink stands that the lines do not cover, in pixels of the page; to be read from the picture."""


def check_layer(
    limits: InputLimits,
    page: Page,
    lines: tuple[TextLine, ...],
    text: PageText,
    images: PageImages,
    apart: Sequence[Box] = (),
) -> LayerCheck:
    """Return whether the lines of a page's text layer may serve for it under `text_layer` and `text_layer_cover`.

    What lies in the boxes `apart` is read by itself, and no line need cover it.
    """
    wanted, cover_needed = limits.text_layer, limits.text_layer_cover
    if wanted == "ignore":
        return LayerCheck(None, "input.text_layer is ignore")
    if not lines:
        return LayerCheck(None, "the page has no text of its own")
    if wanted == "auto" and (reason := _unfit(text, images) or _mixed(lines) or _full_of_signs(lines)):
        return LayerCheck(None, reason)
    assert page.image is not None  # it was drawn at this resolution
    assert page.dpi is not None
    small, scale = _shrink(page.image, page.dpi)
    seen = tuple(line for line in lines if _is_seen(line, small, scale))
    share_seen = _characters(seen) / _characters(lines)
    cover, places = _cover(seen, small, scale, apart)
    covers = f"the text layer covers {cover:.1%} of the page's small ink"
    if wanted == "require":
        return LayerCheck(lines, f"input.text_layer is require; {covers}")
    if share_seen < MIN_SEEN:
        return LayerCheck(None, f"only {share_seen:.0%} of the text layer is seen on the page")
    if cover >= cover_needed:
        return LayerCheck(seen, covers)
    beside = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in places) / small.size
    if cover < LEAST_COVER or len(places) > MOST_PLACES or beside > MOST_BESIDE:
        return LayerCheck(None, f"{covers}, less than {cover_needed:.0%}")
    boxes = tuple((x1 / scale, y1 / scale, x2 / scale, y2 / scale) for x1, y1, x2, y2 in places)
    return LayerCheck(seen, f"{covers}; the rest was read from the picture", boxes)


def _unfit(text: PageText, images: PageImages) -> str:
    """Return what rules the layer out without a look at the pixels, or nothing."""
    if text.nameless > MAX_NAMELESS:
        return f"{text.nameless:.0%} of the text layer's characters have no Unicode"
    if text.invisible > MAX_INVISIBLE:
        return "the text layer is invisible: an earlier OCR of a scan"
    if images.over_text:
        return "the text layer lies below a picture of the page: an earlier OCR of a scan"
    return ""


def _mixed(lines: Sequence[TextLine]) -> str:
    """Return what to say of a layer whose words hold letters of another script that look alike (`Кеstrеl`)."""
    words = [word for line in lines for word in _WORD.findall(line.text)]
    mixed = sum(1 for word in words if not word.isascii() and _mixes_scripts(word))
    if mixed < FEWEST_MIXED or mixed < MIXED_SHARE * len(words):
        return ""
    return f"{mixed} of {len(words)} words of the text layer mix two scripts"


def _full_of_signs(lines: Sequence[TextLine]) -> str:
    """Return what to say of a layer in which bullets stand for letters or digits (`KS-••••`)."""
    share = sum(len(_INSIDE.findall(line.text)) for line in lines) / max(_characters(lines), 1)
    return f"{share:.0%} of the text layer's characters are bullets inside words" if share > MOST_SIGNS else ""


def _mixes_scripts(word: str) -> bool:
    names = [unicodedata.name(letter, "") for letter in word]
    latin = sum(name.startswith("LATIN") for name in names)
    return 0 < latin < len(word) and any(name.startswith(("CYRILLIC", "GREEK CAPITAL")) for name in names)


def _characters(lines: Sequence[TextLine]) -> int:
    return sum(len(line.text) for line in lines)


def _shrink(image: Image, dpi: float) -> tuple[NDArray[np.uint8], float]:
    """Return the page in grey at `CHECK_DPI`, and the factor from page pixels to its pixels."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, CHECK_DPI / dpi)
    height, width = grey.shape
    if dpi == 2 * CHECK_DPI and height > 1 and width > 1:  # whole pixels into one: several times faster than parts
        grey = cv2.resize(grey[: height // 2 * 2, : width // 2 * 2], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    elif scale < 1.0:
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


def _cover(
    lines: tuple[TextLine, ...], grey: NDArray[np.uint8], scale: float, apart: Sequence[Box]
) -> tuple[float, list[Box]]:
    """Return the share of the page's small ink in pieces that lie in the lines' boxes for the most part; 1 without ink.

    Whole pieces are counted, as a letter's tail or its serifs may reach out of the box of its line. With the share come
    the places, in pixels of `grey`, of the pieces that do not lie in them.
    """
    labels, areas, boxes_of = _small_ink(grey)
    for x1, y1, x2, y2 in apart:
        there = labels[int(y1 * scale) : math.ceil(y2 * scale), int(x1 * scale) : math.ceil(x2 * scale)]
        areas[np.unique(there)] = 0
    total = int(areas.sum())
    if not total:
        return 1.0, []
    boxes = np.zeros(grey.shape, dtype=np.uint8)
    for line in lines:
        corners = np.array(line.polygon, dtype=np.float64) * scale
        cv2.fillConvexPoly(boxes, np.asarray(corners.round(), dtype=np.int32), (1,))
    covered = 2 * np.bincount(labels[boxes > 0], minlength=len(areas)) >= areas
    bare = np.flatnonzero(~covered & (areas > 0))
    return int(areas[covered].sum()) / total, _places(boxes_of[bare], grey.shape)


def _places(boxes: NDArray[np.int32], shape: tuple[int, ...]) -> list[Box]:
    """Return the boxes around pieces that stand close together, from top to bottom; pieces as x, y, width, height."""
    near = np.zeros(shape, dtype=np.uint8)
    for x, y, width, height in boxes.tolist():
        near[
            max(0, y - PIECES_APART) : y + height + PIECES_APART, max(0, x - PIECES_APART) : x + width + PIECES_APART
        ] = 1
    found = cv2.connectedComponentsWithStats(near, connectivity=8)[2][1:, :4] if len(boxes) else ()
    return [(float(x), float(y), float(x + width), float(y + height)) for x, y, width, height in found]


def _small_ink(grey: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Return the pieces of ink, labelled, the area of each that is as large as a speck up to a word, and its box: x, y,
    width, height.

    Rules, frames and pictures have an area of 0.
    """
    coarse = np.ascontiguousarray(grey[::2, ::2])  # half the samples show the same paper at a quarter of the time
    blurred = blur_by_median(coarse, PAPER_WINDOW // 4 * 2 + 1)
    paper = cv2.resize(blurred, grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
    ink = np.asarray(cv2.absdiff(grey, paper) > CONTRAST, dtype=np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    wide, high, area = (stats[:, k] for k in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    small = (area >= 4) & (high >= 3) & (high <= CHECK_DPI * 0.33) & (wide <= CHECK_DPI * 2)
    small &= (high <= 8 * wide) & (wide <= 25 * high)
    small[0] = False
    return (
        np.asarray(labels, dtype=np.int32),
        np.where(small, area, 0).astype(np.int64),
        np.asarray(stats[:, :4], np.int32),
    )
