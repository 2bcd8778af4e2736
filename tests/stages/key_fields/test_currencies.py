"""Money of any country: its signs, its decimals, and a currency only where something says so."""

from __future__ import annotations

import pytest

from docpipe.document import KeyField
from tests.stages.key_fields.placing import items, reading, values


def invoice(amounts, *more, heading="Amount"):
    """Return what is read from an English invoice with a row of goods; amounts are price, amount, net, tax, total."""
    price, amount, net, tax, total = amounts
    return reading(
        [(20, "Hollins & Pyke Ltd"), (700, "INVOICE")], "3 Canal Row, Leeds LS1 4BT", "Bill to:", "Garth Dale Ltd",
        "18 Quay Street, Hull HU1 2NP", "Invoice number: A-204", "Invoice date: 14 March 2026", *more, "",
        [(20, "Description"), (500, "Qty"), (650, "Unit price"), (960, heading)],
        [(20, "Oak shelf"), (510, "3"), (650, price), (960, amount)], "",
        [(600, "Subtotal"), (960, net)], [(600, "VAT"), (960, tax)], [(600, "Total"), (960, total)],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amounts", "currency", "total"),
    [
        pytest.param("Rp 400.000|Rp 1.200.000|Rp 1.200.000|Rp 120.000|Rp 1.320.000", "IDR", "1320000", id="rupiah"),
        pytest.param("IDR 400.000|IDR 1.200.000|IDR 1.200.000|IDR 120.000|IDR 1.320.000", "IDR", "1320000", id="code"),
        pytest.param("400 000 Ft|1 200 000 Ft|1 200 000 Ft|120 000 Ft|1 320 000 Ft", "HUF", "1320000", id="forint"),
        pytest.param(
            "Gs. 400.000|Gs. 1.200.000|Gs. 1.200.000|Gs. 120.000|Gs. 1.320.000",
            "PYG", "1320000", id="guarani",
        ),
        pytest.param("KD 400.500|KD 1,201.500|KD 1,201.500|KD 120.150|KD 1,321.650", "KWD", "1321.650", id="dinar"),
        pytest.param(
            "Rs. 1,00,000.00|Rs. 3,00,000.00|Rs. 3,00,000.00|Rs. 30,000.00|Rs. 3,30,000.00",
            "INR", "330000.00", id="rupee",
        ),
        pytest.param(
            "Fr. 4'000.00|Fr. 12'000.00|Fr. 12'000.00|Fr. 1'200.00|Fr. 13'200.00",
            "CHF", "13200.00", id="franc",
        ),
        pytest.param("400,-|1.200,-|1.200,-|120,-|1.320,-", "GBP", "1320", id="a-dash-for-cents"),
        pytest.param(
            "kr 4 000,00|kr 12 000,00|kr 12 000,00|kr 1 200,00|kr 13 200,00",
            None, "13200.00", id="krone-of-nowhere",
        ),
    ],
)  # fmt: skip
def test_signs_and_groups_of_other_countries(amounts, currency, total):
    """Total, currency and the row of goods; a British postcode makes no pounds of another sign."""
    texts = amounts.split("|")
    if texts[0].endswith(",-"):
        texts = [f"£ {text}" for text in texts]
    found = invoice(texts)
    assert values(found)["total_gross"] == total
    assert values(found).get("currency") == currency
    (row,) = items(found)
    assert row["quantity"] == "3"
    assert float(row["unit_price"]) * 3 == float(row["net_amount"])


def test_a_price_that_begins_with_a_zero_is_a_group():
    """`4 000.00` is four thousand in an English invoice as well: a price of `000.00` there is not."""
    found = invoice(["4 000.00", "12 000.00", "12 000.00", "2 400.00", "14 400.00"])
    assert values(found)["total_gross"] == "14400.00"


def test_three_letters_beside_no_number_are_no_currency():
    """`SVC` (service) names no Salvadoran colón beside yen signs, and a postcode no pounds."""
    found = invoice(["¥400", "¥1,200", "¥1,200", "¥120", "¥1,320"], "SVC contact: Tom Hollins", heading="Price")
    assert values(found).get("currency") is None
    assert values(found)["total_gross"] == "1320"


def test_a_sign_and_the_code_it_may_mean_agree():
    """`¥` and one JPY make yen, whatever the postcode says."""
    found = invoice(["¥400", "¥1,200", "¥1,200", "¥120", "¥1,320"], "All amounts in JPY")
    assert values(found)["currency"] == "JPY"


def test_a_code_that_a_sign_agrees_with_is_sure():
    """The code stands once, in a label; the sign stands beside the amounts."""
    rows = [(20, "Subtotal"), (600, "$120.00")], [(20, "Amount Due (USD)"), (600, "$120.00")]
    assert reading("INVOICE", *rows, pack="invoice-en").fields["currency"].confidence >= 0.9


@pytest.mark.parametrize(("sign", "currency"), [("KSh ", None), ("Ft ", None), ("£", "GBP"), ("", "GBP")])
def test_a_sign_that_nobody_knows_is_not_the_currency_of_the_place(sign, currency):
    """GBP was taken from the town, in silence."""
    found = reading(
        "Marlow & Finch Ltd", "12 Mill Lane", "Otley LS21 3AB", "INVOICE", "VAT Reg No. GB 339 0726 21",
        [(20, "Invoice number"), (600, "A-20418")], [(20, "Description"), (600, "Amount")],
        [(20, "Consulting"), (600, f"{sign}1,234.50")], [(20, "Total"), (600, f"{sign}1,234.50")], pack="invoice-en",
    )  # fmt: skip
    assert values(found).get("currency") == currency


def test_the_end_of_a_misread_word_is_no_currency():
    """`APPR0VED` on a card's slip was taken for bolivars."""
    rows = [(20, "TOTAL"), (600, "15.31")], "APPR0VED# 00881C"
    assert reading("WELLBRIGHT", *rows, pack="receipt-en").fields.get("currency", KeyField()).value != "VED"
