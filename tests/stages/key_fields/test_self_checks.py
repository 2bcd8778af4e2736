"""Names and addresses that disagree with themselves or with the page: each is listed, however clear its place was."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.stages.key_fields.placing import reading, values

SELLER = ("Kessler Trading Ltd", "7 Dock Street", "Hull HU1 3TE")
BUYER = ("Bill To", "Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB", "")
NUMBER = ("INVOICE", "Invoice No: 4711", "")
END = [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Advice"), (700, "2"), (1000, "100.00")]
FOOT = [""] * 20


def doubts_of(rows: Sequence[object], path: str) -> set[str]:
    """Return the reasons for which a field is doubted."""
    return {doubt.reason for doubt in reading(*rows, pack="invoice-en").doubts if doubt.field == path}


@pytest.mark.parametrize(
    ("rows", "path", "reason"),
    [
        ((*SELLER, "", *NUMBER, "Bill To", "The Dean and Chapter", "Malmesbury Abbey Trust", "12 Mill Lane",
          "Otley LS21 3AB", "", *END), "buyer.name", "two_names"),
        (("Kessler Trading", "7 Dock Street", "Hull HU1 3TE", "", *NUMBER, *BUYER, *END, *FOOT,
          "Mercer Marine Services Ltd"),
         "seller.name", "two_names"),
        ((*SELLER, "", *NUMBER, "Bill To", "Name / Firm", "12 Mill Lane", "Otley LS21 3AB", "", *END),
         "buyer.name", "odd_name"),
        ((*SELLER, "", *NUMBER, "Bill To", "Tarn Hows Ltd", "Otley LS21 3AB", "", *END), "buyer.address", "incomplete"),
        ((*SELLER, "", *NUMBER, "Bill To", "Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB", "Wharfedale", "", *END),
         "buyer.address", "left_out"),
        ((*SELLER, "", *NUMBER, "Bill To", "Tarn Hows Ltd", "Zeldenrust", "12 Mill Lane", "Otley LS21 3AB", "", *END),
         "buyer.address", "left_out"),
        ((*SELLER, "", "INVOICE", "Invoice No: 80615", "", "Bill To", "Tarn Hows Ltd", "12 Mill Lane",
          "Eaton, CO 80615", "", *END), "invoice_number", "odd_number"),
        ((*SELLER, "", *NUMBER, "Bill To", "Tarn Hows Ltd", "Jenny Wren", "Mill Row", "Otley LS21 3AB", "", *END),
         "buyer.address", "odd_address"),
    ],
    ids=["line between", "legal name in foot", "label", "town alone", "below", "amid", "postcode", "person"],
)  # fmt: skip
def test_what_disagrees_is_listed(rows: Sequence[object], path: str, reason: str) -> None:
    """The value may be right or wrong; a person is asked, and told why."""
    assert reason in doubts_of(rows, path)


def test_what_agrees_is_not_listed() -> None:
    """A name with its legal form over a street and a town, on both sides: nobody is asked."""
    rows = (*SELLER, "", *NUMBER, *BUYER, *END)
    for path in ("seller.name", "seller.address", "buyer.name", "buyer.address", "invoice_number"):
        assert doubts_of(rows, path) == set()


@pytest.mark.parametrize(
    "line",
    [
        "Accounts Department",
        "Attn: Jenny Wren",
        "Design & Print",
        "Mr A Wren",
        "Jenny Wren",
        "since 1961",
        "Roofs · Walls",
    ],
)
def test_a_line_over_the_street_that_is_explained_asks_nobody(line: str) -> None:
    """A department, a person in form, a trade: what a person would not take for a part of the address."""
    rows = (*SELLER, "", *NUMBER, "Bill To", "Tarn Hows Ltd", line, "12 Mill Lane", "Otley LS21 3AB", "", *END)
    assert doubts_of(rows, "buyer.address") == set()


def test_a_branch_in_the_senders_line_and_a_label_over_the_address_are_no_address() -> None:
    """`Branch Hull` is who sends, `ADDRESS` is a label: neither is printed as a part of the address."""
    rows = ("Kessler Trading Ltd", "Design Consultant", "ADDRESS", *SELLER[1:], "", *NUMBER, *BUYER, *END)
    assert values(reading(*rows, pack="invoice-en"))["seller.address"] == "7 Dock Street, Hull HU1 3TE"


def test_persons_over_a_street_and_town_in_one_line_are_no_address() -> None:
    """The line below them is whole: a street, then a town."""
    rows = ("Willow Animal Practice, P.C.", "Jenny Wren, DVM • Tom Thumb, DVM", "4410 County Road 9, Eaton, CO 80615",
            "(970) 555-0162", "", *NUMBER, *BUYER, *END)  # fmt: skip
    found = values(reading(*rows, pack="invoice-en"))
    assert found["seller.address"] == "4410 County Road 9, Eaton, CO 80615"


@pytest.mark.parametrize(
    ("line", "name"),
    [("Dockside is a trading name of Kessler Ltd - 7 Dock Street - Hull HU1 3TE", "Kessler Ltd"),
     ("Kessler Ltd t/a Dockside - 7 Dock Street - Hull HU1 3TE", "Kessler Ltd")],
)  # fmt: skip
def test_a_line_that_says_which_name_is_the_trades_is_split(line: str, name: str) -> None:
    """The legal name is taken, the trade name is listed beside it."""
    rows = (*NUMBER, *BUYER, *END, *FOOT, line)
    assert values(reading(*rows, pack="invoice-en"))["seller.name"] == name
    assert "two_names" in doubts_of(rows, "seller.name")


def test_a_box_of_the_post_is_doubted_beside_a_street() -> None:
    """Both may be the seller's address; a box to which payments go is no rival to a street."""
    box = ("Kessler Trading Ltd", "PO Box 118", "Hull HU1 9ZZ")
    foot = (*FOOT, "Visit us: 7 Dock Street, Hull HU1 3TE")
    assert "two_addresses" in doubts_of((*box, "", *NUMBER, *BUYER, *END, *foot), "seller.address")
    paid = ("Remit to: Kessler Trading Ltd", "PO Box 118", "Hull HU1 9ZZ")
    assert doubts_of((*SELLER, "", *NUMBER, *BUYER, *END, *FOOT, *paid), "seller.address") == set()


