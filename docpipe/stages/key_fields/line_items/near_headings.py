"""Finds the known heading that is most like a misread one, among thousands, by comparing it with a few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

_BUCKETS = 32
_SET_BITS = (
    np.unpackbits(np.arange(1 << 16, dtype=np.uint16).view(np.uint8)).reshape(-1, 16).sum(axis=1, dtype=np.uint8)
)
"""How many bits of a number of 16 bits are set; NumPy counts bits itself only from 2.0 on."""


class NearHeadings:
    """Known headings, with what rules most of them out before an edit distance is worked out.

    One edit changes the length by at most one, and takes at most one letter away from those that a text has, or adds
    one. So the number of letters that one text has and the other lacks is at most the edit distance, and so is the
    difference of the lengths. Letters fall into 32 buckets, of which two may share one: that rules fewer out, no more.
    """

    def __init__(self, headings: Sequence[str]) -> None:
        """`headings` are squashed; of two that are equally like a text the first one is found."""
        self._headings = headings
        self._sizes = np.array([len(heading) for heading in headings], dtype=np.int32)
        self._letters = _letters_of(headings)

    def find(self, text: str, least: float) -> str | None:
        """Return the heading most like a text; None where none is as like it as `least`, 0 to 1."""
        if not self._headings or not text:
            return None
        mine = _letters_of([text])[0]
        missing = np.maximum(_count(self._letters & ~mine), _count(mine & ~self._letters))
        edits = np.maximum(missing, np.abs(self._sizes - len(text)))
        possible = np.flatnonzero(edits <= (1 - least) * np.maximum(self._sizes, len(text)) + 1e-6)
        best = process.extractOne(
            text, [self._headings[n] for n in possible.tolist()], scorer=Levenshtein.normalized_similarity,
            score_cutoff=least,
        )  # fmt: skip
        return None if best is None else str(best[0])


def _letters_of(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Return for each text, none of them empty, which buckets its letters fall into, as bits."""
    if not texts:
        return np.zeros(0, dtype=np.uint32)
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    bits = np.left_shift(np.uint32(1), codes % np.uint32(_BUCKETS))
    starts = np.cumsum([0, *(len(text) for text in texts[:-1])])
    return np.asarray(np.bitwise_or.reduceat(bits, starts), dtype=np.uint32)


def _count(sets: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return how many bits of each number are set."""
    return np.asarray(_SET_BITS[sets & np.uint32(0xFFFF)] + _SET_BITS[sets >> np.uint32(16)], dtype=np.uint8)
