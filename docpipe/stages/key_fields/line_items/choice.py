"""Which reading of the goods to keep: rows under a heading, recognised tables, or rows that arithmetic alone finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from docpipe.document import KeyField, Row
from docpipe.result import ITEM_CELLS
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.line_items.headed import rows_of, tables_of
from docpipe.stages.key_fields.line_items.heading import words_of
from docpipe.stages.key_fields.line_items.sums import (
    Cells,
    adds_up,
    proof,
    repair_rows,
    total_of,
    value,
    weigh_rows,
    with_discounts,
    with_priced_price,
    with_right_roles,
    with_whole_counts,
)
from docpipe.stages.key_fields.line_items.tables import table_rows
from docpipe.stages.key_fields.line_items.unheaded import unheaded_items
from docpipe.stages.key_fields.line_items.unpriced import unpriced_rows
from docpipe.values.amounts import to_decimal

TOTALS = ("total_lines", "total_net", "total_gross")
AMOUNT = frozenset({"net_amount", "gross_amount"})
HIGHEST_RATE = 40
BARCODE = 8
MOST_SUMMED = 2
"""Two rows and their sum are too few to tell a sum from an article at twice the price."""
MOST_SUMS = 4
"""So many sums of groups may stand below a table."""
MOST = 0.6
"""So many of the rows must begin alike; a recogniser may have glued or lost the others."""
ROUNDED = Decimal("0.05")
_CODE = re.compile(r"(?=\S*\d\S*\d)[A-Z0-9][A-Z0-9./\-]{3,}")
PREFERRED = 0.5
"""How much better another reading must prove itself than rows under a heading, which keep places and confidences."""


def best_items(page: PageView, fields: Mapping[str, KeyField]) -> tuple[Row, ...]:
    """Return the line items of a document, in order, each with the cells that it has.

    Every way of reading is tried; a reading is proven by arithmetic alone: quantity times price is the amount, and the
    amounts add up to a total. Missing cells are then worked out, and confidences raised or lowered.
    """
    totals = totals_of(fields)
    words = words_of(page)
    headed = max(
        (_finish(rows_of(page, found.items), totals) for found in tables_of(page, words)),
        key=lambda rows: (proof(rows, totals), len(rows)),
        default=[],
    )
    tax = to_decimal(fields["total_tax"].value) if "total_tax" in fields else None
    best = headed = _without_sum_of_rows(_without_sums_behind(headed, totals, tax))
    others = [_finish(table_rows(page, words), totals)]
    if not adds_up(headed, totals):
        others.append(_finish(rows_of(page, unheaded_items(page, totals, words)), totals))
    for rows in others:
        if rows and proof(rows, totals) > proof(best, totals) + (PREFERRED if best else 0.0):
            best = rows
    if not best and not totals:
        best = unpriced_rows(page, words)
    return tuple(order_cells(row) for row in weigh_rows(_with_tax(_part_codes(best), fields), totals))


def _without_sum_of_rows(rows: list[Cells]) -> list[Cells]:
    """Return the rows without a last one that has neither count nor price, and is the sum of those above."""
    if len(rows) <= MOST_SUMMED or {"quantity", "unit_price"} & rows[-1].keys():
        return rows
    whole, last = total_of(rows[:-1]), total_of(rows[-1:])
    return rows[:-1] if whole is not None and last and abs(whole - last) <= ROUNDED else rows


def _without_sums_behind(rows: list[Cells], totals: Sequence[Decimal], tax: Decimal | None) -> list[Cells]:
    """Return the rows without the last ones that have neither count nor price, where the others then make a total.

    They are sums of groups below the table: `Labor & services`, `Hardware`; or its tax, which makes the gross total.
    """
    if adds_up(rows, totals):
        untaxed = rows[:-1]
        last = total_of(rows[-1:])
        if not tax or last is None or abs(last - tax) > ROUNDED or {"quantity", "unit_price"} & rows[-1].keys():
            return rows
        return untaxed if untaxed and adds_up(untaxed, totals) else rows
    for end in range(len(rows) - 1, max(1, len(rows) - 1 - MOST_SUMS), -1):
        if {"quantity", "unit_price"} & rows[end].keys() or not any("unit_price" in row for row in rows[:end]):
            break
        if adds_up(rows[:end], totals):
            return rows[:end]
    return rows


def totals_of(fields: Mapping[str, KeyField]) -> list[Decimal]:
    """Return the totals that the rows may add up to."""
    found = (to_decimal(fields[path].value) for path in TOTALS if path in fields)
    return [total for total in dict.fromkeys(found) if total is not None]


def _finish(rows: Sequence[Cells], totals: Sequence[Decimal]) -> list[Cells]:
    """Return the rows repaired; without those that lack the amount which most have: they tell about other rows."""
    read = with_right_roles(with_whole_counts(_drop_odd_rates(rows)))
    found = repair_rows(with_discounts(with_priced_price(read)), totals)
    whole = [row for row in found if AMOUNT & row.keys()]
    return whole if 2 * len(whole) >= len(found) else found


def _with_numbers(rows: Sequence[Cells]) -> Sequence[Cells]:
    """Return the rows with codes that only count them (1, 2, 3) as numbers of lines: `Item` may head such a column."""
    codes = [row["product_code"].value if "product_code" in row else None for row in rows]
    if len(rows) < 2 or any("line_no" in row for row in rows) or codes != [str(n) for n in range(1, len(rows) + 1)]:
        return rows
    return [{("line_no" if name == "product_code" else name): cell for name, cell in row.items()} for row in rows]


def _part_codes(rows: Sequence[Cells]) -> list[Cells]:
    """Return the rows with codes and numbers of rows that begin most descriptions in cells of their own."""
    rows = _with_numbers(rows)
    firsts = [re.match(r"(\S+) (?=.*[^\W\d])", row["description"].value or "") for row in rows]
    heads = [found.group(1) if found else "" for found in firsts]
    counted = [n for n, head in enumerate(heads) if re.fullmatch(rf"0*{n + 1}[.):]?", head)]
    coded = [n for n, head in enumerate(heads) if _CODE.fullmatch(head)]
    name, at = ("line_no", counted) if len(rows) >= 2 and len(counted) >= MOST * len(rows) else ("product_code", coded)
    barcode = len(rows) == 1 and coded and heads[0].isdigit() and len(heads[0]) >= BARCODE
    if not at or len(at) < MOST * len(rows) or any(name in row for row in rows):
        return list(rows)
    if name == "product_code" and not barcode and len(rows) < 2:
        return list(rows)
    found = list(rows)
    for n in at:
        words = rows[n]["description"]
        own, rest = heads[n].rstrip(".):"), (words.value or "")[len(heads[n]) :].strip()
        found[n] = {**rows[n], name: replace(words, value=own, raw=heads[n]), "description": replace(words, value=rest)}
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


def _drop_odd_rates(rows: Sequence[Cells]) -> list[Cells]:
    """Return the rows without rates of tax that no country has: an amount in the wrong column."""
    return [
        {name: cell for name, cell in row.items() if name != "tax_rate" or 0 <= (value(row, name) or 0) <= HIGHEST_RATE}
        for row in rows
    ]


def order_cells(row: Cells) -> Row:
    """Return a row with its cells in the order of the schema."""
    return {name: row[name] for name in ITEM_CELLS if name in row}
