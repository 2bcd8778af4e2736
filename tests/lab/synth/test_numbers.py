"""Numbers, amounts and sums that documents are made of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban
from stdnum.ch import uid
from stdnum.cn import uscc
from stdnum.eu import vat
from stdnum.fr import siret
from stdnum.gb import vat as british

from docpipe.lab.synth import identifiers, purchase
from docpipe.lab.synth.formats import Formats, in_capitals
from docpipe.values.amounts import parse_amount
from docpipe.values.capitals import read_capitals

seeds = pytest.mark.parametrize("seed", range(40))


@seeds
@pytest.mark.parametrize("country", ["DE", "AT", "FR", "BE", "IE", "GB"])
def test_tax_numbers_and_accounts_are_valid(country: str, seed: int) -> None:
    chance = Random(seed)
    number = identifiers.tax_id(chance, country)
    assert (british if country == "GB" else vat).is_valid(number), number
    account = identifiers.random_iban(chance, country)
    assert iban.is_valid(account), account
    assert identifiers.space_digits(account, chance).replace(" ", "") == account


@seeds
def test_numbers_of_other_registers_are_valid(seed: int) -> None:
    chance = Random(seed)
    assert uscc.is_valid(identifiers.uscc(chance))
    assert uid.is_valid(identifiers.swiss_uid(chance))
    assert iban.is_valid(identifiers.random_iban(chance, "CH"))
    assert siret.is_valid(identifiers.siret(chance, identifiers.siren(chance)))


@given(st.integers(1, 10**13).map(lambda number: Decimal(number) / 100))
def test_capitals_are_read_back_as_the_amount(amount: Decimal) -> None:
    assert read_capitals(in_capitals(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("10000", "壹万圆整"), ("1005.30", "壹仟零伍圆叁角整"), ("100.05", "壹佰圆零伍分"), ("0.35", "叁角伍分"),
        ("20010", "贰万零壹拾圆整"), ("100010001.01", "壹亿零壹万零壹圆零壹分"),
    ],
)  # fmt: skip
def test_capitals_are_written_as_the_rule_says(amount: str, text: str) -> None:
    assert in_capitals(Decimal(amount)) == text


@seeds
@pytest.mark.parametrize(
    ("language", "country"), [("en", "MY"), ("de", "DE"), ("de", "CH"), ("fr", "FR"), ("zh", "CN")]
)
def test_amounts_can_be_read_back(language: str, country: str, seed: int) -> None:
    formats = Formats.draw(Random(seed), language, country)
    for amount in ("0.05", "7.90", "1234.56", "-89.00", "1234567.80"):
        read = parse_amount(formats.number(Decimal(amount)), spaces_group=formats.group == " ")
        assert read is not None
        assert Decimal(read) == Decimal(amount), formats


def test_dates_are_written_in_the_language() -> None:
    formats = Formats("fr", "EUR", " €", ",", " ", "%-d %B %Y", False, False)
    assert formats.day(date(2020, 8, 1)) == "1 août 2020"
    assert formats.day(date(2020, 8, 1), "%d/%m/%y") == "01/08/20"


@seeds
@pytest.mark.parametrize("inclusive", [True, False])
def test_purchases_add_up(inclusive: bool, seed: int) -> None:
    chance = Random(seed)
    bought = purchase.draw(chance, 6, purchase.Trade("de", "DE", inclusive=inclusive, rates=("19", "7"), discounts=0.3))
    bought = purchase.with_extras(chance, bought, 0.5, 0.5, 0.5)
    assert bought.lines == sum(item.net for item in bought.items)
    assert bought.net + bought.tax == bought.gross
    assert sum(row.taxable for row in bought.taxes) == bought.net
    whole = bought.lines - bought.discount + bought.charges
    assert (bought.gross if inclusive else bought.net) == whole
    assert bought.due == bought.gross - bought.paid
    for row in bought.taxes:
        assert abs(row.taxable * row.rate / 100 - row.tax) <= Decimal("0.01")


def test_till_rounding_goes_to_five_cents() -> None:
    chance = Random(1)
    for _ in range(30):
        bought = purchase.round_to_five(
            purchase.draw(chance, 3, purchase.Trade("en", "MY", True, inclusive=True, rates=("6",)))
        )
        assert bought.asked % Decimal("0.05") == 0
        assert abs(bought.rounding) <= Decimal("0.02")
