"""What proves that something was paid, taken off or added on an invoice: the sums that it leads to.

A label alone does not: a deposit may be asked for, a payment may be that of last month, a charge may be a row of the
goods. On receipts `payments.py` compares what was paid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, product

from docpipe.document import Doubt, KeyField, Row
from docpipe.stages.key_fields.amount_scores import MOST_AGREED
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.labelled_amounts import AmountSeen
from docpipe.stages.key_fields.line_items.sums import total_of
from docpipe.values.amounts import to_decimal

CENT = Decimal("0.01")
REASON = "unproved_amount"
MOST_PAYMENTS = 6
"""So many payments are tried with each other."""
SUMMED = MOST_AGREED
"""How sure a sum is of which each part is printed, and that makes another sum to the cent."""
_WITHHELD = re.compile(
    r"\b(?:RITENUT[AE]|RETENCION(?:ES)?|RETENCAO|RETENUE|I\.?R\.?P\.?F|I\.?R\.?S|WITHH[EO]LD(?:ING)?|T\.?D\.?S|RETENTION"
    r"|HOLDBACK|CIS DEDUCTION|(?:SICHERHEITS)?EINBEHALT|QUELLENSTEUER|BRONBELASTING|INHOUDING)\b"
)
"""Words for what the buyer keeps back: it is not paid to the seller, though it leaves as much less due."""
Fields = Mapping[str, KeyField]


def sum_of_payments(fields: Fields, seen: Sequence[AmountSeen]) -> dict[str, KeyField]:
    """Return the fields with the sum of several payments as what was paid, where just that leaves what is due."""
    total, due, paid = (_value(fields, path) for path in ("total_gross", "amount_due", "amount_paid"))
    entries = list({(s.cell.page, s.cell.row): s for s in seen if s.kind == "amount_paid" and s.value}.values())
    if total is None or due is None or not 2 <= len(entries) <= MOST_PAYMENTS or total - due == abs(paid or Decimal(0)):
        return dict(fields)
    several = (some for many in range(len(entries), 1, -1) for some in combinations(entries, many))
    found = next((some for some in several if sum(abs(s.value) for s in some) == total - due), None)
    if found is None:
        return dict(fields)
    return {**fields, "amount_paid": _sum_of("sum of payments", [(abs(s.value), s) for s in found])}


def taxes_by_goods(fields: Fields, rows: Sequence[Row], seen: Sequence[AmountSeen]) -> dict[str, KeyField]:
    """Return the fields with the sum of all taxes that are printed, where the goods and just that make the total.

    So India's CGST and SGST, two rows of one amount, where no net is printed.
    """
    sums = {line for s in seen if s.kind in ("total_tax", "total_gross") for line in s.cell.line_ids}
    goods = [row for row in rows if not any(sums & set(cell.line_ids) for cell in row.values())]
    total, tax, whole = _value(fields, "total_gross"), _value(fields, "total_tax"), total_of(goods)
    net = fields.get("total_net")
    if total is None or tax is None or whole is None or (net is not None and net.source != "derived"):
        return dict(fields)
    entries = list({(s.cell.page, s.cell.row): s for s in seen if s.kind == "total_tax" and s.value}.values())
    sum_ = sum((entry.value for entry in entries), Decimal(0))
    if len(entries) < 2 or sum_ == tax or whole + sum_ != total:
        return dict(fields)
    of_goods = KeyField(str(whole), None, SUMMED, "derived", "sum of line_items")
    return {**fields, "total_tax": _sum_of("sum of taxes", [(s.value, s) for s in entries]), "total_net": of_goods}


def without_unproven_lines(fields: Fields, rows: Sequence[Row]) -> dict[str, KeyField]:
    """Return the fields without a sum of lines that only a model saw, and that neither the goods nor the net make."""
    lines, net, total = (_value(fields, path) for path in ("total_lines", "total_net", "total_gross"))
    if lines is None or fields["total_lines"].source != "model" or "+" in (fields["total_lines"].source_id or ""):
        return dict(fields)
    off, extra = (_value(fields, path) or Decimal(0) for path in ("total_discount", "total_charges"))
    whole, near = total_of(rows), CENT * max(1, len(rows))
    changed = lines - abs(off) + extra
    ends = (net, total) if off or extra or net is None else (net,)  # the total is none of its own lines
    proven = any(abs(sum_ - changed) <= near for sum_ in ends if sum_ is not None)
    if proven or (whole is not None and abs(whole - lines) <= near):
        return dict(fields)
    return {path: found for path, found in fields.items() if path != "total_lines"}


def _sum_of(rule: str, parts: Sequence[tuple[Decimal, AmountSeen]]) -> KeyField:
    """Return the sum of printed amounts: as good as printed, for checks, as each part is."""
    raw = " + ".join(entry.cell.text[entry.amount.start : entry.amount.end].strip() for _, entry in parts)
    lines = tuple(line for _, entry in parts for line in entry.cell.line_ids)
    whole = sum((value for value, _ in parts), Decimal(0))
    return KeyField(str(whole), raw, SUMMED, "rule", rule, line_ids=lines)


def raise_proven(page: PageView, fields: Fields) -> dict[str, KeyField]:
    """Return the fields with what is due and what was paid as sure as sums get, where they make a sure total."""
    total, due, paid = (_value(fields, path) for path in ("total_gross", "amount_due", "amount_paid"))
    if total is None or due is None or paid is None or not paid or due + abs(paid) != total:
        return dict(fields)
    sure = min(MOST_AGREED, fields["total_gross"].confidence)
    raised = ("amount_due",) if _is_withheld(page, fields["amount_paid"]) else ("amount_due", "amount_paid")
    return {
        path: replace(found, confidence=max(found.confidence, sure)) if path in raised else found
        for path, found in fields.items()
    }


def _is_withheld(page: PageView, paid: KeyField) -> bool:
    """Say whether the row of a payment names something that is kept back instead."""
    rows = {cell.row for cell in page.layout.cells if set(cell.line_ids) & set(paid.line_ids)}
    return any(_WITHHELD.search(cell.folded) for row in rows for cell in page.layout.rows[row])


def doubt_unproven(
    page: PageView, fields: Fields, rows: Sequence[Row], seen: Sequence[AmountSeen], *, confirmed: bool
) -> Iterator[Doubt]:
    """Yield a doubt about what was paid, taken off or added that no sum of the document needs.

    `confirmed` says that sums make the total; without them one that only a model saw is doubted.
    """
    total, due, paid = (_value(fields, path) for path in ("total_gross", "amount_due", "amount_paid"))
    if total is None:
        return
    gross = fields["total_gross"]
    if not confirmed and gross.source == "model" and "+" not in (gross.source_id or ""):
        yield Doubt("total_gross", REASON, f"No label and no sum says that {total} is the total.")
    if paid and _is_withheld(page, fields["amount_paid"]):
        yield Doubt("amount_paid", REASON, f"{paid} is kept back rather than paid.")
    elif paid and abs(paid) != abs(total) and (due is None or due + abs(paid) != total):
        yield Doubt("amount_paid", REASON, f"{paid} was taken for what was paid, but no sum is left of {total} by it.")
    yield from _doubt_changes(fields, rows, seen, total)


def _doubt_changes(fields: Fields, rows: Sequence[Row], seen: Sequence[AmountSeen], total: Decimal) -> Iterator[Doubt]:
    off, extra, tax, rounding = (
        _value(fields, path) or Decimal(0) for path in ("total_discount", "total_charges", "total_tax", "rounding")
    )
    if not off and not extra:
        return
    net, lines, whole = _value(fields, "total_net"), _value(fields, "total_lines"), total_of(rows)
    bases = {base for base in (lines, whole, net) if base is not None}
    ends = {end for end in (net, total, total - tax, total - rounding, total - tax - rounding) if end is not None}
    near = CENT * max(2, len(rows))
    shown = {entry.value for entry in seen}
    for path, own, other in (("total_discount", -abs(off), extra), ("total_charges", extra, -abs(off))):
        steps = {own, own + other}
        leads = any(base != end and abs(base + step - end) <= near for base, end, step in product(bases, ends, steps))
        leads = leads or any(end - step in shown - {end} for end, step in product(ends, steps) if step)
        if own and not leads:
            name = "taken off" if path == "total_discount" else "added"
            yield Doubt(path, REASON, f"{abs(own)} was read as {name}, but no two sums differ by it.")


def _value(fields: Fields, path: str) -> Decimal | None:
    return to_decimal(fields[path].value) if path in fields else None
