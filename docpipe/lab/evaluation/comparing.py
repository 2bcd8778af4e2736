"""When two values are the same: texts without case, dates as dates, amounts as numbers.

These are not `docpipe.values`' parsers on purpose: a measurement that reads dates by the code it measures would forgive
its mistakes.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from dateutil import parser as dates
from rapidfuzz.distance import Levenshtein

from docpipe.values.text import clean, letters_digits

_YEAR_FIRST = (
    re.compile(r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"\b(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})\b"),
)
_EIGHT_DIGITS = re.compile(r"(\d{2})(\d{2})(\d{4})")
_NUMBER = re.compile(r"\d[\d.,' ]*")
_NEGATIVE = re.compile(r"\(.*\)|^\W*[-−]|[-−]$|\bcr$")
_PROBES = (datetime(2001, 1, 1), datetime(2002, 2, 2))
"""What stands in for missing parts of a date: whichever is missing, the two disagree about it."""


def fold_text(text: object) -> str:
    """Return a text in NFKC, white space joined, without case."""
    return clean(str(text)).casefold()


def bare(text: object) -> str:
    """Return letters and digits only, without case."""
    return letters_digits(str(text))


def similarity(a: object, b: object) -> float:
    """Return 1 - edit distance / longer length on letters and digits, 0 to 1."""
    return Levenshtein.normalized_similarity(bare(a), bare(b))


def as_date(text: object, *, day_first: bool) -> date | None:
    """Return a printed date; None unless day, month and year are all there and possible."""
    text = fold_text(text)
    for pattern in _YEAR_FIRST:
        match = pattern.search(text)
        if match:
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                pass
    eight = _EIGHT_DIGITS.fullmatch(text)
    if eight:
        text = "/".join(eight.groups())
    try:
        first, second = (dates.parse(text, dayfirst=day_first, default=probe).date() for probe in _PROBES)
    except (ValueError, OverflowError):
        return None
    return first if first == second else None


def as_amount(text: object) -> Decimal | None:
    """Return the one number in a text such as `RM 1,234.50`, `1.234,50` or `(9.00)`; None where there is not just one.

    Of two separators the last is the point. One that repeats, or a single one before three digits, groups.
    """
    text = fold_text(text)
    try:
        exact = Decimal(text)
    except InvalidOperation:
        pass
    else:
        return exact if exact.is_finite() else None
    numbers = _NUMBER.findall(text)
    if len(numbers) != 1:
        return None
    digits = numbers[0].replace(" ", "").replace("'", "").rstrip(".,")
    whole, decimals = _split(digits)
    value = Decimal(f"{whole}.{decimals}" if decimals else whole)
    return -value if _NEGATIVE.search(text) else value


def _split(digits: str) -> tuple[str, str]:
    """Return the digits before and after the decimal point."""
    at = max(digits.rfind("."), digits.rfind(","))
    if at < 0:
        return digits, ""
    point, head, tail = digits[at], digits[:at], digits[at + 1 :]
    other = "," if point == "." else "."
    grouping = point in head or (len(tail) == 3 and other not in head)
    plain = head.replace(".", "").replace(",", "")
    return (plain + tail, "") if grouping else (plain, tail)


def same_number(expected: object, read: object) -> bool:
    """Say whether two numbers are equal, the read one perhaps rounded to the decimals it shows, two at least."""
    a, b = as_amount(expected), as_amount(read)
    if a is None or b is None:
        return False
    shown = max(2, -int(b.as_tuple().exponent))
    return abs(a - b) <= Decimal(5).scaleb(-shown - 1)
