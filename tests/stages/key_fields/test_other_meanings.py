"""What a value is instead of a field: a piece of a longer number, a code of goods, another's reference or day."""

from __future__ import annotations

import pytest

from docpipe.document import KeyField
from docpipe.stages.key_fields.other_meanings import doubt_nameless, without_credit_as_payment
from tests.stages.key_fields.placing import reading, values


def reasons(found, path: str) -> list[str]:
    return [doubt.reason for doubt in found.doubts if doubt.field == path]


@pytest.mark.parametrize(
    ("pack", "title", "sellers", "buyers"),
    [
        ("invoice-de", "Auftragsbestätigung", "Auftrags-Nr.: AB-23-0417", "Ihre Bestellung: BR-77123"),
        ("invoice-en", "Order confirmation", "Sales order no: SO-23-0417", "Your order: BR-77123"),
        ("invoice-fr", "Facture F-118", "N° de commande : CD-23-0417", "V/Réf. commande : BR-77123"),
    ],
)
def test_the_buyers_own_word_names_the_order(pack, title, sellers, buyers):
    """The seller counts its orders, too; alone, such a number is the order's."""
    assert values(reading(title, sellers, buyers, pack=pack))["purchase_order"] == "BR-77123"
    assert values(reading(title, sellers, pack=pack))["purchase_order"].endswith("23-0417")


def test_a_number_whose_beginning_stands_above_is_none():
    """`Account number` and `0044-2210-7` over two lines of a slip."""
    found = reading(
        "UTILITY BILL", "Alder Water", [(20, "Account"), (200, "0044-"), (400, "Due")],
        [(20, "number"), (200, "2210-7"), (400, "date")], [(600, "Total amount due"), (1000, "$10.00")],
        pack="invoice-en",
    )  # fmt: skip
    assert values(found).get("invoice_number") is None


def test_a_code_of_goods_is_no_number_of_the_document():
    """`Art.-Nr.` heads a column of codes."""
    found = reading(
        "Auftragsbestätigung", "Alder GmbH", "",
        [(20, "Pos."), (120, "Art.-Nr."), (300, "Bezeichnung"), (700, "Menge"), (850, "E-Preis"), (1000, "G-Preis")],
        [(20, "1"), (120, "KT-220"), (300, "Tisch Eiche"), (700, "1"), (850, "480,00"), (1000, "480,00")],
        [(20, "2"), (120, "ST-04"), (300, "Stuhl Esche"), (700, "2"), (850, "100,00"), (1000, "200,00")],
        "", [(700, "Nettobetrag"), (1000, "680,00 €")], pack="invoice-de",
    )  # fmt: skip
    assert values(found).get("invoice_number") is None


@pytest.mark.parametrize("thing", ["Dental cleaning", "Next inspection", "Library books"])
def test_what_else_is_due_is_no_payment(thing):
    """A reminder on an invoice; a day for it is doubted at least."""
    day = "25 August 2024"
    found = reading("Invoice no. A-17", "Alder Ltd", f"{thing} - due {day}", "Total: $60.25", pack="invoice-en")
    rows = ("Invoice no. A-17", "Alder Ltd", f"Balance of account due {day}", "Total: $60.25")
    money = reading(*rows, pack="invoice-en")
    sure, thin = (page.fields.get("due_date", KeyField()).confidence for page in (money, found))
    assert thin < 0.4 < sure


def test_two_days_when_payment_is_due_are_doubted():
    """Nothing says which of two instalments the document's day is."""
    rows = ("Invoice no. A-17", "Alder Ltd", "Payment due: 25/08/2024", "Payment due: 25/09/2024", "Total: £60.25")
    assert reasons(reading(*rows, pack="invoice-en"), "due_date") == ["close_choice"]


def test_a_credit_is_no_payment():
    """`Total credit` of a credit note was read as the total and as what was paid."""
    same = KeyField("86.00", "86.00", 0.9, "rule", line_ids=("1-43",))
    fields = {"document_type": KeyField("credit_note", "", 1.0, "rule"), "total_gross": same, "amount_paid": same}
    assert "amount_paid" not in without_credit_as_payment(fields)
    assert "amount_paid" in without_credit_as_payment({**fields, "document_type": KeyField("invoice", "", 1.0, "rule")})


def test_an_address_without_a_name_is_doubted():
    """A town of the seller's letterhead was taken for the buyer's address, and nobody for the buyer."""
    address = KeyField("46140 Luzech", "46140 Luzech", 0.94, "model")
    assert [doubt.field for doubt in doubt_nameless({"buyer.address": address})] == ["buyer.address"]
    assert not list(doubt_nameless({"buyer.address": address, "buyer.name": KeyField("Alder", "Alder", 0.9, "model")}))


def test_the_year_of_a_day_may_stand_in_the_next_cell():
    """A till prints day and year with tabulators between."""
    rows = ("WELLBRIGHT PHARMACY", "3900 E MAIN ST", "TOTAL 15.31", [(20, "NOVEMBER 3,"), (170, "2023  6:41 PM")])
    assert values(reading(*rows, pack="receipt-en"))["issue_date"] == "2023-11-03"


@pytest.mark.parametrize(
    ("pack", "label", "text"),
    [
        ("invoice-de", "Zahlungsbedingungen:", "30 % Anzahlung bei Auftrag, Rest bei Lieferung"),
        ("invoice-en", "Payment terms:", "50% deposit on acceptance, balance on completion"),
        ("invoice-nl", "Betalingsvoorwaarden:", "30 % aanbetaling, rest bij oplevering"),
    ],
)
def test_shares_at_stages_are_terms(pack, label, text):
    """`Lieferung` and `delivery` alone say that a sentence is about something else."""
    assert values(reading(f"{label} {text}", pack=pack)).get("payment_terms") == text


def test_terms_end_before_a_line_with_a_label_of_its_own():
    """`Lieferbedingung` is no label that a field has."""
    rows = (
        "Rechnung A-17",
        "Zahlungsbedingungen: 30 % Anzahlung bei Auftrag, Rest bei Lieferung",
        "Lieferbedingung: frei Haus",
    )
    assert values(reading(*rows, pack="invoice-de"))["payment_terms"].endswith("Rest bei Lieferung")


def test_terms_end_before_the_number_of_an_account():
    """Where to pay is no term."""
    rows = ("Invoice no. A-17", "Payment terms: Net 45. Please remit by ACH to Alder Bank account 88120077.")
    assert values(reading(*rows, pack="invoice-en"))["payment_terms"] == "Net 45"


def test_a_german_confirmation_is_dated_by_its_order():
    rows = ("Auftragsbestätigung", "Auftragsdatum: 02.10.2023", "Ihre Bestellung: BR-77 vom 28.09.2023")
    assert values(reading(*rows, pack="invoice-de"))["issue_date"] == "2023-10-02"
