"""What stands over a receipt's goods: which kind it is, its numbers, and a currency that a legal form is not."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import reading, values
from tests.stages.key_fields.test_receipts import HEAD, sums

FRENCH = (
    "Brasserie du Pont", "100 boulevard de la Paix", "59000 Lille", "Facture",
    [(20, "Plat du jour"), (300, "14,00")], [(20, "Verre de vin"), (300, "5,00")], [(20, "Tarte"), (300, "6,00")],
    "22-03-2012", [(20, "Total T.T.C"), (300, "25,00")], [(20, "Paiement espèces"), (300, "30,00")],
    [(20, "Rendu EUR"), (300, "5,00")], "Merci de votre confiance",
)  # fmt: skip


def test_a_roll_is_a_receipt_whatever_its_title_says():
    """`Facture` over the sums of a till: the print is some forty characters wide."""
    found = values(reading(*FRENCH))
    assert (found["document_type"], found["total_gross"]) == ("receipt", "25.00")


def test_a_narrow_page_that_names_its_buyer_stays_an_invoice():
    """A buyer is what a till does not know."""
    head = [*FRENCH[:3], "Facture n° 2012-77", "Date de facture : 22/03/2012", "Échéance : 22/04/2012"]
    rows = [*head, "Facturé à :", "Garage Martin", "4 rue Haute", "59800 Lille", *FRENCH[4:7], FRENCH[8]]
    assert values(reading(*rows))["document_type"] == "invoice"


@pytest.mark.parametrize("note", ["Aucun remboursement", "Ni repris ni échangé, avoir sous 30 jours"])
def test_a_condition_at_the_foot_makes_no_credit_note(note):
    assert values(reading(*FRENCH, note, pack="receipt-fr"))["document_type"] == "receipt"


def test_a_credit_note_says_so_in_a_line_of_its_own():
    found = values(reading(*FRENCH[:3], "TICKET D'AVOIR", *FRENCH[4:], pack="receipt-fr"))
    assert found["document_type"] == "credit_note"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        pytest.param("REG NO: 368503 T", "368503T", id="the-letter-stands-apart"),
        pytest.param("Co. Reg. No: 200401045511 (6720014-H)", "200401045511(6720014-H)", id="new-and-old-number"),
        pytest.param("Company No: KT0871364-W", "KT0871364-W", id="letters-first"),
    ],
)
def test_a_registration_number_keeps_its_letter(line, number):
    found = values(reading("KEDAI BUNGA", *HEAD[1:4], line, *sums(("TOTAL", "36.10")), pack="receipt-en"))
    assert (found["seller.registration_id"] or "").replace(" ", "") == number


def test_a_sum_is_no_number_of_the_receipt():
    """The number's own text was not read, and what stands beside its label is money."""
    found = values(reading(*HEAD, [(20, "RECEIPT"), (400, "542.32")], *sums(("CASH", "542.32"))))
    assert found.get("invoice_number") is None


@pytest.mark.parametrize("name", ["(RIMBA JAYA FOOD SDN BHD)", "LION FOOD COURT BHD", "LION FOOD SDN BHD 884213-K"])
def test_a_legal_form_is_no_currency(name):
    """`BHD` is the dinar of Bahrain beside a number only."""
    rows = ("KEDAI MAKAN", name, *HEAD[1:4], *sums(("TOTAL", "RM36.10"), ("CASH", "RM40.00"), ("CHANGE", "RM3.90")))
    assert values(reading(*rows, pack="receipt-en"))["currency"] == "MYR"
