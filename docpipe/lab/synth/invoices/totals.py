"""What stands under the items: sums, taxes by rate, what was paid and what is due, and how to pay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from docpipe.lab.synth.invoices.invoice_page import UNIT, InvoiceFacts, InvoicePage
from docpipe.lab.synth.invoices.letterhead import bank_lines
from docpipe.lab.synth.purchase import TaxRow
from docpipe.lab.synth.sheet import Face, Parts, TextPart, label, text_of

Line = tuple[list[TextPart | str], list[TextPart | str], bool]
"""Label, value, and whether it is the sum of the document."""


def sum_lines(page: InvoicePage, facts: InvoiceFacts) -> list[Line]:
    """The lines of the sums in the issuer's order."""
    bought, say, maybe, draws, fmt = facts.bought, page.say, page.maybe, page.draws, page.formats
    signed, percent_space = maybe(0.5), maybe(0.5)
    found: list[Line] = []

    def add(
        path: str, name: Sequence[TextPart | str] | str, amount: Decimal, main: bool = False, path_of_label: str = ""
    ) -> None:
        link = page.link()
        parts: list[TextPart | str] = (
            [label(path_of_label or path, name, None, link)] if isinstance(name, str) else list(name)
        )
        found.append((parts, page.money(path, amount, link=link, symbol=signed), main))

    def rate_text(row: TaxRow) -> str:
        return fmt.rate(row.rate) + (" %" if percent_space else "%")

    adjusted = bool(bought.discount or bought.charges)
    shows_net = maybe(0.85)
    tax_shape = draws.choice(("by_rate", "by_rate", "total", "both"))
    before = maybe(0.5)
    if adjusted or maybe(0.06):
        add("total_lines", say("total_lines"), bought.lines)
    if bought.discount:
        add("total_discount", say("total_discount"), -bought.discount if maybe(0.6) else bought.discount)
    if bought.charges:
        add("total_charges", say("total_charges"), bought.charges)
    if bought.tax == 0 and not any(row.rate for row in bought.taxes):
        if maybe(0.25):
            add("total_net", say("total_net"), bought.net)
        if maybe(0.2):
            add("total_tax", page.plain("total_tax"), bought.tax)
    elif bought.inclusive and maybe(0.5):  # the sum first, the tax in it below
        add("total_gross", say("total_gross"), bought.gross, True)
        if maybe(0.5):
            add("total_net", say("total_net"), bought.net)
        add("total_tax", page.plain("total_tax"), bought.tax)
        return finish(page, facts, found, add, False)
    else:
        if shows_net:
            add("total_net", say("total_net"), bought.net)
        rows = [row for row in bought.taxes if row.rate or len(bought.taxes) > 1]
        if tax_shape == "total" or not rows:
            add("total_tax", page.plain("total_tax"), bought.tax)
        else:
            for k, row in enumerate(bought.taxes):
                single = len(bought.taxes) == 1
                link = page.link()
                name = label(
                    "total_tax" if single else "tax_breakdown.tax", page.plain("total_tax"), None if single else k, link
                )
                rate = page.value("tax_breakdown.rate", rate_text(row).rstrip("% "), f"{row.rate.normalize():f}", k)
                tail = rate_text(row)[len(rate.text) :]
                parts: list[TextPart | str] = [rate, tail + " ", name] if before else [name, " ", rate, tail]
                if maybe(0.25):
                    joint = {"en": " on ", "de": " auf ", "fr": " sur ", "zh": " 于 "}[page.issuer.language]
                    parts += [joint, page.amount("tax_breakdown.taxable", row.taxable, k)]
                amount = (
                    page.money("total_tax", row.tax, link=link, symbol=signed)
                    if single
                    else page.money("tax_breakdown.tax", row.tax, k, link, signed)
                )
                found.append((parts, amount, False))
            if tax_shape == "both" and len(bought.taxes) > 1:
                add("total_tax", page.plain("total_tax"), bought.tax)
    return finish(page, facts, found, add, True)


def finish(
    page: InvoicePage, facts: InvoiceFacts, found: list[Line], add: Callable[..., None], gross: bool
) -> list[Line]:
    """Add the sum, what was paid and what is due."""
    bought, say = facts.bought, page.say
    if gross:
        add("total_gross", say("total_gross"), bought.gross, True)
    if bought.paid:
        add("amount_paid", say("amount_paid"), -bought.paid if page.maybe(0.5) else bought.paid)
    if bought.paid or page.maybe(0.08):
        add("amount_due", say("amount_due"), bought.due, True)
    return found


