"""What the arithmetic of goods proves, repairs and doubts: quantity times price is the amount, amounts the total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from rapidfuzz.distance import Levenshtein

from docpipe.document import KeyField
from docpipe.values.amounts import to_decimal

CLOSE = Decimal("0.02")
CENT = Decimal("0.01")
BASES = (Decimal(10), Decimal(100), Decimal(1000))
"""For so many pieces a price may be given."""
FRACTION = 3
RIGHT_SUM = 2.0
"""What it counts that the rows add up to the total, in rows that are right by themselves."""
DERIVED = 0.75
"""A repaired cell is trusted this much less than the cells it follows from."""
DOUBTED = 0.6
PROVEN = 1.15
MOST_TRUST = 0.97
Cells = dict[str, KeyField]


def value(row: Mapping[str, KeyField], name: str) -> Decimal | None:
    """Return the number of a cell, None where there is none."""
    return to_decimal(row[name].value) if name in row else None


def amount_name(row: Mapping[str, KeyField]) -> str:
    """Return the name of the cell that holds a row's amount: the net one, else the gross one."""
    return "net_amount" if "net_amount" in row or "gross_amount" not in row else "gross_amount"


def product(row: Mapping[str, KeyField]) -> Decimal | None:
    """Return quantity times price less the discount, in cents; None where a factor is missing."""
    quantity, price = value(row, "quantity"), value(row, "unit_price")
    if quantity is None or price is None:
        return None
    try:
        return (quantity * price - (value(row, "discount") or 0)).quantize(CENT, ROUND_HALF_UP)
    except InvalidOperation:
        return None


def agrees(row: Mapping[str, KeyField]) -> bool | None:
    """Say whether a row's numbers fit each other; None where too few are there."""
    expected, amount = product(row), value(row, amount_name(row))
    if expected is None or amount is None:
        return None
    if abs(abs(expected) - abs(amount)) <= max(CLOSE, abs(amount) * Decimal("0.0005")):
        return True  # a credit note may print quantities without the sign of its amounts
    off = value(row, "discount") or Decimal(0)
    return None if _per_many(expected + off, off, amount) else False


def _per_many(whole: Decimal, off: Decimal, amount: Decimal) -> bool:
    """Say whether a price seems to be one for ten, a hundred or a thousand pieces."""
    return any(abs(abs(whole / many - off) - abs(amount)) <= CLOSE for many in BASES) and bool(amount)


def total_of(rows: Sequence[Mapping[str, KeyField]]) -> Decimal | None:
    """Return the sum of the rows' amounts; None where one is missing."""
    amounts = [value(row, amount_name(row)) for row in rows]
    return sum((a for a in amounts if a is not None), Decimal(0)) if amounts and None not in amounts else None


def adds_up(rows: Sequence[Mapping[str, KeyField]], totals: Iterable[Decimal]) -> bool:
    """Say whether the rows' amounts add up to one of the totals."""
    whole = total_of(rows)
    return whole is not None and any(abs(whole - total) <= CENT * max(1, len(rows)) for total in totals)


def proof(rows: Sequence[Mapping[str, KeyField]], totals: Iterable[Decimal]) -> float:
    """Count the rows whose numbers fit; the right sum counts extra, a row that contradicts itself against."""
    found = 0.0
    for row in rows:
        right = agrees(row)
        found += 0.0 if right is None else 1.0 if right else -1.0
        found += 0.02 * len(row)
    return found + (RIGHT_SUM + 0.25 * len(rows) if adds_up(rows, totals) else 0.0)


def with_right_roles(rows: Sequence[Cells]) -> list[Cells]:
    """Return the rows with price and amount in the columns that make quantity times price the amount.

    A heading may name two prices (with and without tax) or two amounts; where the columns as read contradict most rows
    and two others are right in all, these are price and amount.
    """
    checked = [agrees(row) for row in rows]
    if sum(c is True for c in checked) * 2 > len(rows) or not rows:
        return list(rows)
    names = [n for n in ("unit_price", "net_amount", "gross_amount", "tax_amount", "discount", "tax_rate")
             if any(n in row for row in rows)]  # fmt: skip
    for amount in names:
        for price in names:
            if amount == price or (price, amount) in (("unit_price", "net_amount"), ("unit_price", "gross_amount")):
                continue
            if all(_multiplies(row, price, amount) for row in rows):
                return [_rename(row, price, amount) for row in rows]
    return list(rows)


