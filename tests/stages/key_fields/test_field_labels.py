"""The label beside a value, wherever the page prints it."""

from __future__ import annotations

import pytest

from docpipe.document import box_of
from tests.stages.key_fields.placing import HEIGHT, WIDE, reading

INVOICE = (
    "Northlight Instruments Ltd",
    "INVOICE",
    [(20, "Invoice number: INV-0318"), (600, "Customer"), (900, "Due date")],
    [(20, "Invoice date"), (300, "18 March 2026"), (900, "17 April 2026")],
    "",
    [(600, "Subtotal"), (900, "100.00")],
    [(600, "VAT 20%"), (900, "20.00")],
    [(600, "Total due:"), (900, "120.00")],
)


@pytest.mark.parametrize(
    ("path", "label", "left", "row"),
    [
        ("invoice_number", "Invoice number", 20, 2),
        ("issue_date", "Invoice date", 20, 3),
        ("due_date", "Due date", 900, 2),
        ("total_tax", "VAT 20%", 600, 6),
        ("total_gross", "Total due", 600, 7),
    ],
)
def test_a_label_stands_before_its_value_left_of_it_or_above(path: str, label: str, left: int, row: int) -> None:
    field = reading(*INVOICE).fields[path]
    assert field.label is not None
    assert field.label.rstrip(" :") == label
    assert field.label_polygon is not None
    x1, y1, x2, y2 = box_of(field.label_polygon)
    assert (x1, y1, y2) == (pytest.approx(left, abs=1), 20 + 30 * row, 20 + 30 * row + HEIGHT)
    assert x2 - x1 == pytest.approx(WIDE * len(field.label), abs=1), "the label's own part of its line"


def test_a_value_without_a_label_has_none() -> None:
    field = reading(*INVOICE).fields["seller.name"]
    assert (field.label, field.label_polygon) == (None, None)


def test_a_label_changes_no_value() -> None:
    """It is looked for once the value is chosen."""
    found = reading(*INVOICE)
    assert found.fields["total_gross"].value == "120.00"
    assert found.fields["issue_date"].value == "2026-03-18"


GOODS = (
    "Northlight Instruments Ltd",
    [(20, "Description"), (500, "Quantity"), (700, "Unit price"), (900, "Amount")],
    [(20, "Brass lamp"), (500, "2"), (700, "10.00"), (900, "20.00")],
    [(20, "Oak desk"), (500, "1"), (700, "80.00"), (900, "80.00")],
    "",
    [(700, "Total due:"), (900, "100.00")],
)


def test_the_label_of_a_cell_is_the_heading_of_its_column() -> None:
    first, second = reading(*GOODS).line_items
    for row in (first, second):
        labels = {
            name: (field.label, field.label_polygon and box_of(field.label_polygon)) for name, field in row.items()
        }
        assert {name: text for name, (text, _) in labels.items()} == {
            "description": "Description", "quantity": "Quantity", "unit_price": "Unit price", "net_amount": "Amount",
        }  # fmt: skip
        for name, left in (("description", 20), ("quantity", 500), ("unit_price", 700), ("net_amount", 900)):
            box = labels[name][1]
            assert box is not None
            assert box[:2] == (pytest.approx(left, abs=1), 20 + 30 * 1)


def test_one_cell_that_names_two_columns_is_parted() -> None:
    goods = (GOODS[0], [(20, "Description"), (500, "Quantity"), (700, "Unit price Amount")], *GOODS[2:])
    labels = {name: field.label for name, field in reading(*goods).line_items[0].items()}
    assert {"Unit price", "Amount"} >= {labels["unit_price"], labels["net_amount"]} - {None}
