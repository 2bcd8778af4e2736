"""How sure names and addresses of decided parties are: what proves them counts, not only the lead of the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from docpipe.document import polygon_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import Extraction, extract_fields
from tests.stages.key_fields.placing import document, reading, values

END = [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Advice"), (700, "2"), (1000, "100.00")]
ZEILEN = [(20, "Bezeichnung"), (700, "Menge"), (1000, "Betrag")], [(20, "Beratung"), (700, "2"), (1000, "100,00")]
BUYER = ("Bill To", "Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB", "")
NUMBER = ("INVOICE", "Invoice No: 4711", "")
PLACE = ("7 Dock Street", "Hull HU1 3TE")
RECHNUNG = ("Rechnung", "Rechnungsnummer: 4711", "")
SURE = 0.9


def doubts_of(rows: Sequence[object], path: str, pack: str = "invoice-en") -> set[str]:
    """Return the reasons for which a field is doubted."""
    return {doubt.reason for doubt in reading(*rows, pack=pack).doubts if doubt.field == path}


def read_large_head(pack: str, *rows: str) -> Extraction:
    """Return what is read from a document whose first line has large letters."""
    found = document(*rows)
    page = found.pages[0]
    head = replace(page.lines[0], polygon=polygon_of((20, 8, 420, 42)))
    found = replace(found, pages=(replace(page, lines=(head, *page.lines[1:])),))
    return extract_fields(found, shipped_packs(), pack)


def test_a_proved_name_needs_no_lead_over_a_trade_name() -> None:
    """The logo is the next best choice and no legal name: the legal name with its address is sure."""
    head = [[(700, text)] for text in ("Kessler Trading Ltd", *PLACE, "Tel. 01482 555 014", "VAT No 553 1187 22")]
    buyer = ("Tarn Hows Ltd", "12 Mill Lane", "Otley LS21 3AB", "")
    fields = reading("", *head, "", *buyer, *NUMBER, *END, pack="invoice-en").fields
    assert fields["seller.name"].value == "Kessler Trading Ltd"
    assert fields["seller.name"].confidence > SURE
    assert fields["buyer.address"].confidence > SURE


def test_a_capital_under_a_name_is_no_name() -> None:
    """`SAS au capital de` states the form of the firm above."""
    lignes = (
        [(20, "Désignation"), (700, "Quantité"), (1000, "Montant")],
        [(20, "Conseil"), (700, "2"), (1000, "100,00")],
    )
    found = values(reading(
        "Le Cellier du Nord", "SAS au capital de 50 000 €",
        "Parc d'activités de la Gare", "14 rue Haute", "21200 BEAUNE", "", "FACTURE",
        "Facture n° 4711", "", "Client", "Durand SARL", "8 place du Marché", "59400 CAMBRAI", "", *lignes,
        pack="invoice-fr",
    ))  # fmt: skip
    assert found["seller.name"] == "Le Cellier du Nord"
    assert found["seller.address"] == "Parc d'activités de la Gare, 14 rue Haute, 21200 BEAUNE"


def test_a_telephone_amid_a_sheet_ends_no_block() -> None:
    """The person and the telephone stand over the street."""
    found = values(reading(
        *RECHNUNG, "Verkäufer:", "Molkerei Wiesengrund GmbH & Co. KG", "Herr Tobias Brandl, Debitorenbuchhaltung",
        [(20, "Telefon"), (300, ": 08321 7001-15")], "Allgäuer Ring 2", "87527 Sonthofen", "", "Käufer:", "Frische AG",
        "Einkaufstraße 100", "80339 München", "", *ZEILEN, pack="invoice-de",
    ))  # fmt: skip
    assert found["seller.address"] == "Allgäuer Ring 2, 87527 Sonthofen"


def test_an_addition_to_an_address_has_its_own_label() -> None:
    """A viewer of e-invoices prints the floor under `Adresszusatz`."""
    found = values(reading(
        *RECHNUNG, "Informationen zum Verkäufer", [(20, "Firmenname:"), (300, "Kartograf Software GmbH")],
        [(20, "Straße / Hausnummer:"), (300, "Lützowufer 7")], [(20, "Adresszusatz:"), (300, "3. OG links")],
        [(20, "PLZ:"), (300, "10785")], [(20, "Ort:"), (300, "Berlin")], "", *ZEILEN, pack="invoice-de",
    ))  # fmt: skip
    assert found["seller.address"] == "Lützowufer 7, 3. OG links, 10785 Berlin"


def test_partners_belong_to_a_name_under_civil_law() -> None:
    """A Polish firm under civil law bears its partners' names, which stand under it."""
    found = values(reading(
        "Hurtownia Las Sp. z o.o.", "ul. Leśna 2", "50-427 Wrocław", "", "FAKTURA nr 4711", "", "Nabywca:",
        "Zieleń i Ogród S.C.", "A. Mularczyk, P. Wnęk", "ul. Krakowska 112", "50-427 Wrocław", "", pack="invoice-pl",
    ))  # fmt: skip
    assert found["buyer.name"] == "Zieleń i Ogród S.C. A. Mularczyk, P. Wnęk"


