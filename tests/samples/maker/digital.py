"""The German invoice: a PDF with a text layer, drawn by reportlab in the typefaces that every reader has."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

import numpy as np
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from sheet import Line
from stdnum import iban
from stdnum.de import vat

CENT = Decimal("0.01")
REGULAR, BOLD = "Helvetica", "Helvetica-Bold"


@dataclass(frozen=True)
class Pdf:
    """A PDF and what stands on it; lines in points of the displayed page, y downwards."""

    data: bytes
    lines: list[Line]
    fields: dict[str, str]
    line_items: list[dict[str, str]]


def german(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


class Page:
    """A canvas with y downwards, which remembers what was written where."""

    def __init__(self) -> None:
        self.buffer = BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=A4, invariant=1)
        self.canvas.setTitle("Rechnung R-2026-0142")
        self.lines: list[Line] = []

    def text(self, x: float, y: float, text: str, face: str = REGULAR, size: float = 10, right: bool = False) -> None:
        width = stringWidth(text, face, size)
        x = x - width if right else x
        self.canvas.setFont(face, size)
        self.canvas.drawString(x, A4[1] - y, text)
        top, bottom = y - 0.75 * size, y + 0.22 * size
        box = [[x, top], [x + width, top], [x + width, bottom], [x, bottom]]
        self.lines.append(Line(text, np.array(box, dtype=float)))

    def rule(self, y: float, left: float, right: float) -> None:
        self.canvas.setLineWidth(0.7)
        self.canvas.line(left, A4[1] - y, right, A4[1] - y)


def rechnung() -> Pdf:
    """A German invoice with two tax rates, a period of service and a bank account."""
    items = [
        ("1", "Wartungsvertrag Druckstraße, März 2026", "1", Decimal("1250.00"), Decimal(19)),
        ("2", "Ersatzwalze Typ K-17", "4", Decimal("89.90"), Decimal(19)),
        ("3", "Fachbuch Offsetdruck", "2", Decimal("48.60"), Decimal(7)),
        ("4", "Anfahrt", "1", Decimal("65.00"), Decimal(19)),
    ]
    nets = [Decimal(quantity) * price for _, _, quantity, price, _ in items]
    base = {
        rate: sum(n for n, item in zip(nets, items, strict=True) if item[4] == rate)
        for rate in (Decimal(19), Decimal(7))
    }
    taxes = {rate: (amount * rate / 100).quantize(CENT) for rate, amount in base.items()}
    net, tax = sum(nets, Decimal(0)), sum(taxes.values(), Decimal(0))
    vat_id = "DE" + vat.validate("DE785566002").removeprefix("DE")
    account = iban.validate("DE26999000000123456789")

    page = Page()
    page.text(57, 70, "Musterwerk Beispiel GmbH", BOLD, 18)
    page.text(57, 86, "Erfinderallee 11, 99997 Musterhausen")
    page.text(57, 150, "Druckerei Zeilensprung KG", size=11)
    page.text(57, 165, "Am Beispielhang 3", size=11)
    page.text(57, 180, "99996 Probestadt", size=11)
    facts = (
        ("Rechnungsnummer:", "R-2026-0142"),
        ("Rechnungsdatum:", "31.03.2026"),
        ("Leistungszeitraum:", "01.03.2026 - 31.03.2026"),
        ("Kundennummer:", "K-30417"),
        ("Fällig am:", "30.04.2026"),
    )
    for k, (name, value) in enumerate(facts):
        page.text(330, 150 + 15 * k, name)
        page.text(538, 150 + 15 * k, value, right=True)
    page.text(57, 262, "Rechnung", BOLD, 16)
    columns = ((57, "Pos.", False), (90, "Bezeichnung", False), (345, "Menge", True), (425, "Einzelpreis", True))
    columns += ((470, "USt.", True), (538, "Gesamt", True))
    for x, head, right in columns:
        page.text(x, 290, head, BOLD, 10, right)
    page.rule(296, 57, 538)
    y = 312.0
    for (position, description, quantity, price, rate), amount in zip(items, nets, strict=True):
        cells = (position, description, quantity, german(price), f"{rate} %", german(amount))
        for (x, _, right), cell in zip(columns, cells, strict=True):
            page.text(x, y, cell, right=right)
        y += 18
    page.rule(y - 8, 57, 538)
    y += 10
    sums = [("Summe netto", german(net))]
    sums += [(f"zzgl. {rate} % USt. auf {german(base[rate])}", german(taxes[rate])) for rate in base]
    for name, value in sums:
        page.text(330, y, name)
        page.text(538, y, value, right=True)
        y += 16
    page.rule(y - 9, 330, 538)
    page.text(330, y + 6, "Gesamtbetrag EUR", BOLD, 12)
    page.text(538, y + 6, german(net + tax), BOLD, 12, right=True)
    page.text(57, y + 60, "Zahlbar ohne Abzug bis zum 30.04.2026.")
    spaced = " ".join(account[k : k + 4] for k in range(0, len(account), 4))
    page.rule(760, 57, 538)
    page.text(57, 776, f"USt-IdNr.: {vat_id}", size=8)
    page.text(57, 788, "Geschäftsführerin: Erika Muster", size=8)
    page.text(330, 776, f"IBAN: {spaced}", size=8)
    page.text(330, 788, "BIC: XMPLDEFF", size=8)
    page.canvas.showPage()
    page.canvas.save()
    fields = {
        "document_type": "invoice",
        "invoice_number": "R-2026-0142",
        "issue_date": "2026-03-31",
        "due_date": "2026-04-30",
        "period_start": "2026-03-01",
        "period_end": "2026-03-31",
        "currency": "EUR",
        "seller.name": "Musterwerk Beispiel GmbH",
        "seller.address": "Erfinderallee 11, 99997 Musterhausen",
        "seller.tax_id": vat_id,
        "buyer.name": "Druckerei Zeilensprung KG",
        "buyer.address": "Am Beispielhang 3, 99996 Probestadt",
        "buyer.customer_id": "K-30417",
        "total_net": f"{net}",
        "total_tax": f"{tax}",
        "total_gross": f"{net + tax}",
        "payment.iban": account,
        "payment.bic": "XMPLDEFF",
    }
    labels = [
        {
            "line_no": position,
            "description": text,
            "quantity": quantity,
            "unit_price": f"{price}",
            "net_amount": f"{amount}",
        }
        for (position, text, quantity, price, _), amount in zip(items, nets, strict=True)
    ]
    return Pdf(page.buffer.getvalue(), page.lines, fields, labels)
