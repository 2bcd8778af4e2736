"""Receipts: name and address without a label, the total among cash, change and rounding, the date anywhere."""

from __future__ import annotations

import numpy as np
import pytest

from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import collect, view_page
from docpipe.stages.key_fields.layout import lay_out
from docpipe.stages.key_fields.learned.about import PATHS
from docpipe.stages.key_fields.learned.options import Opinion, options_of
from tests.stages.key_fields.placing import document, items, reading, values

HEAD = (
    "KEDAI KOPI BUNGA RAYA SDN BHD (123456-X)",
    "NO. 12, JALAN MAWAR 3/4,",
    "TAMAN BUNGA, 43000 KAJANG",
    "SELANGOR",
    "TEL: 03-8888 7777",
    "GST ID: 000111222333",
    "TAX INVOICE",
)
FOOT = ([(20, "CASH"), (400, "RM 50.00")], [(20, "CHANGE"), (400, "RM 13.90")], "THANK YOU, PLEASE COME AGAIN")


def test_who_and_where():
    """The name loses its registration number; the address is the run of rows between name and telephone."""
    found = values(reading(*HEAD, "DATE: 03/02/201815:28", [(20, "TOTAL"), (400, "36.10")], *FOOT))
    assert found["seller.name"] == "KEDAI KOPI BUNGA RAYA SDN BHD"
    assert found["seller.registration_id"] == "123456-X"
    assert found["seller.address"] == "NO. 12, JALAN MAWAR 3/4, TAMAN BUNGA, 43000 KAJANG SELANGOR"
    assert found["seller.tax_id"] == "000111222333"
    assert found["document_type"] == "receipt"
    assert found["issue_date"] == "2018-02-03"


def sums(*rows):
    """Return rows of a label at the left and an amount at the right."""
    return [[(20, label), (400, amount)] for label, amount in rows]


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        pytest.param(sums(("TOTAL", "36.10")), "36.10", id="plain"),
        pytest.param(
            sums(("TOTAL INCL. GST@6%", "36.12"), ("ROUNDING ADJ", "-0.02"), ("TOTAL ROUNDED", "36.10")),
            "36.10",
            id="after-rounding",
        ),
        pytest.param(
            sums(("SUB-TOTAL", "40.00"), ("DISCOUNT", "-3.90"), ("NETT TOTAL", "36.10")), "36.10", id="after-discount"
        ),
        pytest.param(sums(("TOTAL SAVINGS", "99.00"), ("AMOUNT DUE", "36.10")), "36.10", id="savings-are-none"),
        pytest.param(
            sums(("T0TAL (EXCLUDING GST)", "34.06"), ("GST 6%", "2.04"), ("TOTAL (INCLUSIVE OF GST)", "36.10")),
            "36.10",
            id="with-tax",
        ),
        pytest.param([[(400, "36.10")]], "36.10", id="only-cash-less-change"),
    ],
)
def test_the_total_is_the_sum_asked_for(rows, total):
    """Not the cash, not the change, not the sum before rounding."""
    assert values(reading(*HEAD, *rows, *FOOT))["total_gross"] == total


def test_a_name_over_several_rows_is_joined():
    """An open bracket, and a row of nothing but general words or the legal form, belong to the row above."""
    found = values(reading("AIR TERJUN", "HARDWARE (KUALA", "SELANGOR) SDN BHD", *HEAD[1:]))
    assert found["seller.name"] == "AIR TERJUN HARDWARE (KUALA SELANGOR) SDN BHD"
    assert values(reading("GREEN LEAF", "(M) SDN BHD", *HEAD[1:]))["seller.name"] == "GREEN LEAF (M) SDN BHD"


def test_net_and_tax_come_from_a_summary():
    """Two amounts side by side that add up to the total are net and tax; the tax line proves itself."""
    found = reading(*HEAD, [(20, "TOTAL"), (400, "36.10")], *FOOT, [(20, "SR @ 6%"), (300, "34.06"), (400, "2.04")])
    assert (values(found)["total_net"], values(found)["total_tax"]) == ("34.06", "2.04")
    assert [{k: v.value for k, v in row.items()} for row in found.tax_breakdown] == [
        {"rate": "6", "taxable": "34.06", "tax": "2.04"}
    ]


