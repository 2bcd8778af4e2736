"""Bare lists of labels and values, as programs that show electronic invoices print them."""

from __future__ import annotations

from random import Random

from docpipe.lab.synth import identifiers
from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.invoices.goods_table import GoodsTable
from docpipe.lab.synth.invoices.invoice_page import DPI, UNIT, InvoiceFacts, InvoicePage, goods_for
from docpipe.lab.synth.invoices.meta import number_path
from docpipe.lab.synth.invoices.totals import sum_lines, tax_table
from docpipe.lab.synth.issuer import Issuer
from docpipe.lab.synth.sheet import Parts, TextPart, label, relink
from docpipe.values.identifiers import compact

_HEADS = {
    "en": (
        "Seller",
        "Buyer",
        "Invoice data",
        "Totals",
        "Line items",
        "Payment",
        "Name",
        "Address",
        "Postcode/City",
        "Country",
    ),
    "de": (
        "Verkäufer",
        "Käufer",
        "Rechnungsdaten",
        "Gesamtbeträge",
        "Rechnungspositionen",
        "Zahlung",
        "Name",
        "Anschrift",
        "PLZ/Ort",
        "Land",
    ),
    "fr": (
        "Vendeur",
        "Acheteur",
        "Données de facture",
        "Totaux",
        "Lignes de facture",
        "Paiement",
        "Nom",
        "Adresse",
        "Code postal/Ville",
        "Pays",
    ),
}


def make_sheet(issuer: Issuer, seed: int, rng: Random) -> SynthDocument:
    """Make a sheet: sections of label and value, then the items and the sums."""
    kind = "credit_note" if rng.random() < 0.1 else "invoice"
    bought = goods_for(issuer, rng, kind, rng.choice((1, 2, 2, 3, 4, 6)))
    facts = InvoiceFacts.draw(rng, issuer, kind, bought)
    page = InvoicePage(issuer, rng)
    page.face = page.face.scale(page.draws.uniform(7.5, 10) * UNIT / page.face.size)
    Listing(page, facts).set()
    return page.finish(seed, DPI, kind="sheet")


