"""Line items from recognised tables, and which of two readings of the goods to keep: the one whose sums are right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from docpipe.document import KeyField, Row, Table, TableCell, TextLine, box_of
from docpipe.stages.key_fields.candidates import Page
from docpipe.stages.key_fields.columns import NUMERIC
from docpipe.stages.key_fields.items import Item, item_fields, line_items
from docpipe.stages.key_fields.layout import Cell
from docpipe.values.amounts import to_decimal
from docpipe.values.text import clean, fold

CLOSE = Decimal("0.02")
AMOUNTS = frozenset({"net_amount", "unit_price", "gross_amount"})
RIGHT_SUM = 2
"""What it counts that the rows add up to the total, in rows that are right by themselves."""


def best_items(page: Page, fields: Mapping[str, KeyField]) -> tuple[Row, ...]:
    """Return the goods as rows of text have them, or as the recognised tables do where those prove better.

    A reading is proven by arithmetic alone: quantity times price is the amount, and the amounts add up to the total.
    """
    by_rows = line_items(page)
    totals = {to_decimal(fields[path].value) for path in ("total_net", "total_lines", "total_gross") if path in fields}
    by_tables = tuple(row for table in _tables(page) for row in _items_of(page, table))
    return by_tables if by_tables and _proof(by_tables, totals) > _proof(by_rows, totals) else by_rows


def _proof(rows: Sequence[Row], totals: set[Decimal | None]) -> int:
    """Count the rows whose numbers fit; the right sum counts extra, a row that contradicts itself against."""
    proof = 0
    amounts: list[Decimal] = []
    for row in rows:
        quantity, price, amount = (_number(row, name) for name in ("quantity", "unit_price", "net_amount"))
        if amount is not None:
            amounts.append(amount)
        if quantity is not None and price is not None and amount is not None:
            proof += 1 if abs(quantity * price - amount) <= CLOSE else -1
    return proof + (RIGHT_SUM if amounts and sum(amounts) in totals else 0)


def _number(row: Row, name: str) -> Decimal | None:
    return to_decimal(row[name].value) if name in row else None


def _tables(page: Page) -> Iterator[Table]:
    for each in page.layout.pages:
        yield from each.tables


def _items_of(page: Page, table: Table) -> Iterator[Row]:
    """Yield the rows of a table under a heading that names words and amounts, up to a row that ends the goods."""
    lines = {line.id: line for each in page.layout.pages for line in each.lines}
    rows: dict[int, list[TableCell]] = {}
    for cell in sorted(table.cells, key=lambda c: (c.row, c.col)):
        rows.setdefault(cell.row, []).append(cell)
    columns: dict[int, str] = {}
    for number, cells in sorted(rows.items()):
        if not columns:
            columns = _heading(page, cells)
            continue
        end = page.prepared.items_end
        words = fold(clean(" ".join(cell.text for cell in cells)))
        if end is not None and (found := end.search(words)) and found.start() < 12:
            return
        item = Item(number, float("inf"))
        for cell in cells:
            if cell.text.strip() and columns.get(cell.col):
                item.cells.setdefault(columns[cell.col], []).append(_cell(table, cell, lines))
        if len(item.cells.keys() & NUMERIC) >= 2 and item.cells.keys() & AMOUNTS and (row := item_fields(page, item)):
            yield row


def _heading(page: Page, cells: Sequence[TableCell]) -> dict[int, str]:
    """Return the columns' names by position, or none where the row is no heading of goods."""
    names: dict[int, str] = {}
    for cell in cells:
        hits = page.prepared.columns.hits(fold(clean(cell.text)))
        if len(hits) == 1 and hits[0].owner not in names.values():
            names[cell.col] = hits[0].owner
    found = set(names.values())
    return names if found & AMOUNTS and "description" in found and found & NUMERIC - AMOUNTS else {}


def _cell(table: Table, cell: TableCell, lines: Mapping[str, TextLine]) -> Cell:
    text = clean(cell.text)
    polygon = cell.polygon or table.polygon
    confidence = min((lines[line].confidence for line in cell.line_ids if line in lines), default=table.confidence)
    return Cell(-1, table.page, cell.row, text, fold(text), box_of(polygon), polygon, tuple(cell.line_ids), confidence)
