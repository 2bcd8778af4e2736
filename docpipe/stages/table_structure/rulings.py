"""Ruling lines, and the edges of filled cells, found on the page's pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import and_, or_

import cv2
import numpy as np
from numpy.typing import NDArray

from docpipe.document import Box
from docpipe.stages.table_structure.pieces import TextPiece

MAX_SIDE = 1800
"""The page is shrunk to this before lines are looked for; a ruling is at least a pixel wide up to 20,000."""
MAX_RULINGS = 800
CONTRAST = 14
"""In grey levels: less than the step from white to a pale fill."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight line along an axis: `at` is its y (horizontal) or x (vertical), start < end its reach, in pixels."""

    at: float
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A connected piece of ink: its box, the pixels in it, and the y of their centre."""

    x: int
    y: int
    width: int
    height: int
    area: int
    middle: float


@dataclass(frozen=True, slots=True)
class Rulings:
    """Horizontal ones from top to bottom, vertical ones from left to right."""

    horizontal: tuple[Ruling, ...] = ()
    vertical: tuple[Ruling, ...] = ()

    def within(self, box: Box, margin: float) -> Rulings:
        """Return what lies in a box, cut to it."""
        x1, y1, x2, y2 = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin
        return Rulings(_clip(self.horizontal, y1, y2, x1, x2), _clip(self.vertical, x1, x2, y1, y2))


def find_rulings(gray: NDArray[np.uint8], words: Sequence[TextPiece], text_height: float) -> Rulings:
    """Find straight lines longer than a few letters, dark or light, thin or as the edge of a fill.

    The edge image (differences between neighbouring pixels) is opened with a long flat element; what is left is a
    line. Time is proportional to the pixels, at most MAX_SIDE squared.

    Args:
        gray: the page, height x width.
        words: a line that runs mostly through words is a row of letters with flat feet, and left out.
        text_height: usual height of a line of text in pixels.
    """
    h, w = gray.shape[:2]
    if h < 8 or w < 8:
        return Rulings()
    scale = min(1.0, MAX_SIDE / max(h, w))
    if scale < 1.0:
        size = (max(8, round(w * scale)), max(8, round(h * scale)))
        gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    unit = max(4.0, text_height * scale)
    flat = np.array([(w.y1, w.y2, w.x1, w.x2) for w in words], dtype=np.float64).reshape(-1, 4)
    horizontal = _lines(gray, flat * scale, unit)
    vertical = _lines(np.asarray(cv2.transpose(gray), dtype=np.uint8), flat[:, [2, 3, 0, 1]] * scale, unit)
    return Rulings(_scale(horizontal, 1 / scale), _scale(vertical, 1 / scale))


def _in_letters(line: Ruling, words: NDArray[np.float64]) -> bool:
    """Tell whether a line runs mostly through words; these as low, high (across the line), start, end."""
    margin = 0.12 * (words[:, 1] - words[:, 0])
    hit = words[(words[:, 0] + margin < line.at) & (line.at < words[:, 1] - margin)]
    inside = np.minimum(hit[:, 3], line.end) - np.maximum(hit[:, 2], line.start)
    return bool(np.maximum(inside, 0.0).sum() > 0.8 * line.length)


def _lines(gray: NDArray[np.uint8], words: NDArray[np.float64], unit: float) -> list[Ruling]:
    """Return the horizontal lines of an image, top to bottom."""
    edges = np.zeros(gray.shape, dtype=np.uint8)
    cv2.threshold(cv2.absdiff(gray[2:], gray[:-2]), CONTRAST, 1, cv2.THRESH_BINARY, dst=edges[1:-1])
    gap, length = max(3, round(unit / 5)), max(14, round(1.8 * unit))
    rows = _candidate_rows(edges, gap, length)
    if not rows.size:
        return []
    closed = cv2.morphologyEx(edges[rows], cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
    lines = np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8)), dtype=np.uint8)
    thickened = _thicken(lines, rows, edges.shape)
    found = []
    for stroke in _strokes(thickened):
        x, y, width, height = stroke.x, stroke.y, stroke.width, stroke.height
        if height > max(7.0, 0.45 * unit, 0.02 * width) or stroke.area < 0.5 * width * min(height, 3):
            continue
        # letters side by side touch a line too, but leave gaps in it
        patch = edges[y : y + height, x : x + width]
        thick = patch if width >= 12 * unit else patch[max(0, height // 2 - 1) : height // 2 + 2]
        drawn = np.count_nonzero(thick.any(axis=0)) / width
        line = Ruling(stroke.middle, float(x), float(x + width))
        if drawn >= (0.9 if width < 8 * unit else 0.8) and not _in_letters(line, words):
            found.append(line)
    return _merge(found, unit)


def _candidate_rows(edges: NDArray[np.uint8], gap: int, length: int) -> NDArray[np.intp]:
    """Return the rows that may hold a line: closing and opening look along rows, so the others need not be touched.

    A line of `length` pixels has an edge among every `gap` of them. All rows are looked at as the bits of one number,
    which shifts a whole page in microseconds; between two rows stand ones, as a line at the side of the page may be
    half as long, and zeros, which no line crosses.
    """
    height, width = edges.shape
    side = length // 2 + 1
    stride = 8 * -(-(width + 2 * side + gap) // 8)
    padded = np.ones((height, stride), dtype=np.uint8)
    padded[:, side : side + width] = edges
    padded[:, 2 * side + width :] = 0
    bits = int.from_bytes(np.packbits(padded, bitorder="little").tobytes(), "little")
    near = _within(bits, gap, or_)
    lines = _within(near, length - gap + 1, and_)
    drawn = np.frombuffer(lines.to_bytes(height * stride // 8, "little"), dtype=np.uint8)
    return np.flatnonzero(drawn.reshape(height, -1).any(axis=1))


def _within(bits: int, size: int, join: Callable[[int, int], int]) -> int:
    """Return for each bit what joining it with the `size` - 1 bits above it gives."""
    done = 1
    while done < size:
        shift = min(done, size - done)
        bits, done = join(bits, bits >> shift), done + shift
    return bits


def _thicken(lines: NDArray[np.uint8], rows: NDArray[np.intp], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return an image with some rows of lines, each a pixel thicker upwards and downwards."""
    drawn = lines.any(axis=1)
    lines, rows = lines[drawn], rows[drawn]
    thick = np.zeros(shape, dtype=np.uint8)
    for shift in (-1, 0, 1):
        at = rows + shift
        within = (at >= 0) & (at < shape[0])
        thick[at[within]] |= lines[within]
    return thick


