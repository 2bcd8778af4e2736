"""What a field's value may be: every candidate with its place, its rule and its score. Choosing comes later."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from docpipe.document import Doubt, FieldSource
from docpipe.stages.key_fields.compiled_pack import CompiledPack
from docpipe.stages.key_fields.layout import WIDE_GAP, Cell, Layout
from docpipe.stages.key_fields.line_items.vocabulary import AMOUNTS, plain_headings
from docpipe.stages.key_fields.pack import FieldRule
from docpipe.stages.key_fields.patterns import Hit, squash_label
from docpipe.stages.key_fields.shapes import Shaped, read_shape
from docpipe.values.dates import find_dates
from docpipe.values.number_format import NumberFormat
from docpipe.values.text import fold

PLACE = {"inline": 1.0, "right": 0.95, "below": 0.75, "above": 0.5}
BELOW_ROWS = 2
SHORT_LABEL = 5
"""Labels of so few letters (`Date`, `Datum`, `Le`) say nothing more than that a date follows."""
OPEN_ORDER = 0.5
"""What a date is trusted at most whose day and month could change places."""
LONG = 120
"""A longer line is no address."""
FAR = 12.0
"""A label stands at most so many line heights left of the column of its values."""
OTHER_LABEL = 0.35
"""What a general label for a number is worth behind another word."""
LATE = 14
"""A label for a number with more letters before it stands in a sentence."""
WEAK = 0.5
"""Labels that score less (`No.`) end no value before them."""
_CLAUSE = re.compile(r"[,;:()]\s|\.\s|\s[/|–-]\s")
_WORD = re.compile(r" ?[A-Z]{3,}")
_MONEY_BEFORE = re.compile(r"(?:\d[.,]\d\d\s?(?:[€£$]|[A-Z]{3})?|[€£$]\s?\d[\d.,]*)\s*[,:–-]?\s*$")
REFERS = re.compile(
    r"\b(?:BIJ|BETREFT|ZU|ZUR|BEZUG|AGAINST|RELATING TO|ORIGINAL|SUR|CONCERNANT|RIF|RELATIVA A|RECTIFICA(?: A)?|CORRIGE"
    r"|REFERENTE A|DOTYCZY|DO)\W+$"
)
"""Before a label for a number: it names the invoice that a credit note takes back."""
_NUMBER_GOES_ON = re.compile(r"[A-Z0-9/-]*\d[A-Z0-9/-]*")
_YEAR_BELOW = re.compile(r"(?:19|20)\d\d\b")
BARE_DUE = "DUE"
_PAID = re.compile(
    r"\b(?:PA(?:YMENT|YABLE|ID)|AMOUNT|BALANCE|TOTAL|INVOICE|BILL|RENT|FEES?|CHARGES?|ACCOUNT|DATE|TERMS|NET)\b"
)
"""Before the bare word `due`: what falls due is money."""
_WORD_BEFORE = re.compile(r"[A-Z]{3,}[ .-]{0,2}$")
LATER_PAGE = 0.9
"""What a label on each further page is worth: conditions in small print use the same words."""


@dataclass(frozen=True, slots=True)
class LabelSeen:
    """The label that a value was found by, and what stands around it, in folded text."""

    text: str
    before: str
    """What stands before it in its line."""
    between: str
    """What stands between it and the value, in the value's own line."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible value of a field. `score` is 0 to about 1 for labelled values, and may exceed it for totals."""

    path: str
    value: str
    raw: str
    score: float
    rule: str
    cells: tuple[Cell, ...]
    source: FieldSource = "rule"
    cap: float = 1.0
    """What confidence may not exceed, whatever else speaks for the value."""
    doubt: Doubt | None = None
    """Why a person should look at it."""
    seen: LabelSeen | None = None
    """The label beside it, where it was found by one."""


