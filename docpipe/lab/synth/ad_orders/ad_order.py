"""Orders, contracts and invoices of broadcasting stations in the United States."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from docpipe.lab.synth.ad_orders.buy import draw_buy
from docpipe.lab.synth.ad_orders.order_page import AdOrderPage, facts
from docpipe.lab.synth.ad_orders.sums import sums
from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.invoices.invoice_page import DPI, UNIT, InvoicePage
from docpipe.lab.synth.invoices.meta import column_block, grid_block, inline_block
from docpipe.lab.synth.issuer import Issuer
from docpipe.lab.synth.sheet import Parts, TextPart, label, text_of


def make_ad_order(issuer: Issuer, seed: int, rng: Random) -> SynthDocument:
    """Make an order, a contract or an invoice."""
    style = issuer.style()
    kind = style.choice(("invoice", "invoice", "contract", "contract", "order"))
    page = InvoicePage(issuer, rng)
    page.face = page.face.scale(style.uniform(7, 9) * UNIT / page.face.size)
    page.leading = style.uniform(1.1, 1.4)
    page.left, page.right = style.uniform(16, 30) * UNIT, page.width - style.uniform(16, 30) * UNIT
    page.bottom = page.height - style.uniform(25, 50) * UNIT
    shape = style.choice(("%m/%d/%y", "%m/%d/%y", "%m/%d/%Y", "%-m/%-d/%Y", "%b%d/%y", "%d-%b-%y", "%-m/%-d/%y"))
    buy = draw_buy(rng, kind)
    call = (
        "KW"[style.random() < 0.5]
        + "".join(style.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(3))
        + style.choice(("", "", "-TV", "-DT", " TV"))
    )
    desk = AdOrderPage(page, buy, call, shape)
    top(desk)
    schedule(desk)
    sums(desk)
    return page.finish(seed, DPI, kind="broadcast")


def top(desk: AdOrderPage) -> None:
    page, draws, buy = desk.page, desk.draws, desk.buy
    titles = {
        "invoice": "INVOICE|Invoice|OFFICIAL BILLING INVOICE|BROADCAST INVOICE",
        "contract": "CONTRACT|Contract|CONTRACT AGREEMENT BETWEEN:|Broadcast Contract|AGREEMENT",
        "order": "ORDER|Order|BROADCAST ORDER|Sales Order|Order Confirmation",
    }
    normal = "invoice" if buy.kind == "invoice" else "order"
    big = page.face.scale(draws.choice((1.2, 1.6, 2.0))).strong(draws.random() < 0.7)
    y = page.top * 0.8
    x, align = draws.choice(((page.width / 2, "center"), (page.left, "left"), (page.width / 2, "left")))
    title = page.value("document_type", draws.choice(titles[buy.kind].split("|")), normal)
    page.put(x, y, [title], big, align, "title")
    if draws.random() < 0.25:
        printed: list[TextPart | str] = [
            label("other.print_date", "Print Date"),
            " ",
            page.value("other.print_date", desk.text_day(buy.issued)),
        ]
        page.put(page.right - page.span * 0.18, y, printed, page.face, "right", "noise")
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
    desk: AdOrderPage,
    found: list[tuple[str, str, list[TextPart | str]]],
    arrangement: str,
    x: float,
    y: float,
    width: float,
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


def schedule(desk: AdOrderPage) -> None:
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
            page.face.scale(min(1.0, (wide - 2) / page.face.width(head))),
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
            "days": "".join(page.rng.choice("-1-M") for _ in range(7)),
            "length": page.rng.choice((":30", ":30", ":60", ":15")),
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
                page.face.scale(min(1.0, (wide - 1) / max(1.0, page.face.width(text)))),
                "right" if right else "left",
                "item",
            )
        page.y += page.step
        if weekly:
            weeks(desk, start, end, spots, rate)
    if draws.random() < 0.3:  # the foot of the grid says what the rows come to
        link = page.link()
        page.line(page.left, page.y, page.right, page.y, 1)
        page.put(
            page.left + page.span * 0.6,
            page.y,
            [label("total_gross", "Totals", None, link)],
            page.face,
            "left",
            "total",
        )
        page.put(
            page.right - 4, page.y, ["$", page.amount("total_gross", buy.gross, link=link)], page.face, "right", "total"
        )
        page.y += page.step


def weeks(desk: AdOrderPage, start: date, end: date, spots: int, rate: Decimal) -> None:
    """What a row books week by week: more dates and rates that are no field."""
    page = desk.page
    heads = ("", "Start Date", "End Date", "Weekdays", "Spots/Week", "Rate")
    places = [page.left + page.span * share for share in (0.02, 0.1, 0.18, 0.26, 0.35, 0.44)]
    monday = start - timedelta(days=start.weekday())
    page.fit(page.step * 3)
    for head, x in zip(heads, places, strict=True):
        page.put(x, page.y, head, page.face.scale(0.95), "left", "noise")
    page.y += page.step
    for k in range(1 + (end - monday).days // 7):
        page.fit(page.step)
        first = monday + timedelta(days=7 * k)
        days = "".join(page.rng.choice("-MTWTFSS") for _ in range(7))
        texts: tuple[Parts, ...] = (
            page.draws.choice(("Week:", "Weeks:")) if not k else "",
            [page.value("other.row_date", desk.text_day(first))],
            [page.value("other.row_date", desk.text_day(first + timedelta(days=6)))],
            days,
            str(spots if not k else 0),
            f"${page.formats.number(rate)}",
        )
        for text, x in zip(texts, places, strict=True):
            page.put(x, page.y, text, page.face.scale(0.95), "left", "noise")
        page.y += page.step
