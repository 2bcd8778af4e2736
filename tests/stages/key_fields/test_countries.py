"""What invoices of single countries print: account numbers, tax numbers, names and rows set as their programs do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docpipe.document import Document, Page, TextLine, polygon_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import extract_fields
from docpipe.stages.key_fields.layout import lay_out
from docpipe.stages.key_fields.parties.doubts import read_name
from docpipe.stages.key_fields.parties.line_roles import LineKind, PartyLine
from docpipe.stages.key_fields.parties.party_blocks import PartyBlock
from docpipe.stages.key_fields.shapes import read_shape
from docpipe.values.number_format import NumberFormat
from tests.stages.key_fields.placing import document, items, reading, values

END_NL = [(20, "Omschrijving"), (700, "Aantal"), (1000, "Bedrag")], [(20, "Advies"), (700, "2"), (1000, "100,00")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ES91 2100 0418 4502 0005 1332 en un plazo de 30 días", "ES9121000418450200051332"),
        ("NL91 ABNA 0417 1643 00 t.n.v. De Vries", "NL91ABNA0417164300"),
        ("ES91 2100 0418 4502 0005 1333 en un plazo", "ES9121000418450200051333"),
        ("61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874"),
    ],
)
def test_an_account_number_ends_where_words_begin(text, value):
    """Words behind it are none of it, right check digits or not; Poland leaves its letters out."""
    found = next(iter(read_shape("iban", text, NumberFormat(), True)))
    assert found.value == value


def test_an_account_number_needs_no_label():
    """Check digits say what it is; the register's number is not looked for in it."""
    found = values(
        reading(
            "Klaverblad Software NV", "Kortrijksesteenweg 1144", "9051 Gent", "", "FACTUUR", "Factuurnummer: 26/4512",
            "", *END_NL, *[""] * 8, "Klaverblad Software NV - RPR Gent - Belfius BE71 0961 2345 6769 - BIC GKCCBEBB",
        )
    )  # fmt: skip
    assert found["payment.iban"] == "BE71096123456769"
    assert found.get("seller.registration_id") is None


def test_the_number_of_the_indian_tax_is_one():
    """It has seven letters; the account below the bank's name is no customer's number."""
    found = values(
        reading(
            "Shree Textiles Pvt. Ltd.", "Plot No. 47, GIDC Estate", "Surat - 394230", "GSTIN/UIN: 24AAKFS7781M1Z4", "",
            "TAX INVOICE", "Invoice No: SPT/419", "", [(20, "Description"), (700, "Quantity"), (1000, "Amount")],
            [(20, "Poplin"), (700, "2"), (1000, "100.00")], [(20, "Total"), (1000, "100.00")], "",
            "Bank Name : HDFC Bank", "A/c No. : 50200018443921", "Branch & IFS Code : Sachin & HDFC0001988",
        )
    )  # fmt: skip
    assert found["seller.tax_id"] == "24AAKFS7781M1Z4"
    assert (found.get("buyer.customer_id"), found["seller.bank_account"]) == (None, "50200018443921")


def test_a_name_on_two_lines_is_one_where_the_page_says_so():
    """The second line alone is no name: the page prints both in one piece, over the end of a line."""
    rows = (
        "Van der Meulen", "Installatietechniek B.V.", "Koperslagerstraat 18", "3316 BC Dordrecht", "KvK 51280449", "",
        "FACTUUR", "Factuurnummer: 2026-0387", "Factuur aan", "Familie De Groot", "Merwedeplantsoen 7",
        "3313 TT Dordrecht", *END_NL, "",
    )  # fmt: skip
    told = values(reading(*rows, "Gelieve te voldoen t.n.v. Van der", "Meulen Installatietechniek B.V. te Dordrecht"))
    assert told["seller.name"] == "Van der Meulen Installatietechniek B.V."
    assert values(reading("VAN DER MEULEN", *rows[1:]))["seller.name"] == "VAN DER MEULEN"


