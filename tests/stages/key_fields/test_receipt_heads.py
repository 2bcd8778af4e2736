"""What stands over a receipt's goods: which kind it is, its numbers, and a currency that a legal form is not."""

from __future__ import annotations

import pytest

from docpipe.document import KeyField
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import collect, view_page
from docpipe.stages.key_fields.layout import lay_out
from docpipe.stages.key_fields.receipt_heads import doubt_heads, keep_whole_name
from tests.stages.key_fields.placing import document, reading, values
from tests.stages.key_fields.test_receipts import HEAD, sums

FRENCH = (
    "Brasserie du Pont", "100 boulevard de la Paix", "59000 Lille", "Facture",
    [(20, "Plat du jour"), (300, "14,00")], [(20, "Verre de vin"), (300, "5,00")], [(20, "Tarte"), (300, "6,00")],
    "22-03-2012", [(20, "Total T.T.C"), (300, "25,00")], [(20, "Paiement espèces"), (300, "30,00")],
    [(20, "Rendu EUR"), (300, "5,00")], "Merci de votre confiance",
)  # fmt: skip


def test_a_roll_is_a_receipt_whatever_its_title_says():
    """`Facture` over the sums of a till: the print is some forty characters wide."""
    found = values(reading(*FRENCH))
    assert (found["document_type"], found["total_gross"]) == ("receipt", "25.00")


def test_a_narrow_page_that_names_its_buyer_stays_an_invoice():
    """A buyer is what a till does not know."""
    head = [*FRENCH[:3], "Facture n° 2012-77", "Date de facture : 22/03/2012", "Échéance : 22/04/2012"]
    rows = [*head, "Facturé à :", "Garage Martin", "4 rue Haute", "59800 Lille", *FRENCH[4:7], FRENCH[8]]
    assert values(reading(*rows))["document_type"] == "invoice"


@pytest.mark.parametrize("note", ["Aucun remboursement", "Ni repris ni échangé, avoir sous 30 jours"])
def test_a_condition_at_the_foot_makes_no_credit_note(note):
    assert values(reading(*FRENCH, note, pack="receipt-fr"))["document_type"] == "receipt"


def test_a_credit_note_says_so_in_a_line_of_its_own():
    found = values(reading(*FRENCH[:3], "TICKET D'AVOIR", *FRENCH[4:], pack="receipt-fr"))
    assert found["document_type"] == "credit_note"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        pytest.param("REG NO: 368503 T", "368503T", id="the-letter-stands-apart"),
        pytest.param("Co. Reg. No: 200401045511 (6720014-H)", "200401045511(6720014-H)", id="new-and-old-number"),
        pytest.param("Company No: KT0871364-W", "KT0871364-W", id="letters-first"),
    ],
)
def test_a_registration_number_keeps_its_letter(line, number):
    found = values(reading("KEDAI BUNGA", *HEAD[1:4], line, *sums(("TOTAL", "36.10")), pack="receipt-en"))
    assert (found["seller.registration_id"] or "").replace(" ", "") == number


def test_a_sum_is_no_number_of_the_receipt():
    """The number's own text was not read, and what stands beside its label is money."""
    found = values(reading(*HEAD, [(20, "RECEIPT"), (400, "542.32")], *sums(("CASH", "542.32"))))
    assert found.get("invoice_number") is None


@pytest.mark.parametrize("name", ["(RIMBA JAYA FOOD SDN BHD)", "LION FOOD COURT BHD", "LION FOOD SDN BHD 884213-K"])
def test_a_legal_form_is_no_currency(name):
    """`BHD` is the dinar of Bahrain beside a number only."""
    rows = ("KEDAI MAKAN", name, *HEAD[1:4], *sums(("TOTAL", "RM36.10"), ("CASH", "RM40.00"), ("CHANGE", "RM3.90")))
    assert values(reading(*rows, pack="receipt-en"))["currency"] == "MYR"


@pytest.mark.parametrize(
    ("lines", "name", "pack"),
    [
        pytest.param(("SCHUHHAUS", "KIRCHWEIN GBR"), "SCHUHHAUS KIRCHWEIN GBR", "receipt-de", id="a-trade-above"),
        pytest.param(("LENBURY", "JEWELLERS LIMITED"), "LENBURY JEWELLERS LIMITED", "receipt-en", id="a-trade-below"),
        pytest.param(("ELEKTROMARKT", "TV ELEKTROMARKT AG"), "TV ELEKTROMARKT AG", "receipt-de", id="a-sign-above"),
    ],
)
def test_a_trade_in_a_row_of_its_own_is_part_of_the_name(lines, name, pack):
    address = {"receipt-de": ("Rathausstr. 54a", "60239 Sandbrück"), "receipt-en": HEAD[1:4]}[pack]
    assert values(reading(*lines, *address, *sums(("TOTAL", "36.10")), pack=pack))["seller.name"] == name


def test_a_name_that_a_model_cut_is_whole_again():
    """The rules joined two lines as one of them has nothing of its own; the model chose the lower one."""
    page, candidates = _collected("LENBURY", "JEWELLERS LIMITED", *HEAD[1:4], *sums(("TOTAL", "36.10")))
    below = page.layout.rows[1][0]
    cut = KeyField("JEWELLERS LIMITED", confidence=0.9, source="model", source_id="m", line_ids=below.line_ids)
    kept = keep_whole_name({"seller.name": cut}, candidates)["seller.name"]
    assert (kept.value, kept.source, kept.confidence) == ("LENBURY JEWELLERS LIMITED", "rule", 0.72)


