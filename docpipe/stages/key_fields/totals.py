"""Which amount is the total, the net, the tax: by the text beside each, agreement of equal values, and arithmetic."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from docpipe.stages.key_fields.arithmetic import FITS, best_fit, raised, strongest
from docpipe.stages.key_fields.candidates import Candidate, Page
from docpipe.stages.key_fields.in_words import in_words
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.pack import AmountKind
from docpipe.values.amounts import AmountMatch, find_amounts
from docpipe.values.currency import CODES
from docpipe.values.dates import find_dates
from docpipe.values.number_format import NumberFormat
from docpipe.values.text import repair_amounts, repair_digits

MOST_ROUNDED = Decimal("0.1")
ROUNDED_TOTAL = 2.5
ADJACENT = 0.8
"""What a label in the next row is worth, against one in the same row."""
HEADING = 0.7
MOST_TAX = Decimal("0.35")
DUE = 0.5
"""What a sum still due is worth as the total, which it is where nothing was paid before."""
REFUND = 0.2
"""What a negative total is worth where most amounts are positive: it is a discount or what was paid."""
SUBTOTAL = 1.3
"""A label for the total that scores no more names a sum before tax, which arithmetic may prove to be the net."""
SUM_OF_RATES = 1.8
"""More than any single tax can reach: the sum is proven by net and gross."""

_WORDS = re.compile(r"(?<![\w.,])[^\W\d_]+(?!\w|[.,]\d)")
_CURRENCIES = CODES | {"RM", "EURO", "EUROS", "SFR", "RMB", "RS", "US", "HK", "AU", "A", "C", "S", "NZ", "X"}
_BASE = re.compile(r"\b(?:ON|OF|VON|AUF|AUS|SUR|DE|FROM|UBER)\W*$")
"""`VAT 20% on 100.00`: an amount behind such a word is what the next one is a share of."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An amount on the page and what the text beside it says it is."""

    kind: AmountKind
    score: float
    amount: AmountMatch
    cell: Cell
    rule: str

    @property
    def value(self) -> Decimal:
        return self.amount.decimal


def amounts_seen(page: Page) -> list[Seen]:
    """Return every amount with a kind, in the order of the rows."""
    found: dict[int, list[AmountMatch]] = {}
    for cell in page.layout.cells:
        found[cell.index] = _amounts_of(page, cell)
    seen: list[Seen] = []
    for row in page.layout.rows:
        for cell in row:
            for number, amount in enumerate(found[cell.index]):
                seen += _classify(page, row, cell, amount, number, found)
    return seen


def _amounts_of(page: Page, cell: Cell) -> list[AmountMatch]:
    if not any(c.isdigit() for c in cell.text):
        return []
    text = repair_amounts(cell.text)
    found = _money(page.numbers, text)
    if not found and any(c in "Oo" for c in text):
        found = _money(page.numbers, repair_digits(text))
    if found:
        dates = [(d.start, d.end) for d in find_dates(text, compact=False)]
        found = [a for a in found if all(a.end <= start or end <= a.start for start, end in dates)]
    return found


def _money(numbers: NumberFormat, text: str) -> list[AmountMatch]:
    found = find_amounts(text, numbers.point, spaces_group=numbers.spaces_group)
    return [amount for amount in found if numbers.is_money(amount, text)]


def _classify(
    page: Page,
    row: Sequence[Cell],
    cell: Cell,
    amount: AmountMatch,
    number: int,
    found: Mapping[int, Sequence[AmountMatch]],
) -> Iterator[Seen]:
    """Yield the amount once: by the text at its left, else by a heading above, else by a neighbouring row."""
    near, whole, passed = _left_text(row, cell, amount, number, found)
    if _BASE.search(near) and _followed(row, cell, number, found):
        yield Seen("none", 0.0, amount, cell, "")
        return
    for text, further in ((near, 0), (whole, passed)):
        if has_words(text):
            kind = classify(page, text, further)
            if kind is not None:
                yield _seen(kind, 1.0, amount, cell)
                return
    if has_words(whole):
        yield Seen("none", 0.0, amount, cell, "")
        return
    for other in page.layout.above(cell, page.prepared.pack.heading_rows):
        if not found[other.index] and has_words(other.folded):
            if (kind := classify(page, other.folded)) is not None:
                yield _seen(kind, HEADING, amount, cell)
                return
            break
    label = _adjacent(page, cell, found)
    if label is not None and (kind := classify(page, label, passed)) is not None:
        yield _seen(kind, ADJACENT, amount, cell)
        return
    yield Seen("none", 0.0, amount, cell, "")


