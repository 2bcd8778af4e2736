"""Terms of payment: whole, behind their label or in a sentence of their own; never a fragment, never a delivery."""

from __future__ import annotations

import pytest

from docpipe.stages.key_fields.extract import Extraction
from tests.stages.key_fields.placing import Placed, reading, values

HEADS = {
    "en": ("Invoice", "Invoice number: A-2041", "Invoice date: 3 May 2026", "Total: 180.00 GBP"),
    "de": ("Rechnung", "Rechnungsnummer: A-2041", "Rechnungsdatum: 03.05.2026", "Gesamtbetrag: 180,00 EUR"),
    "fr": ("Facture", "Facture n° : A-2041", "Date de facture : 03/05/2026", "Total TTC : 180,00 €"),
    "it": ("Fattura", "Fattura n. A-2041", "Data fattura: 03/05/2026", "Totale fattura: € 180,00"),
    "es": ("Factura", "Número de factura: A-2041", "Fecha de factura: 03/05/2026", "Total factura: 180,00 €"),
    "pt": ("Fatura", "Fatura n.º A/2041", "Data de emissão: 03/05/2026", "Total a pagar: 180,00 €"),
    "nl": ("Factuur", "Factuurnummer: A-2041", "Factuurdatum: 03-05-2026", "Totaal incl. btw: € 180,00"),
    "pl": ("Faktura VAT", "Faktura nr A/2041", "Data wystawienia: 2026-05-03", "Razem do zapłaty: 180,00 PLN"),
}


def read(language: str, *rows: Placed | str) -> Extraction:
    title, number, date, total = HEADS[language]
    return reading(title, number, date, "", total, "", *rows, pack=f"invoice-{language}")


def terms(language: str, *rows: Placed | str) -> str | None:
    return values(read(language, *rows)).get("payment_terms")


def doubted(found: Extraction) -> list[str]:
    return [doubt.reason for doubt in found.doubts if doubt.field == "payment_terms"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Payment is due within 30 days from date of invoice."),
        ("de", "Zahlbar innerhalb von 14 Tagen ohne Abzug."),
        ("de", "Bitte überweisen Sie den Betrag bis zum 06.07.2026 auf unser Konto."),
        ("fr", "Paiement à 30 jours fin de mois."),
        ("fr", "Règlement à réception de facture par virement."),
        ("it", "Pagamento entro 30 giorni data fattura."),
        ("es", "Pago a 60 días fecha factura."),
        ("pt", "Pagamento a 30 dias da data da fatura."),
        ("nl", "Wij verzoeken u het bedrag binnen 14 dagen over te maken."),
        ("it", "Il pagamento dovrà essere effettuato tramite bonifico entro 30 giorni dalla data."),
        ("pt", "Agradecemos o pagamento até ao dia 8 de cada mês, por transferência."),
        ("pl", "Prosimy o zapłatę w terminie 14 dni."),
    ],
)
def test_a_sentence_that_asks_for_payment_is_read_whole(language, sentence):
    assert terms(language, sentence, "Thanks.") == sentence


@pytest.mark.parametrize(
    ("language", "label", "value"),
    [
        ("en", "Terms", "Net 30"),
        ("de", "Zahlungsziel", "30 Tage netto"),
        ("fr", "Conditions de règlement", "par virement ou chèque à réception, au plus tard le 25/03/2026"),
        ("it", "Condizioni di pagamento", "Bonifico 60 gg d.f. f.m."),
        ("es", "Forma de pago", "Transferencia 60 días f.f."),
        ("pt", "Condição", "Boleto 15 dias"),
        ("nl", "Betalingstermijn", "14 dagen netto"),
        ("pl", "Termin płatności", "14 dni"),
    ],
)
def test_what_stands_behind_a_label_is_read(language, label, value):
    assert terms(language, f"{label}: {value}") == value
    assert terms(language, [(20, f"{label}:"), (320, value)]) == value


@pytest.mark.parametrize(
    ("language", "row"),
    [
        ("fr", "numéro à transmettre pour le règlement de vos factures)"),
        ("fr", "Les marchandises restent notre propriété jusqu'au paiement intégral (loi 80.335)."),
        ("fr", "Pas d'escompte pour paiement anticipé."),
        ("en", "Terms: Delivery scheduled for second week of October 2026."),
        ("en", "Terms & Conditions: goods once sold will not be taken back. Interest 18% after 30 days."),
        ("en", "Late payment is subject to fees of 5% per month after 30 days."),
        ("de", "Zahlungsbedingungen"),
    ],
)
def test_what_says_nothing_of_payment_is_no_term(language, row):
    assert terms(language, row) is None


def test_a_sentence_over_two_lines_is_joined_and_ends_at_its_mark():
    found = read(
        "de",
        "Bitte überweisen Sie den Rechnungsbetrag innerhalb von 14 Tagen nach",
        "Erhalt auf das unten genannte Konto. Bei Verzug berechnen wir Zinsen.",
    )
    whole = "Bitte überweisen Sie den Rechnungsbetrag innerhalb von 14 Tagen nach Erhalt auf das unten genannte Konto."
    assert values(found)["payment_terms"] == whole
    assert not doubted(found)


def test_a_cut_sentence_is_doubted():
    """Nothing goes on below a line that ends in the middle of a sentence."""
    found = read("en", "Payment is due within 30 days of the date of the", "", "Page 1")
    assert doubted(found) == ["incomplete"]
    assert found.fields["payment_terms"].confidence < 0.5


@pytest.mark.parametrize(
    "sentence",
    ["Payment is due within 30 days, IBAN GB33 BUKB 2020 1555 5555 55", "Payment is due within 30 days from date"],
)
def test_a_sentence_without_its_mark_is_doubted(sentence):
    """An account was cut off, or a column beside goes on: on pages nobody had seen such terms were always a part."""
    found = read("en", sentence)
    assert values(found)["payment_terms"] is not None
    assert "incomplete" in doubted(found)


def test_two_different_terms_are_doubted():
    found = read("en", "Payment terms: 30 days net", "", "", "Payment is due within 14 days.", "")
    assert values(found)["payment_terms"] == "30 days net"
    assert doubted(found) == ["close_choice"]


def test_a_means_of_payment_alone_is_less_sure_than_a_time():
    means, time = (read("de", f"Zahlungsart: {value}").fields["payment_terms"] for value in ("Überweisung", "30 Tage"))
    assert means.confidence < 0.8 < time.confidence


def test_the_number_of_an_account_is_no_part_of_the_terms():
    assert terms("es", "Forma de pago: Transferencia a 30 días: ES93 0081 0267 8900 0188 4477") == (
        "Transferencia a 30 días"
    )


def test_terms_end_before_the_label_of_another_number():
    assert terms("pl", "Termin zapłaty: 7 dni   Zamówienie nr 12/B z dnia 20.04.2026") == "7 dni"


def test_terms_go_on_below_their_value_behind_a_comma():
    rows = [[(20, "Zahlungsbedingung: 10 Tage 3 % Skonto, 30 Tage 2 % Skonto,")], [(230, "60 Tage netto")]]
    assert terms("de", *rows) == "10 Tage 3 % Skonto, 30 Tage 2 % Skonto, 60 Tage netto"
