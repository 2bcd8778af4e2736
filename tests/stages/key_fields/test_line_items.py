"""Line items: headings in four languages, wrapped names, merged lines, sums carried over pages, lines below."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docpipe.document import Document, Page
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import Extraction, extract_fields
from tests.stages.key_fields.placing import Placed, document, items, reading

COLUMNS = ("description", "quantity", "unit_price", "net_amount")
X = (20, 500, 700, 1000)


def row(*texts: str) -> Placed:
    return list(zip(X, texts, strict=True))


def picked(found: Extraction, *names: str) -> list[tuple[str | None, ...]]:
    """Return some cells of each line item."""
    return [tuple(item.get(name) for name in names or COLUMNS) for item in items(found)]


@pytest.mark.parametrize(
    ("pack", "heading", "price", "amount"),
    [
        ("invoice-en", ("Particulars", "Qty", "Unit cost", "Line total"), "24.50", "49.00"),
        ("invoice-de", ("Leistung", "Anzahl", "Einzelpreis", "Gesamtpreis netto"), "24,50", "49,00"),
        ("invoice-fr", ("Désignation", "Qté", "P.U. HT", "Montant HT"), "24,50", "49,00"),
        ("invoice-zh", ("商品名称", "数量", "单价", "金额"), "24.50", "49.00"),
        ("invoice-en", ("Bezeichnung", "Menge", "E-Preis", "Betrag"), "24.50", "49.00"),
        ("invoice-en", ("Description", "Quantity", "Unit Price Excl. VAT", "Line Amount Excl. VAT"), "24.50", "49.00"),
        ("invoice-en", ("Omschrijving", "Aantal", "Prijs excl. BTW", "Totaal excl. BTW"), "24.50", "49.00"),
        ("invoice-de", ("Descrizione", "Quantità", "Prezzo unitario", "Importo netto"), "24,50", "49,00"),
        ("invoice-de", ("Nazwa towaru", "Ilość", "Cena jedn. netto", "Wartość netto"), "24,50", "49,00"),
    ],
)
def test_headings(pack: str, heading: tuple[str, ...], price: str, amount: str):
    """Words of all four languages serve every pack: a till or an exporter prints in the language it likes."""
    found = reading(row(*heading), row("Tea pot", "2", price, amount), pack=pack)
    assert picked(found) == [("Tea pot", "2", "24.50", "49.00")]


def test_glued_and_misread_headings():
    """A recogniser loses the gap between two headings, or a letter."""
    found = reading(
        [(20, "Beschre1bung"), (500, "MengeEinheit"), (700, "Einzelpreis"), (1000, "Betrag")],
        [(20, "Teekanne"), (510, "2"), (570, "Stk"), (700, "24,50"), (1000, "49,00")],
        pack="invoice-de",
    )
    assert picked(found, *COLUMNS, "unit") == [("Teekanne", "2", "24.50", "49.00", "Stk")]


def test_a_column_without_a_heading_for_words():
    """The widest column that nothing names holds the names of goods."""
    found = reading(
        [(20, "Pos"), (120, "Gewerk"), (500, "Menge"), (700, "Preis"), (1000, "Summe")],
        [(20, "1"), (120, "Fenster streichen"), (500, "3"), (700, "80,00"), (1000, "240,00")],
        pack="invoice-de",
    )
    assert picked(found) == [("Fenster streichen", "3", "80.00", "240.00")]


def test_a_full_line_goes_on_below():
    """Words that did not fit go on in the next line; a line that had room ended the name."""
    found = reading(
        row("Description", "Qty", "Price", "Amount"),
        row("Steel cabinet with two doors and a lo", "1", "90.00", "90.00"),
        [(20, "ck, grey")],
        row("Chair", "2", "10.00", "20.00"),
        [(20, "Despatch date: 3 May")],
        [(700, "Total"), (1000, "110.00")],
        pack="invoice-en",
    )
    assert picked(found, "description") == [("Steel cabinet with two doors and a lo ck, grey",), ("Chair",)]


def test_a_code_below_the_name():
    found = reading(
        row("Beschreibung", "Menge", "Preis", "Betrag"),
        row("Teekanne", "2", "24,50", "49,00"),
        [(20, "Art.-Nr.: TK-4711")],
        pack="invoice-de",
    )
    assert picked(found, "description", "product_code") == [("Teekanne", "TK-4711")]


def test_names_above_their_numbers():
    """Where the first numbers stand below words, each row's words are those above."""
    found = reading(
        row("Item", "Qty", "Price", "Amount"),
        "Tea pot, blue",
        [(500, "2"), (700, "24.50"), (1000, "49.00")],
        "Cup",
        [(500, "4"), (700, "5.00"), (1000, "20.00")],
        pack="invoice-en",
    )
    assert picked(found) == [("Tea pot, blue", "2", "24.50", "49.00"), ("Cup", "4", "5.00", "20.00")]


