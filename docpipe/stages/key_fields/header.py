"""The block at the top of a receipt or letter: who issued it, and where they are.

The name is the row with the best marks above the address; the address is the contiguous run of rows with the largest
sum of marks. That a contiguous run beats single rows was measured on receipts (docs/design/key-fields.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from statistics import median

from docpipe.stages.key_fields.blocks import blocks_of
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.compiled_pack import HeaderPatterns
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.line_items.vocabulary import is_heading_row
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.stages.key_fields.postal import TRAILING_DOT
from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.text import fold

NEVER = -99.0
LARGER = 1.3
"""A letterhead's letters exceed the usual height by this factor."""
_TOWN = re.compile(r"\W*(?:[A-Z]{1,2}[- ]{1,2})?\d{4,6} ?[A-Z][A-Z' .-]{2,}(?:\(?[A-Z0-9]+\)?|\d{1,2})?\W*$")
"""A row that holds a postcode and a town and nothing else, in folded text."""
STRIP = " .,:;-–_*|~'\"=+"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the block, joined from left to right."""

    cells: tuple[Cell, ...]
    text: str
    folded: str


def header_candidates(page: PageView) -> Iterator[Candidate]:
    """Yield the name, address and registration number of the issuer, as far as the top of the first page has them."""
    patterns = page.compiled.header
    if patterns is None or not page.layout.rows:
        return
    rows = _block(page, patterns)
    if not rows:
        return
    marks = _address_marks(rows, patterns, page.compiled.shared)
    namings = [_join(cells_of_name(row.cells, patterns)) for row in rows]
    first = next((n for n, row in enumerate(namings[:4]) if _may_be_name(row, patterns)), None)
    if first is not None:
        marks[: first + 1] = [NEVER] * (first + 1)
    start, end, strength = _best_run(marks)
    has_address = strength >= 2.0
    names = _name_rows(namings, start if has_address else min(len(rows), 4), patterns)
    rule, weight = page.compiled.name, patterns.weight
    if names is not None:
        cells = tuple(c for row in names[0] for c in row.cells)
        raw = " ".join(row.text for row in names[0])
        named, street = split_street(re.sub(r"^\w[\w ]{2,14}:\s+(?=\w)", "", raw), patterns)
        name, registration = split_registration(named, patterns)
        if street is not None and not has_address:
            score = patterns.weight * 0.5
            yield Candidate("seller.address", street, raw, score, f"{rule}.header.same_row", cells)
        if any(c.isalpha() for c in name):
            yield Candidate("seller.name", name, raw, names[1] * weight, f"{rule}.header.name", cells)
        if registration:
            yield Candidate(
                "seller.registration_id", registration, raw, 0.7, f"{rule}.header.registration", names[0][-1].cells
            )
    if has_address:
        run = rows[start:end]
        text = re.sub(r"^[^:]{0,12}\bADD(?:RESS)?\s?:\s*", "", " ".join(row.text for row in run), flags=re.I).strip(
            " -*"
        )
        cells = tuple(c for row in run for c in row.cells)
        score = min(0.95, 0.4 + 0.07 * strength) * weight
        yield Candidate("seller.address", text, text, score, f"{rule}.header.address", cells)


def _block(page: PageView, patterns: HeaderPatterns) -> list[Row]:
    """Return the rows at the top of the first page, up to the first that belongs to the body."""
    rows: list[Row] = []
    first_page = page.layout.rows[0][0].page
    above = list(takewhile(lambda row: not is_heading_row(row, page.compiled), page.layout.rows[: patterns.rows]))
    if patterns.joined:
        groups = above
    else:
        top = [cell for row in above for cell in row]
        groups = [(cell,) for block in blocks_of(top) for cell in block.cells]
    for cells in groups:
        if cells[0].page != first_page:
            break
        row = _join(cells)
        body = _finds(patterns.ends, row.folded) and not _finds(patterns.strong_address, row.folded)
        if (
            patterns.joined
            and body
            and len(rows) >= 2
            and _best_run(_address_marks(rows, patterns, page.compiled.shared))[2] >= 2.0
        ):
            break
        rows.append(row)
    return rows


def _address_marks(rows: Sequence[Row], patterns: HeaderPatterns, shared: SharedWords) -> list[float]:
    towns = _streets_over_towns(rows, shared) if patterns.joined else set()
    marks: list[float] = []
    after_postcode = ended = False
    for number, row in enumerate(rows):
        mark = _address_mark(row, patterns)
        if mark != NEVER and number in towns and not _finds(patterns.legal_forms, row.folded):
            mark = max(mark, 0.0) + 1.5
        above = rows[number - 1] if number else None
        if ended or mark == NEVER:
            marks.append(NEVER if ended or any(m > 0 for m in marks) else mark)
            continue
        if above is not None and marks[-1] > 0 and above.text.rstrip().endswith(","):
            mark += 1.5
        if _finds(patterns.postcode, row.folded):
            after_postcode = True
        elif after_postcode and mark < 0 and marks[-1] > 0:
            # a branch between the postcode and the tax number belongs to the address more often than not
            follower = rows[number + 1].folded if number + 1 < len(rows) else ""
            short = sum(c.isalpha() for c in row.text) >= 4 and len(row.text) <= 34
            if short and _finds(patterns.not_address, follower) and not _finds(patterns.ends, row.folded):
                mark = 0.3
        marks.append(mark)
        ended = mark > 0 and _finds(patterns.country, row.folded)
    return marks


def _streets_over_towns(rows: Sequence[Row], shared: SharedWords) -> set[int]:
    """Return the rows of which one ends or begins with a house number and the next is a postcode with its town."""
    found: set[int] = set()
    for number, (street, town) in enumerate(pairwise(rows)):
        if shared.street.search(street.folded) and (_TOWN.match(town.folded) or shared.town.search(town.folded)):
            found |= {number, number + 1}
    return found


def _address_mark(row: Row, patterns: HeaderPatterns) -> float:
    text = row.folded
    if _finds(patterns.not_address, text) or not any(c.isalnum() for c in text):
        return NEVER
    mark = -1.0
    postcode, strong = _finds(patterns.postcode, text), patterns.strong_address
    if postcode:
        mark += 3.0
    if strong is not None and (found := strong.search(text)):
        mark += 2.5
        if strong.search(text, found.end()):
            mark += 1.0
    numbered = re.match(r"\W*(?:NO\W{0,2})?\d+[A-Z]?(?:[-&/]\s?\d+[A-Z]?)*\s?,", text) is not None
    if numbered:
        mark += 1.5
    if _finds(patterns.weak_address, text):
        mark += 1.5
    if text.rstrip().endswith(","):
        mark += 1.0
    if "," in text[:-1]:
        mark += 0.4
    if re.fullmatch(r"\W*\(.*\)\W*", text) and not postcode:
        mark -= 2.0
    if _finds(patterns.legal_forms, text):
        mark -= 4.0
    elif _finds(patterns.name_words, text) and not postcode:
        mark -= 1.0
    if _finds(patterns.ends, text):
        mark -= 3.0
    return mark


def _best_run(marks: Sequence[float]) -> tuple[int, int, float]:
    """Return start, end and sum of the contiguous run with the largest sum."""
    best = (0, 0, 0.0)
    for start in range(len(marks)):
        total = 0.0
        for end in range(start, min(start + 8, len(marks))):
            if marks[end] == NEVER:
                break
            total += marks[end]
            if total > best[2] + 1e-9:
                best = (start, end + 1, total)
    return best


def _name_rows(rows: Sequence[Row], limit: int, patterns: HeaderPatterns) -> tuple[list[Row], float] | None:
    """Return the row or rows of the name and their score; `limit` is where the address begins."""
    best: tuple[float, int] | None = None
    usual = median(row.cells[0].height for row in rows)
    for number, row in enumerate(rows[: max(limit, 1)]):
        text = row.folded
        if not _may_be_name(row, patterns):
            continue
        legal, words = _finds(patterns.legal_forms, text), _finds(patterns.name_words, text)
        mark = 0.45 - 0.05 * number + (0.4 if legal else 0.0) + (0.04 if words else 0.0)
        if not patterns.joined and row.cells[0].height > LARGER * usual and not any(c.isdigit() for c in text):
            mark += 0.25
        if _finds(patterns.ends, text):
            mark -= 0.4
        if best is None or mark > best[0]:
            best = (mark, number)
    if best is None:
        return None
    number = best[1]
    start, end = number, number + 1
    while end < limit and _goes_on_below(rows[start:end], rows[end], patterns):
        end += 1
    while start and _goes_on_from_above(rows[start - 1], rows[start:end], patterns):
        start -= 1
    return list(rows[start:end]), min(best[0], 0.95)


def cells_of_name(cells: Sequence[Cell], patterns: HeaderPatterns) -> tuple[Cell, ...]:
    """Return the cells of a row up to the first that goes on with something else: a title, a date, the name again.

    The name stands twice where a slip of a card terminal lies beside its receipt.
    """
    first = cells[0].folded
    after = (
        n for n, cell in enumerate(cells) if n and (cell.folded == first or _finds(patterns.not_name, cell.folded))
    )
    return tuple(cells[: next(after, len(cells))])


def _join(cells: tuple[Cell, ...]) -> Row:
    return Row(cells, " ".join(c.text for c in cells), " ".join(c.folded for c in cells))


def _may_be_name(row: Row, patterns: HeaderPatterns) -> bool:
    letters = sum(c.isalpha() for c in row.folded)
    if letters < 3 or (letters < 6 and row.text.islower()):
        return False  # nothing, or a word cut off a sentence
    return not _finds(patterns.not_name, row.folded)


def _goes_on_from_above(above: Row, name: Sequence[Row], patterns: HeaderPatterns) -> bool:
    """Say whether a name begins in the row above: an open bracket, an `&`, or nothing but general words below it."""
    if not _may_be_name(above, patterns):
        return False
    text = " ".join(row.folded for row in name)
    if text.count(")") > text.count("(") and above.folded.count("(") > above.folded.count(")"):
        return True
    if text.lstrip().startswith("&") or above.folded.rstrip().endswith("&"):
        return True
    if _finds(patterns.legal_forms, above.folded):
        return False
    if above.folded in text:
        return False  # a sign above says again what the name says
    if _finds(patterns.legal_forms, text) and _own_letters(above.folded, patterns) < 3:
        return True  # a trade alone is no name yet: `SCHUHHAUS` over `KIRCHWEIN GBR`
    return _own_letters(split_registration(text, patterns)[0], patterns) < 3 or _begins(patterns.glue_words, text)


def _own_letters(text: str, patterns: HeaderPatterns) -> int:
    """Count the letters of a name that are neither legal form nor trade, nor in brackets."""
    for pattern in (patterns.legal_forms, patterns.name_words, patterns.glue_words):
        text = pattern.compiled.sub(" ", text) if pattern is not None else text
    return sum(c.isalpha() for c in re.sub(r"\([^)]*\)", " ", text))


def _goes_on_below(name: Sequence[Row], below: Row, patterns: HeaderPatterns) -> bool:
    if not _may_be_name(below, patterns):
        return False
    text = " ".join(row.folded for row in name)
    if text.count("(") > text.count(")"):
        return below.folded.count(")") > below.folded.count("(")
    return _begins(patterns.glue_words, below.folded) and not _finds(patterns.legal_forms, text)


def split_street(text: str, patterns: HeaderPatterns) -> tuple[str, str | None]:
    """Return a name and the address behind its comma: a street's word, or a house number with one, begins it."""
    for comma in re.finditer(r",\s+", text):
        name, rest = text[: comma.start()], text[comma.end() :]
        folded = fold(rest)
        numbered = folded[:1].isdigit() and _finds(patterns.strong_address, folded)
        if sum(c.isalpha() for c in name) > 2 and (numbered or _begins(patterns.strong_address, folded)):
            return name, rest
    return text, None


def split_registration(text: str, patterns: HeaderPatterns) -> tuple[str, str | None]:
    """Cut a registration number off the end of a name; return the name and the number."""
    from docpipe.values.text import fold

    found = patterns.registration.search(fold(text)) if patterns.registration else None
    if found is None:
        bare = text.strip(STRIP)
        return bare + "." if TRAILING_DOT.search(bare + ".") and f"{bare}." in text else bare, None
    number = text[found.start() : found.end()].strip(" ()[]:.-")
    rest = (text[: found.start()] + " " + text[found.end() :]).strip(STRIP + "([")
    return rest, number


def _begins(pattern: Pattern | None, text: str) -> bool:
    found = pattern.search(text) if pattern is not None else None
    return found is not None and found.start() == 0


def _finds(pattern: Pattern | None, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None
