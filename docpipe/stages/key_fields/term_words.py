"""Words and sentences of terms of payment: what `rules/shared/payment_terms.yaml` says, and where a sentence ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from docpipe.stages.key_fields.pack import Phrase
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.stages.key_fields.shared_words import load_patterns
from docpipe.values.text import fold

FILE = "shared/payment_terms.yaml"
_SENTENCE = re.compile(r"(?<=[a-zà-ž0-9)][.!?])\s+(?=[\"„«(]?[A-ZÀ-Ž])|\s+[|·•]\s+|\s{3,}")
_SHORT = re.compile(
    r"(?:\b(?:[A-Z]|[A-Z][a-z]|(?i:avv|sig|dott|dr|mr|mrs|ms|prof|hr|nr|no|num|inkl|zzgl|abzgl|bzw|ca|st|tel|ul|art|resp"
    r"|max|min|gem|incl|excl))|(?:\b[A-Za-z]\.)+[A-Za-z]|(?<![Nn][Ee][Tt] )\b\d{1,2})\.$"
)
"""What ends in a point within a sentence: a short word, letters of an abbreviation, a day or month."""
ACCOUNT = re.compile(
    r"[\s,;:(–-]*(?:\bIBAN\W*)?\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{3,4}){2,}(?: ?[A-Z0-9]{1,4})?"
    r"(?:\W+(?:BIC|SWIFT)\W*[A-Z0-9]{8,11})?\W*$"
)
"""The number of an account, with that of its bank, at the end of a text."""

NUMBERED_ACCOUNT = re.compile(
    r"\b(?:ACCOUNT|ACCT|A/C|ROUTING|SORT CODE|BSB|IBAN|KONTO|COMPTE|CUENTA|CONTO|CONTA|REKENING|RACHUNEK)\b\W*"
    r"(?:(?:NO|NR|NUMBER|NUMMER|NUMERO|NUM|N)\b\W*)?[A-Z]{0,2}\d[\d -]{4,}"
)
"""The number of an account, with its word, in folded text: a sentence with it says where to pay."""


class TermWords(BaseModel):
    """What `rules/shared/payment_terms.yaml` says; the file explains each list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    span: tuple[Phrase, ...]
    at_once: tuple[Phrase, ...]
    share: tuple[Phrase, ...]
    method: tuple[Phrase, ...]
    asks: tuple[Phrase, ...]
    other: tuple[Phrase, ...]
    goes_on: tuple[Phrase, ...]
    note: tuple[Phrase, ...]
    no_note: tuple[Phrase, ...]


@dataclass(frozen=True)
class TermPatterns:
    """The same lists, each one pattern over folded text."""

    span: Pattern
    at_once: Pattern
    share: Pattern
    method: Pattern
    asks: Pattern
    other: Pattern
    goes_on: Pattern
    note: Pattern
    no_note: Pattern


@lru_cache(maxsize=1)
def term_patterns() -> TermPatterns:
    """Return the patterns, read once per process; tests check them, and they compile when first used.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    return load_patterns(TermWords, TermPatterns, FILE)


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text; a short word with a point ends none: `Nr. 7`."""
    parts: list[str] = []
    start = 0
    for found in _SENTENCE.finditer(text):
        if text[found.start() - 1 : found.start()] == "." and _SHORT.search(text[start : found.start()]):
            continue
        parts.append(text[start : found.start()])
        start = found.end()
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


def closes(line: str) -> bool:
    """Say whether a sentence ends with a line: at its mark, at a colon, or at the number of an account."""
    end = line.rstrip()
    return (end[-1:] in ".!?" and not _SHORT.search(end)) or end[-1:] in ":：" or ACCOUNT.search(end) is not None


def fold_marks(text: str) -> str:
    """Return a folded text in which every apostrophe is the plain one."""
    return fold(text.replace("’", "'"))