def test_the_address_in_the_window_is_the_buyers() -> None:
    """A freight bill also names the buyer's works as the sender of the goods."""
    found = values(reading(
        "Hasekamp Spedition GmbH · Senatorring 33 · 28197 Bremen", "Wümme Paneelwerk GmbH", "Postfach 14 02 60",
        "27331 Rotenburg", "", *RECHNUNG, "Absender", "Wümme Paneelwerk GmbH, Werk 2, 27356 Rotenburg", "", *ZEILEN,
        pack="invoice-de",
    ))  # fmt: skip
    assert found["buyer.address"] == "Postfach 14 02 60, 27331 Rotenburg"


def test_a_heading_of_a_column_names_no_party() -> None:
    """`Patient / Service` beside `Qty` and `Price` heads the goods."""
    found = values(reading(
        "Willow Bend Practice Inc.", "4410 County Road 9", "Eaton, CO 80615", "", "Double K Ranch", "PO Box 117",
        "Ault, CO 80610", "", *NUMBER, [(20, "Patient / Service"), (700, "Qty"), (900, "Price"), (1100, "Total")],
        [(20, "Farm call"), (700, "1"), (900, "85.00"), (1100, "85.00")],
        [(20, "Pregnancy check"), (700, "42"), (900, "6.50"), (1100, "273.00")],
        [(20, "Vaccine 8-way, dose"), (700, "42"), (900, "3.10"), (1100, "130.20")], pack="invoice-en",
    ))  # fmt: skip
    assert found["buyer.name"] == "Double K Ranch"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("9 King Street, Norwich NR1 1PW Tel: 01603 555 014", "9 King Street, Norwich NR1 1PW"),
        ("9 King Street, Norwich NR1 1PW, Fax 01603 555 015", "9 King Street, Norwich NR1 1PW"),
    ],
)
def test_a_telephone_behind_an_address_is_cut_off(line: str, expected: str) -> None:
    """How to reach a firm is no part of where it is."""
    assert (
        values(reading("Kessler Ltd", line, "", *NUMBER, *BUYER, *END, pack="invoice-en"))["seller.address"] == expected
    )


def test_a_box_of_the_exchange_ends_an_address() -> None:
    """Solicitors have a box of the document exchange under their postcode."""
    rows = ("Kessler LLP", "9 King Street, Norwich NR1 1PW", "DX 5218 Norwich", "", *NUMBER, *BUYER, *END)
    assert values(reading(*rows, pack="invoice-en"))["seller.address"] == "9 King Street, Norwich NR1 1PW"


@pytest.mark.parametrize(
    ("rows", "pack"),
    [
        (("Marta Quiroga", *PLACE, "", *NUMBER, *BUYER, *END), "invoice-en"),
        (("Officina Paolo Ferrari", *PLACE, "", *NUMBER, *BUYER, *END), "invoice-en"),
        (("Helford Sailing Club", *PLACE, "", *NUMBER, *BUYER, *END), "invoice-en"),
    ],
    ids=["person", "ends in a person", "club"],
)
def test_what_a_name_says_of_itself_proves_it(rows: Sequence[object], pack: str) -> None:
    """A person, a public body or a club with a whole address needs no legal form."""
    assert not doubts_of(rows, "seller.name", pack)