def sums(page: InvoicePage, facts: InvoiceFacts) -> None:
    """Set the sums on the right, on the left, across, or with the labels above."""
    lines = sum_lines(page, facts)
    draws = page.draws
    shape = draws.choice(("right", "right", "right", "right", "right", "left", "wide", "above", "inline"))
    big = page.face.scale(draws.choice((1, 1, 1.15, 1.3))).strong(page.maybe(0.7))
    boxed, colon = page.maybe(0.2), draws.choice(("", "", ":", " :"))
    gap = draws.choice((1.0, 1.1, 1.35))
    page.y += draws.uniform(2, 14) * UNIT
    page.fit(page.step * gap * (len(lines) + 1))
    widest = max(big.width(text_of(parts) + colon) for parts, _, _ in lines)
    amounts = max(big.width(text_of(value)) for _, value, _ in lines)
    if shape == "above" and len(lines) <= 6:
        cell = page.span / len(lines)
        for k, (parts, value, main) in enumerate(lines):
            x = page.left + (k + 0.5) * cell
            name_face = page.face.scale(min(0.85, (cell - 6) / max(1.0, page.face.width(text_of(parts)))))
            page.put(x, page.y, parts, name_face, "center", "total")
            page.put(x, page.y + page.step, value, page.face.strong(main), "center", "total")
        if boxed:
            page.box(page.left, page.y - 4, page.right, page.y + 2 * page.step + 4)
        page.y += 2.5 * page.step
        return
    need = widest + amounts + page.face.size * 1.5
    if shape == "left":
        x1 = page.left
        x2 = min(page.right, x1 + need + page.span * draws.uniform(0.0, 0.15))
    elif shape == "wide":
        x1, x2 = page.left, page.right
    else:
        x2 = page.right
        x1 = max(page.left, x2 - need - page.span * draws.uniform(0.0, 0.12))
    label_right = page.maybe(0.3) and shape == "right"
    top = page.y
    for parts, value, main in lines:
        face = big if main else page.face
        if shape == "inline":
            page.put(x2, page.y, [*parts, colon or ":", " ", *value], face, "right", "total")
        else:
            where = x2 - amounts - page.face.size if label_right else x1
            page.put(where, page.y, [*parts, colon], face, "right" if label_right else "left", "total")
            page.put(x2, page.y, value, face, "right", "total")
        if main and page.maybe(0.35):
            page.line(x1, page.y - 1, x2, page.y - 1, 1.5)
        page.y += face.size * page.leading * gap
    if boxed and shape != "inline":
        page.box(x1 - 6, top - 4, x2 + 4, page.y + 2)


def tax_table(page: InvoicePage, facts: InvoiceFacts) -> None:
    """Rates with their bases and taxes, as a small table of its own."""
    bought = facts.bought
    if not any(row.rate for row in bought.taxes) or not page.maybe(0.3):
        return
    draws = page.draws
    page.y += page.step * 0.6
    page.fit(page.step * (len(bought.taxes) + 2.5))
    if page.maybe(0.4):
        page.put(
            page.left, page.y, [label("tax_breakdown.tax", page.say("tax.head"))], page.face.strong(), "left", "head"
        )
        page.y += page.step * 1.1
    names = ["rate", "taxable", "tax"]
    if page.maybe(0.2):
        names = ["taxable", "rate", "tax"]
    width = page.span * draws.uniform(0.35, 0.6)
    edges = [page.left + width * share for share in ((0.12, 0.55, 1.0) if names[0] == "rate" else (0.35, 0.6, 1.0))]
    for name, x in zip(names, edges, strict=True):
        head = page.say(f"tax_breakdown.{name}")
        page.put(
            x,
            page.y,
            [label(f"tax_breakdown.{name}", head)],
            page.face.strong(page.maybe(0.5)).scale(min(1.0, width * 0.33 / page.face.width(head))),
            "right",
            "head",
        )
    page.y += page.step
    for k, row in enumerate(bought.taxes):
        for name, x in zip(names, edges, strict=True):
            if name == "rate":
                parts: Parts = [
                    page.value("tax_breakdown.rate", page.formats.rate(row.rate), f"{row.rate.normalize():f}", k),
                    "%",
                ]
            else:
                parts = page.money(
                    f"tax_breakdown.{name}", row.taxable if name == "taxable" else row.tax, k, symbol=False
                )
            page.put(x, page.y, parts, page.face, "right", "tax")
        page.y += page.step
    if page.maybe(0.3):
        page.box(page.left - 4, page.y - page.step * (len(bought.taxes) + 1) - 4, page.left + width + 6, page.y + 4)


