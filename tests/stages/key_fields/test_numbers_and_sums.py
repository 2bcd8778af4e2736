"""Numbers of documents as firms write them, taxes in equal halves, and signs that stand at the end of a label."""

from __future__ import annotations

import pytest

from docpipe.stages.key_fields.shapes import read_shape
from docpipe.values.dates import find_dates
from docpipe.values.number_format import NumberFormat
from tests.stages.key_fields.placing import items, reading, values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("R 2026/044", "R2026/044"), ("RE 2026-044", "RE2026-044"), ("INV 20418", "INV20418"),
        ("20260215", "20260215"), ("RE-2026-03-14", "RE-2026-03-14"), ("NR 4711", "4711"), ("A/26 2061", "A/262061"),
        ("9400318265 / 14.08.2026", "9400318265"), ("12 / 2026", "12/2026"),
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


def test_what_is_left_to_pay_is_due_though_its_label_names_a_total():
    found = reading(
        [(20, "Drukarnia Wisła Sp. z o.o."), (700, "FAKTURA VAT")], "ul. Nadrzeczna 5, 31-001 Kraków", "Nabywca:",
        "Teatr Mały", "ul. Krótka 2, 30-100 Kraków", "Faktura nr FV/221/05/2026", "Data wystawienia 23.05.2026", "",
        [(600, "Razem netto"), (960, "1 150,00")], [(600, "VAT 23%"), (960, "264,50")],
        [(600, "Razem brutto"), (960, "1 414,50")], [(600, "Zapłacono"), (960, "414,50")],
        [(600, "Do zapłaty"), (960, "1 000,00")],
    )  # fmt: skip
    assert (values(found)["total_gross"], values(found)["amount_due"]) == ("1414.50", "1000.00")


def test_a_discount_of_all_goods_has_its_rate_beside_it():
    found = reading(
        [(20, "Elektro Sandner GmbH"), (700, "Rechnung")], "Lindenweg 4, 94032 Passau", "Gasthof Zur Post",
        "Hauptstr. 1, 94036 Passau", "Rechnungsnummer: 20260377", "Rechnungsdatum: 05.05.2026", "",
        [(600, "Summe"), (960, "1.162,60")], [(600, "Rabatt 3 %"), (960, "-34,88")],
        [(600, "Nettobetrag"), (960, "1.127,72")], [(600, "MwSt. 19 %"), (960, "214,27")],
        [(600, "Gesamtbetrag"), (960, "1.341,99")],
    )  # fmt: skip
    assert values(found)["total_discount"] == "34.88"


@pytest.mark.parametrize(
    ("number", "doubted"),
    [("S08B-1I005Z", True), ("A01B2O7", True), ("RE0044", False), ("2026/0117", False), ("4711-014D", False)],
)
def test_letters_beside_digits_that_look_alike_are_doubted(number, doubted):
    found = reading(*SELLER, f"INVOICE NO: {number}", [(20, "TOTAL"), (500, "18.40")], pack="receipt-en")
    assert found.fields["invoice_number"].value == number
    assert [d.field for d in found.doubts if d.reason == "look_alikes"] == ["invoice_number"] * doubted


def whole(total: str, *more: str):
    return reading(
        [(20, "Orbis Trading"), (700, "INVOICE")], "Main Street 1", "Bill to:", "Vela Imports", "Invoice number: OT-77",
        *more, [(20, "Description"), (500, "Qty"), (700, "Unit price"), (960, "Amount")],
        [(20, "Wool blanket"), (500, "2"), (700, "25.000"), (960, "50.000")],
        [(600, "Subtotal"), (960, "50.000")], [(600, "VAT"), (960, "9.500")], [(600, "Total"), (960, total)],
    )  # fmt: skip


