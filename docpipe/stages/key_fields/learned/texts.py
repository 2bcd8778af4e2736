"""A cell's words and character trigrams as numbers: hashed, so that no vocabulary has to travel with the weights."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from docpipe.values.text import is_cjk

BUCKETS = 12288
"""Rows of the embedding table; 0 stands for nothing."""
WORDS = 12
GRAMS = 36
_WORD = re.compile(r"[^\W\d_]+|\d+|[%#@&:/+]")


def text_ids(folded: str) -> NDArray[np.int64]:
    """Return the `WORDS` + `GRAMS` bucket numbers of a folded text, padded with 0.

    Digits count by their number alone (`43300` is `00000`), so that a model learns shapes and not prices.
    """
    ids = np.zeros(WORDS + GRAMS, dtype=np.int64)
    words = _words(folded)
    for place, word in enumerate(words[:WORDS]):
        ids[place] = _bucket("w" + word)
    place = WORDS
    for word in words:
        for gram in _grams(word):
            if place == WORDS + GRAMS:
                return ids
            ids[place] = _bucket("g" + gram)
            place += 1
    return ids


def _words(folded: str) -> list[str]:
    words: list[str] = []
    for word in _WORD.findall(folded):
        if word.isdigit():
            words.append("0" * min(len(word), 8))
        elif is_cjk(word[0]):
            words += list(word) + [a + b for a, b in pairwise(word)]
        else:
            words.append(word)
    return words


def _grams(word: str) -> list[str]:
    if not word[0].isalpha() or is_cjk(word[0]) or len(word) < 3:
        return []
    padded = f"^{word}$"
    return [padded[at : at + 3] for at in range(len(padded) - 2)]


@lru_cache(maxsize=65536)
def _bucket(key: str) -> int:
    return 1 + crc32(key.encode()) % (BUCKETS - 1)
