"""The receipts: a café, a hardware shop, a German bakery, an American market. All parties are invented."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sheet import Sheet
from stdnum.de import vat as de_vat
from stdnum.gb import vat as gb_vat

WIDTH = 576  # dots: what an 80 mm thermal printer has
LEFT, RIGHT = 26, WIDTH - 26

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Drawn:
    """A sheet and what stands on it, under the names of the result's schema."""

    sheet: Sheet
    fields: dict[str, str]
    line_items: list[dict[str, str]]


def pair(sheet: Sheet, y: float, left: str, right: str, face: str = "receipt", size: float = 22) -> None:
    sheet.text(LEFT, y, left, face, size)
    sheet.text(RIGHT, y, right, face, size, anchor="rs")


def centred(sheet: Sheet, y: float, text: str, face: str = "receipt", size: float = 22) -> None:
    sheet.text(WIDTH / 2, y, text, face, size, anchor="ms")


def goods_total(rows: list[tuple[Any, ...]]) -> Decimal:
    return sum((Decimal(row[-1]) for row in rows), Decimal(0))


def cafe() -> Drawn:
    """A café in Britain; prices include VAT."""
    vat_id = gb_vat.validate("GB237418404")
    rows = [
        ("Flat white", 2, "3.40", "6.80"),
        ("Almond croissant", 1, "3.15", "3.15"),
        ("Soup of the day", 1, "6.50", "6.50"),
        ("Sparkling water", 1, "2.35", "2.35"),
    ]
    total = goods_total(rows)
    net = (total / Decimal("1.2")).quantize(CENT)
    tax = total - net
    assert all(Decimal(price) * count == Decimal(amount) for _, count, price, amount in rows)

    sheet = Sheet(WIDTH, 1200)
    centred(sheet, 70, "THE PAPER LANTERN CAFE", "receipt-bold", 32)
    centred(sheet, 108, "12 Invented Street")
    centred(sheet, 138, "Sampleton SX1 1AA")
    centred(sheet, 168, f"VAT No GB {vat_id[:3]} {vat_id[3:7]} {vat_id[7:]}")
    sheet.dashes(192, LEFT, RIGHT)
    pair(sheet, 230, "Receipt No: 004417", "Table 6")
    pair(sheet, 262, "Date: 14/02/2026", "12:47")
    sheet.dashes(286, LEFT, RIGHT)
    y = 326.0
    for name, count, _, amount in rows:
        pair(sheet, y, f"{count} x {name}", amount)
        y += 34
    sheet.dashes(y - 8, LEFT, RIGHT)
    y += 34
    pair(sheet, y, "Net", f"{net}")
    pair(sheet, y + 32, "VAT 20%", f"{tax}")
    pair(sheet, y + 82, "TOTAL", f"£{total}", "receipt-bold", 32)
    pair(sheet, y + 124, "VISA CONTACTLESS", f"£{total}")
    sheet.dashes(y + 148, LEFT, RIGHT)
    centred(sheet, y + 188, "Thank you, see you soon!")
    fields = {
        "document_type": "receipt",
        "seller.name": "THE PAPER LANTERN CAFE",
        "seller.address": "12 Invented Street, Sampleton SX1 1AA",
        "seller.tax_id": f"GB{vat_id}",
        "invoice_number": "004417",
        "issue_date": "2026-02-14",
        "currency": "GBP",
        "total_net": f"{net}",
        "total_tax": f"{tax}",
        "total_gross": f"{total}",
    }
    items = [{"description": n, "quantity": str(c), "net_amount": a} for n, c, _, a in rows]
    return Drawn(sheet.cropped(y + 235), fields, items)