def test_letters_for_digits_are_repaired():
    """A letter O in a date or an amount is a zero, with less trust."""
    found = reading(*HEAD, "DATE: O3/O2/2O18", [(20, "TOTAL"), (400, "36.1O")])
    assert values(found)["issue_date"] == "2018-02-03"
    assert values(found)["total_gross"] == "36.10"
    clean = reading(*HEAD, "DATE: 13/02/2018")
    assert found.fields["issue_date"].confidence < clean.fields["issue_date"].confidence


def test_open_order_caps_the_confidence():
    """Nobody knows whether 03/02 is in March; another date on the page can tell, or where the shop is."""
    nowhere = ("MARKET HALL DELI", "8 KING STREET")
    alone = reading(*nowhere, "DATE: 03/02/2018", [(20, "TOTAL"), (400, "36.10")])
    told = reading(*nowhere, "DATE: 03/02/2018", "DUE DATE: 03/28/2018", [(20, "TOTAL"), (400, "36.10")])
    there = reading(*HEAD, "DATE: 03/02/2018")
    assert alone.fields["issue_date"].confidence <= 0.5
    assert [(d.reason, d.rival) for d in alone.doubts if d.field == "issue_date"] == [("day_or_month", "2018-03-02")]
    assert not any(d.reason == "day_or_month" for d in (*told.doubts, *there.doubts))
    assert (there.fields["issue_date"].value, there.fields["issue_date"].confidence > 0.5) == ("2018-02-03", True)
    assert told.fields["issue_date"].value == "2018-03-02"
    assert told.fields["issue_date"].confidence > 0.5


def test_a_field_says_where_it_was_read():
    """Value, text as printed, rule, page, place and line ids point at the same spot."""
    field = reading(*HEAD, [(20, "TOTAL"), (400, "RM 36.10")], *FOOT).fields["total_gross"]
    assert (field.raw, field.source, field.page, field.line_ids) == ("RM 36.10", "rule", 1, ("1-9",))
    assert field.source_id is not None
    assert field.source_id.startswith("receipt-en.amounts.")
    assert field.box is not None
    assert field.box[0] == 400


GERMAN = (
    "Gasthaus Zum Lindenhof",
    "Inh. Erika Beispiel e.K.",
    "Dorfstraße 12, 99998 Musterstadt",
    "St.-Nr. 123/456/78901",
    "",
    [(20, "Datum 21.03.2026"), (600, "20:14 Uhr")],
    [(20, "Bon-Nr.: 4711"), (600, "Tisch 7")],
    [(20, "2 x Suppe"), (700, "11,00")],
    [(20, "Apfelschorle"), (700, "3,90")],
    [(20, "Zwischensumme"), (700, "14,90")],
    [(20, "Summe"), (700, "14,90")],
    [(20, "Bar gegeben"), (700, "20,00")],
    [(20, "Rückgeld"), (700, "5,10")],
    [(20, "A 7,0%"), (300, "10,28"), (500, "0,72"), (700, "11,00")],
    [(20, "B 19,0%"), (300, "3,28"), (500, "0,62"), (700, "3,90")],
    "Vielen Dank für Ihren Besuch!",
)


def test_german_receipt():
    """The owner's line is no name, cash is no total, and taxes by rate add up."""
    found = reading(*GERMAN)
    assert found.pack == "receipt-de"
    expected = {
        "document_type": "receipt",
        "seller.name": "Gasthaus Zum Lindenhof",
        "seller.address": "Dorfstraße 12, 99998 Musterstadt",
        "seller.tax_id": "123/456/78901",
        "invoice_number": "4711",
        "issue_date": "2026-03-21",
        "currency": "EUR",
        "total_gross": "14.90",
        "total_tax": "1.34",
        "total_net": "13.56",
    }
    assert {path: values(found).get(path) for path in expected} == expected
    assert found.fields["total_tax"].source == "derived"


