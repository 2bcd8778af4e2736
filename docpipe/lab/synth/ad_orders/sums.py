"""What a station adds up: gross, commission, net, by month and in all."""

from __future__ import annotations

from decimal import Decimal

from docpipe.lab.synth.ad_orders.order_page import AdOrderPage
from docpipe.lab.synth.formats import cents
from docpipe.lab.synth.sheet import Parts, label, text_of


def period_table(desk: AdOrderPage) -> None:
    """Sums by month under headings; the last row has those of the whole."""
    page, draws, buy = desk.page, desk.draws, desk.buy
    names = (
        ("other.row_date", draws.choice(("Time Period", "Month", "Period"))),
        ("other.count", draws.choice(("# of Spots", "Spots"))),
        ("total_gross", draws.choice(("Gross Amount", "Gross", "Gross Amt"))),
        ("total_discount", draws.choice(("Agency Comm.", "Agency Commission", "Commission"))),
        ("total_net", draws.choice(("Net Amount", "Net", "Net Amt"))),
    )
    links = [page.link() for _ in names]
    edges = [page.left + page.span * share for share in (0.0, 0.3, 0.46, 0.62, 0.78)]
    for k, ((path, name), x) in enumerate(zip(names, edges, strict=True)):
        page.put(x, page.y, [label(path, name, None, links[k])], page.face, "right" if k else "left", "head")
    page.y += page.step
    page.line(page.left, page.y, edges[-1], page.y, 2)
    gross, count = (buy.gross, sum(row[4] for row in buy.rows))
    parts = [gross] if (buy.last - buy.first).days < 14 else [half := cents(gross * 2 / 5), gross - half]
    spread = (buy.last - buy.first) / len(parts)
    joint = draws.choice((" - ", " -", "-"))
    for k, part in enumerate(parts):
        start, end = buy.first + spread * k, buy.first + spread * (k + 1)
        cut = cents(part * 15 / 100) if buy.commission else buy.commission
        row = (
            f"{desk.text_day(start)}{joint}{desk.text_day(end)}",
            str(count // len(parts)),
            f"${page.formats.number(part)}",
            f"(${page.formats.number(cut)})",
            f"${page.formats.number(part - cut)}",
        )
        for n, (shown, x) in enumerate(zip(row, edges, strict=True)):
            page.put(x, page.y, [page.value("other.month", shown)], page.face, "right" if n else "left", "tax")
        page.y += page.step
    page.line(page.left, page.y, edges[-1], page.y, 1)
    bracketed = f"(${page.formats.number(buy.commission)})"
    last: tuple[Parts, ...] = (
        draws.choice(("Totals", "Total", "Totals")),
        [page.value("other.count", str(count), link=links[1])],
        ["$", page.amount("total_gross", gross, link=links[2])],
        [page.value("total_discount", bracketed, f"-{buy.commission:f}", link=links[3])],
        ["$", page.amount("total_net", buy.net, link=links[4])],
    )
    for k, (text, x) in enumerate(zip(last, edges, strict=True)):
        page.put(x, page.y, text, page.face, "right" if k else "left", "total")
    page.y += page.step * 2


def sums(desk: AdOrderPage) -> None:
    page, draws, buy = desk.page, desk.draws, desk.buy
    page.y += page.step
    page.fit(page.step * 8)
    if draws.random() < (0.15 if buy.kind == "invoice" else 0.4):
        period_table(desk)
        notes(desk)
        return
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
    notes(desk)


def notes(desk: AdOrderPage) -> None:
    """Small print, and a place to sign."""
    page, draws = desk.page, desk.draws
    if draws.random() < 0.2:
        page.put(
            page.left, page.y, "Signature: ______________________  Date: ______________", page.face, "left", "foot"
        )
        page.y += page.step * 2
    if draws.random() < 0.2:
        page.put(
            page.left, page.y, "(* Line Transactions: N = New, E = Edited, D = Deleted)", page.face, "left", "foot"
        )
        page.y += page.step
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
