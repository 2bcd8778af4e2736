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
        ("Kororipo Trust · 22 Quayside Drive, Opua 0200, New Zealand · 09 555 0144", "Kororipo Trust", "22 Quayside Drive, Opua 0200, New Zealand"),
        ("Boxal SAS, 41 quai Kléber, 67000 Strasbourg, France. RCS Strasbourg 520003187. Capital 40 000 €.", "Boxal SAS", "41 quai Kléber, 67000 Strasbourg, France"),
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


GOODS = [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")], [(20, "Advies"), (700, "2"), (1000, "100,00")]


def test_the_holder_of_an_account_is_not_the_buyer():
    """`Titular:` beside an IBAN names who is paid; elsewhere it may name the customer."""
    found = parties(
        "Carpintaria Macedo",
        "Pátio Juliana Gomes, 305",
        "4833-788 Lisboa",
        "",
        [(700, "Distribuidora Vega, S.A.")],
        [(700, "Rua das Flores, 31")],
        [(700, "1200-192 Porto")],
        [(700, "NIPC 509876543")],
        "FATURA",
        "Nº da fatura: 2026-7375",
        [(20, "Descrição"), (700, "Quantidade"), (1000, "Total")],
        [(20, "Corte"), (700, "1"), (1000, "35,00")],
        "",
        "Banco: Caixa do Porto",
        "Titular: Carpintaria Macedo",
        "IBAN: PT50 0002 0123 1234 5678 9015 4",
    )
    assert (found["seller.name"], found["buyer.name"]) == ("Carpintaria Macedo", "Distribuidora Vega, S.A.")


def test_of_two_blocks_at_one_height_the_seller_is_the_one_that_can_be_reached():
    found = parties(
        [(20, "Agencja Ember S.A."), (700, "Spółdzielnia Barcz")],
        [(20, "ul. Myśliwska 42"), (700, "ul. Widok 03")],
        [(20, "26-581 Ostrołęka"), (700, "83-115 Gorlice")],
        [(700, "Telefon 22 801 73 46")],
        [(700, "office@spoldzielnia.example")],
        "",
        "FAKTURA NR 17/2026",
        [(20, "Nazwa"), (700, "Ilość"), (1000, "Wartość brutto")],
        [(20, "Szkolenie"), (700, "1"), (1000, "123,00")],
    )
    assert (found["seller.name"], found["buyer.name"]) == ("Spółdzielnia Barcz", "Agencja Ember S.A.")


def test_a_name_that_holds_a_word_for_an_amount_is_a_name():
    """`Freight` is the label of a charge only where an amount stands beside it."""
    found = parties(
        [(20, "Dyer Freight Lines LLP"), (700, "Invoice No: 52221")],
        "6508 Stephen Road",
        "Lake Vernon, CA 35184",
        "",
        "Sold To",
        "Ross Electrical",
        "24781 Harrison Road",
        "Johnport, MI 85004",
        "TAX INVOICE",
        *END,
    )
    assert (found["seller.name"], found["buyer.name"]) == ("Dyer Freight Lines LLP", "Ross Electrical")


def test_a_buyers_tax_number_does_not_make_it_the_seller():
    """Both blocks bear a number of taxes; the foot and the mail address say who issues."""
    found = parties(
        [(20, "Heerkens & Zn."), (700, "Tekstbureau Civis N.V.")],
        [(20, "Bodreef 60"), (700, "Willemweg 139")],
        [(20, "6846 FM Veere"), (700, "5018 PJ Assen")],
        [(20, "Btw-nr.: NL122574398B01"), (700, "KvK nr.: 25433413")],
        [(700, "info@civis.example")],
        "",
        "FACTUUR",
        "Factuurnummer: 4711",
        *GOODS,
    )
    assert (found["seller.name"], found["buyer.name"]) == ("Tekstbureau Civis N.V.", "Heerkens & Zn.")
    assert found["buyer.address"] == "Bodreef 60, 6846 FM Veere"


def test_words_for_a_name_are_no_names():
    """`Razón social` over the name, and the word for one party right of the other's, name nobody."""
    found = parties(
        [(20, "Bodegas Mulet, S.L."), (700, "Razón social")],
        [(20, "Calle Mayor 4"), (700, "Fábrica Galván")],
        [(20, "28001 Madrid"), (700, "Paseo de la Ría 9")],
        [(20, "info@mulet.example"), (700, "48001 Bilbao")],
        [(20, "Reg. Mercantil 722663")],
        "FACTURA",
        "Factura nº 4711",
        [(20, "Descripción"), (700, "Cantidad"), (1000, "Importe")],
        [(20, "Corte"), (700, "1"), (1000, "35,00")],
    )
    assert (found["seller.name"], found["buyer.name"]) == ("Bodegas Mulet, S.L.", "Fábrica Galván")
    found = values(reading(
        "TAX INVOICE", [(20, "Invoice No: 4711")], "",
        [(20, "Customer Name"), (700, "Vendor")], [(20, "Tarn Hows Ltd"), (700, "McGeown Consulting LLC")],
        [(20, "12 Mill Lane"), (700, "446 Wang Dale")], [(20, "Otley LS21 3AB"), (700, "Jamesshire, OR 93701")], *END,
    ))  # fmt: skip
    assert (found["seller.name"], found["buyer.name"]) == ("McGeown Consulting LLC", "Tarn Hows Ltd")


def test_a_number_of_a_register_below_the_town_is_no_address():
    """`Reg. Mercantil 722663` looks like a town with a postcode of six digits."""
    found = parties(
        "Bodegas Mulet, S.L.", "Calle Mayor 4", "28001 Madrid", "Reg. Mercantil 722663", "", "Cliente", "Fábrica Galván",
        "Paseo de la Ría 9", "48001 Bilbao", "FACTURA", "Factura nº 4711",
        [(20, "Descripción"), (700, "Cantidad"), (1000, "Importe")], [(20, "Corte"), (700, "1"), (1000, "35,00")],
    )  # fmt: skip
    assert found["seller.address"] == "Calle Mayor 4, 28001 Madrid"


def test_a_person_named_twice_in_two_orders_is_one():
    """The window has the address, a line beside `Titulaire` the same person with the given name last."""
    found = parties(
        [(20, "Lumen Énergie SA")],
        [(20, "4 rue du Port")],
        [(20, "35000 Rennes")],
        "",
        [(700, "MAËLLE ET JÉRÔME GUÉRIN")],
        [(700, "12 RUE DE LONDRES")],
        [(700, "75009 PARIS")],
        "",
        "FACTURE",
        "Facture n° 88123",
        [(20, "Titulaire du contrat"), (320, "Mme GUÉRIN MAËLLE")],
        [(20, "Désignation"), (700, "Qté"), (1000, "Montant")],
        [(20, "Abonnement"), (700, "1"), (1000, "12,00")],
    )
    assert (found["buyer.name"], found["buyer.address"]) == (
        "MAËLLE ET JÉRÔME GUÉRIN",
        "12 RUE DE LONDRES, 75009 PARIS",
    )
    assert found["seller.name"] == "Lumen Énergie SA"


def test_who_issues_an_order_buys():
    """The word `Vendor` names who is to deliver; the letterhead is the buyer's."""
    found = parties(
        [(20, "Fabrikam Instruments, Inc."), (800, "PURCHASE ORDER")],
        [(20, "1 Science Park Dr."), (800, "PO # 2025-0388")],
        "Ann Arbor, MI 48105",
        "Phone: (734) 555-0110",
        "",
        [(20, "VENDOR"), (700, "SHIP TO")],
        [(20, "Tailspin Optics LLC"), (700, "Dock B")],
        [(20, "905 Lens Grinder Way"), (700, "Fabrikam Instruments, Inc.")],
        [(20, "Rochester, NY 14604"), (700, "1 Science Park Dr.")],
        [(700, "Ann Arbor, MI 48105")],
        "",
        *END,
        pack="invoice-en",
    )
    assert found == {
        "seller.name": "Tailspin Optics LLC",
        "seller.address": "905 Lens Grinder Way, Rochester, NY 14604",
        "buyer.name": "Fabrikam Instruments, Inc.",
        "buyer.address": "1 Science Park Dr., Ann Arbor, MI 48105",
    }


def test_an_exporter_sells_to_the_consignee():
    """A customs form says of the buyer that it is the same as another block."""
    found = parties(
        [(500, "COMMERCIAL INVOICE")],
        "SHIPPER / EXPORTER",
        "Adventure Works Cycles GmbH",
        "Industriestrasse 44",
        "70565 Stuttgart, Germany",
        "",
        [(20, "CONSIGNEE"), (600, "BUYER (if other than consignee)")],
        [(20, "Wingtip Sports Inc."), (600, "SAME AS CONSIGNEE")],
        "3300 Airport Parkway",
        "Denver, CO 80239",
        "",
        *END,
        pack="invoice-en",
    )
    assert (found["seller.name"], found["buyer.name"]) == ("Adventure Works Cycles GmbH", "Wingtip Sports Inc.")
    assert found["buyer.address"] == "3300 Airport Parkway, Denver, CO 80239"


def test_a_word_in_capitals_names_who_stands_behind_it():
    """Word's service invoice has `TO` and the name in one line."""
    found = parties(
        "Graphic Design Institute",
        "9876 Fourth Avenue",
        "Tucson, AZ 85701",
        "",
        "TO School of Fine Art",
        [(54, "1001 Loop Street")],
        [(54, "Phoenix, AZ 85003")],
        "",
        *END,
        pack="invoice-en",
    )
    assert (found["buyer.name"], found["buyer.address"]) == (
        "School of Fine Art",
        "1001 Loop Street, Phoenix, AZ 85003",
    )


def test_a_department_is_no_name_of_its_firm():
    """The address for customers stands in the head, the firm with its seat in the foot."""
    found = reading(
        "Lumatel",
        "Lumatel Service Clients",
        "TSA 50077",
        "59878 LILLE CEDEX 9",
        "",
        [(600, "MME CAROLINE DUFRESNE")],
        [(600, "8 ALLEE DES TILLEULS")],
        [(600, "69003 LYON")],
        "",
        "Facture n° 88123 du 03/02/2023",
        *[""] * 10,
        "Lumatel SA - 12 avenue de la Liberté, 92400 Courbevoie - RCS Nanterre 552 100 554 - TVA FR 17 552 100 554",
        pack="invoice-fr",
    )
    seller = {path: found.fields[path].value for path in ("seller.name", "seller.address")}
    assert seller == {"seller.name": "Lumatel SA", "seller.address": "12 avenue de la Liberté, 92400 Courbevoie"}
    assert not {"seller.name", "seller.address"} & {doubt.field for doubt in found.doubts}


def test_what_a_document_is_about_is_no_name():
    """The web address below tells which of two lines over the street is the firm's."""
    found = parties(
        [(20, "sunny"), (900, "INVOICE")],
        [(700, "Dog walking, July")],
        [(700, "Sunny Paws Pet Care")],
        [(700, "18 Clover Street")],
        [(700, "Burlington, Vermont 05401")],
        [(700, "www.sunnypaws.example")],
        "",
        "BILL TO",
        "Henrik Aldous",
        "77 Lakeview Terrace",
        "Burlington, Vermont 05401",
        "",
        *END,
        pack="invoice-en",
    )
    assert (found["seller.name"], found["seller.address"]) == (
        "Sunny Paws Pet Care",
        "18 Clover Street, Burlington, Vermont 05401",
    )


def test_a_firm_below_a_person_is_told():
    """The words under a person's name stand on the page again, as those of a delivery."""
    found = reading(
        "Northwind Garden Design Ltd",
        "123 Hill Street",
        "Portland, OR 97205",
        "",
        [(20, "BILL TO"), (600, "SHIP TO")],
        [(20, "Patricia Okafor"), (600, "Contoso Coffee House")],
        [(20, "Contoso Coffee House"), (600, "4571 Main Street")],
        [(20, "4567 Main Street"), (600, "Beaverton, OR 97006")],
        [(20, "Beaverton, OR 97006")],
        "",
        *END,
        pack="invoice-en",
    )
    doubts = {doubt.field: doubt.rival for doubt in found.doubts}
    assert doubts.get("buyer.name") == "Contoso Coffee House"
    assert "buyer.address" in doubts
