"""Bills of utilities and carriers: a summary in a box, periods and meters, what was paid before, what is due."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

from docpipe.lab.synth import purchase
from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.invoices.invoice_page import DPI, UNIT, InvoiceFacts, InvoicePage
from docpipe.lab.synth.invoices.letterhead import delivery, footer, letterhead, recipient
from docpipe.lab.synth.invoices.meta import column_block, grid_block, title
from docpipe.lab.synth.invoices.totals import put_closing, sums
from docpipe.lab.synth.issuer import Issuer
from docpipe.lab.synth.sheet import Parts, TextPart, label
from docpipe.lab.synth.wordings import words_for

_CHARGES = {
    "en": (
        "Standing charge",
        "Day units",
        "Night units",
        "Water supply",
        "Sewerage",
        "Line rental",
        "Calls",
        "Data usage",
        "Broadband",
        "Gas consumption",
        "Meter rent",
        "Roaming",
        "Fuel adjustment",
        "Network charge",
        "Monthly fee",
    ),
    "de": (
        "Grundpreis",
        "Arbeitspreis",
        "Strom HT",
        "Strom NT",
        "Abwasser",
        "Trinkwasser",
        "Grundgebühr",
        "Verbindungen",
        "Datenvolumen",
        "Messstellenbetrieb",
        "Netzentgelt",
        "Stromsteuer",
        "Konzessionsabgabe",
        "Flatrate",
        "Gasverbrauch",
    ),
    "fr": (
        "Abonnement",
        "Consommation heures pleines",
        "Consommation heures creuses",
        "Eau potable",
        "Assainissement",
        "Forfait mobile",
        "Communications",
        "Hors forfait",
        "Location compteur",
        "Acheminement",
        "Contribution tarifaire",
        "Gaz naturel",
        "Option internet",
        "Services",
    ),
    "zh": (
        "基本电费",
        "峰时电量",
        "谷时电量",
        "水费",
        "污水处理费",
        "月租费",
        "通话费",
        "流量费",
        "宽带费",
        "燃气费",
        "物业管理费",
        "公摊费",
        "垃圾清运费",
    ),
}


def make_bill(issuer: Issuer, seed: int, rng: Random) -> SynthDocument:
    """Make a bill of consumption."""
    page = InvoicePage(issuer, rng)
    rate = page.draws.choice(purchase.RATES[issuer.country])
    bought = purchase.draw(
        rng, rng.choice((1, 2, 3, 4, 5)), purchase.Trade(issuer.language, issuer.country, rates=(rate,))
    )
    items = [replace(item, description=rng.choice(_CHARGES[issuer.language]), size="") for item in bought.items]
    bought = purchase.add_up(items, False)
    if page.maybe(0.3):
        bought = replace(bought, paid=(bought.gross * rng.choice((20, 50, 90)) / 100).quantize(Decimal("0.01")))
    facts = InvoiceFacts.draw(rng, issuer, "bill", bought)
    letterhead(page)
    top = page.y
    below = recipient(page, facts, page.left, page.y)
    page.y = max(below, summary(page, facts, page.left + page.span * 0.55, top)) + page.step
    page.y = title(page, facts, page.left, page.y, "left") + page.step * 0.6
    if page.maybe(0.4):
        page.y = delivery(page, facts, page.left, page.y) + page.step * 0.5
    if page.maybe(0.5):
        meters(page)
    for k, item in enumerate(bought.items):
        page.fit(page.step * 2)
        page.put(
            page.left,
            page.y,
            [page.value("line_items.description", item.description, None, k)],
            page.face,
            "left",
            "item",
        )
        unit = rng.choice(("kWh", "m³", "GB", "min", "x"))
        detail: Parts = [
            page.value("line_items.quantity", page.formats.plain(item.quantity), f"{item.quantity:f}", k),
            " ",
            page.value("line_items.unit", unit, None, k),
            page.draws.choice((" x ", " @ ", " × ")),
            page.amount("line_items.unit_price", item.unit_price, k),
        ]
        page.put(page.left + page.span * 0.45, page.y, detail, page.face, "left", "item")
        page.put(page.right, page.y, [page.amount("line_items.net_amount", item.net, k)], page.face, "right", "item")
        page.y += page.step
    sums(page, facts)
    put_closing(page, facts, words_for(issuer.language, "note.invoice"))
    for number in range(page.page + 1):
        page.page = number
        footer(page)
    return page.finish(seed, DPI, kind="bill")


def summary(page: InvoicePage, facts: InvoiceFacts, x: float, y: float) -> float:
    """The box at the top right: number, date, period, account, the sum and when it is due."""
    say, first, last = page.say, *facts.period
    joint = page.draws.choice((" - ", " – ", "-"))
    found: list[tuple[str, str, list[TextPart | str]]] = [
        ("invoice_number", say("invoice_number"), [page.value("invoice_number", facts.number, facts.number.upper())]),
        ("issue_date", say("issue_date"), [page.day("issue_date", facts.issued)]),
        (
            "buyer.customer_id",
            say("buyer.customer_id"),
            [page.value("buyer.customer_id", facts.customer, facts.customer.upper())],
        ),
        ("period_start", say("period"), [page.day("period_start", first), joint, page.day("period_end", last)]),
    ]
    if page.maybe(0.4):
        found.append(
            (
                "contract_number",
                say("contract_number"),
                [page.value("contract_number", facts.contract, facts.contract.upper())],
            )
        )
    if page.maybe(0.5):
        found.append(
            (
                "other.balance",
                say("other.balance"),
                [page.value("other.balance", page.formats.number(Decimal(page.rng.randint(0, 90000)) / 100))],
            )
        )
    if page.maybe(0.7):
        found.append(("due_date", say("due_date"), [page.day("due_date", facts.due)]))
    if page.maybe(0.6):
        path = "amount_due" if facts.bought.paid else "total_gross"
        found.append((path, say(path), page.money(path, facts.bought.due)))
    if page.maybe(0.5):
        page.draws.shuffle(found)
    if page.maybe(0.2):
        return grid_block(page, found, page.left, y + page.step * 9, page.span)
    return column_block(page, found, x, y, page.right - x, page.draws.choice(("left", "right")))


def meters(page: InvoicePage) -> None:
    """Meter readings: numbers and dates that are no field."""
    name = page.say("other.delivery_note")
    number = str(page.rng.randint(10**5, 10**9))
    page.put(
        page.left,
        page.y,
        [label("other.delivery_note", name), ": ", page.value("other.delivery_note", number)],
        page.face,
        "left",
        "noise",
    )
    page.y += page.step
    for k in range(2):
        when = page.formats.day(page.random_day())
        page.put(page.left + page.span * 0.05, page.y, [page.value("other.row_date", when)], page.face, "left", "noise")
        page.put(
            page.left + page.span * 0.4, page.y, str(page.rng.randint(1000, 99999) + k), page.face, "right", "noise"
        )
        page.y += page.step
    page.y += 4 * UNIT
