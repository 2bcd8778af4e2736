"""What addresses look like in print: the line of a sender, and the ends of names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.text import fold

TRAILING_DOT = re.compile(
    r"(?:\b(?:INC|LTD|CO|CORP|LLC|BROS|ZN|MBH|LDA|LTDA|COOP|O\. ?O|Z\. ?O|K|V|A|S|L|U|G|R|P|C|J)|\bCIE"
    r"|\b[A-Z]{2,4}\. [A-Z]{2,5}|\b[A-Z]\. ?[A-Z])\.$",
    re.IGNORECASE,
)
"""A name ends in an abbreviation, or in short words with dots (`Soc. Agr.`, `V.O.F.`): the dot is its own."""
_CUT = re.compile(r"\s*[●•·|∙◆■*]\s*(?=\S)|\s+[-–—~/.]\s+|,\s+")
_HOUSE_NUMBER = re.compile(r"\d{1,4} ?[A-Za-z]?|[Ss]/?[Nn]")
_OTHER_SCRIPT = re.compile(r"^[\u3040-\u9fff]{1,2}(?=[A-Za-z])|(?<=[A-Za-z])[\u3040-\u9fff]{1,2}$")
_OWNER = re.compile(
    r"(?:INH(?:ABER(?:IN)?)?|GF|GESCHAFTSFUHRER(?:IN)?|PROP(?:RIETOR)?|OWNER|TITOLARE|TITULAR|EIGENAAR|GERANT)\b"
)
"""A part of a sender's line that says who owns the firm."""
_STREET_ALONE = re.compile(r"\b(?:STREET|ROAD|AVENUE|LANE|DRIVE|QUAY|TERRACE|CRESCENT|BOULEVARD|HIGHWAY)$")
"""A street without a number is no name."""
_AND = re.compile(r"(?:^|\s)(?:&|AND|UND|ET|E|Y|I|EN)\s")


_TRADE_OF = re.compile(
    r"(?<=\w)\W{1,3}(?:(?:(?:IS|ARE) (?:AN? |THE )?)?(?:TRADING|BUSINESS|BRAND) (?:NAMES?|STYLE) OF"
    r"|IS EEN (?:HANDELSNAAM|MERK) VAN|IST EINE (?:MARKE|GESCHAFTSBEZEICHNUNG) DE[RS]|EST UNE (?:MARQUE|ENSEIGNE) D[EU]"
    r"|E UN MARCHIO D(?:I|EL|ELLA)|ES UNA MARCA DE|E UMA MARCA D[EA]|JEST MARKA) (?=\w)"
)
"""Stands between a trade name and the legal name behind it."""
_TRADES_AS = re.compile(r"(?<=\w)\W{1,3}(?:TRADING AS|T/A|D/B/A|DBA|HANDELEND ONDER DE NAAM|H\.?O\.?D\.?N\.?) (?=\w)")
"""Stands between a legal name and the trade name behind it."""
LOOSE_TOWN = re.compile(r"[A-Z][A-Z .'-]{2,30},? \d{4,6}(?:,? [A-Z]{2,})?|[A-Z][A-Z .'-]{2,30} \d{3} ?\d{3}")
"""A town before its postcode, which elsewhere may be a word before a number."""


def sender_parts(text: str, words: SharedWords) -> list[str] | None:
    """Return name, street and town of a line such as `Name - Street 1 - 12345 Town`, or None where it is none."""
    if not 18 <= len(text) <= 190:
        return None
    parts = [part.strip(" ●•·|-–*") for part in _CUT.split(_without_office(text, words))]
    parts = [part for part in parts if part]
    if not 3 <= len(parts) <= 12:
        return None
    parts = [_cut_to_country(part, words) for part in _joined_name(parts, words)]
    parts = [
        parts[0],
        *(part for part in parts[1:] if not _is_number(fold(part), words) and not _is_aside(fold(part), words)),
    ]
    folded = [fold(part) for part in parts]
    at = max((n for n, part in enumerate(folded) if n and is_town(parts, n, words)), default=None)
    name = parts[0]
    if at is None or name[:1].islower() or ":" in name or sum(c.isalpha() for c in name) < 3:
        return None
    if sum(c.isdigit() for c in name) > 3 or any(
        p.search(folded[0]) for p in (words.street_words, words.street, words.town)
    ):
        return None
    if at == 2 and _HOUSE_NUMBER.fullmatch(parts[1]):
        return None  # a street and its number: the name is elsewhere
    if at == 1 and not (words.street.search(folded[1]) or words.street_words.search(folded[1])):
        return None
    if at > 1 and not (
        any(_is_place(part, words) for part in folded[1:at]) or _is_place(_before_town(folded[at], words), words)
    ):
        return None  # parts of a town: `Shivaji Nagar, Bengaluru, Karnataka 560001`
    if _STREET_ALONE.search(folded[0]):
        return None
    if at + 1 < len(parts) and words.country.search(folded[at + 1]):
        at += 1
    return parts[: at + 1]


