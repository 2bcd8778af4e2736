"""The invoices on one A4 page drawn as images: English with a ruled table, and French."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sheet import Sheet
from stdnum import bic, iban
from stdnum.fr import siret, tva
from stdnum.gb import vat as gb_vat

A4 = (1240, 1754)  # at 150 dpi
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Item:
    """One row of a goods table, unit price times quantity being its net amount."""

    code: str
    description: str
    quantity: int
    unit_price: Decimal
    rate: Decimal = Decimal(20)

    @property
    def net(self) -> Decimal:
        return self.quantity * self.unit_price

    def label(self) -> dict[str, str]:
        label = {
            "description": self.description,
            "quantity": str(self.quantity),
            "unit_price": f"{self.unit_price}",
            "net_amount": f"{self.net}",
        }
        return {"product_code": self.code, **label} if self.code else label


@dataclass(frozen=True)
class Pages:
    """The sheets of one document and what stands on them, under the names of the result's schema."""

    sheets: list[Sheet]
    fields: dict[str, str]
    line_items: list[dict[str, str]]


def english(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def french(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")


def tax_of(items: list[Item], rate: Decimal | None = None) -> Decimal:
    base = sum((item.net for item in items if rate is None or item.rate == rate), Decimal(0))
    return (base * (rate if rate is not None else items[0].rate) / 100).quantize(CENT)


def ruled_english() -> Pages:
    """A British invoice whose goods stand in a table with ruling lines."""
    items = [
        Item("NL-1040", "Precision thermometer, calibrated", 4, Decimal("86.50")),
        Item("NL-2210", "Sensor cable, shielded, 5 m", 12, Decimal("14.25")),
        Item("NL-3300", "Field logger with case", 2, Decimal("412.00")),
        Item("NL-9001", "Calibration certificate", 4, Decimal("35.00")),
        Item("NL-0001", "Carriage and insurance", 1, Decimal("28.40")),
    ]
    net = sum((item.net for item in items), Decimal(0))
    tax = tax_of(items)
    vat_id = "GB" + gb_vat.validate("GB781836453").removeprefix("GB")
    account = iban.validate("GB69XMPL99000012345678")
    bank = bic.validate("XMPLGB2L")

    page = Sheet(*A4)
    page.text(90, 130, "Northlight Instruments Ltd", "sans-bold", 40)
    page.block(
        90,
        170,
        ["Unit 4, Fictional Park, Sampleton SX2 9ZZ", f"VAT registration no. {vat_id}", "accounts@northlight.example"],
        "sans",
        22,
        30,
    )
    page.text(1150, 130, "INVOICE", "sans-bold", 54, anchor="rs", ink=60)
    page.text(90, 320, "Bill to", "sans-bold", 24)
    page.block(
        90, 354, ["Harbour & Vale Trading Ltd", "27 Placeholder Quay", "Invention-on-Sea IS7 4QQ"], "sans", 24, 32
    )
    for k, (name, value) in enumerate(
        (
            ("Invoice number", "INV-2026-0318"),
            ("Invoice date", "18 March 2026"),
            ("Due date", "17 April 2026"),
            ("Purchase order", "PO-55821"),
        )
    ):
        page.text(760, 320 + 34 * k, name, "sans", 24)
        page.text(1150, 320 + 34 * k, value, "sans-bold", 24, anchor="rs")

    edges = (90, 230, 700, 810, 980, 1150)
    top, step = 520, 52
    heads = ("Code", "Description", "Qty", "Unit price", "Amount")
    columns = [(edges[0] + 14, "ls"), (edges[1] + 14, "ls"), *((edge - 14, "rs") for edge in edges[3:])]
    page.cells(top + 36, columns, heads, "sans-bold", 22)
    for row, item in enumerate(items, start=1):
        y = top + step * row + 36
        cells = (item.code, item.description, str(item.quantity), english(item.unit_price), english(item.net))
        page.cells(y, columns, cells, "sans", 22)
    bottom = top + step * (len(items) + 1)
    for row in range(len(items) + 2):
        page.rule(edges[0], top + step * row, edges[-1], top + step * row)
    for x in edges:
        page.rule(x, top, x, bottom)
    for k, (name, amount) in enumerate((("Subtotal", net), ("VAT 20%", tax))):
        page.text(760, bottom + 56 + 38 * k, name, "sans", 24)
        page.text(1136, bottom + 56 + 38 * k, english(amount), "sans", 24, anchor="rs")
    page.rule(760, bottom + 112, 1150, bottom + 112)
    page.text(760, bottom + 152, "Total due (GBP)", "sans-bold", 28)
    page.text(1136, bottom + 152, "£" + english(net + tax), "sans-bold", 28, anchor="rs")
    page.text(90, bottom + 260, "Payment within 30 days by bank transfer", "sans-bold", 24)
    spaced = " ".join(account[k : k + 4] for k in range(0, len(account), 4))
    page.block(
        90,
        bottom + 296,
        ["Example Bank plc", f"IBAN: {spaced}", f"BIC: {bank}", "Please quote the invoice number."],
        "sans",
        24,
        34,
    )
    fields = {
        "document_type": "invoice",
        "invoice_number": "INV-2026-0318",
        "issue_date": "2026-03-18",
        "due_date": "2026-04-17",
        "purchase_order": "PO-55821",
        "currency": "GBP",
        "seller.name": "Northlight Instruments Ltd",
        "seller.address": "Unit 4, Fictional Park, Sampleton SX2 9ZZ",
        "seller.tax_id": vat_id,
        "buyer.name": "Harbour & Vale Trading Ltd",
        "buyer.address": "27 Placeholder Quay, Invention-on-Sea IS7 4QQ",
        "total_net": f"{net}",
        "total_tax": f"{tax}",
        "total_gross": f"{net + tax}",
        "payment.iban": account,
        "payment.bic": bank,
    }
    return Pages([page], fields, [item.label() for item in items])


def facture() -> Pages:
    """A French invoice: two rates of TVA, spaces between thousands, decimal commas."""
    items = [
        Item("", "Table basse en chêne massif", 2, Decimal("640.00")),
        Item("", "Livre « L'art du bois »", 3, Decimal("28.00"), Decimal("5.5")),
        Item("", "Restauration d'un fauteuil", 1, Decimal("385.50")),
    ]
    net = sum((item.net for item in items), Decimal(0))
    taxes = {rate: tax_of(items, rate) for rate in (Decimal(20), Decimal("5.5"))}
    tax = sum(taxes.values(), Decimal(0))
    number = siret.validate("54074001605583")
    vat_id = "FR" + tva.validate(siret.to_tva(number)).removeprefix("FR")
    account = iban.validate("FR2899999000010001234567A00")

    page = Sheet(*A4)
    page.text(100, 150, "Atelier Fictif SARL", "serif-bold", 44)
    page.block(
        100,
        194,
        ["8, rue de l'Invention, 00100 Villexemple", f"SIRET : {number}", f"N° TVA intracommunautaire : {vat_id}"],
        "serif",
        24,
        32,
    )
    page.text(1140, 150, "FACTURE", "serif-bold", 48, anchor="rs")
    page.text(700, 360, "Client :", "serif-bold", 26)
    page.block(700, 396, ["Librairie du Modèle SAS", "15, place Imaginaire", "00200 Bourg-Fictif"], "serif", 26, 34)
    page.block(
        100,
        360,
        ["Facture n° : F2026-0097", "Date de facture : 02/04/2026", "Date d'échéance : 02/05/2026"],
        "serif",
        26,
        38,
    )
    top = 580
    columns = [(100, "ls"), (660, "rs"), (830, "rs"), (940, "rs"), (1140, "rs")]
    page.cells(top, columns, ("Désignation", "Qté", "P.U. HT", "TVA", "Montant HT"), "serif-bold", 26)
    page.rule(100, top + 16, 1140, top + 16)
    y = top + 60.0
    for item in items:
        rate = f"{item.rate:.1f}".replace(".", ",") + " %"
        cells = (item.description, str(item.quantity), french(item.unit_price), rate, french(item.net))
        page.cells(y, columns, cells, "serif", 26)
        y += 46
    page.rule(100, y - 20, 1140, y - 20)
    y += 40
    for name, amount in (("Total HT", net), ("TVA 20,0 %", taxes[Decimal(20)]), ("TVA 5,5 %", taxes[Decimal("5.5")])):
        page.text(760, y, name, "serif", 26)
        page.text(1140, y, french(amount) + " €", "serif", 26, anchor="rs")
        y += 42
    page.text(760, y + 8, "Total TTC", "serif-bold", 30)
    page.text(1140, y + 8, french(net + tax) + " €", "serif-bold", 30, anchor="rs")
    spaced = " ".join(account[k : k + 4] for k in range(0, len(account), 4))
    page.block(
        100,
        y + 120,
        ["Règlement par virement à 30 jours.", f"IBAN : {spaced}", "Pas d'escompte pour paiement anticipé."],
        "serif",
        24,
        36,
    )
    fields = {
        "document_type": "invoice",
        "invoice_number": "F2026-0097",
        "issue_date": "2026-04-02",
        "due_date": "2026-05-02",
        "currency": "EUR",
        "seller.name": "Atelier Fictif SARL",
        "seller.address": "8, rue de l'Invention, 00100 Villexemple",
        "seller.tax_id": vat_id,
        "seller.registration_id": number,
        "buyer.name": "Librairie du Modèle SAS",
        "buyer.address": "15, place Imaginaire, 00200 Bourg-Fictif",
        "total_net": f"{net}",
        "total_tax": f"{tax}",
        "total_gross": f"{net + tax}",
        "payment.iban": account,
    }
    return Pages([page], fields, [item.label() for item in items])
