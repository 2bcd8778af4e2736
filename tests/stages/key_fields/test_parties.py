"""Seller and buyer are decided together: who is who, where names end, and what is said when the choice is close."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import reading, values


def test_a_word_beside_the_name_is_read_on_to_the_right():
    """`To | NAME` names the buyer; the label below it, `Address`, is no name."""
    found = values(
        reading(
            [(20, "Marlow & Finch Ltd")],
            [(20, "12 Mill Lane, Otley LS21 3AB")],
            [(20, "INVOICE"), (800, "Invoice number: A-2041")],
            [(20, "To"), (200, "TARN HOWS LTD")],
            [(20, "Address"), (200, "Accounts Payable,")],
            [(200, "2 Kingdom Street")],
            [(200, "London W2 6BD")],
            [(20, "Total GBP"), (1000, "180.00")],
        )
    )
    assert (found["buyer.name"], found["buyer.address"]) == ("TARN HOWS LTD", "2 Kingdom Street, London W2 6BD")
    assert found["seller.name"] == "Marlow & Finch Ltd"


def test_trade_name_and_legal_name_are_one_firm():
    """The trade name on top and the legal name below it name the seller, never the buyer."""
    found = values(
        reading(
            "Muster",
            "Muster Works France",
            "27 rue des Lilas",
            "69100 Villeurbanne",
            "",
            [(700, "Cabinet Exemple")],
            [(700, "42 rue de l'audit")],
            [(700, "69100 Villeurbanne")],
            "",
            "Invoice VT/2026/0001",
            [(20, "Invoice Date: 21/09/2026")],
            [(600, "Total"), (1000, "1,810.80 €")],
        )
    )
    assert (found["seller.name"], found["buyer.name"]) == ("Muster Works France", "Cabinet Exemple")


def test_a_name_over_two_lines_is_joined():
    """A second line that begins small, with `&` or with a legal form goes on with the name."""
    found = values(
        reading(
            "Rechnung",
            [(20, "Rechnungsempfänger:"), (700, "Verkäufer:")],
            [(20, "Metallbau Leipzig"), (700, "Gebrüder Anders &")],
            [(20, "GmbH & Co. KG"), (700, "Partner GbR")],
            [(20, "Pappelallee 15"), (700, "Marktstr. 1")],
            [(20, "12345 Leipzig"), (700, "38226 Salzgitter")],
            [(20, "Gesamtbetrag"), (1000, "119,00 EUR")],
        )
    )
    assert found["buyer.name"] == "Metallbau Leipzig GmbH & Co. KG"
    assert found["seller.name"] == "Gebrüder Anders & Partner GbR"


def test_tax_numbers_belong_to_the_block_they_stand_in():
    """One label in both blocks gives each party its own number; a rate or an amount is none."""
    found = values(
        reading(
            "FATTURA n. 7/2026 del 14/03/2026",
            [(20, "Fornitore"), (700, "Cliente")],
            [(20, "Falegnameria Bertolotti S.r.l."), (700, "Panificio Rossetti S.a.s.")],
            [(20, "Via Garibaldi 14"), (700, "Corso Italia 88")],
            [(20, "20121 Milano"), (700, "10128 Torino")],
            [(20, "P.IVA: IT01234567890"), (700, "P.IVA: IT05544332211")],
            [(600, "IVA 22%"), (1000, "272,80")],
            [(600, "Totale fattura"), (1000, "1.512,80")],
        )
    )
    assert (found["seller.tax_id"], found["buyer.tax_id"]) == ("IT01234567890", "IT05544332211")


@pytest.mark.parametrize("amount", ["1,509.00", "20%", "301.80"])
def test_an_amount_beside_a_tax_label_is_no_tax_number(amount):
    """`TVA | 301.80` names a sum of tax."""
    found = values(
        reading("Invoice", [(20, "Muster Ltd")], [(600, "VAT No"), (900, amount)], [(600, "Total"), (900, "1,810.80")])
    )
    assert found.get("seller.tax_id") is None


def test_a_close_choice_is_said():
    """Two blocks that nothing tells apart are both named in the doubt."""
    found = reading(
        "Invoice 417",
        "Alder & Sons",
        "1 Elm Street",
        "Leeds LS9 8AG",
        "",
        "Birch Brothers",
        "2 Oak Street",
        "York YO31 7EX",
        *[""] * 14,
        [(600, "Total"), (1000, "£10.00")],
    )
    names = {doubt.field: (doubt.reason, doubt.rival) for doubt in found.doubts}
    assert names["seller.name"] == ("close_choice", found.fields["buyer.name"].value)
    assert found.fields["seller.name"].value != found.fields["buyer.name"].value


def test_an_address_without_a_town_is_said_to_be_incomplete():
    """What may go on elsewhere is not passed in silence."""
    found = reading(
        "INVOICE", [(20, "From:"), (700, "Bill to:")], [(20, "Alder Ltd"), (700, "Birch Ltd")],
        [(20, "Leeds LS9 8AG"), (700, "2 Oak Street")], [(600, "Total"), (1000, "£10.00")],
    )  # fmt: skip
    assert ("buyer.address", "incomplete") in [(doubt.field, doubt.reason) for doubt in found.doubts]


@pytest.mark.parametrize("text", ["INVOICE" + "A" * 5000, "A1 " * 2000, "12 Mill Road " * 500, "A, " * 2000])
def test_a_line_without_end_is_no_party(text):
    """Running text of any length is passed over, in time."""
    found = values(reading("INVOICE 17", [(20, "Bill to:"), (700, text)], "Birch Ltd", pack="invoice-en"))
    assert found["buyer.name"] == "Birch Ltd"


def test_the_word_for_a_payee_ends_the_value_before_it():
    """`Terms: net 30 days. Make checks payable to X` gives terms and no more."""
    found = values(
        reading(
            "INVOICE 17", "Alder Inc", "Terms: net 30 days. Make checks payable to Alder Inc",
            [(600, "Total"), (1000, "$10.00")],
        )
    )  # fmt: skip
    assert found["payment_terms"] == "net 30 days"


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ("Antriebstechnik an der Ruhr", "Brink & Söhne KG", "Antriebstechnik an der Ruhr Brink & Söhne KG"),
        ("Gasthof zur Alpenrose", "Moosbrugger KG", "Gasthof zur Alpenrose Moosbrugger KG"),
        ("Thomas Berg", "Berg Pumpen GmbH", "Berg Pumpen GmbH"),
        ("Sabine Lehr", "Moosbrugger KG", "Moosbrugger KG"),
    ],
)  # fmt: skip
def test_a_name_in_two_lines_of_one_style(first, second, name):
    """The first line was taken for a trade name or a person and dropped."""
    rows = ["Kessler Werk AG", "Am Damm 3", "20457 Hamburg", "USt-IdNr. DE136695976", "", "Kunde", first, second]
    rows += [
        "Schederhofstraße 120",
        "45145 Essen",
        "",
        "Rechnung Nr. 4711",
        [(20, "Gesamtbetrag"), (600, "119,00 EUR")],
    ]
    assert values(reading(*rows, pack="invoice-de"))["buyer.name"] == name
