"""Addresses inside a line that says other things too: numbers of taxes and registers, telephones, an office."""

from __future__ import annotations

import re

from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine
from docpipe.stages.key_fields.postal import LOOSE_TOWN, is_town
from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.text import fold

_STRONG = re.compile(
    r"\s*[|;·•●*]\s*|\s+[-–—/]\s+|(?<=[a-zà-ž0-9]{3})\.\s+(?=[A-ZÀ-Ž0-9])|(?<=\d)\.\s+(?=[A-ZÀ-Ž])"
    r"|(?<=\d[A-Z]{2})\.\s+(?=[A-Z])"
    r"|,?\s+(?=(?:T[ée]l|Telefon[oe]?|Phone|Fax|Mob|E-?[Mm]ail)\b)"
    r"|,?\s+(?=(?:VAT|GST|ABN|USt|MwSt|MWST|P\.? ?IVA|C\.?I\.?F|N\.?I\.?F|NIP|KvK|KVK|BTW|TVA|SIRET)\b)"
)
_CODE_ALONE = re.compile(r"C\.?E?P\.?:? ?\d{5}-?(?:\d{3})?")
"""A postcode without its town: what stands before it is the quarter, `Bairro: Serra Alta - CEP: 89291-670`."""
_STATE_ALONE = re.compile(r"[A-Z]{2}")
QUARTER = 3
"""Quarter, town and state before a postcode are at most so many parts."""
_STATE = re.compile(r"[A-Z]{2},? \d{5}")
"""A state with its postcode: the town stands before a comma."""


def find_address(text: str, words: SharedWords) -> tuple[str, ...] | None:
    """Return street, town and country that stand together in a line, or None where they do not."""
    office = words.office.search(fold(text)) if len(fold(text)) == len(text) else None
    segments = [part.strip(" ,.") for part in _STRONG.split(text[office.end() :] if office is not None else text)]
    segments = [part for part in segments if part]
    for number, segment in enumerate(segments):
        parts = [part.strip() for part in segment.split(",") if part.strip()]
        town = next((n for n in range(len(parts)) if is_town(parts, n, words)), None)
        if town is None:
            continue
        first = town - 1 if town and _STATE.match(fold(parts[town])) and parts[town - 1].isalpha() else town
        if town > 1 and not _is_street(parts[town - 1], words) and _is_street(parts[town - 2], words):
            first = town - 1  # `PO Box 771, Bend, Oregon 97709`
        found = _back_to_street(parts[:first], words)
        whole = _holds_street(parts[town], words)
        above = segments[number - 1] if number and not first else ""
        if not found and not whole and above and (_CODE_ALONE.fullmatch(fold(segment)) or _is_street(above, words)):
            found = _back_to_quarter(segments[:number])
        if not found and not whole:
            continue
        after = [*parts[town + 1 :], *segments[number + 1 : number + 2]][:1]
        country = [part for part in after if words.country.search(fold(part))]
        return (*found, *parts[first : town + 1], *country)
    return None


def _back_to_quarter(segments: list[str]) -> list[str]:
    """Return the last of some segments; where that is a state alone, the town and the quarter before it too."""
    if _STATE_ALONE.fullmatch(fold(segments[-1])) is None:
        return segments[-1:]
    first = len(segments) - 1
    while first and len(segments) - first < QUARTER and not any(c.isdigit() for c in segments[first - 1]):
        first -= 1
    return segments[first:]


def _holds_street(part: str, words: SharedWords) -> bool:
    """Say whether a part that ends in a town begins with its street."""
    folded = fold(part)
    town = words.town.search(folded)
    return town is not None and _is_street(folded[: town.start()], words)


def _back_to_street(parts: list[str], words: SharedWords) -> list[str]:
    """Return the last parts, from the first that is a street or a building on; numbers and names end them."""
    found: list[str] = []
    for part in reversed(parts):
        if not (_is_street(part, words) or words.building.search(fold(part))):
            break
        found.insert(0, part)
    return found


def _is_street(part: str, words: SharedWords) -> bool:
    folded = fold(part)
    if any(pattern.search(folded) for pattern in (words.tax_id, words.registered, words.contact, words.bank)):
        return False
    return words.street.search(folded) is not None or words.street_words.search(folded) is not None


def cut_to_address(line: PartyLine, words: SharedWords) -> PartyLine:
    """Return a line as its address alone, where it says more: `VAT No 123 - 7 Dock Street - Hull HU1 3TE`."""
    kinds = (LineKind.TAX, LineKind.CONTACT, LineKind.BANK, LineKind.TOWN, LineKind.STREET)
    folded = fold(line.text)
    office = words.office.search(folded) if len(folded) == len(line.text) else None
    if office is not None and folded[: office.start()].strip():
        office = None
    if line.kind not in kinds or not (_STRONG.search(line.text) or office):
        return line
    if office is not None and line.kind in (LineKind.TOWN, LineKind.STREET):
        text = line.text[office.end() :]
        return PartyLine(line.number, line.cells, text, fold(text), line.box, line.kind) if text.strip() else line
    parts = find_address(line.text, words) or _town_before_number(line, words)
    if parts is None:
        return line
    text = ", ".join(parts)
    return PartyLine(line.number, line.cells, text, fold(text), line.box, LineKind.TOWN)


def _town_before_number(line: PartyLine, words: SharedWords) -> tuple[str, ...] | None:
    """Return the postcode and town that a line of numbers of taxes begins with: `4470-177 Maia · NIPC 513882014`."""
    if line.kind is not LineKind.TAX:
        return None
    head = _STRONG.split(line.text, maxsplit=1)[0].strip(" ,.")
    town = words.town.search(fold(head))
    numbers = (words.tax_id, words.registered, words.contact, words.bank)
    if town is None or town.start() > 1 or any(pattern.search(fold(head)) for pattern in numbers):
        return None
    return (head,) if head[:1].isdigit() else None


def ends_address(line: PartyLine, above: PartyLine | None) -> bool:
    """Say whether a line under a street is the town before its postcode: `Berlin, 10119, DE`."""
    return (
        above is not None
        and above.kind is LineKind.STREET
        and line.kind not in (LineKind.TOWN, LineKind.STREET)
        and LOOSE_TOWN.fullmatch(line.folded.strip(" ,.")) is not None
    )
