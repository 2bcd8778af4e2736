"""Dates: any printed shape of a day gives that day, and open order says so."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docpipe.values import dates
from docpipe.values.dates import find_dates, parse_date

DAYS = st.dates(date(1970, 1, 1), date(2069, 12, 31))
SHAPES = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%Y年%m月%d日", "%d/%m/%y", "%d%b%Y"]


@settings(deadline=None)
@given(DAYS, st.sampled_from(SHAPES))
def test_round_trip(day, shape):
    """A date printed day first reads back, whatever stands around it."""
    assert parse_date(f"Date: {day.strftime(shape)} ok") == day.isoformat()


@settings(deadline=None)
@given(DAYS)
def test_month_first(day):
    """The same digits read month first give the other day."""
    assert parse_date(day.strftime("%m/%d/%Y"), day_first=False) == day.isoformat()


@settings(deadline=None)
@given(DAYS)
def test_open_order_is_said(day):
    """The order is open exactly where both parts could be a month and differ."""
    match = find_dates(day.strftime("%d/%m/%Y"))[0]
    assert match.open_order == (day.day <= 12 and day.day != day.month)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_real_days(text):
    """Whatever is found is a day of the calendar, inside the text."""
    for match in find_dates(text):
        date.fromisoformat(match.iso())
        assert 0 <= match.start < match.end <= len(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("03/02/201815:28", "2018-02-03"),
        ("25032018", "2018-03-25"),
        ("20180428/191204", "2018-04-28"),
        ("REG #19- 18/01/2018", "2018-01-18"),
        ("NO:15403-119386(29/07/2016)", "2016-07-29"),
        ("29-03/2018", "2018-03-29"),
        ("12/31/2019", "2019-12-31"),
        ("1. März 2018", "2018-03-01"),
        ("1er février 2022", "2022-02-01"),
        ("4th of March 2026", "2026-03-04"),
        ("Mar-04-2026", "2026-03-04"),
        ("March 14 , 2026", "2026-03-14"),
        ("2026-Mar-04", "2026-03-04"),
        ("14 de marzo de 2026", "2026-03-14"),
        ("1º de março de 2026", "2026-03-01"),
        ("1.º de agosto de 2026", "2026-08-01"),
        ("1° maggio 2026", "2026-05-01"),
        ("14 maart 2026", "2026-03-14"),
        ("14 października 2026", "2026-10-14"),
        ("14 out 2026", "2026-10-14"),
        ("3 février 2020", "2020-02-03"),
        ("21 MAR '18", "2018-03-21"),
    ],
)
def test_as_printed(text, day):
    """Glued times, brackets, names of months in four languages."""
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text", ["31/02/2018", "1.2.3.4", "000306020352", "03-80709188", "13/13/2018", "LE51/2 - 12/48"]
)
def test_no_date(text):
    """Impossible days, versions, telephones and article numbers are no dates."""
    assert find_dates(text) == []


@pytest.mark.parametrize("name", sorted(dates.MONTHS))
def test_every_name_of_a_month_is_looked_for(name):
    """Texts without the beginning of one are not searched for written-out months."""
    assert [(m.year, m.month, m.day) for m in find_dates(f"12 {name} 2019")] == [(2019, dates.MONTHS[name], 12)]
