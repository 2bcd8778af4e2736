"""Whether every line of a party's block is explained.

What is neither name, person, department, trade nor a way to reach somebody may be a building or a quarter, and belong
to the address. The check asks for positive proof: a line between a name and its street that nothing explains makes the
address doubtful, on whatever page it stands; it needs no list of buildings.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine, is_person
from docpipe.stages.key_fields.parties.page_lines import are_aligned
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.values.text import fold, letters_digits

PLACES = frozenset({LineKind.TEXT, LineKind.WORD, LineKind.STREET, LineKind.TOWN})
"""Kinds of lines that may belong to an address; all others say themselves what they are."""
SHORT = 3
"""Fewer letters are a mark or a misread logo."""
LONGEST = 48
"""A longer line is running text."""
REMAINDER = 4
"""So many letters inside an address that it does not take are a word of it."""
_LISTS = re.compile(r"[^\W\d_]{3,}\s*(?:[·•|*/●◆]|\s[-–—]\s)\s*[^\W\d_]{3,}")
"""Words set apart by dots, bars or dashes: what a firm does, not where it is."""
LONGER = 5
"""A longer print of a name has so many letters more, and at most four times as many."""
_CAPITALS = re.compile(r"(?:(?:[A-ZÀ-Ž][\w.'’&-]*|&|and|und|et|e|y|en|i|van|de|di|of|the)(?: |$)){2,6}")
"""Words that begin with capital letters, as names do."""
_WORD = re.compile(r"[^\W\d_]+")
_STRONG = re.compile(r"\s*[|;·•●*—]\s*|\s+[-–]\s+")
"""What sets parts of a line apart."""
_LOWER = re.compile(r"(?<![\w'’.-])[a-zà-ž]{5,}")
"""A word of five letters in small ones: places have capitals, but for short words as `of` and `am`."""


def find_unexplained(
    page: PageView, block: PartyBlock, lines: Sequence[PartyLine], others: set[int]
) -> PartyLine | None:
    """Return the first line amid a block that is no part of it and that nothing explains, or None.

    `lines` are all lines of the document, `others` the numbers of the other party's lines.
    """
    if not block.address:
        return None
    return next(
        (line for line in _lines_amid(block, lines, others) if not is_explained(page, line, block, lines)), None
    )


def find_remainder(page: PageView, block: PartyBlock) -> str | None:
    """Return words in the line of an address that its text leaves out: `Postfach` amid it, or a further address."""
    lines = (block.first,) if block.parts else tuple(block.address)
    for line in lines:
        raw = " ".join(cell.text for cell in line.cells)
        parts = block.parts or tuple(line.text.split(","))
        spans = [span_of(raw, letters_digits(part)) for part in parts]
        known = [span for span in spans if span is not None]
        if len(known) != len(spans) or (len(known) == 1 and not block.parts):
            continue
        amid = "".join(raw[one[1] : two[0]] + " " for one, two in itertools.pairwise(known))
        left: str | None = next((word for word in _WORD.findall(amid) if len(word) >= REMAINDER), None)
        if left is not None and not says_no_place(page, amid):
            return left
        behind = next((part for part in _STRONG.split(raw[known[-1][1] :]) if _is_place(page, part)), None)
        if behind is not None:
            return behind.strip()
    return None


def find_fuller_print(page: PageView, block: PartyBlock, lines: Sequence[PartyLine]) -> str | None:
    """Return a word that another line of the page prints between the street and the town of an address."""
    texts = block.parts or tuple(line.text for line in block.address)
    if len(texts) < 2:
        return None
    street, town = letters_digits(texts[0]), letters_digits(texts[-1])
    own = letters_digits(block.address_text)
    for line in lines:
        key = letters_digits(line.text)
        if street not in key or town not in key or own in key:
            continue
        one, two = span_of(line.text, street), span_of(line.text, town)
        amid = line.text[one[1] : two[0]] if one is not None and two is not None else ""
        left: str | None = next((word for word in _WORD.findall(amid) if len(word) >= REMAINDER), None)
        if left is not None and letters_digits(left) not in own and not says_no_place(page, amid):
            return left
    return None


def find_longer_print(name: str, block: PartyBlock, lines: Sequence[PartyLine]) -> str | None:
    """Return the longer name in which another line prints a name in its own words: `Drukkerij Holtermans` of
    `HOLTERMANS`. A sentence, a person at the firm or a number is none.
    """
    key, own = letters_digits(name), {line.number for line in block.names}
    for line in lines:
        said = _STRONG.split(line.text)[0] if line.kind is LineKind.TAX else line.text.rpartition(":")[2]
        said = said.strip(" ,.;–-()")
        found = letters_digits(said)
        if line.number in own or key not in found or not LONGER <= len(found) - len(key) <= 4 * LONGER:
            continue
        if line.kind in (LineKind.TEXT, LineKind.TAX) and _CAPITALS.fullmatch(said):
            return said
    return None


def span_of(text: str, key: str) -> tuple[int, int] | None:
    """Return where letters and digits begin and end in a text, or None where they do not stand there."""
    places = [n for n, c in enumerate(text) for _ in letters_digits(c)]
    at = "".join(letters_digits(c) for c in text).find(key)
    return (places[at], places[at + len(key) - 1] + 1) if key and at >= 0 else None


def says_no_place(page: PageView, text: str) -> bool:
    """Say whether a text is about numbers, how to reach somebody, an owner or a branch."""
    words, folded = page.compiled.shared, fold(text)
    known = (words.tax_id, words.registered, words.contact, words.bank, words.not_place, words.office, words.country)
    return any(pattern.search(folded) for pattern in known)


def _is_place(page: PageView, text: str) -> bool:
    """Say whether a text begins with a street and its number."""
    words, folded = page.compiled.shared, fold(text)
    parts = [
        part for part in folded.split(",") if any(c.isdigit() for c in part) and sum(map(str.isalpha, part)) > SHORT
    ]
    street = any(words.street_words.search(part) or words.street.search(part) for part in parts)
    return street and not says_no_place(page, text)


def is_explained(page: PageView, line: PartyLine, block: PartyBlock, lines: Sequence[PartyLine]) -> bool:
    """Say whether a line beside an address is known to be no part of it."""
    words, folded, label = page.compiled.shared, line.folded, page.compiled.parties.address_labels
    if label is not None and (found := label.search(folded)) and not folded[found.end() :].strip(" :"):
        return True
    if line.kind not in PLACES or len(line.text) > LONGEST or sum(c.isalpha() for c in line.text) < SHORT:
        return True
    known = (words.attention, words.forms, words.group, words.not_place, words.legal_forms, words.courtesy)
    if any(pattern.search(folded) for pattern in known):
        return True
    key, name = letters_digits(line.text), letters_digits(block.name)
    if key in name or (len(name) > SHORT and name in key):
        return True
    if is_person(line.text, words):
        return True
    if line.kind in (LineKind.STREET, LineKind.TOWN) or words.building.search(folded):
        return False
    if line.box[1] < block.address[0].box[1] and words.building.search(block.address[0].folded):
        return True  # a trade over the building, which begins the address
    if says_trade(line.text):
        return True
    again = [one for one in lines if one.number != line.number and _says_again(one, key)]
    if any(letters_digits(one.text) != key or one.kind is not LineKind.TEXT for one in again):
        return True
    street = letters_digits(block.address[0].text)
    return len(again) >= sum(letters_digits(one.text).startswith(street) for one in lines) > 0


def says_trade(text: str) -> bool:
    """Say whether a text lists what a firm does, or is running text: names and places have capitals."""
    return _LISTS.search(text) is not None or _LOWER.search(text) is not None


def _lines_amid(block: PartyBlock, lines: Sequence[PartyLine], others: set[int]) -> Iterator[PartyLine]:
    """Yield the lines that stand between a block's name and the end of its address, and are in neither."""
    own = {line.number for line in (*block.names, *block.address)}
    first, last = block.names[0], block.address[-1]
    if any(line.page != first.page for line in block.address) or block.address[0].box[1] < first.box[1]:
        return
    dropped = {line.number for line in block.rest}
    for line in lines:
        if line.number in own | others or line.page != first.page:
            continue
        if not first.box[1] + 0.5 * first.height < line.box[1] < last.box[1] - 0.5 * last.height:
            continue
        if line.number in dropped or are_aligned(first, line) or any(are_aligned(one, line) for one in block.address):
            yield line


def _says_again(other: PartyLine, key: str) -> bool:
    """Say whether a line that is no address says what another one says: a greeting, a mail address, another block."""
    return other.kind not in (LineKind.STREET, LineKind.TOWN) and key in letters_digits(fold(other.text))
