"""Periods: days that share a month or a year, and months, in eight languages."""

from __future__ import annotations

import re

import pytest

from docpipe.values import periods
from docpipe.values.periods import find_period

PRINTED = {
    "20.04. – 26.06.2026": ("2026-04-20", "2026-06-26"),
    "20.12. - 19.01.2026": ("2025-12-20", "2026-01-19"),
    "1.-31.5.2026": ("2026-05-01", "2026-05-31"),
    "del 1 al 31 de mayo de 2026": ("2026-05-01", "2026-05-31"),
    "du 1er au 31 mars 2026": ("2026-03-01", "2026-03-31"),
    "1–30 April 2026": ("2026-04-01", "2026-04-30"),
    "3 January to 2 April 2026": ("2026-01-03", "2026-04-02"),
    "March 1 - April 2, 2026": ("2026-03-01", "2026-04-02"),
    "March 1 – 31, 2026": ("2026-03-01", "2026-03-31"),
    "dal 1 al 30 giugno 2026": ("2026-06-01", "2026-06-30"),
    "1 t/m 31 juli 2026": ("2026-07-01", "2026-07-31"),
    "for the month of March 2026": ("2026-03-01", "2026-03-31"),
    "Februar 2024": ("2024-02-01", "2024-02-29"),
    "gennaio - marzo 2026": ("2026-01-01", "2026-03-31"),
    "November 2025 – January 2026": ("2025-11-01", "2026-01-31"),
    "03/2026": ("2026-03-01", "2026-03-31"),
    "2026-03": ("2026-03-01", "2026-03-31"),
}


@pytest.mark.parametrize("text", PRINTED)
def test_a_period_as_printed(text: str) -> None:
    found = find_period(text)
    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat()) == PRINTED[text]


@pytest.mark.parametrize(
    "text",
    ["", "19.01.2026", "01.03.2026 - 31.03.2026", "31 al 1 de mayo de 2026", "1.04.2026/2", "12/1 03/15", "2026"],
)
def test_no_such_period(text: str) -> None:
    """A single date is none, and two whole dates are left to who knows the order of day and month."""
    assert find_period(text) is None


def test_a_text_without_a_year_or_a_month_is_not_searched_for_one(monkeypatch):
    asked = []
    monkeypatch.setattr(periods, "_compile", lambda shape: asked.append(shape) or re.compile(shape))
    assert periods.find_period("Total 12.00") is None
    assert asked == []
    assert periods.find_period("Order 2031-7 of steel") is None
    assert not [shape for shape in asked if periods.MONTH_NAMES in shape]
