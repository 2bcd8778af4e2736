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


def test_sums_of_groups_below_a_table_are_no_goods():
    """`Labor & services` and `Hardware` have neither count nor price, and the rows before them make the total."""
    found = items(
        reading(
            "INVOICE 17", [(20, "Work performed"), (500, "Hours"), (700, "Rate"), (1000, "Amount")],
            [(20, "Replace failed switch"), (500, "3.25"), (700, "145.00"), (1000, "471.25")],
            [(20, "24-port switch"), (500, "1"), (700, "412.99"), (1000, "412.99")],
            [(20, "Labor & services"), (1000, "471.25")], [(20, "Hardware"), (1000, "412.99")],
            [(700, "Invoice total"), (1000, "884.24")],
        )
    )  # fmt: skip
    assert [row["net_amount"] for row in found] == ["471.25", "412.99"]


def test_a_credit_among_the_goods_makes_no_credit_note():
    """A row of goods names what it credits; the document says what it is above."""
    found = reading(
        "Ihre Rechnung für September 2026", "Rheinglas Netz GmbH", "Rechnungsnummer 26-09/118 447 02",
        [(20, "Leistung"), (600, "Netto"), (1000, "Brutto")], [(20, "Glasfaser 500"), (600, "37,81"), (1000, "44,99")],
        [(20, "Gutschrift Störung"), (600, "-6,30"), (1000, "-7,50")], [(20, "Rechnungsbetrag"), (1000, "37,49")],
    )  # fmt: skip
    assert found.fields["document_type"].value == "invoice"
    assert found.fields["invoice_number"].value == "26-09/11844702"


def test_a_bill_without_a_title_is_read_in_its_language():
    """A water company's bill calls itself none of an invoice's names."""
    found = reading(
        "Acque Berici S.p.A. P.IVA 00743110157", [(20, "Scadenza"), (300, "10/06/2026")],
        [(20, "Descrizione"), (600, "Quantità"), (1000, "Importo")], [(20, "Acquedotto"), (600, "28"), (1000, "14,59")],
        [(20, "Totale imponibile"), (1000, "14,59")], [(20, "IVA 10%"), (1000, "1,46")],
        [(20, "TOTALE DA PAGARE"), (1000, "€ 16,05")],
    )  # fmt: skip
    assert found.pack == "invoice-it"
    assert found.fields["due_date"].value == "2026-06-10"


def test_the_number_that_a_credit_note_takes_back_is_not_its_own():
    """`Bij factuur` names another document, and so does the day behind it."""
    found = values(
        reading(
            "Creditnota CN-20260388", "Tuinhuis & Zo V.O.F.",
            "Creditdatum: 27 mei 2026 | Bij factuur: 20261177 d.d. 9 mei 2026", "21% btw",
            [(600, "Te ontvangen"), (1000, "€ -171,57")],
        )
    )  # fmt: skip
    assert (found["invoice_number"], found["issue_date"]) == ("CN-20260388", "2026-05-27")


def test_days_in_a_column_of_goods_are_no_day_of_issue():
    """The heading `Date` stands beside those for words and amounts."""
    found = values(
        reading(
            "VAT INVOICE", "The Harbour Lantern", [(20, "Date"), (200, "Description"), (1000, "Amount")],
            [(20, "02/05/26"), (200, "Deposit by card"), (1000, "120.00")],
            [(20, "18/07/26"), (200, "Accommodation"), (1000, "165.00")], [(600, "Total"), (1000, "£285.00")],
        )
    )  # fmt: skip
    assert found.get("issue_date") != "2026-05-02"


def test_what_is_withheld_is_no_part_of_the_total():
    """Net and tax make the total; the payee gets less by what the payer passes on to the state."""
    found = values(
        reading(
            "FACTURA 2026-31", "Lucía Ferrán", [(600, "Base imponible"), (1000, "538,58 €")],
            [(600, "IVA (21 %)"), (1000, "113,10 €")], [(600, "Retención IRPF (15 %)"), (1000, "-80,79 €")],
            [(600, "Total a pagar"), (1000, "570,89 €")],
        )
    )  # fmt: skip
    assert (found["total_gross"], found["amount_due"]) == ("651.68", "570.89")


def test_taxed_carriage_is_a_charge():
    """`Portes (IVA 23%)` names the tax that it bears."""
    found = values(
        reading(
            "FATURA FT 1/2026", [(600, "Soma"), (1000, "100,00 €")], [(600, "Portes (IVA 23%)"), (1000, "18,00 €")],
            [(600, "Base tributável"), (1000, "118,00 €")], [(600, "IVA 23%"), (1000, "27,14 €")],
            [(600, "Total do documento"), (1000, "145,14 €")],
        )
    )  # fmt: skip
    assert (found["total_charges"], found["total_tax"]) == ("18.00", "27.14")


@pytest.mark.parametrize(
    ("text", "value"),
    [("núm. 2026-31", "2026-31"), ("FAC 1/2026 -512", "FAC1/2026-512"), ("# GP -10482", "GP-10482")],
)
def test_a_number_is_read_whole(text, value):
    """Blanks that a recogniser put before a hyphen part nothing."""
    pack = "FACTURA" if text.startswith("n") else "INVOICE"
    found = values(reading([(20, pack), (200, text)], "Alder Ltd", "2 June 2026", TOTAL))
    assert found["invoice_number"] == value


def test_a_number_goes_on_below_its_hyphen():
    """A narrow box breaks it."""
    found = values(
        reading("FACTURE", [(20, "N° :"), (120, "L26-")], [(120, "0038817")], [(600, "Total TTC"), (1000, "10,00 €")])
    )
    assert found["invoice_number"] == "L26-0038817"


def test_a_short_label_with_further_words_is_another_label():
    """`Data zakończenia usługi` is the day of the work; the document is dated by place and day above."""
    found = values(
        reading(
            "FAKTURA nr 88/07/2026", "Poznań, 14 lipca 2026 r.", "Data zakończenia usługi: 10.07.2026",
            [(600, "Razem brutto"), (1000, "968,01 zł")], "Płatność: przelew, 7 dni, do 21 lipca 2026 r.",
        )
    )  # fmt: skip
    assert (found["issue_date"], found["due_date"]) == ("2026-07-14", "2026-07-21")


def test_the_last_day_of_a_deduction_is_no_due_date():
    """`deduct £2.80 if paid by …` offers a discount."""
    text = "Settlement discount: deduct £2.80 if paid by 19/10/2026. Otherwise due 30/11/2026."
    assert values(reading("INVOICE A-17", "Alder Ltd", TOTAL, text))["due_date"] == "2026-11-30"


def test_a_unit_of_money_heads_prices():
    """`Unit £` is what one costs."""
    (row,) = items(
        reading(
            "INVOICE 17", [(20, "Description"), (400, "Qty"), (600, "Unit £"), (1000, "Net £")],
            [(20, "Tea bags catering"), (400, "2"), (600, "21.40"), (1000, "42.80")],
            [(600, "Goods total"), (1000, "42.80")],
        )
    )  # fmt: skip
    assert (row["unit_price"], row["net_amount"]) == ("21.40", "42.80")
