"""The desk that writes a document of a station: its dates, its sums, and its labelled entries."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from docpipe.lab.synth import names_and_goods
from docpipe.lab.synth.ad_orders.buy import Buy
from docpipe.lab.synth.invoices.invoice_page import InvoicePage
from docpipe.lab.synth.sheet import TextPart, text_of

_SALES = [
    "Katz",
    "Telerep",
    "Washington",
    "Chicago",
    "New York",
    "Dallas",
    "Local",
    "National",
    "Political",
    "HRP",
    "Eagle",
    "Millennium",
]


class AdOrderPage:
    """Sets one document of a station."""

    def __init__(self, page: InvoicePage, buy: Buy, call: str, shape: str) -> None:
        self.page, self.buy, self.call, self.shape = page, buy, call, shape
        self.draws = page.draws

    def day(self, path: str, moment: date, link: int = 0) -> TextPart:
        return self.page.day(path, moment, self.shape, link)

    def text_day(self, moment: date) -> str:
        return self.page.formats.day(moment, self.shape)

    def money(self, path: str, amount: Decimal, link: int = 0) -> list[TextPart | str]:
        return ["$", self.page.amount(path, amount, link=link)]


def facts(desk: AdOrderPage) -> list[tuple[str, str, list[TextPart | str]]]:
    """Labelled entries: those that count, and the many that do not."""
    page, buy, rng, draws = desk.page, desk.buy, desk.page.rng, desk.draws
    two = draws.choice((" - ", " - ", "-", " to ", " – "))
    flight: list[TextPart | str] = [desk.day("period_start", buy.first), two, desk.day("period_end", buy.last)]
    found: list[tuple[str, str, list[TextPart | str]]] = []

    def add(share: float, path: str, names: str, parts: list[TextPart | str]) -> None:
        name = draws.choice(names.split("|"))
        if draws.random() < share:
            found.append((path, name, parts))

    def other(share: float, key: str, names: str, text: str) -> None:
        add(share, f"other.{key}", names, [page.value(f"other.{key}", text)])

    if buy.kind == "invoice":
        add(
            1.0,
            "invoice_number",
            "Invoice #|Invoice Number|Invoice No.|Invoice|INVOICE #|Inv #",
            [page.value("invoice_number", buy.invoice, buy.invoice.upper())],
        )
        add(1.0, "issue_date", "Invoice Date|Date|Billing Date|Inv Date", [desk.day("issue_date", buy.issued)])
        other(0.8, "month", "Invoice Month|Broadcast Month|Month", page.formats.day(buy.last, "%B %Y"))
        other(
            0.7,
            "invoice_period",
            "Invoice Period|Billing Period",
            f"{desk.text_day(buy.first - timedelta(days=buy.first.weekday()))}{two}{desk.text_day(buy.last)}",
        )
        add(
            0.85,
            "contract_number",
            "Order #|Order Number|Contract #|Contract No.|Station Order #",
            [page.value("contract_number", buy.order, buy.order.upper())],
        )
    else:
        names = (
            "Contract / Revision|Contract #|Contract Number|CONTRACT|Contract ID|Contract"
            if buy.kind == "contract"
            else "Order #|Order / Rev|Order Number|Order|Order No|Station Order #"
        )
        tail = draws.choice(("", "", " /", " / 1"))
        add(1.0, "contract_number", names, [page.value("contract_number", buy.order, buy.order.upper()), tail])
        add(
            0.8,
            "issue_date",
            "Date Entered|Order Date|Original Date / Revision|Contract Date|Date|Entry Date",
            [
                desk.day("issue_date", buy.issued),
                *([" / ", desk.text_day(buy.issued)] if draws.random() < 0.3 else []),
            ],
        )
    if draws.random() < 0.85:
        found.append(
            (
                "period_start",
                draws.choice(
                    (
                        "Flight Dates",
                        "Contract Dates",
                        "Order Flight",
                        "Flight",
                        "FLIGHT DATES",
                        "Schedule Dates",
                        "Order Dates",
                        "Contract Flight",
                        "Start/End Dates",
                        "Flight Date",
                    )
                ),
                flight,
            )
        )
    else:
        found.append(
            (
                "period_start",
                draws.choice(("Flight Start", "Start Date", "Contract Start", "Flight From")),
                [flight[0]],
            )
        )
        found.append(("period_end", draws.choice(("Flight End", "End Date", "Contract End", "Flight To")), [flight[2]]))
    add(
        0.97,
        "buyer.name",
        "Advertiser|Advertiser|ADVERTISER|Advertiser Name|Client|Client Name",
        [page.value("buyer.name", buy.advertiser)],
    )
    other(0.85, "product", "Product|Product Desc|Product / Brand|Brand", buy.product)
    add(
        0.5,
        "purchase_order",
        "Alt Order #|Agency Order #|Alt Order Number|CPE|Agency Order",
        [page.value("purchase_order", order := str(rng.randint(10**6, 10**8)), order)],
    )
    other(0.8, "estimate", "Estimate #|Estimate Number|Estimate|Est #|Estimate No", buy.estimate)
    other(0.7, "property", "Property|Station|Market|Station/Market", desk.call)
    other(
        0.8,
        "salesperson",
        "Account Executive|Salesperson|Primary AE|AE|Sales Rep",
        names_and_goods.person(rng, "en", "US"),
    )
    other(0.6, "office", "Sales Office|Office", f"{rng.choice(_SALES)}/{rng.choice(_SALES)}")
    other(0.5, "region", "Sales Region|Region|Service", rng.choice(("National", "Local", "Political", "Regional")))
    other(
        0.5,
        "calendar",
        "Billing Calendar|Billing Cycle|Calendar",
        rng.choice(("Broadcast", "Calendar", "EOM", "EOM/EOC", "Weekly")),
    )
    other(0.5, "billing_type", "Billing Type|Cash/Trade|Bill Type", rng.choice(("Cash", "Trade", "CASH")))
    other(
        0.4,
        "handling",
        "Special Handling|Priority|Order Type",
        rng.choice(("", "P-10", "General", "None", "POLITICAL")),
    )
    other(0.5, "agency_code", "Agency Code|Agency Ref|Agency ID", str(rng.randint(1000, 9999999)))
    other(
        0.5,
        "advertiser_code",
        "Advertiser Code|Advertiser Ref|Advertiser ID|Product 1/2",
        rng.choice((str(rng.randint(100, 9999)), f"P{rng.randint(10**4, 10**6):08d}")),
    )
    other(
        0.3,
        "demo",
        "Demographic|Primary Demo|Demo",
        rng.choice(("Adults 35+", "A35+", "Adults 25-54", "RA35+", "Households")),
    )
    other(
        0.3,
        "print_date",
        "Print Date|Printed|Run Date",
        desk.text_day(buy.issued + timedelta(days=rng.randint(0, 5))),
    )
    other(0.3, "agency", "Agency|Agency Name", buy.agency.name)
    other(0.3, "deal", "Deal #|Deal|Version|Rev #", str(rng.randint(0, 20)))
    add(
        0.25,
        "payment_terms",
        "Terms|Payment Terms",
        [page.value("payment_terms", rng.choice(("Net 30", "30 Days", "Cash in Advance", "Due Upon Receipt", "CIA")))],
    )
    if draws.random() < 0.4:
        draws.shuffle(found)
    return [entry for entry in found if text_of(entry[2])]