@dataclass(frozen=True)
class PageView:
    """A document laid out, with the labels of one pack found in it."""

    layout: Layout
    compiled: CompiledPack
    day_first: bool
    order_known: bool
    """Whether the document itself says if day or month comes first."""
    hits: Sequence[tuple[Hit, ...]] = field(default=())
    numbers: NumberFormat = field(default_factory=NumberFormat)
    """How the document writes its numbers."""
    found: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was found on it before, by the name of what found it: several steps ask for the same."""


def find_labelled(page: PageView) -> Iterator[Candidate]:
    """Yield a candidate for each label that has a value of its type beside it."""
    times: Counter[str] = Counter()
    border = _border(page)
    for cell in page.layout.cells:
        for number, hit in enumerate(page.hits[cell.index]):
            if not hit.owner:
                continue
            rule = page.compiled.rules[hit.owner]
            before = cell.text[: hit.start]
            if rule.type == "name" and before.strip(" .:*-•") and not before[-1].isalnum():
                continue  # the word stands inside a sentence
            if rule.pages == "first" and cell.page != page.layout.cells[0].page:
                continue
            doubt = _doubt(page, cell, hit, rule)
            if not doubt:
                continue
            times[hit.owner] += 1
            if border is not None and rule.second and rule.type != "period":
                times[hit.owner] = _half(cell, *border)
            for place, text, at in places_of(page, cell, number, rule):
                values = _values(page, hit.owner, rule, text)
                if hit.owner.split("@")[0] == "due_date":
                    values = _without_discount_days(page, values, cell.text[: hit.end], text)
                found = next(iter(values), None) or _with_year_below(page, rule, text, at)
                if found is not None:
                    if rule.type in ("id", "phone") and (rest := _rest_of_number(page, at, text)) is not None:
                        found = replace(found, value=found.value + rest, raw=found.raw + rest)
                    if rule.wraps and (more := _join_wrapped(page, hit, at)) is not None:
                        found = replace(found, value=f"{found.value} {more}", raw=f"{found.raw} {more}")
                    between = fold(text[: max(0, text.find(found.raw))])
                    seen = LabelSeen(cell.folded[hit.start : hit.end], cell.folded[: hit.start], between)
                    occurrence = _Occurrence(hit, rule, times[hit.owner], doubt, seen)
                    yield from _candidates(page, occurrence, place, found, at)
                    yield from _also(page, hit, text, at, times[hit.owner])
                    break


_UNTIL = re.compile(r"\s*(?:AU|BIS|TO|TOT|AL|A|AO|DO|UNTIL|TILL|THROUGH|[-–])\s*(?:ZUM|THE|LE|IL|EL|O)?\s*")
"""What stands between the two days of a period."""


def _doubt(page: PageView, cell: Cell, hit: Hit, rule: FieldRule) -> float:
    """Return what a label is worth, 0 to 1: less for a number's behind a sentence, and for a short one of a date.

    `Date ordered` and `Run date` are other labels than `Date`.
    """
    if rule.type == "id":
        if cell.text[hit.start] in "°º":
            return 0.0  # `3° C` holds no `OC`
        town, around = page.compiled.shared.town, (cell.folded[: hit.start], cell.folded[hit.end :])
        if hit.start > 1 and len(cell.text) < LONG and any(town.search(part) for part in around):
            return 0.0  # a word inside an address
        if hit.start > 1 and page.compiled.shared.street.search(cell.folded) and not cell.text[hit.end :].strip():
            return 0.0  # the last word of a street
        late = sum(c.isalpha() for c in cell.text[: hit.start]) > LATE or REFERS.search(cell.folded[: hit.start])
        if hit.owner.endswith("@plain") and _is_over_goods(page, cell):
            return 0.0  # over a column of numbers in a table of goods
        if hit.owner.endswith("@plain") and _WORD_BEFORE.search(cell.folded[: hit.start]):
            return OTHER_LABEL  # `Booking ref` is another label than `Ref`
        return 0.6 if late else 1.0
    if rule.type not in ("date", "period") or len(hit.label) > SHORT_LABEL:
        return 1.0
    before = cell.folded[: hit.start]
    if not before.strip() and _is_over_goods(page, cell):
        return 0.0  # over a column of days in a table of goods
    if not before.strip() and find_dates(cell.text[hit.end :]) and _is_labelled_otherwise(page, cell, hit):
        return 0.0  # `Period | from 4 May to 29 May`
    if before.strip() and (left := next(iter(page.layout.left_of(cell)), None)) is not None:
        before = f"{left.folded} {before}"  # `Order | 4711 of 3 May 2026`, label and value in two columns
    if hit.label == BARE_DUE and sum(c.isalpha() for c in before) > SHORT_LABEL and not _PAID.search(before):
        return OTHER_LABEL  # `Dental cleaning - due 8/15/2024`
    if page.compiled.shared.other_documents.search(before):
        return 0.0  # `Rif. DDT n. 311 del 28/04/2026` is the date of the delivery note
    if before.strip() and (_MONEY_BEFORE.search(before) or _is_column_of_others(page, cell)):
        return 0.0  # `278,64 € le 15/06/2026` is a day of payment
    after = _WORD.match(cell.folded, hit.end)
    dates = find_dates(cell.text[hit.end :])
    if (
        rule.type == "date"
        and len(dates) > 1
        and _UNTIL.fullmatch(cell.folded[hit.end :][dates[0].end : dates[1].start])
    ):
        return 0.0  # `du 17/02/2023 au 16/04/2023` is a period
    if after is not None and (not dates or after.end() - hit.end <= dates[0].start):
        return OTHER_LABEL if dates else 0.0  # `Data zakończenia usługi: 10.07.2026` is another label than `Data`
    if any(pattern.search(before) for _, pattern in page.compiled.kinds):
        return 1.0  # `Votre facture mobile du 03/02/2023`
    return 0.5 if _WORD_BEFORE.search(cell.folded[: hit.start]) else 1.0


def _is_over_goods(page: PageView, cell: Cell) -> bool:
    """Say whether a cell stands in the heading of a table of goods, beside one for words and one for amounts."""
    known = plain_headings(page.compiled)
    names = {known.get(squash_label(other.text)) for other in page.layout.rows[cell.row]}
    return "description" in names and bool(names & AMOUNTS)


def _is_column_of_others(page: PageView, cell: Cell) -> bool:
    """Say whether the cell right above is a heading that names another document: `B.L. N° / Date`."""
    above = next(iter(page.layout.above(cell, 1)), None)
    return (
        above is not None
        and not any(c.isdigit() for c in above.text)
        and page.compiled.shared.other_documents.search(above.folded) is not None
    )


def _is_labelled_otherwise(page: PageView, cell: Cell, hit: Hit) -> bool:
    """Say whether the cell left of a date's short label is the label of another date, or of a period."""
    left = next(iter(page.layout.left_of(cell)), None)
    hits = page.hits[left.index] if left is not None else ()
    if (
        left is None
        or not hits
        or left.text[hits[-1].end :].strip(" .:")
        or cell.box[0] - left.box[2] > FAR * cell.height
    ):
        return False
    owner = hits[-1].owner
    dated = owner in page.compiled.rules and page.compiled.rules[owner].type in ("date", "period")
    return dated and owner.split("@")[0] != hit.owner.split("@")[0]


