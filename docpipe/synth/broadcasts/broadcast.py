"""Orders, contracts and invoices of broadcasting stations in the United States."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from docpipe.synth.broadcasts.buy import draw_buy
from docpipe.synth.broadcasts.desk import Desk, facts
from docpipe.synth.document import SynthDocument
from docpipe.synth.issuer import Issuer
from docpipe.synth.letters.letter import DPI, UNIT, Letter
from docpipe.synth.letters.meta import column_block, grid_block, inline_block
from docpipe.synth.sheet import Part, Parts, label, text_of


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
    buy = draw_buy(chance, kind)
    call = (
        "KW"[style.random() < 0.5]
        + "".join(style.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(3))
        + style.choice(("", "", "-TV", "-DT", " TV"))
    )
    desk = Desk(page, buy, call, shape)
    top(desk)
    schedule(desk)
    sums(desk)
    return page.finish(seed, DPI, kind="broadcast")


def top(desk: Desk) -> None:
    page, draws, buy = desk.page, desk.draws, desk.buy
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
    names = [desk.call] if draws.random() < 0.7 else [desk.call, station.name]
    lines: list[Parts] = [
        [page.value("seller.name", name, desk.call, link=link if k == 0 else page.link())]
        if k == 0
        else [page.value("other.owner", name)]
        for k, name in enumerate(names)
    ]
    lines += [[page.value("seller.address", line, " ".join(station.address), link=address)] for line in station.address]
    for name in draws.sample(("Main", "Billing", "Fax"), draws.choice((0, 1, 2))):
        path = "seller.phone" if name == "Main" else "other.phone"
        lines.append(
            page.pair(path, name, station.phone if name == "Main" else station.fax, between=draws.choice((": ", ":")))
        )
    found = facts(desk)
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
        [page.value("other.agency", text, link=billing)] for text in (buy.agency.name, *attention, *buy.agency.address)
    ]
    y3 = page.block(left + draws.choice((0, 0, 30)) * UNIT, y2 + page.step, agency, role="buyer")
    if draws.random() < 0.5:
        y3 = page.block(
            left,
            y3 + page.step,
            [
                draws.choice(("Send Payment To:", "Remit To:", "Remit Address:")),
                [page.value("other.remit", desk.call)],
                *([page.value("other.remit", line)] for line in station.address),
            ],
            role="seller",
        )
    x = page.left if below else page.left + page.span * draws.uniform(0.42, 0.5)
    start = y3 + page.step if below else y
    end = entries(desk, found, arrangement, x, start, page.right - x)
    page.y = max(y3, end) + page.step
    if draws.random() < 0.3:
        page.line(page.left, page.y - 4, page.right, page.y - 4, 1)


def entries(
    desk: Desk, found: list[tuple[str, str, list[Part | str]]], arrangement: str, x: float, y: float, width: float
) -> float:
    """Set the labelled entries; returns the y below."""

    page = desk.page
    if arrangement == "grid":
        return grid_block(page, found, x, y, width)
    if arrangement == "inline":
        return inline_block(page, found, x, y, "left")
    if arrangement == "columns":
        return column_block(page, found, x, y, width, "left")
    half = (len(found) + 1) // 2
    first = column_block(page, found[:half], x, y, width * 0.52, "left")
    return max(first, column_block(page, found[half:], x + width * 0.55, y, width * 0.45, "left"))


def schedule(desk: Desk) -> None:
    """The grid of spots."""
    page, draws, buy = desk.page, desk.draws, desk.buy
    every = [
        ("line_no", "Line|Ln|#", 0.04),
        ("start", "Start Date|Start", 0.11),
        ("end", "End Date|End", 0.11),
        ("description", "Description|Inventory Code|Program", 0.2),
        ("time", "Start/End Time|Time|Time Period", 0.14),
        ("days", "MTWTFSS|Days|Day", 0.09),
        ("length", "Length|Len", 0.06),
        ("quantity", "Spots/Week|Spots|Week|# Spots", 0.09),
        ("unit_price", "Rate|Unit Rate|Cost", 0.1),
        ("type", "Type|Rate Type", 0.05),
        ("net_amount", "Amount|Total|Total Cost", 0.12),
    ]
    drop = {
        name for name, _, _ in every if name in ("days", "length", "type", "net_amount", "end") and draws.random() < 0.3
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
            "line_no": [page.value("line_items.line_no", str(k + 1), None, k)],
            "start": [page.value("other.row_date", desk.text_day(start))],
            "end": [page.value("other.row_date", desk.text_day(end))],
            "description": [page.value("line_items.description", show, None, k)],
            "time": time,
            "days": "".join(page.chance.choice("-1-M") for _ in range(7)),
            "length": page.chance.choice((":30", ":30", ":60", ":15")),
            "quantity": [page.value("line_items.quantity", str(spots), None, k)],
            "unit_price": ["$", page.amount("line_items.unit_price", rate, k)],
            "type": "NM",
            "net_amount": ["$", page.amount("line_items.net_amount", rate * spots, k)],
        }
        for name, (x, wide) in places.items():
            right = name in ("quantity", "unit_price", "net_amount")
            text = text_of(texts[name])
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
                f"Weeks:  {desk.text_day(monday)}  {desk.text_day(monday + timedelta(days=6))}  M-W-F--  {spots}  ${page.formats.number(rate)}",  # noqa: E501
                page.face,
                "left",
                "noise",
            )
            page.y += page.step


def sums(desk: Desk) -> None:
    page, draws, buy = desk.page, desk.draws, desk.buy
    page.y += page.step
    page.fit(page.step * 8)
    lines: list[tuple[Parts, Parts]] = []

    def add(path: str, names: str, amount: Decimal) -> None:
        link = page.link()
        lines.append(([label(path, draws.choice(names.split("|")), None, link)], desk.money(path, amount, link)))

    spots = sum(row[4] for row in buy.rows)
    if draws.random() < 0.5:
        lines.append(("Total Spots", [page.value("other.count", str(spots))]))
    add(
        "total_gross",
        "Gross Amount|Gross Total|Total Gross|Gross|Gross Billing|Grand Total|Totals|Total|Gross Amt|Actual Gross|Gross Cost|Total Charges|Total Gross Amount",  # noqa: E501
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
        widest = max(page.face.width(text_of(name)) for name, _ in lines)
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
