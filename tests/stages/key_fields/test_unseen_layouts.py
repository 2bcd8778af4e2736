"""What invoices of unmet layouts taught about numbers, dates, sums and goods; parties: `written_pages.yaml`."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from docpipe.document import KeyField
from docpipe.lab.synth.written import written_pages
from docpipe.lab.training.made_up import document_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
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


def test_a_total_that_is_what_is_left_to_pay_is_worked_out():
    """Net, tax and a payment make up the balance to the cent: the total before it is net and tax."""
    amounts = {"total_net": "2179.50", "total_tax": "65.52", "amount_paid": "425.00", "amount_due": "1820.02"}
    fields = {path: KeyField(text, text, 0.9, "rule") for path, text in {**amounts, "total_gross": "1820.02"}.items()}
    assert derive(fields)["total_gross"].value == "2245.02"
    other = {**fields, "amount_paid": KeyField("400.00", "400.00", 0.9, "rule")}
    assert derive(other)["total_gross"].value == "1820.02"


def test_what_is_paid_with_a_discount_for_haste_is_no_discount():
    """The clause names the sum that is left, not what is taken off."""
    clause = "Zahlbar bis 17.07.2026 mit 2 % Skonto (621,06 EUR), bis 02.08.2026 netto."
    found = values(
        reading(
            "Brandner GmbH", "Am Sägewerk 4, 83355 Grabenstätt", "", "Rechnung Nr. 417", "Datum: 03.07.2026", "",
            [(20, "Nettosumme"), (960, "532,55")], [(20, "19 % USt."), (960, "101,18")],
            [(20, "Gesamtsumme"), (960, "633,73")], clause,
        )
    )  # fmt: skip
    assert "total_discount" not in found
    assert (found["total_gross"], found["due_date"]) == ("633.73", "2026-08-02")


@pytest.mark.parametrize(
    ("line", "pack", "path", "value"),
    [
        ("PO: 4500881276", "invoice-en", "purchase_order", "4500881276"),
        ("number GB 174 6620 51.", "invoice-en", "seller.tax_id", "GB174662051"),
        ("Tel. 041 260 00 90 · CHE-108.334.571 MWST", "invoice-de", "seller.tax_id", "CHE108334571"),
    ],
)
def test_a_number_is_known_by_a_short_label_or_its_shape(line, pack, path, value):
    found = values(reading(*HEAD, "INVOICE", "Invoice No: 4711", line, pack=pack))
    assert found[path] == value


def test_a_buyers_tax_number_stands_over_its_name_in_a_form():
    """Both parties' forms begin with it; a legal form whose l was read as I is mended."""
    found = values(
        reading(
            [(20, "Cedente/prestatore (fornitore)"), (620, "Cessionario/committente (cliente)")],
            [(20, "Identificativo fiscale ai fini IVA: IT03471280967"),
             (620, "Identificativo fiscale ai fini IVA: IT09988770152")],
            [(20, "Denominazione: Tipografia Lambrate S.r.I."), (620, "Denominazione: Fondazione Teatro Aurora")],
            [(20, "Indirizzo: Via Conte Rosso 34"), (620, "Indirizzo: Piazza Cordusio 2")],
            [(20, "Comune: Milano Provincia: MI"), (620, "Comune: Milano Provincia: MI")],
            [(20, "Cap: 20134 Nazione: IT"), (620, "Cap: 20123 Nazione: IT")],
            "", "Numero documento: 415/2026", "Data documento: 22-10-2026", pack="invoice-it",
        )
    )  # fmt: skip
    assert (found["seller.tax_id"], found["buyer.tax_id"]) == ("IT03471280967", "IT09988770152")
    assert found["seller.name"].startswith("Tipografia Lambrate S.r.l")


