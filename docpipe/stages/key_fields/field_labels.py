"""The label that stands beside a value: text and place, looked for once rules or a model have chosen the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from docpipe.document import KeyField, Polygon, box_of
from docpipe.stages.key_fields.candidates import BELOW_ROWS, PageView
from docpipe.stages.key_fields.labelled_amounts import SUM_KINDS, classify
from docpipe.stages.key_fields.layout import Cell

MOST_LEFT = 3
"""Cells to the left that are looked at; a label further away belongs to something else."""
_EDGE = " .:*#-•："


def with_labels(page: PageView, fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields, each with the label that stands in its line, left of it or above it, where there is one."""
    return {path: _add_label(page, path, field) for path, field in fields.items()}


def _add_label(page: PageView, path: str, field: KeyField) -> KeyField:
    value = _cell_of(page, field)
    if value is None:
        return field
    for cell, end in _places(page, value, field):
        if (span := _label_in(page, path, cell, end)) is not None:
            start, stop = span
            return replace(field, label=cell.text[start:stop], label_polygon=_part(cell, start, stop))
    return field


def _cell_of(page: PageView, field: KeyField) -> Cell | None:
    """Return the cell that a value begins in."""
    if field.polygon is None or not field.line_ids:
        return None
    x1, y1, x2, y2 = box_of(field.polygon)
    for cell in page.layout.cells:
        if cell.page == field.page and set(cell.line_ids) & set(field.line_ids):
            a, b, c, d = box_of(cell.polygon)
            if min(c, x2) > max(a, x1) and min(d, y2) > max(b, y1):
                return cell
    return None


def _places(page: PageView, value: Cell, field: KeyField) -> Iterator[tuple[Cell, int]]:
    """Yield where a label may stand, nearest first, with the end of what may belong to it."""
    inside = value.text.find(field.raw or "\0")
    yield value, inside if inside >= 0 else 0
    for cell in page.layout.left_of(value)[:MOST_LEFT]:
        yield cell, len(cell.text)
    for cell in page.layout.above(value, BELOW_ROWS):
        yield cell, len(cell.text)


def _label_in(page: PageView, path: str, cell: Cell, end: int) -> tuple[int, int] | None:
    """Return where in a cell's text a label of the field begins and ends, before `end`."""
    for hit in page.hits[cell.index]:
        if hit.owner.split("@")[0] == path and hit.end <= end:
            return hit.start, hit.end
    text = cell.text[:end]
    if path in SUM_KINDS and text.strip(_EDGE):
        kind = classify(page, cell.folded[:end])
        if kind is not None and kind[0] == path:
            start = len(text) - len(text.lstrip(_EDGE))
            return start, len(text.rstrip(_EDGE))
    return None


def _part(cell: Cell, start: int, stop: int) -> Polygon:
    """Return the part of a cell's polygon that some of its characters take, all being of one width."""
    count = max(len(cell.text), 1)
    a, b = start / count, stop / count
    top_left, top_right, bottom_right, bottom_left = cell.polygon

    def between(one: tuple[float, float], other: tuple[float, float], share: float) -> tuple[float, float]:
        return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])

    return (
        between(top_left, top_right, a),
        between(top_left, top_right, b),
        between(bottom_left, bottom_right, b),
        between(bottom_left, bottom_right, a),
    )
