"""What a receipt says was paid, beside its total: cash less change, a card's sum, a part that does not cover it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from docpipe.document import Doubt

NEAR = Decimal("0.05")
"""A rounding in cash may lie between two sums that agree."""


@dataclass(frozen=True)
class Payments:
    """The labelled amounts of a receipt that a payment is compared with; none has a sign, none is zero."""

    paid: Sequence[Decimal]
    """Each payment, and all together."""
    left: Sequence[Decimal]
    """What cash less change leaves, for each pair of them."""
    roundings: Collection[Decimal]
    discounts: Collection[Decimal]
    charges: Collection[Decimal]
    """Of service, tips: what may lie between total and payment."""
    printed: Collection[Decimal]
    """Every amount on the page."""


def doubt_unpaid_total(payments: Payments, total: Decimal, *, confirmed: bool) -> Iterator[Doubt]:
    """Yield a doubt about a total that a payment contradicts, with what was paid as its rival.

    `confirmed` says that other sums make the total: a sum before its discount is made by the goods as well.
    """
    rival = next((left for left in payments.left if left != total and abs(left - total) in payments.roundings), None)
    if rival is not None and total not in payments.left:
        yield _doubt(f"What was paid less the change is {rival}, and a rounding is printed beside {total}.", rival)
        return
    if any(abs(sum_ - total) <= NEAR for sum_ in (*payments.left, *payments.paid)):
        return
    less = [total - change for change in payments.discounts if 0 < total - change in payments.printed]
    if less:
        yield _doubt(f"A discount of {total - less[0]} is printed, and {less[0]} as well.", less[0])
    elif not confirmed and (other := paid_by_card(payments, total)) is not None:
        yield _doubt(f"{other} was paid and no change is printed, but the total was read as {total}.", other)


def paid_by_card(payments: Payments, total: Decimal) -> Decimal | None:
    """Return a payment above the total for which no change was given: no round sum of notes, no tip beside it."""
    if payments.left or not payments.paid:
        return None
    paid = payments.paid[0]
    above = paid > total + NEAR and paid % 1 != 0 and paid - total not in payments.charges
    return paid if above and len(set(payments.paid)) == 1 else None


def doubt_payment(payments: Payments, total: Decimal, paid: Decimal) -> Iterator[Doubt]:
    """Yield a doubt about a payment that neither covers the total nor is one of several, or has cents too many."""
    covered = any(sum_ >= total - NEAR for sum_ in payments.paid)
    if (paid < total - NEAR and not (covered and paid in payments.paid and len(payments.paid) > 1)) or (
        paid == paid_by_card(payments, total)
    ):
        yield Doubt("amount_paid", "contradiction", f"{paid} was paid, but the total is {total}.", str(total))


def doubt_change(payments: Payments, total: Decimal) -> Iterator[Doubt]:
    """Yield a doubt about cash whose change leaves another sum than the total, though the goods make the total.

    One of the three was read, or counted, wrongly. A change that is the total itself is the total printed again.
    """
    again = {paid - total for paid in payments.paid}
    left = [each for each in payments.left if each not in again]
    if left and not any(_explains(payments, each - total) for each in payments.left):
        message = f"What was paid less the change is {left[0]}, but the total is {total}."
        yield Doubt("amount_paid", "contradiction", message)


def _explains(payments: Payments, over: Decimal) -> bool:
    """Say whether cash less change is the total, but for a rounding, a discount or a tip that is printed."""
    between = (Decimal(0), *payments.roundings, *payments.discounts, *payments.charges)
    return any(abs(abs(over) - each) <= NEAR for each in between)


def _doubt(message: str, rival: Decimal) -> Doubt:
    return Doubt("total_gross", "contradiction", message, str(rival))