class Listing:
    """Sections under headings; values beside their labels at a tab, or glued behind a colon."""

    def __init__(self, page: InvoicePage, facts: InvoiceFacts) -> None:
        self.page, self.facts = page, facts
        draws = page.draws
        self.tab = page.span * draws.uniform(0.22, 0.4)
        self.colon = draws.choice((":", ":", "", " :"))
        self.glued = page.maybe(0.2)
        self.codes = page.maybe(0.3)
        self.heads = _HEADS[page.issuer.language]
        self.strong = page.maybe(0.5)

    def head(self, text: str) -> None:
        page = self.page
        page.y += page.step * 0.6
        page.fit(page.step * 4)
        page.put(
            page.left,
            page.y,
            [text, self.colon if self.page.issuer.number % 2 else ""],
            page.face.strong().scale(1.1),
            "left",
            "head",
        )
        page.y += page.step * 1.25

    def row(self, path: str, name: str, parts: list[TextPart | str], code: str = "") -> None:
        page = self.page
        page.fit(page.step * 1.5)
        link = page.link()
        lead: Parts = [label(path, name, None, link), self.colon]
        if self.codes and code:
            lead = [f"{code} ", *lead]
        values = relink(parts, link)
        if self.glued:
            page.put(page.left, page.y, [*lead, " ", *values], page.face, "left", "meta")
        else:
            page.put(page.left, page.y, lead, page.face.strong(self.strong), "left", "meta")
            page.put(page.left + self.tab, page.y, values, page.face, "left", "meta")
        page.y += page.step

    def party(self, who: str, name: str, address: tuple[str, ...], tax: str, code: str) -> None:
        page = self.page
        seller = who == "seller"
        self.head(self.heads[0] if seller else self.heads[1])
        if page.maybe(0.3):
            self.row(
                "other.party_number",
                {"de": "Nummer", "fr": "Numéro", "en": "Number"}[page.issuer.language],
                [page.value("other.party_number", str(page.rng.randint(10**4, 10**12)))],
            )
        self.row(f"{who}.name", self.heads[6], [page.value(f"{who}.name", name)], code)
        if page.maybe(0.6):
            link = page.link()
            whole = " ".join(address)
            for k, line in enumerate(address):
                page.fit(page.step * 1.5)
                if not k:
                    page.put(
                        page.left,
                        page.y,
                        [label(f"{who}.address", self.heads[7], None, link), self.colon],
                        page.face.strong(self.strong),
                        "left",
                        "meta",
                    )
                page.put(
                    page.left + max(self.tab, page.face.strong().width(self.heads[7] + "  :")),
                    page.y,
                    [page.value(f"{who}.address", line, whole, link=link)],
                    page.face,
                    "left",
                    "meta",
                )
                page.y += page.step
        else:
            link = page.link()
            for k, line in enumerate(address):
                page.fit(page.step * 1.5)
                name_of = self.heads[7] if not k else self.heads[8] if k == len(address) - 1 else ""
                if name_of:
                    page.put(
                        page.left,
                        page.y,
                        [label(f"{who}.address", name_of, None, link), self.colon],
                        page.face.strong(self.strong),
                        "left",
                        "meta",
                    )
                page.put(
                    page.left + max(self.tab, page.face.strong().width(name_of + "  :")),
                    page.y,
                    [page.value(f"{who}.address", line, " ".join(address), link=link)],
                    page.face,
                    "left",
                    "meta",
                )
                page.y += page.step
        if tax:
            key = "seller.tax_id" if seller else page.draws.choice(("seller.tax_id", "buyer.tax_id"))
            self.row(
                f"{who}.tax_id",
                page.say(key),
                [page.value(f"{who}.tax_id", identifiers.space_digits(tax, page.draws), compact(tax))],
                "BT-31" if seller else "BT-48",
            )
        if not seller and page.maybe(0.5):
            self.row(
                "buyer.customer_id",
                page.say("buyer.customer_id"),
                [page.value("buyer.customer_id", self.facts.customer, self.facts.customer.upper())],
            )

    def set(self) -> None:
        page, facts, say = self.page, self.facts, self.page.say
        issuer = page.issuer
        if page.maybe(0.5):
            page.put(
                page.left,
                page.y,
                page.draws.choice(("Factur-X / ZUGFeRD", "XRechnung", "EN 16931", "Visualisation", "Stylesheet")),
                page.face,
                "left",
                "noise",
            )
            page.y += page.step * 1.5
        joint = {"en": " No. ", "de": " Nr. ", "fr": " n° "}[issuer.language]
        heading: list[TextPart | str] = [page.value("document_type", say(f"title.{facts.kind}"), facts.kind)]
        in_title = page.maybe(0.5)
        if in_title:
            heading += [
                joint,
                page.value(number_path(facts), facts.number, facts.number.upper()),
                {"en": " of ", "de": " vom ", "fr": " du "}[issuer.language],
                page.day("issue_date", facts.issued),
            ]
        page.put(page.left, page.y, heading, page.face.scale(1.3).strong(), "left", "title")
        page.y += page.step * 2
        if not in_title or page.maybe(0.4):
            self.head(self.heads[2])
            self.row(
                "invoice_number",
                say("invoice_number"),
                [page.value("invoice_number", facts.number, facts.number.upper())],
                "BT-1",
            )
            self.row("issue_date", say("issue_date"), [page.day("issue_date", facts.issued)], "BT-2")
        for share, path, key, value, code in (
            (0.7, "currency", "other.currency", [page.value("currency", page.formats.currency)], "BT-5"),
            (0.5, "due_date", "due_date", [page.day("due_date", facts.due)], "BT-9"),
            (
                0.5,
                "other.delivery_date",
                "other.delivery_date",
                [page.value("other.delivery_date", page.formats.day(facts.delivered))],
                "BT-72",
            ),
            (
                0.5,
                "purchase_order",
                "purchase_order",
                [page.value("purchase_order", facts.order, facts.order.upper())],
                "BT-13",
            ),
            (
                0.25,
                "contract_number",
                "contract_number",
                [page.value("contract_number", facts.contract, facts.contract.upper())],
                "BT-12",
            ),
        ):
            if page.maybe(share):
                self.row(path, say(key), list(value), code)
        parties = [
            ("seller", issuer.party.name, issuer.party.address, issuer.tax_id, "BT-27"),
            ("buyer", facts.buyer.name, facts.buyer.address, facts.buyer_tax, "BT-44"),
        ]
        if page.maybe(0.25):
            parties.reverse()
        for party in parties:
            self.party(*party)
        self.head(self.heads[4])
        GoodsTable(page, facts.bought).rows()
        tax_table(page, facts)
        self.head(self.heads[3])
        for name, amount, _ in sum_lines(page, facts):
            page.fit(page.step * 1.5)
            page.put(page.left, page.y, [*name, self.colon], page.face.strong(self.strong), "left", "total")
            width = page.face.strong().width("".join(p if isinstance(p, str) else p.text for p in name))
            page.put(page.left + max(self.tab, width + 20), page.y, amount, page.face, "left", "total")
            page.y += page.step
        self.head(self.heads[5])
        self.row("payment_terms", say("payment_terms"), [page.value("payment_terms", facts.terms)], "BT-20")
        self.row(
            "payment.iban",
            say("payment.iban"),
            [page.value("payment.iban", identifiers.space_digits(issuer.iban, page.draws), issuer.iban)],
            "BT-84",
        )
        if page.maybe(0.6):
            self.row("payment.bic", say("payment.bic"), [page.value("payment.bic", issuer.bic)], "BT-86")
