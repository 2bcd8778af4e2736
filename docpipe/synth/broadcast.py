"""Orders, contracts and invoices of broadcasting stations in the United States."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from docpipe.synth import words
from docpipe.synth.document import SynthDocument
from docpipe.synth.formats import cents
from docpipe.synth.issuer import Issuer
from docpipe.synth.letter import DPI, UNIT, Letter
from docpipe.synth.sheet import Part, Parts, join, label

_STATES = "OH TX CA FL NY PA IL MI GA NC VA AZ CO NV IA WI MN KY ME SC".split()
_OFFICES = "Congress|US Senate|Senate|President|Governor|Attorney General|House|State Senate|Mayor|Judge|Sheriff|City Council|County Commission|Supreme Court|Treasurer".split(
    "|"
)
_CAUSES = "Progress Liberty Future Families Jobs Freedom Action Unity Voters Justice America Growth Values Opportunity Clean Energy Better Schools Health Prosperity Leadership Common Sense".split()
_SHOWS = "News @ 5p|Local News @ 11p|Morning News|Early News|Evening News|Wheel Show|Late Night|Daytime Talk|Movie of the Week|Sunday Sports|M-F 9a-10a|Judge Show|Good Day|Prime Access|Game Show|Weekend News|Noon News|Saturday Morning|Drama Hour|Talk Live|Sports Center|Rotator|ROS|M-Su 6a-12m|Prime Rotator".split(
    "|"
)
_TIMES = "7-9a|9a-10a|1059-1135p|5p-6p|6a-9a|12n-1p|630-7p|8p-10p|M-F 6a-9a|11:00p-11:35p|05:00 AM-06:00 AM|4:00 PM-5:00 PM|10p-1030p|XM-XM".split(
    "|"
)
_SALES = "Katz|Telerep|Washington|Chicago|New York|Dallas|Local|National|Political|HRP|Eagle|Millennium".split("|")


def advertiser(chance: Random) -> str:
    """Make up who advertises: a candidate, a committee, or a firm."""
    given, family = words.person(chance, "en", "US").split()[0], words.english.surname(chance)
    office, state, party = chance.choice(_OFFICES), chance.choice(_STATES), chance.choice(("D", "R", "Dem", "Rep", "I"))
    cause = " ".join(chance.sample(_CAUSES, chance.choice((1, 2, 2))))
    roll = chance.random()
    if roll < 0.45:
        return chance.choice(
            (
                f"{given} {family} for {office}",
                f"{family} for {office}",
                f"{given} {family} For {office} {state}",
                f"{family}/{party}/{office}",
                f"POL/{given} {family}/{office}/{state}/{party}",
                f"{given} {family} for {office}-{party}",
                f"{given} {family}/{party}/{office}",
                f"Friends of {given} {family}",
                f"{family} for {state} {office}",
                f"Pol-{family}-{office}",
                f"Committee to Elect {given} {family}",
                f"POL {family} {office}",
                f"{family} {chance.randint(2018, 2026)}",
            )
        )
    if roll < 0.8:
        return chance.choice(
            (
                f"{cause} PAC",
                f"ISS/{cause} PAC-A",
                f"Citizens for {cause}",
                f"{state} {cause} Fund",
                f"Americans for {cause}",
                f"{cause} Action Network",
                f"{cause} USA",
                f"ISSUE/{cause.upper()}",
                f"{state} Coalition for {cause}",
                f"Yes on {chance.randint(1, 30)}",
                f"Pol/Iss/{cause}/{state}",
                f"Alliance for {cause}",
                f"{cause} Project",
            )
        )
    return words.party(chance, "en", "US", True).name


@dataclass(frozen=True, slots=True)
class Buy:
    """What was booked."""

    kind: str
    order: str
    invoice: str
    advertiser: str
    product: str
    estimate: str
    agency: words.Party
    first: date
    last: date
    issued: date
    rows: tuple[tuple[date, date, str, str, int, Decimal], ...]
    gross: Decimal
    commission: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.commission


def _draw(chance: Random, kind: str) -> Buy:
    first = date(2012, 1, 2) + timedelta(days=chance.randrange(365 * 14))
    last = first + timedelta(days=chance.choice((3, 6, 6, 6, 9, 13, 20, 27, 34)))
    who = advertiser(chance)
    rows = []
    for _ in range(chance.choice((1, 2, 3, 4, 5, 6, 8, 10, 14, 18))):
        start = first + timedelta(days=chance.randrange(max(1, (last - first).days)))
        rows.append(
            (
                start,
                min(last, start + timedelta(days=6)),
                chance.choice(_SHOWS),
                chance.choice(_TIMES),
                chance.randint(1, 6),
                Decimal(chance.choice((20, 25, 40, 65, 90, 125, 150, 200, 325, 450, 600, 850, 1200, 2500)))
                + Decimal("0.00"),
            )
        )
    gross = sum((row[5] * row[4] for row in rows), Decimal(0))
    number = str(chance.randint(10**5, 10**7))
    return Buy(
        kind, chance.choice((number, f"{number}-{chance.randint(1, 9)}", number)), f"{number}-{chance.randint(1, 9)}" if chance.random() < 0.7 else str(chance.randint(10**4, 10**8)), who, chance.choice((who.upper(), f"{who.split()[0].upper()} {chance.randint(100, 3000)}", "Candidate", "ISSUE", "Political", who)),
        str(chance.randint(1, 99999)), words.party(chance, "en", "US", False), first, last, (last if kind == "invoice" else first) + timedelta(days=chance.randint(-14 if kind != "invoice" else 0, 8)), tuple(rows), gross, cents(gross * 15 / 100) if chance.random() < 0.8 else Decimal("0.00"),
    )  # fmt: skip


def make_broadcast(issuer: Issuer, seed: int, chance: Random) -> SynthDocument:
    """Make an order, a contract or an invoice."""
    style = issuer.style()
    kind = style.choice(("invoice", "invoice", "contract", "contract", "order"))
    page = Letter(issuer, chance)
    page.face = page.face.scaled(style.uniform(7, 9) * UNIT / page.face.size)
    page.leading = style.uniform(1.1, 1.4)
    page.left, page.right = style.uniform(16, 30) * UNIT, page.width - style.uniform(16, 30) * UNIT
    page.bottom = page.height - style.uniform(25, 50) * UNIT
    shape = style.choice(("%m/%d/%y", "%m/%d/%y", "%m/%d/%Y", "%-m/%-d/%Y", "%b%d/%y", "%d-%b-%y", "%-m/%-d/%y"))
    buy = _draw(chance, kind)
    call = (
        "KW"[style.random() < 0.5]
        + "".join(style.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(3))
        + style.choice(("", "", "-TV", "-DT", " TV"))
    )
    desk = Desk(page, buy, call, shape)
    desk.top()
    desk.schedule()
    desk.sums()
    return page.finish(seed, DPI, kind="broadcast")


class Desk:
    """Sets one document of a station."""

    def __init__(self, page: Letter, buy: Buy, call: str, shape: str) -> None:
        self.page, self.buy, self.call, self.shape = page, buy, call, shape
        self.draws = page.draws

    def day(self, path: str, moment: date, link: int = 0) -> Part:
        return self.page.day(path, moment, self.shape, link)

    def text_day(self, moment: date) -> str:
        return self.page.formats.day(moment, self.shape)

    def money(self, path: str, amount: Decimal, link: int = 0) -> list[Part | str]:
        return ["$", self.page.amount(path, amount, link=link)]

    def facts(self) -> list[tuple[str, str, list[object]]]:
        """Labelled entries: those that count, and the many that do not."""
        page, buy, chance, draws = self.page, self.buy, self.page.chance, self.draws
        two = draws.choice((" - ", " - ", "-", " to ", " – "))
        flight: list[object] = [self.day("period_start", buy.first), two, self.day("period_end", buy.last)]
        found: list[tuple[str, str, list[object]]] = []

        def add(share: float, path: str, names: str, parts: list[object]) -> None:
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
            add(1.0, "issue_date", "Invoice Date|Date|Billing Date|Inv Date", [self.day("issue_date", buy.issued)])
            other(0.8, "month", "Invoice Month|Broadcast Month|Month", page.formats.day(buy.last, "%B %Y"))
            other(
                0.7,
                "invoice_period",
                "Invoice Period|Billing Period",
                f"{self.text_day(buy.first - timedelta(days=buy.first.weekday()))}{two}{self.text_day(buy.last)}",
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
                    self.day("issue_date", buy.issued),
                    *([" / ", self.text_day(buy.issued)] if draws.random() < 0.3 else []),
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
            found.append(
                ("period_end", draws.choice(("Flight End", "End Date", "Contract End", "Flight To")), [flight[2]])
            )
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
            [page.value("purchase_order", order := str(chance.randint(10**6, 10**8)), order)],
        )
        other(0.8, "estimate", "Estimate #|Estimate Number|Estimate|Est #|Estimate No", buy.estimate)
        other(0.7, "property", "Property|Station|Market|Station/Market", self.call)
        other(
            0.8,
            "salesperson",
            "Account Executive|Salesperson|Primary AE|AE|Sales Rep",
            words.person(chance, "en", "US"),
        )
        other(0.6, "office", "Sales Office|Office", f"{chance.choice(_SALES)}/{chance.choice(_SALES)}")
        other(
            0.5, "region", "Sales Region|Region|Service", chance.choice(("National", "Local", "Political", "Regional"))
        )
        other(
            0.5,
            "calendar",
            "Billing Calendar|Billing Cycle|Calendar",
            chance.choice(("Broadcast", "Calendar", "EOM", "EOM/EOC", "Weekly")),
        )
        other(0.5, "billing_type", "Billing Type|Cash/Trade|Bill Type", chance.choice(("Cash", "Trade", "CASH")))
        other(
            0.4,
            "handling",
            "Special Handling|Priority|Order Type",
            chance.choice(("", "P-10", "General", "None", "POLITICAL")),
        )
        other(0.5, "agency_code", "Agency Code|Agency Ref|Agency ID", str(chance.randint(1000, 9999999)))
        other(
            0.5,
            "advertiser_code",
            "Advertiser Code|Advertiser Ref|Advertiser ID|Product 1/2",
            chance.choice((str(chance.randint(100, 9999)), f"P{chance.randint(10**4, 10**6):08d}")),
        )
        other(
            0.3,
            "demo",
            "Demographic|Primary Demo|Demo",
            chance.choice(("Adults 35+", "A35+", "Adults 25-54", "RA35+", "Households")),
        )
        other(
            0.3,
            "print_date",
            "Print Date|Printed|Run Date",
            self.text_day(buy.issued + timedelta(days=chance.randint(0, 5))),
        )
        other(0.3, "agency", "Agency|Agency Name", buy.agency.name)
        other(0.3, "deal", "Deal #|Deal|Version|Rev #", str(chance.randint(0, 20)))
        add(
            0.25,
            "payment_terms",
            "Terms|Payment Terms",
            [
                page.value(
                    "payment_terms", chance.choice(("Net 30", "30 Days", "Cash in Advance", "Due Upon Receipt", "CIA"))
                )
            ],
        )
        if draws.random() < 0.4:
            draws.shuffle(found)
        return [entry for entry in found if join(entry[2])[0]]  # type: ignore[arg-type]

    def top(self) -> None:
        page, draws, buy = self.page, self.draws, self.buy
        titles = {
            "invoice": "INVOICE|Invoice|OFFICIAL BILLING INVOICE|BROADCAST INVOICE",
            "contract": "CONTRACT|Contract|CONTRACT AGREEMENT BETWEEN:|Broadcast Contract|AGREEMENT",
            "order": "ORDER|Order|BROADCAST ORDER|Sales Order|Order Confirmation",
        }
        normal = "invoice" if buy.kind == "invoice" else "order"
        big = page.face.scaled(draws.choice((1.2, 1.6, 2.0))).strong(draws.random() < 0.7)
        y = page.top * 0.8
        page.put(
            page.width / 2 if draws.random() < 0.6 else page.left,
            y,
            [page.value("document_type", draws.choice(titles[buy.kind].split("|")), normal)],
            big,
            "center" if draws.random() < 0.5 else "left",
            "title",
        )
        if draws.random() < 0.6:
            page.put(page.right, y, draws.choice(("Page 1 of 1", "Page 1", "Page: 1")), page.face, "right", "noise")
        y += big.size * page.leading * 1.3
        station = page.issuer.party
        link, address = page.link(), page.link()
        names = [self.call] if draws.random() < 0.7 else [self.call, station.name]
        lines: list[Parts] = [
            [page.value("seller.name", name, self.call, link=link if k == 0 else page.link())]
            if k == 0
            else [page.value("other.owner", name)]
            for k, name in enumerate(names)
        ]
        lines += [
            [page.value("seller.address", line, " ".join(station.address), link=address)] for line in station.address
        ]
        for name in draws.sample(("Main", "Billing", "Fax"), draws.choice((0, 1, 2))):
            path = "seller.phone" if name == "Main" else "other.phone"
            lines.append(
                page.pair(
                    path, name, station.phone if name == "Main" else station.fax, between=draws.choice((": ", ":"))
                )
            )  # type: ignore[arg-type]
        found = self.facts()
        arrangement = draws.choice(("grid", "grid", "columns", "columns", "inline", "two"))
        below = draws.random() < 0.35
        left = page.left + (draws.uniform(0, 70) * UNIT if not below else 0)
        y2 = page.block(left, y, lines, role="seller")
        billing = page.link()
        heads = draws.choice(
            ("Billing Address:", "Bill To:", "Agency:", "And:", "Agency/Buyer", "BILLING ADDRESS", "Send To:")
        )
        y2 += page.step
        page.put(left, y2, [label("other.billing", heads, None, billing)], page.face, "left", "buyer")
        attention = ["Attention: Accounts Payable"] if draws.random() < 0.5 else []
        agency: list[Parts] = [
            [page.value("other.agency", text, link=billing)]
            for text in (buy.agency.name, *attention, *buy.agency.address)
        ]
        y3 = page.block(left + draws.choice((0, 0, 30)) * UNIT, y2 + page.step, agency, role="buyer")
        if draws.random() < 0.5:
            y3 = page.block(
                left,
                y3 + page.step,
                [
                    draws.choice(("Send Payment To:", "Remit To:", "Remit Address:")),
                    [page.value("other.remit", self.call)],
                    *([page.value("other.remit", line)] for line in station.address),
                ],
                role="seller",
            )
        x = page.left if below else page.left + page.span * draws.uniform(0.42, 0.5)
        start = y3 + page.step if below else y
        end = self.entries(found, arrangement, x, start, page.right - x)
        page.y = max(y3, end) + page.step
        if draws.random() < 0.3:
            page.line(page.left, page.y - 4, page.right, page.y - 4, 1)

    def entries(
        self, found: list[tuple[str, str, list[object]]], arrangement: str, x: float, y: float, width: float
    ) -> float:
        """Set the labelled entries; returns the y below."""
        from docpipe.synth.meta import column_block, grid_block, inline_block

        page = self.page
        if arrangement == "grid":
            return grid_block(page, found, x, y, width)
        if arrangement == "inline":
            return inline_block(page, found, x, y, "left")
        if arrangement == "columns":
            return column_block(page, found, x, y, width, "left")
        half = (len(found) + 1) // 2
        first = column_block(page, found[:half], x, y, width * 0.52, "left")
        return max(first, column_block(page, found[half:], x + width * 0.55, y, width * 0.45, "left"))

    def schedule(self) -> None:
        """The grid of spots."""
        page, draws, buy = self.page, self.draws, self.buy
        start_at = 1
        every = [
            ("line_no", "Line|Ln|#", 0.04), ("start", "Start Date|Start", 0.11), ("end", "End Date|End", 0.11), ("description", "Description|Inventory Code|Program", 0.2), ("time", "Start/End Time|Time|Time Period", 0.14),
            ("days", "MTWTFSS|Days|Day", 0.09), ("length", "Length|Len", 0.06), ("quantity", "Spots/Week|Spots|Week|# Spots", 0.09), ("unit_price", "Rate|Unit Rate|Cost", 0.1), ("type", "Type|Rate Type", 0.05), ("net_amount", "Amount|Total|Total Cost", 0.12),
        ]  # fmt: skip
        drop = {
            name
            for name, _, _ in every
            if name in ("days", "length", "type", "net_amount", "end") and draws.random() < 0.3
        }
        every = [(name, draws.choice(head.split("|")), share) for name, head, share in every if name not in drop]
        whole = sum(share for _, _, share in every)
        places, x = {}, page.left
        for name, head, share in every:
            wide = page.span * share / whole
            places[name] = (x, wide)
            x += wide
            path = (
                f"line_items.{name}"
                if name in ("line_no", "description", "quantity", "unit_price", "net_amount")
                else f"other.{name}"
            )
            right = name in ("quantity", "unit_price", "net_amount")
            page.put(
                places[name][0] + (wide - 4 if right else 0),
                page.y,
                [label(path, head)],
                page.face.scaled(min(1.0, (wide - 2) / page.face.width(head))),
                "right" if right else "left",
                "head",
            )
        page.y += page.step * 1.4
        weekly = draws.random() < 0.35
        for k, (start, end, show, time, spots, rate) in enumerate(buy.rows):
            page.fit(page.step * 4)
            texts: dict[str, Parts] = {
                "line_no": [page.value("line_items.line_no", str(k + start_at), None, k)], "start": [page.value("other.row_date", self.text_day(start))], "end": [page.value("other.row_date", self.text_day(end))],
                "description": [page.value("line_items.description", show, None, k)], "time": time, "days": "".join(page.chance.choice("-1-M") for _ in range(7)), "length": page.chance.choice((":30", ":30", ":60", ":15")),
                "quantity": [page.value("line_items.quantity", str(spots), None, k)], "unit_price": ["$", page.amount("line_items.unit_price", rate, k)], "type": "NM", "net_amount": ["$", page.amount("line_items.net_amount", rate * spots, k)],
            }  # fmt: skip
            for name, (x, wide) in places.items():
                right = name in ("quantity", "unit_price", "net_amount")
                text = join([texts[name]] if isinstance(texts[name], str) else texts[name])[0]  # type: ignore[list-item]
                page.put(
                    x + (wide - 4 if right else 0),
                    page.y,
                    texts[name],
                    page.face.scaled(min(1.0, (wide - 1) / max(1.0, page.face.width(text)))),
                    "right" if right else "left",
                    "item",
                )
            page.y += page.step
            if weekly:
                monday = start - timedelta(days=start.weekday())
                page.put(
                    page.left + 30,
                    page.y,
                    f"Weeks:  {self.text_day(monday)}  {self.text_day(monday + timedelta(days=6))}  M-W-F--  {spots}  ${page.formats.number(rate)}",
                    page.face,
                    "left",
                    "noise",
                )
                page.y += page.step
            if draws.random() < 0.0:
                break

    def sums(self) -> None:
        page, draws, buy = self.page, self.draws, self.buy
        page.y += page.step
        page.fit(page.step * 8)
        lines: list[tuple[Parts, Parts]] = []

        def add(path: str, names: str, amount: Decimal) -> None:
            link = page.link()
            lines.append(([label(path, draws.choice(names.split("|")), None, link)], self.money(path, amount, link)))

        spots = sum(row[4] for row in buy.rows)
        if draws.random() < 0.5:
            lines.append(("Total Spots", [page.value("other.count", str(spots))]))
        add(
            "total_gross",
            "Gross Amount|Gross Total|Total Gross|Gross|Gross Billing|Grand Total|Totals|Total|Gross Amt|Actual Gross|Gross Cost|Total Charges|Total Gross Amount",
            buy.gross,
        )
        if buy.commission and draws.random() < 0.85:
            add(
                "total_discount",
                "Agency Commission|Agency Commission (15%)|Commission|Less Agency Commission|Agency Comm.|15% Commission",
                buy.commission if draws.random() < 0.6 else -buy.commission,
            )
        if draws.random() < 0.8:
            due = buy.kind == "invoice"
            add(
                "amount_due" if due else "total_net",
                "Net Amount Due|Amount Due|Net Due|Balance Due|Due and Payable|Pay This Amount"
                if due
                else "Net Amount|Net Total|Total Net|Net|Net Cost|Net Billing",
                buy.net,
            )
        if draws.random() < 0.3:  # one row under headings
            for k, (name, value) in enumerate(lines):
                x = page.right - (len(lines) - 1 - k) * page.span * 0.2
                page.put(x, page.y, name, page.face, "right", "total")
                page.put(x, page.y + page.step, value, page.face, "right", "total")
            page.y += page.step * 3
        else:
            x2 = page.right if draws.random() < 0.7 else page.left + page.span * 0.5
            widest = max(page.face.width(join([name] if isinstance(name, str) else name)[0]) for name, _ in lines)  # type: ignore[list-item]
            x1 = x2 - widest - page.span * draws.uniform(0.15, 0.3)
            for name, value in lines:
                page.put(x1, page.y, name, page.face, "left", "total")
                page.put(x2, page.y, value, page.face, "right", "total")
                page.y += page.step * 1.15
        for text in (
            "We warrant that the broadcasts indicated on this invoice were made as shown.",
            "This station does not discriminate in the sale of advertising time.",
            "Advertiser and agency are jointly responsible for payment.",
            "Subject to the terms and conditions of the station.",
        ):
            if draws.random() < 0.35:
                for line in page.wrap(text, page.span):
                    page.fit(page.step)
                    page.put(page.left, page.y, line, page.face, "left", "foot")
                    page.y += page.step
