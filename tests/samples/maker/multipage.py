"""The invoices of two pages: an American one whose table runs over, and a British one sent by fax."""

from __future__ import annotations

from decimal import Decimal

from invoices import A4, Item, Pages, english, tax_of
from sheet import Sheet
from stdnum.gb import vat as gb_vat


def two_pages() -> Pages:
    """An American freight invoice whose table runs over to a second page; no tax."""
    places = [
        "Inkwell",
        "Marbleton",
        "Drywater",
        "Foxley",
        "Quillport",
        "Saddler Bend",
        "Tallow Creek",
        "Umber",
        "Vexford",
        "Windlass",
        "Yarrow",
    ]
    items = [
        Item(
            f"CF-{4100 + 7 * k}",
            f"Freight, depot to {place}",
            1 + k % 3,
            Decimal(180 + 35 * k) + Decimal("0.50") * (k % 2),
        )
        for k, place in enumerate(places)
    ]
    total = sum((item.net for item in items), Decimal(0))
    first, second = Sheet(*A4), Sheet(*A4)

    def table(page: Sheet, top: float, rows: list[Item]) -> float:
        columns = [(100, "ls"), (260, "ls"), (800, "rs"), (960, "rs"), (1140, "rs")]
        page.cells(top, columns, ("Ref", "Description", "Qty", "Rate", "Amount"), "sans-bold", 24)
        page.rule(100, top + 14, 1140, top + 14)
        y = top + 56
        for item in rows:
            cells = (item.code, item.description, str(item.quantity), english(item.unit_price), english(item.net))
            page.cells(y, columns, cells, "sans", 24)
            y += 50
        page.rule(100, y - 22, 1140, y - 22)
        return y

    first.text(100, 140, "Copperline Freight Inc.", "sans-bold", 42)
    first.block(
        100, 182, ["500 Sample Yard Road, Nowhere Falls, ZZ 00000", "billing@copperline.example"], "sans", 24, 32
    )
    first.text(1140, 140, "Invoice", "sans-bold", 48, anchor="rs")
    for k, (name, value) in enumerate(
        (
            ("Invoice #:", "10-88341"),
            ("Invoice Date:", "May 6, 2026"),
            ("Due Date:", "June 5, 2026"),
            ("Customer ID:", "C-2071"),
        )
    ):
        first.text(740, 300 + 36 * k, name, "sans", 24)
        first.text(1140, 300 + 36 * k, value, "sans", 24, anchor="rs")
    first.text(100, 300, "Bill To:", "sans-bold", 24)
    first.block(
        100, 336, ["Gadget & Sprocket Works LLC", "9 Make-Believe Blvd", "Fable City, ZZ 00001"], "sans", 24, 34
    )
    split = 8
    y = table(first, 540, items[:split])
    carried = sum((item.net for item in items[:split]), Decimal(0))
    first.text(740, y + 24, "Carried forward", "sans", 24)
    first.text(1140, y + 24, english(carried), "sans", 24, anchor="rs")
    first.text(1140, 1690, "Page 1 of 2", "sans", 20, anchor="rs")

    second.text(100, 140, "Copperline Freight Inc.", "sans-bold", 30)
    second.text(1140, 140, "Invoice # 10-88341", "sans", 24, anchor="rs")
    second.text(260, 230, "Brought forward", "sans", 24)
    second.text(1140, 230, english(carried), "sans", 24, anchor="rs")
    y = table(second, 300, items[split:])
    for k, (name, value, face) in enumerate(
        (
            ("Subtotal", english(total), "sans"),
            ("Tax (exempt)", "0.00", "sans"),
            ("Total USD", "$" + english(total), "sans-bold"),
        )
    ):
        second.text(740, y + 40 + 44 * k, name, face, 26)
        second.text(1140, y + 40 + 44 * k, value, face, 26, anchor="rs")
    second.block(
        100,
        y + 260,
        ["Terms: net 30 days. Make checks payable to Copperline Freight Inc.", "Thank you for your business."],
        "sans",
        24,
        36,
    )
    second.text(1140, 1690, "Page 2 of 2", "sans", 20, anchor="rs")
    fields = {
        "document_type": "invoice",
        "invoice_number": "10-88341",
        "issue_date": "2026-05-06",
        "due_date": "2026-06-05",
        "currency": "USD",
        "seller.name": "Copperline Freight Inc.",
        "seller.address": "500 Sample Yard Road, Nowhere Falls, ZZ 00000",
        "buyer.name": "Gadget & Sprocket Works LLC",
        "buyer.address": "9 Make-Believe Blvd, Fable City, ZZ 00001",
        "buyer.customer_id": "C-2071",
        "total_net": f"{total}",
        "total_tax": "0.00",
        "total_gross": f"{total}",
    }
    return Pages([first, second], fields, [item.label() for item in items])


