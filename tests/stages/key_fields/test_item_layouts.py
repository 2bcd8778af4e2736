"""Tables of goods of more layouts: groups with sums, codes on lines of their own, references to other documents."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import Placed, items, reading, values

DE = (
    [(20, "Elektro Sandner GmbH"), (700, "Rechnung")], "Lindenweg 4, 94032 Passau", "", "Gasthof Zur Post",
    "Hauptstr. 1, 94036 Passau", "Rechnungsnummer: 20260377", "Rechnungsdatum: 05.05.2026", "",
)  # fmt: skip
HEADING = [(20, "Bezeichnung"), (500, "Menge"), (700, "Einzelpreis"), (960, "Betrag")]


def row(name: str, count: str = "", price: str = "", amount: str = "") -> Placed:
    return [(20, name), (500, count), (700, price), (960, amount)]


def sums(*rows: tuple[str, str]) -> list[Placed]:
    return [[(600, name), (960, amount)] for name, amount in rows]


DE_SUMS = sums(("Nettobetrag", "1.005,75"), ("MwSt. 19 %", "191,09"), ("Gesamtsumme", "1.196,84"))


def test_goods_go_on_behind_the_sum_of_a_group():
    found = reading(
        *DE, HEADING, row("Kabel", "85", "1,95", "165,75"), row("Steckdose", "12", "14,50", "174,00"),
        row("Nettosumme", amount="339,75"), row("Keller"), row("Verteiler", "1", "289,00", "289,00"),
        row("Monteurstunde", "6,5", "58,00", "377,00"), *DE_SUMS,
    )  # fmt: skip
    assert [item["net_amount"] for item in items(found)] == ["165.75", "174.00", "289.00", "377.00"]
    assert values(found).get("total_lines") in (None, "1005.75")


def test_sums_side_by_side_are_no_goods():
    found = reading(
        *DE, HEADING, row("Kamera Miete", "3", "1.764,00", "5.292,00"), row("Anfahrt", "1", "295,50", "295,50"), "",
        [(20, "Zwischensumme"), (500, "19 % Steuer"), (960, "Gesamt")],
        [(20, "5.587,50"), (500, "1.061,63"), (960, "6.649,13")],
    )  # fmt: skip
    assert [item["description"] for item in items(found)] == ["Kamera Miete", "Anfahrt"]


def test_a_code_in_the_row_of_its_numbers_is_no_name():
    found = reading(
        *DE, HEADING, row("Besen"), row("GTIN 96983", "13", "20,20", "262,60"), row("Schalter"),
        row("GTIN 13640", "48", "9,00", "432,00"), *sums(("Nettobetrag", "694,60"), ("Gesamtsumme", "694,60")),
    )  # fmt: skip
    assert [(item["description"], item["product_code"]) for item in items(found)] == [
        ("Besen", "96983"), ("Schalter", "13640"),
    ]  # fmt: skip


def test_a_count_may_stand_with_its_unit():
    found = reading(
        *DE, [(20, "Bezeichnung"), (500, "Mengeneinheit"), (700, "Einzelpreis"), (960, "Betrag")],
        row("Winterdienst", "3 Monate", "220,00", "660,00"), row("Reparatur", "2 Stk", "9,58", "19,16"),
        *sums(("Nettobetrag", "679,16"), ("Gesamtsumme", "679,16")),
    )  # fmt: skip
    assert [(item["quantity"], item["unit"]) for item in items(found)] == [("3", "Monate"), ("2", "Stk")]


def test_a_date_of_a_delivery_note_is_neither_day_of_issue_nor_name():
    found = reading(
        [(20, "Molino Ferri S.p.A."), (700, "FATTURA")], "Via del Grano 1, 43121 Parma PR", "Spett.le",
        "Pizzeria Da Gino", "Corso Italia 8, 29121 Piacenza PC", [(700, "Fattura n."), (900, "A/88")],
        [(700, "del"), (900, "04/05/2026")], "",
        [(20, "Descrizione"), (500, "Quantità"), (700, "Prezzo unitario"), (960, "Totale")],
        row("Rif. DDT n. 311 del 28/04/2026"), row("Farina tipo 00", "20", "18,50", "370,00"),
        row("Rif. DDT n. 340 del 02/05/2026"), row("Semola", "12", "9,80", "117,60"),
        *sums(("Imponibile", "487,60"), ("IVA 4%", "19,50"), ("Totale fattura", "507,10")),
    )  # fmt: skip
    assert values(found)["issue_date"] == "2026-05-04"
    assert [item["description"] for item in items(found)] == ["Farina tipo 00", "Semola"]


@pytest.mark.parametrize(
    ("heading", "first"),
    [
        (["Aantal", "Omschrijving", "Stuksprijs", "Totaal excl."], ["quantity", "description"]),
        (["Descrizione", "U.M. Q.tà", "Prezzo", "Importo"], ["description", "unit"]),
        (["Descrição", "Quant.", "Valor unit.", "Valor total"], ["description", "quantity"]),
    ],
)
def test_headings_of_more_languages(heading, first):
    columns = [*first, "unit_price", "net_amount"]
    cells = {"quantity": ("2", "3"), "description": ("Lievito", "Semola"), "unit_price": ("7,20", "9,80"),
             "net_amount": ("14,40", "29,40"), "unit": ("KG 2", "KG 3")}  # fmt: skip
    at = (20, 400, 700, 960)
    found = reading(
        *DE, list(zip(at, heading, strict=True)),
        *(list(zip(at, [cells[name][n] for name in columns], strict=True)) for n in (0, 1)),
        *sums(("Totale", "43,80")),
    )  # fmt: skip
    got = items(found)
    assert [item["net_amount"] for item in got] == ["14.40", "29.40"]
    assert [item["description"] for item in got] == ["Lievito", "Semola"]
    assert [item["quantity"] for item in got] == ["2", "3"]


def test_numbers_of_rows_are_no_descriptions_where_the_goods_have_a_column():
    """`Item` over the numbers was taken for the goods, as nothing knew `Discriminação`."""
    at = (20, 120, 600, 800, 1000)
    found = reading(
        *DE, list(zip(at, ["Item", "Discriminação", "Qtde", "Valor unit. R$", "Valor R$"], strict=True)),
        list(zip(at, ["1", "Locação gerador", "1", "6.850,00", "6.850,00"], strict=True)),
        list(zip(at, ["2", "Horas de operação", "38", "21,60", "820,80"], strict=True)),
        *sums(("Valor total", "7.670,80")),
    )  # fmt: skip
    assert [item["description"] for item in items(found)] == ["Locação gerador", "Horas de operação"]


def test_a_discount_with_a_code_of_its_own_is_a_row():
    found = reading(
        [(20, "Pine Hill Nursery Inc."), (700, "INVOICE")], "400 Orchard Rd, Salem, OR 97301", "Bill To",
        "Maple Street Cafe", "12 Maple St, Portland, OR 97201", "Invoice number: 3321",
        [(20, "Item"), (200, "Description"), (600, "Qty"), (750, "Price"), (960, "Amount")],
        [(20, "FERN-6"), (200, "Boston fern"), (600, "12"), (750, "8.50"), (960, "102.00")],
        [(20, "PALM-10"), (200, "Areca palm"), (600, "4"), (750, "27.25"), (960, "109.00")],
        [(20, "DISC"), (200, "Less 10% discount"), (960, "-21.10")], *sums(("Subtotal", "189.90"), ("Total", "189.90")),
    )  # fmt: skip
    assert [item["net_amount"] for item in items(found)] == ["102.00", "109.00", "-21.10"]


def test_weights_are_no_amounts():
    """A customs form has a column of net weights before the prices."""
    heading = ["Full description of goods", "Qty", "UoM", "Net kg", "Unit value", "Total value"]
    row = ["Bicycle frame, size M", "40", "PCS", "68.0", "210.00", "8,400.00"]
    places = (20, 500, 600, 700, 850, 1000)
    found = items(
        reading(list(zip(places, heading, strict=True)), list(zip(places, row, strict=True)), pack="invoice-en")
    )
    assert [(i["description"], i["quantity"], i["unit_price"], i["net_amount"]) for i in found] == [
        ("Bicycle frame, size M", "40", "210.00", "8400.00")
    ]
