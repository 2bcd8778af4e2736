"""Pages that lean: rows are found on the levelled page, places are given on the page as it is."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from docpipe.stages.key_fields.layout import lay_out
from tests.stages.key_fields.placing import document

TILL = (
    "PINE LODGE STORE SDN BHD",
    "NO 5, JALAN CONTOH, 99999 KOTA",
    "DATE: 02/03/2026",
    "",
    [(20, "RICE 5KG"), (900, "20.00")],
    [(20, "SUBTOTAL"), (900, "29.81")],
    [(20, "SALES TAX"), (900, "2.16")],
    [(20, "TOTAL"), (900, "31.97")],
    [(20, "CHANGE"), (900, "0.03")],
)


def leaning(degrees: float):
    """Return the receipt turned around the page's corner."""
    (page,) = (upright := document(*TILL)).pages
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    lines = tuple(
        replace(line, polygon=tuple((x * cosine - y * sine, x * sine + y * cosine) for x, y in line.polygon))
        for line in page.lines
    )
    return replace(upright, pages=(replace(page, lines=lines),))


@pytest.mark.parametrize("degrees", [-8, -3, 0.3, 3, 5, 8])
def test_a_sum_is_paired_with_its_own_label(degrees):
    """At 3 degrees a sum at the right stands on the height of the label below or above."""
    found = extract_fields(leaning(degrees), shipped_packs()).fields
    assert found["total_gross"].value == "31.97"
    assert found["total_tax"].value == "2.16"


def test_places_are_those_of_the_page_as_it_is():
    turned = leaning(5)
    found = extract_fields(turned, shipped_packs()).fields["total_gross"]
    (line,) = (line for line in turned.pages[0].lines if line.text == "31.97")
    assert found.polygon == line.polygon


def test_rows_of_a_leaning_page_are_level():
    rows = [[cell.text for cell in row] for row in lay_out(leaning(6)).rows]
    assert rows == [[text for _, text in row] if not isinstance(row, str) else [row] for row in TILL if row]