def with_priced_price(rows: Sequence[Cells]) -> list[Cells]:
    """Return the rows with count and price exchanged where every count has a fraction of three decimals or more.

    And no price has decimals: money shows them, and `264 kWh` at `0.0974` does not sell 0.0974 of something.
    """
    both = [row for row in rows if {"quantity", "unit_price"} <= row.keys()]
    if not both or any(_decimals(row, "quantity") < FRACTION or _decimals(row, "unit_price") for row in both):
        return list(rows)
    return [
        {**row, "quantity": row["unit_price"], "unit_price": row["quantity"]} if row in both else row for row in rows
    ]


def _decimals(row: Cells, name: str) -> int:
    number = value(row, name)
    return -int(number.as_tuple().exponent) if number is not None else 0


def _multiplies(row: Cells, price: str, amount: str) -> bool:
    quantity, one, whole = value(row, "quantity"), value(row, price), value(row, amount)
    if quantity is None or not one or whole is None:
        return False
    off = abs(value(row, "discount") or Decimal(0)) if "discount" not in (price, amount) else Decimal(0)
    full = quantity * one
    return min(abs(full - off - whole), abs(full * (100 - off) / 100 - whole)) <= CLOSE


def _rename(row: Cells, price: str, amount: str) -> Cells:
    kept = {n: cell for n, cell in row.items() if n not in ("unit_price", "net_amount", "gross_amount", price, amount)}
    return {**kept, "unit_price": row[price], "net_amount": row[amount]}


def with_whole_counts(rows: Sequence[Cells]) -> list[Cells]:
    """Return the rows with a count of three decimals read as thousands where price and amount prove it: `2.846 kWh`."""
    found = []
    for row in rows:
        if _decimals(row, "quantity") == FRACTION and agrees(row) is not True:
            count = replace(row["quantity"], value=format((value(row, "quantity") or 0) * 1000, "f").split(".")[0])
            if agrees({**row, "quantity": count}):
                row = {**row, "quantity": count}
        found.append(row)
    return found


def with_discounts(rows: Sequence[Cells]) -> list[Cells]:
    """Return the rows with each discount as an amount: a percentage is worked out where it fits the row's amount."""
    return [_fix_discount(row) for row in rows]


def _fix_discount(row: Cells) -> Cells:
    field = row.get("discount")
    if field is None:
        return row
    found = to_decimal(field.value)
    quantity, price, amount = value(row, "quantity"), value(row, "unit_price"), value(row, amount_name(row))
    if found is None:
        return {name: cell for name, cell in row.items() if name != "discount"}
    off = abs(found)
    if quantity is None or price is None:
        return {**row, "discount": replace(field, value=str(off))}
    sign = -1 if quantity * price < 0 else 1  # what is given back is less by its discount
    amount = abs(amount) if amount is not None else None
    gross = _whole(abs(quantity * price), off, amount)
    percent = (gross * off / 100).quantize(CENT, ROUND_HALF_UP)
    by_amount = amount is not None and abs(gross - off - amount) <= CLOSE
    by_percent = amount is not None and abs(gross - percent - amount) <= CLOSE
    if by_amount and off:
        return {**row, "discount": replace(field, value=str(sign * off))}
    if by_percent or "%" in (field.raw or ""):
        if amount is not None and not by_percent and abs(gross - amount) <= CLOSE:
            return {name: cell for name, cell in row.items() if name != "discount"}  # the price has it already
        worked = percent if amount is None or by_percent else gross - amount
        return {
            **row,
            "discount": replace(
                field, value=str(sign * worked.quantize(CENT)), source="derived", source_id="quantity x price x rate",
                confidence=round(field.confidence * DERIVED, 4),
            ),
        }  # fmt: skip
    if amount is not None and abs(gross - amount) <= CLOSE:
        return {name: cell for name, cell in row.items() if name != "discount"}
    return {**row, "discount": replace(field, value=str(sign * off))}


def _whole(product: Decimal, off: Decimal, amount: Decimal | None) -> Decimal:
    """Return quantity times price: a part of it where a price for many pieces, less the discount, makes the amount."""
    if amount:
        for many in BASES:
            part = product / many
            if off and min(abs(part - off - amount), abs(part * (100 - off) / 100 - amount)) <= CLOSE:
                return part
    return product


