"""Tax lines that prove themselves (base x rate = tax), and the amounts that follow from others."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from docpipe.document import KeyField, Row
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.layout import Cell, join_polygons
from docpipe.values.amounts import AmountMatch, find_amounts, to_decimal

_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?)\s?%")
HIGHEST_RATE = 40
CLOSE = Decimal("0.02")
DOUBT = 0.9
"""A derived amount is trusted this much less than the ones it comes from."""


def tax_lines(page: PageView, taken: Collection[str] = ()) -> tuple[Row, ...]:
    """Return one row for each rate, base and tax that stand in one row of the page and fit each other.

    Rows of goods, whose line ids are in `taken`, are left out. Equal rows count once.
    """
    rows: list[Row] = []
    seen: set[tuple[Decimal, Decimal, Decimal]] = set()
    for row in page.layout.rows:
        if any(line in taken for cell in row for line in cell.line_ids):
            continue
        found = _find_fitting(page, row)
        if found is not None and found[0] not in seen:
            seen.add(found[0])
            rows.append(_row(page, *found))
            further = _find_further(page, row, *found)
            if further is not None and further[0] not in seen:
                seen.add(further[0])
                rows.append(_row(page, *further))
    return tuple(rows)


def _find_further(
    page: PageView,
    row: tuple[Cell, ...],
    values: tuple[Decimal, Decimal, Decimal],
    cells: Sequence[tuple[str, Cell]],
) -> tuple[tuple[Decimal, Decimal, Decimal], list[tuple[str, Cell]]] | None:
    """Return a second rate and tax on the same base right of the first: `438,79 | 4 % | 17,55 | 0,5 % | 2,19`."""
    base, last = cells[1][1], cells[2][1]
    rest = tuple(cell for cell in row if cell is base or cell.box[0] > last.box[0])
    found = _find_fitting(page, rest)
    return found if found is not None and found[0][1] == values[1] and found[0] != values else None


def _find_fitting(
    page: PageView, row: tuple[Cell, ...]
) -> tuple[tuple[Decimal, Decimal, Decimal], list[tuple[str, Cell]]] | None:
    numbers = page.numbers
    money: list[tuple[AmountMatch, Cell]] = []
    rates: list[tuple[Decimal, str, Cell]] = []
    for cell in row:
        rates += [(Decimal(m.group(1).replace(",", ".")), m.group(), cell) for m in _PERCENT.finditer(cell.text)]
        for amount in find_amounts(cell.text, numbers.point, spaces_group=numbers.spaces_group):
            if numbers.is_money(amount, cell.text):
                money.append((amount, cell))
            if not amount.marked and 0 < amount.decimal <= HIGHEST_RATE:
                rates.append((amount.decimal, cell.text[amount.start : amount.end], cell))
    if len(money) < 2:
        return None
    for rate, printed, at in rates:
        for number, (base, base_cell) in enumerate(money):
            for tax, tax_cell in money[number + 1 :]:
                expected = (base.decimal * rate / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
                if (
                    base.decimal
                    and tax.decimal
                    and rate > 0
                    and abs(expected - tax.decimal) <= CLOSE
                    and base.value != printed
                ):
                    return (rate, base.decimal, tax.decimal), [
                        (printed, at),
                        (base.value, base_cell),
                        (tax.value, tax_cell),
                    ]
    return None


def _row(page: PageView, values: tuple[Decimal, Decimal, Decimal], found: list[tuple[str, Cell]]) -> Row:
    rule = f"{page.compiled.name}.tax-line"
    texts = {"rate": format(values[0].normalize(), "f"), "taxable": found[1][0], "tax": found[2][0]}
    return {
        name: KeyField(
            value=text,
            raw=printed if name == "rate" else text,
            confidence=0.85,
            source="rule",
            source_id=rule,
            page=cell.page,
            polygon=join_polygons([cell]),
            line_ids=cell.line_ids,
        )
        for (name, text), (printed, cell) in zip(texts.items(), found, strict=True)
    }


def derive(fields: Mapping[str, KeyField], lines: Sequence[Row] = ()) -> dict[str, KeyField]:
    """Return the fields with `total_net` = `total_gross` − `total_tax` where no net is printed.

    Where proven tax lines add up to the total, they say what net and tax are, unless those read fit the total, too.
    """
    known = dict(fields)
    if "total_gross" not in known:
        return known
    gross, tax = known["total_gross"], known.get("total_tax")
    total, part = to_decimal(gross.value), to_decimal(tax.value if tax is not None else None)
    rounding = to_decimal(known["rounding"].value) or Decimal(0) if "rounding" in known else Decimal(0)
    if total is None:
        return known
    base, sum_of_taxes = (_sum(lines, name) for name in ("taxable", "tax"))
    net = to_decimal(known["total_net"].value) if "total_net" in known else None
    fits = net is not None and part is not None and abs(net + part + rounding - total) <= CLOSE
    if lines and not fits and base + sum_of_taxes + rounding == total:
        confidence = min(row[name].confidence for row in lines for name in ("taxable", "tax")) * DOUBT
        line_ids = tuple(line for row in lines for line in row["tax"].line_ids)
        if part != sum_of_taxes:
            known["total_tax"] = _derive(sum_of_taxes, confidence, "sum of tax_breakdown", line_ids)
        if net != base:
            known["total_net"] = _derive(base, confidence, "sum of tax_breakdown", line_ids)
    elif lines and not fits and net is not None and net + sum_of_taxes + rounding == total:
        confidence = min(row["tax"].confidence for row in lines) * DOUBT  # a row of no tax names no base
        line_ids = tuple(line for row in lines for line in row["tax"].line_ids)
        known["total_tax"] = _derive(sum_of_taxes, confidence, "sum of tax_breakdown", line_ids)
    elif tax is not None and net is not None and part and not fits and net + 2 * part + rounding == total:
        # two taxes of one rate, as India's CGST and SGST
        known["total_tax"] = _derive(2 * part, tax.confidence * DOUBT, "twice the tax: two of one rate", tax.line_ids)
    elif _is_what_is_left(known, total) and net is not None and part is not None:
        confidence = min(known["total_net"].confidence, known["total_tax"].confidence) * DOUBT
        known.setdefault("amount_due", gross)
        known["total_gross"] = _derive(net + part + rounding, confidence, "total_net + total_tax")
    elif "total_net" not in known and tax is not None and part is not None and abs(part) < abs(total) / 2:
        confidence = min(gross.confidence, tax.confidence) * DOUBT
        known["total_net"] = _derive(total - part - rounding, confidence, "total_gross - total_tax")
    return known


def _is_what_is_left(known: Mapping[str, KeyField], total: Decimal) -> bool:
    """Say whether the total read is what is left to pay: net and tax, less what was paid, make it to the cent."""
    net, tax, paid, due = (
        to_decimal(known[path].value) if path in known else None
        for path in ("total_net", "total_tax", "amount_paid", "amount_due")
    )
    if net is None or tax is None or not paid or due not in (None, total):
        return False
    return net + tax - abs(paid) == total


def _sum(lines: Sequence[Row], name: str) -> Decimal:
    return sum((to_decimal(row[name].value) or Decimal(0) for row in lines), Decimal(0))


def _derive(value: Decimal, confidence: float, rule: str, line_ids: tuple[str, ...] = ()) -> KeyField:
    return KeyField(str(value), confidence=round(confidence, 4), source="derived", source_id=rule, line_ids=line_ids)