@pytest.mark.parametrize(
    "line",
    ["Tuning · Repair · Restoration", "Traductrice indépendante", "Kessler Piano"],
    ids=["list", "slogan", "part of the name"],
)
def test_a_line_that_says_what_a_firm_does_is_no_second_name(line: str) -> None:
    """It stands between the name and the street, in letters of its own."""
    rows = ("Kessler Piano Service", line, *PLACE, "office@kesslerpiano.com", "", *NUMBER, *BUYER, *END)
    assert not doubts_of(rows, "seller.name")


def test_a_longer_print_of_a_name_is_its_rival() -> None:
    """A logo's word, which the foot prints with the trade before it and numbers behind it."""
    rows = ("HOLTERMAN", *PLACE, "www.holtermanprint.com", "", *NUMBER, *BUYER, *END, *[""] * 18,
            "Drukkerij Holterman | VAT No GB 553 1187 22 | Hull")  # fmt: skip
    assert doubts_of(rows, "seller.name") == {"two_names"}


def test_a_part_of_a_name_is_no_rival() -> None:
    """The account holder without the words behind the form."""
    buyer = ("Kunde", "Frische AG", "Einkaufstraße 100", "80339 München", "")
    rows = ("Kartograf Software UG (haftungsbeschränkt)", "Lützowufer 7", "10785 Berlin", "", *RECHNUNG, *buyer,
            *ZEILEN, *[""] * 18, "Kartograf Software UG")  # fmt: skip
    assert not doubts_of(rows, "seller.name", "invoice-de")


def test_a_weight_is_no_second_firm() -> None:
    """A unit of weight looks like a legal form."""
    rows = ("Kessler Moorings", *PLACE, "office@kessler-moorings.com", "", *NUMBER, *BUYER, *END, *[""] * 18, "PESO KG")
    assert not doubts_of(rows, "seller.name")


def test_in_care_of_somebody_goes_on_with_no_name() -> None:
    """`chez Mme Pottier` under the name begins with a small letter, as the rest of a name may."""
    lignes = (
        [(20, "Désignation"), (700, "Quantité"), (1000, "Montant")],
        [(20, "Conseil"), (700, "2"), (1000, "100,00")],
    )
    found = values(reading(
        "Landry SARL", "72 route de Laval", "53960 BONCHAMP", "", "FACTURE", "Facture n° 4711", "", "Client",
        "SCI LES MARCHES", "chez Mme Pottier Annick", "5 allée des Tilleuls", "53000 LAVAL", "", *lignes,
        pack="invoice-fr",
    ))  # fmt: skip
    assert found["buyer.name"] == "SCI LES MARCHES"


def test_a_name_goes_on_below_its_label() -> None:
    """A name too long for its cell ends in the next line, with its legal form."""
    righe = [(20, "Descrizione"), (700, "Quantità"), (1000, "Importo")], [(20, "Vino"), (700, "2"), (1000, "100,00")]
    found = values(reading(
        [(20, "Cedente/prestatore (fornitore)"), (620, "Cessionario/committente (cliente)")],
        [(20, "Denominazione: OFFICINE GALBUSERA S.R.L."), (620, "Denominazione: Ristorante Al Mulino di Pasini")],
        [(20, "Indirizzo: VIA DELLE INDUSTRIE 27"), (620, "Giulia & C. S.n.c.")],
        [(20, "Comune: MERATE Provincia: LC"), (620, "Indirizzo: Via Mulini 3")],
        [(20, "Cap: 23807 Nazione: IT"), (620, "Comune: Sarnico Provincia: BG")], [(620, "Cap: 24067 Nazione: IT")],
        "", *righe, *[""] * 20, pack="invoice-it",
    ))  # fmt: skip
    assert found["buyer.name"] == "Ristorante Al Mulino di Pasini Giulia & C. S.n.c."


