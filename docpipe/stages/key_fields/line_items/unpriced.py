"""Goods without money, as delivery notes and packing lists have them: a description and a count under a heading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.line_items.cell_values import fields_of
from docpipe.stages.key_fields.line_items.descriptions import items_of
from docpipe.stages.key_fields.line_items.heading import Heading, HeadingColumn, Words, heading_at, unpriced_heading_at
from docpipe.stages.key_fields.line_items.table_rows import Body, BodyRow, body_of
from docpipe.values.amounts import to_decimal

MOST_ROWS = 400


def unpriced_rows(page: PageView, words: Words) -> list[dict[str, KeyField]]:
    """Return the rows with words and a count of each table whose heading names both, and no table names money.

    Where any heading of the document names prices or amounts there are none: its goods stand there.
    """
    rows = page.layout.rows
    if any(heading_at(rows, number, words) for number in range(len(rows))):
        return []
    return list(_rows(page, words))[:MOST_ROWS]


def _rows(page: PageView, words: Words) -> Iterator[dict[str, KeyField]]:
    number = 0
    while number < len(page.layout.rows):
        heading = unpriced_heading_at(page.layout.rows, number, words)
        number += 1
        if heading is None:
            continue
        body = body_of(page, heading, words, priced=False)
        if not any(row.placed.get("quantity") for row in body.rows):
            body = body_of(page, _with_count(heading, body.rows), words, priced=False)
        number = max(body.end, heading.last + 1)
        rows = tuple(_counted(_in_order(row, body.columns)) for row in body.rows)
        for item in items_of(page, Body(rows, body.columns, body.end, body.ended)):
            row = fields_of(item, page.numbers, f"{page.compiled.name}.items")
            if "description" in row and to_decimal(row["quantity"].value if "quantity" in row else None):
                yield row


def _with_count(heading: Heading, rows: Sequence[BodyRow]) -> Heading:
    """Return the heading with the nameless column left of the empty one for counts as that: `Cantidad … Ud.`."""
    names = [column.name for column in heading.columns]
    empty = names.index("quantity")
    numbers = [piece for row in rows for piece in row.placed.get("", ()) if piece.number]
    for n in range(empty - 1, -1, -1):
        column = heading.columns[n]
        if not column.name and any(min(p.x2, column.x2) > max(p.x1, column.x1) for p in numbers):
            columns = list(heading.columns)
            columns[n], columns[empty] = replace(column, name="quantity"), replace(columns[empty], name="unit")
            return replace(heading, columns=tuple(columns))
    return heading


def _in_order(row: BodyRow, columns: Sequence[HeadingColumn]) -> BodyRow:
    """Return a row with the count that its place among the numbers says, where each column behind the words has one.

    `Ordered … Shipped` may be set left over numbers set right.
    """
    words = next(column for column in columns if column.name == "description")
    behind = [column.name for column in columns if column.x1 > words.x2 and column.name != "unit"]
    numbers = sorted((p for n in ("", "quantity") for p in row.placed.get(n, ()) if p.number), key=lambda p: p.x1)
    if len(numbers) != len(behind) or "quantity" not in behind or "" not in behind:
        return row
    return replace(row, placed={**row.placed, "quantity": [numbers[behind.index("quantity")]]})


def _counted(row: BodyRow) -> BodyRow:
    """Return a row of words and a count as one of goods."""
    if row.role != "words" or not row.placed.get("description") or not row.placed.get("quantity"):
        return row
    return replace(row, role="item")