def _without_discount_days(page: PageView, values: Iterator[Shaped], before: str, text: str) -> Iterator[Shaped]:
    """Yield the dates of a text that end no discount: `by 16 April with 2 % discount, by 2 May net` gives 2 May."""
    start = 0
    for found in values:
        at = text.find(found.raw, start)
        if at < 0:
            yield found
            continue
        clause = _CLAUSE.split((before if not start else "") + text[start:at])[-1]
        start = at + len(found.raw)
        following = find_dates(text[start:])
        clause += _CLAUSE.split(text[start : start + following[0].start] if following else text[start:])[0]
        if not page.compiled.shared.discount.search(fold(clause)):
            yield found


def _with_year_below(page: PageView, rule: FieldRule, text: str, at: Cell) -> Shaped | None:
    """Return a date of which the narrow column had no room for the year: `Date: March 4,` over `2026`."""
    if rule.type != "date" or not any(c.isdigit() for c in text):
        return None
    below = next(iter(page.layout.below(at, 1)), None)
    year = _YEAR_BELOW.match(below.text) if below is not None else None
    if below is None or year is None or below.box[1] - at.box[3] > 0.8 * at.height:
        return None
    whole = f"{text.rstrip()} {year[0]}"
    found = next(read_shape(rule.type, whole, page.numbers, page.day_first), None)
    return found if found is not None and found.raw.endswith(year[0]) else None


def _rest_of_number(page: PageView, at: Cell, text: str) -> str | None:
    """Return what a number that ends in a hyphen goes on with, in the line right below it: `L26-` over `0038817`."""
    mark = text.rstrip()[-1:]
    if mark not in ("-", "/") or not at.text.rstrip().endswith(mark) or not any(c.isdigit() for c in text[-6:]):
        return None
    below = next(iter(page.layout.below(at, 1)), None)
    if below is None or below.box[1] - at.box[3] > 0.8 * at.height or not _NUMBER_GOES_ON.fullmatch(below.folded):
        return None
    return mark + below.text


