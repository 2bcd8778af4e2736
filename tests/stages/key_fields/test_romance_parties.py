"""Parties of invoices in Romance languages: names over two lines, quarters, towns without postcodes."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import reading, values

ROWS = [(20, "Descripción"), (700, "Cantidad"), (1000, "Importe")], [(20, "Traslado"), (700, "2"), (1000, "100,00")]
END = (*ROWS, *[""] * 20)
HEAD = ("Kessler Talleres, S.L.", "N.I.F.: B28996270", "Calle Mayor 7", "48001 Bilbao", "", "FACTURA", "")


def test_a_line_that_begins_with_a_particle_goes_on_with_the_name() -> None:
    """Without it, the second half of the name began the address."""
    found = values(reading(
        *HEAD, "CLIENTE: 00581", "TRANSPORTES Y LOGÍSTICA", "DEL CANTÁBRICO S.A.", "Camino de Ugarte 3",
        "48510 TRAPAGARAN", "C.I.F. A41610031", "", *END, pack="invoice-es",
    ))  # fmt: skip
    assert found["buyer.name"] == "TRANSPORTES Y LOGÍSTICA DEL CANTÁBRICO S.A."
    assert found["buyer.address"] == "Camino de Ugarte 3, 48510 TRAPAGARAN"


def test_the_owners_stand_in_the_name_of_an_italian_firm() -> None:
    """`di` with the owners and the legal form under the first words of the name is the rest of it."""
    found = values(reading(
        "Maccaferri", "di Maccaferri Bruno e Dario & C. S.n.c.", "Via Canali 16", "40127 Bologna (BO)",
        "P.IVA 53605640928", "", "FATTURA", "", *END, pack="invoice-it",
    ))  # fmt: skip
    assert found["seller.name"] == "Maccaferri di Maccaferri Bruno e Dario & C. S.n.c."


@pytest.mark.parametrize(
    ("building", "pack"),
    [("Maison des Associations", "invoice-fr"), ("1er étage", "invoice-fr"), ("Quinta do Pinheiro", "invoice-pt"),
     ("Cascina Bellaria", "invoice-it")],
)  # fmt: skip
def test_a_building_over_the_street_belongs_to_the_address(building: str, pack: str) -> None:
    """It is no name and not left out."""
    label = {"invoice-fr": "Client", "invoice-it": "Cliente", "invoice-pt": "Cliente"}[pack]
    found = values(reading(
        "Kessler Atelier SARL", "7 rue Haute", "59000 Lille", "", "FACTURE", label, "Tarn Hows SARL", building,
        "12 rue du Lac", "29100 Douarnenez", "", *END, pack=pack,
    ))  # fmt: skip
    assert found["buyer.name"] == "Tarn Hows SARL"
    assert found["buyer.address"] == f"{building}, 12 rue du Lac, 29100 Douarnenez"


def test_a_colombian_letterhead_has_no_postcode() -> None:
    """The street has a sign for its number; the country ends the town."""
    found = values(reading(
        "DISTRIBUIDORA LA CEIBA S.A.S.", "NIT 908.809.349-2", "Responsable de IVA - Actividad económica 4645",
        "Carrera 43A # 16-38 Oficina 902", "Barrio El Poblado", "Medellín, Antioquia - Colombia", "PBX (604) 312 4455",
        "", "FACTURA", "", *END, pack="invoice-es",
    ))  # fmt: skip
    assert found["seller.address"] == (
        "Carrera 43A # 16-38 Oficina 902, Barrio El Poblado, Medellín, Antioquia - Colombia"
    )
    assert found["seller.tax_id"] == "9088093492"


def test_a_line_over_a_name_with_a_legal_form_is_told() -> None:
    """`CABINET DENTAIRE` may begin the name; it was passed over in silence as a person's."""
    found = reading(
        "Kessler Atelier SARL", "7 rue Haute", "59000 Lille", "", "FACTURE", "Client", "CABINET DENTAIRE",
        "DR ISABELLE LAMBOTTE SRL", "Avenue Reine Astrid 112", "5000 NAMUR", "", *END, pack="invoice-fr",
    )  # fmt: skip
    assert [doubt.reason for doubt in found.doubts if doubt.field == "buyer.name"] != []


