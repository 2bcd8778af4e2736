"""Names and addresses that disagree with themselves or with the page: each is listed, however clear its place was."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.stages.key_fields.placing import reading

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
          "Otley LS21 3AB", "", *END), "buyer.name", "left_out"),
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
        (("Willow Animal Practice, P.C.", "Jenny Wren, DVM • Tom Thumb, DVM", "4410 County Road 9, Eaton, CO 80615",
          "(970) 555-0162", "", *NUMBER, *BUYER, *END), "seller.address", "odd_address"),
    ],
    ids=["line between", "legal name in foot", "label", "town alone", "below", "amid", "postcode", "person", "persons"],
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
