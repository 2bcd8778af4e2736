"""What invoices of single countries print: account numbers, tax numbers, names and rows set as their programs do."""

from __future__ import annotations

import pytest

from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from docpipe.stages.key_fields.shapes import read_shape
from docpipe.values.number_format import NumberFormat
from tests.stages.key_fields.placing import document, items, reading, values

END_NL = [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")], [(20, "Advies"), (700, "2"), (1000, "100,00")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ES91 2100 0418 4502 0005 1332 en un plazo de 30 días", "ES9121000418450200051332"),
        ("NL91 ABNA 0417 1643 00 t.n.v. De Vries", "NL91ABNA0417164300"),
        ("ES91 2100 0418 4502 0005 1333 en un plazo", "ES9121000418450200051333"),
        ("61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874"),
    ],
)
def test_an_account_number_ends_where_words_begin(text, value):
    """Words behind it are none of it, right check digits or not; Poland leaves its letters out."""
    found = next(iter(read_shape("iban", text, NumberFormat(), True)))
    assert found.value == value


def test_an_account_number_needs_no_label():
    """Check digits say what it is; the register's number is not looked for in it."""
    found = values(
        reading(
            "Klaverblad Software NV", "Kortrijksesteenweg 1144", "9051 Gent", "", "FACTUUR", "Factuurnummer: 26/4512",
            "", *END_NL, *[""] * 8, "Klaverblad Software NV - RPR Gent - Belfius BE71 0961 2345 6769 - BIC GKCCBEBB",
        )
    )  # fmt: skip
    assert found["payment.iban"] == "BE71096123456769"
    assert found.get("seller.registration_id") is None


def test_the_number_of_the_indian_tax_is_one():
    """It has seven letters; the account below the bank's name is no customer's number."""
    found = values(
        reading(
            "Shree Textiles Pvt. Ltd.", "Plot No. 47, GIDC Estate", "Surat - 394230", "GSTIN/UIN: 24AAKFS7781M1Z4", "",
            "TAX INVOICE", "Invoice No: SPT/419", "", [(20, "Description"), (700, "Quantity"), (1000, "Amount")],
            [(20, "Poplin"), (700, "2"), (1000, "100.00")], [(20, "Total"), (1000, "100.00")], "",
            "Bank Name : HDFC Bank", "A/c No. : 50200018443921", "Branch & IFS Code : Sachin & HDFC0001988",
        )
    )  # fmt: skip
    assert found["seller.tax_id"] == "24AAKFS7781M1Z4"
    assert (found.get("buyer.customer_id"), found["seller.bank_account"]) == (None, "50200018443921")


def test_a_name_on_two_lines_is_one_where_the_page_says_so():
    """The second line alone is no name: the page prints both in one piece, over the end of a line."""
    rows = (
        "Van der Meulen", "Installatietechniek B.V.", "Koperslagerstraat 18", "3316 BC Dordrecht", "KvK 51280449", "",
        "FACTUUR", "Factuurnummer: 2026-0387", "Factuur aan", "Familie De Groot", "Merwedeplantsoen 7",
        "3313 TT Dordrecht", *END_NL, "",
    )  # fmt: skip
    told = values(reading(*rows, "Gelieve te voldoen t.n.v. Van der", "Meulen Installatietechniek B.V. te Dordrecht"))
    assert told["seller.name"] == "Van der Meulen Installatietechniek B.V."
    assert values(reading(*rows))["seller.name"] == "Van der Meulen"


def test_a_legal_form_alone_ends_a_name_of_three_lines():
    """A narrow column parts a name: the line of the legal form belongs to the two above it."""
    found = values(
        reading(
            "Dunmore Office", "Interiors", "Limited", "Unit 12", "Dublin 24", "D24 AX51", "", "INVOICE",
            "Invoice No: 4711", "Bill To", "Harcourt Dental Care", "9 Camden Row", "Dublin D08 R6PW", "",
            [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Chair"), (700, "2"), (1000, "100.00")],
        )
    )  # fmt: skip
    assert found["seller.name"] == "Dunmore Office Interiors Limited"


def test_numbers_in_the_middle_of_their_words():
    """A text of two lines has its numbers between them, one of three in its second: each line goes with its own."""
    heading = [(20, "Omschrijving"), (500, "Aantal"), (700, "Prijs"), (960, "Bedrag")]

    def numbers(*cells: str) -> list[tuple[int, str]]:
        return list(zip((500, 700, 960), cells, strict=True))

    page = document(
        "FACTUUR", "", "", "Factuurnummer: 2026-0387", "", "", heading, "", "",
        [(20, "Visitekaartjes"), *numbers("2", "30,00", "60,00")], "", "",
        [(20, "Gastenboek met harde kaft, honderd")], numbers("4", "42,50", "170,00"), [(20, "genummerde bladen")], "",
        "", [(20, "Vlag")], "", [(20, "met houten"), *numbers("1", "20,00", "20,00")], "", [(20, "stok")], "", "", "",
        [(700, "Totaal"), (960, "250,00")], step=11,
    )  # fmt: skip
    assert [item["description"] for item in items(extract_fields(page, shipped_packs()))] == [
        "Visitekaartjes", "Gastenboek met harde kaft, honderd genummerde bladen", "Vlag met houten stok",
    ]  # fmt: skip


def test_a_label_that_says_facturatie_names_the_buyer():
    """`Facturatie aan` stands over the buyer and is no name."""
    found = values(
        reading(
            [(20, "Facturatie aan"), (600, "Van")], [(20, "Bakkerij Janssens"), (600, "Klaverblad Software NV")],
            [(20, "Dorpsstraat 45"), (600, "Kortrijksesteenweg 1144")], [(20, "2920 Kalmthout"), (600, "9051 Gent")],
            "", "FACTUUR", "Factuurnummer: 26/4512", "", *END_NL,
        )
    )  # fmt: skip
    assert (found["buyer.name"], found["seller.name"]) == ("Bakkerij Janssens", "Klaverblad Software NV")