def test_a_form_of_address_alone_is_no_name() -> None:
    """`Exma. Sra.` stood over the person and was the buyer."""
    found = values(reading(
        "Kessler Clínica, S.A.", "Rua Serpa Pinto 98", "2300-592 Tomar", "NIF 503234729", "", "",
        [(620, "Exma. Sra.")], [(620, "D. Maria do Céu Patrício")], [(620, "Travessa da Graça, 5")],
        [(620, "2300-480 Tomar")], "", "FATURA", "", *END, pack="invoice-pt",
    ))  # fmt: skip
    assert found["buyer.name"] == "D. Maria do Céu Patrício"
    assert found["buyer.address"] == "Travessa da Graça, 5, 2300-480 Tomar"


def test_the_last_dot_of_two_shortened_words_belongs_to_the_name() -> None:
    """`Soc. Agr.` lost its last dot."""
    found = values(reading(
        "Kessler Luci S.r.l.", "Via Canali 16", "40127 Bologna (BO)", "P.IVA 53605640928", "", "FATTURA", "",
        "Spett.le", "Cantina Colle Verde Soc. Agr.", "Via dei Tigli 22", "53100 Siena (SI)", "",
        *END, pack="invoice-it",
    ))  # fmt: skip
    assert found["buyer.name"] == "Cantina Colle Verde Soc. Agr."


def test_a_word_for_a_customer_beside_a_number_is_no_buyers_label() -> None:
    """What stood below it became the buyer: a building site."""
    found = values(reading(
        *HEAD, [(20, "Sociedad Ganadera"), (600, "CLIENTE"), (800, "00815")],
        [(20, "de Barbastro"), (600, "Balsa de riego, Olite")], "Camino de Ugarte 3", "48510 TRAPAGARAN", "", *END,
        pack="invoice-es",
    ))  # fmt: skip
    assert found["buyer.customer_id"] == "00815"
    assert found["buyer.name"] != "Balsa de riego, Olite"


def test_owners_in_capitals_stand_in_the_name_of_an_italian_firm() -> None:
    found = values(reading(
        "SERRAMENTI VICENTINO", "DI DAL ZOTTO G. & C. S.N.C.", "Via Canali 16", "40127 Bologna (BO)",
        "P.IVA 53605640928", "", "FATTURA", "", *END, pack="invoice-it",
    ))  # fmt: skip
    assert found["seller.name"] == "SERRAMENTI VICENTINO DI DAL ZOTTO G. & C. S.N.C."


@pytest.mark.parametrize("courtesy", ["Gent.ma Sig.ra", "Egr. Dott.", "Stim.ma Sig.ra", "Spett.le"])
def test_a_form_of_address_over_the_name_names_nobody(courtesy: str) -> None:
    found = values(reading(
        "Kessler Officine S.r.l.", "Via Canali 16", "40127 Bologna (BO)", "P.IVA 53605640928", "", courtesy,
        "Verona Lucia", "Via Roma 4", "36016 Thiene (VI)", "", "FATTURA", *END, pack="invoice-it",
    ))  # fmt: skip
    assert found["buyer.name"] == "Verona Lucia"


def test_owners_of_a_house_are_named_by_its_street() -> None:
    """The name was read as a street, and the seller's as the buyer's."""
    found = values(reading(
        "Jörn Tesch", "Kahlaische Straße 41, 07745 Jena", "", "", "WEG Spitzweidenweg 12-16",
        "c/o Hausverwaltung Seeblick GmbH", "Postfach 10 07 36", "07707 Jena", "", "Rechnung Nr. 47/2026", *END,
        pack="invoice-de",
    ))  # fmt: skip
    assert (found["buyer.name"], found["buyer.address"]) == (
        "WEG Spitzweidenweg 12-16",
        "Postfach 10 07 36, 07707 Jena",
    )


def test_the_last_dot_of_initials_belongs_to_the_name() -> None:
    found = values(reading(
        "Molen De Hoop B.V.", "Molenweg 3", "3781 BK Voorthuizen", "BTW NL812345678B01", "", "FACTUUR", "",
        "Factuur aan:", "Bakkerij De Korenaar V.O.F.", "Dorpsstraat 41", "3741 AD Baarn", "",
        [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")], [(20, "Meel"), (700, "2"), (1000, "100,00")],
        *[""] * 20, pack="invoice-nl",
    ))  # fmt: skip
    assert found["buyer.name"] == "Bakkerij De Korenaar V.O.F."
