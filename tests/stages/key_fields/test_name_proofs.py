"""A party's name is sure only where something else on the page proves it; else a person is asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.stages.key_fields.placing import reading

END = [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Advice"), (700, "2"), (1000, "100.00")]
BUYER = ("Bill To", "Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB", "")
NUMBER = ("INVOICE", "Invoice No: 4711", "")
PLACE = ("7 Dock Street", "Hull HU1 3TE")


def reasons(*rows: object) -> set[str]:
    """Return why the seller's name is doubted."""
    return {doubt.reason for doubt in reading(*rows, pack="invoice-en").doubts if doubt.field == "seller.name"}


def test_a_name_that_only_its_place_proves_is_doubted() -> None:
    """The first block of a page, without a legal form, label, mail address or second print."""
    assert reasons("Kessler Moorings", *PLACE, "", *NUMBER, *BUYER, *END) == {"unproved_name"}


@pytest.mark.parametrize(
    "rows",
    [
        ("Kessler Moorings Ltd", *PLACE, "", *NUMBER, *BUYER, *END),
        ("Kessler Moorings", *PLACE, "office@kessler-moorings.com", "", *NUMBER, *BUYER, *END),
        ("Kessler Moorings", *PLACE, "", *NUMBER, *BUYER, *END, "", "Thank you for choosing Kessler Moorings"),
        ("Supplier", "Kessler Moorings", *PLACE, "", *NUMBER, *BUYER, *END),
        ("Kessler Moorings", "VAT No 553 1187 22", *PLACE, "", *NUMBER, *BUYER, *END),
    ],
    ids=["legal form", "mail address", "second print", "label", "tax number under it"],
)
def test_what_else_proves_a_name(rows: Sequence[object]) -> None:
    """One further hint is enough."""
    assert "unproved_name" not in reasons(*rows)


def test_a_form_within_a_name_proves_no_name() -> None:
    """`Kessler Ltd Moorings` may be the half of what is printed; a form at either end tells the whole."""
    assert reasons("Kessler Ltd Moorings", *PLACE, "", *NUMBER, *BUYER, *END)


@pytest.mark.parametrize(
    ("other", "doubted"), [([], False), (["Hauling Partners", "9 Elm St", "Duluth, MN 55802"], True)]
)
def test_the_one_address_at_the_top_is_the_sellers(other: list[str], doubted: bool):
    """A word names the buyer; nobody else stands on the page."""
    rows = [
        [(20, "Humongous Hauling"), (700, other[0] if other else "Invoice")],
        [(20, "118 County Road"), (700, other[1] if other else "")],
        [(20, "Fergus Falls, MN 56537"), (700, other[2] if other else "")],
        "218-555-0109", "", "Bill To", "Otter Tail Creamery", "92 Lake Street", "Pelican Rapids, MN 56572", "",
    ]  # fmt: skip
    found = reading(*rows, [(20, "Description"), (700, "Amount")], [(20, "Loads"), (700, "185.00")], pack="invoice-en")
    assert found.fields["seller.name"].value == "Humongous Hauling"
    assert ("seller.name" in {doubt.field for doubt in found.doubts}) == doubted