def test_a_word_for_a_party_over_two_lines_is_one_word() -> None:
    """`SOLD` over `TO`, with the buyer at the right of both."""
    rows = (*SELLER, "", *NUMBER, [(20, "SOLD"), (200, "Tarn Hows")], [(20, "TO"), (200, "12 Mill Lane")],
            [(200, "Otley LS21 3AB")], "", *END)  # fmt: skip
    found = values(reading(*rows, pack="invoice-en"))
    assert (found["buyer.name"], found["buyer.address"]) == ("Tarn Hows", "12 Mill Lane, Otley LS21 3AB")


def test_a_name_in_quotation_marks_or_behind_and_goes_on_with_the_line_above() -> None:
    """The word for the trade stands over it."""
    rows = (*SELLER, "", *NUMBER, "Bill To", "General Trading Works", "“Tarn Hows” Wren", "and Partners",
            "12 Mill Lane", "Otley LS21 3AB", "", *END)  # fmt: skip
    found = values(reading(*rows, pack="invoice-en"))
    assert found["buyer.name"] == "General Trading Works “Tarn Hows” Wren and Partners"


@pytest.mark.parametrize("stamp", ["PAID", "COPY", "DUPLICATA", "BEZAHLT"])
def test_a_stamp_over_an_address_is_no_part_of_it(stamp: str) -> None:
    """A watermark across the page stood amid the address and made it doubtful."""
    rows = (*SELLER, "", *NUMBER, "Bill To", "Tarn Hows Ltd", stamp, "12 Mill Lane", "Otley LS21 3AB", "", *END)
    assert not doubts_of(rows, "buyer.address")
