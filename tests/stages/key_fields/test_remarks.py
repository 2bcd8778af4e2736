"""A note behind its label is `remarks`; payment, thanks and sums are none."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import Placed, reading, values


def read(*rows: Placed | str, pack: str) -> str | None:
    return values(reading("Invoice", "Total: 180.00 GBP", "", "", *rows, pack=pack)).get("remarks")


@pytest.mark.parametrize(
    ("pack", "rows"),
    [
        ("invoice-en", ["Notes:", "This is a test order. No goods were sent."]),
        ("invoice-pl", ["Uwagi: This is a test order. No goods were sent."]),
        ("invoice-pt", ["Observações: This is a test order.", "No goods were sent."]),
    ],
)
def test_a_note_stands_behind_its_label(pack, rows):
    assert read(*rows, pack=pack) == "This is a test order. No goods were sent."


@pytest.mark.parametrize(
    "row",
    [
        "Notes: Payment is due within 30 days.",
        "Notes: Thank you for your business!",
        "Notes: Total 180.00 EUR incl. VAT",
        "He notes: the goods were sent.",
    ],
)
def test_what_is_no_note(row):
    assert read(row, pack="invoice-en") is None


def test_two_notes_are_not_chosen_from():
    assert read("Notes: left at the door", "", "Remarks: two boxes of three", pack="invoice-en") is None