def test_a_street_and_a_box_with_the_same_town_are_two_addresses() -> None:
    """The visitors' address and the post box stand under each other; either may be the one."""
    regels = [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")], [(20, "Rozen"), (700, "2"), (1000, "100,00")]
    seller = ("Flora Export B.V.", "Bezoekadres: Veilingweg 88, Naaldwijk", "Postbus 210, 2670 AE Naaldwijk", "")
    buyer = ("Klant", "De Pioen B.V.", "Hoofdstraat 2", "7301 BP Apeldoorn", "")
    rows = (*seller, "FACTUUR", "Factuurnummer: 4711", "", *buyer, *regels)
    assert "two_addresses" in doubts_of(rows, "seller.address", "invoice-nl")


@pytest.mark.parametrize("line", ["(814) 555-0135 fax (814) 555-0136", "Port. 06 12 44 55 01"])
def test_telephones_under_an_address_are_no_part_of_it(line: str) -> None:
    """Two of them in a line, or one behind a word of its own."""
    rows = ("Kessler Ltd", *PLACE, line, "", *NUMBER, *BUYER, *END)
    assert not doubts_of(rows, "seller.address")


def test_a_couple_is_a_name() -> None:
    """It stands over a house with a name, a place and the postcode alone."""
    rows = ("Kessler Ltd", *PLACE, "", "Mr & Mrs T. Ollerenshaw", "Ferrydown House", "14 Quarry Lane", "WOODBRIDGE",
            "IP12 7QX", "", *NUMBER, *END)  # fmt: skip
    assert values(reading(*rows, pack="invoice-en"))["buyer.name"] == "Mr & Mrs T. Ollerenshaw"


def test_owners_go_on_with_the_name_in_large_letters() -> None:
    """`di … & C. s.a.s.` in small letters is no name of its own."""
    fields = read_large_head("invoice-it", "TERMOIDRAULICA BELLA", "di Dal Farra Ivano & C. s.a.s.", "Via Feltre, 231",
                             "32100 BELLUNO", "Tel. 0437 555014", "", "FATTURA n. 88 del 30/04/2025", "", "Spett.le",
                             "Comune di Feltre", "Via Roma, 5", "32032 FELTRE (BL)", "").fields  # fmt: skip
    assert fields["seller.name"].value == "TERMOIDRAULICA BELLA di Dal Farra Ivano & C. s.a.s."


def test_a_legal_name_whose_mail_address_has_the_line_above_is_doubted() -> None:
    """The name may begin in large letters above what the firm does."""
    rows = ("LIMPA NORTE", "Cleaning Services Ltd", *PLACE, "office@limpanorte.com", "", *NUMBER, *BUYER)
    doubts = read_large_head("invoice-en", *rows).doubts
    assert {doubt.reason for doubt in doubts if doubt.field == "seller.name"} == {"two_names"}


def test_a_name_that_goes_on_by_its_words_is_not_doubted() -> None:
    """`del Cantábrico S.A.` cannot be a name of its own."""
    filas = (
        [(20, "Descripción"), (700, "Cantidad"), (1000, "Importe")],
        [(20, "Traslado"), (700, "2"), (1000, "100,00")],
    )
    seller = ("Talleres Mar S.L.", "Calle Sol 2", "39300 Torrelavega", "", "FACTURA", "Factura nº 4711", "")
    buyer = ("Cliente", "TRANSPORTES Y MUDANZAS", "DEL CANTÁBRICO S.A.", "Avda. Luz 14", "39300 Torrelavega", "")
    rows = (*seller, *buyer, *filas)
    assert not doubts_of(rows, "buyer.name", "invoice-es")


@pytest.mark.parametrize(("name", "house"), [("Tarn Hows Ltd", "The Vestry"), ("Mrs J. Reid", "Orchard Rise")])
def test_a_house_with_a_name_of_its_own_is_no_doubt(name: str, house: str) -> None:
    """`The …` names no person, nor does the line under a person."""
    rows = ("Kessler Trading Ltd", *PLACE, "", *NUMBER, "Bill To", name, house, "Mill Lane", "Otley LS21 3AB", "", *END)
    assert values(reading(*rows, pack="invoice-en"))["buyer.address"] == f"{house}, Mill Lane, Otley LS21 3AB"
    assert not doubts_of(rows, "buyer.address")


def test_a_sellers_box_of_the_post_is_doubted() -> None:
    """An issuer states where it is; a buyer may well have a box alone."""
    box = ("Postfach 12 40", "24762 Rendsburg", "")
    rows = ("Heliotherm Nord GmbH", *box, *RECHNUNG, "Kunde", "Frische AG", "Postfach 11", "80339 München", "", *ZEILEN)
    assert doubts_of(rows, "seller.address", "invoice-de") == {"incomplete"}
    assert not doubts_of(rows, "buyer.address", "invoice-de")