def test_one_line_for_a_whole_row():
    """A detector may take a row for one run of text: its words are parted at the columns."""
    found = reading(
        row("Description", "Qty", "Unit price", "Amount"),
        [(20, "Tea pot blue"), (500, "2" + " " * 17 + "24.50"), (1000, "49.00")],
        row("Cup", "4", "5.00", "20.00"),
        pack="invoice-en",
    )
    assert [item["net_amount"] for item in items(found)] == ["49.00", "20.00"]
    assert [item["quantity"] for item in items(found)] == ["2", "4"]


def test_a_count_glued_to_the_name():
    found = reading(
        [(20, "Qty"), (100, "Description"), (700, "Price"), (1000, "Amount")],
        [(40, "2 Tea pot"), (700, "24.50"), (1000, "49.00")],
        [(40, "4 Cup"), (700, "5.00"), (1000, "20.00")],
        pack="invoice-en",
    )
    assert picked(found) == [("Tea pot", "2", "24.50", "49.00"), ("Cup", "4", "5.00", "20.00")]


def test_lines_below_are_no_goods():
    """A gross price, a rebate and a serial number tell about the article above."""
    found = reading(
        row("Beschreibung", "Menge", "Nettopreis", "Betrag"),
        row("Teekanne", "2", "24,50", "44,10"),
        [(40, "Bruttopreis"), (300, ": 25,00"), (520, "Abschlag"), (720, ": 0,50")],
        [(40, "Rabatt 10 %"), (1000, "-4,90")],
        row("Tasse", "4", "5,00", "20,00"),
        [(40, "Seriennummer: 123 456")],
        pack="invoice-de",
    )
    assert picked(found, *COLUMNS, "discount") == [
        ("Teekanne", "2", "24.50", "44.10", "4.90"),
        ("Tasse", "4", "5.00", "20.00", None),
    ]


def test_a_discount_in_percent_is_an_amount():
    found = reading(
        [(20, "Description"), (500, "Qty"), (700, "Price"), (850, "Disc"), (1000, "Amount")],
        [(20, "Tea pot"), (500, "2"), (700, "24.50"), (850, "10%"), (1000, "44.10")],
        pack="invoice-en",
    )
    (item,) = found.line_items
    assert (item["discount"].value, item["discount"].source, item["discount"].raw) == ("4.90", "derived", "10%")


def on_pages(*pages: Document) -> Document:
    """Return one document of several pages."""
    found = []
    for number, single in enumerate(pages, 1):
        lines = tuple(replace(line, id=f"{number}-{line.id}") for line in single.pages[0].lines)
        found.append(Page(number, 1200, 1600, lines=lines))
    return replace(pages[0], pages=tuple(found), page_count=len(found))


HEADING = row("Beschreibung", "Menge", "Preis", "Betrag")
FIRST = (HEADING, row("Teekanne", "2", "24,50", "49,00"), [(20, "Übertrag"), (1000, "49,00")])
SECOND = row("Tasse", "4", "5,00", "20,00")
TOTAL = [(700, "Gesamtbetrag"), (1000, "69,00")]


@pytest.mark.parametrize(
    "later",
    [
        (HEADING, [(20, "Übertrag"), (1000, "49,00")], SECOND, TOTAL),
        ([(20, "Übertrag"), (1000, "49,00")], SECOND, TOTAL),
        ("Rechnung Nr. 17 vom 05.03.2024", SECOND, TOTAL),
    ],
    ids=["heading again", "carried sum", "letterhead"],
)
def test_tables_go_on_over_pages(later: tuple[Placed | str, ...]):
    found = extract_fields(on_pages(document(*FIRST), document(*later)), shipped_packs(), "invoice-de")
    assert picked(found) == [("Teekanne", "2", "24.50", "49.00"), ("Tasse", "4", "5.00", "20.00")]
    assert [item["net_amount"].page for item in found.line_items] == [1, 2]


