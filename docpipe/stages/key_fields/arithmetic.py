"""Which net, tax and gross add up: amounts prove each other where labels are missing or wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, product

from docpipe.stages.key_fields.amount_scores import BUILDS, FITS, UNLABELLED_NET
from docpipe.stages.key_fields.pack import AmountKind

CENT = Decimal("0.01")
TRIED = 6
"""So many values of each kind are tried against each other."""
MOST_RATES = 4
"""A document has at most so many rates of tax."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Amounts of which net and taxes add up to the total; several taxes where there are several rates."""

    total: Decimal
    net: Decimal
    taxes: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """How the total comes about: goods, less a discount, plus charges, plus tax. `net` where it is printed."""

    total: Decimal
    lines: Decimal
    discount: Decimal | None
    charges: Decimal | None
    tax: Decimal | None
    net: Decimal | None
    taxes: tuple[Decimal, ...] = ()
    """The taxes that make it, where each rate's is printed and their sum is not."""


def best_build(
    by_kind: Mapping[AmountKind, Mapping[Decimal, float]],
    gross: Mapping[Decimal, float],
    printed: set[Decimal],
    subtotals: Collection[Decimal] = (),
    fit: Fit | None = None,
) -> Build | None:
    """Return the goods, discount, charges and tax that make a total; None without a discount or charges that fit.

    The sum of the goods has a label for it, for the net or for a subtotal. One whose net is printed, too, is preferred.
    `fit` says what net and total are, where labels and arithmetic agree.
    """
    discounts, charges = by_kind.get("total_discount", {}), by_kind.get("total_charges", {})
    if not discounts and not charges:
        return None
    taxes, goods = by_kind.get("total_tax", {}), _goods(by_kind, subtotals)
    changes = [
        (off, extra)
        for off in (*strongest(discounts), None)
        for extra in (*strongest(charges), None)
        if not off is extra is None and 0 not in (off, extra)
    ]
    best: tuple[tuple[bool, bool, float], Build] | None = None
    for total, tax in product(strongest(gross) if fit is None else (fit.total,), (*strongest(taxes), None)):
        net = total - (tax or 0)
        if fit is not None and net != fit.net:
            continue
        for lines, (off, extra) in product(goods, changes):
            taken = abs(off or Decimal(0)).copy_sign(lines)
            if not lines or abs(lines - taken + (extra or Decimal(0)) - net) > CENT:
                continue
            shown = net if net in printed and net not in (lines, total) else None
            scores = gross[total] + goods[lines] + taxes.get(tax or Decimal("NaN"), 0.0)
            scores += discounts.get(off or Decimal("NaN"), 0.0) + charges.get(extra or Decimal("NaN"), 0.0)
            rank = (shown is not None, tax is not None, scores)
            if best is None or rank > best[0]:
                best = (rank, Build(total, lines, off, extra, tax, shown))
    if best is None and fit is None:
        return _build_of_rates(taxes, gross, goods, changes)
    return best[1] if best is not None else None


def _build_of_rates(
    taxes: Mapping[Decimal, float],
    gross: Mapping[Decimal, float],
    goods: Mapping[Decimal, float],
    changes: Collection[tuple[Decimal | None, Decimal | None]],
) -> Build | None:
    """Return what makes a total with the taxes of several rates, such as Canada's GST and PST; the best total first."""
    sums = _sums(taxes, ())
    for total, lines, (off, extra) in product(strongest(gross), goods, changes):
        tax = total - lines + abs(off or Decimal(0)).copy_sign(lines) - (extra or Decimal(0))
        if lines and tax in sums:
            return Build(total, lines, off, extra, None, None, sums[tax])
    return None


def _goods(
    by_kind: Mapping[AmountKind, Mapping[Decimal, float]], subtotals: Collection[Decimal]
) -> dict[Decimal, float]:
    """Return what may be the sum of the goods, with the score of its label."""
    lines, nets = by_kind.get("total_lines", {}), by_kind.get("total_net", {})
    found = dict.fromkeys(sorted(subtotals), UNLABELLED_NET)
    found |= {value: nets[value] for value in strongest(nets)}
    return found | {value: lines[value] + nets.get(value, 0.0) for value in strongest(lines)}


def apply_build(
    build: Build, by_kind: dict[AmountKind, dict[Decimal, float]], gross: dict[Decimal, float]
) -> list[tuple[AmountKind, Decimal]]:
    """Give each part of a total its kind, and no other; return those that have no label of their own."""
    gross[build.total] += BUILDS
    parts: list[tuple[AmountKind, Decimal | None]] = [
        ("total_lines", build.lines), ("total_discount", build.discount), ("total_charges", build.charges),
        ("total_net", build.net), ("total_tax", build.tax),
    ]  # fmt: skip
    unlabelled: list[tuple[AmountKind, Decimal]] = []
    for kind, value in parts:
        known = by_kind.setdefault(kind, {})
        if kind in ("total_lines", "total_net", "total_discount"):
            for other, of in parts:
                if other != kind and of is not None:
                    known.pop(of, None)
        if value is None:
            continue
        if value not in known:
            unlabelled.append((kind, value))
        known[value] = known.get(value, 0.0) + BUILDS
    return unlabelled


def best_fit(
    by_kind: dict[AmountKind, dict[Decimal, float]],
    gross: Mapping[Decimal, float],
    printed: set[Decimal],
    subtotals: Collection[Decimal] = (),
    twice: Collection[Decimal] = (),
) -> Fit | None:
    """Return the net, tax and gross that fit each other best; of equals, those of the largest total.

    The tax is one that has a label, else the sum of several that have (one for each rate), else, where net and gross
    have labels and their difference is printed too, that difference. `subtotals` may be the net as well, if a tax with
    a label makes them the total. Taxes that stand in two rows, in `twice`, may count twice (India's CGST and SGST).
    """
    nets, taxes = by_kind.get("total_net", {}), by_kind.get("total_tax", {})
    weak = {value: UNLABELLED_NET for value in sorted(subtotals) if value not in nets}
    sums = _sums(taxes, twice)
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
            score = gross[total] + nets.get(net, UNLABELLED_NET) + max(taxes.get(part, 0.0) for part in parts)
            if best is None or (score, abs(total)) > best[:2]:
                best = (score, abs(total), Fit(total, net, parts))
    return best[2] if best is not None else None


def _sums(taxes: Mapping[Decimal, float], twice: Collection[Decimal]) -> dict[Decimal, tuple[Decimal, ...]]:
    """Return the sums of two to `MOST_RATES` taxes that have labels; fewer and stronger ones first."""
    each = strongest(taxes)
    each = [*each, *(tax for tax in each if tax in twice)]
    sums: dict[Decimal, tuple[Decimal, ...]] = {}
    for count in range(2, MOST_RATES + 1):
        for parts in combinations(each, count):
            if all(parts) and len({part > 0 for part in parts}) == 1:
                sums.setdefault(sum(parts, Decimal(0)), parts)
    return sums


def raise_fitting(
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
