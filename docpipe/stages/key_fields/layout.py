"""A document's lines as rules look at them: folded text, boxes, rows, and what stands right of or below what."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from docpipe.document import Box, Document, Page, Polygon, TextLine, box_of, polygon_of
from docpipe.stages.text_lines.reading_order import skew
from docpipe.values.text import clean, fold, squash

SAME_ROW = 0.5
"""Two lines share a row where their middles are closer than this share of the smaller height."""
WIDE_GAP = 8.0
"""A value stands nearer to its label than so many heights of a line, as a rule."""
STRAY = 0.9
"""Off by less than this share of a height, a value may still be beside its label, if nothing else is."""
IN_NUMBER = 0.35
"""The white between the digits of one number is less than this share of a height; columns stand further apart."""
AT_POINT = 0.8
"""As much may stand beside its point where one part says nothing alone: `9` and `.70`, `10.` and `00`."""
_HEAD = re.compile(r"(?<!\d[.,:/])(?<![\d.,:/-])(?:\d{1,3}(?:[,.' ]\d{3})+|\d+)[.,]$")
_CENTS = re.compile(r"\d\d(?![\d.,:/%-])")
_WHOLE = re.compile(r"(?:^|[^\w.,:/-])(?:\d{1,3}(?:[,.' ]\d{3})+|\d+)$")
_REST = re.compile(r"[.,]\d\d(?![\d.,:/%-])|\d{3}[.,]\d\d(?![\d.,:/%-])")
_HALVES = (
    (re.compile(r"(?:(?:[A-Z]{1,3}|[$£€¥₹])\.? ?)?(?:\d{1,3}(?:,\d{3})*\.|\d{1,3}(?:\.\d{3})*,)"), _CENTS),
    (re.compile(r"\d{1,3}(?:,\d{3})*"), re.compile(r"\.\d\d")),
    (re.compile(r"\d{1,3}(?:\.\d{3})*"), re.compile(r",\d\d")),
)
"""The parts of a number that are all of their cells, the first one up to its point or without it."""
LEVEL = math.radians(0.5)
"""A page that leans less is taken as it is: rows follow so small a slant, and boxes stay those of the page."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One run of text. `text` is cleaned, `folded` its upper-case form of the same length.

    `box` stands on the levelled page, where rows are level; `polygon` on the page as it is. Both are in pixels.
    """

    index: int
    page: int
    row: int
    text: str
    folded: str
    box: Box
    polygon: Polygon
    line_ids: tuple[str, ...]
    confidence: float

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """All cells of a document in order of rows, and the rows themselves, each from left to right."""

    cells: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    pages: tuple[Page, ...]

    def right_of(self, cell: Cell) -> tuple[Cell, ...]:
        """Return the cells of the same row that begin right of this one, nearest first."""
        return tuple(c for c in self.rows[cell.row] if c.box[0] > cell.box[0] and c.index != cell.index)

    def beside(self, cell: Cell) -> tuple[Cell, ...]:
        """Return the cells right of this one, nearest first; where its own row leaves a wide gap, strays come first.

        Those stand a little higher or lower in the gap: a photographed page does not keep its rows level.
        """
        own = self.right_of(cell)
        end = own[0].box[0] if own else math.inf
        if end - cell.box[2] < WIDE_GAP * cell.height:
            return own
        stray = [
            other
            for number in (cell.row - 1, cell.row + 1)
            if 0 <= number < len(self.rows)
            for other in self.rows[number]
            if other.page == cell.page
            and cell.box[2] <= other.box[0] < end
            and abs(other.middle - cell.middle) < STRAY * min(cell.height, other.height)
        ]
        return (*sorted(stray, key=lambda c: c.box[0]), *own)

    def left_of(self, cell: Cell) -> tuple[Cell, ...]:
        """Return the cells of the same row that begin left of this one, nearest first."""
        return tuple(c for c in reversed(self.rows[cell.row]) if c.box[0] < cell.box[0] and c.index != cell.index)

    def below(self, cell: Cell, rows: int) -> Iterable[Cell]:
        """Yield the cells of the next rows that overlap this one sideways, or begin where it begins; nearest first."""
        for number in range(cell.row + 1, min(cell.row + 1 + rows, len(self.rows))):
            for other in self.rows[number]:
                if other.page == cell.page and stand_in_column(cell.box, other.box):
                    yield other

    def above(self, cell: Cell, rows: int) -> Iterable[Cell]:
        """Yield the cells of the rows before that overlap this one sideways; nearest first."""
        for number in range(cell.row - 1, max(cell.row - 1 - rows, -1), -1):
            for other in self.rows[number]:
                if other.page == cell.page and stand_in_column(cell.box, other.box):
                    yield other


def stand_in_column(a: Box, b: Box) -> bool:
    """Say whether two boxes overlap sideways by a third of the narrower one."""
    shared = min(a[2], b[2]) - max(a[0], b[0])
    return shared > 0.34 * min(a[2] - a[0], b[2] - b[0])


def lay_out(document: Document, split_words: Sequence[str] = ()) -> Layout:
    """Return the layout of a document; lines without text are left out.

    Pieces of a split word are joined: `名` and `称：X` in one row become `名称：X`.
    """
    cells: list[Cell] = []
    rows: list[tuple[Cell, ...]] = []
    for page in document.pages:
        for group in _rows(_level_lines([line for line in page.lines if line.text.strip()])):
            row: list[Cell] = []
            for line, box in group:
                text = clean(line.text)
                row.append(
                    Cell(
                        len(cells) + len(row), page.number, len(rows), text, fold(text), box, line.polygon,
                        (line.id,), line.confidence,
                    )
                )  # fmt: skip
            row = _join_split(row, split_words) if split_words else row
            row = join_numbers(row)
            cells += row
            rows.append(tuple(row))
    return Layout(tuple(cells), tuple(rows), document.pages)


def join_numbers(row: list[Cell]) -> list[Cell]:
    """Return a row with the parts of one number as one cell: `RM 64.` and `15` that stand as near as its digits do."""
    if len(row) < 2 or not any(_are_parted(*pair) for pair in pairwise(row)):
        return row
    joined: list[Cell] = []
    for cell in row:
        last = joined[-1] if joined else None
        if last is not None and _are_parted(last, cell):
            between = " " if last.text[-1:].isdigit() and cell.text[:1].isdigit() else ""
            joined[-1] = _merge(last, cell, last.text + between + cell.text)
        else:
            joined.append(cell)
    return [replace(cell, index=row[0].index + number) for number, cell in enumerate(joined)]


def _are_parted(left: Cell, right: Cell) -> bool:
    """Say whether two neighbours are parts of one number, by what stands at their edges and the white between."""
    gap = right.box[0] - left.box[2]
    height = min(left.height, right.height)
    if not (left.text[-1:].isdigit() or left.text[-1:] in ".,") or gap > AT_POINT * height:
        return False
    if gap > IN_NUMBER * height:
        return any(one.fullmatch(left.text) and rest.fullmatch(right.text) for one, rest in _HALVES)
    if _HEAD.search(left.text) is not None:
        return _CENTS.match(right.text) is not None
    return _WHOLE.search(left.text) is not None and _REST.match(right.text) is not None


def _merge(left: Cell, right: Cell, text: str) -> Cell:
    polygon = (left.polygon[0], right.polygon[1], right.polygon[2], left.polygon[3])
    return Cell(
        left.index, left.page, left.row, text, fold(text), _around([left.box, right.box]), polygon,
        left.line_ids + right.line_ids, min(left.confidence, right.confidence),
    )  # fmt: skip


def _join_split(row: Sequence[Cell], words: Sequence[str]) -> list[Cell]:
    joined: list[Cell] = []
    for cell in row:
        last = joined[-1] if joined else None
        if (
            last is not None
            and cell.box[0] - last.box[2] < 8 * cell.height
            and any(
                0 < len(head := squash(last.text)) < len(word)
                and word.startswith(head)
                and (head + squash(cell.text)).startswith(word)
                for word in words
            )
        ):
            text = last.text.rstrip("、 ") + cell.text
            joined[-1] = _merge(last, cell, text)
        else:
            joined.append(cell)
    start = row[0].index
    return [replace(cell, index=start + number) for number, cell in enumerate(joined)]


def _level_lines(lines: Sequence[TextLine]) -> list[tuple[TextLine, Box]]:
    """Return each line with its box on the levelled page; see `docpipe.stages.text_lines.reading_order.skew`."""
    lean = skew([line.polygon for line in lines])
    if abs(lean) < LEVEL:
        return [(line, line.box) for line in lines]
    sine, cosine = math.sin(lean), math.cos(lean)
    return [
        (line, box_of(tuple((x * cosine + y * sine, y * cosine - x * sine) for x, y in line.polygon))) for line in lines
    ]


def _rows(lines: Sequence[tuple[TextLine, Box]]) -> list[list[tuple[TextLine, Box]]]:
    """Group lines into rows, from top to bottom, each from left to right.

    A line joins the row whose nearest member on its left (or right) lies on its height, so that rows may curve.
    """
    entries = sorted(lines, key=lambda e: (e[1][1] + e[1][3], e[1][0]))
    rows: list[list[tuple[TextLine, Box]]] = []
    for line, box in entries:
        middle, height = (box[1] + box[3]) / 2, box[3] - box[1]
        best: tuple[float, list[tuple[TextLine, Box]]] | None = None
        for row in rows[-6:]:
            nearest = min(row, key=lambda e: max(e[1][0] - box[2], box[0] - e[1][2]))[1]
            off = abs((nearest[1] + nearest[3]) / 2 - middle)
            if min(nearest[2], box[2]) - max(nearest[0], box[0]) > 0.5 * min(nearest[2] - nearest[0], box[2] - box[0]):
                continue  # one above the other
            if off < SAME_ROW * min(height, nearest[3] - nearest[1]) and (best is None or off < best[0]):
                best = (off, row)
        if best is not None:
            best[1].append((line, box))
        else:
            rows.append([(line, box)])
    ordered = sorted(rows, key=lambda row: median((b[1] + b[3]) / 2 for _, b in row))
    return [sorted(row, key=lambda e: (e[1][0], e[1][1])) for row in ordered]


def join_polygons(cells: Sequence[Cell]) -> Polygon | None:
    """Return the polygon of one cell, or the upright box around several."""
    if not cells:
        return None
    if len(cells) == 1:
        return cells[0].polygon
    return polygon_of(_around([box_of(c.polygon) for c in cells]))


def _around(boxes: Sequence[Box]) -> Box:
    x1, y1, x2, y2 = zip(*boxes, strict=True)
    return (min(x1), min(y1), max(x2), max(y2))
