"""Invoices in German, French and English, and broadcasters' orders: labels, parties, totals, goods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docpipe.document import polygon_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from tests.stages.key_fields.placing import document, items, reading, values

GERMAN = (
    "Nordwind Handel GmbH - Hafenstr. 5 - 20457 Hamburg",
    [(20, "Erika Beispiel"), (600, "RECHNUNG")],
    [(20, "Lindenweg 8"), (600, "Rechnungs-Nr."), (900, "R-2024/0815")],
    [(20, "50667 Köln"), (600, "Rechnungsdatum:"), (900, "05.03.2024")],
    [(600, "Kundennummer"), (900, "K4711")],
    "",
    [(20, "Pos"), (90, "Bezeichnung"), (500, "Menge"), (650, "Einzelpreis"), (850, "MwSt"), (1000, "Gesamtpreis")],
    [(20, "1"), (90, "Teekanne, blau"), (500, "2 Stk"), (680, "24,50"), (850, "19 %"), (1040, "49,00")],
    [(90, "mit Deckel")],
    [(20, "2"), (90, "Buch: Tee"), (500, "1 Stk"), (680, "10,00"), (850, "7 %"), (1040, "10,00")],
    [(650, "Nettobetrag"), (1040, "59,00")],
    [(650, "zzgl. 7 % MwSt auf 10,00"), (1040, "0,70")],
    [(650, "zzgl. 19 % MwSt auf 49,00"), (1040, "9,31")],
    [(650, "Rechnungsbetrag"), (1040, "69,01")],
    "IBAN: DE89 3704 0044 0532 0130 00   BIC: COBADEFFXXX   USt-IdNr.: DE136695976",
    "Zahlbar bis 19.03.2024",
)


def test_german_invoice():
    """Sender line, address window, labels at the right, decimal comma."""
    found = reading(*GERMAN)
    assert found.pack == "invoice-de"
    expected = {
        "document_type": "invoice",
        "invoice_number": "R-2024/0815",
        "issue_date": "2024-03-05",
        "due_date": "2024-03-19",
        "buyer.name": "Erika Beispiel",
        "buyer.customer_id": "K4711",
        "seller.name": "Nordwind Handel GmbH",
        "seller.tax_id": "DE136695976",
        "payment.iban": "DE89370400440532013000",
        "payment.bic": "COBADEFFXXX",
        "currency": "EUR",
        "total_net": "59.00",
        "total_gross": "69.01",
    }
    assert {path: values(found).get(path) for path in expected} == expected


def test_german_goods():
    """Each row of goods with its numbers; a line below goes on with the description."""
    assert items(reading(*GERMAN)) == [
        {"line_no": "1", "unit": "Stk", "quantity": "2", "unit_price": "24.50", "tax_rate": "19", "net_amount": "49.00",
         "description": "Teekanne, blau mit Deckel"},
        {"line_no": "2", "unit": "Stk", "quantity": "1", "unit_price": "10.00", "tax_rate": "7", "net_amount": "10.00",
         "description": "Buch: Tee"},
    ]  # fmt: skip


def test_totals_under_headings():
    """Where amounts stand in columns, the heading above says what they are, and the last row counts."""
    found = values(
        reading(
            "RECHNUNG Nr. 77 vom 01.02.2024",
            [(20, "Nettobetrag"), (300, "MwSt-Betrag"), (600, "MwSt-%"), (900, "Endbetrag")],
            [(20, "100,00"), (300, "19,00"), (600, "19,0"), (900, "119,00")],
            [(20, "10,00"), (300, "0,70"), (600, "7,0"), (900, "10,70")],
            [(20, "110,00"), (300, "19,70"), (600, "EUR"), (900, "129,70")],
        )
    )
    assert (found["total_net"], found["total_tax"], found["total_gross"]) == ("110.00", "19.70", "129.70")
    assert (found["invoice_number"], found["issue_date"]) == ("77", "2024-02-01")


def test_french_invoice():
    """HT, TVA and TTC; groups of digits parted by spaces."""
    found = reading(
        "Moulin Vert SARL - 3 rue du Pont - 84000 Avignon - France",
        "Facture N° FA-2024-12",
        [(20, "Date de facture"), (400, "16/11/2024")],
        [(20, "Date d'échéance"), (400, "30/11/2024")],
        [(20, "Total HT"), (400, "1 250,00 €")],
        [(20, "TVA 20,0%"), (400, "250,00 €")],
        [(20, "Total TTC"), (400, "1 500,00 €")],
    )
    assert found.pack == "invoice-fr"
    got = values(found)
    assert (got["total_net"], got["total_tax"], got["total_gross"]) == ("1250.00", "250.00", "1500.00")
    assert (got["invoice_number"], got["issue_date"], got["due_date"]) == ("FA-2024-12", "2024-11-16", "2024-11-30")


def test_english_invoice():
    """Bill To names the buyer, the rows below it the address; net, tax, total."""
    found = reading(
        [(20, "Harbour Tools Ltd"), (700, "INVOICE")],
        [(20, "1 Quay Road"), (700, "Invoice No: INV-0042")],
        [(20, "Bristol BS1 4DJ"), (700, "Invoice Date: 21 March 2024")],
        [(700, "Due Date: 20 April 2024")],
        "Bill To:",
        "Anna Example",
        "9 Hill Street",
        "Leeds LS1 1AA",
        "",
        [(20, "Description"), (500, "Qty"), (700, "Unit Price"), (1000, "Amount")],
        [(20, "Hammer"), (500, "3"), (700, "12.00"), (1000, "36.00")],
        [(700, "Subtotal"), (1000, "36.00")],
        [(700, "VAT 20%"), (1000, "7.20")],
        [(700, "Total"), (1000, "£43.20")],
    )
    got = values(found)
    assert found.pack == "invoice-en"
    assert (got["buyer.name"], got["seller.name"]) == ("Anna Example", "Harbour Tools Ltd")
    assert (got["invoice_number"], got["issue_date"], got["due_date"]) == ("INV-0042", "2024-03-21", "2024-04-20")
    assert (got["total_net"], got["total_tax"], got["total_gross"], got["currency"]) == (
        "36.00",
        "7.20",
        "43.20",
        "GBP",
    )
    assert items(found) == [{"quantity": "3", "unit_price": "12.00", "net_amount": "36.00", "description": "Hammer"}]


def test_broadcast_order():
    """Month before day; the flight gives both ends; a value may stand below its label."""
    found = reading(
        [(20, "CONTRACT"), (600, "Print Date 02/28/24")],
        [(20, "WXYZ"), (400, "Contract / Revision"), (800, "Alt Order #")],
        [(400, "1528945 /"), (800, "26780733")],
        [(400, "Advertiser"), (800, "Product")],
        [(400, "Friends of Tea"), (800, "Issue")],
        [(400, "Flight Dates"), (800, "Agency")],
        [(400, "02/03/24 - 03/04/24")],
        [(20, "Gross Amount"), (300, "$1,190.00"), (600, "Net Amount"), (900, "$1,011.50")],
    )
    got = values(found)
    assert found.pack == "broadcast-en"
    assert (got["contract_number"], got["buyer.name"]) == ("1528945", "Friends of Tea")
    assert (got["period_start"], got["period_end"]) == ("2024-02-03", "2024-03-04")
    assert (got["total_gross"], got["total_net"], got["currency"]) == ("1190.00", "1011.50", "USD")


def test_no_net_is_printed():
    """Then the net follows from gross and tax, and says that it was derived."""
    found = reading("INVOICE NO 12", [(20, "VAT"), (400, "10.00")], [(20, "Invoice total"), (400, "60.00")])
    net = found.fields["total_net"]
    assert (net.value, net.source, net.page, net.line_ids) == ("50.00", "derived", None, ())


def test_tax_of_several_rates_is_their_sum():
    """No line says what both rates come to; net and gross prove the sum. A rate's base is no tax."""
    field = reading(*GERMAN).fields["total_tax"]
    assert (field.value, field.source) == ("10.01", "derived")
    assert len(field.line_ids) == 2


