"""A document's own numbers say how the others are to be read."""

from __future__ import annotations

import pytest

from docpipe.values.amounts import find_amounts
from docpipe.values.number_format import NumberFormat, read_format


def values(format_: NumberFormat, text: str) -> list[str]:
    found = find_amounts(text, format_.point, spaces_group=format_.spaces_group)
    return [amount.value for amount in found if format_.is_money(amount, text)]


@pytest.mark.parametrize(
    ("lines", "text", "expected"),
    [
        pytest.param(["R 1 234.56"], "Total R 1 234.56", ["1234.56"], id="alone-on-its-line"),
        pytest.param(["Total 1\u00a0234.56"], "Total 1 234.56", ["1234.56"], id="a-no-break-space"),
        pytest.param(["Total 1\u202f234.56"], "1 234.56", ["1234.56"], id="a-narrow-one"),
        pytest.param(["2 100.00", "200.00"], "2 100.00", ["100.00"], id="count-and-price-with-their-product"),
        pytest.param(["4 000.00", "12 000.00"], "12 000.00", ["12000.00"], id="no-price-begins-with-a-zero"),
        pytest.param(["5 500.00", "12 500.00"], "12 500.00", ["12500.00"], id="a-product-inside-another-number"),
        pytest.param(["2 100.00", "1,200.00"], "2 100.00", ["100.00"], id="thousands-by-another-sign"),
        pytest.param(["2 100.00", "1200.00"], "2 100.00", ["100.00"], id="thousands-by-none"),
        pytest.param(["1.234,56", "99,00"], "1.234", [], id="a-comma-is-the-point"),
        pytest.param(["1.234,56"], "12,50", ["12.50"], id="in-an-english-document-as-well"),
        pytest.param(["Amount XPF", "45 000", "12 459"], "115 779", ["115779"], id="no-cents"),
        pytest.param(["Total JPY", "378,400"], "37,840", ["37840"], id="no-cents-and-commas"),
        pytest.param(["Total IDR", "45.000"], "1.250.000", ["1250000"], id="rupiah"),
        pytest.param(["Total IDR", "45.000"], "45.000", ["45000"], id="a-single-group"),
        pytest.param(["Amount KWD", "12.500"], "1,234.500", ["1234.500"], id="three-decimals"),
        pytest.param(
            ["Total TND", "1 190.298"], "1 190.298", ["1190.298"], id="three-decimals-behind-spaced-thousands"
        ),
        pytest.param(["Total TND", "2 100.500", "201.000"], "2 100.500", ["100.500"], id="count-and-price-in-mills"),
        pytest.param(["12,50 €"], "TVA FR44732829320", [], id="a-tax-number-is-no-money"),
        pytest.param(["Montant TND", "12,500"], "45,125", ["45.125"], id="three-decimals-with-a-comma"),
    ],
)
def test_the_document_decides(lines: list[str], text: str, expected: list[str]) -> None:
    """Expected values are decimal strings of what counts as money."""
    assert values(read_format(lines, "."), text) == expected


def test_without_a_word_from_the_document_the_language_decides() -> None:
    assert values(read_format(["Summe"], ",", spaces_group=True), "1 234,50") == ["1234.50"]
    assert values(read_format(["Total"], "."), "1234") == []


def test_a_code_in_small_print_does_not_take_the_cents_away() -> None:
    """A list of currencies in the conditions changes nothing where the amounts show cents."""
    found = read_format(["We accept USD and JPY", "12.50", "99.00"], ".")
    assert found.decimals == frozenset({2})


def test_a_number_has_a_bounded_count_of_groups() -> None:
    """A hostile line of endless groups is no single number, whose search would take a time that grows by its square."""
    endless = "1" + " 234" * 20_000 + ".50"
    found = find_amounts(endless, ".", spaces_group=True)
    assert max(len(amount.value) for amount in found) <= 30
    assert read_format([endless], ".").decimals == frozenset({2})


@pytest.mark.parametrize("text", ["115 779 F CFP", "R 12 345"])
def test_spaces_part_thousands_of_money_that_names_itself(text):
    """`779` and nothing were read."""
    numbers = read_format(["2", text, "Total"], ".")
    assert numbers.spaces_group
    assert [found.value for found in find_amounts(text, numbers.point, spaces_group=True)] == [
        "".join(c for c in text if c.isdigit())
    ]
