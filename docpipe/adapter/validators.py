"""The checks between fields: EN 16931 business rules, arithmetic, identifiers. They judge values and never change one.

Every rule answers every time; what cannot be checked says why. Amounts agree within 0.01 times the number of amounts
added. No clock is read. The rules are those of EN 16931-1 (BR-…) and GB 32100, as docs/result.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from docpipe.result import CheckOutcome, Validation
from docpipe.values.amounts import to_decimal
from docpipe.values.capitals import read_capitals
from docpipe.values.currency import is_code
from docpipe.values.identifiers import compact, is_german_tax_number, is_iban, is_uscc, is_vat, vat_country

Cells = Mapping[str, str | None]
CENT = Decimal("0.01")
PER_MANY = (Decimal(10), Decimal(100), Decimal(1000))
"""For so many pieces a price may be given."""
_EXACT = Context(prec=2_000)
"""Digits of a sum or product: a page or a person may say a number as long as a line, and cents must still be told."""
VAT_CURRENCIES = ("EUR", "GBP", "BGN", "CZK", "DKK", "HUF", "PLN", "RON", "SEK", "CHF", "NOK")
"""Money of countries whose VAT identifiers begin with a country code (BR-CO-09)."""


@dataclass(frozen=True, slots=True)
class DocumentValues:
    """The values of one document, without those that were derived: they would prove themselves."""

    fields: Cells
    items: Sequence[Cells]
    taxes: Sequence[Cells]

    def amount(self, path: str) -> Decimal | None:
        return to_decimal(self.fields.get(path))

    @property
    def is_receipt(self) -> bool:
        """Whether it is a till's receipt."""
        return self.fields.get("document_type") == "receipt"

    def column(self, rows: Sequence[Cells], cell: str) -> list[Decimal] | None:
        """Return one column as amounts, or None where a row has none or there is no row."""
        values = [to_decimal(row.get(cell)) for row in rows]
        found = [value for value in values if value is not None]
        return found if rows and len(found) == len(rows) else None


Rule = Callable[[str, DocumentValues], Validation]


def validate(
    fields: Cells, line_items: Sequence[Cells] = (), tax_breakdown: Sequence[Cells] = (), derived: Collection[str] = ()
) -> list[Validation]:
    """Return one check for each rule, always all of them and in the same order.

    Args:
        fields: dotted path to normalised value; None and a missing path are the same.
        derived: paths whose values were computed from others; they count as missing.
    """
    facts = DocumentValues({path: v for path, v in fields.items() if path not in derived}, line_items, tax_breakdown)
    with localcontext(_EXACT):
        return [rule(name, facts) for name, rule in RULES.items()]


def _skip(rule: str, fields: Sequence[str], why: str) -> Validation:
    return _finding(rule, "not_checked", fields, why)


def _finding(
    rule: str,
    outcome: CheckOutcome,
    fields: Sequence[str],
    message: str,
    compared: tuple[str | None, str | None, str | None] = (None, None, None),
) -> Validation:
    """Return what one rule found; `compared` are the expected and the actual value and the tolerance."""
    expected, actual, tolerance = compared
    return Validation(
        rule=rule,
        outcome=outcome,
        fields=tuple(fields),
        expected=expected,
        actual=actual,
        tolerance=tolerance,
        message=message,
    )


def _name_missing(facts: DocumentValues, *paths: str) -> str | None:
    gone = [path for path in paths if facts.fields.get(path) in (None, "")]
    if not gone:
        return None
    return f"{' and '.join(gone)} {'is' if len(gone) == 1 else 'are'} missing"


def _compare(rule: str, fields: Sequence[str], expected: Decimal, actual: Decimal, added: int, what: str) -> Validation:
    tolerance = CENT * max(1, added)
    good = abs(expected - actual) <= tolerance
    message = f"{what}: {expected} expected, {actual} found" if not good else f"{what} agrees"
    numbers = (str(expected), str(actual), str(tolerance))
    return _finding(rule, "pass" if good else "fail", fields, message, numbers)


