"""References whose label proves little are said to be doubtful, and numbers of other things are none."""

from __future__ import annotations

import pytest

from docpipe.document import KeyField
from docpipe.stages.key_fields.reference_evidence import doubt_number_of_goods, doubt_references, reference_patterns
from tests.stages.key_fields.placing import Placed, reading, values

TITLES = {"en": "Invoice", "de": "Rechnung", "it": "Fattura", "pt": "Fatura", "fr": "Facture", "es": "Factura"}
ORDER, CUSTOMER = "purchase_order", "buyer.customer_id"


def read(language: str, *rows: Placed | str) -> tuple[dict[str, str | None], dict[str, str]]:
    """Return the values, and of what is doubted the reason in words."""
    found = reading(TITLES.get(language, "Factuur"), *rows, pack=f"invoice-{language}")
    return values(found), {doubt.field: doubt.message for doubt in found.doubts}


@pytest.mark.parametrize(
    ("language", "row", "path", "words"),
    [
        ("de", "Auftragsnummer: A26-33190", ORDER, "seller's own number"),
        ("nl", "Uw kenmerk: dossier 8814", ORDER, "“DOSSIER” stands between"),
        ("en", "Your reference: KT-4471", ORDER, "any reference"),
        ("es", "Pedido cliente: PC-0917", CUSTOMER, "“PEDIDO” before"),
    ],
)
def test_a_label_that_proves_little_is_told(language, row, path, words):
    found, doubts = read(language, row)
    assert found[path] is not None
    assert words in doubts[path]


@pytest.mark.parametrize(
    ("language", "row", "path"),
    [
        ("de", "Ihre Bestellung: A26-33190", ORDER),
        ("nl", "Uw kenmerk: inkooporder HH-441", ORDER),
        ("en", "Your reference: PO4471", ORDER),
        ("en", "Your Order   PO 7742", ORDER),
        ("es", "Cliente: PC-0917", CUSTOMER),
        ("fr", "Numéro de client 8004413", CUSTOMER),
    ],
)
def test_a_label_that_names_the_number_is_believed(language, row, path):
    found, doubts = read(language, row)
    assert found[path] is not None
    assert path not in doubts


def test_a_house_number_below_the_word_for_the_customer_is_doubted():
    found, doubts = read("en", "Customer:", "Address: 60118 Ridgeview Loop", "Bend, OR 97702")
    assert found.get(CUSTOMER) is None or "ADDRESS" in doubts[CUSTOMER]


def test_two_orders_are_a_choice_with_its_rival():
    found = reading("Invoice", "Purchase order: 4500112987", "", "Purchase order: 4500113355", pack="invoice-en")
    doubt = next(d for d in found.doubts if d.field == ORDER)
    assert (doubt.reason, {found.fields[ORDER].value, doubt.rival}) == ("close_choice", {"4500112987", "4500113355"})


@pytest.mark.parametrize(
    ("language", "row", "path"),
    [
        ("es", "Avda. de los Emigrantes, 6, 3° C 41400 Écija", ORDER),
        ("fr", "SIRET 804 552 130 00031", "seller.phone"),
        ("de", "Telefon 01.09.-30.09.2026", "seller.phone"),
        ("nl", "T 184.220", "seller.phone"),
        ("es", "T26/2218", "seller.phone"),
        ("fr", "Le montant sera prélevé sur votre compte BE92 4700 7223 6890 à l'échéance.", "payment.iban"),
    ],
)
def test_a_number_of_another_thing_is_none(language, row, path):
    assert read(language, row)[0].get(path) is None


def test_an_account_at_a_bank_is_no_number_of_the_customer():
    found, _ = read("en", "Company's Bank Details", "", "Cosmos Bank", "", "A/c No. : 0421 1180 0093")
    assert found["seller.bank_account"] == "042111800093"
    assert CUSTOMER not in found


def test_only_digits_may_be_an_account_at_the_bank_beside_them():
    bank = "Bank: Lloyds Bank, sort code 30-96-21"
    found, doubts = read("en", bank, "Client code: OLL004")
    assert found[CUSTOMER] == "OLL004"
    assert CUSTOMER not in doubts
    found, doubts = read("en", bank, "Account Number: 4471882")
    assert CUSTOMER not in found or CUSTOMER in doubts
    found, doubts = read("it", "Banca Alpina, IBAN IT60X0542811101000000123456", "Codice cliente: 000000100477213874")
    assert CUSTOMER in doubts


@pytest.mark.parametrize(
    ("language", "rows", "path", "value"),
    [
        ("en", ("CUSTOMER NO   4402 -A",), CUSTOMER, "4402-A"),
        ("pt", ("N.º de contrato: 0055 1820 7",), "contract_number", "005518207"),
        ("de", ("Tel. 06461 55-", "5012"), "seller.phone", "06461 55-5012"),
        ("es", ("Tel./Fax 954 55 50 17 · Móvil 655 55 50 17",), "seller.phone", "954 55 50 17"),
        (
            "it",
            ("Banca Popolare dell'Alto Adige, IBAN IT60X0542811101000000123456",),
            "seller.bank_name",
            "Banca Popolare dell'Alto Adige",
        ),
        ("it", ("Banca d'appoggio: BANCO BPM ABI 05034 CAB 11702",), "seller.bank_name", "BANCO BPM"),
    ],
)
def test_a_number_or_name_is_read_whole(language, rows, path, value):
    assert read(language, *rows)[0][path] == value


def test_the_partners_part_of_the_register_is_doubted():
    """A KG stands in part A; the number of part B in its footer is that of the company that leads it."""
    number = KeyField(value="HRB 350117", confidence=0.95)
    for name, doubted in (("Hägele Präzision GmbH & Co. KG", True), ("Hägele Präzision GmbH", False)):
        fields = {"seller.registration_id": number, "seller.name": KeyField(value=name, confidence=0.9)}
        assert [d.field for d in doubt_references(fields, ())] == ["seller.registration_id"] * doubted


def test_a_code_of_goods_is_no_sure_number_of_the_invoice():
    code = KeyField(value="SW-210", confidence=0.93)
    assert [d.field for d in doubt_number_of_goods({"invoice_number": code}, [{"product_code": code}])] == [
        "invoice_number"
    ]
    assert not list(doubt_number_of_goods({"invoice_number": code}, [{"description": code}]))


def test_a_number_in_brackets_and_a_short_one_are_doubted():
    _, doubts = read("de", "Abzüglich Anzahlung (Rechnung AZ/101/07 vom 10.07.2026): 12.300,00 EUR")
    assert "brackets" in doubts["invoice_number"]
    found = reading("N.º 000.048.213", "", "", "FATURA / DUPLICATA", "N.º 001", pack="invoice-pt")
    assert found.fields["invoice_number"].value == "001"
    assert [d.rival for d in found.doubts if d.field == "invoice_number"] == ["000.048.213"]


def test_the_shared_words_compile():
    patterns = reference_patterns()
    assert patterns.sellers_order.search("AUFTRAGS-NR")
    assert patterns.party.search("CLIENTE")
    assert not patterns.their_account.search("OUR ACCOUNT")
