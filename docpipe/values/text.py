"""Text in comparable form: Unicode NFKC, white space joined, accents folded, look-alikes repaired."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LOOK_ALIKES = str.maketrans({"O": "0", "o": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "|": "1", "S": "5", "B": "8"})
_SAFE_LOOK_ALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})
_IN_AMOUNT = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "B": "8"})
_AMOUNT_LIKE = re.compile(r"(?<![A-Za-z\d.,])(?=[\d.,OolIB]*\d)[\dOolIB][\dOolIB.,]*[.,][\dOolIB]{2}(?![A-Za-z\d.,])")
_SIGN_BEFORE = re.compile(r"\W*(?:[A-Z]{1,3}\W*)?(?=\d)")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+\.\d\d\W?|\d{1,3}(?:\.\d{3})+,\d\d\W?")
LONGEST_KEPT = 160
"""What longer texts are made of is not kept: a hostile document could fill the memory."""
_KEEP = {"°": "O", "º": "O", "ª": "A", "Ø": "O", "Ł": "L", "ß": "S", "Đ": "D"}


def clean(text: str) -> str:
    """Return the text in NFKC, trimmed, with each run of white space as one space."""
    if text.isascii():
        return " ".join(text.split())
    return " ".join(unicodedata.normalize("NFKC", text).split())


class _Folding(dict[int, str]):
    """Character code -> upper case without accents, always one character, so that positions stay valid."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = _KEEP.get(character.upper()) or unicodedata.normalize("NFKD", character)[0].upper()[:1]
        folded = folded if folded and not unicodedata.combining(folded) else character
        self[code] = folded
        return folded


_FOLDING = _Folding()


class _Squashing(dict[int, str]):
    """Character code -> what `squash` leaves of it: its folded form, or nothing."""

    def __missing__(self, code: int) -> str:
        folded = _FOLDING[code]
        kept = folded if folded.isalnum() or folded in "#%" else ""
        self[code] = kept
        return kept


_SQUASHING = _Squashing()


def fold(text: str) -> str:
    """Return the text in upper case with accents dropped, for matching. The length never changes."""
    return text.translate(_FOLDING)


def is_cjk(character: str) -> bool:
    """Say whether a character is written without spaces around it, as in Chinese."""
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff"


def squash(text: str) -> str:
    """Return only the letters, digits, `#` and `%` of a folded text: what a label is compared by."""
    return text.translate(_SQUASHING)


def letters_digits(text: str) -> str:
    """Return letters and digits of the cleaned text in lower case, by which names are compared."""
    return _letters_digits_once(text) if len(text) <= LONGEST_KEPT else _letters_digits(text)


def _letters_digits(text: str) -> str:
    return "".join([c for c in clean(text).casefold() if c.isalnum()])


_letters_digits_once = lru_cache(maxsize=4096)(_letters_digits)
"""The same, kept for the last texts: each line of a page is compared with many others."""


def repair_digits(text: str, *, bold: bool = False) -> str:
    """Return the text with letters that look like digits replaced (`O` by 0, `l` by 1; with `bold` also S, B, D, Q).

    Only for text whose type demands digits. The length never changes. That letter O for zero pays was measured on
    recognised receipts.
    """
    return text.translate(_LOOK_ALIKES if bold else _SAFE_LOOK_ALIKES)


def repair_amounts(text: str) -> str:
    """Return the text with letters O, l and B turned into digits inside amounts with two decimals, `l,25O.0B`.

    An amount needs one true digit and an end on both sides; words, numbers of articles and units stay as they are. The
    length never changes.
    """
    return _join_groups(_AMOUNT_LIKE.sub(lambda found: found.group().translate(_IN_AMOUNT), text))


def _join_groups(text: str) -> str:
    """Close up blanks inside an amount that is all of a text, where its groups prove them wrong (`1,352,38 3.72`).

    What is gained at the end is filled with blanks at the beginning.
    """
    if " " not in text:
        return text
    sign = _SIGN_BEFORE.match(text)
    head = sign.group() if sign else ""
    tail = text[len(head) :].replace(" ", "")
    if not _GROUPED.fullmatch(tail):
        return text
    return head + " " * (len(text) - len(head) - len(tail)) + tail