def test_a_sum_carried_over_is_none_of_the_goods_whatever_it_is_called():
    """`Transport` is carriage too; the amount that the page before carries over says which."""
    heading, cup = row("Omschrijving", "Aantal", "Prijs", "Bedrag"), row("Kop", "1", "5,00", "5,00")
    goods = [row(f"Folder {size}", "10", "1,00", "10,00") for size in ("A3", "A4", "A5")]
    first = document("FACTUUR 17", heading, *goods, [(20, "Transporteren"), (1000, "30,00")])
    later = [(20, "Transport"), (1000, "30,00")], cup, cup, [(20, "Transport"), (1000, "9,00")]
    end = [(700, "Totaal excl. BTW"), (1000, "49,00")], [(700, "BTW 21%"), (1000, "10,29")]
    second = document("FACTUUR 17", heading, *later, *end)
    found = extract_fields(on_pages(first, second), shipped_packs(), "invoice-nl")
    assert [item["net_amount"].value for item in found.line_items] == ["10.00"] * 3 + ["5.00"] * 2 + ["9.00"]


def test_a_table_of_taxes_is_none_of_goods():
    found = reading(
        [(20, "VAT"), (500, "Net amount"), (1000, "VAT amount")],
        [(20, "19 %"), (500, "100.00"), (1000, "19.00")],
        pack="invoice-en",
    )
    assert items(found) == []


def test_a_missing_amount_follows_from_its_factors():
    """It is worked out, marked as derived, and trusted less than what is printed."""
    found = reading(
        row("Description", "Qty", "Price", "Amount"),
        row("Tea pot", "2", "24.50", "49.00"),
        [(20, "Cup"), (500, "4"), (700, "5.00")],
        [(700, "Total due"), (1000, "69.00")],
        pack="invoice-en",
    )
    printed, derived = (item["net_amount"] for item in found.line_items)
    assert (derived.value, derived.source) == ("20.00", "derived")
    assert derived.confidence < printed.confidence


def test_a_misread_amount_is_repaired_by_the_total():
    found = reading(
        row("Description", "Qty", "Price", "Amount"),
        row("Tea pot", "2", "24.50", "49.00"),
        row("Cup", "4", "5.00", "29.00"),
        [(700, "Total due"), (1000, "69.00")],
        pack="invoice-en",
    )
    amount = found.line_items[1]["net_amount"]
    assert (amount.value, amount.raw, amount.source) == ("20.00", "29.00", "derived")


def test_a_contradiction_is_doubted_and_left():
    """No total proves which number is wrong: all stay as printed, with less confidence."""
    rows = (row("Description", "Qty", "Price", "Amount"), row("Tea pot", "2", "24.50", "49.00"))
    found = reading(*rows, row("Cup", "4", "5.00", "87.00"), pack="invoice-en")
    right, wrong = (item["net_amount"] for item in found.line_items)
    assert (wrong.value, wrong.source) == ("87.00", "table")
    assert wrong.confidence < 0.7 * right.confidence


def test_a_price_for_a_hundred_is_no_mistake():
    """10,000 at 0.052 are 520, or 52 where the price is for ten: no digit is wrong."""
    found = reading(
        row("Description", "Qty", "Price", "Amount"),
        row("Power", "10000", "0.0520", "52.00"),
        [(700, "Total due"), (1000, "52.00")],
        pack="invoice-en",
    )
    assert picked(found) == [("Power", "10000", "0.0520", "52.00")]


def test_two_prices():
    """Of prices with and without tax, the one whose product is the amount counts."""
    found = reading(
        [(20, "Item"), (400, "Qty"), (550, "Price"), (750, "Price incl. tax"), (1000, "Amount")],
        [(20, "Lamp"), (400, "2"), (550, "48.00"), (750, "50.88"), (1000, "101.76")],
        pack="invoice-en",
    )
    assert [item["net_amount"] for item in items(found)] == ["101.76"]


def test_order_of_cells():
    """Cells come in the order of the schema, whatever the order of columns."""
    found = reading(
        [(20, "Amount"), (300, "Price"), (500, "Qty"), (700, "Description")],
        [(20, "49.00"), (300, "24.50"), (500, "2"), (700, "Tea pot")],
        pack="invoice-en",
    )
    assert list(items(found)[0]) == ["description", "quantity", "unit_price", "net_amount"]


