"""Tables of goods of other shapes: without money, with one amount, with cells that hold two things."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import Placed, items, reading

HEAD: tuple[Placed | str, ...] = ([(20, "INVOICE"), (700, "Invoice no: 17")], "")
LETTER = ([(20, "FACTURE"), (700, "Facture n° 17")], "")
RECHNUNG = ([(20, "RECHNUNG"), (700, "Rechnungsnr.: 17")], "")


def cells(*rows: Placed | str, names: tuple[str, ...] = ("description", "quantity", "unit_price", "net_amount")):  # type: ignore[no-untyped-def]
    """Return the wanted cells of each line item, None for one that is not there."""
    return [tuple(row.get(name) for name in names) for row in items(reading(*rows))]


def test_goods_of_a_delivery_note_have_counts_and_no_money():
    found = items(
        reading(
            [(20, "DELIVERY NOTE"), (700, "No: LS-17")],
            "",
            [(20, "Pos"), (100, "Description"), (700, "Quantity"), (900, "Unit")],
            [(20, "1"), (100, "Hornbeam hedge"), (750, "120"), (900, "pcs")],
            [(20, "2"), (100, "Bark mulch"), (750, "6.5"), (900, "m3")],
            "Received in good order:",
        )
    )
    assert found == [
        {"line_no": "1", "description": "Hornbeam hedge", "unit": "pcs", "quantity": "120"},
        {"line_no": "2", "description": "Bark mulch", "unit": "m3", "quantity": "6.5"},
    ]


def test_other_counts_on_a_delivery_note_are_no_amounts():
    """Boxes and weights stand in columns of their own; `Ud.` heads the units here, as the counts stand beside it."""
    found = cells(
        [(20, "ALBARÁN"), (700, "Nº: 26/3318")],
        "",
        [(20, "Código"), (150, "Descripción"), (600, "Cajas"), (720, "Cantidad"), (850, "Ud."), (1000, "Peso kg")],
        [(20, "PV45"), (150, "Pavimento gres"), (620, "48"), (740, "69,12"), (850, "m2"), (1020, "1.382")],
        [(20, "RDP4"), (150, "Rodapié gris"), (620, "10"), (750, "120"), (850, "ud"), (1030, "96")],
        names=("description", "quantity", "unit", "net_amount"),
    )
    assert found == [("Pavimento gres", "69.12", "m2", None), ("Rodapié gris", "120", "ud", None)]


def test_counts_of_an_invoice_without_prices_are_not_read_beside_its_amounts():
    """A second table that names no money tells how often, not what is sold."""
    found = cells(
        *HEAD,
        [(20, "Description"), (500, "Qty"), (700, "Unit price"), (1000, "Amount")],
        [(20, "Tea pot"), (500, "2"), (700, "24.50"), (1000, "49.00")],
        [(700, "Total"), (1000, "49.00")],
        "",
        [(20, "Description"), (500, "Quantity")],
        [(20, "Parcels"), (500, "1")],
    )
    assert found == [("Tea pot", "2", "24.50", "49.00")]


def test_a_count_and_its_pack_in_one_cell_are_parted():
    found = cells(
        *LETTER,
        [(20, "Produit"), (500, "Quantité Cond."), (800, "Prix HT"), (1000, "Net HT TVA")],
        [(20, "Huile d'olive"), (540, "6 bt 75 cl"), (800, "24,50"), (1000, "147,00 2")],
        [(20, "Miel de lavande"), (540, "4 pot 500 g"), (800, "5,00"), (1000, "20,00 2")],
        [(700, "Total HT"), (1000, "167,00")],
        names=("description", "quantity", "unit"),
    )
    assert found == [("Huile d'olive", "6", "bt 75 cl"), ("Miel de lavande", "4", "pot 500 g")]


def test_a_price_less_its_discount_says_which_columns_are_price_and_amount():
    found = cells(
        *LETTER,
        [(20, "Produit"), (500, "Quantité"), (700, "Prix HT"), (850, "Remise"), (1000, "Net HT TVA")],
        [(20, "Huile d'olive"), (540, "6"), (700, "24,50"), (850, "8 %"), (1000, "135,24 2")],
        [(20, "Miel de lavande"), (540, "4"), (700, "5,00"), (1000, "20,00 2")],
        [(700, "Total HT"), (1000, "155,24")],
    )
    assert found == [("Huile d'olive", "6", "24.50", "135.24"), ("Miel de lavande", "4", "5.00", "20.00")]


def test_rand_before_an_amount_is_its_currency():
    found = cells(
        *HEAD,
        [(20, "Description"), (500, "Quantity"), (700, "Price"), (1000, "Total")],
        [(20, "Tea pot"), (500, "2.00"), (700, "R24.50"), (1000, "R49.00")],
        [(20, "Cup"), (500, "4.00"), (700, "R5.00"), (1000, "R20.00")],
        [(700, "Subtotal"), (1000, "R69.00")],
    )
    assert found == [("Tea pot", "2.00", "24.50", "49.00"), ("Cup", "4.00", "5.00", "20.00")]


@pytest.mark.parametrize("heading", ["Núm.", "Lecturas"])
def test_the_column_that_makes_amounts_of_prices_holds_the_counts(heading: str):
    found = cells(
        [(20, "FACTURA"), (700, "Factura nº: 17")],
        "",
        [(20, "Concepto"), (500, heading), (700, "Precio"), (1000, "Importe")],
        [(20, "Copias"), (520, "24"), (700, "3,005061"), (1000, "72,12")],
        [(20, "Folios"), (520, "19"), (700, "3,005061"), (1000, "57,10")],
        [(700, "Base imponible"), (1000, "129,22")],
    )
    assert found == [("Copias", "24", "3.005061", "72.12"), ("Folios", "19", "3.005061", "57.10")]


def test_thousands_of_a_count_are_told_by_price_and_amount():
    found = cells(
        *RECHNUNG,
        [(20, "Bezeichnung"), (500, "Menge"), (700, "Preis"), (1000, "Betrag")],
        [(20, "Arbeitspreis Strom"), (500, "2.846 kWh"), (700, "0,3142"), (1000, "894,21")],
        [(20, "Grundpreis Strom"), (500, "365"), (700, "0,3836"), (1000, "140,01")],
        [(700, "Summe netto"), (1000, "1.034,22")],
    )
    assert [row[1] for row in found] == ["2846", "365"]


def test_a_currency_alone_heads_the_amounts_and_the_sum_of_the_rows_is_none_of_them():
    found = cells(
        [(20, "HONORARNOTE"), (700, "Honorarnote Nr. 17")],
        "",
        [(20, "Datum"), (200, "Leistung"), (1000, "EUR")],
        [(20, "10.07.2026"), (200, "Erstordination"), (1000, "140,00")],
        [(20, "10.07.2026"), (200, "Nahtentfernung"), (1000, "60,00")],
        [(20, "11.07.2026"), (200, "Kontrolle"), (1000, "30,00")],
        [(200, "Gesamthonorar"), (1000, "230,00")],
        names=("description", "net_amount"),
    )
    assert found == [("Erstordination", "140.00"), ("Nahtentfernung", "60.00"), ("Kontrolle", "30.00")]


def test_a_fee_for_a_procedure_is_a_row_of_goods():
    found = cells(
        *HEAD,
        [(20, "Date"), (200, "Code"), (400, "Procedure"), (1000, "Fee")],
        [(20, "08/04/2026"), (200, "D0150"), (400, "Oral evaluation"), (1000, "$112.00")],
        [(20, "08/04/2026"), (200, "D0274"), (400, "Bitewings, four films"), (1000, "$78.00")],
        [(700, "Total charges"), (1000, "$190.00")],
        names=("product_code", "description", "net_amount"),
    )
    assert found == [("D0150", "Oral evaluation", "112.00"), ("D0274", "Bitewings, four films", "78.00")]


def test_the_bill_before_and_its_payment_stand_above_the_goods():
    found = cells(
        *HEAD,
        [(20, "Description"), (1000, "Amount")],
        [(20, "Previous balance"), (1000, "$96.14")],
        [(20, "Payment 06/15/2026 - thank you"), (1000, "-$96.14")],
        [(20, "Water"), (1000, "$31.72")],
        [(20, "Sewer"), (1000, "$44.10")],
        [(20, "State sales tax"), (1000, "$1.25")],
        [(20, "TOTAL AMOUNT DUE"), (1000, "$77.07")],
        names=("description", "net_amount"),
    )
    assert found == [("Water", "31.72"), ("Sewer", "44.10")]


def test_a_payment_on_account_is_what_an_invoice_sells():
    words = "Acompte de 30 % sur remplacement des menuiseries de l'école (devis accepté)"
    found = cells(
        *LETTER,
        [(20, "Désignation"), (1000, "Montant HT")],
        [(20, words), (1000, "5 592,00 €")],
        [(700, "Total HT"), (1000, "5 592,00 €")],
        names=("description", "net_amount"),
    )
    assert found == [(words, "5592.00")]


def test_a_remark_in_brackets_ends_no_table():
    found = cells(
        [(20, "FACTURA"), (700, "Factura nº: 17")],
        "",
        [(20, "Concepto"), (500, "Núm."), (700, "Precio"), (1000, "Importe")],
        [(20, "Escritura, cuantía"), (1000, "351,28")],
        [(20, "(base 186.000,00 €)")],
        [(20, "Folios"), (520, "24"), (700, "3,00"), (1000, "72,00")],
        [(20, "Sellos"), (520, "2"), (700, "2,00"), (1000, "4,00")],
        [(700, "Base imponible"), (1000, "427,28")],
    )
    assert [row[1:] for row in found] == [(None, None, "351.28"), ("24", "3.00", "72.00"), ("2", "2.00", "4.00")]


def test_a_date_in_a_row_of_an_invoice_keeps_its_amount():
    found = cells(
        "BILL OF COSTS No. 26/3317",
        "",
        [(20, "Professional charges from 4 June 2026"), (1000, "£2,450.00")],
        [(20, "Land Registry office copies"), (1000, "£14.00")],
        [(700, "Total before VAT"), (1000, "£2,464.00")],
        [(700, "VAT at 20%"), (1000, "£492.80")],
        [(700, "TOTAL PAYABLE"), (1000, "£2,956.80")],
        names=("description", "net_amount"),
    )
    assert found == [("Professional charges from 4 June 2026", "2450.00"), ("Land Registry office copies", "14.00")]


def test_rows_prove_themselves_with_the_tax_and_the_payment_below():
    found = cells(
        "FACTUUR",
        "Factuurnummer: D26-0774",
        "Factuurdatum: 3 november 2026",
        [(20, "Honorarium"), (1000, "€ 3.528,00")],
        [(20, "Kantoorkosten"), (1000, "€ 211,68")],
        [(20, "Btw 21%"), (1000, "€ 785,33")],
        [(20, "Af: ontvangen voorschot"), (1000, "€ 1.500,00")],
        [(20, "Te voldoen binnen 14 dagen"), (1000, "€ 3.025,01")],
        names=("description", "net_amount"),
    )
    assert found == [("Honorarium", "3528.00"), ("Kantoorkosten", "211.68")]


def test_the_heading_of_the_sums_ends_the_goods():
    found = cells(
        [(20, "FATTURA"), (700, "Fattura n. 17")],
        "",
        [(20, "Descrizione"), (500, "Quantità"), (700, "Prezzo"), (1000, "Importo")],
        [(20, "Albero di trasmissione"), (520, "2"), (700, "845,00"), (1000, "1.690,00")],
        [(20, "Flangia acciaio"), (520, "16"), (700, "37,25"), (1000, "596,00")],
        [(20, "RIEPILOGHI IVA E TOTALI")],
        [(20, "Riferimenti normativi"), (500, "%IVA"), (700, "Totale imponibile"), (1000, "Totale imposta")],
        [(20, "I (esigibilità immediata)"), (500, "22,00"), (700, "2.286,00"), (1000, "502,92")],
        [(20, "EUR"), (1000, "2.788,92")],
        names=("description", "net_amount"),
    )
    assert found == [("Albero di trasmissione", "1690.00"), ("Flangia acciaio", "596.00")]


def test_a_word_of_a_total_within_a_long_description_is_no_sum():
    found = cells(
        [(20, "PARCELLA N. 22/2026")],
        "",
        [(20, "Prestazione"), (1000, "Importo €")],
        [(20, "Rilievo topografico con stazione totale"), (1000, "480,00")],
        [(20, "Pratica Docfa"), (1000, "320,00")],
        [(700, "Imponibile"), (1000, "800,00")],
        names=("description", "net_amount"),
    )
    assert found == [("Rilievo topografico con stazione totale", "480.00"), ("Pratica Docfa", "320.00")]


def test_counts_and_prices_under_headings_that_name_neither_make_the_amounts():
    found = cells(
        [(20, "FATTURA"), (700, "Fattura n. 17")],
        "",
        [(20, "Descrizione"), (600, "N."), (750, "Cad."), (1000, "€")],
        [(20, "Valvola termostatica"), (600, "7"), (750, "34,50"), (1000, "241,50")],
        [(20, "Manodopera, ore"), (600, "9"), (750, "36,00"), (1000, "324,00")],
        [(700, "Imponibile"), (1000, "565,50")],
    )
    assert found == [("Valvola termostatica", "7", "34.50", "241.50"), ("Manodopera, ore", "9", "36.00", "324.00")]


def test_a_list_of_invoices_not_paid_sells_nothing():
    found = cells(
        [(20, "AANMANING"), (700, "Factuurdatum: 3 november 2026")],
        "",
        "Factuurnummer   Factuurdatum   Vervaldatum   Bedrag",
        [(20, "2026-114"), (300, "03-09-2026"), (500, "03-10-2026"), (1000, "€ 684,86")],
        [(20, "Te betalen"), (1000, "€ 684,86")],
    )
    assert found == []


def test_a_count_and_a_price_told_apart_by_nothing_are_doubted():
    found = reading(
        *HEAD,
        [(20, "Garden bench"), (600, "3"), (700, "5"), (1000, "15.00")],
        [(20, "Oak table"), (600, "2"), (700, "40"), (1000, "80.00")],
        [(700, "Subtotal"), (1000, "95.00")],
    )
    assert found.line_items
    assert all(row[name].confidence < 0.2 for row in found.line_items for name in ("quantity", "unit_price"))


def test_more_decimals_than_those_of_money_are_those_of_a_price():
    found = cells(
        *HEAD,
        [(20, "Copies, pages"), (600, "24"), (700, "3.0051"), (1000, "72.12")],
        [(20, "Deeds, pages"), (600, "19"), (700, "3.0051"), (1000, "57.10")],
        [(700, "Subtotal"), (1000, "129.22")],
    )
    assert [row[1:3] for row in found] == [("24", "3.0051"), ("19", "3.0051")]


def test_what_was_delivered_counts_and_not_what_was_ordered():
    """Numbers set right stand nearer to the next heading, set left, than to their own."""
    found = cells(
        [(20, "BON DE LIVRAISON"), (700, "N° BL-44871")],
        "",
        [(20, "Désignation"), (500, "Qté commandée"), (760, "Qté livrée"), (960, "Reliquat")],
        [(20, "Vis bois agglo"), (715, "12"), (900, "12"), (1080, "0")],
        [(20, "Équerre renforcée"), (704, "150"), (889, "120"), (1069, "30")],
    )
    assert [row[:2] for row in found] == [("Vis bois agglo", "12"), ("Équerre renforcée", "120")]


def test_a_price_of_one_of_something_is_a_price():
    found = cells(
        *RECHNUNG,
        [(20, "Arbeitsposition"), (500, "AW"), (700, "Preis/AW"), (1000, "EUR")],
        [(20, "Inspektion"), (500, "14"), (700, "11,20"), (1000, "156,80")],
        [(20, "Motoröl 5W-30"), (480, "4,5 l"), (700, "17,80"), (1000, "80,10")],
        [(700, "Nettobetrag"), (1000, "236,90")],
    )
    assert found == [("Inspektion", "14", "11.20", "156.80"), ("Motoröl 5W-30", "4.5", "17.80", "80.10")]


def test_a_count_under_the_heading_of_the_price_is_no_price():
    found = cells(
        [(20, "Rachunek nr 31/2026"), (700, "Kraków, 8 maja 2026")],
        "",
        [(20, "Usługa"), (500, "Stron"), (650, "Cena za stronę"), (1000, "Kwota")],
        [(20, "Tłumaczenie umowy"), (610, "14"), (860, "45,00"), (1000, "630,00")],
        [(20, "Korekta katalogu"), (610, "48"), (871, "9,00"), (1000, "432,00")],
        [(700, "Razem do zapłaty:"), (1000, "1 062,00 zł")],
    )
    assert found == [("Tłumaczenie umowy", "14", "45.00", "630.00"), ("Korekta katalogu", "48", "9.00", "432.00")]


def test_a_discount_on_a_whole_bill_is_a_row_of_its_own():
    found = cells(
        *HEAD,
        [(20, "Full fibre"), (1000, "£26.25")],
        [(20, "Calls outside your plan"), (1000, "£2.17")],
        [(20, "Loyalty discount"), (1000, "-£2.50")],
        [(20, "Total excluding VAT"), (1000, "£25.92")],
        [(20, "VAT at 20%"), (1000, "£5.18")],
        [(20, "Total to pay"), (1000, "£31.10")],
        names=("description", "net_amount"),
    )
    assert found == [("Full fibre", "26.25"), ("Calls outside your plan", "2.17"), ("Loyalty discount", "-2.50")]
