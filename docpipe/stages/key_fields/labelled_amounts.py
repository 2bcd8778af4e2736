"""Every amount of a document with what the text beside it says it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from docpipe.stages.key_fields.amount_scores import ADJACENT, HEADING, ROUNDED_TOTAL, WHOLE
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.pack import AmountKind
from docpipe.values.amounts import AmountMatch, find_amounts
from docpipe.values.currency import CODES
from docpipe.values.dates import find_dates
from docpipe.values.number_format import NumberFormat
from docpipe.values.text import repair_amounts, repair_digits

MOST_ROUNDED = Decimal("0.1")
"""A label for a rounding beside a larger amount names the sum after it."""
SUM_KINDS = frozenset(
    {"total_gross", "total_net", "total_tax", "total_lines", "total_discount", "total_charges", "amount_paid",
     "amount_due"}
)  # fmt: skip
LONGEST_LABEL = 40
HEADED = 1.5
"""A heading stands at most so many heights above the amount in its box."""
FAR = 8
"""Words that stand so many heights left of a label belong to another column."""
NEAR_ROWS = 8
"""A whole number is a sum only where another amount within so many rows ends below or above it."""

_WORDS = re.compile(r"(?<![\w.,])[^\W\d_]+(?!\w|[.,]\d)")
_CURRENCIES = CODES | {"RM", "EURO", "EUROS", "SFR", "RMB", "RS", "US", "HK", "AU", "A", "C", "S", "NZ", "X"}
_BASE = re.compile(r"\b(?:ON|OF|VON|AUF|AUS|SUR|DE|FROM|UBER)\W*$")
"""`VAT 20% on 100.00`: an amount behind such a word is what the next one is a share of."""
_BRACKETED = re.compile(r"\([^()]*\)")
_BARE = re.compile(r"-?\d{1,3}(?:[,.' ]\d{3})+|-?\d{1,7}")


@dataclass(frozen=True, slots=True)
class AmountSeen:
    """An amount on the page and what the text beside it says it is."""

    kind: AmountKind
    score: float
    amount: AmountMatch
    cell: Cell
    rule: str

    @property
    def value(self) -> Decimal:
        return self.amount.decimal


def find_amounts_seen(page: PageView) -> list[AmountSeen]:
    """Return every amount with a kind, in the order of the rows; a page is searched once."""
    known: list[AmountSeen] | None = page.found.get("amounts")
    if known is None:
        known = page.found["amounts"] = _find_amounts_seen(page)
    return known


def _find_amounts_seen(page: PageView) -> list[AmountSeen]:
    found: dict[int, list[AmountMatch]] = {}
    for cell in page.layout.cells:
        found[cell.index] = _amounts_of(page, cell)
    seen: list[AmountSeen] = []
    for row in page.layout.rows:
        for cell in row:
            for number, amount in enumerate(found[cell.index]):
                seen += _classify(page, row, cell, amount, number, found)
            if page.compiled.pack.whole_sums and not found[cell.index] and _BARE.fullmatch(cell.text):
                seen += _whole_sum(page, cell, found)
    return _without_old_payments(_with_order(seen), roll=page.compiled.pack.family == "receipt")


def _without_old_payments(seen: Sequence[AmountSeen], *, roll: bool) -> list[AmountSeen]:
    """Return the amounts; a payment of the balance of the bill before is none of this one, and on a till's roll, no
    card sold above the sums where others are paid with below.
    """
    old = {abs(one.value) for one in seen if one.kind == "none" and one.rule and one.value}
    sums = [one.cell for one in seen if one.kind in ("total_gross", "total_net", "total_lines") and one.rule]
    first = min(((cell.page, cell.row) for cell in sums), default=(0, 0))
    paid = [(one.cell.page, one.cell.row) for one in seen if one.kind == "amount_paid"]
    below = any(place > first for place in paid)

    def is_other(one: AmountSeen) -> bool:
        sold = below and (one.cell.page, one.cell.row) < first
        return one.kind == "amount_paid" and (sold if roll else abs(one.value) in old)  # a till has no bill before

    return [replace(one, kind="none") if is_other(one) else one for one in seen]


def _with_order(seen: Sequence[AmountSeen]) -> list[AmountSeen]:
    """Return the amounts, three behind one label in the order that they add up in: net, tax and gross.

    A pack says what stands behind a label where it names the gross first; many tables have it last.
    """
    changed = list(seen)
    for number in range(len(changed) - 2):
        three = changed[number : number + 3]
        row = {(one.cell.page, one.cell.row, one.rule) for one in three}
        named = [one.kind for one in three] == ["total_gross", "total_net", "total_tax"]
        net, tax, gross = (one.value for one in three)
        if named and len(row) == 1 and net + tax == gross and 0 <= tax < net:
            kinds: tuple[AmountKind, ...] = ("total_net", "total_tax", "total_gross")
            changed[number : number + 3] = [replace(one, kind=kind) for one, kind in zip(three, kinds, strict=True)]
    return changed


def find_lonely_total_label(page: PageView, least: float) -> str | None:
    """Return a text that names the total as surely as `least`, where its row and the next one hold no number."""
    rows = page.layout.rows
    for number, row in enumerate(rows):
        if len(row) > 2 or any(find_amounts(cell.text) for cell in row):
            continue
        text = row[0].folded
        kind = classify(page, text) if len(text) <= LONGEST_LABEL else None
        if kind is None or kind[0] not in ("total_gross", "amount_due") or kind[1] < least:
            continue
        below = rows[number + 1] if number + 1 < len(rows) else ()
        if not any(find_amounts(cell.text) for cell in below if cell.box[0] >= row[0].box[0] - row[0].height):
            return row[0].text
    return None


def _whole_sum(page: PageView, cell: Cell, found: Mapping[int, Sequence[AmountMatch]]) -> Iterator[AmountSeen]:
    """Yield a number without decimals or currency where a label for a sum stands right beside it."""
    label = next(iter(page.layout.left_of(cell)), None)
    if label is None or any(c.isdigit() for c in label.text) or not _in_column(page, cell, found):
        return
    kind = classify(page, label.folded)
    numbers = page.numbers
    amounts = find_amounts(cell.text, numbers.point, spaces_group=numbers.spaces_group)
    if kind is not None and kind[0] in SUM_KINDS and len(amounts) == 1 and amounts[0].decimal:
        yield _score_amount(kind, WHOLE, amounts[0], cell)


def _in_column(page: PageView, cell: Cell, found: Mapping[int, Sequence[AmountMatch]]) -> bool:
    """Say whether an amount in a row near by ends where a number ends."""
    rows = page.layout.rows[max(0, cell.row - NEAR_ROWS) : cell.row + NEAR_ROWS + 1]
    return any(
        found[other.index] and other.page == cell.page and abs(other.box[2] - cell.box[2]) < 0.6 * cell.height
        for row in rows
        for other in row
    )


def _amounts_of(page: PageView, cell: Cell) -> list[AmountMatch]:
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
    page: PageView,
    row: Sequence[Cell],
    cell: Cell,
    amount: AmountMatch,
    number: int,
    found: Mapping[int, Sequence[AmountMatch]],
) -> Iterator[AmountSeen]:
    """Yield the amount once: by the text at its left, else by a heading above, else by a neighbouring row."""
    near, whole, passed = _left_text(row, cell, amount, number, found)
    if _BASE.search(near) and _is_followed(row, cell, number, found):
        yield AmountSeen("none", 0.0, amount, cell, "")
        return
    for text, further in ((near, 0), (whole, passed)):
        if has_words(text):
            kind = classify(page, text, further)
            if kind is not None:
                yield _score_amount(kind, 1.0, amount, cell)
                return
    if has_words(whole):
        yield AmountSeen("none", 0.0, amount, cell, "")
        return
    over = _heading_beside(page, cell, found)
    if over is not None and (kind := classify(page, over.folded)) is not None:
        yield _score_amount(kind, HEADING, amount, cell)
        return
    for other in page.layout.above(cell, page.compiled.pack.heading_rows):
        if not found[other.index] and has_words(other.folded):
            if (kind := classify(page, other.folded)) is not None:
                yield _score_amount(kind, HEADING, amount, cell)
                return
            break
    label = _adjacent(page, cell, found)
    if label is not None and (kind := classify(page, label, passed)) is not None:
        yield _score_amount(kind, ADJACENT, amount, cell)
        return
    yield AmountSeen("none", 0.0, amount, cell, "")


def _heading_beside(page: PageView, cell: Cell, found: Mapping[int, Sequence[AmountMatch]]) -> Cell | None:
    """Return the heading right above an amount that ends at the other side of its column, where nothing is over it.

    A box holds its heading at the left and the amount below at the right.
    """
    above = page.layout.rows[cell.row - 1] if cell.row else ()
    if len(above) < 2 or any(found[c.index] for c in above) or above[0].page != cell.page:
        return None
    over = [c for c in above if c.box[0] < cell.box[2] and c.box[2] > cell.box[0]]
    left = [c for c in above if c.box[2] <= cell.box[0]]
    near = left and 0 <= cell.box[1] - left[-1].box[3] < HEADED * cell.height
    ends = all(c.box[2] < cell.box[2] + cell.height for c in above)
    return left[-1] if near and not over and ends and has_words(left[-1].folded) else None


def _is_followed(row: Sequence[Cell], cell: Cell, number: int, found: Mapping[int, Sequence[AmountMatch]]) -> bool:
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
    last = cell
    for other in reversed([c for c in row if c.box[0] < cell.box[0] and c.index != cell.index]):
        amounts = found[other.index]
        whole = f"{other.folded} {whole}"
        # `PAYMENT INFO` of another column is no part of the label `SUB TOTAL`
        reached = reached or (has_words(near) and last.box[0] - other.box[2] > FAR * cell.height)
        last = other
        if not reached:
            near = f"{other.folded[amounts[-1].end :] if amounts else other.folded} {near}"
        reached = reached or bool(amounts)
        if not closed:
            passed += len(amounts)
            closed = has_words(other.folded)
    return near, whole, passed


def _score_amount(found: tuple[AmountKind, float, str], share: float, amount: AmountMatch, cell: Cell) -> AmountSeen:
    kind, score, rule = found
    if kind == "rounding" and abs(amount.decimal) > MOST_ROUNDED:
        kind, score = "total_gross", ROUNDED_TOTAL  # the label named the sum after its rounding
    return AmountSeen(kind, score * share, amount, cell, rule)


def _adjacent(page: PageView, cell: Cell, found: Mapping[int, Sequence[AmountMatch]]) -> str | None:
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


def classify(page: PageView, text: str, further: int = 0) -> tuple[AmountKind, float, str] | None:
    """Return kind, score and name of the first rule of the pack that matches a label.

    `further` counts the amounts between label and amount, where a rule says what those to the right are.
    """
    found = _classify_text(page, text, further)
    if found is not None and found[0] == "total_tax" and "(" in text:
        outside = _classify_text(page, _BRACKETED.sub(" ", text), further)
        if outside is not None and outside[0] in ("total_charges", "total_discount"):
            return outside  # `Carriage (VAT 20 %)` is taxed, and no tax
    return found


def _classify_text(page: PageView, text: str, further: int) -> tuple[AmountKind, float, str] | None:
    for number, (kind, score, pattern, then) in enumerate(page.compiled.amounts):
        if pattern.search(text):
            if further and then:
                kind = then[further - 1] if further <= len(then) else "none"
            return kind, score, f"{page.compiled.name}.amounts.{number + 1}"
    return None
