"""Which amount is the total, the net, the tax: by labels, agreement of equal values, and arithmetic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise, product

from docpipe.stages.key_fields.amount_scores import (
    BY_ARITHMETIC,
    CASH,
    CASH_LESS_CHANGE,
    CASH_WITHOUT_CHANGE,
    DUE,
    DUE_AND_PAID,
    FITS,
    FULL,
    REFUND,
    REPEATED,
    ROUNDED,
    SUBTOTAL,
    SUM_OF_RATES,
    TENDERED,
)
from docpipe.stages.key_fields.arithmetic import apply_build, best_build, best_fit, raise_fitting, strongest
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.in_words import in_words
from docpipe.stages.key_fields.labelled_amounts import AmountSeen, find_amounts_seen
from docpipe.stages.key_fields.pack import AmountKind

MOST_TAX = Decimal("0.35")
"""A tax is a smaller share of its net than this."""
MOST = 12
"""So many amounts of a kind are tried at most: a hostile page may hold any number."""
POSITIVE = frozenset({"amount_paid", "total_discount"})
"""What is given as a positive amount, though printed with the minus that it has in the sum."""


def strengths(seen: Iterable[AmountSeen]) -> dict[AmountKind, dict[Decimal, float]]:
    """Return, by kind and value, the score of the best label and a share of the others'."""
    scores: dict[AmountKind, dict[Decimal, list[float]]] = defaultdict(lambda: defaultdict(list))
    for entry in seen:
        scores[entry.kind][entry.value].append(entry.score)
    return {
        kind: {
            value: max(found) + REPEATED * min(sum(found) - max(found), 2 * max(found))
            for value, found in values.items()
        }
        for kind, values in scores.items()
    }


def total_candidates(page: PageView, seen: Sequence[AmountSeen] | None = None) -> list[Candidate]:
    """Return the candidates for all sums: for each kind every value, with arithmetic in its score.

    Args:
        seen: the amounts of the document, where they are known already.
    """
    seen = find_amounts_seen(page) if seen is None else seen
    by_kind = strengths(seen)
    printed = {s.value for s in seen}
    positive = sum(s.value > 0 for s in seen) > sum(s.value < 0 for s in seen)
    gross = _gross_scores(by_kind, printed, page.compiled.pack.cash_rounding)
    if positive:
        gross = {value: score * (REFUND if value < 0 else 1.0) for value, score in gross.items()}
    subtotals = {s.value for s in seen if s.kind == "total_lines" or (s.kind == "total_gross" and s.score <= SUBTOTAL)}
    rows = {(s.value, s.cell.page, s.cell.row) for s in seen if s.kind == "total_tax"}
    twice = {value for value, times in Counter(value for value, _, _ in rows).items() if times > 1}
    fit = best_fit(by_kind, gross, printed, subtotals, twice)
    build = best_build(by_kind, gross, printed, subtotals, fit)
    proven = apply_build(build, by_kind, gross) if build is not None else []
    if build is not None and fit is None:
        fit = best_fit(by_kind, gross, printed)  # the net is known now
    proven += raise_fitting(fit, by_kind, gross) if fit is not None else _fit_pair(by_kind, gross, seen)
    proven += _left_to_pay(by_kind, gross)
    if page.compiled.pack.family == "receipt":
        proven += _net_under_charges(by_kind, gross, subtotals)
    candidates = []
    best = max((abs(v) for v in gross.values()), default=1.0) or 1.0
    for entry in sorted(seen, key=lambda s: (-s.score, -s.cell.row)):
        kind = entry.kind
        if gross.get(entry.value, 0.0) > 0.0 and kind in (
            "total_gross",
            "amount_paid",
            "none",
            "total_lines",
            "amount_due",
        ):
            weak = 0.0 if kind == "total_gross" else 1e-6
            candidates.append(_candidate(entry, "total_gross", gross[entry.value] / max(best, FULL) - weak))
        by_arithmetic = [path for path, value in proven if value == entry.value and kind != path]
        candidates += [_candidate(entry, path, BY_ARITHMETIC) for path in by_arithmetic]
        if kind in ("none", "change", "total_gross") or entry.value not in by_kind[kind]:
            continue
        score = min(by_kind[kind][entry.value] / FULL, 1.2)
        candidates.append(_candidate(entry, kind, score, positive and kind in POSITIVE))
    rates = fit.taxes if fit is not None else ()
    if build is not None and build.taxes and len(rates) < 2:
        rates = build.taxes
    if len(rates) > 1:
        candidates.append(_tax_of_rates(rates, seen))
    if (charges := _charges_together(by_kind, gross, seen)) is not None:
        candidates.append(charges)
    return [*candidates, *in_words(page, by_kind, printed)]


def _charges_together(
    by_kind: Mapping[AmountKind, Mapping[Decimal, float]], gross: Mapping[Decimal, float], seen: Sequence[AmountSeen]
) -> Candidate | None:
    """Return the sum of freight, insurance and other charges, each on a row of its own, where it leads to the total."""
    charges = {(entry.cell.page, entry.cell.row): entry for entry in seen if entry.kind == "total_charges"}
    total = strongest(gross)[0] if gross else None
    whole = sum((entry.value for entry in charges.values()), Decimal(0))
    if len(charges) < 2 or total is None:
        return None
    bases = [*list(by_kind.get("total_net", {}))[:MOST], *list(by_kind.get("total_lines", {}))[:MOST]]
    taxes = [Decimal(0), *list(by_kind.get("total_tax", {}))[:MOST]]
    discounts = [Decimal(0), *list(by_kind.get("total_discount", {}))[:MOST]]
    if all(base + whole + tax - abs(off) != total for base, tax, off in product(bases, taxes, discounts)):
        return None
    raw = " + ".join(entry.cell.text[entry.amount.start : entry.amount.end].strip() for entry in charges.values())
    cells = tuple(entry.cell for entry in charges.values())
    return Candidate("total_charges", str(whole), raw, SUM_OF_RATES, "sum of charges", cells, "derived", cap=0.9)


