"""Which reading of the goods to keep: rows under a heading, recognised tables, or rows that arithmetic alone finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from docpipe.document import KeyField, Row
from docpipe.stages.key_fields.candidates import Page
from docpipe.stages.key_fields.line_items.headed import rows_of, tables_of
from docpipe.stages.key_fields.line_items.sums import Cells, proof, repaired, weighed, with_discounts
from docpipe.stages.key_fields.line_items.tables import table_rows
from docpipe.stages.key_fields.pack import ITEM_CELLS
from docpipe.values.amounts import to_decimal

TOTALS = ("total_lines", "total_net", "total_gross")
PREFERRED = 0.5
"""How much better another reading must prove itself than rows under a heading, which keep places and confidences."""


def best_items(page: Page, fields: Mapping[str, KeyField]) -> tuple[Row, ...]:
    """Return the line items of a document, in order, each with the cells that it has.

    Every way of reading is tried; a reading is proven by arithmetic alone: quantity times price is the amount, and the
    amounts add up to a total. Missing cells are then worked out, and confidences raised or lowered.
    """
    totals = totals_of(fields)
    headed = max(
        (_finished(rows_of(page, found.items), totals) for found in tables_of(page)),
        key=lambda rows: (proof(rows, totals), len(rows)),
        default=[],
    )
    best = headed
    others = [_finished(table_rows(page), totals)]
    for rows in others:
        if rows and proof(rows, totals) > proof(best, totals) + (PREFERRED if best else 0.0):
            best = rows
    return tuple(ordered(row) for row in weighed(best, totals))


def totals_of(fields: Mapping[str, KeyField]) -> list[Decimal]:
    """Return the totals that the rows may add up to."""
    found = (to_decimal(fields[path].value) for path in TOTALS if path in fields)
    return [total for total in dict.fromkeys(found) if total is not None]


def _finished(rows: Sequence[Cells], totals: Sequence[Decimal]) -> list[Cells]:
    return repaired(with_discounts(rows), totals)


def ordered(row: Cells) -> Row:
    """Return a row with its cells in the order of the schema."""
    return {name: row[name] for name in ITEM_CELLS if name in row}