def test_a_column_beside_the_table_is_none_of_it():
    """An account number at the height of the heading neither hides the heading nor goes into a row."""
    found = items(
        reading(
            *HEAD, "INVOICE", "Invoice No: 4711", "",
            [(20, "60-83-71"), (420, "What"), (700, "Days"), (820, "Day rate"), (1000, "Total")],
            [(20, "81204473"), (420, "Workshops"), (700, "3"), (820, "£520"), (1000, "£1,560.00")],
            [(420, "Survey analysis"), (700, "4.5"), (820, "£520"), (1000, "£2,340.00")],
            [(420, "Amount due"), (1000, "£3,900.00")],
        )
    )  # fmt: skip
    assert [(row["description"], row["quantity"], row["unit_price"]) for row in found] == [
        ("Workshops", "3", "520"),
        ("Survey analysis", "4.5", "520"),
    ]


def test_the_payment_part_of_a_swiss_bill_names_both_parties():
    """`Zahlbar durch` and `Konto / Zahlbar an` leave no doubt who is who."""
    made = dict(written_pages(Path(__file__).with_name("written_pages.yaml")))["payment-part-of-a-swiss-bill"]
    document, _ = document_of(made, Random(made.seed), 0.0)
    doubted = {doubt.field for doubt in extract_fields(document, shipped_packs()).doubts}
    assert not doubted & {"seller.name", "buyer.name"}


def test_a_period_in_the_next_column_is_no_day_of_issue():
    """`Période :` in one column and `du 04/05/2026 au 29/05/2026` in the next: `du` is no label of its own there."""
    found = values(
        reading(
            "Location Rennes SARL", "5 rue Haute, 35770 Vern", "", "FACTURE DE LOCATION",
            [(20, "Numéro :"), (200, "38817"), (600, "Date :"), (760, "31/05/2026")],
            [(20, "Contrat :"), (200, "C-771204"), (600, "Période :"), (760, "du 04/05/2026 au 29/05/2026")],
            "Règlement soit au plus tard le 8 juin 2026.",
        )
    )  # fmt: skip
    assert (found["issue_date"], found["due_date"]) == ("2026-05-31", "2026-06-08")


def test_a_price_may_say_per_what_and_a_future_payment_is_no_discount():
    """`9,90 €/Monat` is a price; the next year's monthly `Abschlag` is taken off nothing."""
    found = reading(
        "Stadtwerke Seewald GmbH", "Auenstraße 12, 88131 Lindau", "", "Rechnung Nr. 7719204", "",
        [(20, "Beschreibung"), (500, "Menge"), (700, "Preis"), (1000, "Betrag netto")],
        [(20, "Arbeitspreis"), (500, "3.180 kWh"), (700, "28,50 ct/kWh"), (1000, "906,30 €")],
        [(20, "Grundpreis"), (700, "9,90 €/Monat"), (1000, "118,80 €")],
        [(20, "Summe netto"), (1000, "1.025,10 €")], [(20, "Umsatzsteuer 19 %"), (1000, "194,77 €")],
        [(20, "Rechnungsbetrag brutto"), (1000, "1.219,87 €")], "",
        "Ihr neuer monatlicher Abschlag beträgt 102,00 € und ist am 01.03.2026 fällig.",
    )  # fmt: skip
    assert [row["net_amount"] for row in items(found)] == ["906.30", "118.80"]
    assert "total_discount" not in values(found)


def test_initials_are_no_form_of_address():
    """`D. J. Hargreaves` is a name; `D. Luis Romero` (Don) is addressed."""
    found = values(
        reading(
            "D. J. Hargreaves", "Plumbing and Heating Engineer", "29 Ripley Road, Harrogate HG3 2DA",
            "Mobile 07700 900 871", "", [(500, "Invoice date 06/03/2026")], [(500, "Invoice no. 0352")],
            "Mrs P Lindqvist", "Church Lane 4", "Harrogate HG3 1NJ", "",
        )
    )  # fmt: skip
    assert found["seller.name"] == "D. J. Hargreaves"
