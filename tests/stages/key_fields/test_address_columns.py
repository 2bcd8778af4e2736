"""Addresses of a firm side by side, on payment slips and in several prints: which one is the party's."""

from __future__ import annotations

from tests.stages.key_fields.placing import reading, values

END = [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Advice"), (700, "2"), (1000, "100.00")]
NUMBER = ("INVOICE", "Invoice No: 4711", "")
BUYER = ("Bill To", "Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB", "")
FOOT = [""] * 24


def test_addresses_in_columns_under_their_kinds_belong_to_the_name_above() -> None:
    """The street is taken before the box; the second firm, with a customer's number beside it, is the buyer."""
    rows = (
        "Dunes Hardware (Pty) Ltd", "VAT No: 4180221170",
        [(20, "Postal Address:"), (420, "Physical Address:")],
        [(20, "P O Box 1127"), (420, "16 Jetty Road")],
        [(20, "Dunefield"), (420, "Sandville")],
        [(20, "4125"), (420, "4110")],
        "", *NUMBER,
        [(20, "Ridge Builders (Pty) Ltd"), (700, "Customer VAT No: 4371109267")],
        "Postal Address:", "Private Bag X04", "Ridgeway Rocks", "4320", "", *END,
    )  # fmt: skip
    found = values(reading(*rows, pack="invoice-en"))
    assert found["seller.name"] == "Dunes Hardware (Pty) Ltd"
    assert found["seller.address"] == "16 Jetty Road, Sandville, 4110"
    assert found["buyer.name"] == "Ridge Builders (Pty) Ltd"
    assert found["buyer.address"] == "Private Bag X04, Ridgeway Rocks, 4320"


def test_to_on_a_payment_slip_names_who_is_paid() -> None:
    """The slip goes back to the seller."""
    rows = (
        *NUMBER, [(20, "Tarn Hows Club"), (700, "Dunes Plumbing Pty Ltd")],
        [(20, "12 Mill Lane"), (700, "7 Dock Road")], [(20, "SYDNEY NSW 2000"), (700, "ALEXANDRIA NSW 2015")], "",
        *END, *FOOT,
        "PAYMENT ADVICE", "To: Dunes Plumbing Pty Ltd", "7 Dock Road", "ALEXANDRIA NSW 2015",
    )  # fmt: skip
    found = values(reading(*rows, pack="invoice-en"))
    assert (found["seller.name"], found["buyer.name"]) == ("Dunes Plumbing Pty Ltd", "Tarn Hows Club")


def test_a_word_for_the_buyer_amid_headings_names_nobody_beside_it() -> None:
    """`Debiteur` over a number is a customer's number; the heading at its right is no name."""
    rows = (
        "Werkplaats Noord B.V.", "Ambachtsweg 7", "4421 LB Kapelle", "",
        [(20, "Factuur"), (250, "Datum"), (450, "Debiteur"), (650, "Kenteken")],
        [(20, "F118"), (250, "03-08-2026"), (450, "10447"), (650, "VKX81T")], "",
        [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")], [(20, "Beurt"), (700, "1"), (1000, "100,00")],
    )  # fmt: skip
    assert values(reading(*rows, pack="invoice-nl")).get("buyer.name") is None


def test_the_fuller_print_of_an_address_is_taken() -> None:
    """A building that one print leaves out belongs to the address."""
    rows = (
        "Dunes Trading Ltd", "7 Dock Street", "Hull HU1 3TE", "", *NUMBER, "Tarn Hows Ltd", "Fell View House",
        "12 Mill Lane", "Otley LS21 3AB", "", *END, *FOOT, "Bill To", "Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB",
    )  # fmt: skip
    found = values(reading(*rows, pack="invoice-en"))
    assert found["buyer.address"] == "Fell View House, 12 Mill Lane, Otley LS21 3AB"


def test_a_word_that_another_print_has_amid_the_address_is_listed() -> None:
    """`Suite Nine` stands between street and town in the foot, and not in the head."""
    rows = (
        "Dunes Trading Ltd", "7 Dock Street", "Hull HU1 3TE", "", *NUMBER, *BUYER, *END, *FOOT,
        "Visit 7 Dock Street, Suite Nine, Hull HU1 3TE, open daily",
    )  # fmt: skip
    assert {doubt.field for doubt in reading(*rows, pack="invoice-en").doubts} >= {"seller.address"}


def test_a_house_under_a_person_in_form_is_no_name() -> None:
    """`De heer P. Kuipers` over the name of his boat, which stands over the street."""
    rows = (
        "Werkplaats Noord B.V.", "Ambachtsweg 7", "4421 LB Kapelle", "", "De heer P. Kuipers", "Fortuna", "Zandweg 118",
        "4424 NC Wemeldinge", "", "FACTUUR", "Factuurnummer: 4711", "",
        [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")], [(20, "Beurt"), (700, "1"), (1000, "100,00")],
    )  # fmt: skip
    assert "Kuipers" in (values(reading(*rows, pack="invoice-nl"))["buyer.name"] or "")


def test_to_amid_headings_names_nobody() -> None:
    """The table of a courier: `From` and `To` are headings of places."""
    heads = [(20, "Date"), (200, "Job"), (400, "From"), (650, "To"), (1000, "Miles")]
    trips = [(20, "04/08"), (200, "77102"), (400, "Otley"), (650, "Leeds Dock"), (1000, "121")]
    rows = ("Dunes Trading Ltd", "7 Dock Street", "Hull HU1 3TE", "", *NUMBER, heads, trips)
    assert values(reading(*rows, pack="invoice-en")).get("buyer.name") is None


def test_a_town_before_its_state_in_a_line_belongs_to_the_address() -> None:
    """A telephone follows in the same line, and is left out."""
    rows = ("Dunes Roofing Ltd", "PO Box 771, Bend, Oregon 97709 · 541-555-0133", "", *NUMBER, *BUYER, *END)
    assert values(reading(*rows, pack="invoice-en"))["seller.address"] == "PO Box 771, Bend, Oregon 97709"


def test_a_quarter_may_stand_between_the_street_and_the_town() -> None:
    """The postcode stands alone below."""
    rows = (
        "Dunes Trading Ltd", "7 Dock Street", "Hull HU1 3TE", "", *NUMBER, "Bill To", "Tarn Hows Trust",
        "14 Mill Street", "Park West", "Sandville", "9301", "", *END,
    )  # fmt: skip
    assert values(reading(*rows, pack="invoice-en"))["buyer.address"] == "14 Mill Street, Park West, Sandville, 9301"


def test_a_firm_beside_a_person_who_was_taken_for_the_buyer_is_listed() -> None:
    """A guest's company may be who is billed."""
    rows = (
        "Dunes Hotel Ltd", "7 Dock Street", "Hull HU1 3TE", "", *NUMBER, "Bill To", "Mr John Wren", "12 Mill Lane",
        "Otley LS21 3AB", "", "Company: Tarn Hows LLP", "", *END, *FOOT,
    )  # fmt: skip
    assert "buyer.name" in {doubt.field for doubt in reading(*rows, pack="invoice-en").doubts}