def hardware() -> Drawn:
    """A hardware shop in Malaysia: paid in cash, so the sum is rounded to five sen."""
    rows = [
        ("9556001", "PAINT BRUSH 2 INCH", 3, "4.90", "14.70"),
        ("9556044", "WALL PLUG 8MM X 50", 2, "3.55", "7.10"),
        ("9556092", "EXTENSION CORD 3M", 1, "21.90", "21.90"),
        ("9556107", "MASKING TAPE 24MM", 1, "3.88", "3.88"),
    ]
    assert all(Decimal(price) * count == Decimal(amount) for _, _, count, price, amount in rows)
    sum_of_goods = goods_total(rows)
    total = (sum_of_goods / Decimal("0.05")).quantize(Decimal(1)) * Decimal("0.05")
    rounding = total - sum_of_goods
    paid = Decimal("50.00")

    sheet = Sheet(WIDTH, 1400)
    centred(sheet, 64, "BUKIT CONTOH HARDWARE SDN BHD", "receipt-bold", 26)
    centred(sheet, 98, "(000123-X)")
    centred(sheet, 130, "NO. 7, JALAN REKAAN 3/1,")
    centred(sheet, 162, "TAMAN CONTOH, 99999 KOTA KHAYAL")
    centred(sheet, 194, "TEL: 00-0000 1234")
    centred(sheet, 246, "CASH BILL", "receipt-bold", 28)
    pair(sheet, 292, "BILL NO : CB-20260109", "CASHIER : 02")
    pair(sheet, 324, "DATE : 09/01/2026", "16:22:08")
    sheet.dashes(346, LEFT, RIGHT)
    pair(sheet, 380, "ITEM", "AMOUNT (RM)")
    sheet.dashes(398, LEFT, RIGHT)
    y = 436.0
    for code, name, count, price, amount in rows:
        sheet.text(LEFT, y, name, "receipt", 22)
        sheet.text(LEFT + 20, y + 30, f"{code}  {count} X {price}", "receipt", 22)
        sheet.text(RIGHT, y + 30, amount, "receipt", 22, anchor="rs")
        y += 70
    sheet.dashes(y - 16, LEFT, RIGHT)
    y += 22
    pair(sheet, y, "SUB TOTAL", f"{sum_of_goods}")
    pair(sheet, y + 34, "ROUNDING ADJ", f"{rounding}")
    pair(sheet, y + 80, "TOTAL RM", f"{total}", "receipt-bold", 30)
    pair(sheet, y + 120, "CASH", f"{paid}")
    pair(sheet, y + 154, "CHANGE", f"{paid - total}")
    sheet.dashes(y + 176, LEFT, RIGHT)
    centred(sheet, y + 216, "GOODS SOLD ARE NOT RETURNABLE")
    centred(sheet, y + 248, "THANK YOU, PLEASE COME AGAIN")
    fields = {
        "document_type": "receipt",
        "seller.name": "BUKIT CONTOH HARDWARE SDN BHD",
        "seller.address": "NO. 7, JALAN REKAAN 3/1, TAMAN CONTOH, 99999 KOTA KHAYAL",
        "invoice_number": "CB-20260109",
        "issue_date": "2026-01-09",
        "currency": "MYR",
        "rounding": f"{rounding}",
        "total_gross": f"{total}",
    }
    items = [
        {"description": n, "product_code": code, "quantity": str(c), "unit_price": p, "net_amount": a}
        for code, n, c, p, a in rows
    ]
    return Drawn(sheet.cropped(y + 296), fields, items)


