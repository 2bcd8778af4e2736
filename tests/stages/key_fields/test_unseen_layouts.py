"""What invoices of unmet layouts taught about numbers, dates, sums and goods; parties: `written_pages.yaml`."""

from __future__ import annotations

import pytest

from docpipe.document import KeyField
from docpipe.stages.key_fields.taxes import derive
from tests.stages.key_fields.placing import items, reading, values

HEAD = (
    "Fenwater Services Ltd", "4 Quay Street, Hull HU1 2BX", "", "Bill To", "Tarn Hows Ltd", "12 Mill Lane",
    "Otley LS21 3AB", "",
)  # fmt: skip


@pytest.mark.parametrize(
    ("label", "printed", "path", "value"),
    [
        ("Customer number", "7001 4482 13", "buyer.customer_id", "7001448213"),
        ("Invoice number", "FW26 -5512907", "invoice_number", "FW26-5512907"),
    ],
)
def test_a_number_is_read_to_its_end(label, printed, path, value):
    """Its last group may be short, and a hyphen may be read with white before it."""
    found = values(reading(*HEAD, "INVOICE", [(20, label), (400, printed)], "Invoice date: 21 August 2026"))
    assert found[path] == value


def test_the_date_of_an_order_in_a_column_is_not_that_of_the_invoice():
    """`Commande` stands in one column, its number and date in the next."""
    found = values(
        reading(
            "Papyrus SARL", "5 rue Haute, 21800 Quetigny", "", [(20, "Facture"), (300, "FA-610442")],
            [(20, "Date"), (300, "27.02.2026")], [(20, "Commande"), (300, "BC-2026-77 du 20.02.2026")],
            [(20, "Échéance"), (300, "29.03.2026")],
        )
    )  # fmt: skip
    assert (found["issue_date"], found["due_date"]) == ("2026-02-27", "2026-03-29")


def test_taxes_of_several_rates_are_added_where_no_sum_is_printed():
    """A row of no tax proves no base; the other rows' taxes make up the total with the net."""

    def field(value: str) -> KeyField:
        return KeyField(value, value, 0.9, "rule")

    fields = {"total_net": field("576.65"), "total_tax": field("0.00"), "total_gross": field("633.38")}
    line = {"rate": field("20"), "taxable": field("283.66"), "tax": field("56.73")}
    assert derive(fields, [line])["total_tax"].value == "56.73"


def test_a_name_goes_on_below_its_amount():
    """A line nearer to the row above than to the one below belongs to it, where no heading says so."""
    found = items(
        reading(
            *HEAD, "INVOICE", "Invoice No: 1187", "", "",
            [(20, "To taking down the parapet and rebuilding"), (960, "£6,840.00")], "in matching stone", "",
            [(20, "Lead flashing renewed"), (960, "£465.00")], "",
            [(700, "Sub-total"), (960, "£7,305.00")], [(700, "VAT @ 20%"), (960, "£1,461.00")],
            [(700, "Total due"), (960, "£8,766.00")],
        )
    )  # fmt: skip
    assert [row["description"] for row in found] == [
        "To taking down the parapet and rebuilding in matching stone",
        "Lead flashing renewed",
    ]


def test_a_heading_may_say_its_money():
    """`EP in €` and `GP in €` are prices and amounts, not two columns each."""
    found = items(
        reading(
            "Zimmerei Brandner GmbH", "Am Sägewerk 4, 83355 Grabenstätt", "", "Rechnung Nr. 417", "",
            [(20, "Pos."), (100, "Menge"), (220, "Einh."), (320, "Bezeichnung"), (800, "EP in €"), (1000, "GP in €")],
            [(20, "1"), (100, "24,50"), (220, "m2"), (320, "Dachschalung Fichte"), (810, "31,80"), (1010, "779,10")],
            [(20, "2"), (100, "18,00"), (220, "Std."), (320, "Facharbeiter"), (810, "62,00"), (1010, "1.116,00")],
            [(700, "Summe netto"), (1010, "1.895,10")],
        )
    )  # fmt: skip
    assert [(row["description"], row["quantity"], row["unit_price"], row["net_amount"]) for row in found] == [
        ("Dachschalung Fichte", "24.50", "31.80", "779.10"),
        ("Facharbeiter", "18.00", "62.00", "1116.00"),
    ]
