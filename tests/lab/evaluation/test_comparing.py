"""Values are compared as what they are, however they are printed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.lab.evaluation.comparing import as_amount, as_date, bare, same_number, similarity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-03-05", date(2018, 3, 5)),
        ("5/3/2018", date(2018, 3, 5)),
        ("25 MAR 18", date(2018, 3, 25)),
        ("25032018", date(2018, 3, 25)),
        ("20180325", date(2018, 3, 25)),
        ("2022年09月01日", date(2022, 9, 1)),
        ("２０２２．９．１", date(2022, 9, 1)),
        ("Date: 2019/12/31 10:22", date(2019, 12, 31)),
        ("12/31/2019", date(2019, 12, 31)),
        ("March 2019", None),
        ("31.2.2019", None),
        ("***", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_it_is_printed(text: str, expected: date | None) -> None:
    assert as_date(text, day_first=True) == expected


def test_the_order_of_day_and_month_is_the_sets() -> None:
    assert as_date("03/04/20", day_first=True) == date(2020, 4, 3)
    assert as_date("03/04/20", day_first=False) == date(2020, 3, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9.00", "9.00"),
        ("RM 1,234.50", "1234.50"),
        ("1.234,50 EUR", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("12,50", "12.50"),
        ("1,234", "1234"),
        ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.8"),
        ("(9.00)", "-9.00"),
        ("9.00-", "-9.00"),
        ("9.00 CR", "-9.00"),
        ("-$7.40", "-7.40"),
        ("￥１２．００", "12.00"),
        ("0.123", "0.123"),
        ("3 for 9.00", None),
        ("***", None),
        ("NaN", None),
        ("", None),
    ],
)
def test_an_amount_is_read_as_it_is_printed(text: str, expected: str | None) -> None:
    assert as_amount(text) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("expected", "read", "same"),
    [
        ("3.3333", "3.33", True),
        ("3.3333", "3.34", False),
        ("3.3333", "3.3", False),
        ("10.00", "10", True),
        ("10.005", "10.00", True),
        ("4.0000", "4,00", True),
        ("4", "", False),
    ],
)
def test_a_number_may_be_rounded_to_the_decimals_it_shows(expected: str, read: str, same: bool) -> None:
    assert same_number(expected, read) is same


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_an_amount_in_the_results_own_form_is_itself(value: Decimal) -> None:
    assert as_amount(f"{value:f}") == value
    assert same_number(f"{value:f}", f"{value:f}")


@given(st.text(max_size=30), st.text(max_size=30))
def test_similarity_is_a_share_and_goes_both_ways(a: str, b: str) -> None:
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, b) == similarity(b, a)
    assert (similarity(a, b) == 1) == (bare(a) == bare(b))


@given(st.text(max_size=40))
def test_no_text_is_too_odd_to_be_compared(text: str) -> None:
    as_date(text, day_first=True)
    as_amount(text)