def test_a_legal_form_alone_ends_a_name_of_three_lines():
    """A narrow column parts a name: the line of the legal form belongs to the two above it."""
    found = values(
        reading(
            "Dunmore Office", "Interiors", "Limited", "Unit 12", "Dublin 24", "D24 AX51", "", "INVOICE",
            "Invoice No: 4711", "Bill To", "Harcourt Dental Care", "9 Camden Row", "Dublin D08 R6PW", "",
            [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Chair"), (700, "2"), (1000, "100.00")],
        )
    )  # fmt: skip
    assert found["seller.name"] == "Dunmore Office Interiors Limited"


def test_numbers_in_the_middle_of_their_words():
    """A text of two lines has its numbers between them, one of three in its second: each line goes with its own."""
    heading = [(20, "Omschrijving"), (500, "Aantal"), (700, "Prijs"), (960, "Bedrag")]

    def numbers(*cells: str) -> list[tuple[int, str]]:
        return list(zip((500, 700, 960), cells, strict=True))

    page = document(
        "FACTUUR", "", "", "Factuurnummer: 2026-0387", "", "", heading, "", "",
        [(20, "Visitekaartjes"), *numbers("2", "30,00", "60,00")], "", "",
        [(20, "Gastenboek met harde kaft, honderd")], numbers("4", "42,50", "170,00"), [(20, "genummerde bladen")], "",
        "", [(20, "Vlag")], "", [(20, "met houten"), *numbers("1", "20,00", "20,00")], "", [(20, "stok")], "", "", "",
        [(700, "Totaal"), (960, "250,00")], step=11,
    )  # fmt: skip
    assert [item["description"] for item in items(extract_fields(page, shipped_packs()))] == [
        "Visitekaartjes", "Gastenboek met harde kaft, honderd genummerde bladen", "Vlag met houten stok",
    ]  # fmt: skip


def test_a_label_that_says_facturatie_names_the_buyer():
    """`Facturatie aan` stands over the buyer and is no name."""
    found = values(
        reading(
            [(20, "Facturatie aan"), (600, "Van")], [(20, "Bakkerij Janssens"), (600, "Klaverblad Software NV")],
            [(20, "Dorpsstraat 45"), (600, "Kortrijksesteenweg 1144")], [(20, "2920 Kalmthout"), (600, "9051 Gent")],
            "", "FACTUUR", "Factuurnummer: 26/4512", "", *END_NL,
        )
    )  # fmt: skip
    assert (found["buyer.name"], found["seller.name"]) == ("Bakkerij Janssens", "Klaverblad Software NV")


HEAD_ES = [(20, "Concepto"), (700, "Cantidad"), (1000, "Importe")], [(20, "Curso"), (700, "2"), (1000, "100,00")]
BUYER_ES = ("Cliente", "Talleres Osorio S.L.", "Camino de la Vega 14", "39300 Torrelavega")


def test_the_legal_name_beside_its_number_goes_before_the_trade_name():
    """Both stand in one head; the other name is told as a doubt, and stars are none of a name."""
    found = reading(
        "HOTEL MIRAMAR ★★★★", "Passeig de Mar 18 · 17220 Sant Feliu", "HOTELERA COSTA 1974 SL · CIF B17043212", "", "",
        "FACTURA", "Factura n.º: 2026/4418", *BUYER_ES, "", *HEAD_ES,
    )  # fmt: skip
    assert values(found)["seller.name"] == "HOTELERA COSTA 1974 SL"
    assert [(d.reason, d.rival) for d in found.doubts if d.field == "seller.name"] == [("two_names", "HOTEL MIRAMAR")]


def test_a_logo_whose_words_stand_in_the_name_below_is_no_second_name():
    """In Poland the owner's name belongs to the firm's; the logo over it says no more."""
    found = values(
        reading(
            "KONTUR", "Pracownia Projektowa KONTUR", "Agnieszka Bielak", "ul. Szkolna 41 lok. 6", "40-048 Katowice",
            "NIP 634-200-54-14", "", "FAKTURA nr FS 58/09/26", "", "Nabywca", "Dom Handlowy Sp. z o.o.",
            "ul. Leśna 22", "47-400 Racibórz", "", [(20, "Nazwa"), (700, "Ilość"), (1000, "Wartość netto")],
            [(20, "Projekt"), (700, "2"), (1000, "100,00")],
        )
    )  # fmt: skip
    assert found["seller.name"] == "Pracownia Projektowa KONTUR Agnieszka Bielak"


def test_each_party_has_its_own_tax_number():
    """The number in the seller's own line is its own, whatever stands in a box; a bare one is its block's."""
    found = values(
        reading(
            [(20, "fibralia"), (600, "Ana Quiroga Blanco")], [(20, ""), (600, "Calle del Villar 33")],
            [(20, "NIF: 33294218P"), (600, "15705 Santiago")], [(600, "A50001726")], "", "FACTURA",
            "Factura n.º: 28-H6U4", "", *HEAD_ES, *[""] * 12,
            "Fibralia Comunicaciones, S.A.U. C.I.F. A82009812. Domicilio social: Calle Isla 7, 28703 Madrid.",
        )
    )  # fmt: skip
    assert (found["seller.name"], found["seller.tax_id"]) == ("Fibralia Comunicaciones, S.A.U.", "A82009812")
    assert found["buyer.tax_id"] == "A50001726"


def test_three_sums_behind_one_word_are_taken_as_they_add_up():
    """Net, tax and gross stand behind `Razem` in many tables, gross, net and tax in some."""
    for order in (("9.400,00", "2.162,00", "11.562,00"), ("11.562,00", "9.400,00", "2.162,00")):
        found = values(
            reading(
                "Biuro Dom Sp. z o.o.", "ul. Szkolna 41", "40-048 Katowice", "", "FAKTURA nr FS 58/09/26", "",
                [(20, "RAZEM"), *zip((500, 700, 960), order, strict=True)],
            )
        )  # fmt: skip
        assert [found[p] for p in ("total_net", "total_tax", "total_gross")] == ["9400.00", "2162.00", "11562.00"]


def test_a_postcode_alone_ends_an_address():
    """South Africa prints it under the town."""
    found = values(
        reading(
            "Karoo Farm Supplies (Pty) Ltd", "14 Voortrekker Street", "Graaff-Reinet", "6280", "VAT No: 4310278845", "",
            "TAX INVOICE", "Invoice No: INA104772", "", "Bill To", "Doornkloof Merino Stud", "12 Church Street",
            "Murraysburg", "6995", "", [(20, "Description"), (700, "Quantity"), (1000, "Amount")],
            [(20, "Wire"), (700, "2"), (1000, "100.00")],
        )
    )  # fmt: skip
    assert found["seller.address"] == "14 Voortrekker Street, Graaff-Reinet, 6280"
    assert found["buyer.address"] == "12 Church Street, Murraysburg, 6995"


def test_a_line_that_stands_close_to_its_row_goes_on_with_it():
    """Where rows are set apart, a second line belongs to the row above it though neither was full."""
    heading = [(20, "Description"), (500, "Qty"), (700, "Unit price"), (960, "Amount")]

    def row(name: str, *cells: str) -> list[tuple[int, str]]:
        return [(20, name), *zip((500, 700, 960), cells, strict=True)]

    page = document(
        "INVOICE", "", "Invoice No: 4711", "", "", heading, "", "", row("On-site set-up", "4", "540.00", "2,160.00"),
        "", [(20, "Two engineers, half day")], "", "", "", "", row("Support", "1", "500.00", "500.00"), "", "", "", "",
        [(700, "Total"), (960, "2,660.00")], step=11,
    )  # fmt: skip
    assert [item["description"] for item in items(extract_fields(page, shipped_packs()))] == [
        "On-site set-up Two engineers, half day", "Support",
    ]  # fmt: skip


def test_a_masked_account_number_is_none():
    """What is left of `ES66 2100 **** …` is no account."""
    assert not list(read_shape("iban", "ES66 2100 **** **** **** 1332", NumberFormat(), True))


def parties(*rows) -> tuple[str | None, ...]:
    """Return name and address of the seller, then of the buyer."""
    found = values(reading(*rows))
    return tuple(found.get(path) for path in ("seller.name", "seller.address", "buyer.name", "buyer.address"))


GOODS = [(20, "Description"), (700, "Quantity"), (1000, "Amount")], [(20, "Wire"), (700, "2"), (1000, "100.00")]


def test_parts_of_a_town_are_no_sender():
    """A line of three parts without a street in it goes on with the address above."""
    found = parties(
        "Cloudmantra Infotech Private Limited", "3rd Floor, Prestige Atrium, Central Street,",
        "Shivaji Nagar, Bengaluru, Karnataka 560001", "GSTIN: 29AAGCC4120K1ZU", "", "TAX INVOICE", "Invoice No: 1107",
        "Bill To", "Malabar Spice Exports LLP", "XII/448, Bazaar Road,", "Mattancherry, Kochi, Kerala 682002", *GOODS,
    )  # fmt: skip
    assert found == (
        "Cloudmantra Infotech Private Limited",
        "3rd Floor, Prestige Atrium, Central Street, Shivaji Nagar, Bengaluru, Karnataka 560001",
        "Malabar Spice Exports LLP", "XII/448, Bazaar Road, Mattancherry, Kochi, Kerala 682002",
    )  # fmt: skip


def test_a_street_of_four_digits_is_a_place():
    """Its number looks like a postcode; the line still says who sends, where, and in which town."""
    found = parties(
        "Les Oliviers SARL - 1242 chemin des Pins - 84340 Malaucène - France",
        "+334 50 44 68 99 - http://www.lesoliviers.example", "Facture FA-2017-0008",
        [(700, "Boutique du Port")], [(700, "14 quai Neuf")], [(700, "13002 Marseille")], *GOODS,
    )  # fmt: skip
    assert found[:2] == ("Les Oliviers SARL", "1242 chemin des Pins, 84340 Malaucène, France")


def test_irish_addresses_have_counties_and_roads_without_numbers():
    """A road without a number is no name, a county ends an address, and `M/s` needs no colon."""
    found = parties(
        "Mulcahy's Garage Ltd", "Cahirciveen Road, Killorglin, Co. Kerry, V93 K2X8", "VAT Reg. No. IE6433435F", "",
        "INVOICE", "Invoice No. 48117", "", "M/s Ring of Kerry Coaches", "Fossa", "Killarney", "Co. Kerry", "", *GOODS,
    )  # fmt: skip
    assert found == (
        "Mulcahy's Garage Ltd", "Cahirciveen Road, Killorglin, Co. Kerry, V93 K2X8", "Ring of Kerry Coaches",
        "Fossa, Killarney, Co. Kerry",
    )  # fmt: skip


def test_a_dutch_person_is_named_with_the_form_of_address():
    """`De heer` with a name right over the street is the buyer, not a line that names nobody."""
    found = parties(
        "Tuinen Verhaegen BV", "Lindestraat 77, 9240 Zele", "BTW BE0403170701", "", "FACTUUR", "Factuurnummer: 26/18",
        "", "De heer en mevrouw Claes - Peeters", "Eikendreef 12", "9230 Wetteren", "", *END_NL,
    )  # fmt: skip
    assert found[2:] == ("De heer en mevrouw Claes - Peeters", "Eikendreef 12, 9230 Wetteren")


def test_disbursements_are_no_tax():
    """`Suplidos` come on top of net and tax: they are a charge."""
    found = values(
        reading(
            "Gestoría Villanueva, S.L.", "Calle Mayor 5", "18001 Granada", "", "FACTURA", "Factura n.º: 26/0712", "",
            *HEAD_ES, "", [(600, "Base imponible"), (1000, "100,00 €")], [(600, "IVA 21%"), (1000, "21,00 €")],
            [(600, "Suplidos (sin IVA)"), (1000, "13,34 €")], [(600, "TOTAL FACTURA"), (1000, "134,34 €")],
        )
    )  # fmt: skip
    assert (found["total_tax"], found["total_charges"], found["total_gross"]) == ("21.00", "13.34", "134.34")


def test_the_name_of_a_group_is_no_part_of_its_first_row():
    """A short line over a row that has words of its own heads a group."""
    heading = [(20, "Descrição"), (500, "Quantidade"), (700, "Preço unit."), (960, "Valor")]

    def row(name: str, *cells: str) -> list[tuple[int, str]]:
        return [(20, name), *zip((500, 700, 960), cells, strict=True)]

    found = reading(
        "FATURA", "Fatura n.º: FT 26/118", "", heading, "Água", row("1.º escalão", "5", "0,60", "3,00"),
        row("2.º escalão", "4", "1,10", "4,40"), "Saneamento", row("Tarifa fixa", "30", "0,10", "3,00"), "",
        [(700, "Total"), (960, "10,40")],
    )  # fmt: skip
    assert [item["description"] for item in items(found)] == ["1.o escalão", "2.o escalão", "Tarifa fixa"]


def test_a_row_number_read_with_its_words_is_parted_from_them():
    """`2 Report development` in one piece is the number of the row and its words."""
    boxes = [
        (80, 40, 300, "TAX INVOICE"), (80, 100, 400, "Invoice No: 1107"), (116, 632, 352, "Item & Description"),
        (122, 732, 389, "(May 2026 - Apr 2027)"), (808, 830, 847, "hrs"), (615, 632, 736, "HSN/SAC"),
        (790, 632, 847, "Qty"), (938, 632, 1007, "Rate"), (1090, 632, 1165, "IGST"), (1220, 632, 1324, "Amount"),
        (83, 634, 111, "#"), (84, 697, 105, "1"), (124, 697, 518, "ERP annual maintenance contract"),
        (606, 697, 703, "998313"), (787, 697, 847, "1.00"), (879, 697, 1007, "60,000.00"),
        (1039, 697, 1165, "10,800.00"), (1196, 697, 1324, "60,000.00"),
        (81, 792, 509, "2 Custom GST report development"), (606, 792, 704, "998314"), (773, 792, 847, "13.00"),
        (893, 792, 1006, "2,000.00"), (1051, 792, 1165, "4,680.00"), (1196, 792, 1324, "26,000.00"),
        (900, 902, 1007, "Sub Total"), (1196, 902, 1324, "86,000.00"),
    ]  # fmt: skip
    lines = [
        TextLine(f"1-{n}", text, 1.0, polygon_of((x1, y, x2, y + 34))) for n, (x1, y, x2, text) in enumerate(boxes)
    ]
    page = Document("id", "a.png", "", "image/png", 1, 1, (Page(1, 1406, 1989, lines=tuple(lines)),))
    found = extract_fields(page, shipped_packs())
    assert [(item["line_no"], item["description"]) for item in items(found)] == [
        ("1", "ERP annual maintenance contract (May 2026 - Apr 2027)"),
        ("2", "Custom GST report development"),
    ]  # fmt: skip


def test_the_number_stands_below_its_label_where_an_address_stands_beside_it():
    """A postcode in the next column is no document's number; the tax number stands below its label as well."""
    found = values(
        reading(
            [(20, "TAX INVOICE"), (400, "Invoice Date"), (700, "Banksia Landscape")],
            [(400, "9 Nov 2026"), (700, "Design")], [(20, "Community House Inc"), (700, "7 Wattle Grove")],
            [(20, "21 Market Street"), (400, "Invoice Number"), (700, "Healesville VIC 3777")],
            [(20, "Lilydale VIC 3140"), (400, "INV-0229")], [(400, "")], [(400, "ABN")], [(400, "51 824 753 556")], "",
            *GOODS,
        )
    )  # fmt: skip
    assert (found["invoice_number"], found["seller.tax_id"]) == ("INV-0229", "51824753556")
    assert found["seller.name"] == "Banksia Landscape Design"


def test_a_street_may_be_named_after_a_day():
    """`ul. 3 Maja 12` is a street, and a last word that had no room goes on with the name."""
    found = parties(
        [(20, "Sprzedawca"), (600, "Nabywca")], [(20, "Energia Beskidy S.A."), (600, "Piekarnia Złoty Kłos Roman")],
        [(20, "ul. 3 Maja 12"), (600, "Duda")], [(20, "43-300 Bielsko-Biała"), (600, "ul. Żywiecka 90")],
        [(600, "34-300 Żywiec")], "", "FAKTURA nr E/0041/2026", "",
        [(20, "Nazwa"), (700, "Ilość"), (1000, "Wartość netto")], [(20, "Energia"), (700, "2"), (1000, "100,00")],
    )  # fmt: skip
    assert found == (
        "Energia Beskidy S.A.", "ul. 3 Maja 12, 43-300 Bielsko-Biała", "Piekarnia Złoty Kłos Roman Duda",
        "ul. Żywiecka 90, 34-300 Żywiec",
    )  # fmt: skip


def test_what_was_paid_has_no_minus():
    """The sign belongs to the sum it is taken from."""
    found = values(
        reading(
            "Energie N.V.", "Laan 5", "9701 BC Groningen", "", "FACTUUR", "Factuurnummer: 9004417720", "",
            [(20, "Totaal exclusief btw"), (900, "€ 1.420,66")], [(20, "Btw 21%"), (900, "€ 298,34")],
            [(20, "Totaal inclusief btw"), (900, "€ 1.719,00")], [(20, "Betaalde termijnen"), (900, "- € 1.560,00")],
            [(20, "Nog te betalen"), (900, "€ 159,00")],
        )
    )  # fmt: skip
    assert (found["total_gross"], found["amount_paid"], found["amount_due"]) == ("1719.00", "1560.00", "159.00")


def test_an_address_in_the_foot_is_the_logos():
    """Where the logo is the only name without an address, the column at the foot is its own."""
    page = document(
        "FACTUUR", "", "Factuurnummer: F26-044", "", "Stichting Museum De Kade", "Havenplein 3", "4331 NA Middelburg",
        "", *END_NL, *[""] * 20, [(20, "Oudegracht 288"), (500, "06 - 2233 4455")],
        [(20, "3511 NV Utrecht"), (500, "hallo@wilgenroos.example")],
    )  # fmt: skip
    (first,) = page.pages
    logo = TextLine("logo", "Studio Wilgenroos", 1.0, polygon_of((600, 10, 1000, 60)))
    page = replace(page, pages=(replace(first, lines=(*first.lines, logo)),))
    found = {path: field.value for path, field in extract_fields(page, shipped_packs()).fields.items()}
    assert (found["seller.name"], found["seller.address"]) == ("Studio Wilgenroos", "Oudegracht 288, 3511 NV Utrecht")


def test_the_label_of_a_number_is_no_party_in_silence():
    """Where nothing better is found than `CNPJ / CPF`, a person is asked."""
    cell = lay_out(document("CNPJ / CPF")).cells[0]
    line = PartyLine(0, (cell,), cell.text, cell.folded, cell.box, LineKind.TITLE)
    block = PartyBlock(line.text, (line,), "label")
    _, doubt = read_name("buyer", block, [block], shipped_packs().by_name("invoice-pt").shared)
    assert doubt is not None
    assert (doubt.field, doubt.reason) == ("buyer.name", "odd_name")
