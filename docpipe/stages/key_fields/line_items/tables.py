"""Goods from recognised tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from docpipe.document import KeyField, Table, TableCell, TextLine, box_of
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.line_items.cell_values import GoodsItem, fields_of
from docpipe.stages.key_fields.line_items.heading import Words
from docpipe.stages.key_fields.line_items.pieces import is_number, whole
from docpipe.stages.key_fields.line_items.vocabulary import AMOUNTS, NUMERIC, is_allowance, is_note, sum_kind
from docpipe.values.text import clean, fold


def table_rows(page: PageView, words: Words) -> list[dict[str, KeyField]]:
    """Return the goods of all recognised tables that have a heading of goods, in order."""
    lines = {line.id: line for each in page.layout.pages for line in each.lines}
    return [row for each in page.layout.pages for table in each.tables for row in _rows(page, table, words, lines)]


def _rows(page: PageView, table: Table, words: Words, lines: Mapping[str, TextLine]) -> Iterator[dict[str, KeyField]]:
    """Yield the rows of a table under a heading that names words and amounts, up to a row that ends the goods."""
    rows: dict[int, list[TableCell]] = {}
    for cell in sorted(table.cells, key=lambda c: (c.row, c.col)):
        rows.setdefault(cell.row, []).append(cell)
    columns: dict[int, str] = {}
    rule, numbers = f"{page.compiled.name}.items", page.numbers
    for number, cells in sorted(rows.items()):
        if not columns:
            columns = _read_heading(cells, words)
            continue
        text = fold(clean(" ".join(cell.text for cell in cells)))
        kind = sum_kind(text)
        if kind == "carried":
            continue
        pattern = page.compiled.items_end
        if kind == "end" or (pattern is not None and (found := pattern.search(text)) and found.start() < 12):
            return
        lead = next((fold(clean(c.text)) for c in cells if any(x.isalpha() for x in c.text)), "")
        if is_allowance(lead) or is_note(lead):
            continue
        item = GoodsItem(number)
        for cell in cells:
            name = columns.get(cell.col, "")
            if cell.text.strip() and name and (name not in NUMERIC or is_number(clean(cell.text))):
                piece = whole(_cell(table, cell, lines))
                if name == "description":
                    item.words.append(piece)
                else:
                    item.cells.setdefault(name, []).append(piece)
        fields = fields_of(item, numbers, rule)
        if len(fields.keys() & NUMERIC) >= 2 and fields.keys() & AMOUNTS and "description" in fields:
            yield fields


def _read_heading(cells: list[TableCell], words: Words) -> dict[int, str]:
    """Return the columns' names by position, or none where the row is no heading of goods."""
    names: dict[int, str] = {}
    for cell in cells:
        hits = words.find_names(fold(clean(cell.text)))
        if len(hits) == 1 and hits[0][0] not in names.values():
            names[cell.col] = hits[0][0]
    found = set(names.values())
    return names if found & AMOUNTS and "description" in found and found & NUMERIC - AMOUNTS else {}


def _cell(table: Table, cell: TableCell, lines: Mapping[str, TextLine]) -> Cell:
    text = clean(cell.text)
    polygon = cell.polygon or table.polygon
    confidence = min((lines[line].confidence for line in cell.line_ids if line in lines), default=table.confidence)
    at = cell.row * 1000 + cell.col
    return Cell(-1 - at, table.page, at, text, fold(text), box_of(polygon), polygon, tuple(cell.line_ids), confidence)
