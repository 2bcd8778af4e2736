"""Dates as documents print them, found in text and brought to `YYYY-MM-DD`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from docpipe.values.text import fold
from docpipe.values.word_lists import load_list, words_of

_LIST = load_list("months.json")
_NAMES_OF_MONTHS: list[str] = _LIST["names"]
"""Each month in English, German, French, Dutch, Italian, Spanish, Portuguese, Polish and Malay, without accents."""
MONTHS = {name: number for number, names in enumerate(_NAMES_OF_MONTHS, 1) for name in names.split()}
_MEANT: dict[str, set[int]] = {}
for _full, _number in MONTHS.items():
    for _end in range(4, len(_full)):
        _MEANT.setdefault(_full[:_end], set()).add(_number)
for _beginning, _numbers in _MEANT.items():  # `avri.`, `Septem.`: every beginning that names one month only
    if len(_numbers) == 1:
        MONTHS.setdefault(_beginning, *_numbers)
_AMBIGUOUS = words_of(_LIST["words_as_well"])
"""Abbreviations that are words or units as well (`2 SET 10`): they name a month beside a year in full only."""
MONTH_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
_BY_NAME = f"(?P<name>{MONTH_NAMES})"
_YEAR = r"(?P<y>(?:19|20)\d\d|'?\d\d)"
_ORDINAL = r"(?:ST|ND|RD|TH|ER|ERE|\.?[EOA]\b|°)?"
"""What stands behind a day: `4th`, `1er`, `1º` and `1.º` (folded to O)."""
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
"""Months as Italians and Poles write them: `4/III/2026`."""
_OF = r"(?:(?:OF|DE|DEL|DI)\s)?"
# a time may be glued to the year (03/02/201815:28)
_END = r"(?=\d{1,2}:\d\d|[^\d]|$)"
_SHAPES = (
    r"(?<!\d)(?P<y>(?:19|20)\d\d)\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日?",
    rf"(?<![\d/.])(?P<y>(?:19|20)\d\d)\s?[-/.]\s?(?P<m>\d{{1,2}})\s?[-/.]\s?(?P<d>\d\d?){_END}",
    rf"(?<![\d/.,])(?P<a>\d{{1,2}})\s?(?P<sep>[-/.])\s?(?P<b>\d{{1,2}})\s?(?P=sep)\s?{_YEAR}{_END}(?!(?P=sep)\d\d?\D)",
    rf"(?<![\d/.,-])(?P<a>\d\d)[-/.](?P<b>\d\d)[-/.](?P<y>(?:19|20)\d\d){_END}",
    rf"(?<![\d/])(?P<d>\d{{1,2}}){_ORDINAL}[\s.,/-]{{0,3}}(?:DAY\s)?{_OF}{_BY_NAME}[\s.,/-]{{0,3}}{_OF}{_YEAR}{_END}",
    rf"(?<![A-Z]){_BY_NAME}[\s.]{{0,2}}(?P<d>\d{{1,2}}){_ORDINAL}(?:\s?,\s?|\s)\s?{_YEAR}{_END}",
    rf"(?<![A-Z]){_BY_NAME}(?P<sep>[-/.])(?P<d>\d{{1,2}})(?P=sep)(?P<y>(?:19|20)\d\d){_END}",
    rf"(?<![\d/.,-])(?P<d>\d{{1,2}})(?!\s[IVX]\s)[\s./-]{{1,2}}(?P<roman>{'|'.join(reversed(_ROMAN))})[\s./-]{{1,2}}"
    rf"(?P<y>(?:19|20)\d\d){_END}",
    rf"(?<!\d)(?P<y>(?:19|20)\d\d)[\s.,/-]{{1,3}}{_BY_NAME}[\s.,/-]{{1,3}}(?P<d>\d{{1,2}})(?!\d)",
    rf"(?<![\d/.,])(?P<a>\d\d)\s(?P<b>\d\d)\s(?P<y>(?:19|20)\d\d){_END}",
)
_COMPACT = (
    r"(?<![\w./-])(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?![\w-]|/(?!\d{6}))",
    r"(?<![\w./-])(?P<a>0[1-9]|[12]\d|3[01])(?P<b>0[1-9]|1[0-2])(?P<y>20\d\d)(?![\w/-])",
)

_BEGINNINGS = tuple(name for name in MONTHS if not any(name[:end] in MONTHS for end in range(1, len(name))))
"""What every name of a month begins with."""

LONGEST_KEPT = 160
"""What is found in longer texts is not kept: a hostile document could fill the memory."""
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class DateMatch:
    """A date in a text. `first` and `second` are day and month in the printed order; `None` where it is not open."""

    start: int
    end: int
    year: int
    month: int
    day: int
    open_order: bool
    """True where day and month could change places: both are below 13 and unequal, and no name says which is which."""
    long_year: bool
    compact: bool = False
    """Eight digits without separators: weak evidence."""
    order: str | None = None
    """`day` or `month`, where the numbers themselves say which of the two comes first; else None."""

    def iso(self, day_first: bool = True) -> str:
        """Return `YYYY-MM-DD`; `day_first` decides where the order is open."""
        month, day = (self.month, self.day) if day_first or not self.open_order else (self.day, self.month)
        return f"{self.year:04d}-{month:02d}-{day:02d}"


def names_month(folded: str) -> bool:
    """Say whether a name of a month, or the beginning of one, stands anywhere in a folded text."""
    return any(name in folded for name in _BEGINNINGS)


def find_dates(text: str, *, compact: bool = True) -> list[DateMatch]:
    """Return the dates of a text, from left to right; where the order is open, read day first.

    Years 00 to 69 are 20xx (POSIX strptime). Impossible dates are left out.
    """
    if _DIGIT.search(text) is None:
        return []
    return list(_find_once(text, compact)) if len(text) <= LONGEST_KEPT else _find(text, compact)


@lru_cache(maxsize=4096)
def _find_once(text: str, compact: bool) -> tuple[DateMatch, ...]:
    """Return the same, kept for the last texts: several steps ask it of each."""
    return tuple(_find(text, compact))


def _find(text: str, compact: bool) -> list[DateMatch]:
    folded = fold(text)
    found = list(_scan(folded, _SHAPES, False))
    if compact:
        taken = [(m.start, m.end) for m in found]
        found += [
            m for m in _scan(folded, _COMPACT, True) if all(m.end <= start or end <= m.start for start, end in taken)
        ]
    return sorted(found, key=lambda m: m.start)


def _scan(text: str, shapes: tuple[str, ...], compact: bool) -> Iterator[DateMatch]:
    taken: list[tuple[int, int]] = []
    named = shapes is _SHAPES and names_month(text)
    for shape in shapes:
        if _BY_NAME in shape and not named:
            continue  # neither searched for nor compiled: few documents write months out
        for found in _compile(shape).finditer(text):
            start, end = found.span()
            if any(start < e and s < end for s, e in taken):
                continue
            match = _read(found, compact)
            if match is not None:
                taken.append((start, end))
                yield match


@lru_cache(maxsize=32)
def _compile(shape: str) -> re.Pattern[str]:
    return re.compile(shape)


def _read(found: re.Match[str], compact: bool) -> DateMatch | None:
    parts = found.groupdict()
    digits = parts["y"].lstrip("'")
    year = int(digits)
    if len(digits) == 2:
        year += 2000 if year < 70 else 1900
    order = None
    if "name" in parts:
        if parts["name"] in _AMBIGUOUS and len(digits) == 2:
            return None
        day, month, is_open = int(parts["d"]), MONTHS[parts["name"]], False
    elif "roman" in parts:
        day, month, is_open = int(parts["d"]), _ROMAN.index(parts["roman"]) + 1, False
    elif "m" in parts:
        day, month, is_open = int(parts["d"]), int(parts["m"]), False
    else:
        day, month = int(parts["a"]), int(parts["b"])
        is_open = day <= 12 and month <= 12 and day != month
        if month > 12 >= day:
            day, month, order = month, day, "month"
        elif day > 12 >= month:
            order = "day"
    try:
        date(year, month, day)
    except ValueError:
        return None
    return DateMatch(*found.span(), year, month, day, is_open, len(digits) == 4, compact, order)


def parse_date(text: str, day_first: bool = True) -> str | None:
    """Return the only date of a text as `YYYY-MM-DD`, or None where there is none or more than one."""
    found = {m.iso(day_first) for m in find_dates(text)}
    return found.pop() if len(found) == 1 else None
