"""Sums of an invoice: goods, discount, charges, tax, payments and what is due find each other by what adds up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from docpipe.document import KeyField
from docpipe.stages.key_fields import totals
from docpipe.stages.key_fields.extract import _without_charge_as_tax
from tests.stages.key_fields.placing import reading, values

HEAD = ("Marlow & Finch Ltd", [(600, "INVOICE")], [(600, "Invoice number:"), (900, "LW-771")], "")


def sums(*rows: tuple[str, str]) -> list[list[tuple[int, str]]]:
    """Return rows of a label and an amount that ends where the others end."""
    return [[(600, label), (1100 - 11 * len(amount), amount)] for label, amount in rows]


def read(*rows: tuple[str, str], pack: str = "invoice-en") -> dict[str, str | None]:
    found = values(reading(*HEAD, *sums(*rows), pack=pack))
    return {path: value for path, value in found.items() if path.startswith(("total_", "amount_")) and value}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [("SUBTOTAL", "1440"), ("DISCOUNT", "4"), ("LESS DISCOUNT", "1436"), ("TAX RATE", "7.00%"),
             ("TOTAL TAX", "100.52"), ("BALANCE DUE", "$1,536.52")],
            {"total_lines": "1440", "total_discount": "4", "total_net": "1436", "total_tax": "100.52",
             "total_gross": "1536.52", "amount_due": "1536.52"},
            id="whole-numbers-beside-labels",
        ),
        pytest.param(
            [("Subtotal:", "$2,379.39"), ("Discounts (21%):", "$499.67"), ("Tax (10%):", "$187.97"),
             ("Shipping:", "$19.99"), ("Total:", "$2,087.68"), ("Amount Paid:", "$1,500.00"),
             ("Balance Due:", "$587.68")],
            {"total_lines": "2379.39", "total_discount": "499.67", "total_charges": "19.99", "total_tax": "187.97",
             "total_net": "1899.71", "total_gross": "2087.68", "amount_paid": "1500.00", "amount_due": "587.68"},
            id="the-subtotal-is-that-of-the-goods",
        ),
        pytest.param(
            [("Merchandise", "359.00"), ("Freight", "18.00"), ("Sales tax 7.125%", "25.58"),
             ("Invoice total", "$402.58"), ("Less deposit", "(100.00)"), ("Balance due", "$302.58")],
            {"total_lines": "359.00", "total_charges": "18.00", "total_tax": "25.58", "total_net": "377.00",
             "total_gross": "402.58", "amount_paid": "100.00", "amount_due": "302.58"},
            id="a-deposit-in-brackets-was-paid",
        ),
        pytest.param(
            [("Subtotal", "100.00"), ("VAT 20%", "20.00"), ("Total", "120.00"), ("You saved", "5.00")],
            {"total_net": "100.00", "total_tax": "20.00", "total_gross": "120.00"},
            id="a-subtotal-without-a-discount-is-the-net",
        ),
        pytest.param(
            [("Carried forward", "80.00"), ("Subtotal", "100.00"), ("VAT 20%", "20.00"), ("Total", "120.00")],
            {"total_net": "100.00", "total_tax": "20.00", "total_gross": "120.00"},
            id="a-sum-carried-over-is-none-of-them",
        ),
    ],
)  # fmt: skip
def test_every_sum_has_its_role(rows: list[tuple[str, str]], expected: dict[str, str]) -> None:
    """A discount between two subtotals tells them apart; what was paid is positive, however it is printed."""
    assert read(*rows) == expected


def test_cash_rounding_is_a_matter_of_the_pack() -> None:
    """A total is moved to the sum after its rounding only where there is cash rounding."""
    rows = [("Total", "36.12"), ("Rounding", "-0.02"), ("Amount", "36.10")]
    assert read(*rows, pack="receipt-en")["total_gross"] == "36.10"
    assert read(*rows, pack="invoice-zh").get("total_gross") != "36.10"


def test_freight_and_insurance_are_charges_together() -> None:
    """Each stands on a row of its own; together they lead from the goods to the total."""
    found = read(("Subtotal", "12,970.00"), ("Freight", "640.00"), ("Insurance", "38.91"), ("Total", "13,648.91"))
    assert (found["total_charges"], found["total_gross"]) == ("678.91", "13648.91")
    assert "total_tax" not in found


def test_what_a_label_calls_shipping_is_no_tax() -> None:
    """A model may take one amount for both."""
    charge = KeyField("42.50", "42.50", 0.5, "rule", line_ids=("1-9",))
    both = {"total_charges": charge, "total_tax": replace(charge, confidence=0.98, source="model")}
    assert list(_without_charge_as_tax(both)) == ["total_charges"]
    assert len(_without_charge_as_tax({**both, "total_tax": replace(charge, line_ids=("1-8",))})) == 2


def test_a_label_of_another_column_is_none_of_the_amount() -> None:
    """`PAYMENT INFO` heads bank details at the left of the sums."""
    found = values(
        reading(
            *HEAD, [(20, "PAYMENT INFO"), (600, "SUB TOTAL"), (1000, "1,200.00")], [(600, "VAT 20%"), (1000, "240.00")],
            [(600, "TOTAL"), (1000, "1,440.00")], pack="invoice-en",
        )
    )  # fmt: skip
    assert (found["total_net"], found.get("amount_paid")) == ("1200.00", None)


def test_a_payment_of_the_bill_before_is_none_of_this_one() -> None:
    found = read(
        ("Balance on your last bill", "112.40"), ("Payment received", "112.40"), ("Charges", "229.34"),
        ("VAT at 5%", "11.47"), ("Total amount due", "240.81"),
    )  # fmt: skip
    assert (found["total_gross"], found.get("amount_paid")) == ("240.81", None)


def test_a_tip_stands_between_the_tax_and_the_total() -> None:
    rows = [("Subtotal", "24.10"), ("VT Meals Tax (9%)", "2.17"), ("Tip (20%)", "4.82"), ("Total", "31.09")]
    found = read(*rows, pack="receipt-en")
    assert (found["total_net"], found["total_tax"], found["total_gross"]) == ("24.10", "2.17", "31.09")


def test_a_page_of_nothing_but_charges_is_read_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """All ways to add up hundreds of taxes, charges and discounts would be millions."""
    tried = 0

    def counted(*values: Iterable[Decimal]) -> Iterator[tuple[Decimal, ...]]:
        nonlocal tried
        for way in product(*values):
            tried += 1
            yield way

    monkeypatch.setattr(totals, "product", counted)
    labels = ("Subtotal", "Sales tax", "Shipping", "Discount")
    rows = [(label, f"{n}.{n:02d}") for n in range(1, 40) for label in labels]
    read(*rows, ("TOTAL", "99999.00"))
    assert 0 < tried < 10_000
