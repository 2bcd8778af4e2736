"""Names that are doubted although their place is clear: two names of one party, streets, numbers, misread letters."""

from __future__ import annotations

from dataclasses import replace

from docpipe.document import polygon_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from tests.stages.key_fields.placing import document, reading

END = [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Advice"), (700, "2"), (1000, "100.00")]
SELLER = ("Kessler Trading Ltd", "7 Dock Street", "Hull HU1 3TE")


def party(*rows, path):
    """Return the value of a party's field, and the reason and rival of the doubt about it."""
    found = reading(*rows, pack="invoice-en")
    doubts = [(doubt.reason, doubt.rival) for doubt in found.doubts if doubt.field == path]
    return found.fields[path].value if path in found.fields else None, doubts


def test_two_names_at_one_address_are_both_told():
    """The word says one name, the foot another one at the same address: the labelled one, and a doubt."""
    found = party(
        "INVOICE", "Invoice No: 4711", "", "Supplier", *SELLER, "", "Bill To", "Tarn Hows Ltd", "12 Mill Lane",
        "Otley LS21 3AB", "", *END, *[""] * 20, "Mercer Holdings plc", "7 Dock Street", "Hull HU1 3TE",
        path="seller.name",
    )  # fmt: skip
    assert found == ("Kessler Trading Ltd", [("two_names", "Mercer Holdings plc")])


def test_most_of_three_readings_win():
    """A letter misread once is mended by the two places that print the name as well."""
    line = "Kessler Trading Ltd - 7 Dock Street - Hull HU1 3TE"
    found = party(
        "Kess1er Trading Ltd", "7 Dock Street", "Hull HU1 3TE", "", line, "", "Bill To", "Tarn Hows Ltd",
        "12 Mill Lane", "Otley LS21 3AB", "", "INVOICE", "Invoice No: 4711", *END, *[""] * 20, line,
        path="seller.name",
    )  # fmt: skip
    assert found == ("Kessler Trading Ltd", [])


def test_a_street_for_a_name_is_doubted():
    """A label over an address that begins with the street: nobody is named, and that is said."""
    value, doubts = party(
        *SELLER, "", "INVOICE", "Invoice No: 4711", "", "Bill To", "12 Mill Lane", "Otley LS21 3AB", "", *END,
        path="buyer.name",
    )  # fmt: skip
    assert value is None or [reason for reason, _ in doubts] == ["odd_name"]


def test_a_number_in_a_name_is_doubted():
    """A name that ran together with the number beside it is shown to a person."""
    value, doubts = party(
        *SELLER, "", "INVOICE", "Invoice No: 4711", "", "Bill To", "Tarn Hows LtdFT 2022/200", "12 Mill Lane",
        "Otley LS21 3AB", "", *END,
        path="buyer.name",
    )  # fmt: skip
    assert value is None or [reason for reason, _ in doubts] == ["odd_name"]


def test_who_ordered_is_no_rival_of_the_labelled_buyer():
    """A second word for the buyer, with a name and no address, makes no close choice of one with an address."""
    value, doubts = party(
        *SELLER, "", "INVOICE", "Invoice No: 4711", "", "Bill To", "Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB",
        "", "Customer: Mr Mayer", "", *END,
        path="buyer.name",
    )  # fmt: skip
    found = reading(
        *SELLER, "", "INVOICE", "Invoice No: 4711", "", "Bill To", "Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB",
        "", "Customer: Mr Mayer", "", *END, pack="invoice-en",
    )  # fmt: skip
    assert (value, doubts) == ("Tarn Hows Ltd", [])
    assert found.fields["buyer.name"].confidence > 0.85


def test_the_person_over_the_tax_number_is_the_seller_not_the_logo():
    """The logo is what the mail address is called by; the number of taxes stands right under the person's name."""
    paper = document(
        "Lumina Studio", "", "", "", "Martha Whitlow Lane", "VAT No 553 1187 22", "12 Mill Lane", "Otley LS21 3AB",
        "martha@luminastudio.com", "", "Bill To", "Tarn Hows Ltd", "7 Dock Street", "Hull HU1 3TE", "", "INVOICE",
        "Invoice No: 4711", "", *END,
    )  # fmt: skip
    page = paper.pages[0]
    logo = replace(page.lines[0], polygon=polygon_of((20, 4, 420, 48)))
    paper = replace(paper, pages=(replace(page, lines=(logo, *page.lines[1:])),))
    found = extract_fields(paper, shipped_packs(), "invoice-en")
    assert found.fields["seller.name"].value == "Martha Whitlow Lane"