def test_a_street_left_out_above_an_address_is_a_doubt():
    page, _ = _collected("SAKURAYA MART", "LOT L3.49, JALAN JATI,", "57211 SUNGAI HIJAU", *sums(("TOTAL", "36.10")))
    name, address = (
        KeyField(page.layout.rows[n][0].text, confidence=0.9, source="model", line_ids=page.layout.rows[n][0].line_ids)
        for n in (0, 2)
    )
    (doubt,) = doubt_heads(page, {"seller.name": name, "seller.address": address})
    assert (doubt.field, doubt.reason, doubt.rival) == ("seller.address", "incomplete", "LOT L3.49, JALAN JATI,")


@pytest.mark.parametrize(("number", "doubted"), [("18", True), ("2014", True), ("19095660", False)])
def test_a_short_number_without_a_label_is_a_doubt(number, doubted):
    page, _ = _collected(*HEAD)
    found = KeyField(number, confidence=0.93, source="model", source_id="m")
    assert bool(list(doubt_heads(page, {"invoice_number": found}))) is doubted


def _collected(*rows):
    layout = lay_out(document(*rows))
    page = view_page(layout, shipped_packs().by_name("receipt-en"))
    return page, collect(page)


@pytest.mark.parametrize(
    ("row", "number"),
    [
        pytest.param("TAX INVOICE NO INV340112", "INV340112", id="glued-behind-its-label"),
        pytest.param("Receipt No: INV-86355", "INV-86355", id="hyphen"),
        pytest.param("INV-86355", "INV-86355", id="alone"),
        pytest.param("INV 86355", "86355", id="a-label"),
    ],
)
def test_letters_glued_to_a_number_belong_to_it(row, number):
    assert values(reading(*HEAD[:-1], row, *sums(("TOTAL", "36.10"))))["invoice_number"] == number


def test_a_hidden_card_number_is_no_number_of_the_receipt():
    found = values(reading(*HEAD, [(20, "RECEIPT"), (400, "XXXXXXXXXXXX62483453")], *sums(("VISA", "36.10"))))
    assert found.get("invoice_number") is None


def test_a_country_stands_once_in_a_tax_number():
    """The label ends in the letters with which the number begins."""
    found = values(reading(*FRENCH[:3], "TVA BE BE0691636724", *FRENCH[4:], pack="receipt-fr"))
    assert found["seller.tax_id"] == "BE0691636724"


@pytest.mark.parametrize(("place", "currency"), [("Shibuya-ku, Tokyo 150-0002", "JPY"), ("Pudong", None)])
def test_yen_are_known_by_their_country(place, currency):
    """The sign alone may mean yuan as well."""
    rows = sums(("Onigiri", "¥356"), ("Umbrella", "¥1,100"), ("TOTAL", "¥1,456"))
    found = values(reading("SAKURAYA MART", "2-14-6 Shibuya", place, "2026/02/11 19:33", *rows, pack="receipt-en"))
    assert found.get("currency") == currency


def test_a_labelled_address_of_a_chinese_receipt_is_the_address():
    """The branch in brackets above is none; what is to be paid is the total, what was paid no other one."""
    rows = ("惠民大药房", "（滨江路店）", "门店地址：杭州市滨江区江陵路88号", "交易时间：2026-03-26 16:08:55")
    paid = sums(("包装费:", "¥49.50"), ("需支付:", "¥92.55"), ("支付宝支付:", "¥92.55"))
    found = values(reading(*rows, *paid, "谢谢惠顾", pack="receipt-zh"))
    assert found["seller.address"] == "杭州市滨江区江陵路88号"
    assert (found["total_gross"], found["amount_paid"]) == ("92.55", "92.55")


@pytest.mark.parametrize(("line", "doubted"), [("SHIBUYA 2-14-6", True), ("TAXI LICENCE N 2217", False)])
def test_a_block_above_an_address_is_a_doubt_and_a_licence_is_none(line, doubted):
    page, _ = _collected("SAKURAYA MART", line, "57211 SUNGAI HIJAU", *sums(("TOTAL", "36.10")))
    name, address = (
        KeyField(page.layout.rows[n][0].text, confidence=0.9, source="model", line_ids=page.layout.rows[n][0].line_ids)
        for n in (0, 2)
    )
    assert bool(list(doubt_heads(page, {"seller.name": name, "seller.address": address}))) is doubted


@pytest.mark.parametrize(
    ("street", "town"),
    [
        ("515 N MAIN ST", "BOZEMAN, MT 59715"),
        ("Suite 3.02, Wisma Harmoni, 18 Jalan Yap Kwan Seng,", "50450 Kuala Lumpur."),
    ],
)
def test_a_street_over_its_town_is_no_office_and_no_amount(street, town):
    found = values(reading("WELLBRIDGE PHARMACY", street, town, "11/29/2025", *sums(("TOTAL", "36.10"))))
    assert found["seller.address"] == f"{street} {town}"


@pytest.mark.parametrize(("line", "doubted"), [("12 The Old Mill", True), ("Great coffee since", False)])
def test_a_town_alone_is_doubted_where_a_house_stands_above(line, doubted):
    page, _ = _collected("ALDER COFFEE", line, "57211 SUNGAI HIJAU", *sums(("TOTAL", "36.10")))
    name, address = (
        KeyField(page.layout.rows[n][0].text, confidence=0.9, source="model", line_ids=page.layout.rows[n][0].line_ids)
        for n in (0, 2)
    )
    assert bool(list(doubt_heads(page, {"seller.name": name, "seller.address": address}))) is doubted


def test_the_number_of_a_shop_behind_its_name_is_cut_off():
    found = values(
        reading("WELLBRIDGE PHARMACY #2281", "12 Mill Road", "57211 SUNGAI HIJAU", *sums(("TOTAL", "36.10")))
    )
    assert found["seller.name"] == "WELLBRIDGE PHARMACY"
