"""How a name runs over lines: which belong together, and their text as one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docpipe.stages.key_fields.parties.line_roles import PartyLine, is_person
from docpipe.stages.key_fields.shared_words import SharedWords

WORD = 4
"""A word that tells a firm apart has so many letters."""
ONE_SIZE = 0.15
"""Lines of one size differ in height by at most this share."""


def is_one_style(first: PartyLine, line: PartyLine, words: SharedWords) -> bool:
    """Say whether a name stands in two lines of one size and style, of which the second ends in the legal form.

    A trade name stands larger than the legal name under it, or in capitals; a person begins with a given name.
    """
    legal = words.legal_forms
    forms = list(legal.compiled.finditer(line.folded))
    ends = forms and len(line.folded.rstrip(" .)")) - forms[-1].end() <= 1 and forms[0].start() > 1
    alike = abs(first.height - line.height) <= ONE_SIZE * line.height
    styled = first.text.isupper() == line.text.isupper()
    if not (ends and alike and styled) or first.text.rstrip().endswith((":", ".")):
        return False
    if is_person(first.text, words) or words.attention.search(first.folded):
        return False
    return not any(len(word) >= WORD for word in words_of(first.folded) & words_of(line.folded))


def holds_words(longer: PartyLine, first: PartyLine) -> bool:
    """Say whether a name holds all words of the one above it, and more: the logo's, then the firm's."""
    words = words_of(first.folded)
    return max(map(len, words), default=0) >= WORD and words < words_of(longer.folded)


def words_of(folded: str) -> set[str]:
    """Return the words of two letters or digits and more."""
    return set(re.findall(r"[A-Z0-9]{2,}", folded))


def join_lines(lines: Sequence[PartyLine]) -> str:
    """Return the text of lines in one; a word that a hyphen parts at the end of a line is joined."""
    text = lines[0].text
    for line in lines[1:]:
        if text[-2:-1].isalpha() and text.endswith("-"):
            text = (text[:-1] if line.text[:1].islower() else text) + line.text
        else:
            text = f"{text} {line.text}"
    return text
