"""Goods from recognised tables: taken where the sums prove them better than the rows of text, and only there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from docpipe.document import Document, Table, TableCell, polygon_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import Extraction, extract_fields
from tests.stages.key_fields.placing import document, items

HEADING = ("Description", "Qty", "Unit price", "Amount")
GOODS = (("Tea pot", "2", "24.50", "49.00"), ("Cup, blue", "4", "5.00", "20.00"))
FOOT = ("Subtotal", "", "", "69.00")


def invoice(*goods: Sequence[tuple[int, str]]) -> Document:
    """Return an invoice over 69.00 whose goods stand on the page as given."""
    return document(
        [(20, "INVOICE"), (700, "Invoice no: 17")],
        "",
        [(20, "Description"), (500, "Qty"), (700, "Unit price"), (1000, "Amount")],
        *goods,
        [(700, "Subtotal"), (1000, "69.00")],
        [(700, "Total due"), (1000, "69.00")],
    )


def with_table(found: Document, *rows: Sequence[str]) -> Document:
    """Return the document with a table of such texts; its cells name no lines."""
    cells = tuple(TableCell(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row))
    box = polygon_of((20, 80, 1150, 300))
    table = Table("1-t1", 1, box, len(rows), len(HEADING), cells, "<table></table>", 0.9, "model")
    (page,) = found.pages
    return replace(found, pages=(replace(page, tables=(table,)),))


def reading(found: Document) -> Extraction:
    return extract_fields(found, shipped_packs(), "invoice-en")


def wanted(rows: Sequence[Sequence[str]] = GOODS) -> list[dict[str, str]]:
    return [dict(zip(("description", "quantity", "unit_price", "net_amount"), row, strict=True)) for row in rows]


SCATTERED = ([(20, "Tea pot"), (500, "2")], [(700, "24.50"), (1000, "49.00")], [(20, "Cup, blue"), (1000, "20.00")])
ORDERED = tuple([(20, a), (500, b), (700, c), (1000, d)] for a, b, c, d in GOODS)


def test_a_table_is_taken_where_its_rows_add_up():
    """On the page numbers of one row stand at two heights, and two numbers were not found at all."""
    assert items(reading(invoice(*SCATTERED))) != wanted()
    found = reading(with_table(invoice(*SCATTERED), HEADING, *GOODS, FOOT))
    assert items(found) == wanted()
    assert {cell.source for row in found.line_items for cell in row.values()} == {"table"}


def test_rows_of_text_stay_where_the_table_is_no_better():
    """The cells of a model may be mixed up; places on the page are those of the rows."""
    mixed = (("Tea pot", "2", "5.00", "49.00"), ("Cup, blue", "4", "24.50", "20.00"))
    for goods in (mixed, GOODS):
        found = reading(with_table(invoice(*ORDERED), HEADING, *goods, FOOT))
        assert items(found) == wanted()
        assert all(cell.line_ids for row in found.line_items for cell in row.values())


def test_a_table_without_a_heading_of_goods_is_none_of_goods():
    """A table of taxes fits by arithmetic, too."""
    taxes = (("Tax", "Base", "Rate"), ("VAT", "69.00", "0"))
    assert items(reading(with_table(invoice(*ORDERED), *taxes))) == wanted()


def test_goods_that_name_a_column_are_no_heading():
    """`Travel, flat rate` stands right below a heading that knows `Rate` for a price."""
    goods = (("Consulting", "3", "18.00", "54.00"), ("Travel, flat rate", "1", "15.00", "15.00"))
    found = reading(invoice(*([(20, a), (500, b), (700, c), (1000, d)] for a, b, c, d in goods)))
    assert items(found) == wanted(goods)