def _judge(rule: str, fields: Sequence[str], good: bool, expected: str, actual: str, what: str) -> Validation:
    return _finding(rule, "pass" if good else "fail", fields, what, (expected, actual, None))


def _total_lines(rule: str, facts: DocumentValues) -> Validation:
    paths = ("total_lines", "line_items.net_amount")
    total, nets = facts.amount("total_lines"), facts.column(facts.items, "net_amount")
    if total is None or nets is None:
        return _skip(rule, paths, "total_lines or a line's net_amount is missing")
    return _compare(rule, paths, sum(nets, Decimal(0)), total, len(nets), "total_lines = sum of the lines")


def _total_net(rule: str, facts: DocumentValues) -> Validation:
    paths = ("total_net", "line_items.net_amount", "total_discount", "total_charges")
    total, nets = facts.amount("total_net"), facts.column(facts.items, "net_amount")
    if total is None or nets is None:
        return _skip(rule, paths, "total_net or a line's net_amount is missing")
    discount, charges = facts.amount("total_discount"), facts.amount("total_charges")
    rows = sum(nets, Decimal(0)) + (charges or Decimal(0))
    added = len(nets) + (discount is not None) + (charges is not None)
    expected = rows - abs(discount or Decimal(0))
    if discount is not None and discount < 0 and abs(rows - discount - total) <= CENT * added:
        expected = rows - discount  # of a credit note: what is taken back is less by the discount
    if abs(sum(nets, Decimal(0)) - total) <= CENT * added and _comes_after(facts):
        expected = total  # a sub-total of the lines: discounts and charges stand between it and the total
    return _compare(rule, paths, expected, total, added, "total_net = sum of the lines - discounts + charges")


def _total_tax(rule: str, facts: DocumentValues) -> Validation:
    paths = ("total_tax", "tax_breakdown.tax")
    total, taxes = facts.amount("total_tax"), facts.column(facts.taxes, "tax")
    if total is None or taxes is None:
        return _skip(rule, paths, "total_tax or the tax of a tax line is missing")
    return _compare(rule, paths, sum(taxes, Decimal(0)), total, len(taxes), "total_tax = sum of the tax lines")


def _tax_lines(rule: str, facts: DocumentValues) -> Validation:
    paths = ("tax_breakdown.taxable", "tax_breakdown.rate", "tax_breakdown.tax")
    columns = [facts.column(facts.taxes, cell) for cell in ("taxable", "rate", "tax")]
    bases, rates, taxes = columns
    if bases is None or rates is None or taxes is None:
        return _skip(rule, paths, "a tax line lacks its base, rate or tax")
    for base, rate, tax in zip(bases, rates, taxes, strict=True):
        expected = (base * rate / 100).quantize(CENT, ROUND_HALF_UP)
        if abs(expected - tax) > CENT:
            return _compare(rule, paths, expected, tax, 1, f"tax on {base} at {rate} %")
    return _judge(rule, paths, True, "", "", "each tax = base x rate")


def _gross(rule: str, facts: DocumentValues) -> Validation:
    receipt = facts.fields.get("document_type") == "receipt"
    paths = ["total_gross", "total_net", "total_tax", *(["rounding"] if receipt else [])]
    gross, net, tax = (facts.amount(path) for path in paths[:3])
    if gross is None or net is None or tax is None:
        return _skip(rule, paths, _name_missing(facts, *paths[:3]) or "an amount cannot be read")
    rounding = facts.amount("rounding") if receipt else None
    expected = net + tax + (rounding or Decimal(0))
    if _comes_after(facts):
        expected = gross
    return _compare(rule, paths, expected, gross, 2 + (rounding is not None), "total_gross = total_net + total_tax")


