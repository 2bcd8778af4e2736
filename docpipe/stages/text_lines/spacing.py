"""Puts back the spaces that a recogniser leaves out, by measuring the white between characters on the page.

Recognisers trained on Chinese read `03/02/2018 15:28` as `03/02/201815:28` and `GST ID : 0001` as `GST ID:0001`: the
letters are right, the words are not. The white is on the page. A gap counts by how much wider it is than the usual gap
of the same line, so that letter-spaced and monospaced prints are not torn apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from docpipe.stages.text_lines.characters import Character
from docpipe.stages.text_lines.crops import Crop

COLON_LEFT, COLON_RIGHT, LETTERS, OTHER = 0.15, 0.22, 0.28, 0.22
"""How much wider than the line's usual gap a gap must be to be a space, as a share of the crop's height: after a colon,
before one, between two letters, elsewhere. Measured against typed receipts (benchmarks/README.md)."""
DARK = 0.55
"""Pixels count as ink below this share of the way from the darkest to the paper."""
FAINTEST = 20
"""Grey levels between ink and paper below which nothing can be measured."""


def gaps(crop: Crop, characters: Sequence[Character]) -> list[float]:
    """Return the widest stretch without ink between each character and the next, as a share of the crop's height."""
    if len(characters) < 2:
        return []
    inked = ink_columns(crop)
    height, last = crop.image.shape[0], len(inked) - 1
    found = []
    for one, other in itertools.pairwise(characters):
        start, end = (min(max(round(c.x), 0), last) for c in (one, other))
        found.append(_longest_white(inked[start : end + 1]) / height)
    return found


def usual_gap(measured: Sequence[float], characters: Sequence[Character]) -> float:
    """Return the middle one of the gaps inside words."""
    inside = [gap for gap, right in zip(measured, characters[1:], strict=True) if not right.spaced]
    return float(np.median(inside or measured)) if measured else 0.0


def respaced(crop: Crop, characters: Sequence[Character]) -> tuple[Character, ...]:
    """Return the characters with the spaces that the page shows; those that were read stay."""
    measured = gaps(crop, characters)
    usual = usual_gap(measured, characters)
    result = list(characters[:1])
    for left, right, gap in zip(characters, characters[1:], measured, strict=False):
        wide = gap - usual > _least_space(left.text, right.text)
        result.append(replace(right, spaced=True) if wide and not right.spaced else right)
    return tuple(result)


def ink_columns(crop: Crop) -> NDArray[np.bool_]:
    """Return for each column of a crop whether it holds ink, leaving out a tenth at the top and the bottom."""
    grey = cv2.cvtColor(crop.image, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    dark, paper = (float(v) for v in np.percentile(grey, (2, 80)))
    if paper - dark < FAINTEST:
        return np.zeros(width, dtype=np.bool_)
    core = grey[int(height * 0.1) : max(int(np.ceil(height * 0.9)), 1)]
    ink = (core < dark + DARK * (paper - dark)).sum(axis=0)
    columns: NDArray[np.bool_] = ink >= max(1.0, 0.04 * height)
    return columns


def _longest_white(inked: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.concatenate(([True], inked, [True])))
    return int(np.diff(edges).max()) - 1


def _least_space(left: str, right: str) -> float:
    if left in ":：":
        return COLON_LEFT
    if right in ":：":
        return COLON_RIGHT
    if _east_asian(left) or _east_asian(right):
        return float("inf")  # Chinese is written without spaces, and set with wide gaps
    return LETTERS if left.isalpha() and right.isalpha() else OTHER


def _east_asian(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or "\uff00" <= character <= "\uffef"
