"""Which of several dates and numbers is meant: labels of others never count, and what no label decides is said."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import reading, values


@pytest.mark.parametrize("label", ["Delivery date", "Order date", "Printed on", "Date of supply", "Ship Date"])
def test_another_date_is_no_day_of_issue(label):
    """The only date of an invoice has another label, beside it or over it."""
    beside = reading(
        "INVOICE A-17", "Alder Ltd", [(20, label), (400, "14/03/2026")], [(600, "Total"), (1000, "£10.00")]
    )
    assert values(beside).get("issue_date") is None
    over = reading("INVOICE A-17", "Alder Ltd", [(20, label)], [(20, "14/03/2026")], [(600, "Total"), (1000, "£10.00")])
    assert values(over).get("issue_date") is None


def test_two_dates_without_a_label_are_doubted():
    """The choice is made, and the other day is named."""
    found = reading("INVOICE A-17", "Alder Ltd", "14 March 2026", "13 April 2026", [(600, "Total"), (1000, "£10.00")])
    doubt = next(doubt for doubt in found.doubts if doubt.field == "issue_date")
    assert {doubt.rival, found.fields["issue_date"].value} == {"2026-03-14", "2026-04-13"}


@pytest.mark.parametrize(
    "text",
    [
        "Zahlbar bis 16.04.2026 mit 2 % Skonto, bis 02.05.2026 ohne Abzug.",
        "Zahlbar bis 16.04.2026 (2 % Skonto), bis 02.05.2026 netto",
        "Zahlbar innerhalb 30 Tagen bis 02.05.2026 ohne Abzug.",
    ],
)
def test_the_day_of_a_discount_is_no_due_date(text):
    """Due is the day without discount."""
    found = values(reading("Rechnung Nr. 17", "Alder GmbH", [(600, "Gesamtbetrag"), (1000, "10,00 €")], text))
    assert found["due_date"] == "2026-05-02"


def test_a_common_word_in_an_address_is_no_label():
    """`9 place du Marché, 69001 Lyon` holds no number of a contract."""
    found = values(
        reading(
            "FACTURE F-2022-118", "Client :", "Boulangerie Exemple SAS", "9 place du Marché, 69001 Lyon",
            [(600, "Total TTC"), (1000, "17 334,72 €")],
        )
    )  # fmt: skip
    assert found.get("contract_number") is None


def test_a_value_below_its_label_beats_a_far_address_beside_it():
    """A postcode in the next column is no invoice number."""
    found = values(
        reading(
            [(20, "INVOICE")],
            [(400, "Invoice number"), (760, "Copperfield Signs")],
            [(400, "2026-0417"), (760, "Bristol BS1 5TY")],
            [(600, "Total"), (1000, "£10.00")],
        )
    )
    assert found["invoice_number"] == "2026-0417"


def test_letters_inside_a_word_are_no_label():
    """`t/m` (to) ends no period in a Dutch invoice, and `NO-7740` is a number."""
    found = values(
        reading(
            "FACTUUR", "Van Houten Meubels B.V.", "Factuurnummer: NO-7740", "Factuurdatum: 14-03-2026",
            "Periode: 01-02-2026 t/m 28-02-2026", [(600, "Totaal"), (1000, "€ 10,00")],
        )
    )  # fmt: skip
    assert (found["period_start"], found["period_end"]) == ("2026-02-01", "2026-02-28")
    assert found["invoice_number"] == "NO-7740"
    assert found.get("seller.phone") is None


@pytest.mark.parametrize(
    "rows",
    [
        ("Rechnung Nr. 17", "Datum: 06.03.2026"),
        ("FACTUUR 17", "Factuurdatum: 06-03-2026"),
        ("FATTURA n. 17", "Data fattura: 06/03/2026"),
    ],
    ids=["de", "nl", "it"],
)
def test_a_language_of_one_order_knows_it(rows):
    """A day below 13 is as sure as any other where all who write the language put the day first."""
    found = reading(*rows, [(600, "Total"), (1000, "10,00 €")]).fields["issue_date"]
    assert (found.value, found.confidence > 0.9) == ("2026-03-06", True)


def test_a_weak_hint_of_a_country_that_writes_as_the_language_does_leaves_the_order_known():
    """FRANCE alone is a weak hint; but French puts the day first with it and without it."""
    found = reading(
        "Atelier Exemple SARL", "12 rue des Lilas", "69003 Lyon, France", "Facture n° F-17", "Date : 02/04/2026"
    )
    assert values(found)["issue_date"] == "2026-04-02"
    assert [doubt for doubt in found.doubts if doubt.reason == "day_or_month"] == []


DUE_IN_A_SENTENCE = {
    ("INVOICE A-17", "Total", "£10.00"): [
        "2% discount if paid by 24 March 2026. Payable in full without deduction by 13 April 2026.",
        "Please transfer the total amount to our account by 13 April 2026.",
        "Kindly settle this invoice on or before 13 April 2026",
        "2% off if paid by 24 March 2026, net by 13 April 2026",
    ],
    ("FACTURE F-17", "Total TTC", "10,00 €"): [
        "Escompte de 2 % pour règlement avant le 24 mars 2026. Paiement sans escompte le 13 avril 2026.",
        "Facture payable par virement avant le 13/04/2026",
        "Règlement à 30 jours, soit le 13 avril 2026",
    ],
    ("FACTUUR 17", "Totaal", "€ 10,00"): ["Wij verzoeken u het bedrag vóór 13 april 2026 over te maken"],
    ("FATTURA N. 17", "Totale", "10,00 €"): ["Pagamento: bonifico bancario entro 13/04/2026"],
    ("FACTURA Nº 17", "Total", "10,00 €"): [
        "Rogamos efectúen el pago antes del 13 de abril de 2026",
        "2% de descuento por pronto pago hasta el 24/03/2026. Importe neto a pagar hasta el 13/04/2026",
    ],
    ("FATURA N.º 17", "Total", "10,00 €"): ["Desconto de 2% para pagamento até 24/03/2026; valor total até 13/04/2026"],
    ("Rechnung Nr. 17", "Gesamtbetrag", "10,00 €"): ["2 % Skonto bis 24.03.2026 / netto Kasse 13.04.2026"],
}


@pytest.mark.parametrize(
    ("page", "sentence"), [(page, text) for page, texts in DUE_IN_A_SENTENCE.items() for text in texts]
)
def test_a_sentence_says_when_it_is_due(page, sentence):
    """What is said of paying stands some words before the day; the day of a discount comes first."""
    title, total, amount = page
    found = values(reading(title, "Alder Ltd", [(600, total), (1000, amount)], sentence))
    assert found["due_date"] == "2026-04-13"


def test_a_hyphen_read_as_a_middle_dot_does_not_part_a_number():
    """Print of a few dots: `KS·3391` is no 3391."""
    page = reading("INVOICE", "Alder Ltd", [(20, "Invoice no"), (400, "KS·3391")], [(600, "Total"), (1000, "£10.00")])
    assert values(page)["invoice_number"] == "KS-3391"


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (("FATURA N.º 17", "Total", "10,00 €"), "Valor dos serviços prestados até 28/02/2026"),
        (("FACTURA Nº 17", "Total", "10,00 €"), "Importe de los consumos hasta el 28/02/2026"),
        (("FACTUUR 17", "Totaal", "€ 10,00"), "Bedrag over de geleverde uren tot 28-02-2026"),
    ],
)
def test_an_amount_up_to_a_day_is_not_due_then(page, sentence):
    title, total, amount = page
    assert values(reading(title, "Alder Ltd", [(600, total), (1000, amount)], sentence)).get("due_date") is None


def test_the_first_day_of_a_period_is_no_day_of_issue():
    """One short label stands before both days."""
    found = reading(
        "FACTURE", "Facture n° 2023 0417 du 17 avril 2023", "Période de facturation : du 17/02/2023 au 16/04/2023",
        pack="invoice-fr",
    )  # fmt: skip
    assert found.fields["issue_date"].value == "2023-04-17"
    assert not [doubt for doubt in found.doubts if doubt.field == "issue_date"]


def test_a_slip_is_of_the_day_with_its_time():
    """The last day for returns stands at the foot of the same slip."""
    found = reading(
        "HAMMER HUT", [(20, "0811 00052 44120"), (300, "05/29/24 03:18 PM")], [(20, "TOTAL"), (600, "72.50")],
        "RETURN POLICY", "A 1 90 08/27/2024", pack="receipt-en",
    )  # fmt: skip
    assert found.fields["issue_date"].value == "2024-05-29"
    assert "issue_date" not in {doubt.field for doubt in found.doubts}


def test_the_number_of_a_bank_branch_is_no_day_behind_a_town():
    """`D J Hargreave, 05-04-33` outweighed the labelled date."""
    found = values(reading(
        "D. J. HARGREAVE", "29 Ripley Road, Harrogate HG3 2DA", [(603, "Invoice date"), (800, "06/03/2026")],
        [(603, "Invoice no."), (800, "0352")], "FOR WORK CARRIED OUT 2nd March 2026",
        [(600, "TOTAL"), (1000, "£1,670.75")],
        [(20, "Payment within 14 days please."), (529, "Bank transfer to")],
        [(20, "D J Hargreave, 05-04-33"), (448, "41177209.")],
        pack="invoice-en",
    ))  # fmt: skip
    assert found["issue_date"] == "2026-03-06"


def test_the_one_day_of_a_slip_is_sure():
    """It comes and goes on the same day, under words that no pack knows."""
    found = reading(
        "PARKING SAINT-MICHEL", "4 place Carnot", "49100 ANGERS", "REÇU", "Entrée : 21/09/2023 09:14",
        "Sortie : 21/09/2023 12:51", [(20, "Total TTC"), (600, "8,90 EUR")], pack="receipt-fr",
    )  # fmt: skip
    assert found.fields["issue_date"].value == "2023-09-21"
    assert found.fields["issue_date"].confidence > 0.9


@pytest.mark.parametrize(("title", "day"), [("ORDER CONFIRMATION", "2023-05-02"), ("INVOICE", None)])
def test_the_day_of_an_order_is_that_of_its_confirmation(title: str, day: str | None):
    """On an invoice it is another day."""
    rows = [(20, "Order date"), (400, "May 2, 2023")], [(20, "Estimated delivery"), (400, "May 9, 2023")]
    found = values(reading(title, *rows, [(20, "Order total"), (400, "$189.67")], pack="invoice-en"))
    assert (found.get("issue_date") == day) or (day is None and found.get("issue_date") != "2023-05-02")
