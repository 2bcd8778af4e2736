"""What a document's sums say of each other: what contradicts is doubted, what agrees is trusted more.

The checks that need only the fields of a result (net + tax = total and the like) are validations of the adapter; those
here see every amount of the page, with the label beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import product

from docpipe.document import Doubt, KeyField, Row
from docpipe.stages.key_fields.amount_scores import AGREES, FULL, MOST_AGREED, NAMES_THE_TOTAL, SUBTOTAL
from docpipe.stages.key_fields.labelled_amounts import AmountSeen
from docpipe.stages.key_fields.line_items.sums import total_of
from docpipe.stages.key_fields.payments import Payments, doubt_change, doubt_payment, doubt_unpaid_total
from docpipe.values.amounts import to_decimal

CENT = Decimal("0.01")
ROUNDED = Decimal("0.05")
"""A cash rounding, or a cent for each of a few rates, may lie between two sums that agree."""
FAR = Decimal("1.5")
"""Goods that make so many times the total contradict it, whatever was taken off."""
MOST_TAX = Decimal("0.4")
"""No country's tax is a larger share of the net."""
CARRIES_TOTAL = frozenset({"total_gross", "amount_due"})
SUMS_OF_GOODS = ("total_gross", "total_net", "total_lines")
"""Kinds of labelled sums that the goods may make; one that they do make contradicts a total far below."""
BY_THREE = 5
"""Total, payment and rest, each printed under a label of its own, count as so many sums that confirm the payment."""
OTHER_THAN_TAX = ("total_charges", "total_discount", "rounding")
"""Kinds of amounts that a model may take for a tax, as they stand between net and total."""
NAMES = {
    "amount_paid": "what was paid", "change": "the change", "total_lines": "a sub-total", "total_net": "the net",
    "total_tax": "a tax", "total_discount": "a discount", "total_charges": "a charge", "rounding": "a rounding",
}  # fmt: skip
"""What the labels of each kind of amount stand for, in a sentence."""


@dataclass(frozen=True)
class Findings:
    """What to look at, and how many sums confirm a field."""

    doubts: tuple[Doubt, ...] = ()
    agreed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sums:
    """The amounts of a document: those chosen, and those seen, by the kind that their label names."""

    fields: Mapping[str, KeyField]
    rows: Sequence[Row]
    seen: Sequence[AmountSeen]
    by_kind: Mapping[str, Mapping[Decimal, float]]
    """Value to the score of its best label."""

    def value(self, path: str) -> Decimal | None:
        """Return the amount of a field that is printed; None for one that was worked out."""
        found = self.fields.get(path)
        return to_decimal(found.value) if found is not None and found.source != "derived" else None

    def amounts_of(self, kind: str) -> list[Decimal]:
        """Return the amounts of a kind, without a sign and without zeros."""
        return list(dict.fromkeys(abs(value) for value in self.by_kind.get(kind, {}) if value))

    def sum_payments(self) -> Decimal:
        """Return all payments together, each time one is printed."""
        return sum((abs(entry.value) for entry in self.seen if entry.kind == "amount_paid"), Decimal(0))


def check_sums(
    fields: Mapping[str, KeyField],
    rows: Sequence[Row],
    seen: Sequence[AmountSeen],
    lonely_label: Callable[[], str | None] = lambda: None,
) -> Findings:
    """Return what contradicts and what agrees among the sums of a document.

    `lonely_label` finds a label for the total that no amount stands beside; it is asked only where that matters.
    """
    by_kind: dict[str, dict[Decimal, float]] = defaultdict(dict)
    for entry in seen:
        known = by_kind[entry.kind]
        known[entry.value] = max(entry.score, known.get(entry.value, 0.0))
    sums = Sums(fields, rows, seen, by_kind)
    total = sums.value("total_gross")
    if total is None:
        return Findings()
    agreed = {"total_gross": _count_confirming(sums, total)}
    net, tax = sums.value("total_net"), sums.value("total_tax")
    if net is not None and tax is not None and abs(net + tax - total) <= CENT:
        goods = _goods(sums)
        by_rows = goods is not None and abs(goods - net) <= CENT
        agreed |= {"total_net": 1 + by_rows, "total_tax": 1}
    due, paid = sums.value("amount_due"), sums.value("amount_paid")
    if due is not None and paid and abs(due + abs(paid) - total) <= CENT:
        agreed |= {"amount_due": 1, "amount_paid": BY_THREE if due else 1}
    doubts = [*_about_total(sums, total, agreed["total_gross"]), *_about_tax(total, net, tax)]
    doubts += [*_about_label(sums, tax), *_about_two_taxes(sums, net, tax)]
    if kind_of(fields) == "receipt":
        doubts += _about_payments(sums, total, doubts, confirmed=bool(agreed["total_gross"]))
    else:
        doubts += _about_old_payment(sums)
    if not doubts and not _paid(sums, total) and _best_label(sums, total) < NAMES_THE_TOTAL:
        label = lonely_label()
        if label is not None:
            doubts.append(_doubt(f"No amount was read beside {label!r}; {total} stands elsewhere.", None))
    return Findings(tuple(doubts), agreed)


