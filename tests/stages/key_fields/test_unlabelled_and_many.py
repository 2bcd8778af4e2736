"""Dates that stand alone, numbers of several kinds, prices for many pieces, hours, surcharges and part payments."""

from __future__ import annotations

import pytest

from docpipe.adapter.validators import validate
from docpipe.values.dates import find_dates
from tests.stages.key_fields.placing import items, reading, values

TOTAL = [(600, "Total"), (1000, "£10.00")]


def test_the_day_of_a_month():
    """`2nd day of June 2026` is how lawyers date."""
    assert [date.iso() for date in find_dates("2nd day of June 2026")] == ["2026-06-02"]


def test_a_letter_is_dated_by_the_line_that_holds_only_a_date():
    """Days that a sentence tells of are other days."""
    found = reading(
        "INVOICE A-17", "Alder Ltd", "2 June 2026", "for our work between 4 March 2026 and 29 May 2026 on site", TOTAL
    )
    assert found.fields["issue_date"].value == "2026-06-02"
    assert not [doubt for doubt in found.doubts if doubt.field == "issue_date"]


def test_a_place_and_a_comma_stand_before_the_day_of_issue():
    """`Modena, 15 settembre 2026`; the order has a day of its own."""
    found = reading(
        "Studio Ferrari", "Modena, 15 settembre 2026", "FATTURA N. 27", "Vs. ordine n. 4500118732 del 22/04/2026",
        [(600, "Totale fattura"), (1000, "€ 10,00")],
    )  # fmt: skip
    assert found.fields["issue_date"].value == "2026-09-15"
    assert found.fields["issue_date"].confidence >= 0.85


def test_days_of_payment_behind_an_amount_are_no_day_of_issue():
    """`278,64 € le 15/06/2026` says when an instalment is taken; a delivery note's column holds that note's day."""
    found = values(
        reading(
            "CAVES DU PLATEAU", [(20, "FACTURE N°"), (300, "Date"), (600, "B.L. N° / Date")],
            [(20, "FA2605118"), (300, "28/05/26"), (600, "77410 du 26/05/26")],
            [(600, "NET A PAYER"), (1000, "557,27 €")], "278,64 € le 15/06/2026 – 278,63 € le 30/06/2026",
        )
    )  # fmt: skip
    assert found["issue_date"] == "2026-05-28"


def test_a_number_with_blanks_around_its_slash():
    """`27 / 2026` is one number, and what is cut off an amount is none."""
    found = values(
        reading("Studio Ferrari", "Parcella n. 27 / 2026", [(600, "Totale parcella"), (1000, "6.344,00")], "IVA 22%")
    )
    assert found["invoice_number"] == "27/2026"


def test_a_reference_is_no_number_of_the_invoice_where_it_has_one():
    """`Our ref` names a file."""
    found = values(reading("INVOICE", "Alder Ltd", "Our ref: JPB/FEN0031-7", "Bill No. 61440", TOTAL))
    assert found["invoice_number"] == "61440"


def test_hours_and_minutes_are_a_quantity():
    """One hour and a half at 84.70."""
    found = items(
        reading(
            "FACTUUR 17", [(20, "Aantal"), (200, "Omschrijving"), (700, "Prijs"), (1000, "Bedrag")],
            [(20, "1:30 u"), (200, "Remblokken vervangen"), (700, "84,70"), (1000, "127,05")],
            [(20, "2"), (200, "Remschijf"), (700, "10,00"), (1000, "20,00")], [(700, "Totaal"), (1000, "147,05")],
        )
    )  # fmt: skip
    assert found[0]["quantity"] == "1.5"


def test_a_fee_that_says_it_bears_no_tax_is_goods():
    """The words in brackets do not make its row a tax."""
    found = items(
        reading(
            "INVOICE 17", [(20, "Our charges for the lease"), (1000, "2760.00")],
            [(20, "Search fees (no VAT)"), (1000, "14.00")], [(20, "Bank fee"), (1000, "25.00")],
            [(600, "Sub total"), (1000, "2799.00")], [(600, "VAT"), (1000, "557.00")],
            [(600, "Total"), (1000, "3356.00")],
        )
    )  # fmt: skip
    assert [row["net_amount"] for row in found] == ["2760.00", "14.00", "25.00"]


def test_a_second_tax_on_the_same_base():
    """The Spanish surcharge stands right of the tax, and both make the tax of the document."""
    found = reading(
        "FACTURA 17", [(20, "Base imponible"), (300, "% IVA"), (500, "Cuota"), (700, "% R.E."), (900, "Cuota R.E.")],
        [(20, "438,79"), (300, "4,00"), (500, "17,55"), (700, "0,50"), (900, "2,19")],
        [(600, "Total base"), (1000, "438,79 €")], [(600, "Total factura"), (1000, "458,53 €")],
    )  # fmt: skip
    assert [row["tax"].value for row in found.tax_breakdown] == ["17.55", "2.19"]


def test_part_invoices_are_what_was_paid():
    """`./. Abschlagsrechnung … vom` takes off what another invoice asked for."""
    found = values(
        reading(
            "Schlussrechnung", "Muster GmbH", [(400, "Summe netto"), (1000, "100,00")],
            [(400, "19 % USt."), (1000, "19,00")], [(400, "Rechnungsbetrag brutto"), (1000, "119,00")],
            [(400, "./. Abschlagsrechnung SR26-27733 vom 03.07.2026"), (1000, "-50,00")],
            [(400, "noch zu zahlen"), (1000, "69,00")],
        )
    )  # fmt: skip
    assert (found["total_gross"], found["amount_paid"], found["amount_due"]) == ("119.00", "50.00", "69.00")


def _line_net(**row):
    return next(check for check in validate({}, [row]) if check.rule == "line-net").outcome


def test_a_price_for_a_hundred_pieces_contradicts_nothing():
    """1500 screws at 8.20 a hundred, 10 % off."""
    assert _line_net(quantity="1500", unit_price="8.20", discount="12.30", net_amount="110.70") == "pass"
    assert _line_net(quantity="1500", unit_price="8.20", net_amount="110.70") == "fail"


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_discount_in_percent_has_the_sign_of_its_row(sign):
    """A row that is given back is less by what was taken off it."""
    found = reading(
        "FACTURA 17", [(20, "Concepto"), (400, "Cantidad"), (560, "Precio"), (740, "Dto."), (1000, "Importe")],
        [(20, "Aceite de oliva"), (400, f"{sign}12"), (560, "38,90"), (740, "6%"), (1000, f"{sign}438,79")],
        [(600, "Total"), (1000, f"{sign}438,79")],
    )  # fmt: skip
    (row,) = items(found)
    assert row["discount"] == f"{sign}28.01"
