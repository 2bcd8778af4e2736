"""Numbers end where they end, and none is another thing's: register, telephone, tax, order."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import reading, values

TITLES = {"en": "Invoice", "de": "Rechnung", "it": "Fattura", "pt": "Fatura", "fr": "Facture", "es": "Factura"}


def read(language: str, *rows: str) -> dict[str, str | None]:
    return values(reading(TITLES[language], *rows, pack=f"invoice-{language}"))


@pytest.mark.parametrize(
    ("language", "row", "path", "value"),
    [
        ("de", "Amtsgericht Jena HRB 204 118", "seller.registration_id", "HRB 204 118"),
        ("en", "Company Registration No: 07731926. Registered Office: Elland", "seller.registration_id", "07731926"),
        ("en", "Kareeboom Motors CC, Reg. 2004/061182/23", "seller.registration_id", "2004/061182/23"),
        ("it", "P.IVA e Reg. Imprese di Brescia 02711830170", "seller.tax_id", "02711830170"),
        ("en", "GSTIN 27AAKFV4418M1ZM", "seller.tax_id", "27AAKFV4418M1ZM"),
        ("en", "Reference: PO 7741 / Plot 9-12", "purchase_order", "7741"),
        ("en", "Invoice number: TB-0093 7715", "invoice_number", "TB-00937715"),
        ("en", "Registered in England and Wales, number 09114425.", "seller.registration_id", "09114425"),
        (
            "es",
            "Registro Mercantil de Granada, Tomo 1102, Folio 58, Hoja GR-18844.",
            "seller.registration_id",
            "GR-18844",
        ),
        ("pt", "C.R.C. Caldas da Rainha 02214", "seller.registration_id", "02214"),
        ("de", "Patientennummer: 20418", "buyer.customer_id", "20418"),
        ("fr", "N° d'engagement : 2026-E-00417   Code client : C7-110", "purchase_order", "2026-E-00417"),
        ("fr", "N° de contrat : CT 4418 2077", "contract_number", "CT44182077"),
        ("it", "Contratto n. CN-2207", "contract_number", "CN-2207"),
        ("de", "Amtsgericht Stuttgart HRB 417, Sitz Reutlingen", "seller.registration_id", "HRB 417"),
        ("pt", "Fone (54) 5550-0144", "seller.phone", "(54) 5550-0144"),
        ("fr", "BL 331804 DU 28/04/26 - V/CDE CARILLON-212", "purchase_order", "CARILLON-212"),
    ],
)
def test_a_number_is_read_whole_and_no_further(language, row, path, value):
    assert read(language, row)[path] == value


@pytest.mark.parametrize(
    ("language", "row", "path"),
    [
        ("en", "Reg. no. HKL 402 FS", "seller.registration_id"),
        ("fr", "Service client : 3977", "buyer.customer_id"),
        ("de", "Kundenservice: 44177203", "buyer.customer_id"),
        ("de", "Amtsgericht Stuttgart HRA 351", "seller.registration_id"),  # the rest stands in the next line
        ("es", "T: 00001000000704425186", "seller.phone"),
    ],
)
def test_a_number_of_another_thing_is_none(language, row, path):
    assert path not in read(language, row)


def test_a_reference_far_from_its_label_is_listed():
    """`Contratto di noleggio attrezzature n. CN-2207`: letters between label and number make it less than likely."""
    found = reading("Fattura", "Contratto di noleggio attrezzature edili n. CN-2207", pack="invoice-it")
    assert values(found)["contract_number"] == "CN-2207"
    assert [d.reason for d in found.doubts if d.field == "contract_number"] == ["low_confidence"]
