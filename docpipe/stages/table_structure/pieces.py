"""Pieces of text lines: words, and runs of words that no wide gap parts, each with its own box.

A detected line may run across several cells. Its words are placed by the ink of the page where there is one, else by
counting characters.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docpipe.document import Box, TextLine

MAX_LINES = 3000
MAX_SPLIT_LINES = 1500
"""Lines beyond this are placed by counting characters: a page with more is a hostile one."""
WIDE_GAP = 1.1
"""In line heights: white space this wide parts cells even where the reader wrote a single space, or none."""

Gray = NDArray[np.uint8]
Bits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A part of a text line. Coordinates in pixels; `line` is the line's position in the input."""

    text: str
    x1: float
    y1: float
    x2: float
    y2: float
    line: int
    gap: bool = False
    """True where a wide gap parts it from the piece before it on the same line."""

    @property
    def box(self) -> Box:
        return (self.x1, self.y1, self.x2, self.y2)

    @property
    def xc(self) -> float:
        return (self.x1 + self.x2) / 2

    @property
    def yc(self) -> float:
        return (self.y1 + self.y2) / 2

    @property
    def height(self) -> float:
        return self.y2 - self.y1


def words_of(lines: Sequence[TextLine], gray: Gray | None) -> list[TextPiece]:
    """Split lines into words, in the order given. Lines without text or size are left out, and all after MAX_LINES.

    Args:
        lines: with polygons in pixels of the page.
        gray: the page, height x width; None where only the text is known.
    """
    words: list[TextPiece] = []
    for i, line in enumerate(lines[:MAX_LINES]):
        words += _split(line, i, gray if i < MAX_SPLIT_LINES else None)
    return words


def runs_of(words: Sequence[TextPiece], cuts: Sequence[tuple[float, float, float]] = ()) -> list[TextPiece]:
    """Join the words of each line into runs: what no wide gap and no vertical ruling parts.

    Args:
        words: as from `words_of`.
        cuts: vertical rulings as (x, y1, y2).
    """
    runs: list[TextPiece] = []
    for word in words:
        last = runs[-1] if runs else None
        if last is None or last.line != word.line or word.gap or _cut(last, word, cuts):
            runs.append(word)
        else:
            runs[-1] = TextPiece(
                f"{last.text} {word.text}",
                min(last.x1, word.x1),
                min(last.y1, word.y1),
                max(last.x2, word.x2),
                max(last.y2, word.y2),
                word.line,
                last.gap,
            )
    return runs


def _cut(a: TextPiece, b: TextPiece, cuts: Sequence[tuple[float, float, float]]) -> bool:
    y = (a.yc + b.yc) / 2
    slack = 0.15 * a.height
    return any(a.x2 - slack <= x <= b.x1 + slack and y1 <= y <= y2 for x, y1, y2 in cuts)


def _split(line: TextLine, index: int, gray: Gray | None) -> list[TextPiece]:
    texts = line.text.split()
    x1, y1, x2, y2 = line.box
    (ax, ay), (bx, by), (_, cy), (_, dy) = line.polygon
    height = min(
        y2 - y1, max(1.0, (np.hypot(ax - line.polygon[3][0], ay - dy) + np.hypot(bx - line.polygon[2][0], by - cy)) / 2)
    )
    if not texts or x2 - x1 < 1 or y2 - y1 < 1 or not np.isfinite([x1, y1, x2, y2]).all():
        return []
    upright = y2 - y1 <= 3 * height and x2 - x1 >= 0.8 * height
    spans, wide = [(0.0, 1.0)], [False]
    if not upright:
        texts = [" ".join(texts)]
    elif len(texts) > 1 or x2 - x1 > 3 * height:
        texts, spans, wide = _place(texts, gray, line, height)
    pieces = []
    for text, (a, b), gap in zip(texts, spans, wide, strict=True):
        top, bottom = (ay + by) / 2, (cy + dy) / 2
        if upright and abs(by - ay) > 2:  # a slanted line: each word at its own height
            m = (a + b) / 2
            top, bottom = ay + m * (by - ay), dy + m * (cy - dy)
        if not upright or bottom - top < 1:
            top, bottom = y1, y2
        pieces.append(TextPiece(text, x1 + a * (x2 - x1), top, x1 + b * (x2 - x1), bottom, index, gap))
    return pieces