def _comes_after(facts: DocumentValues) -> bool:
    """Say whether discounts and charges stand below the net, as on American forms: sub-total, tax, shipping, total."""
    gross, net, tax = (facts.amount(path) for path in ("total_gross", "total_net", "total_tax"))
    discount, charges = facts.amount("total_discount") or Decimal(0), facts.amount("total_charges") or Decimal(0)
    if gross is None or net is None or not (discount or charges):
        return False
    return abs(net - abs(discount) + charges + (tax or Decimal(0)) - gross) <= CENT


def _due(rule: str, facts: DocumentValues) -> Validation:
    receipt = facts.fields.get("document_type") == "receipt"
    paths = ["amount_due", "total_gross", "amount_paid", *([] if receipt else ["rounding"])]
    due, gross = facts.amount("amount_due"), facts.amount("total_gross")
    if due is None or gross is None:
        return _skip(rule, paths, _name_missing(facts, "amount_due", "total_gross") or "an amount cannot be read")
    paid, rounding = facts.amount("amount_paid"), None if receipt else facts.amount("rounding")
    expected = gross - abs(paid or Decimal(0)) + (rounding or Decimal(0))
    added = 1 + (paid is not None) + (rounding is not None)
    return _compare(rule, paths, expected, due, added, "amount_due = total_gross - amount_paid + rounding")


def _prices(rule: str, facts: DocumentValues) -> Validation:
    paths = ("line_items.unit_price",)
    prices = [p for row in facts.items if (p := to_decimal(row.get("unit_price"))) is not None]
    if not prices:
        return _skip(rule, paths, "no line has a unit_price")
    least = min(prices)
    return _judge(rule, paths, least >= 0, ">= 0", str(least), "the least unit price")


def _dates(first: str, last: str) -> Rule:
    def check(rule: str, facts: DocumentValues) -> Validation:
        start, end = facts.fields.get(first), facts.fields.get(last)
        if not start or not end:
            return _skip(rule, (first, last), _name_missing(facts, first, last) or "")
        return _judge(rule, (first, last), end >= start, f">= {start}", end, f"{last} is not before {first}")

    return check


def _is_national(number: str) -> bool:
    """Say whether a tax number without a country's letters is one that firms print at home."""
    return is_vat(number) or is_german_tax_number(number)


def _vat_country(rule: str, facts: DocumentValues) -> Validation:
    paths = ("seller.tax_id", "buyer.tax_id")
    if facts.fields.get("currency") == "CNY":
        return _skip(rule, paths, "a Chinese tax number has no country code")
    currency = facts.fields.get("currency")
    if currency and currency not in VAT_CURRENCIES:
        return _skip(rule, paths, f"tax numbers where {currency} is money are no VAT identifiers")
    found = [(path, value) for path in paths if (value := facts.fields.get(path))]
    if not found:
        return _skip(rule, paths, "no tax_id is there")
    # at home many print the number of their country as it is: `VAT No. 412 7765 08`, `CIF B41234567`
    bad = [f"{path} {value}" for path, value in found if vat_country(value) is None and not _is_national(value)]
    return _judge(
        rule, paths, not bad, "a country code first", "; ".join(v for _, v in found), ", ".join(bad) or "good"
    )


def _line_net(rule: str, facts: DocumentValues) -> Validation:
    paths = tuple(f"line_items.{cell}" for cell in ("quantity", "unit_price", "discount", "net_amount"))
    checked = 0
    for number, row in enumerate(facts.items, 1):
        quantity, price, net = (to_decimal(row.get(cell)) for cell in ("quantity", "unit_price", "net_amount"))
        if quantity is None or price is None or net is None:
            continue
        checked += 1
        discount = to_decimal(row.get("discount"))
        expected = (quantity * price - (discount or Decimal(0))).quantize(CENT, ROUND_HALF_UP)
        step = Decimal(5).scaleb(min(-3, int(price.as_tuple().exponent)) - 1) * abs(
            quantity
        )  # the price is rounded too
        if abs(expected - net) > max(CENT * 2, step) and not _is_per_many(quantity * price, discount, net):
            return _compare(rule, paths, expected, net, 2, f"line {number}: quantity x unit_price - discount")
    if not checked:
        return _skip(rule, paths, "no line has quantity, unit_price and net_amount")
    return _judge(rule, paths, True, "", "", f"quantity x unit_price - discount agrees on {checked} lines")


