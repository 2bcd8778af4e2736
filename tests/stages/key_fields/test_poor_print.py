"""What was read off a page of which little could be read is listed, however sure the choice among it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from tests.stages.key_fields.placing import document, reading, values

ROWS = (
    "INVOICE A-17", "Alder Ltd", "14 March 2026", [(20, "Oak shelf"), (1000, "9.66")],
    [(600, "Total"), (1000, "£9.66")],
)  # fmt: skip


@pytest.mark.parametrize(("confidence", "source", "listed"), [(0.73, "model", True), (0.97, "model", False)])
def test_what_a_hardly_legible_page_says_is_listed(confidence, source, listed):
    clear = document(*ROWS)
    (page,) = clear.pages
    lines = tuple(replace(line, confidence=confidence, source=source) for line in page.lines)
    found = extract_fields(clear.with_pages([replace(page, lines=lines)]), shipped_packs())
    assert ("total_gross" in {d.field for d in found.doubts if d.reason == "poor_print"}) is listed


def test_two_taxes_of_one_rate_are_one_tax():
    """CGST and SGST of India."""
    found = values(
        reading(
            "TAX INVOICE DP-88", "Deccan Prints LLP", [(600, "Subtotal"), (1000, "1,05,000.00")],
            [(600, "CGST 9%"), (1000, "9,450.00")], [(600, "SGST 9%"), (1000, "9,450.00")],
            [(600, "Total"), (1000, "1,23,900.00")],
        )
    )  # fmt: skip
    assert found["total_tax"] == "18900.00"


def test_who_is_paid_in_a_sentence_is_no_sender():
    found = values(
        reading(
            [(20, "Harbor Light Supply Co."), (900, "INVOICE")], "18 Pier Ave, Astoria, OR 97103", "",
            "Bill To", "Blue Mesa Clinic LLC", "77 Canyon Rd", "Santa Fe, NM 87501", "",
            [(600, "Total"), (1000, "$250.00")], "",
            "Please make checks payable to Harbor Light Holdings LLC, Lockbox 771, Portland, OR 97201",
        )
    )  # fmt: skip
    assert found["seller.name"] == "Harbor Light Supply Co."