def _place(
    texts: list[str], gray: Gray | None, line: TextLine, height: float
) -> tuple[list[str], list[tuple[float, float]], list[bool]]:
    """Return words, their shares of the line's width, and whether a wide gap stands before each."""
    x1, _, x2, _ = line.box
    width = x2 - x1
    ink = _ink(gray, line) if gray is not None else None
    gaps = _gaps(ink) if ink is not None else []
    scale = width / len(ink) if ink is not None and len(ink) else 1.0
    wide = [g for g in gaps if (g[1] - g[0]) * scale >= WIDE_GAP * height]
    if len(gaps) >= len(texts) - 1 and ink is not None:
        widest = sorted(gaps, key=lambda g: g[0] - g[1])[: len(texts) - 1]
        cuts = sorted(widest)
        if _plausible(texts, cuts, len(ink), 2.0 * height / scale):
            texts, cuts = _cut_unspaced(texts, cuts, wide, len(ink))
            edges = [0, *(e for cut in cuts for e in cut), len(ink)]
            spans = [(edges[k] / len(ink), edges[k + 1] / len(ink)) for k in range(0, len(edges), 2)]
            return texts, spans, [False, *((b - a) * scale >= WIDE_GAP * height for a, b in cuts)]
    counts = [sum(_advance(c) for c in t) for t in texts]
    total = sum(counts) + 0.5 * (len(texts) - 1)
    spans, at = [], 0.0
    for count in counts:
        spans.append((at / total, (at + count) / total))
        at += count + 0.5
    return texts, spans, [False] * len(texts)


def _advance(c: str) -> float:
    if unicodedata.east_asian_width(c) in "WF":
        return 1.8
    return 0.5 if c in ".,:;'|!ilI1()[]" else 1.0


def _plausible(texts: list[str], cuts: list[tuple[int, int]], width: int, slack: float) -> bool:
    """Tell whether the gaps stand about where counting characters puts them: else one lies inside a wide word."""
    counts = [sum(_advance(c) for c in t) for t in texts]
    inked = width - sum(b - a for a, b in cuts)
    at = 0.0
    start = 0
    for count, (a, b) in zip(counts[:-1], cuts, strict=True):
        at = count / max(sum(counts), 1e-6) * inked
        if abs((a - start) - at) > slack + 0.35 * at:
            return False
        start = b
    return True


def _cut_unspaced(
    texts: list[str], cuts: list[tuple[int, int]], wide: list[tuple[int, int]], width: int
) -> tuple[list[str], list[tuple[int, int]]]:
    """Cut words that run on over a wide gap, as readers write `12.5` and `3.1` as `12.53.1`."""
    for gap in wide:
        if gap in cuts:
            continue
        k = sum(1 for c in cuts if c < gap)
        start = cuts[k - 1][1] if k else 0
        end = cuts[k][0] if k < len(cuts) else width
        inked = (gap[0] - start) + (end - gap[1])
        n = round(len(texts[k]) * (gap[0] - start) / max(inked, 1))
        if 0 < n < len(texts[k]):
            texts = [*texts[:k], texts[k][:n], texts[k][n:], *texts[k + 1 :]]
            cuts = sorted([*cuts, gap])
    return texts, cuts


def _ink(gray: Gray | None, line: TextLine) -> Bits | None:
    """Return for each pixel column of the line's box whether it holds ink, dark on light or light on dark."""
    if gray is None:
        return None
    h, w = gray.shape[:2]
    x1, y1, x2, y2 = line.box
    left, top, right, bottom = max(0, int(x1)), max(0, int(y1)), min(w, int(x2) + 1), min(h, int(y2) + 1)
    crop = gray[top:bottom, left:right]
    if crop.shape[0] < 5 or crop.shape[1] < 8 or crop.size > 4_000_000:
        return None
    inner = max(1, crop.shape[0] // 8)
    crop = crop[inner:-inner]
    _level, bits = cv2.threshold(crop, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    light = int(cv2.countNonZero(bits))
    dark = crop.size - light
    if not dark or not light or cv2.mean(crop, bits)[0] - cv2.mean(crop, 1 - bits)[0] < 25:
        return None
    columns = cv2.reduce(1 - bits if dark <= light else bits, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
    full = columns >= 0.95 * crop.shape[0]  # a ruling, not a letter
    if not full.any():
        return np.asarray(columns > 0, dtype=np.bool_)
    thin = full & ~(np.convolve(full, np.ones(5), "same") >= 5)
    return np.asarray((columns > 0) & ~thin, dtype=np.bool_)


def _gaps(ink: Bits) -> list[tuple[int, int]]:
    """Return the inner stretches without ink as (start, end), left to right."""
    steps = np.flatnonzero(np.diff(ink.astype(np.int8)))
    if ink.size == 0 or not ink.any():
        return []
    bounds = [0, *(steps + 1).tolist(), len(ink)]
    return [(a, b) for a, b in itertools.pairwise(bounds) if not ink[a] and a > 0 and b < len(ink) and b - a >= 2]
