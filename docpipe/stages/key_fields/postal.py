"""What addresses look like in print: the line of a sender, and the ends of names."""

from __future__ import annotations

import re

from docpipe.stages.key_fields.shared_words import SharedWords
from docpipe.values.text import fold

TRAILING_DOT = re.compile(
    r"(?:\b(?:INC|LTD|CO|CORP|LLC|BROS|MBH|LDA|LTDA|COOP|O\. ?O|Z\. ?O|K|V|A|S|L|U|G|R|P|C|J)|\bCIE)\.$", re.IGNORECASE
)
"""A name ends in an abbreviation, whose dot belongs to it."""
_CUT = re.compile(r"\s*[●•·|/∙◆■*]\s*(?=\S)|\s+[-–—~]\s+|,\s+")


def sender_parts(text: str, words: SharedWords) -> list[str] | None:
    """Return name, street and town of a line such as `Name - Street 1 - 12345 Town`, or None where it is none."""
    if not 18 <= len(text) <= 170:
        return None
    parts = [part.strip(" ●•·|-–*") for part in _CUT.split(text)]
    parts = [part for part in parts if part]
    if not 3 <= len(parts) <= 9:
        return None
    folded = [fold(part) for part in parts]
    at = max((n for n, part in enumerate(folded) if n and words.town.search(part)), default=None)
    name = parts[0]
    if at is None or name[:1].islower() or ":" in name or sum(c.isalpha() for c in name) < 3:
        return None
    if sum(c.isdigit() for c in name) > 3 or any(
        p.search(folded[0]) for p in (words.street_words, words.street, words.town)
    ):
        return None
    if at == 1 and not (words.street.search(folded[1]) or words.street_words.search(folded[1])):
        return None
    if at + 1 < len(parts) and words.country.search(folded[at + 1]):
        at += 1
    return parts[: at + 1]


def strip_name(text: str) -> str:
    """Return a name without punctuation around it, but for the dot of a legal form (`Inc.`)."""
    name = text.strip(" ,;:*|-–_•·")
    return name if TRAILING_DOT.search(name) else name.rstrip(". ")
