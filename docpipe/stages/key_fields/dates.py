"""Dates without a label, and whether the day or the month comes first on a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from docpipe.document import Doubt, KeyField
from docpipe.stages.key_fields.candidates import OPEN_ORDER, REFERS, Candidate, PageView
from docpipe.stages.key_fields.compiled_pack import CompiledPack
from docpipe.stages.key_fields.currency import scored_region
from docpipe.stages.key_fields.layout import Cell, Layout
from docpipe.stages.key_fields.patterns import Hit
from docpipe.values.dates import DateMatch, find_dates
from docpipe.values.text import fold, repair_digits

CLEAR_REGION = 2.0
"""Hints at a region that add up to this tell the order of day and month."""
LOOSE = 0.3
"""What a date is worth that has no label."""

LOOSE_RULE = ".loose-date"
CLOSE = 0.6
"""A date with more than this share of the best one's score is almost as likely."""
ALONE = 2.0
"""How much more it is worth alone in its line: so letters are dated."""
BEHIND_PLACE = 2.8
"""How much more behind a place and a comma: `Modena, 15 settembre 2026`."""
IN_SENTENCE = 0.7
"""How much less within a sentence, which tells of something that happened on that day."""
SENTENCE = 4
"""So many words beside a date make a sentence."""
_PLACE = re.compile(r"[^\W\d_][^\d:;]{1,28}?,?\s(?:(?:LE|DEN|LI|IL|A|EM|DE|DNIA|THE|THIS)\s)?")
BESIDE_NUMBER = 2.0
"""How much more it is worth right of the document's number: `Invoice 4711 of 3 May 2024`."""

ONLY = 0.93
"""How sure the day of a slip is that names no other day."""
OF_NUMBER = 3.0
"""How much more where a word such as `vom` stands between the two, in cells of one row."""
DATELINE = 1.35
"""How much more a date is worth that makes a line with the name of a town: `München, 05.05.2026`."""
_OF = frozenset({"VOM", "VON", "DU", "DEL", "OF", "DATED", "VAN", "DE", "DA", "Z DNIA", "DD"})
_DAY = re.compile(r"[A-Z]{3,10}\.? \d{1,2},")
_YEAR = re.compile(r"(?:19|20)\d\d\b")
_TIME = re.compile(r"\d{1,2}:\d\d")
_SORT_CODE = re.compile(r"\d\d-\d\d-\d\d")
"""The number of a British bank branch behind an account's holder looks like a day behind a town."""
_TOWN_BEFORE = re.compile(r"[A-ZÀ-Ž][A-Za-zÀ-ž .'-]{2,28}, ?(?:den |le |li |dnia )?", re.IGNORECASE)


def day_order(layout: Layout, prepared: CompiledPack) -> tuple[bool, bool]:
    """Return whether the day comes first, and whether that is known: a default of a language of many countries is not.

    A part above 12 in any date decides, else the region that the page hints at, else the pack.
    """
    votes = {"day": 0, "month": 0}
    for cell in layout.cells:
        if sum(c.isdigit() for c in cell.text) >= 4:
            for match in find_dates(cell.text, compact=False):
                if match.order:
                    votes[match.order] += 1
    if votes["day"] != votes["month"]:
        return votes["day"] > votes["month"], True
    region, score = scored_region(layout, prepared)
    locale = prepared.pack.locale
    if region is not None and region.day_first is not None:
        return region.day_first, score >= CLEAR_REGION or (locale.order_known and region.day_first == locale.day_first)
    return locale.day_first, locale.order_known


def doubt_order(page: PageView, fields: Mapping[str, KeyField]) -> Iterator[Doubt]:
    """Yield a doubt for each date whose day and month could change places, where nothing says which is which."""
    if page.order_known:
        return
    for path in ("issue_date", "due_date"):
        found = fields.get(path)
        if found is None or found.confidence > OPEN_ORDER:
            continue  # missing, or a model that has learned the order on documents of this kind
        for match in find_dates(found.raw or ""):
            if match.open_order and not _is_dotted(found.raw) and match.iso(page.day_first) == found.value:
                other = match.iso(not page.day_first)
                message = f"Day and month of {found.raw} could change places; nothing else on the page tells."
                yield Doubt(path, "day_or_month", message, other)
                break


