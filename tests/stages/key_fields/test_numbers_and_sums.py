"""Numbers of documents as firms write them, taxes in equal halves, and signs that stand at the end of a label."""

from __future__ import annotations

import pytest

from docpipe.stages.key_fields.shapes import read_shape
from docpipe.values.dates import find_dates
from docpipe.values.number_format import NumberFormat
from tests.stages.key_fields.placing import reading, values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("R 2026/044", "R2026/044"), ("RE 2026-044", "RE2026-044"), ("INV 20418", "INV20418"),
        ("20260215", "20260215"), ("RE-2026-03-14", "RE-2026-03-14"), ("NR 4711", "4711"),
    ],
)  # fmt: skip
def test_a_number_is_read_whole(text, value):
    assert [found.value for found in read_shape("id", text, NumberFormat(), True)][:1] == [value]


@pytest.mark.parametrize("text", ["12.03.2026", "2026-03-14", "2026.03.14"])
def test_a_date_is_no_number(text):
    assert not [found for found in read_shape("id", text, NumberFormat(), True) if len(found.value) > 4]


@pytest.mark.parametrize(("text", "dates"), [
    ("4/III/2026", ["2026-03-04"]), ("12 IX 2026", ["2026-09-12"]), ("1.XII.2025", ["2025-12-01"]), ("3 X 2000", []),
])  # fmt: skip
def test_months_in_roman_numerals(text, dates):
    assert [found.iso() for found in find_dates(text)] == dates


SELLER = ("HOLLIN TOOLS LTD", "4 CANAL WHARF", "LEEDS LS1 4BR", "14/03/2026")


def test_a_subtotal_before_a_printed_tax_is_no_total_in_silence():
    rows = [("HAMMER", "24.90"), ("SAW", "31.50"), ("SUBTOTAL", "56.40"), ("VAT 20%", "11.28"), ("TOTAL", "")]
    found = reading(*SELLER, *([(20, name), (500, amount)] for name, amount in rows), pack="receipt-en")
    assert found.fields["total_gross"].value == "67.68" or [d.rival for d in found.doubts if d.field == "total_gross"]


def test_a_subtotal_that_was_paid_is_the_total():
    rows = [("HAMMER", "24.90"), ("SAW", "31.50"), ("SUBTOTAL", "56.40"), ("INCL VAT 20%", "9.40"), ("CARD", "56.40")]
    found = reading(*SELLER, *([(20, name), (500, amount)] for name, amount in rows), pack="receipt-en")
    assert not [d for d in found.doubts if d.field == "total_gross"]


def test_two_taxes_of_the_same_amount_are_added():
    found = reading(
        [(20, "Chandra Textiles Pvt Ltd"), (700, "TAX INVOICE")], "22 MG Road, Bengaluru 560001", "Bill to:",
        "Sunrise Retail LLP", "Andheri East, Mumbai 400069", "Invoice number: CT/2026/118",
        [(20, "Description"), (500, "Qty"), (650, "Rate"), (960, "Amount")],
        [(20, "Cotton rolls"), (500, "250"), (650, "1000.00"), (960, "2,50,000.00")],
        [(600, "Taxable value"), (960, "2,50,000.00")], [(600, "CGST 9%"), (960, "22,500.00")],
        [(600, "SGST 9%"), (960, "22,500.00")], [(600, "Grand total"), (960, "2,95,000.00")],
    )  # fmt: skip
    assert values(found)["total_tax"] == "45000.00"


def test_a_sign_at_the_end_of_a_label_names_the_currency():
    found = reading(
        "PT Sinar Jaya", "Jl. Sudirman 45, Jakarta 10210", "Bill to:", "CV Maju Bersama", "Invoice number: A-17",
        [(20, "Description"), (500, "Qty"), (650, "Unit price"), (960, "Amount")],
        [(20, "Kursi kayu"), (500, "12"), (650, "350.000"), (960, "4.200.000")],
        [(600, "Total Rp"), (960, "4.200.000")],
    )  # fmt: skip
    assert values(found)["currency"] == "IDR"


def test_a_label_for_the_total_without_an_amount_doubts_a_total_from_elsewhere():
    """A stamp hid the amount beside `TOTAL DUE`."""
    rows = [("STEEL ROD", "148.00"), ("CUTTING", "22.50"), ("NET", "170.50"), ("TOTAL DUE", "RECEIVED")]
    found = reading(*SELLER, *([(20, name), (500, amount)] for name, amount in rows), pack="receipt-en")
    assert [d.reason for d in found.doubts if d.field == "total_gross"] == ["contradiction"]