def is_town(parts: Sequence[str], n: int, words: SharedWords) -> bool:
    """Say whether a part is a town with its postcode; a town before four digits needs its country behind."""
    folded = fold(parts[n])
    if words.town.search(folded):
        return True
    return LOOSE_TOWN.fullmatch(folded) is not None and any(words.country.search(fold(x)) for x in parts[n + 1 : n + 2])


def _cut_to_country(part: str, words: SharedWords) -> str:
    """Return a part of a sender's line without the sentence behind a country: `France. RCS Lille 520 003 187`."""
    first = part.split(". ")[0]
    return first if first != part and words.country.search(fold(first)) else part


def _is_aside(folded: str, words: SharedWords) -> bool:
    """Say whether a part of a sender's line says who owns the firm, or which branch it is."""
    branch = words.not_place.search(folded) is not None and not any(c.isdigit() for c in folded)
    return _OWNER.match(folded) is not None or (branch and words.town.search(folded) is None)


def _is_place(part: str, words: SharedWords) -> bool:
    """Say whether a part of a line is a street or a building."""
    return any(p.search(part) is not None for p in (words.street, words.street_words, words.building))


def _before_town(part: str, words: SharedWords) -> str:
    town = words.town.search(part)
    return part[: town.start()] if town is not None else part


def _without_office(text: str, words: SharedWords) -> str:
    """Return a line without the words before the address of a registered office: `Name - Siège social : Street`."""
    found = words.office.search(fold(text))
    if found is None or len(fold(text)) != len(text) or not text[found.end() :].strip():
        return text
    return (
        text[found.end() :] if not text[: found.start()].strip() else f"{text[: found.start()]} - {text[found.end() :]}"
    )


def _joined_name(parts: list[str], words: SharedWords) -> list[str]:
    """Return the parts with a name in one that commas part: `Byrne, Vincent and Gregory`, `Asesoría Donaire, S.L.`."""
    form = words.legal_forms.search(fold(parts[1])) if len(fold(parts[1])) == len(parts[1]) else None
    if (
        form is not None
        and not form.start()
        and any(p.search(fold(parts[1])[form.end() :]) for p in (words.tax_id, words.office))
    ):
        parts = [f"{parts[0]}, {parts[1][: form.end()]}", parts[1][form.end() :].lstrip(" .,;"), *parts[2:]]
    while len(parts) > 3 and len(parts[1]) <= 40 and not any(c.isdigit() for c in parts[1]):
        folded = fold(parts[1])
        form = words.legal_forms.search(folded)
        whole = form is not None and form.start() == 0 and len(folded) - form.end() <= 12
        if not whole and not (_AND.search(folded) and not words.street_words.search(folded)):
            break
        parts = [f"{parts[0]}, {parts[1]}", *parts[2:]]
    return parts


def _is_number(folded: str, words: SharedWords) -> bool:
    """Say whether a part of a line is a number of taxes or registers, a capital or a way to reach somebody."""
    return any(pattern.search(folded) for pattern in (words.tax_id, words.registered, words.contact, words.bank))


def split_trade_name(name: str) -> tuple[str, str]:
    """Return the legal and the trade name of a text that says which is which, else the text and "".

    `Groves is a trading name of H & W Ltd`, `H & W Ltd trading as Groves`.
    """
    folded = fold(name)
    found = _TRADE_OF.search(folded) if len(folded) == len(name) else None
    if found is not None:
        return strip_name(name[found.end() :]), strip_name(name[: found.start()])
    found = _TRADES_AS.search(folded) if len(folded) == len(name) else None
    if found is not None:
        return strip_name(name[: found.start()]), strip_name(name[found.end() :])
    return name, ""


def strip_name(text: str) -> str:
    """Return a name without punctuation around it, but for the dot of a legal form (`Inc.`)."""
    name = text.strip(" ,;:*|-–_•·")
    return name if TRAILING_DOT.search(name) else name.rstrip(". ")


def strip_heading_name(text: str) -> str:
    """Return a name of a page in Latin letters without punctuation, and without a logo that was read as a letter."""
    name = strip_name(text.strip("★☆✩⭐ "))
    if sum(c.isascii() and c.isalpha() for c in name) >= 2:
        name = _OTHER_SCRIPT.sub("", name)
    return name
