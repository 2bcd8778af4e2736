"""Puts back the spaces that a recogniser leaves out, by measuring the white between characters on the page.

Recognisers trained on Chinese read `03/02/2018 15:28` as `03/02/201815:28` and `GST ID : 0001` as `GST ID:0001`: the
letters are right, the words are not. The white is on the page. A gap counts by how much wider it is than the usual gap
of the same line, so that letter-spaced and monospaced prints are not torn apart.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from docpipe.stages.text_lines.characters import Character
from docpipe.stages.text_lines.crops import Crop
from docpipe.stages.text_lines.grey_levels import count_columns, darker, percentiles

AFTER_COLON, BEFORE_COLON, IN_CLOCK, LETTERS, OTHER = 0.15, 0.22, 0.3, 0.28, 0.22
"""How much wider than the line's usual gap a gap must be to be a space, as a share of the crop's height: after a colon,
before one, after one between two digits, between two letters, elsewhere. docs/design/text.md says how they were found.
"""
AROUND_ONE = 0.06
"""How much more on each side of a `1` among digits, which is narrow and set as wide as the others."""
DARK = 0.55
"""Pixels count as ink below this share of the way from the darkest to the paper."""
FAINTEST = 20
"""Grey levels between ink and paper below which nothing can be measured."""
COLONS = ":："
POINTS = ".,"


@dataclass(frozen=True, slots=True)
class Gap:
    """White between two characters, in pixels of the crop's width; `share` is its width over the crop's height."""

    start: float
    end: float
    share: float


def gaps(crop: Crop, characters: Sequence[Character]) -> list[Gap]:
    """Return the widest stretch without ink between each character and the next."""
    if len(characters) < 2:
        return []
    inked = ink_columns(crop).tobytes()
    height, last = crop.image.shape[0], len(inked) - 1
    found = []
    for one, other in itertools.pairwise(characters):
        left, right = (min(max(round(c.x), 0), last) for c in (one, other))
        start, end = _longest_white(inked[left : right + 1])
        found.append(Gap(left + start, left + end, (end - start) / height))
    return found


def usual_gap(measured: Sequence[Gap], characters: Sequence[Character]) -> float:
    """Return the middle one of the gaps inside words, as a share of the crop's height."""
    inside = [gap.share for gap, right in zip(measured, characters[1:], strict=True) if not right.spaced]
    every = inside or [gap.share for gap in measured]
    return float(statistics.median(every)) if every else 0.0


def set_spaces(characters: Sequence[Character], measured: Sequence[Gap]) -> tuple[Character, ...]:
    """Return the characters with the spaces that the page shows; those that were read stay."""
    usual = usual_gap(measured, characters)
    result = list(characters[:1])
    for i, (right, gap) in enumerate(zip(characters[1:], measured, strict=True)):
        wide = gap.share - usual > _least_space(characters, i)
        result.append(replace(right, spaced=True) if wide and not right.spaced else right)
    return tuple(result)


def ink_columns(crop: Crop) -> NDArray[np.bool_]:
    """Return for each column of a crop whether it holds ink, leaving out a tenth at the top and the bottom."""
    grey = np.asarray(cv2.cvtColor(crop.image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    height, width = grey.shape
    dark, paper = percentiles(grey, (2, 80))
    if paper - dark < FAINTEST:
        return np.zeros(width, dtype=np.bool_)
    core = grey[int(height * 0.1) : max(int(np.ceil(height * 0.9)), 1)]
    ink = count_columns(darker(core, dark + DARK * (paper - dark)))
    columns: NDArray[np.bool_] = ink >= max(1.0, 0.04 * height)
    return columns


def _longest_white(inked: bytes) -> tuple[int, int]:
    """Return where the longest stretch without ink starts and ends (exclusive); a column of ink is a byte of 1."""
    longest = max(inked.split(b"\1"), key=len)
    start = inked.find(longest)
    return start, start + len(longest)


def _least_space(characters: Sequence[Character], i: int) -> float:
    """Return how much wider than usual the gap behind a character must be to be a space."""
    left, right = characters[i].text, characters[i + 1].text
    before = characters[i - 1].text if i else ""
    if left == "：" or (left in COLONS and _east_asian(before)):
        return float("inf")  # a Chinese colon brings its own white
    if left in COLONS:
        return IN_CLOCK if before.isdigit() and right.isdigit() else AFTER_COLON
    if right in COLONS:
        return BEFORE_COLON
    if _east_asian(left) or _east_asian(right):
        return float("inf")  # Chinese is written without spaces, and set with wide gaps
    if _in_number(characters, i):
        return float("inf")
    if left.isdigit() and right.isdigit():
        return OTHER + AROUND_ONE * (left + right).count("1")
    return LETTERS if left.isalpha() and right.isalpha() else OTHER


def _in_number(characters: Sequence[Character], i: int) -> bool:
    """Say whether the gap behind a character lies beside the point of a number, or between its last two digits.

    Points are set with white around them: `79.50` and `1,234` are one number however wide it is. Behind a decimal
    point there are two digits, behind a grouping one three.
    """
    for point in (i - 1, i, i + 1):
        if not 0 < point < len(characters) or characters[point].text not in POINTS:
            continue
        behind = 0
        while point + behind + 1 < len(characters) and characters[point + behind + 1].text.isdigit():
            behind += 1
        if characters[point - 1].text.isdigit() and behind in (2, 3):
            return point != i - 1 or behind == 2
    return False


def _east_asian(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or "\uff00" <= character <= "\uffef"