def raise_only_date(page: PageView, fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields of a slip with a surer day of issue where all its dates are that day, and a time stands too."""
    found = fields.get("issue_date")
    if found is None or found.value is None or not page.order_known:
        return dict(fields)
    days = {match.iso(page.day_first) for cell in page.layout.cells for match in find_dates(cell.text, compact=False)}
    if days != {found.value} or not any(_TIME.search(cell.text) for cell in page.layout.cells):
        return dict(fields)
    return {**fields, "issue_date": replace(found, confidence=max(found.confidence, ONLY))}


def _is_dotted(raw: str | None) -> bool:
    """Say whether a date is written as `06.12.2018`: so write those who put the day first."""
    return raw is not None and raw.count(".") >= 2


def _is_of_number(page: PageView, cell: Cell, start: int) -> bool:
    """Say whether a date stands right of a word such as `vom`, in a row that has the document's number before it."""
    left = list(page.layout.left_of(cell))
    word = fold(cell.text[:start]).strip(" .:") or (left[0].folded.strip(" .:") if left else "")
    return word in _OF and any(
        hit.owner.startswith("invoice_number") for other in (cell, *left) for hit in page.hits[other.index]
    )


def _label_over(page: PageView, cell: Cell) -> Sequence[Hit]:
    """Return the labels in the cell right above one, which heads its column."""
    above = next(iter(page.layout.above(cell, 1)), None)
    if above is None or abs(above.box[0] - cell.box[0]) >= cell.height or any(c.isdigit() for c in above.text):
        return ()
    return page.hits[above.index]


def _right_of(page: PageView, candidate: Candidate) -> Sequence[Cell]:
    return list(page.layout.right_of(candidate.cells[-1]))[:1]


def doubt_issue_date(page: PageView, candidates: Sequence[Candidate]) -> Iterator[Doubt]:
    """Yield a doubt where no label says which of several dates is the day of issue; on a till's slip it is the one
    with the time of day.
    """
    own = [c for c in candidates if c.path == "issue_date"]
    sums: dict[str, float] = {}
    for candidate in own:
        sums[candidate.value] = sums.get(candidate.value, 0.0) + candidate.score
    if len(sums) < 2 or any(not c.rule.endswith(LOOSE_RULE) for c in own):
        return
    best, second = sorted(sums, key=lambda value: -sums[value])[:2]
    timed = {c.value for c in own if any(_TIME.search(cell.text) for cell in (*c.cells, *_right_of(page, c)))}
    by_time = page.compiled.pack.family == "receipt" and best in timed and second not in timed
    if sums[second] > CLOSE * sums[best] and not by_time:
        message = f"No label says which of {len(sums)} dates is the day of issue; {second} is almost as likely."
        yield Doubt("issue_date", "close_choice", message, second)


def _standing(page: PageView, cell: Cell, match: DateMatch) -> float:
    """Return what it is worth how a date stands in its line: alone, behind a place and a comma, or in a sentence."""
    before, after = cell.folded[: match.start], cell.folded[match.end :].strip(" .,")
    after = "" if after == "R" else after  # `14 lipca 2026 r.`
    if after:
        told = sum(word.isalpha() for word in f"{before} {after}".split())
        return IN_SENTENCE if told >= SENTENCE else 1.0
    if "," in before and _PLACE.fullmatch(before):
        return BEHIND_PLACE
    if not before.strip(" .,-"):
        return 1.0 if page.layout.left_of(cell) else ALONE  # what stands left of it may be a label nobody knows
    return IN_SENTENCE if sum(word.isalpha() for word in before.split()) >= SENTENCE else 1.0


def _over_two_cells(page: PageView, cell: Cell) -> Iterator[Candidate]:
    """Yield the date whose year stands in the next cell of a row: `NOVEMBER 3,` beside `2023  6:41 PM`."""
    right = next(iter(page.layout.right_of(cell)), None) if _DAY.fullmatch(cell.folded.strip()) else None
    year = _YEAR.match(right.text) if right is not None else None
    if right is None or year is None or right.box[0] - cell.box[2] > 3 * cell.height or page.hits[cell.index]:
        return
    text = f"{cell.text.strip()} {year[0]}"
    for match in find_dates(text):
        rule = f"{page.compiled.name}{LOOSE_RULE}"
        yield Candidate("issue_date", match.iso(page.day_first), text, LOOSE * ALONE, rule, (cell, right), cap=0.9)


def find_loose_dates(page: PageView) -> Iterator[Candidate]:
    """Yield every date that no other label claims, as a weak candidate for the day of issue. Equal ones add up."""
    others = {
        path for path, rule in page.compiled.rules.items() if rule.type in ("date", "period") and path != "issue_date"
    }
    for cell in page.layout.cells:
        if sum(c.isdigit() for c in cell.text) < 4:
            yield from _over_two_cells(page, cell)
            continue
        found, trust = find_dates(cell.text), 1.0
        if not found and sum(c.isdigit() for c in cell.text) >= 4:
            found, trust = find_dates(repair_digits(cell.text)), 0.8
        for match in found:
            before = [hit for hit in page.hits[cell.index] if hit.end <= match.start]
            if not before:
                left = next(iter(page.layout.left_of(cell)), None)
                before = list(page.hits[left.index])[-1:] if left is not None else []
            over = [] if before else _label_over(page, cell)
            if any(hit.owner in others or hit.label in page.compiled.other_dates for hit in (*before[-1:], *over)):
                continue
            score = LOOSE * trust
            named = before[-1] if before and before[-1].owner.startswith("invoice_number") else None
            if named is not None and not REFERS.search(cell.folded[: named.start]):
                score *= BESIDE_NUMBER
            elif not before and _is_of_number(page, cell, match.start):
                score *= OF_NUMBER
            elif (
                match.end >= len(cell.text.rstrip(" ."))
                and _TOWN_BEFORE.fullmatch(cell.text[: match.start])
                and not _SORT_CODE.fullmatch(cell.text[match.start : match.end])
            ):
                score *= DATELINE
            if before and before[-1].owner == "":
                score *= 0.4
            if match.compact:
                score *= 0.4
            elif match.long_year:
                score *= 1.1
            score *= _standing(page, cell, match) if not before and not over else 1.0
            if ":" in cell.text[match.end : match.end + 9]:
                score *= 1.15
            cap = OPEN_ORDER if match.open_order and not page.order_known else 0.9
            raw = cell.text[match.start : match.end]
            yield Candidate(
                "issue_date",
                match.iso(page.day_first),
                raw,
                score,
                f"{page.compiled.name}{LOOSE_RULE}",
                (cell,),
                cap=cap,
            )
