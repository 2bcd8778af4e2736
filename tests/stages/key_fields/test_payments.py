"""What was paid speaks for or against a receipt's total, and a payment that does not fit is doubted itself."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import reading, values
from tests.stages.key_fields.test_receipts import HEAD, sums

GOODS = sums(("RICE", "21.00"), ("TEA", "12.40"))


def doubts(*rows, pack="receipt-en", head=HEAD):
    """Return the doubted fields of a receipt with such sums, each with the rival value."""
    return {doubt.field: doubt.rival for doubt in reading(*head, *rows, pack=pack).doubts}


@pytest.mark.parametrize(
    ("rows", "doubted"),
    [
        pytest.param(
            sums(("TOTAL", "118.99"), ("VISA", "178.99")),
            {"total_gross": "178.99", "amount_paid": "118.99"},
            id="a-card-pays-the-total-and-no-more",
        ),
        pytest.param(
            [*GOODS, *sums(("GOODS VALUE TOTAL", "33.40"), ("VOUCHER", "1.00"), ("DUE", "32.40"))],
            {"total_gross": "32.40"},
            id="the-sum-before-a-discount-agrees-with-the-goods",
        ),
        pytest.param(
            sums(("TOTAL", "218.69"), ("ROUNDING", "0.01"), ("CASH", "220.00"), ("CHANGE", "1.30")),
            {"total_gross": "218.70"},
            id="cash-pays-the-sum-after-the-rounding",
        ),
    ],
)
def test_a_payment_or_discount_that_fits_another_sum_is_a_doubt(rows, doubted):
    assert doubts(*rows) == doubted


def test_a_payment_that_does_not_cover_the_total_is_doubted():
    """A tax-exclusive sum stands nearer to the label of the card than the card's own."""
    found = doubts(*sums(("TOTAL", "30.50"), ("VISA", "26.73")))
    assert found["amount_paid"] == "30.50"


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(sums(("TOTAL", "36.10"), ("CASH", "50.00")), id="notes-without-their-change"),
        pytest.param(sums(("TOTAL", "36.10"), ("TIP", "4.25"), ("VISA", "40.35")), id="a-tip-on-the-card"),
        pytest.param(sums(("TOTAL", "36.10"), ("CASH", "20.00"), ("VISA", "16.10")), id="paid-in-two-parts"),
        pytest.param(
            sums(("SUB-TOTAL", "40.00"), ("DISCOUNT", "-3.90"), ("NETT TOTAL", "36.10"), ("VISA", "36.10")),
            id="after-the-discount",
        ),
    ],
)
def test_payments_that_fit_raise_no_doubt(rows):
    assert doubts(*rows) == {}


def test_a_change_that_leaves_another_sum_is_doubted_though_the_goods_make_the_total():
    found = doubts(*GOODS, *sums(("TOTAL", "33.40"), ("CASH", "60.00"), ("CHANGE", "36.60")))
    assert list(found) == ["amount_paid"]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(sums(("TOTAL", "33.40"), ("CASH", "60.00"), ("CHANGE", "26.60")), id="as-it-should-be"),
        pytest.param(sums(("TOTAL", "33.40"), ("CASH", "60.00"), ("CHANGE", "33.40")), id="the-total-printed-again"),
    ],
)
def test_a_change_that_something_explains_is_not_doubted(rows):
    assert doubts(*GOODS, *rows) == {}


def test_a_rounding_in_the_plural_names_one():
    """`Arrondis` is no sum of its own."""
    head = ("Crêperie Ferrène", "12 rue du Port", "29200 Brest", "Ticket no 7123", "Le 16/02/2023")
    rows = sums(("TOTAL", "218,69"), ("Arrondis", "0,01"), ("Espèces", "220,00"), ("Rendu", "1,30"))
    assert values(reading(*head, *rows, pack="receipt-fr"))["rounding"] == "0.01"