def faxed() -> Pages:
    """A short invoice sent by fax, its terms on a second page."""
    items = [
        Item("", "Consulting, days", 3, Decimal("720.00")),
        Item("", "Travel, flat rate", 1, Decimal("145.00")),
    ]
    net = sum((item.net for item in items), Decimal(0))
    tax = tax_of(items)
    vat_id = "GB" + gb_vat.validate("GB782765289").removeprefix("GB")
    first, second = Sheet(*A4), Sheet(*A4)
    first.text(110, 150, "Bramble & Moss Consulting", "sans-bold", 40)
    first.block(110, 196, ["3 Figment Lane, Sampleton SX4 2BB", f"VAT No: {vat_id}"], "sans", 26, 36)
    first.text(110, 330, "INVOICE", "sans-bold", 44)
    first.block(110, 390, ["Invoice No: BM-0612", "Date: 11 June 2026", "Payment due: 25 June 2026"], "sans", 28, 40)
    first.block(700, 390, ["To: Orchard Row Dairy Ltd", "Pretend Farm", "Invention-on-Sea IS1 1MK"], "sans", 28, 40)
    y = 620.0
    columns = [(110, "ls"), (760, "rs"), (940, "rs"), (1140, "rs")]
    first.cells(y, columns, ("Description", "Quantity", "Price", "Amount"), "sans-bold", 28)
    first.rule(110, y + 16, 1140, y + 16, width=3)
    for item in items:
        y += 58
        cells = (item.description, str(item.quantity), english(item.unit_price), english(item.net))
        first.cells(y, columns, cells, "sans", 28)
    first.rule(110, y + 24, 1140, y + 24, width=3)
    for k, (name, value, face) in enumerate(
        (
            ("Net total", english(net), "sans"),
            ("VAT at 20%", english(tax), "sans"),
            ("Invoice total", "GBP " + english(net + tax), "sans-bold"),
        )
    ):
        first.text(700, y + 90 + 46 * k, name, face, 28)
        first.text(1140, y + 90 + 46 * k, value, face, 28, anchor="rs")
    second.text(110, 150, "Terms of engagement", "sans-bold", 36)
    terms = [
        "1. Invoices are payable within fourteen days.",
        "2. Work is carried out at the client's premises unless agreed otherwise.",
        "3. Travel is charged at a flat rate for each engagement.",
        "4. Reports remain the property of the client once paid for.",
    ]
    second.block(110, 230, terms, "sans", 28, 56)
    fields = {
        "document_type": "invoice",
        "invoice_number": "BM-0612",
        "issue_date": "2026-06-11",
        "due_date": "2026-06-25",
        "currency": "GBP",
        "seller.name": "Bramble & Moss Consulting",
        "seller.address": "3 Figment Lane, Sampleton SX4 2BB",
        "seller.tax_id": vat_id,
        "buyer.name": "Orchard Row Dairy Ltd",
        "buyer.address": "Pretend Farm, Invention-on-Sea IS1 1MK",
        "total_net": f"{net}",
        "total_tax": f"{tax}",
        "total_gross": f"{net + tax}",
    }
    return Pages([first, second], fields, [item.label() for item in items])
