"""Which reading of the goods to keep: rows under a heading, recognised tables, or rows that arithmetic alone finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from docpipe.document import KeyField, Row
from docpipe.stages.key_fields.candidates import Page
from docpipe.stages.key_fields.line_items.headed import rows_of, tables_of
from docpipe.stages.key_fields.line_items.sums import (
    Cells,
    proof,
    repaired,
    total_of,
    value,
    weighed,
    with_discounts,
    with_right_roles,
)
from docpipe.stages.key_fields.line_items.tables import table_rows
from docpipe.stages.key_fields.line_items.unheaded import unheaded_items
from docpipe.stages.key_fields.pack import ITEM_CELLS
from docpipe.values.amounts import to_decimal

TOTALS = ("total_lines", "total_net", "total_gross")
HIGHEST_RATE = 40
BARCODE = 8
ROUNDED = Decimal("0.05")
_CODE = re.compile(r"(?=\S*\d\S*\d)[A-Z0-9][A-Z0-9./\-]{3,}")
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
    if not headed or proof(headed, totals) < len(headed):
        others.append(_finished(rows_of(page, unheaded_items(page, totals)), totals))
    for rows in others:
        if rows and proof(rows, totals) > proof(best, totals) + (PREFERRED if best else 0.0):
            best = rows
    return tuple(ordered(row) for row in weighed(_with_tax(_parted(best), fields), totals))


def totals_of(fields: Mapping[str, KeyField]) -> list[Decimal]:
    """Return the totals that the rows may add up to."""
    found = (to_decimal(fields[path].value) for path in TOTALS if path in fields)
    return [total for total in dict.fromkeys(found) if total is not None]


def _finished(rows: Sequence[Cells], totals: Sequence[Decimal]) -> list[Cells]:
    return repaired(with_discounts(with_right_roles(_bounded(rows))), totals)


def _parted(rows: Sequence[Cells]) -> list[Cells]:
    """Return the rows with codes and numbers of rows that begin most descriptions in cells of their own."""
    first = [re.match(r"(\S+) (?=.*[^\W\d])", row["description"].value or "") for row in rows]
    heads = [found.group(1) for found in first if found]
    if not heads or len(heads) < len(rows):
        return list(rows)
    counted = [re.fullmatch(r"(\d{1,3})[.):]?", head) for head in heads]
    counting = len(rows) >= 2 and [int(c.group(1)) for c in counted if c] == list(range(1, len(rows) + 1))
    coded = all(_CODE.fullmatch(head) for head in heads) and (
        len(rows) >= 2 or (heads[0].isdigit() and len(heads[0]) >= BARCODE)
    )
    name = "line_no" if counting else "product_code" if coded else ""
    if not name or any(name in row for row in rows):
        return list(rows)
    found = []
    for row, head in zip(rows, heads, strict=True):
        words = row["description"]
        rest = (words.value or "")[len(head) :].strip()
        own = head.rstrip(".):") if counting else head
        found.append({**row, name: replace(words, value=own, raw=head), "description": replace(words, value=rest)})
    return found


def _with_tax(rows: Sequence[Cells], fields: Mapping[str, KeyField]) -> list[Cells]:
    """Return the rows with their amounts as gross ones where these add up to the total with tax, and not without."""
    net, gross, tax = (
        to_decimal(fields[p].value) if p in fields else None for p in ("total_net", "total_gross", "total_tax")
    )
    whole = total_of(rows)
    if whole is None or gross is None or not tax or any("gross_amount" in row for row in rows):
        return list(rows)
    if abs(whole - gross) > ROUNDED or (net is not None and abs(whole - net) <= ROUNDED):
        return list(rows)
    return [{("gross_amount" if n == "net_amount" else n): cell for n, cell in row.items()} for row in rows]


def _bounded(rows: Sequence[Cells]) -> list[Cells]:
    """Return the rows without rates of tax that no country has: an amount in the wrong column."""
    return [
        {name: cell for name, cell in row.items() if name != "tax_rate" or 0 <= (value(row, name) or 0) <= HIGHEST_RATE}
        for row in rows
    ]


def ordered(row: Cells) -> Row:
    """Return a row with its cells in the order of the schema."""
    return {name: row[name] for name in ITEM_CELLS if name in row}
