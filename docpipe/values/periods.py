"""Periods as documents print them: two dates, dates that share a month or a year, and months."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from docpipe.values.dates import MONTH_NAMES, MONTHS, DateMatch, find_dates, names_month
from docpipe.values.text import fold

_TO = (
    r"\s?(?:[-–—/]|\b(?:TO|UNTIL|TILL|THROUGH|THRU|AND|BIS(?: ZUM)?|UND|AU|ET|AL|A|E|AO|ATE(?: AO)?|T/M|TOT(?: EN MET)?"
    r"|EN|DO|I|Y|HASTA(?: EL)?)\b)\s?"
)
_DAY = r"(?P<d>\d{1,2})(?:ST|ND|RD|TH|ERE?|[.º°O])?"
_BEFORE = (
    rf"(?<![\d./-]){_DAY}(?P<sep>[./-])(?P<m>\d{{1,2}})\.?{_TO}$",
    rf"(?<![A-Z])(?P<name>{MONTH_NAMES})\.? {_DAY}{_TO}$",
    rf"(?<![\d./-]){_DAY} ?(?:(?:OF|DE|DI) )?(?P<name>{MONTH_NAMES})\.?{_TO}$",
    rf"(?<![\d./-]){_DAY}{_TO}$",
)
"""The first day before a whole date: with a month of its own, or without."""
_DAYS_OF_MONTH = (
    rf"(?<![A-Z])(?P<name>{MONTH_NAMES})\.? (?P<d>\d{{1,2}}){_TO}(?P<last>\d{{1,2}}),? (?P<y>(?:19|20)\d\d)\b"
)
_MONTHS_OF_YEAR = (
    rf"(?<![A-Z\d])(?:(?P<first>{MONTH_NAMES})\.?(?: (?P<fy>(?:19|20)\d\d))?{_TO})?"
    rf"(?P<name>{MONTH_NAMES})\.?[ /-](?:(?:DE|DEL) )?(?P<y>(?:19|20)\d\d)\b"
)
_MONTH_NUMBER = (
    r"(?<![\d./-])(?:(?P<m>0?[1-9]|1[0-2])[./-](?P<y>20\d\d)|(?P<y2>20\d\d)[./-](?P<m2>0[1-9]|1[0-2]))(?![\d./-])"
)
LEAD = 18
"""So many characters may stand before a month that is all a period says: `for the month of`."""
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Period:
    """The first and last day of a period, and where it stands in a text."""

    start: int
    end: int
    first: date
    last: date
    months: bool = False
    """Whether only months are printed: the days are the first's first and the last's last."""


def find_period(text: str) -> Period | None:
    """Return a period whose days share a month or year, or that is printed as months; None for two whole dates.

    Those are read by `find_dates`, which knows when day and month may change places.
    """
    if _DIGIT.search(text) is None:
        return None
    folded = fold(text)
    dates = find_dates(text)
    if len(dates) == 1:
        return _before(folded, dates[0])
    if dates:
        return None
    if _YEAR.search(folded) is None:
        return None
    named = _days_of_month(folded) or _named_months(folded) if names_month(folded) else None
    return named or _numbered_month(folded)


@lru_cache(maxsize=16)
def _compile(shape: str) -> re.Pattern[str]:
    return re.compile(shape)


def _before(folded: str, last: DateMatch) -> Period | None:
    """Return the period that a date ends and a day without a year before it begins."""
    end = date(last.year, last.month, last.day)
    named = names_month(folded[: last.start])
    for shape in _BEFORE:
        if MONTH_NAMES in shape and not named:
            continue  # neither searched for nor compiled
        found = _compile(shape).search(folded[: last.start])
        if found is None:
            continue
        parts = found.groupdict()
        month = MONTHS[parts["name"]] if parts.get("name") else int(parts.get("m") or last.month)
        first = _date(last.year, month, int(parts["d"]))
        if first is not None and first > end and month != last.month:
            first = _date(last.year - 1, month, int(parts["d"]))
        if first is not None and first <= end:
            return Period(found.start(), last.end, first, end)
    return None


def _days_of_month(folded: str) -> Period | None:
    found = _compile(_DAYS_OF_MONTH).search(folded)
    if found is None:
        return None
    year, month = int(found["y"]), MONTHS[found["name"]]
    first, last = _date(year, month, int(found["d"])), _date(year, month, int(found["last"]))
    return Period(*found.span(), first, last) if first and last and first <= last else None


def _named_months(folded: str) -> Period | None:
    found = _compile(_MONTHS_OF_YEAR).search(folded)
    if found is None or found.start() > LEAD:
        return None
    year, month = int(found["y"]), MONTHS[found["name"]]
    begin = MONTHS[found["first"]] if found["first"] else month
    first_year = int(found["fy"] or (year if begin <= month else year - 1))
    return _whole_months(found, (first_year, begin), (year, month))


def _numbered_month(folded: str) -> Period | None:
    found = _compile(_MONTH_NUMBER).search(folded)
    if found is None or found.start() > LEAD:
        return None
    month = (int(found["y"] or found["y2"]), int(found["m"] or found["m2"]))
    return _whole_months(found, month, month)


def _whole_months(found: re.Match[str], first: tuple[int, int], last: tuple[int, int]) -> Period | None:
    if first > last:
        return None
    return Period(*found.span(), date(*first, 1), date(*last, monthrange(*last)[1]), months=True)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
