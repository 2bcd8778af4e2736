"""Whatever a stage did to a page, results give places on the page as a viewer shows it."""

from __future__ import annotations

import numpy as np
import pytest

from docpipe.adapter.original_page import on_original_pages
from docpipe.document import Document, KeyField, Page, Table, TableCell, TextLine, box_of, move_polygon, polygon_of
from docpipe.stages.page_preparation.turning import level_page, turn_page

WIDTH, HEIGHT = 300, 200
PLACE = polygon_of((40.0, 20.0, 140.0, 50.0))


def document(page: Page) -> Document:
    """A document with one line, table, field and row, all at PLACE of the original page."""
    there = move_polygon(PLACE, page.transform)
    line = TextLine("1-1", "TOTAL 5.00", 0.9, there)
    table = Table("1-t1", 1, there, 1, 1, (TableCell(0, 0, polygon=there), TableCell(0, 1)), "", 0.5, "rule")
    field = KeyField("5.00", "5.00", 0.9, "rule", page=1, polygon=there)
    page = Page(
        1, page.width, page.height, None, None, page.rotation, page.transform, page.original_size,
        lines=(line,), tables=(table,),
    )  # fmt: skip
    rows = ({"net_amount": field, "unit": KeyField()},)
    return Document("d", "a.png", "0" * 64, "image/png", 1, 1, (page,), {"total_gross": field}, rows, rows)


def original() -> Page:
    return Page(1, WIDTH, HEIGHT, np.full((HEIGHT, WIDTH, 3), 255, np.uint8))


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("lean", [0.0, 0.08])
def test_every_place_comes_back(degrees, lean):
    page = level_page(turn_page(original(), degrees), lean)
    back = on_original_pages(document(page))
    found = [
        back.pages[0].lines[0].polygon,
        back.pages[0].tables[0].polygon,
        back.pages[0].tables[0].cells[0].polygon,
        back.fields["total_gross"].polygon,
        back.line_items[0]["net_amount"].polygon,
        back.tax_breakdown[0]["net_amount"].polygon,
    ]
    for polygon in found:
        assert polygon is not None
        assert [c for p in polygon for c in p] == pytest.approx([c for p in PLACE for c in p])
    assert back.pages[0].tables[0].cells[1].polygon is None
    assert (back.pages[0].width, back.pages[0].height) == (WIDTH, HEIGHT)
    assert back.pages[0].rotation == degrees
    assert back.pages[0].transform == page.transform


def test_nothing_stands_outside_the_page():
    """A table's upright box on a levelled page can reach beyond the original page; its corners do not."""
    page = level_page(original(), 0.2)
    whole = polygon_of((0.0, 0.0, float(page.width), float(page.height)))
    given = Document(
        "d", "a.png", "0" * 64, "image/png", 1, 1,
        (Page(1, page.width, page.height, None, None, 0, page.transform, page.original_size,
              tables=(Table("1-t1", 1, whole, 1, 1, (), "", 0.5, "rule"),)),),
    )  # fmt: skip
    x1, y1, x2, y2 = box_of(on_original_pages(given).pages[0].tables[0].polygon)
    assert (x1, y1) >= (0, 0)
    assert (x2, y2) <= (WIDTH, HEIGHT)


def test_a_document_as_it_was_stays_the_same_object():
    given = document(original())
    assert on_original_pages(given) is given
