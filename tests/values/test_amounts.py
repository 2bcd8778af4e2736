"""Amounts: what is written in any country's way comes back as the same decimal."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docpipe.values.amounts import find_amounts, parse_amount, to_decimal

CENTS = st.integers(min_value=0, max_value=10**11)


def written(cents: int, group: str, point: str) -> str:
    """Return cents as a grouped number with two decimals."""
    whole, rest = divmod(cents, 100)
    return f"{whole:,}".replace(",", group) + f"{point}{rest:02d}"


@settings(deadline=None)
@given(CENTS, st.booleans(), st.sampled_from([(",", "."), (".", ","), ("'", "."), ("", "."), ("", ",")]))
def test_round_trip(cents, negative, style):
    """Grouping and point of any style read back to the cent, sign included."""
    text = ("-" if negative and cents else "") + written(cents, *style)
    value = parse_amount(text)
    assert value is not None
    assert Decimal(value) == (-1 if negative else 1) * Decimal(cents) / 100
    assert value.replace("-", "").replace(".", "").isdigit()


@settings(deadline=None)
@given(CENTS)
def test_spaces_group_only_where_the_locale_says_so(cents):
    """French writes 1 234,50; elsewhere a space parts two numbers."""
    assert Decimal(parse_amount(written(cents, " ", ","), ",", spaces_group=True) or "x") == Decimal(cents) / 100


@settings(deadline=None)
@given(st.text(max_size=60))
def test_finding_never_fails_and_stays_in_the_text(text):
    """Any text gives matches in order, inside it, each a decimal."""
    last = 0
    for match in find_amounts(text):
        assert 0 <= match.start < match.end <= len(text)
        assert match.start >= last
        assert to_decimal(match.value) is not None
        last = match.start


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("RM 18.40", ["18.40"]),
        ("9.80SR", ["9.80"]),
        ("(9.00)", ["-9.00"]),
        ("9.00-", ["-9.00"]),
        ("9.00 CR", ["-9.00"]),
        ("-RM 0.02", ["-0.02"]),
        ("2.076,76 €", ["2076.76"]),
        ("12,345", ["12345"]),
        ("0,500", ["0.500"]),
        ("Total:4.00", ["4.00"]),
        ("1 X 2.90 11.60", ["1", "2.90", "11.60"]),
        ("79 .50", ["79.50"]),
        ("RM 64. 15", ["64.15"]),
        ("RM53. 60", ["53.60"]),
        ("1,234 .50 SR", ["1234.50"]),
        ("(12. 00)", ["-12.00"]),
        ("Lot 38. 39 101 Boulevard", ["38", "39", "101"]),
        ("12,34,567.00", ["1234567.00"]),
        ("1'234.50", ["1234.50"]),
        ("XPF 12.50", ["12.50"]),
        ("6% 12:30 01/02/2018 A12.50 3/4", []),
    ],
)
def test_as_printed(text, values):
    """Signs, tax letters and currencies are read; rates, times, dates and codes are no amounts."""
    assert [match.value for match in find_amounts(text)] == values


def test_the_locale_decides_a_single_separator():
    """1.234 is a thousand and more, unless the point is the locale's decimal sign."""
    assert parse_amount("1.234") == "1234"
    assert parse_amount("1.234", ".") == "1.234"
    assert parse_amount("1,234", ",") == "1.234"


def test_currency_beside_the_number():
    """A code or an unmistakable sign names the currency; a dollar alone only marks it."""
    assert find_amounts("RM3")[0].currency == "MYR"
    assert find_amounts("12,50 €")[0].currency == "EUR"
    dollar = find_amounts("$5")[0]
    assert (dollar.currency, dollar.marked) == (None, True)


@pytest.mark.parametrize("text", ["NaN", "inf", "", "1,2", None])
def test_what_is_no_finite_number_is_none(text):
    """Not-a-number and infinity never become an amount."""
    assert to_decimal(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("78 .876.000,00", "78876000.00"),
        ("1.234 .567,50 EUR", "1234567.50"),
        ("3 .115,00", "3115.00"),
        ("1 234 .56", "1234.56"),
        ("12 345 ,60 €", "12345.60"),
    ],
)
def test_a_blank_before_a_sign_parts_no_number(text, value):
    assert parse_amount(text, spaces_group=True) == value


def test_a_number_of_a_row_stays_apart_from_its_price():
    assert [found.value for found in find_amounts("3. 115,00", ",")] == ["3", "115.00"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("R20 500,00", "20500.00"),
        ("R3 075.00", "3075.00"),
        ("-R1 250,00", "-1250.00"),
        ("R20500,00", "20500.00"),
        ("Q1,250.00", "1250.00"),
    ],
)
def test_a_sign_of_one_letter_stands_against_its_amount(text, value):
    assert [(found.value, found.marked) for found in find_amounts(text, spaces_group=True)] == [(value, True)]


@pytest.mark.parametrize("text", ["R410", "A12.50", "SR12.50"])
def test_letters_against_a_number_make_a_code(text):
    assert not find_amounts(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("595,-", "595"), ("500,-- €", "500"), ("EUR 1.250,–", "1250"), ("1'200.- CHF", "1200")],
)
def test_dashes_stand_for_no_cents(text, value):
    assert [(found.value, found.decimals) for found in find_amounts(text, ",")] == [(value, 2)]


@pytest.mark.parametrize("text", ["12.-14. Mai", "Pos. 1.- Holz"])
def test_a_dash_amid_a_text_is_no_sign_of_money(text):
    assert all(found.decimals == 0 for found in find_amounts(text, ","))


def test_a_british_postcode_is_no_amount():
    """`BD` and `KD` are signs of dinars."""
    assert [found.value for found in find_amounts("Bradford BD1 4HR")] == []
    assert [found.value for found in find_amounts("BD1 400")] != []
