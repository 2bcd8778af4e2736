"""Seller and buyer where invoices of many countries put them: heads in columns, one line of a foot, forms."""

# ruff: noqa: E501

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import reading, values

END = [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Advice"), (700, "2"), (1000, "100.00")]


def parties(*rows, **options) -> dict[str, str | None]:
    """Return names and addresses of both parties."""
    found = values(reading(*rows, **options))
    return {path: found.get(path) for path in ("seller.name", "seller.address", "buyer.name", "buyer.address")}


def test_a_head_in_columns_is_one_block():
    """Name, address and telephone side by side are the seller's; the address is no block without a name."""
    found = parties(
        [(20, "Halden Joinery"), (480, "4 Quay Street"), (860, "Tel: 01482 445566")],
        [(480, "Hull HU1 2BX"), (860, "office@haldenjoinery.co.uk")],
        "",
        "",
        [(20, "Bill To")],
        "Tarn Hows Ltd",
        "12 Mill Lane",
        "Otley LS21 3AB",
        "",
        "INVOICE",
        "Invoice No: 4711",
        *END,
    )
    assert (found["seller.name"], found["seller.address"]) == ("Halden Joinery", "4 Quay Street, Hull HU1 2BX")
    assert found["buyer.name"] == "Tarn Hows Ltd"


@pytest.mark.parametrize(
    ("line", "name", "address"),
    [
        ("Byrne, Vincent and Gregory - 9 Harbour Road - Pricemouth - PL7 3RT", "Byrne, Vincent and Gregory", "9 Harbour Road, Pricemouth, PL7 3RT"),
        ("Asesoría Donaire, S.L. · Ronda de Salomé 32 · 19046 Cáceres", "Asesoría Donaire, S.L.", "Ronda de Salomé 32, 19046 Cáceres"),
        ("Atelier Kite - Siège social : 86, boulevard Barbe, 31484 Delmas - SIRET 87093912300014", "Atelier Kite", "86, boulevard Barbe, 31484 Delmas"),
        ("Kloos Druk - Danapad 250, 1032 DT Europoort - KvK 49984713", "Kloos Druk", "Danapad 250, 1032 DT Europoort"),
    ],
)  # fmt: skip
def test_a_line_of_a_foot_is_parted_into_name_and_address(line, name, address):
    """Commas inside a name part nothing, words for an office and numbers of registers belong to neither."""
    rows = ["INVOICE", "Invoice No: 4711", "", "Bill To", "Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB", "", *END]
    found = parties(*rows, *[""] * 25, line, pack="invoice-en")
    assert (found["seller.name"], found["seller.address"]) == (name, address)


def test_what_a_firm_does_is_not_its_name():
    """A line in small letters between a large name and the address is left out of both."""
    page = reading.__globals__["document"](
        "Lewin & Sons", "", "Garden maintenance", "12 Station Road", "Leeds LS1 4DY", "", "Bill To", "Tarn Hows Ltd",
        "12 Mill Lane", "Otley LS21 3AB", "", "INVOICE", "Invoice No: 4711", *END,
    )  # fmt: skip
    from dataclasses import replace

    from docpipe.document import polygon_of
    from docpipe.stages.key_fields.compiled_pack import shipped_packs
    from docpipe.stages.key_fields.extract import extract_fields

    large = replace(page.pages[0].lines[0], polygon=polygon_of((20, 30, 320, 70)))
    pages = (replace(page.pages[0], lines=(large, *page.pages[0].lines[1:])),)
    found = values(extract_fields(replace(page, pages=pages), shipped_packs()))
    assert (found["seller.name"], found["seller.address"]) == ("Lewin & Sons", "12 Station Road, Leeds LS1 4DY")


def test_a_person_to_ask_is_no_party():
    """`Contactpersoon` names somebody without an address: never the buyer, who has one."""
    found = parties(
        [(20, "Kloos Drukwerk B.V."), (700, "Van Hoof Installaties")],
        [(20, "Danapad 250"), (700, "Lizzybaan 15")],
        [(20, "1032 DT Europoort"), (700, "3536 FO Oldebroek")],
        [(20, "KvK: 49984713")],
        "",
        "Factuur",
        [(20, "Factuurnummer: 4711")],
        [(20, "Klantnummer: K-88")],
        [(20, "Contactpersoon"), (260, "Evie van Praagh")],
        [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")],
        [(20, "Advies"), (700, "2"), (1000, "100,00")],
    )
    assert (found["seller.name"], found["buyer.name"]) == ("Kloos Drukwerk B.V.", "Van Hoof Installaties")


def test_a_salesperson_is_not_the_seller():
    """`Verkoper: somebody` without an address yields to the letterhead."""
    found = parties(
        "Huls Consultancy VOF",
        "Stensingel 198",
        "6094 LI Wirdum",
        "",
        "FACTUUR",
        [(20, "Factuurnummer: 4711")],
        [(20, "Verkoper: Dana Huls")],
        "",
        "Factuur aan",
        "Muijs B.V.",
        "Kerkweg 3",
        "3401 AB Assen",
        [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")],
        [(20, "Advies"), (700, "2"), (1000, "100,00")],
    )
    assert (found["seller.name"], found["buyer.name"]) == ("Huls Consultancy VOF", "Muijs B.V.")


@pytest.mark.parametrize(
    ("rows", "name", "address"),
    [
        (("Aan", "van Beaumont Installatietechniek", "Quintypad 5", "9570 IC Zweeloo"), "van Beaumont Installatietechniek", "Quintypad 5, 9570 IC Zweeloo"),
        (("Klant", "Muijs B.V.", "p/a Daphne de Jonge", "Kerkweg 3", "3401 AB Assen"), "Muijs B.V.", "Kerkweg 3, 3401 AB Assen"),
        (("Klant: Muijs B.V.", "Adres: Kerkweg 3, 3401 AB Assen"), "Muijs B.V.", "Kerkweg 3, 3401 AB Assen"),
    ],
)  # fmt: skip
def test_names_that_begin_small_and_lines_beside_them(rows, name, address):
    """`van …` is a name under a word, `p/a …` is none, a label inside the line is cut off."""
    found = parties(
        "Huls Consultancy VOF", "Stensingel 198", "6094 LI Wirdum", "", "FACTUUR", "Factuurnummer: 4711", "", *rows, "",
        [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")], [(20, "Advies"), (700, "2"), (1000, "100,00")],
    )  # fmt: skip
    assert (found["buyer.name"], found["buyer.address"]) == (name, address)