def test_a_sign_before_three_digits_everywhere_parts_thousands_and_is_doubted():
    found = whole("59.500")
    assert (values(found)["total_gross"], items(found)[0]["net_amount"]) == ("59500", "50000")
    assert [(d.reason, d.rival) for d in found.doubts if d.field == "total_gross"] == [("close_choice", "59.5")]


def test_a_currency_that_says_so_leaves_no_doubt():
    assert [values(whole(f"{total}"))["total_gross"] for total in ("IDR 59.500", "BHD 59.500")] == ["59500", "59.500"]
    assert not [d for d in whole("IDR 59.500").doubts if d.field == "total_gross"]


def test_one_fraction_says_that_the_sign_may_be_a_point():
    assert values(whole("59.500", "Weight: 0.5 kg")).get("total_gross") != "59500"


def test_kana_or_a_japanese_form_make_the_yen_sign_a_yen():
    found = reading(
        "株式会社 みどり商会", "請求書番号 R-20260304", [(20, "発行日"), (300, "2026年3月4日")],
        [(20, "品名"), (300, "数量"), (500, "単価"), (800, "金額")],
        [(20, "机"), (300, "2"), (500, "34,500"), (800, "69,000")], [(500, "合計"), (800, "¥69,000")],
    )  # fmt: skip
    assert values(found).get("currency") == "JPY"


def test_number_and_date_under_one_label():
    rows = [
        "HOLLIN GMBH", "RECHNUNG", [(20, "Kanalstr. 4"), (600, "Belegnummer/Datum")],
        [(20, "20457 Hamburg"), (600, "9400318265 / 14.08.2026")], [(600, "Kundennummer")], [(600, "10047715")],
        [(20, "Gesamtbetrag"), (600, "119,00 EUR")],
    ]  # fmt: skip
    found = values(reading(*rows))
    assert (found["invoice_number"], found["issue_date"]) == ("9400318265", "2026-08-14")


def test_a_general_word_for_a_number_over_it_but_not_over_a_column_of_goods():
    head = ["BLOEM & BLAD", [(20, "Voorstreek 73"), (600, "Factuur")], [(600, "Nummer")], [(600, "F2026.0412")]]
    tail = [[(20, "Totaal"), (600, "339,50")]]
    assert values(reading(*head, *tail))["invoice_number"] == "F2026.0412"
    goods = [
        [(20, "Factuur")],
        [(20, "Nummer"), (300, "Omschrijving"), (600, "Prijs"), (800, "Bedrag")],
        [(20, "448120"), (300, "Boeket wit"), (600, "39,50"), (800, "39,50")],
    ]
    assert values(reading("BLOEM & BLAD", *goods, *tail)).get("invoice_number") is None


def test_a_year_under_the_day_it_belongs_to():
    rows = ["Invoice No. 1093", "Date: March 4,", "2026", [(20, "Total"), (600, "$773.40")]]
    assert values(reading(*rows))["issue_date"] == "2026-03-04"


def test_an_account_number_over_the_end_of_a_line():
    rows = [
        "Factura n.º 2026-071", [(20, "Importe total"), (600, "1.070,49 €")],
        "Ruego haga efectivo el importe en la cuenta de Unicaja ES68 2103", "0731 0200 3001 8842. Gracias",
    ]  # fmt: skip
    assert values(reading(*rows))["payment.iban"] == "ES6821030731020030018842"


def test_a_french_bill_says_what_it_is_of():
    """The number stands behind what was delivered; the reference is the customer's."""
    found = values(
        reading("Régie des Eaux", "FACTURE D'EAU n° 2023-118-0442", "Référence abonné : 0442-A", pack="invoice-fr")
    )
    assert (found["invoice_number"], found["buyer.customer_id"]) == ("2023-118-0442", "0442-A")


def test_a_canadian_tax_number_is_read_whole_however_it_is_grouped():
    found = values(reading("INVOICE", "Northlight IT Inc.", "GST/HST No. 81234 5678 RT0001", pack="invoice-en"))
    assert found["seller.tax_id"] == "812345678RT0001"