def _is_per_many(whole: Decimal, discount: Decimal | None, net: Decimal) -> bool:
    """Say whether a price is one for ten, a hundred or a thousand pieces; the discount is of the amount, then."""
    off = discount or Decimal(0)
    return bool(net) and any(abs(whole / many - taken - net) <= 2 * CENT for many in PER_MANY for taken in (off, 0))


def _currency(rule: str, facts: DocumentValues) -> Validation:
    code = facts.fields.get("currency")
    if not code:
        return _skip(rule, ("currency",), "currency is missing")
    return _judge(rule, ("currency",), is_code(code), "an ISO 4217 code", code, "currency code")


def _iban(rule: str, facts: DocumentValues) -> Validation:
    number = facts.fields.get("payment.iban")
    if not number:
        return _skip(rule, ("payment.iban",), "payment.iban is missing")
    return _judge(rule, ("payment.iban",), is_iban(number), "remainder 1 modulo 97", number, "ISO 13616 check digits")


def _cn_tax_id(rule: str, facts: DocumentValues) -> Validation:
    paths = ("seller.tax_id", "buyer.tax_id")
    if facts.fields.get("currency") != "CNY":
        return _skip(rule, paths, "not a Chinese document")
    found = [compact(value) for path in paths if (value := facts.fields.get(path))]
    modern = [value for value in found if len(value) != 15]
    if not modern:
        return _skip(rule, paths, "the old form of 15 digits has no check" if found else "no tax_id is there")
    bad = [value for value in modern if not is_uscc(value)]
    return _judge(
        rule, paths, not bad, "18 characters with a good check character", ", ".join(modern), ", ".join(bad) or "good"
    )


def _cn_number(rule: str, facts: DocumentValues) -> Validation:
    paths = ("invoice_code", "invoice_number", "check_code")
    if facts.fields.get("currency") != "CNY":
        return _skip(rule, paths, "not a Chinese document")
    code, number, check = (facts.fields.get(path) or "" for path in paths)
    if facts.is_receipt:
        return _skip(rule, paths, "a till numbers its receipts as it likes")
    if not number:
        return _skip(rule, paths, "invoice_number is missing")
    digital = not code and len(number) == 20
    classic = len(code) in (10, 12) and len(number) == 8
    good = (digital or classic) and (code + number + check).isdigit() and (not check or len(check) == 20)
    actual = f"code of {len(code)}, number of {len(number)}, check code of {len(check)} characters"
    return _judge(
        rule, paths, good, "10 or 12 with 8, or none with 20; check code 20", actual, "lengths of the numbers"
    )


def _cn_capitals(rule: str, facts: DocumentValues) -> Validation:
    paths = ("total_gross_in_words", "total_gross")
    words, gross = facts.fields.get(paths[0]), facts.amount("total_gross")
    if not words or gross is None:
        return _skip(rule, paths, _name_missing(facts, *paths) or "total_gross cannot be read")
    value = read_capitals(words)
    if value is None:
        return _skip(rule, paths, f"{words} cannot be read as an amount")
    return _compare(rule, paths, value, gross, 1, "the amount in capitals = the amount in figures")


RULES: Mapping[str, Rule] = {
    "BR-CO-10": _total_lines,
    "BR-CO-13": _total_net,
    "BR-CO-14": _total_tax,
    "BR-CO-17": _tax_lines,
    "BR-CO-15": _gross,
    "BR-CO-16": _due,
    "BR-27": _prices,
    "BR-29": _dates("period_start", "period_end"),
    "BR-CO-09": _vat_country,
    "line-net": _line_net,
    "due-date": _dates("issue_date", "due_date"),
    "currency": _currency,
    "iban": _iban,
    "cn-tax-id": _cn_tax_id,
    "cn-number": _cn_number,
    "cn-capitals": _cn_capitals,
}
