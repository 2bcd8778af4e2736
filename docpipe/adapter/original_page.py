"""Puts every place of a document back on the original pages, where stages turned or levelled them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from docpipe.document import Affine, Document, KeyField, Page, Polygon, Row, Table, inverse, move_polygon


def on_original_pages(document: Document) -> Document:
    """Return a document with all coordinates in pixels of its pages as a viewer shows them.

    `rotation` and `transform` of the pages stay: they say what the models saw. Pages that were not turned stay as they
    are, and so does a document without any.
    """
    frames = {page.number: _Frame(page) for page in document.pages if page.original_size is not None}
    if not frames:
        return document
    return replace(
        document,
        pages=tuple(frames[page.number].page(page) if page.number in frames else page for page in document.pages),
        fields=_row(document.fields, frames),
        line_items=tuple(_row(row, frames) for row in document.line_items),
        tax_breakdown=tuple(_row(row, frames) for row in document.tax_breakdown),
    )


class _Frame:
    """The way back from a turned page."""

    def __init__(self, page: Page) -> None:
        self.size: tuple[int, int] = page.original_size or (page.width, page.height)
        self.back: Affine = inverse(page.transform)

    def polygon(self, polygon: Polygon) -> Polygon:
        width, height = self.size
        one, two, three, four = (
            (min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height)))
            for x, y in move_polygon(polygon, self.back)
        )
        return (one, two, three, four)

    def page(self, page: Page) -> Page:
        return replace(
            page,
            width=self.size[0],
            height=self.size[1],
            image=None,
            original_size=None,
            regions=(),
            lines=tuple(replace(line, polygon=self.polygon(line.polygon)) for line in page.lines),
            tables=tuple(self._table(table) for table in page.tables),
        )

    def _table(self, table: Table) -> Table:
        cells = tuple(
            replace(cell, polygon=None if cell.polygon is None else self.polygon(cell.polygon)) for cell in table.cells
        )
        return replace(table, polygon=self.polygon(table.polygon), cells=cells)


def _row(row: Row, frames: Mapping[int, _Frame]) -> Row:
    return {name: _field(field, frames) for name, field in row.items()}


def _field(field: KeyField, frames: Mapping[int, _Frame]) -> KeyField:
    if field.polygon is None or field.page is None or field.page not in frames:
        return field
    frame = frames[field.page]
    label = None if field.label_polygon is None else frame.polygon(field.label_polygon)
    return replace(field, polygon=frame.polygon(field.polygon), label_polygon=label)
