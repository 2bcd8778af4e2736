"""Pages written by hand as made-up documents: rows of `x y size text` in points of an A4 page, and what they hold.

They show layouts that no generator draws. A file is YAML: a list of pages with `name`, `language`, `seller`, `buyer`
(each `name` and `address`) and `page`, whose rows begin a text at x and y; `r` or `c` after x sets it left of x or
around it, `b` after the size is bold, `|` begins a new line. The row `goods 300` draws a table of goods with its sums.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from docpipe.lab.synth.document import FieldLabel, SynthDocument
from docpipe.lab.synth.sheet import Face, Sheet

DPI = 150
WIDTH, HEIGHT = 595.0, 842.0
"""An A4 page in points."""
LINE = 1.25
"""Heights of a text from one line to the next."""
WORDS = {
    "en": ("Description", "Qty", "Unit price", "Amount", "Subtotal", "Tax 20%", "Total", "."),
    "de": ("Bezeichnung", "Menge", "Einzelpreis", "Betrag", "Nettobetrag", "MwSt. 20%", "Gesamtbetrag", ","),
    "fr": ("Désignation", "Quantité", "Prix unitaire", "Montant", "Total HT", "TVA 20%", "Total TTC", ","),
    "it": ("Descrizione", "Quantità", "Prezzo", "Importo", "Imponibile", "IVA 20%", "Totale fattura", ","),
    "es": ("Descripción", "Cantidad", "Precio", "Importe", "Base imponible", "IVA 20%", "Total factura", ","),
    "nl": ("Omschrijving", "Aantal", "Prijs", "Bedrag", "Subtotaal", "BTW 20%", "Totaal te betalen", ","),
    "pl": ("Nazwa", "Ilość", "Cena netto", "Wartość netto", "Razem netto", "VAT 20%", "Razem brutto", ","),
    "pt": ("Descrição", "Qtd.", "Preço", "Valor", "Base tributável", "IVA 20%", "Total a pagar", ","),
}
SIGNS = {"en": "£", "pl": "zł"}
"""Signs of currencies by language; € elsewhere."""
_ROW = re.compile(r"(?P<x>[\d.]+)(?P<align>[rc]?) (?P<y>[\d.]+) (?P<size>[\d.]+)(?P<bold>b?) (?P<text>.+)")
_GOODS = re.compile(r"goods (?P<y>[\d.]+)")


def written_pages(file: Path) -> Iterator[tuple[str, SynthDocument]]:
    """Yield name and document of each page of a file.

    Raises:
        ValueError: a row cannot be read; the message says which.
    """
    for number, page in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))):
        sheet = Sheet(WIDTH * DPI / 72, HEIGHT * DPI / 72)
        for row in page["page"].splitlines():
            if found := _GOODS.fullmatch(row):
                _goods(sheet, page["language"], float(found["y"]))
            elif found := _ROW.fullmatch(row):
                _text(sheet, found)
            else:
                raise ValueError(f"{file.name}: {page['name']}: this row is none of `x y size text`: {row!r}")
        fields = {
            f"{party}.{part}": FieldLabel(page[party][part], page[party][part])
            for party in ("seller", "buyer")
            for part in ("name", "address")
        }
        yield page["name"], SynthDocument(
            number, "written", page["language"], "", page["name"], DPI,
            ((round(sheet.width), round(sheet.height)),), tuple(sheet.runs), tuple(sheet.rules), fields,
        )  # fmt: skip


def _put(sheet: Sheet, x: float, y: float, text: str, size: float, align: str = "left", bold: bool = False) -> None:
    scale = DPI / 72
    sheet.put(x * scale, y * scale, text, Face("sans", size * scale, bold), align)


def _text(sheet: Sheet, row: re.Match[str]) -> None:
    size = float(row["size"])
    align = {"": "left", "r": "right", "c": "center"}[row["align"]]
    for number, line in enumerate(row["text"].split("|")):
        _put(
            sheet, float(row["x"]), float(row["y"]) + number * LINE * size, line.strip(), size, align, bool(row["bold"])
        )


def _goods(sheet: Sheet, language: str, y: float) -> None:
    what, count, price, amount, net, tax, total, point = WORDS[language]
    sign = SIGNS.get(language, "€")
    rows = (
        (what, count, price, amount),
        ("A 12", "2", "40.00", "80.00"),
        ("B 7", "1", "120.00", "120.00"),
        ("", "", net, "200.00"),
        ("", "", tax, "40.00"),
        ("", "", total, f"240.00 {sign}"),
    )
    for number, row in enumerate(rows):
        top = y + number * 18
        for x, text, align in zip((50, 330, 440, 545), row, ("left", "right", "right", "right"), strict=True):
            _put(
                sheet,
                x,
                top,
                text.replace(".", point) if number and text[:1].isdigit() else text,
                9.5,
                align,
                not number,
            )
