"""The label of a cell of a line item: the heading of its column, where that stands above it on its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from docpipe.document import Box, KeyField, Polygon, Row, box_of
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.line_items.heading import HeadingColumn, Words, heading_at, words_of

NEARLY_ALL = 0.8
"""A cell is a column's heading where so much of its width lies in the column, and names several where it is wider."""
NEAR = 8
"""A heading stands at most so many rows above the first line item below it."""


@dataclass(frozen=True, slots=True)
class _Label:
    name: str
    x1: float
    x2: float
    text: str
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class _LabelRow:
    page: int
    last: int
    labels: tuple[_Label, ...]


def with_headings(page: PageView, items: Sequence[Row]) -> tuple[Row, ...]:
    """Return the line items, each cell with the heading of its column; as it is where none stands above it."""
    if not items:
        return ()
    rows = {line: (cell.page, cell.row) for cell in reversed(page.layout.cells) for line in cell.line_ids}
    taken = {rows[line][1] for item in items for field in item.values() for line in field.line_ids if line in rows}
    headings = list(_label_rows(page, sorted(taken)))
    return tuple({name: _add_label(name, field, headings, rows) for name, field in item.items()} for item in items)


def _add_label(name: str, field: KeyField, headings: Sequence[_LabelRow], rows: dict[str, tuple[int, int]]) -> KeyField:
    at = next((rows[line] for line in field.line_ids if line in rows), None)
    if field.polygon is None or at is None:
        return field
    above = [heading for heading in headings if heading.page == at[0] and heading.last < at[1]]
    label = _label_of(name, box_of(field.polygon), above[-1].labels) if above else None
    return field if label is None else replace(field, label=label.text, label_polygon=label.polygon)


def _label_of(name: str, box: Box, labels: Sequence[_Label]) -> _Label | None:
    """Return the label that names the cell; one that stands over it where none does, as amounts get other roles."""
    named = [label for label in labels if label.name == name]
    over = [label for label in labels if min(label.x2, box[2]) > max(label.x1, box[0])]
    return next(iter([*(label for label in named if label in over), *named, *over]), None)


def _label_rows(page: PageView, taken: Sequence[int]) -> Iterator[_LabelRow]:
    """Yield the headings above the rows of line items, of those in a row the one that names most columns."""
    words, rows = words_of(page), page.layout.rows
    before = -1
    for first in taken:
        found = None
        for number in range(max(before + 1, first - NEAR), first if first - before > 1 else 0):
            heading = heading_at(rows, number, words)
            if heading is not None and (found is None or len(heading.names) > len(found.names)):
                found = heading
        before = first
        if found is not None:
            cells = [cell for row in rows[found.first : found.last + 1] for cell in row]
            labels = (_label(column, cells, words) for column in found.columns if column.name)
            yield _LabelRow(rows[found.first][0].page, found.last, tuple(each for each in labels if each))


def _label(column: HeadingColumn, cells: Sequence[Cell], words: Words) -> _Label | None:
    """Return what is printed in a column's heading: its cells from top to bottom, or its part of a wider one."""
    over = [cell for cell in cells if _measure_overlap(cell, column) > 0]
    naming = [cell for cell in over if any(hit[0] == column.name for hit in words.find_names(cell.folded))]
    texts: list[str] = []
    boxes: list[Box] = []
    for cell in naming or over:  # a heading in two lines may be named by both together alone
        left, _, right, _ = cell.box
        x1, y1, x2, y2 = box_of(cell.polygon)
        shared = _measure_overlap(cell, column)
        if shared >= NEARLY_ALL * (right - left):
            texts.append(cell.text)
            boxes.append((x1, y1, x2, y2))
        elif shared >= NEARLY_ALL * (column.x2 - column.x1):
            width = max(right - left, 1.0) / max(len(cell.text), 1)
            texts.append(cell.text[round((column.x1 - left) / width) : round((column.x2 - left) / width)].strip())
            boxes.append((max(column.x1, x1), y1, min(column.x2, x2), y2))
    text = " ".join(filter(None, texts))
    if not text:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    x1, y1, x2, y2 = min(lefts), min(tops), max(rights), max(bottoms)
    return _Label(column.name, x1, x2, text, ((x1, y1), (x2, y1), (x2, y2), (x1, y2)))


def _measure_overlap(cell: Cell, column: HeadingColumn) -> float:
    return min(cell.box[2], column.x2) - max(cell.box[0], column.x1)
