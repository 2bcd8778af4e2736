"""Receipts in Dutch, Italian, Spanish and Portuguese: shop, address, day, total, and that they are receipts."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import reading, values

RECEIPTS = {
    "nl": (
        ("Bakkerij Zonneveld", "Dorpsstraat 12", "1721 BB Broek op Langedijk", "Tel: 0226 123456",
         "Kassabon", "Datum: 14-03-2026 12:42",
         [(20, "Volkoren brood"), (400, "2,95")], [(20, "Krentenbol"), (400, "1,20")],
         [(20, "Totaal"), (400, "4,15")], [(20, "Pin"), (400, "4,15")], [(20, "BTW 9%"), (400, "0,34")],
         "Bedankt en tot ziens"),
        ("Bakkerij Zonneveld", "4.15"),
    ),
    "it": (
        ("Panificio Rossetti S.a.s.", "Corso Italia 88", "10128 Torino TO", "P.IVA 05544332211",
         "DOCUMENTO COMMERCIALE",
         [(20, "Pane"), (400, "2,95")], [(20, "Focaccia"), (400, "1,20")], [(20, "TOTALE COMPLESSIVO"), (400, "4,15")],
         [(20, "di cui IVA"), (400, "0,16")], [(20, "Pagamento contante"), (400, "5,00")],
         [(20, "Resto"), (400, "0,85")],
         "14/03/2026 12:42", "DOCUMENTO N. 0417-0012"),
        ("Panificio Rossetti S.a.s.", "4.15"),
    ),
    "es": (
        ("Panaderia Ruiz S.L.", "Avda. del Puerto 88", "46021 Valencia", "CIF: B46103834",
         "FACTURA SIMPLIFICADA: T-417",
         "Fecha: 14/03/2026 12:42", [(20, "Pan"), (400, "2,95")], [(20, "Empanada"), (400, "1,20")],
         [(20, "TOTAL"), (400, "4,15")], [(20, "EFECTIVO"), (400, "5,00")], [(20, "CAMBIO"), (400, "0,85")],
         "Gracias por su visita"),
        ("Panaderia Ruiz S.L.", "4.15"),
    ),
    "pt": (
        ("Padaria Costa, Lda", "Travessa das Flores 8", "8000-128 Faro", "Contribuinte: 507998877",
         "Fatura Simplificada FS A/417",
         "Data: 14-03-2026 12:42", [(20, "Pao"), (400, "2,95")], [(20, "Bolo"), (400, "1,20")],
         [(20, "TOTAL"), (400, "4,15")], [(20, "Numerario"), (400, "5,00")], [(20, "Troco"), (400, "0,85")],
         "Obrigado pela sua visita"),
        ("Padaria Costa, Lda", "4.15"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(RECEIPTS))
def test_a_receipt_is_read(language):
    """The pack of its language reads it."""
    rows, (name, total) = RECEIPTS[language]
    found = reading(*rows)
    assert found.pack == f"receipt-{language}"
    read = values(found)
    wanted = {"seller.name": name, "issue_date": "2026-03-14", "total_gross": total, "document_type": "receipt"}
    assert {path: read.get(path) for path in wanted} == wanted