def _left_to_pay(
    by_kind: Mapping[AmountKind, Mapping[Decimal, float]], gross: Mapping[Decimal, float]
) -> list[tuple[AmountKind, Decimal]]:
    """Return what is due where two labels name totals, and the larger less a payment is the smaller."""
    named = by_kind.get("total_gross", {})
    total = strongest(gross)[0] if gross else None
    if total is None or total not in named or by_kind.get("amount_due"):
        return []
    left = (total - abs(paid) for paid in by_kind.get("amount_paid", {}) if paid)
    return [("amount_due", value) for value in left if value in named and value != total][:1]


def _net_under_charges(
    by_kind: Mapping[AmountKind, Mapping[Decimal, float]], gross: Mapping[Decimal, float], subtotals: Iterable[Decimal]
) -> list[tuple[AmountKind, Decimal]]:
    """Return the sub-total as net where tax and a charge, such as a tip, lead from it to the total."""
    total = strongest(gross)[0] if gross else None
    if total is None or by_kind.get("total_net"):
        return []
    kinds = (subtotals, by_kind.get("total_tax", {}), by_kind.get("total_charges", {}))
    ways = product(*(list(values)[:MOST] for values in kinds))
    return [("total_net", sub) for sub, tax, charge in ways if tax and charge and sub + tax + charge == total][:1]


def _tax_of_rates(taxes: Sequence[Decimal], seen: Sequence[AmountSeen]) -> Candidate:
    """Return the tax that is printed by rate alone: the sum of the rates' taxes."""
    parts = [next(s for s in reversed(seen) if s.kind == "total_tax" and s.value == tax) for tax in taxes]
    raw = " + ".join(part.cell.text[part.amount.start : part.amount.end].strip() for part in parts)
    cells = tuple(part.cell for part in parts)
    return Candidate("total_tax", str(sum(taxes)), raw, SUM_OF_RATES, "sum of rates", cells, "derived", cap=0.9)


def _candidate(entry: AmountSeen, path: str, score: float, positive: bool = False) -> Candidate:
    raw = entry.cell.text[entry.amount.start : entry.amount.end].strip()
    if sum(c.isdigit() for c in raw) < sum(c.isdigit() for c in entry.amount.value):
        raw = entry.cell.text  # blanks inside it were closed up
    value = entry.amount.value.lstrip("-") if positive else entry.amount.value
    return Candidate(path, value, raw, score, entry.rule or "arithmetic", (entry.cell,))


def _gross_scores(
    by_kind: Mapping[AmountKind, Mapping[Decimal, float]], printed: set[Decimal], step: Decimal | None
) -> dict[Decimal, float]:
    """Return each possible total with its score: labels, cash less change, due and paid, cash rounding to a step."""
    scores = dict(by_kind.get("total_gross", {}))
    paid, change = by_kind.get("amount_paid", {}), by_kind.get("change", {})
    for due, strength in by_kind.get("amount_due", {}).items():
        scores[due] = scores.get(due, 0.0) + DUE * min(strength, 3.0)
        for before in paid:
            if before and (value := due + abs(before)) in printed:
                scores[value] = scores.get(value, 0.0) + DUE_AND_PAID
    for cash, strength in paid.items():
        scores.setdefault(cash, 0.0)
        scores[cash] += CASH * min(strength, 2.0)
    for cash in paid:
        for back in change:
            value = abs(cash) - abs(back)
            if value in printed and value > 0:
                scores[value] = scores.get(value, 0.0) + (CASH_LESS_CHANGE if back else CASH_WITHOUT_CHANGE)
            if back and cash in scores and cash not in by_kind.get("total_gross", {}):
                scores[cash] -= TENDERED
    if any(scores[value] > 0 for value in scores if value):
        scores.pop(Decimal(0), None)  # a row without an amount, unless there is no other
    if step is not None:
        _round(scores, by_kind.get("rounding", {}), step)
    return scores


def _round(scores: dict[Decimal, float], roundings: Iterable[Decimal], step: Decimal) -> None:
    """Prefer the sum after its cash rounding to the one before: both are printed, and one is a multiple of a step."""
    for rounding in roundings:
        if not 0 < abs(rounding) <= step:
            continue
        for value in list(scores):
            for shifted in (value + rounding, value - rounding):
                if shifted in scores and shifted != value and shifted % step == 0:
                    scores[shifted] += ROUNDED
                    scores[value] -= ROUNDED


def _fit_pair(
    by_kind: dict[AmountKind, dict[Decimal, float]], gross: Mapping[Decimal, float], seen: Sequence[AmountSeen]
) -> list[tuple[AmountKind, Decimal]]:
    """Take two amounts side by side that add up to the best total as net and tax, the smaller as the tax."""
    total = strongest(gross)[0] if gross else None
    for one, other in pairwise(seen):
        net, tax = one.value, other.value
        if one.cell.row == other.cell.row and net + tax == total and 0 < abs(tax) < abs(net) * MOST_TAX:
            pair: list[tuple[AmountKind, Decimal]] = [("total_net", net), ("total_tax", tax)]
            unlabelled = [(kind, value) for kind, value in pair if value not in by_kind.get(kind, {})]
            for kind, value in unlabelled:
                by_kind.setdefault(kind, {})[value] = FITS
            return unlabelled
    return []
