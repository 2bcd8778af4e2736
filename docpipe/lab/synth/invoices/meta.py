"""The block of numbers and dates of an invoice, in the arrangements that invoices have."""

from __future__ import annotations

from collections.abc import Sequence

from docpipe.lab.synth import identifiers
from docpipe.lab.synth.invoices.invoice_page import UNIT, InvoiceFacts, InvoicePage
from docpipe.lab.synth.sheet import Parts, TextPart, label, relink, text_of
from docpipe.values.identifiers import compact

Entry = tuple[str, str, list[TextPart | str]]
"""Path, label, and the parts of the value."""


def number_path(facts: InvoiceFacts) -> str:
    """An order's own number is no invoice number."""
    return "purchase_order" if facts.kind == "order" else "invoice_number"


def entries(page: InvoicePage, facts: InvoiceFacts) -> list[Entry]:
    """What the issuer prints, in its order; number and date nearly always."""
    say, maybe, draws = page.say, page.maybe, page.draws
    number_key = "credit.invoice_number" if facts.kind == "credit_note" else number_path(facts)
    found: list[Entry] = []

    def add(share: float, path: str, key: str, parts: list[TextPart | str]) -> None:
        if maybe(share):
            found.append((path, say(key), parts))

    add(0.96, number_path(facts), number_key, [page.value(number_path(facts), facts.number, facts.number.upper())])
    add(0.97, "issue_date", "issue_date", [page.day("issue_date", facts.issued)])
    add(0.4, "due_date", "due_date", [page.day("due_date", facts.due)])
    if facts.kind != "order":
        add(0.35, "purchase_order", "purchase_order", [page.value("purchase_order", facts.order, facts.order.upper())])
    add(
        0.12,
        "contract_number",
        "contract_number",
        [page.value("contract_number", facts.contract, facts.contract.upper())],
    )
    add(
        0.5,
        "buyer.customer_id",
        "buyer.customer_id",
        [page.value("buyer.customer_id", facts.customer, facts.customer.upper())],
    )
    add(0.25, "payment_terms", "payment_terms", [page.value("payment_terms", facts.terms)])
    if facts.buyer_tax:
        add(
            0.2,
            "buyer.tax_id",
            "buyer.tax_id",
            [page.value("buyer.tax_id", identifiers.space_digits(facts.buyer_tax, draws), compact(facts.buyer_tax))],
        )
    add(
        0.25,
        "other.delivery_date",
        "other.delivery_date",
        [page.value("other.delivery_date", page.formats.day(facts.delivered))],
    )
    add(
        0.15,
        "other.order_date",
        "other.order_date",
        [page.value("other.order_date", page.formats.day(facts.delivered))],
    )
    add(
        0.2,
        "other.delivery_note",
        "other.delivery_note",
        [page.value("other.delivery_note", identifiers.draw_number(page.rng, "{n6}", 2020, 1))],
    )
    add(0.25, "other.salesperson", "other.salesperson", [page.value("other.salesperson", facts.buyer_contact)])
    add(
        0.08,
        "other.ship_via",
        "other.ship_via",
        [
            page.value(
                "other.ship_via", page.rng.choice(("DHL", "UPS", "DDP", "EXW", "DAP", "Post", "Express", "Truck"))
            )
        ],
    )
    add(0.07, "other.print_date", "other.print_date", [page.value("other.print_date", page.formats.day(facts.issued))])
    add(0.08, "currency", "other.currency", [page.value("currency", page.formats.currency)])
    add(0.1, "other.page", "other.page", [page.value("other.page", draws.choice(("1", "1/1", "1 / 1")))])
    if maybe(0.15):
        first, last = facts.period
        between = (
            draws.choice((" - ", " – ", " to ", "-"))
            if page.issuer.language == "en"
            else {"de": " bis ", "fr": " au ", "zh": "至"}[page.issuer.language]
            if maybe(0.5)
            else " - "
        )
        found.append(
            ("period_start", say("period"), [page.day("period_start", first), between, page.day("period_end", last)])
        )
    add(
        0.08,
        "seller.tax_id",
        "seller.tax_id",
        [page.value("seller.tax_id", identifiers.space_digits(page.issuer.tax_id, draws), compact(page.issuer.tax_id))],
    )
    if maybe(0.5):
        draws.shuffle(found)
    return found