def test_a_printed_sum_of_taxes_is_taken_as_it_stands():
    rows = [*GERMAN[:-3], [(650, "Steuerbetrag"), (1040, "10,01")], *GERMAN[-3:]]
    field = reading(*rows).fields["total_tax"]
    assert (field.value, field.source) == ("10.01", "rule")


def test_an_order_number_stands_right_of_a_label_with_its_sign():
    found = reading(
        "INVOICE", [(20, "Invoice #"), (600, "QR-7714")], [(20, "PO #"), (600, "HD-2231")], pack="invoice-en"
    )
    assert values(found)["purchase_order"] == "HD-2231"


def test_an_invoice_that_names_a_purchase_order_is_an_invoice():
    found = reading(
        [(20, "Alder Tools Ltd"), (700, "Invoice number"), (950, "A-17")],
        [(20, "Bill to"), (700, "Purchase order"), (950, "PO-9")],
        [(20, "Birch Farm Ltd"), (700, "Invoice date"), (950, "3 March 2026")],
        [(20, "VAT total"), (950, "20.00")],
        [(20, "Total due"), (950, "120.00")],
    )
    assert values(found)["document_type"] == "invoice"
    assert values(found)["purchase_order"] == "PO-9"


def test_a_title_in_large_letters_says_what_it_is():
    """A purchase order says where its invoice is to go."""
    found = document(
        "PURCHASE ORDER",
        [(20, "Order no: 4711"), (700, "Date: 3 March 2026")],
        "Send the invoice to accounts; invoice number and date must be given.",
        [(20, "Subtotal"), (950, "100.00")],
        [(20, "Total"), (950, "120.00")],
    )
    (page,) = found.pages
    title = replace(page.lines[0], polygon=polygon_of((20, 5, 400, 45)))
    page = replace(page, lines=(title, *page.lines[1:]))
    fields = extract_fields(replace(found, pages=(page,)), shipped_packs(), "invoice-en").fields
    assert fields["document_type"].value == "order"