def _join_wrapped(page: PageView, hit: Hit, at: Cell) -> str | None:
    """Return the rest of a name in the line right below it, which begins below the name and holds nothing else."""
    wide = (at.box[2] - at.box[0]) / max(len(at.text), 1)
    inline = any(h == hit for h in page.hits[at.index])
    start = at.box[0] + (hit.end + 1) * wide if inline else at.box[0]
    for other in page.layout.below(at, 1):
        near = other.box[1] - at.box[3] < 0.6 * at.height and abs(other.box[0] - start) < 2.0 * at.height
        short = len(other.text) <= len(at.text) and not any(c.isdigit() or c in ":@$" for c in other.text)
        if near and short and not page.hits[other.index] and other.text[:1].isupper() and len(other.text) > 2:
            left = next(iter(page.layout.left_of(other)), None)
            return other.text if (inline or left is None) and other.folded not in at.folded else None
    return None


def _border(page: PageView) -> tuple[Cell, Cell] | None:
    """Return the first two places of the label whose second occurrence names the seller, where there are two."""
    owner = next((path for path, rule in page.compiled.rules.items() if rule.second == "seller.name"), None)
    places = [cell for cell in page.layout.cells if any(hit.owner == owner for hit in page.hits[cell.index])]
    if owner and len(places) < 2:
        return find_halves(page)
    return (places[0], places[1]) if owner and len(places) == 2 else None


def find_halves(page: PageView) -> tuple[Cell, Cell] | None:
    """Return the words over the two halves of a form, side by side, where a label of one of them was not read."""
    buyer, seller = (
        next((cell for cell in page.layout.cells if cell.text.strip(" :：") in words), None)
        for words in page.compiled.pack.halves
    )
    return (buyer, seller) if buyer is not None and seller is not None and buyer.row == seller.row else None


def _half(cell: Cell, first: Cell, second: Cell) -> int:
    """Return 1 for the buyer's half of a form and 2 for the seller's: side by side, or one below the other."""
    if first.row == second.row:
        return 2 if cell.box[0] > (first.box[0] + second.box[0]) / 2 else 1
    return 2 if cell.row >= second.row else 1


def find_shaped(page: PageView) -> Iterator[Candidate]:
    """Yield a candidate for each text that has a shape by which a field is known without a label."""
    for path, rule in page.compiled.rules.items():
        if rule.labels or path not in page.compiled.shapes:
            continue
        for cell in page.layout.cells:
            for found in _values(page, path, rule, cell.text):
                yield Candidate(
                    path.split("@")[0], found.value, found.raw, rule.score, f"{page.compiled.name}.{path}", (cell,)
                )


def places_of(page: PageView, cell: Cell, number: int, rule: FieldRule) -> Iterator[tuple[str, str, Cell]]:
    """Yield each place beside the label of a number in a cell that holds text: its name, the text and its cell."""
    for place in rule.where:
        if place == "inline":
            found = _inline(page, cell, number)
        elif place == "right":
            found = _right(page, cell, number, rule)
        elif place == "below":
            found = _below(page, cell, number, rule)
        else:
            found = next(((other.text, other) for other in page.layout.above(cell, 1)), None)
        if found is not None:
            yield place, *found


def _inline(page: PageView, cell: Cell, number: int) -> tuple[str, Cell] | None:
    """Return what stands behind a label in its own cell, up to the next label."""
    hits = page.hits[cell.index]
    end = hits[number].end
    until = next((h.start for h in hits[number + 1 :] if h.start >= end), len(cell.text))
    rest = cell.text[end:until].lstrip(" .:：#-–|)")
    return (rest, cell) if rest else None


def _right(page: PageView, cell: Cell, number: int, rule: FieldRule) -> tuple[str, Cell] | None:
    """Return the first text right of a label."""
    if number + 1 < len(page.hits[cell.index]) or _stands_under(page, cell, number):
        return None  # another label stands between, or the value right below it
    town = page.compiled.shared.town
    for other in page.layout.beside(cell):
        if _is_passed_over(page, other):
            continue
        if rule.type == "id" and town.search(other.folded) and any(c.isdigit() for c in other.text):
            return None  # an address in the next column: its postcode is no number
        text = _until_label(page, other)
        if text is None:
            return None
        text = text.lstrip(" .:：#-–|")
        if text:
            return text, other
    return None