_SENTENCES = {
    "en": (
        "Payment is due by {due}.",
        "Please pay {amount} by {due}.",
        "Please remit until {due}.",
        "Kindly settle the amount of {amount} within the agreed terms.",
        "Due date: {due}",
    ),
    "de": (
        "Zahlbar bis {due} ohne Abzug.",
        "Bitte überweisen Sie den Betrag von {amount} bis zum {due}.",
        "Bitte überweisen Sie bis zum {due}.",
        "Der Rechnungsbetrag ist fällig am {due}.",
        "Zahlbar innerhalb 30 Tagen netto bis {due}, 3% Skonto innerhalb 10 Tagen.",
        "Der Betrag von {amount} wird am {due} von Ihrem Konto abgebucht.",
    ),
    "fr": (
        "À régler avant le {due}.",
        "Montant de {amount} payable au plus tard le {due}.",
        "Échéance : {due}",
        "Paiement attendu avant le {due} par virement.",
        "Veuillez régler la somme de {amount} avant le {due}.",
    ),
    "zh": ("请于{due}前支付{amount}。", "付款截止日期：{due}", "请于{due}前将款项汇至以下账户"),
}


def put_closing(page: InvoicePage, facts: InvoiceFacts, notes: tuple[str, ...]) -> None:
    """Terms, a sentence on when to pay, the bank, notes."""
    page.y += page.step
    small = page.face.scale(page.draws.choice((0.85, 1.0)))
    if page.maybe(0.35) and facts.kind != "order":
        page.fit(page.step * 2)
        sentence = page.draws.choice(_SENTENCES[page.issuer.language])
        put_sentence(page, facts, sentence, small)
    if page.maybe(0.35):
        page.fit(page.step * 2)
        page.put(
            page.left,
            page.y,
            page.pair("payment_terms", page.say("payment_terms"), facts.terms),
            small,
            "left",
            "terms",
        )
        page.y += page.step
    elif page.maybe(0.1):
        page.put(page.left, page.y, [page.value("payment_terms", facts.terms)], small, "left", "terms")
        page.y += page.step
    if page.maybe(0.45):
        page.fit(page.step * 5)
        if page.maybe(0.3):
            parts: list[TextPart | str] = []
            for k, line in enumerate(bank_lines(page)):
                parts += ([page.draws.choice((" - ", ", ", " | ", "  "))] if k else []) + list(line)
            page.put(page.left, page.y, parts, small, "left", "bank")
            page.y += page.step
        else:
            page.y = page.block(page.left, page.y, bank_lines(page), small, role="bank")
    for _ in range(page.draws.choice((0, 0, 1, 1, 2, 3))):
        text = (
            page.rng.choice(notes)
            .replace("{n}", str(page.rng.randint(2, 30)))
            .replace("{s}", page.issuer.party.name)
            .replace("{t}", page.issuer.party.city)
            .replace("{c}", page.formats.currency)
        )
        for line in page.wrap(text, page.span, small):
            page.fit(page.step)
            page.put(page.left, page.y, line, small, "left", "foot")
            page.y += page.step


def put_sentence(page: InvoicePage, facts: InvoiceFacts, sentence: str, face: Face) -> None:
    parts: list[TextPart | str] = []
    for piece in sentence.replace("{due}", "\x00due\x00").replace("{amount}", "\x00amount\x00").split("\x00"):
        if piece == "due":
            parts.append(page.day("due_date", facts.due))
        elif piece == "amount":
            parts += page.money("amount_due" if facts.bought.paid else "total_gross", facts.bought.due)
        else:
            parts.append(piece)
    page.put(page.left, page.y, parts, face, "left", "terms")
    page.y += page.step