def _followed(row: Sequence[Cell], cell: Cell, number: int, found: Mapping[int, Sequence[AmountMatch]]) -> bool:
    """Say whether a further amount stands right of an amount in its row."""
    return number + 1 < len(found[cell.index]) or any(found[c.index] for c in row if c.box[0] > cell.box[0])


def _left_text(
    row: Sequence[Cell], cell: Cell, amount: AmountMatch, number: int, found: Mapping[int, Sequence[AmountMatch]]
) -> tuple[str, str, int]:
    """Return the text between an amount and the one at its left, all text at its left, and how many amounts that has.

    Amounts further left than any words do not count.
    """
    near = cell.folded[found[cell.index][number - 1].end if number else 0 : amount.start]
    whole, passed = cell.folded[: amount.start], number
    closed = has_words(whole)
    reached = number > 0
    for other in reversed([c for c in row if c.box[0] < cell.box[0] and c.index != cell.index]):
        amounts = found[other.index]
        whole = f"{other.folded} {whole}"
        if not reached:
            near = f"{other.folded[amounts[-1].end :] if amounts else other.folded} {near}"
        reached = reached or bool(amounts)
        if not closed:
            passed += len(amounts)
            closed = has_words(other.folded)
    return near, whole, passed


def _seen(found: tuple[AmountKind, float, str], share: float, amount: AmountMatch, cell: Cell) -> Seen:
    kind, score, rule = found
    if kind == "rounding" and abs(amount.decimal) > MOST_ROUNDED:
        kind, score = "total_gross", ROUNDED_TOTAL  # the label named the sum after its rounding
    return Seen(kind, score * share, amount, cell, rule)


def _adjacent(page: Page, cell: Cell, found: Mapping[int, Sequence[AmountMatch]]) -> str | None:
    """Return the text of the nearer neighbouring row that has words and no amount, and is no row of headings."""
    best: tuple[float, str] | None = None
    for number in (cell.row - 1, cell.row + 1):
        if not 0 <= number < len(page.layout.rows):
            continue
        other = page.layout.rows[number]
        if other[0].page != cell.page or len(other) > 3 or any(found[c.index] for c in other):
            continue
        text = " ".join(c.folded for c in other)
        off = abs(other[0].middle - cell.middle)
        if has_words(text) and off < 2.2 * cell.height and (best is None or off < best[0]):
            best = (off, text)
    return best[1] if best else None


def has_words(text: str) -> bool:
    """Say whether a folded text has words: letters that are no currency and no part of a misread number."""
    return any(word not in _CURRENCIES for word in _WORDS.findall(text))


def classify(page: Page, text: str, further: int = 0) -> tuple[AmountKind, float, str] | None:
    """Return kind, score and name of the first rule of the pack that matches a label.

    `further` counts the amounts between label and amount, where a rule says what those to the right are.
    """
    for number, (kind, score, pattern, then) in enumerate(page.prepared.amounts):
        if pattern.search(text):
            if further and then:
                kind = then[further - 1] if further <= len(then) else "none"
            return kind, score, f"{page.prepared.name}.amounts.{number + 1}"
    return None


def strengths(seen: Iterable[Seen]) -> dict[AmountKind, dict[Decimal, float]]:
    """Return, by kind and value, the score of the best label and a share of the others'."""
    scores: dict[AmountKind, dict[Decimal, list[float]]] = defaultdict(lambda: defaultdict(list))
    for entry in seen:
        scores[entry.kind][entry.value].append(entry.score)
    return {
        kind: {
            value: max(found) + 0.3 * min(sum(found) - max(found), 2 * max(found)) for value, found in values.items()
        }
        for kind, values in scores.items()
    }


