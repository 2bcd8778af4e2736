"""Which net, tax and gross add up: amounts prove each other where labels are missing or wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from docpipe.stages.key_fields.pack import AmountKind

CENT = Decimal("0.01")
TRIED = 6
"""So many values of each kind are tried against each other."""
SUBTOTAL = 0.5
FITS = 2.0
"""What it adds to a choice of net, tax and gross that they add up."""
MOST_RATES = 4
"""A document has at most so many rates of tax."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Amounts of which net and taxes add up to the total; several taxes where there are several rates."""

    total: Decimal
    net: Decimal
    taxes: tuple[Decimal, ...]


def best_fit(
    by_kind: dict[AmountKind, dict[Decimal, float]],
    gross: Mapping[Decimal, float],
    printed: set[Decimal],
    subtotals: Collection[Decimal] = (),
) -> Fit | None:
    """Return the net, tax and gross that fit each other best; of equals, those of the largest total.

    The tax is one that has a label, else the sum of several that have (one for each rate), else, where net and gross
    have labels and their difference is printed too, that difference. `subtotals` may be the net as well, if a tax with
    a label makes them the total.
    """
    nets, taxes = by_kind.get("total_net", {}), by_kind.get("total_tax", {})
    weak = {value: SUBTOTAL for value in sorted(subtotals) if value not in nets}
    sums = _sums(taxes)
    best: tuple[float, Decimal, Fit] | None = None
    for total in strongest(gross):
        for net in (*strongest(nets), *weak):
            rest = total - net
            parts = (rest,) if rest in strongest(taxes) else sums.get(rest, ())
            if not parts:
                parts = tuple(t for t in strongest(taxes) if abs(t - rest) <= 2 * CENT)[:1]
            if not parts and net in nets and rest in printed and 0 < abs(rest) < abs(total) / 2:
                parts = (rest,)
            if not parts or (net in weak and not rest):
                continue
            score = gross[total] + nets.get(net, SUBTOTAL) + max(taxes.get(part, 0.0) for part in parts)
            if best is None or (score, abs(total)) > best[:2]:
                best = (score, abs(total), Fit(total, net, parts))
    return best[2] if best is not None else None


def _sums(taxes: Mapping[Decimal, float]) -> dict[Decimal, tuple[Decimal, ...]]:
    """Return the sums of two to `MOST_RATES` taxes that have labels; fewer and stronger ones first."""
    sums: dict[Decimal, tuple[Decimal, ...]] = {}
    for count in range(2, MOST_RATES + 1):
        for parts in combinations(strongest(taxes), count):
            if all(parts) and len({part > 0 for part in parts}) == 1:
                sums.setdefault(sum(parts, Decimal(0)), parts)
    return sums


def raised(
    fit: Fit, by_kind: dict[AmountKind, dict[Decimal, float]], gross: dict[Decimal, float]
) -> list[tuple[AmountKind, Decimal]]:
    """Raise the scores of amounts that fit each other; return those that have no label of their own."""
    nets, taxes = by_kind.setdefault("total_net", {}), by_kind.setdefault("total_tax", {})
    gross[fit.total] += FITS
    unlabelled: list[tuple[AmountKind, Decimal]] = [] if fit.net in nets else [("total_net", fit.net)]
    nets[fit.net] = nets.get(fit.net, 0.0) + FITS
    if len(fit.taxes) > 1:
        return unlabelled
    (tax,) = fit.taxes
    if tax not in taxes:
        unlabelled.append(("total_tax", tax))
    taxes[tax] = taxes.get(tax, 0.0) + FITS
    return unlabelled


def strongest(scores: Mapping[Decimal, float]) -> list[Decimal]:
    """Return the values that score highest, at most `TRIED`; of equals the smaller first."""
    return sorted(scores, key=lambda v: (-scores[v], v))[:TRIED]
