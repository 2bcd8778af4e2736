"""Parties of forms: several labelled values in a line, values under captions, two forms side by side."""

from __future__ import annotations

from tests.stages.key_fields.placing import reading, values

ROWS = [(20, "Descripción"), (700, "Cantidad"), (1000, "Importe")], [(20, "Traslado"), (700, "2"), (1000, "100,00")]
END = (*ROWS, *[""] * 20)


def test_values_in_a_line_end_at_the_next_label() -> None:
    """An Argentine form: the issuer above, the buyer's number, name, standing and address in two lines."""
    found = values(reading(
        [(20, "POSADA DEL SUR"), (700, "FACTURA")],
        [(20, "Razón Social: Turismo Quebrada S.R.L."), (700, "Fecha de Emisión: 02/10/2026")],
        [(20, "Domicilio Comercial: Belgrano 622 - Tilcara,"), (700, "CUIT: 30-43950026-9")],
        "Jujuy", "",
        "CUIT: 33-17072512-9 Apellido y Nombre / Razón Social: VIAJES DEL LITORAL SA",
        "Condición frente al IVA: IVA Responsable Inscripto Domicilio: San Martín 1544 - Rosario, Santa Fe", "", *END,
        pack="invoice-es",
    ))  # fmt: skip
    assert found["seller.name"] == "Turismo Quebrada S.R.L."
    assert found["seller.address"] == "Belgrano 622 - Tilcara, Jujuy"
    assert found["seller.tax_id"] == "30439500269"
    assert found["buyer.name"] == "VIAJES DEL LITORAL SA"
    assert found["buyer.address"] == "San Martín 1544 - Rosario, Santa Fe"
    assert found["buyer.tax_id"] == "33170725129"


def test_values_stand_under_their_captions() -> None:
    """A Brazilian form: issuer in a box, the buyer's details each under its caption."""
    found = values(reading(
        "IDENTIFICAÇÃO DO EMITENTE", "METALÚRGICA SÃO BENTO LTDA", "Rua João Pessoa, 1450",
        "Bairro: Serra Alta - CEP: 89291-670", "São Bento do Sul - SC", "", [(20, "INSCRIÇÃO ESTADUAL"), (700, "CNPJ")],
        [(20, "254.118.903"), (700, "51.337.420/0001-07")], "", "DESTINATÁRIO / REMETENTE",
        [(20, "NOME / RAZÃO SOCIAL"), (700, "CNPJ / CPF"), (1000, "DATA DA EMISSÃO")],
        [(20, "COMERCIAL VALE DO RIBEIRA EIRELI"), (700, "21.963.784/0001-23"), (1000, "07/10/2026")],
        [(20, "ENDEREÇO"), (600, "BAIRRO / DISTRITO"), (900, "CEP")],
        [(20, "RODOVIA RÉGIS BITTENCOURT, KM 447"), (600, "ARAPONGAL"), (900, "11900-000")],
        [(20, "MUNICÍPIO"), (600, "UF")], [(20, "REGISTRO"), (600, "SP")], "", *END,
        pack="invoice-pt",
    ))  # fmt: skip
    assert found["seller.name"] == "METALÚRGICA SÃO BENTO LTDA"
    assert found["seller.address"] == "Rua João Pessoa, 1450, Serra Alta, CEP: 89291-670, São Bento do Sul - SC"
    assert found["seller.tax_id"] == "51337420/000107"
    assert found["buyer.name"] == "COMERCIAL VALE DO RIBEIRA EIRELI"
    assert found["buyer.address"] == "RODOVIA RÉGIS BITTENCOURT, KM 447, ARAPONGAL, 11900-000 REGISTRO SP"
    assert found["buyer.tax_id"] == "21963784/000123"


def test_two_forms_side_by_side() -> None:
    """An Italian copy of an e-invoice: each form ends where the other begins; the postcode comes before the town."""
    found = values(reading(
        [(20, "Cedente/prestatore (fornitore)"), (620, "Cessionario/committente (cliente)")],
        [(20, "Codice fiscale: 87597510046"), (620, "Codice fiscale: 43324800226")],
        [(20, "Denominazione: OFFICINE GALBUSERA S.R.L."), (620, "Denominazione: IMPIANTI A FUNE S.P.A.")],
        [(20, "Regime fiscale: RF01 (ordinario)"), (620, "Indirizzo: LOCALITÀ SPINI 110")],
        [(20, "Indirizzo: VIA DELLE INDUSTRIE 27/B"), (620, "Comune: TRENTO Provincia: TN")],
        [(20, "Comune: MERATE Provincia: LC"), (620, "Cap: 38121 Nazione: IT")],
        "Cap: 23807 Nazione: IT", "", *END,
        pack="invoice-it",
    ))  # fmt: skip
    assert found["seller.name"] == "OFFICINE GALBUSERA S.R.L."
    assert found["seller.address"] == "VIA DELLE INDUSTRIE 27/B, 23807 MERATE LC"
    assert found["seller.tax_id"] == "87597510046"
    assert found["buyer.name"] == "IMPIANTI A FUNE S.P.A."
    assert found["buyer.address"] == "LOCALITÀ SPINI 110, 38121 TRENTO TN"
    assert found["buyer.tax_id"] == "43324800226"


def test_a_quarter_between_street_and_postcode() -> None:
    """A Mexican letterhead: the tax standing is no address, the quarter is part of it."""
    found = values(reading(
        "FERRETERA DEL BAJIO SA DE CV", "RFC: FBA970814PX3", "Régimen Fiscal: 601 General de Ley Personas Morales",
        "Blvd. Adolfo López Mateos 1820 Int. 4", "Col. Jardines del Moral", "C.P. 37160 León, Guanajuato, México", "",
        "FACTURA", "Receptor", "Nombre: CONSTRUCTORA NIEVES SA DE CV", "Av. Universidad 305", "20120 Aguascalientes",
        "", *END, pack="invoice-es",
    ))  # fmt: skip
    assert found["seller.name"] == "FERRETERA DEL BAJIO SA DE CV"
    assert found["seller.address"] == (
        "Blvd. Adolfo López Mateos 1820 Int. 4, Col. Jardines del Moral, C.P. 37160 León, Guanajuato, México"
    )