def kind_of(fields: Mapping[str, KeyField]) -> str | None:
    """Return the type of a document, as it was read."""
    return fields["document_type"].value if "document_type" in fields else None


def _about_payments(sums: Sums, total: Decimal, before: Sequence[Doubt], *, confirmed: bool) -> Iterator[Doubt]:
    """Yield what payments contradict; a total that is doubted already is not doubted twice."""
    amounts = sums.amounts_of("amount_paid")
    payments = Payments(
        paid=list(dict.fromkeys([*amounts, sums.sum_payments()])) if amounts else [],
        left=list(_left_of_cash(sums)),
        roundings=sums.amounts_of("rounding"),
        discounts=sums.amounts_of("total_discount"),
        charges=sums.amounts_of("total_charges"),
        printed={abs(entry.value) for entry in sums.seen},
    )
    if all(doubt.field != "total_gross" for doubt in before):
        about_total = list(doubt_unpaid_total(payments, total, confirmed=confirmed))
        yield from about_total or doubt_change(payments, total)
    paid = sums.value("amount_paid")
    if paid is not None and sums.value("amount_due") is None:
        yield from doubt_payment(payments, total, abs(paid))


def raise_confirmed(fields: Mapping[str, KeyField], agreed: Mapping[str, int]) -> dict[str, KeyField]:
    """Return the fields with the confidence of those raised that sums confirm."""
    return {
        path: replace(found, confidence=_raise(found.confidence, agreed[path])) if agreed.get(path) else found
        for path, found in fields.items()
    }


def _paid(sums: Sums, total: Decimal) -> bool:
    """Say whether cash less change, or a payment, is the total."""
    return total in sums.by_kind.get("amount_paid", {}) or any(
        abs(left - total) <= ROUNDED for left in _left_of_cash(sums)
    )


def _best_label(sums: Sums, total: Decimal) -> float:
    """Return how surely a label beside an amount names it the total, or what is due."""
    return max((scores.get(total, 0.0) for kind in CARRIES_TOTAL if (scores := sums.by_kind.get(kind))), default=0.0)


def _raise(confidence: float, times: int) -> float:
    return round(max(confidence, min(MOST_AGREED, 1 - (1 - confidence) * AGREES**times)), 4)


def _count_confirming(sums: Sums, total: Decimal) -> int:
    """Count the independent sums that make the total: cash less change, net and tax, due and paid, the goods."""
    net, tax, due, paid = (sums.value(p) for p in ("total_net", "total_tax", "amount_due", "amount_paid"))
    rounding = sums.value("rounding") or Decimal(0)
    found = int(any(abs(left - total) <= ROUNDED for left in _left_of_cash(sums)))
    found += net is not None and tax is not None and bool(tax) and abs(net + tax + rounding - total) <= CENT
    found += due is not None and paid is not None and bool(paid) and abs(due + abs(paid) - total) <= CENT
    goods = _goods(sums)
    by_net = net if net is not None and _misread_digit(sums, total) is None else total
    return found + (goods is not None and any(abs(goods - sum_ - rounding) <= ROUNDED for sum_ in (total, by_net)))


def _misread_digit(sums: Sums, total: Decimal) -> Decimal | None:
    """Return net and tax together where they differ from the total by two cents: an 8 that was read as a 6, or so.

    Each of three sums is rounded by half a cent at most, so that they may differ by one cent.
    """
    net, tax = sums.value("total_net"), sums.value("total_tax")
    if net is None or not tax or sums.value("rounding") or abs(net + tax - total) != 2 * CENT:
        return None
    return net + tax


def _left_of_cash(sums: Sums) -> Iterator[Decimal]:
    """Yield what cash less change leaves, for each pair of them; several payments count together as well."""
    paid = [*sums.amounts_of("amount_paid"), sums.sum_payments()]
    yield from (cash - back for cash, back in product(paid, sums.amounts_of("change")) if cash > back)


def _goods(sums: Sums) -> Decimal | None:
    """Return the sum of the rows of goods, less what was taken off all of them; None where one has no amount."""
    whole = total_of(sums.rows)
    if whole is None:
        return None
    off, extra = sums.value("total_discount") or Decimal(0), sums.value("total_charges") or Decimal(0)
    return whole - abs(off) + extra