@pytest.mark.parametrize(
    "total",
    [
        pytest.param([(20, "TOTAL"), (400, "RM 36. 10")], id="blank-behind-the-point"),
        pytest.param([(20, "TOTAL"), (400, "RM 36 .10")], id="blank-before-it"),
        pytest.param([(20, "TOTAL"), (400, "RM 36."), (470, "10")], id="two-boxes"),
        pytest.param([(20, "TOTAL"), (400, "RM 36"), (459, ".10")], id="two-boxes-and-the-point-in-the-second"),
    ],
)
def test_a_number_in_parts_is_one_number(total):
    """A point is set with white around it; neither 36 nor 0.10 is the total."""
    assert values(reading(*HEAD, total, *FOOT))["total_gross"] == "36.10"


def test_numbers_of_two_columns_stay_two():
    """A count and a price stand further apart than the digits of one number."""
    found = reading(*HEAD, [(20, "TOTAL"), (300, "36"), (400, "36.10")], *FOOT)
    assert values(found)["total_gross"] == "36.10"


SHOP = [(20, "Musée des Anges, Place des Trois Tilleuls"), (500, "REÇU"), (740, "11/12/2022"), (880, "12h42")]
SOLD = (
    [(314, "Description"), (634, "Total")],
    [(314, "Entrée plein tarif"), (634, "6,00€")],
    [(314, "Entrée tarif réduit"), (634, "3,50€")],
    [(530, "Payé"), (634, "9,50€")],
)


def test_a_row_says_who_and_where_and_more():
    """A title, a date and a time beside a name are none of it; what follows its comma is the street."""
    found = values(reading(SHOP, *SOLD, pack="receipt-fr"))
    assert found["seller.name"] == "Musée des Anges"
    assert found["seller.address"] == "Place des Trois Tilleuls"


def test_a_slip_beside_its_receipt_does_not_double_the_name():
    """A receipt and the slip of its card terminal on one picture begin with the same words."""
    beside = [[(20, text), (700, other)] for text, other in (("MEADOW FARM", "MEADOW FARM"), ("12 MILL LANE,", "CARD"))]
    found = values(reading(*beside, "OTLEY LS21 3AB", [(20, "TOTAL"), (400, "36.10")], pack="receipt-en"))
    assert found["seller.name"] == "MEADOW FARM"


def test_the_heading_of_the_goods_ends_the_head():
    """Words that head columns are nobody's name, and nobody lives below them."""
    layout = lay_out(document([(740, "11/12/2022")], *SOLD))
    pack = shipped_packs().by_name("receipt-fr")
    page = view_page(layout, pack)
    candidates = collect(page)
    assert "Description Total" not in {c.value for c in candidates}
    wild = np.full((len(page.layout.cells), len(PATHS)), 3.0, dtype=np.float32)
    opinion = Opinion(wild, np.zeros(len(PATHS), dtype=np.float32), np.ones((len(wild), 2), dtype=np.bool_))
    for path in ("seller.name", "seller.address"):
        assert not [o.value for o in options_of(page, path, candidates, {}, opinion) if "Description" in o.value]


@pytest.mark.parametrize("line", ["(208)555-0117 MANAGER TOM REYES", "STORE 03317", "Store #0418"])
def test_a_shops_number_is_no_part_of_its_address(line: str):
    rows = ("HAMMER HUT", "1188 INDUSTRIAL PKWY", "BOISE ID 83704", line, [(20, "TOTAL"), (400, "72.50")])
    found = values(reading(*rows, pack="receipt-en"))
    assert found["seller.address"] == "1188 INDUSTRIAL PKWY BOISE ID 83704"
    pattern = shipped_packs().by_name("receipt-en").header.not_address
    assert pattern is not None
    assert pattern.search(line.upper())


def test_a_number_read_in_two_parts_with_its_sign_is_one():
    """A detector parts `RM 64. 15` where every number of a till stands so."""
    rows = [[(20, "TOTAL"), (400, "RM 64."), (480, "15")], [(20, "CASH"), (400, "RM 70."), (480, "00")]]
    assert values(reading(*HEAD, *rows, pack="receipt-en"))["total_gross"] == "64.15"