def total_candidates(page: Page) -> list[Candidate]:
    """Return the chosen totals as candidates: for each kind every value, with arithmetic in its score."""
    seen = amounts_seen(page)
    by_kind = strengths(seen)
    gross = _gross_scores(by_kind, {s.value for s in seen})
    if sum(s.value > 0 for s in seen) > sum(s.value < 0 for s in seen):
        gross = {value: score * (REFUND if value < 0 else 1.0) for value, score in gross.items()}
    subtotals = {s.value for s in seen if s.kind == "total_lines" or (s.kind == "total_gross" and s.score <= SUBTOTAL)}
    fit = best_fit(by_kind, gross, {s.value for s in seen}, subtotals)
    proven = raised(fit, by_kind, gross) if fit is not None else _fit_pair(by_kind, gross, seen)
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
            candidates.append(_candidate(entry, "total_gross", gross[entry.value] / max(best, 4.0) - weak))
        by_arithmetic = [path for path, value in proven if value == entry.value and kind != path]
        candidates += [_candidate(entry, path, 0.6) for path in by_arithmetic]
        if kind not in ("none", "change", "total_gross"):
            score = by_kind[kind].get(entry.value, entry.score)
            candidates.append(_candidate(entry, kind, min(score / 4.0, 1.2)))
    if fit is not None and len(fit.taxes) > 1:
        candidates.append(_tax_of_rates(fit.taxes, seen))
    return [*candidates, *in_words(page, by_kind, {s.value for s in seen})]


def _tax_of_rates(taxes: Sequence[Decimal], seen: Sequence[Seen]) -> Candidate:
    """Return the tax that is printed by rate alone: the sum of the rates' taxes."""
    parts = [next(s for s in reversed(seen) if s.kind == "total_tax" and s.value == tax) for tax in taxes]
    raw = " + ".join(part.cell.text[part.amount.start : part.amount.end].strip() for part in parts)
    cells = tuple(part.cell for part in parts)
    return Candidate("total_tax", str(sum(taxes)), raw, SUM_OF_RATES, "sum of rates", cells, "derived", cap=0.9)


def _candidate(entry: Seen, path: str, score: float) -> Candidate:
    raw = entry.cell.text[entry.amount.start : entry.amount.end].strip()
    if sum(c.isdigit() for c in raw) < sum(c.isdigit() for c in entry.amount.value):
        raw = entry.cell.text  # blanks inside it were closed up
    return Candidate(path, entry.amount.value, raw, score, entry.rule or "arithmetic", (entry.cell,))


def _gross_scores(by_kind: Mapping[AmountKind, Mapping[Decimal, float]], printed: set[Decimal]) -> dict[Decimal, float]:
    """Return each possible total with its score: labels, cash less change, rounding."""
    scores = dict(by_kind.get("total_gross", {}))
    paid, change = by_kind.get("amount_paid", {}), by_kind.get("change", {})
    for due, strength in by_kind.get("amount_due", {}).items():
        scores[due] = scores.get(due, 0.0) + DUE * min(strength, 3.0)
    for cash, strength in paid.items():
        scores.setdefault(cash, 0.0)
        scores[cash] += 0.35 * min(strength, 2.0)
    for cash in paid:
        for back in change:
            value = abs(cash) - abs(back)
            if value in printed and value > 0:
                scores[value] = scores.get(value, 0.0) + (2.0 if back else 0.8)
            if back and cash in scores and cash not in by_kind.get("total_gross", {}):
                scores[cash] -= 1.0
    if any(scores[value] > 0 for value in scores if value):
        scores.pop(Decimal(0), None)  # a row without an amount, unless there is no other
    for rounding in by_kind.get("rounding", {}):
        if not 0 < abs(rounding) <= Decimal("0.05"):
            continue
        for value in list(scores):
            for shifted in (value + rounding, value - rounding):
                if shifted in scores and shifted != value and shifted % Decimal("0.05") == 0:
                    scores[shifted] += 1.5
                    scores[value] -= 1.5
    return scores


def _fit_pair(
    by_kind: dict[AmountKind, dict[Decimal, float]], gross: Mapping[Decimal, float], seen: Sequence[Seen]
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