def repair_rows(rows: Sequence[Cells], totals: Sequence[Decimal]) -> list[Cells]:
    """Return the rows with a missing or misread cell worked out where its row, and the total, leave no doubt.

    An amount follows from quantity and price where then the rows add up to a printed total, or where the amount read
    has the same digits but no point; a quantity follows from price and amount where it is whole; a price misread by a
    digit from quantity and amount.
    """
    found = [dict(row) for row in rows]
    right = adds_up(found, totals)
    for n, row in enumerate(found):
        name = amount_name(row)
        expected, amount = product(row), value(row, name)
        if expected is not None and (amount is None or agrees(row) is False) and not right:
            others = [value(r, amount_name(r)) for k, r in enumerate(found) if k != n]
            rest = sum((o for o in others if o is not None), Decimal(0)) if None not in others else None
            fits_sum = rest is not None and any(abs(rest + expected - t) <= CENT * len(found) for t in totals)
            same = amount is not None and "." not in (row[name].value or "") and _digits(amount) == _digits(expected)
            if same or (fits_sum and (amount is None or _alike(expected, amount))):
                found[n] = {**row, name: _derive(row, name, expected, ("quantity", "unit_price"))}
                continue
        if amount is None:
            continue
        found[n] = _with_factor(row, name, amount, right)
    return found


def _with_factor(row: Cells, name: str, amount: Decimal, right: bool) -> Cells:
    """Work out a quantity that is missing, or a factor misread by a digit where the total proves the amount.

    A price that is not printed is never invented: any amount would fit it.
    """
    quantity, price = value(row, "quantity"), value(row, "unit_price")
    taken_off = value(row, "discount") or Decimal(0)
    full = amount + taken_off
    wrong = agrees(row) is False and right
    if price and (quantity is None or wrong):
        worked = full / price
        if (
            worked == worked.to_integral_value()
            and 0 < abs(worked) < 100000
            and (quantity is None or _alike(worked, quantity))
        ):
            return {**row, "quantity": _derive(row, "quantity", worked.to_integral_value(), (name, "unit_price"))}
    if quantity and price is not None and wrong:
        worked = (full / quantity).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        if worked == worked.quantize(CENT) and _alike(worked, price) and worked >= 0:
            return {**row, "unit_price": _derive(row, "unit_price", worked.quantize(CENT), (name, "quantity"))}
    return row


def _alike(a: Decimal, b: Decimal) -> bool:
    """Say whether two numbers differ in a digit or two: one may be the other misread."""
    one, other = _digits(a), _digits(b)
    return one != other and Levenshtein.distance(one, other) <= max(1, len(one) // 4)


def _digits(number: Decimal) -> str:
    return "".join(c for c in format(number.normalize(), "f") if c.isdigit()).strip("0")


def _derive(row: Cells, name: str, number: Decimal, sources: Sequence[str]) -> KeyField:
    known = row.get(name)
    trust = min(row[source].confidence for source in sources if source in row) * DERIVED
    lines = tuple(dict.fromkeys(line for source in sources if source in row for line in row[source].line_ids))
    formula = {"quantity": "amount / price", "unit_price": "amount / quantity"}.get(name, "quantity x price")
    if known is not None:
        return replace(
            known, value=format(number, "f"), confidence=round(trust, 4), source="derived", source_id=formula
        )
    page = next(iter(row.values())).page
    return KeyField(
        format(number, "f"), None, round(trust, 4), source="derived", source_id=formula, page=page, line_ids=lines
    )  # fmt: skip


def weigh_rows(rows: Sequence[Cells], totals: Sequence[Decimal]) -> list[Cells]:
    """Return the rows with confidences that arithmetic raised or lowered."""
    right = adds_up(rows, totals)
    found = []
    for row in rows:
        fits = agrees(row)
        factor = (PROVEN if right else 1.0) * (PROVEN if fits else 1.0 if fits is None or right else DOUBTED)
        parts = {"quantity", "unit_price", "discount", "net_amount", "gross_amount"}
        raised = {
            name: replace(cell, confidence=round(min(MOST_TRUST, cell.confidence * factor), 4))
            for name, cell in row.items()
            if name in parts
        }
        found.append({**row, **raised})
    return found