def bakery() -> Drawn:
    """A bakery in Germany: two rates, decimal commas."""
    vat_id = "DE" + de_vat.validate("DE349947513").removeprefix("DE")
    rows = [
        ("Roggenbrot 750g", "A", "4,20"),
        ("Brezel x 4", "A", "3,80"),
        ("Cappuccino", "B", "3,60"),
        ("Pflaumenkuchen", "A", "2,95"),
    ]
    gross = {rate: sum(Decimal(a.replace(",", ".")) for _, r, a in rows if r == rate) for rate in "AB"}
    net = {
        rate: (gross[rate] / factor).quantize(CENT) for rate, factor in (("A", Decimal("1.07")), ("B", Decimal("1.19")))
    }
    tax = {rate: gross[rate] - net[rate] for rate in "AB"}
    total = gross["A"] + gross["B"]

    def euro(amount: Decimal) -> str:
        return f"{amount:.2f}".replace(".", ",")

    sheet = Sheet(WIDTH, 1300)
    centred(sheet, 70, "Bäckerei Krumenreich", "receipt-bold", 32)
    centred(sheet, 108, "Inh. Erika Beispiel e.K.")
    centred(sheet, 138, "Musterstraße 5, 99998 Musterstadt")
    centred(sheet, 168, f"USt-IdNr. {vat_id}")
    sheet.dashes(192, LEFT, RIGHT)
    pair(sheet, 230, "Datum: 21.03.2026", "08:14 Uhr")
    pair(sheet, 262, "Bon-Nr.: 20260321-0038", "Kasse 1")
    sheet.dashes(286, LEFT, RIGHT)
    y = 326.0
    for name, rate, amount in rows:
        pair(sheet, y, name, f"{amount} {rate}")
        y += 34
    sheet.dashes(y - 8, LEFT, RIGHT)
    y += 42
    pair(sheet, y, "SUMME EUR", euro(total), "receipt-bold", 32)
    pair(sheet, y + 44, "Girocard", euro(total))
    sheet.dashes(y + 66, LEFT, RIGHT)
    columns = [(LEFT, "ls"), (260, "rs"), (400, "rs"), (RIGHT, "rs")]
    y += 104
    for row in (
        ("MwSt", "Netto", "Steuer", "Brutto"),
        ("A  7,0%", euro(net["A"]), euro(tax["A"]), euro(gross["A"])),
        ("B 19,0%", euro(net["B"]), euro(tax["B"]), euro(gross["B"])),
    ):
        sheet.cells(y, columns, row, "receipt", 22)
        y += 32
    sheet.dashes(y - 8, LEFT, RIGHT)
    centred(sheet, y + 32, "Vielen Dank für Ihren Einkauf!")
    fields = {
        "document_type": "receipt",
        "seller.name": "Bäckerei Krumenreich",
        "seller.address": "Musterstraße 5, 99998 Musterstadt",
        "seller.tax_id": vat_id,
        "invoice_number": "20260321-0038",
        "issue_date": "2026-03-21",
        "currency": "EUR",
        "total_gross": f"{total}",
    }
    items = [{"description": n, "gross_amount": a.replace(",", ".")} for n, _, a in rows]
    return Drawn(sheet.cropped(y + 80), fields, items)


def market() -> Drawn:
    """A market in the United States: sales tax comes on top."""
    rows = [
        ("ORG GALA APPLES 3LB", "5.49"),
        ("WHOLE MILK GAL", "4.29"),
        ("SOURDOUGH LOAF", "6.25"),
        ("PAPER TOWELS 6CT", "9.99"),
        ("DARK CHOCOLATE", "3.79"),
    ]
    net = goods_total(rows)
    tax = (net * Decimal("0.0725")).quantize(CENT)
    total = net + tax
    sheet = Sheet(WIDTH, 1300)
    centred(sheet, 72, "PINE HOLLOW MARKET", "mono-bold", 36)
    centred(sheet, 110, "100 Example Ave", "mono", 24)
    centred(sheet, 140, "Nowhere Falls, ZZ 00000", "mono", 24)
    centred(sheet, 170, "(000) 555-0142", "mono", 24)
    pair(sheet, 224, "STORE 0042", "REG 03", "mono", 24)
    pair(sheet, 256, "TRANS# 77120", "04/18/2026", "mono", 24)
    sheet.dashes(280, LEFT, RIGHT)
    y = 322.0
    for name, amount in rows:
        pair(sheet, y, name, amount, "mono", 24)
        y += 36
    sheet.dashes(y - 10, LEFT, RIGHT)
    y += 32
    pair(sheet, y, "SUBTOTAL", f"{net}", "mono", 24)
    pair(sheet, y + 36, "SALES TAX 7.25%", f"{tax}", "mono", 24)
    pair(sheet, y + 86, "TOTAL", f"${total}", "mono-bold", 34)
    pair(sheet, y + 130, "DEBIT", f"${total}", "mono", 24)
    sheet.dashes(y + 152, LEFT, RIGHT)
    centred(sheet, y + 192, "ITEMS SOLD 5", "mono", 24)
    centred(sheet, y + 226, "HAVE A NICE DAY", "mono", 24)
    fields = {
        "document_type": "receipt",
        "seller.name": "PINE HOLLOW MARKET",
        "seller.address": "100 Example Ave, Nowhere Falls, ZZ 00000",
        "issue_date": "2026-04-18",
        "currency": "USD",
        "total_net": f"{net}",
        "total_tax": f"{tax}",
        "total_gross": f"{total}",
    }
    items = [{"description": n, "net_amount": a} for n, a in rows]
    return Drawn(sheet.cropped(y + 280), fields, items)