def _strokes(lines: NDArray[np.uint8]) -> list[_Stroke]:
    """Return the connected pieces of an image, the widest first, at most 4 x MAX_RULINGS.

    Most rows of a page hold no line. They are left out but for one between two others, which saves most of the time
    and joins nothing.
    """
    filled = lines.max(axis=1) > 0
    kept = filled.copy()
    kept[1:] |= filled[:-1]
    rows = np.flatnonzero(kept)
    if not rows.size:
        return []
    count, _, stats, centroids = cv2.connectedComponentsWithStats(lines[rows], connectivity=8)
    found = []
    for i in (np.argsort(-stats[1:, cv2.CC_STAT_WIDTH], kind="stable")[: 4 * MAX_RULINGS] + 1) if count > 1 else ():
        x, y, width, height, area = (int(v) for v in stats[i])
        top = int(rows[y])
        middle = (round(centroids[i][1] * area) + (top - y) * area) / area  # one rounding, as if nothing were left out
        found.append(_Stroke(x, top, width, height, area, middle))
    return found


def _merge(found: Sequence[Ruling], unit: float) -> list[Ruling]:
    """Join pieces of one line, and the two edges of a thick one; keep the longest MAX_RULINGS."""
    merged: list[Ruling] = []
    for line in sorted(found, key=lambda r: (r.at, r.start)):
        for k in range(len(merged) - 1, max(-1, len(merged) - 12), -1):
            other = merged[k]
            near = line.at - other.at <= max(3.0, 0.3 * unit)
            if near and line.start <= other.end + 0.8 * unit and other.start <= line.end + 0.8 * unit:
                total = line.length + other.length
                at = (line.at * line.length + other.at * other.length) / total
                merged[k] = Ruling(at, min(line.start, other.start), max(line.end, other.end))
                break
        else:
            merged.append(line)
    kept = sorted(merged, key=lambda r: -r.length)[:MAX_RULINGS]
    return sorted(kept, key=lambda r: (r.at, r.start))


def _scale(lines: Sequence[Ruling], factor: float) -> tuple[Ruling, ...]:
    return tuple(Ruling(r.at * factor, r.start * factor, r.end * factor) for r in lines)


def _clip(lines: Sequence[Ruling], low: float, high: float, start: float, end: float) -> tuple[Ruling, ...]:
    return tuple(
        Ruling(r.at, max(r.start, start), min(r.end, end))
        for r in lines
        if low <= r.at <= high and min(r.end, end) - max(r.start, start) > 1
    )