def test_a_tax_among_the_columns_of_goods_is_no_article():
    """Its rate stands where prices do, its amount where amounts do."""
    found = reading(
        row("Description", "Qty", "Price", "Extended"),
        row("Gloves", "24", "11.50", "276.00"),
        row("Returned gloves", "-4", "11.50", "-46.00"),
        [(500, "Freight"), (1000, "18.00")],
        [(500, "Sales tax 7.125%"), (1000, "25.58")],
        [(500, "Invoice total"), (1000, "$273.58")],
        pack="invoice-en",
    )
    assert [name for name, *_ in picked(found)] == ["Gloves", "Returned gloves"]


def test_a_price_that_is_not_printed_is_not_invented():
    """Whatever the amount, some price would fit it."""
    found = reading(
        [(20, "Description"), (500, "Qty"), (1000, "Amount")],
        [(20, "Tea pot"), (500, "2"), (1000, "49.00")],
        [(20, "Total"), (1000, "49.00")],
        pack="invoice-en",
    )
    assert picked(found) == [("Tea pot", "2", None, "49.00")]


TILL = ("MEGA STORE", "12 HIGH STREET", "")


def till(*rows: tuple[str, str]) -> Extraction:
    return reading(*TILL, *([(20, name), (400 - 11 * len(price), price)] for name, price in rows), pack="receipt-en")


def test_what_is_given_back_is_a_row_with_a_negative_amount():
    """Empty bottles are no discount on the article above."""
    found = till(("COLA 1L", "2.50"), ("BREAD", "1.50"), ("BOTTLE RETURN", "-0.50"), ("TOTAL", "3.50"))
    assert picked(found, "description", "net_amount", "discount") == [
        ("COLA 1L", "2.50", None),
        ("BREAD", "1.50", None),
        ("BOTTLE RETURN", "-0.50", None),
    ]


def test_a_size_behind_a_name_is_no_count():
    """A count stands in a column of counts; a lone number belongs to the name."""
    found = till(("FLATSCREEN 65", "899.99"), ("HDMI CABLE", "19.99"), ("TOTAL", "919.98"))
    assert picked(found, "description", "quantity") == [("FLATSCREEN 65", None), ("HDMI CABLE", None)]


def test_a_barcode_behind_a_name_is_the_number_of_the_article():
    found = till(("CHEESE RAMEN 08801045009209", ""), ("2 X P85.00/Unit", "170.00"), ("BREAD", "1.50"),
                 ("TOTAL", "171.50"))  # fmt: skip
    assert picked(found, "description", "product_code", "quantity", "unit_price", "net_amount") == [
        ("CHEESE RAMEN", "08801045009209", "2", "85.00", "170.00"),
        ("BREAD", None, None, None, "1.50"),
    ]


def test_of_count_and_price_the_one_with_decimals_is_the_price():
    """A table may name its count after the price, or in words that nobody knows."""
    found = reading(
        row("Bezeichnung", "Preis", "Menge", "Betrag"),
        row("Strom", "264", "0,09740", "25,71"),
        row("Abgabe", "264", "0,02250", "5,94"),
        pack="invoice-de",
    )
    assert picked(found) == [("Strom", "264", "0.09740", "25.71"), ("Abgabe", "264", "0.02250", "5.94")]


def test_a_count_behind_a_times_sign_is_one():
    found = till(("BREZEL x 4", "3.80"), ("BREAD", "1.50"), ("TOTAL", "5.30"))
    assert picked(found, "description", "quantity", "net_amount") == [
        ("BREZEL", "4", "3.80"),
        ("BREAD", None, "1.50"),
    ]


def test_the_net_of_a_receipt_is_no_article():
    """Where the rows above already make the total, a word for a sum ends them."""
    found = till(("SOUP", "6.50"), ("WATER", "2.35"), ("Net", "7.38"), ("VAT 20%", "1.47"), ("TOTAL", "8.85"))
    assert picked(found, "description", "gross_amount") == [("SOUP", "6.50"), ("WATER", "2.35")]


def test_the_bill_before_is_no_row_of_goods():
    """Bills of power and telephone begin with what was owed and paid."""
    rows = [(20, "Bill summary"), (1000, "Amount")], [(20, "Previous balance"), (1000, "$118.47")]
    rows += [(20, "Payment - Mar 12, thank you"), (1000, "-$118.47")], [(20, "Plans (2 lines)"), (1000, "$90.00")]
    rows += [(20, "Taxes, fees & surcharges"), (1000, "$28.47")], [(20, "Total due"), (1000, "$118.47")]
    found = items(reading("Bill", "Invoice number: 31", *rows, pack="invoice-en"))
    assert "Previous balance" not in [item["description"] for item in found]