def _about_total(sums: Sums, total: Decimal, agreed: int) -> Iterator[Doubt]:
    """Yield the first thing that speaks against the total, if any."""
    kind = kind_of(sums.fields)
    best = max(sums.by_kind.get("total_gross", {}).items(), key=lambda e: (e[1], abs(e[0])), default=None)
    rival = str(best[0]) if best is not None and best[0] != total and best[1] >= NAMES_THE_TOTAL else None
    left = list(_left_of_cash(sums))
    goods = _goods(sums)
    if total < 0 and kind not in ("credit_note", None):
        yield _doubt(f"A total of {total} is negative, which that of an {kind} is not.", rival)
    elif (tax := _tax_on_top(sums, total)) is not None:
        yield _doubt(
            f"{total} stands beside a label for {tax[0]}, and a tax of {tax[1]} on it is printed.", str(tax[2])
        )
    elif agreed:
        return
    elif (whole := _misread_digit(sums, total)) is not None:
        yield _doubt(f"Net and tax make {whole}, two cents off {total}.", str(whole))
    elif left and max(left) > 0:
        yield _doubt(f"What was paid less the change is {left[0]}, not {total}.", str(left[0]))
    elif kind == "receipt" and 0 < (paid := sums.sum_payments()) < total - ROUNDED:
        yield _doubt(f"Only {paid} was paid, which does not cover {total}.", rival)
    elif goods is not None and goods > FAR * abs(total):
        message = f"The rows of goods make {goods}, far more than the total of {total}."
        named = any(abs(value - goods) <= ROUNDED for kind in SUMS_OF_GOODS for value in sums.amounts_of(kind))
        named = named or (kind == "receipt" and _are_priced_alone(sums.rows, FAR * abs(total)))
        yield _doubt(message, rival or str(goods)) if named else Doubt("line_items", "contradiction", message)
    elif rival is not None and (other := _other_label(sums.by_kind, total)) is not None:
        yield _doubt(f"{total} stands beside a label for {other}; {rival} beside one for the total.", rival)


def _are_priced_alone(rows: Sequence[Row], most: Decimal) -> bool:
    """Say whether goods make more than `most`, and have no other numbers that their amounts could be taken for."""
    prices = ("unit_price", "quantity", "gross_amount", "discount")
    whole = total_of(rows)
    alone = len(rows) > 1 and not any(row[name].value for row in rows for name in prices if name in row)
    return alone and whole is not None and whole > most


def _tax_on_top(sums: Sums, total: Decimal) -> tuple[str, Decimal, Decimal] | None:
    """Return the label, the tax and the sum with it where a total has a sub-total's label only, and a tax has one.

    The goods make such a total as well; cash that pays it speaks for it, and so does a label for the total beside an
    amount with the tax in it.
    """
    taxes = [tax for tax in sums.amounts_of("total_tax") if tax < MOST_TAX * abs(total)]
    label = _other_label(sums.by_kind, total)
    if label is None and sums.by_kind.get("total_gross", {}).get(total, FULL) <= SUBTOTAL:
        label = NAMES["total_lines"]
    if label not in (NAMES["total_lines"], NAMES["total_net"]) or not taxes:
        return None
    if _paid(sums, total):
        return None
    return label, taxes[0], total + taxes[0]


def _other_label(by_kind: Mapping[str, Mapping[Decimal, float]], total: Decimal) -> str | None:
    """Return what the labels beside an amount name where none of them names the total."""
    kinds: Collection[str] = [kind for kind, values in by_kind.items() if total in values]
    if CARRIES_TOTAL.intersection(kinds):
        return None
    return next((NAMES[kind] for kind in kinds if kind in NAMES), None)


def _about_tax(total: Decimal, net: Decimal | None, tax: Decimal | None) -> Iterator[Doubt]:
    if tax is not None and abs(tax) > MOST_TAX * abs(total - tax) and net is None:
        yield Doubt(
            "total_tax", "contradiction", f"A tax of {tax} is more than any country asks on a total of {total}."
        )


def _about_label(sums: Sums, tax: Decimal | None) -> Iterator[Doubt]:
    """Yield the doubt of a tax that the page prints beside another word only: `Insurance 38.91`."""
    if not tax or abs(tax) in sums.amounts_of("total_tax"):
        return
    other = next((kind for kind in OTHER_THAN_TAX if abs(tax) in sums.amounts_of(kind)), None)
    if other is not None:
        yield Doubt("total_tax", "contradiction", f"{tax} was taken for the tax, but its label names {NAMES[other]}.")


def _about_two_taxes(sums: Sums, net: Decimal | None, tax: Decimal | None) -> Iterator[Doubt]:
    """Yield the doubt of a tax beside which others are printed, where neither a net nor their sum confirms it."""
    taxes = {abs(one.value) for one in sums.seen if one.kind == "total_tax" and one.value}
    if not tax or net is not None or abs(tax) not in taxes or len(taxes) < 2:
        return
    rest = sum(taxes, Decimal(0)) - abs(tax)
    if abs(rest - abs(tax)) > CENT:
        yield Doubt("total_tax", "contradiction", f"{tax} is one of several taxes on the page.", str(rest + abs(tax)))


def _about_old_payment(sums: Sums) -> Iterator[Doubt]:
    """Yield the doubt of a payment as high as the balance of the bill before, which it may have been for."""
    paid = sums.value("amount_paid")
    if paid and any(one.kind == "none" and one.rule and abs(one.value) == abs(paid) for one in sums.seen):
        yield Doubt(
            "amount_paid", "contradiction", f"{paid} may have been paid for the bill before, which was as high."
        )


def _doubt(message: str, rival: str | None) -> Doubt:
    return Doubt("total_gross", "contradiction", message, rival)