def test_goods_of_a_till_whose_money_has_no_decimals():
    goods = sums(("Pho bo 2", "170,000"), ("Spring rolls 1", "85,000"), ("Tea", "900"))
    found = reading("PHO SAIGON", *goods, *sums(("Total VND", "255,900"), ("Cash VND", "300,000")), pack="receipt-en")
    assert [item["net_amount"] for item in items(found)] == ["170000", "85000", "900"]


@pytest.mark.parametrize("label", ["9% GST", "GST 9%"])
def test_a_rate_stands_before_or_behind_its_tax(label):
    rows = sums(("SUBTOTAL", "113.50"), (label, "10.21"), ("TOTAL", "123.71"))
    assert values(reading(*HEAD, *rows, pack="receipt-en"))["total_tax"] == "10.21"


def test_the_price_of_one_behind_a_name():
    """Restaurants and shops print it in brackets or bare, where it makes the amount."""
    goods = [(20, "2 Clam Chowder (@8.00)"), (400, "16.00")], [(20, "2 x Tea towel @ £9.95"), (400, "19.90")]
    found = items(reading("THE OLD PIER", *goods, [(20, "Total"), (400, "35.90")], pack="receipt-en"))
    assert [(i["description"], i["quantity"], i["unit_price"], i["net_amount"]) for i in found] == [
        ("Clam Chowder", "2", "8.00", "16.00"), ("Tea towel", "2", "9.95", "19.90"),
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["802-555-0147", "(503) 555-0164", "1-800-555-0175"])
def test_an_american_shops_telephone_has_no_label(number: str):
    rows = ("JUNIPER COFFEE BAR", "77 PEARL ST", "BURLINGTON VT 05401", number, [(20, "Total"), (400, "31.09")])
    assert values(reading(*rows, pack="receipt-en"))["seller.phone"] == number


def test_a_card_that_is_sold_is_no_payment():
    """It stands above the sums; what was paid stands below them."""
    rows = (
        [(20, "Gift card"), (400, "25.00")],
        [(20, "SUBTOTAL"), (400, "50.99")],
        [(20, "SALES TAX 7.75%"), (400, "2.01")],
    )
    paid = [(20, "TOTAL"), (400, "53.00")], [(20, "CASH"), (400, "60.00")], [(20, "CHANGE"), (400, "7.00")]
    found = values(reading("PAGE & LANTERN BOOKS", *rows, *paid, pack="receipt-en"))
    assert (found["total_gross"], found["amount_paid"]) == ("53.00", "60.00")


def test_a_telephone_alone_is_no_part_of_an_address():
    pattern = shipped_packs().by_name("receipt-en").header.not_address
    assert pattern is not None
    assert pattern.search("01765 550 118")
    assert not pattern.search("HG4 1PB")


def test_a_french_shops_telephone_has_no_label():
    """The number of its register below is another one."""
    rows = ("AU PAIN DORÉ", "12 place du Marché", "67000 STRASBOURG", "03 88 55 01 49", "SIRET 511 208 774 00015")
    assert (
        values(reading(*rows, [(20, "TOTAL"), (400, "19,30")], pack="receipt-fr"))["seller.phone"] == "03 88 55 01 49"
    )


def test_cash_as_high_as_the_total_without_tax_is_a_payment():
    """The total without tax is no balance of a bill before."""
    found = values(reading(
        "RESTORAN WAN SHIN", "43200 CHERAS, SELANGOR", "TAX INVOICE", "DATE: 30-06-2018 22:16",
        [(20, "SOYA BEAN"), (600, "4.20")], [(20, "TOTAL (EXCLUDING GST):"), (600, "4.20")],
        [(20, "TOTAL (INCLUSIVE OF GST):"), (600, "4.20")], [(20, "TOTAL :"), (600, "4.20")],
        [(20, "CASH :"), (600, "4.20")],
        pack="receipt-en",
    ))  # fmt: skip
    assert (found["total_gross"], found["amount_paid"]) == ("4.20", "4.20")