LETTER = (
    "Tannhof Beispiel GmbH",
    "Waldallee 11, 99997 Musterhausen",
    "",
    "Druckerei Zeilensprung KG",
    "Am Hang 3",
    "99996 Probestadt",
    "",
    [(20, "Rechnung Nr."), (400, "R-7"), (700, "Datum"), (900, "31.03.2026")],
    [(20, "Summe netto"), (900, "100,00")],
    [(20, "19 % USt."), (900, "19,00")],
    [(20, "Gesamtbetrag"), (900, "119,00")],
)


def test_the_letterhead_is_the_seller_and_the_address_window_the_buyer():
    """No word says who is who: the upper block is the seller's."""
    found = values(reading(*LETTER))
    assert found["seller.name"] == "Tannhof Beispiel GmbH"
    assert found["seller.address"] == "Waldallee 11, 99997 Musterhausen"
    assert found["buyer.name"] == "Druckerei Zeilensprung KG"
    assert found["buyer.address"] == "Am Hang 3, 99996 Probestadt"


def test_large_letters_are_a_letterhead():
    """A seller without a legal form stands in large letters over a buyer that has one."""
    found = document("Linde & Partner", *LETTER[1:])
    (page,) = found.pages
    large = replace(page.lines[0], polygon=polygon_of((20, 5, 400, 40)))
    page = replace(page, lines=(large, *page.lines[1:]))
    fields = extract_fields(replace(found, pages=(page,)), shipped_packs()).fields
    assert fields["seller.name"].value == "Linde & Partner"
    assert fields["buyer.name"].value == "Druckerei Zeilensprung KG"


def test_an_address_below_an_inline_buyer():
    found = reading(
        [(20, "INVOICE")],
        [(20, "Invoice No: BM-0612"), (600, "To: Orchard Dairy Ltd")],
        [(20, "Date: 11 June 2026"), (600, "Long Farm")],
        [(20, "Invoice total: GBP 20.00"), (600, "Seaton TQ1 1MK")],
    )
    assert values(found)["buyer.name"] == "Orchard Dairy Ltd"
    assert values(found)["buyer.address"] == "Long Farm, Seaton TQ1 1MK"


PLAIN = ("Marlow & Finch Ltd", [(600, "INVOICE")], [(600, "Invoice number:"), (800, "LW-771")], "")


@pytest.mark.parametrize(
    ("rows", "sums"),
    [
        pytest.param(
            ([(600, "Subtotal"), (800, "102 459")], [(600, "TVA 13 %"), (800, "13 320")],
             [(600, "Total XPF"), (800, "115 779")]),
            ("102459", "13320", "115779"), id="francs-without-cents",
        ),
        pytest.param(
            ([(600, "Subtotal"), (800, "378,400")], [(600, "Consumption tax 10%"), (800, "37,840")],
             [(600, "Total JPY"), (800, "416,240")]),
            ("378400", "37840", "416240"), id="yen",
        ),
        pytest.param(
            ([(600, "Subtotal"), (800, "12.500")], [(600, "VAT 5%"), (800, "0.625")],
             [(600, "Total KWD"), (800, "13.125")]),
            ("12.500", "0.625", "13.125"), id="dinars-of-a-thousand-fils",
        ),
        pytest.param(
            ([(600, "Subtotal"), (800, "1 028.80")], [(600, "VAT 20%"), (800, "205.76")],
             [(600, "Total"), (800, "R 1 234.56")]),
            ("1028.80", "205.76", "1234.56"), id="thousands-by-a-space",
        ),
    ],
)  # fmt: skip
def test_the_document_itself_says_how_numbers_are_written(rows, sums):
    """Thousands signs and decimals follow from the digits and the currency, not from the language."""
    found = values(reading(*PLAIN, *rows, pack="invoice-en"))
    assert (found["total_net"], found["total_tax"], found["total_gross"]) == sums


@pytest.mark.parametrize(
    "rows",
    [
        ["Bank: Northbank  Sort code 20-11-33  Account 00451122"],
        ["Bank: Northbank  IBAN GB29 NWBK 6016 1331 9268 19", "Account 601613 31926819"],
    ],
    ids=["one line", "the line below"],
)
def test_an_account_at_the_bank_is_no_customer_number(rows):
    """`Account` names both; beside the bank's words it is the bank's, and right below them it is doubtful."""
    sheet = ("INVOICE", "Alder Tools Ltd", "8 Quay Road", "Leeds LS1 4AB", "", "Bill to", "Oakfield Joinery Ltd",
             "17 Mill Lane", "York YO1 7HT", "", [(20, "Invoice number"), (400, "BW-7712")],
             [(20, "Subtotal"), (900, "250.00")], [(20, "VAT 20%"), (900, "50.00")],
             [(20, "Total GBP"), (900, "300.00")], "")  # fmt: skip
    found = reading(*sheet, *rows)
    assert "buyer.customer_id" not in found.fields or "buyer.customer_id" in {doubt.field for doubt in found.doubts}
    assert values(reading(*sheet, "Account 00451122"))["buyer.customer_id"] == "00451122"