def _is_passed_over(page: PageView, cell: Cell) -> bool:
    passes = page.compiled.passes
    found = None if passes is None else passes.search(cell.folded)
    return found is not None and found.end() >= len(cell.text.rstrip(" :"))


def _below(page: PageView, cell: Cell, number: int, rule: FieldRule) -> tuple[str, Cell] | None:
    """Return the first text below a label; a text beside it takes the place where the label is one of words."""
    hits = page.hits[cell.index]
    if cell.text[hits[number].end :].strip(" .:：#") and number + 1 == len(hits) and rule.type in ("text", "name"):
        return None
    for other in page.layout.below(cell, BELOW_ROWS):
        text = _until_label(page, other)
        if text is None:
            return None
        if text.strip(" .:：#-"):
            return text, other
    return None


def _stands_under(page: PageView, cell: Cell, number: int) -> bool:
    """Say whether a value stands right below a label, where what is right of it stands far away."""
    if cell.text[page.hits[cell.index][number].end :].strip(" .:：#°º"):
        return False
    beside = next(iter(page.layout.right_of(cell)), None)
    if beside is None:
        return False
    words = sum(c.isalpha() for c in beside.text) >= sum(c.isdigit() for c in beside.text)
    if beside.box[0] - cell.box[2] < (0.4 if words else 1.0) * WIDE_GAP * cell.height:
        return False
    below = next(iter(page.layout.below(cell, 1)), None)
    return (
        below is not None
        and abs(below.box[0] - cell.box[0]) < 0.4 * cell.height
        and below.box[1] - cell.box[3] < 0.8 * cell.height
        and any(c.isdigit() for c in below.text)
        and not page.hits[below.index]
    )


def _until_label(page: PageView, cell: Cell) -> str | None:
    """Return a cell's text up to its first label, or None where it begins with one."""
    hits = [h for h in page.hits[cell.index] if not h.owner or page.compiled.rules[h.owner].score >= WEAK]
    if not hits:
        return cell.text
    text = cell.text[: hits[0].start]
    return text if text.strip(" .:：#-*") else None


def _values(page: PageView, path: str, rule: FieldRule, text: str) -> Iterator[Shaped]:
    for found in read_shape(rule.type, text, page.numbers, page.day_first, page.compiled.shapes.get(path)):
        reject = page.compiled.rejects.get(path)
        if reject is None or not reject.search(found.folded):
            yield found


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """A label where it stands on the page."""

    hit: Hit
    rule: FieldRule
    times: int
    """Which one of its kind it is: the second buyer's word names the seller."""
    worth: float
    """0 to 1; see `_doubt`."""
    seen: LabelSeen


def _candidates(page: PageView, label: _Occurrence, place: str, found: Shaped, at: Cell) -> Iterator[Candidate]:
    rule, times, owner = label.rule, label.times, label.hit.owner
    path = owner.split("@")[0]
    cap = OPEN_ORDER if found.open_order and not page.order_known else 1.0
    score = label.worth * rule.score * PLACE[place] * found.trust * LATER_PAGE ** (at.page - page.layout.cells[0].page)
    name = f"{page.compiled.name}.{owner}"
    if rule.second and rule.type == "period":
        yield Candidate(path, found.value, found.raw, score, name, (at,), cap=cap)
        if found.second is not None:
            yield Candidate(rule.second, found.second, found.raw, score, name, (at,), cap=cap)
    elif not rule.second or times <= 2:
        path = rule.second if rule.second and times == 2 else path
        yield Candidate(path, found.value, found.raw, score, name, (at,), cap=cap, seen=label.seen)


def _also(page: PageView, hit: Hit, text: str, at: Cell, times: int) -> Iterator[Candidate]:
    """Yield the further fields of a label's text; those of its second occurrence belong to the seller."""
    for path, pattern in page.compiled.also[hit.owner].items():
        match = pattern.search(fold(text))
        if match is not None and times <= 2:
            raw = text[match.start("value") : match.end("value")].strip()
            path = path.replace("buyer.", "seller.") if times == 2 else path
            yield Candidate(path, raw, raw, 0.8, f"{page.compiled.name}.{hit.owner}", (at,))