def column_block(page: InvoicePage, found: Sequence[Entry], x: float, y: float, width: float, shape: str) -> float:
    """Labels and values in two columns of `width`; values beside the labels ("left") or at the edge ("right")."""
    widest = max((page.face.width(name) for _, name, _ in found), default=0.0)
    longest = max((page.face.width(text_of(parts)) for _, _, parts in found), default=0.0)
    tab = widest + page.face.size * page.draws.uniform(0.8, 3)
    face = page.face if tab + longest < width else page.face.scale(max(0.7, width / (tab + longest)))
    tab = min(tab, max(width - longest, widest * 0.9 + face.size))
    colon = page.draws.choice(("", "", ":", " :"))
    bold = page.maybe(0.35)
    boxed = page.maybe(0.15)
    step = face.size * page.leading * page.draws.choice((1, 1, 1.2))
    top = y
    for path, name, parts in found:
        link = page.link()
        name_parts: Parts = [label(path, name, None, link), colon]
        page.put(x, y, name_parts, face.strong(bold), "left", "meta")
        end = max(face.strong(bold).width(name + colon) + face.size * 0.5, tab)
        page.put(
            x + (width if shape == "right" else end),
            y,
            relink(list(parts), link),
            face,
            "right" if shape == "right" else "left",
            "meta",
        )
        y += step
    if boxed:
        page.box(x - 8, top - 6, x + width + 8, y + 4)
    return y


def inline_block(page: InvoicePage, found: Sequence[Entry], x: float, y: float, align: str) -> float:
    """`Label: value` lines."""
    between = page.draws.choice((": ", ": ", " ", " : ", ":"))
    for path, name, parts in found:
        link = page.link()
        page.put(x, y, [label(path, name, None, link), between, *relink(list(parts), link)], page.face, align, "meta")
        y += page.step
    return y


def grid_block(page: InvoicePage, found: Sequence[Entry], x: float, y: float, width: float) -> float:
    """Cells with the label above the value, framed or not."""
    across = max(1, min(len(found), page.draws.choice((2, 3, 3, 4, 4, 5, 6))))
    framed, bold = page.maybe(0.5), page.maybe(0.5)
    small = page.face.scale(page.draws.choice((0.75, 0.85, 1.0))).strong(bold)
    cell = width / across
    high = small.size * page.leading + page.step + 8
    align = page.draws.choice(("left", "left", "center"))
    shade = page.maybe(0.3)
    for k, (path, name, parts) in enumerate(found):
        cx, cy = x + (k % across) * cell, y + (k // across) * high
        link = page.link()
        if shade:
            page.fill(cx, cy, cx + cell, cy + small.size * page.leading + 2, page.tint)
        px = cx + (cell / 2 if align == "center" else 6)
        shrink = min(1.0, (cell - 8) / max(1.0, small.width(name)))
        page.put(px, cy + 2, [label(path, name, None, link)], small.scale(shrink), align, "meta")
        shrink = min(1.0, (cell - 8) / max(1.0, page.face.width(text_of(parts))))
        page.put(
            px, cy + small.size * page.leading + 4, relink(list(parts), link), page.face.scale(shrink), align, "meta"
        )
        if framed:
            page.box(cx, cy, cx + cell, cy + high)
    return y + high * (1 + (len(found) - 1) // across) + 6


def title(page: InvoicePage, facts: InvoiceFacts, x: float, y: float, align: str) -> float:
    """What the document is; now and then with its number and date beside."""
    draws = page.draws
    face = page.face.scale(draws.choice((1.0, 1.2, 1.4, 1.8, 2.2, 2.6))).strong(page.maybe(0.7))
    name = page.say(f"title.{'bill' if facts.kind == 'bill' else facts.kind}")
    normal = {"bill": "invoice", "receipt": "receipt"}.get(facts.kind, facts.kind)
    parts: list[TextPart | str] = [page.value("document_type", name, normal)]
    path = number_path(facts)
    shape = draws.random()
    joint = {
        "en": (" No. ", " # ", " "),
        "de": (" Nr. ", " Nr.: ", " "),
        "fr": (" N° ", " n° ", " "),
        "zh": (" 编号：", " No. ", " "),
    }[page.issuer.language]
    dated = {
        "en": (" dated ", " of "),
        "de": (" vom ", " von "),
        "fr": (" du ", " en date du "),
        "zh": (" 日期 ", " "),
    }[page.issuer.language]
    if shape < 0.22:
        parts += [draws.choice(joint), page.value(path, facts.number, facts.number.upper())]
        face = face if face.size < page.face.size * 2 else page.face.scale(1.5).strong()
        if shape < 0.08:
            parts += [draws.choice(dated), page.day("issue_date", facts.issued)]
            face = page.face.scale(draws.choice((1.0, 1.2))).strong(face.bold)
    page.put(x, y, parts, face, align, "title")
    return y + face.size * page.leading


def place_line(page: InvoicePage, facts: InvoiceFacts, y: float) -> float:
    """`Town, date`, as letters in Germany and France begin."""
    town = page.issuer.party.city
    joint = {"de": draw(page, (", den ", ", ")), "fr": draw(page, (", le ", ", "))}.get(page.issuer.language, ", ")
    page.put(page.right, y, [town, joint, page.day("issue_date", facts.issued)], page.face, "right", "meta")
    return y + page.step + 2 * UNIT


def draw(page: InvoicePage, options: tuple[str, ...]) -> str:
    return page.draws.choice(options)
