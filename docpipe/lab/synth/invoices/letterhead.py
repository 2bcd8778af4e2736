"""The parts of an invoice that name people: letterhead, sender line, recipient, delivery address, footer."""

from __future__ import annotations

from docpipe.lab.synth import identifiers
from docpipe.lab.synth.invoices.invoice_page import UNIT, InvoiceFacts, InvoicePage
from docpipe.lab.synth.sheet import Face, Parts, TextPart, label
from docpipe.values.identifiers import compact

_ATTENTION = {
    "en": ("{}", "Attn: {}", "c/o {}", "Attention: {}", "Attn. {}", "FAO {}"),
    "de": ("{}", "z. Hd. {}", "c/o {}", "z.H. {}", "Herrn {}", "Frau {}", "Attn: {}"),
    "fr": ("{}", "À l'attention de {}", "c/o {}", "A l'att. de {}", "M. {}", "Mme {}"),
    "zh": ("{}", "联系人：{}", "收件人：{}"),
}


def letterhead(page: InvoicePage) -> None:
    """Set the issuer's name, and often its address and numbers, on top of the first page."""
    draws, party = page.draws, page.issuer.party
    place = draws.choice(("left", "left", "right", "right", "center", "split", "none"))
    if place == "none":
        page.y += draws.uniform(10, 60) * UNIT
        return
    big = Face(
        draws.choice(
            (page.face.family, page.face.family, "serif" if page.issuer.language != "zh" else page.face.family)
        ),
        page.face.size * draws.choice((1.2, 1.4, 1.7, 2.0, 2.4)),
        page.maybe(0.6),
        False,
        draws.choice(("black", page.colour, "#8a1c1c", "#1c4a8a")),
    )
    align = {"left": "left", "split": "left", "right": "right", "center": "center"}[place]
    x = {"left": page.left, "center": page.width / 2, "right": page.right}[align]
    y = page.y
    if page.maybe(0.25) and party.trade_name:  # a logo in words
        page.put(
            x,
            y,
            [page.value("other.trade_name", max(party.trade_name.split()[:2], key=len).upper())],
            big.scale(1.3),
            align,
            "logo",
        )
        y += big.size * 1.7
    link = page.link()
    name = party.name.upper() if page.maybe(0.2) else party.name
    if big.width(name) > page.span * (0.6 if place == "split" else 1.0):
        big = big.scale(page.span * 0.6 / big.width(name))
    page.put(x, y, [page.value("seller.name", name, party.name, link=link)], big, align, "seller")
    y += big.size * page.leading
    if page.maybe(0.2):
        slogan = (
            page.rng.choice(("Quality since {}", "Your partner since {}"))
            if page.issuer.language == "en"
            else {"de": "Qualität seit {}", "fr": "Depuis {}", "zh": "始于{}"}[page.issuer.language]
        )
        page.put(x, y, slogan.format(draws.randint(1890, 2015)), page.face.scale(0.9), align, "noise")
        y += page.step
    small = page.face.scale(draws.choice((0.8, 0.9, 1.0)))
    if page.maybe(0.75):
        if place == "split":
            page.block(page.right, page.y, seller_lines(page, True), small, "right", "seller")
            y = max(y, page.y + small.size * page.leading * 4)
        elif page.maybe(0.25):
            y = page.block(x, y, one_line(page), small, align, "seller")
        else:
            y = page.block(x, y, seller_lines(page, True), small, align, "seller")
    page.y = y + draws.uniform(4, 30) * UNIT
    if page.maybe(0.25):
        page.line(
            page.left,
            page.y - 3,
            page.right,
            page.y - 3,
            draws.choice((1, 2, 4)),
            colour=draws.choice(("black", "#888888", big.colour)),
        )


def one_line(page: InvoicePage) -> list[Parts]:
    """The address and the numbers, each in one line with separators."""
    party, mark = page.issuer.party, page.draws.choice((" - ", " · ", " | ", ", ", " • "))
    link = page.link()
    parts: list[TextPart | str] = []
    for k, line in enumerate(party.address):
        parts += [mark if k else "", page.value("seller.address", line, " ".join(party.address), link=link)]
    contact: list[TextPart | str] = []
    for k, entry in enumerate(contacts(page)):
        contact += [mark if k else "", *entry]
    return [parts, contact] if page.maybe(0.7) else [parts]


def contacts(page: InvoicePage) -> list[list[TextPart | str]]:
    """Phone, fax, mail, web and the numbers of the firm: those which the issuer prints, in its order."""
    issuer, party, say = page.issuer, page.issuer.party, page.say
    between = page.draws.choice((": ", ": ", " ", " : "))
    found: list[list[TextPart | str]] = []

    def add(share: float, path: str, name: str, text: str, normal: str | None = None) -> None:
        if page.maybe(share) and text:
            found.append(page.pair(path, name, text, normal, between))

    add(0.75, "seller.phone", say("seller.phone"), party.phone)
    add(0.3, "other.fax", say("other.fax"), party.fax)
    if party.domain:
        add(
            0.4,
            "other.email",
            say("other.email"),
            f"{page.draws.choice(('info', 'office', 'kontakt', 'sales', 'contact', 'billing'))}@{party.domain}",
        )
        if page.maybe(0.35):
            found.append(
                [page.value("other.web", page.draws.choice(("www.{}", "http://www.{}", "{}")).format(party.domain))]
            )
    add(
        0.45,
        "seller.tax_id",
        say(tax_key(page)),
        identifiers.space_digits(issuer.tax_id, page.draws),
        compact(issuer.tax_id),
    )
    add(
        0.25,
        "seller.registration_id",
        say(registration_key(page)),
        identifiers.space_digits(issuer.registration, page.draws),
        compact(issuer.registration) if issuer.registration.replace("-", "").isdigit() else issuer.registration,
    )
    return found


def tax_key(page: InvoicePage) -> str:
    return {"MY": "my.seller.tax_id", "SG": "my.seller.tax_id", "US": "us.seller.tax_id"}.get(
        page.issuer.country, "seller.tax_id"
    )


def registration_key(page: InvoicePage) -> str:
    return "my.seller.registration_id" if page.issuer.country in ("MY", "SG") else "seller.registration_id"


def seller_lines(page: InvoicePage, with_contacts: bool) -> list[Parts]:
    """The issuer's address, line by line, and what else it prints there."""
    party = page.issuer.party
    link = page.link()
    lines: list[Parts] = [
        [page.value("seller.address", line, " ".join(party.address), link=link)] for line in party.address
    ]
    return lines + (contacts(page) if with_contacts else [])


def sender_line(page: InvoicePage, x: float, y: float) -> float:
    """The small line above the recipient in the window of an envelope."""
    party = page.issuer.party
    mark = page.draws.choice((" · ", " - ", ", ", " • ", " | ", " * "))
    link, name_link = page.link(), page.link()
    parts: list[TextPart | str] = [page.value("seller.name", party.name, party.name, link=name_link)]
    for line in party.address:
        parts += [mark, page.value("seller.address", line, " ".join(party.address), link=link)]
    small = page.face.scale(page.draws.uniform(0.6, 0.8))
    if small.width(party.name + " ".join(party.address)) > page.span * 0.6:
        small = small.scale(0.75)
    box = page.put(x, y, parts, small, "left", "seller")
    if box and page.maybe(0.5):
        page.line(box[0], box[3] + 2, box[2], box[3] + 2, 1)
    return y + small.size * 2


def recipient(page: InvoicePage, facts: InvoiceFacts, x: float, y: float) -> float:
    """The buyer's name and address, with or without a heading; returns the y below."""
    draws, buyer, say = page.draws, facts.buyer, page.say
    link = page.link()
    headed = page.maybe(0.55 if page.issuer.country != "DE" else 0.3)
    name_part = page.value("buyer.name", buyer.name, buyer.name, link=link)
    bold = page.face.strong(page.maybe(0.35))
    lines: list[tuple[Parts, Face]] = []
    if headed:
        head = label("buyer.name", say("buyer.head"), None, link)
        colon = draws.choice((":", "", ""))
        if page.maybe(0.2):
            lines.append(([head, ": ", name_part], page.face))
        else:
            lines += [
                ([head, colon], page.face.strong(page.maybe(0.6)).scale(draws.choice((0.8, 1, 1.1)))),
                ([name_part], bold),
            ]
    else:
        lines.append(([name_part], bold))
    person = [
        page.value(
            "other.contact",
            draws.choice(_ATTENTION[page.issuer.language]).format(facts.buyer_contact),
        )
    ]
    if page.maybe(0.3):
        lines.insert(len(lines) if page.maybe(0.7) else 1 if headed else 0, (person, page.face))
    address = page.link()
    for line in buyer.address:
        lines.append(([page.value("buyer.address", line, " ".join(buyer.address), link=address)], page.face))
    if page.maybe(0.12):
        lines.append((page.pair("buyer.phone", say("seller.phone"), buyer.phone), page.face))
    if facts.buyer_tax and page.maybe(0.2):
        lines.append(
            (
                page.pair(
                    "buyer.tax_id",
                    say("buyer.tax_id"),
                    identifiers.space_digits(facts.buyer_tax, draws),
                    compact(facts.buyer_tax),
                ),
                page.face,
            )
        )
    top = y
    for parts, face in lines:
        page.put(x, y, parts, face, "left", "buyer")
        y += face.size * page.leading
    if page.maybe(0.12):
        page.box(x - 8, top - 6, x + page.span * 0.45, y + 6)
    return y


def delivery(page: InvoicePage, facts: InvoiceFacts, x: float, y: float) -> float:
    """A delivery address: a distractor that looks like a party."""
    same = page.rng.random() < 0.5
    party = facts.buyer if same else facts.delivery
    link = page.link()
    head = page.face.strong(page.maybe(0.5))
    page.put(
        x,
        y,
        [label("other.delivery", page.say("other.delivery"), None, link), page.draws.choice((":", ""))],
        head,
        "left",
        "delivery",
    )
    lines: list[Parts] = [[page.value("other.delivery", line, link=link)] for line in (party.name, *party.address)]
    return page.block(x, y + head.size * page.leading, lines, role="delivery")


def footer(page: InvoicePage) -> None:
    """Columns of small print at the foot of a page: firm, contact, bank, numbers; page number."""
    draws, party, say = page.issuer.style(), page.issuer.party, page.say
    small = page.face.scale(0.72)
    y = page.height - max(60.0, page.height - page.bottom) + 16
    number = page.page + 1
    if draws.random() < 0.6:
        where = draws.choice(("right", "center", "left"))
        x = {"left": page.left, "center": page.width / 2, "right": page.right}[where]
        link = page.link()
        page.put(
            x,
            page.height - 30,
            [
                label("other.page", say("other.page"), None, link),
                " ",
                page.value("other.page", draws.choice(("{}", "{} / {}")).format(number, number), link=link),
            ],
            small,
            where,
            "foot",
        )
    bare = (number > 1 and draws.random() < 0.5) or draws.random() < 0.3
    if bare and not (page.footer_always and number == 1):
        return
    link, address = page.link(), page.link()
    columns: list[list[Parts]] = [
        [
            [page.value("seller.name", party.name, party.name, link=link)],
            *([page.value("seller.address", line, " ".join(party.address), link=address)] for line in party.address),
        ],
        list(contacts(page)[:4]),
        bank_lines(page),
    ]
    if draws.random() < 0.6:
        columns.append(number_lines(page))
    if draws.random() < 0.3:
        draws.shuffle(columns)
    line = small.size * 1.25
    widest = [
        max((small.width("".join(p if isinstance(p, str) else p.text for p in parts)) for parts in column), default=0.0)
        for column in columns
    ]
    room = page.span / max(1.0, sum(widest) + 20 * len(columns))
    if room < 1:
        small = small.scale(max(0.6, room))
        widest = [w * max(0.6, room) for w in widest]
    gap = max(8.0, (page.span - sum(widest)) / max(1, len(columns) - 1))
    if draws.random() < 0.5:
        page.line(page.left, y - 6, page.right, y - 6, 1)
    x = page.left
    for column, width in zip(columns, widest, strict=True):
        for k, parts in enumerate(column):
            if y + k * line < page.height - 34:
                page.put(x, y + k * line, parts, small, "left", "foot")
        x += width + gap


def bank_lines(page: InvoicePage) -> list[Parts]:
    """Bank, IBAN and BIC, or an account number."""
    issuer, say = page.issuer, page.say
    lines: list[Parts] = []
    if page.maybe(0.5):
        lines.append(page.pair("seller.bank_name", say("seller.bank_name"), issuer.bank))
    else:
        lines.append([page.value("seller.bank_name", issuer.bank)])
    if issuer.language == "zh" or issuer.country in ("MY", "SG", "US"):
        lines.append(page.pair("seller.bank_account", say("seller.bank_account"), issuer.account))
    else:
        lines.append(
            page.pair(
                "payment.iban",
                say("payment.iban"),
                identifiers.space_digits(issuer.iban, page.draws),
                issuer.iban,
                page.draws.choice((": ", " ")),
            )
        )
        lines.append(
            page.pair("payment.bic", say("payment.bic"), issuer.bic, issuer.bic, page.draws.choice((": ", " ")))
        )
    return lines


def number_lines(page: InvoicePage) -> list[Parts]:
    """Tax and register numbers."""
    issuer, say = page.issuer, page.say
    lines: list[Parts] = [
        page.pair(
            "seller.tax_id",
            say(tax_key(page)),
            identifiers.space_digits(issuer.tax_id, page.draws),
            compact(issuer.tax_id),
        )
    ]
    if issuer.country == "DE":
        number = f"{page.draws.randint(10, 299):02d}/{page.draws.randint(100, 999)}/{page.draws.randint(10000, 99999)}"
        lines.append(page.pair("other.steuernummer", say("other.steuernummer"), number))
        lines.append([f"Amtsgericht {issuer.party.city} ", page.value("seller.registration_id", issuer.registration)])
        lines.append(page.draws.choice(("Geschäftsführer: ", "GF: ", "Inhaber: ")) + issuer.party.person)
    else:
        lines.append(
            page.pair(
                "seller.registration_id",
                say(registration_key(page)),
                identifiers.space_digits(issuer.registration, page.draws),
                compact(issuer.registration) if issuer.registration.replace("-", "").isdigit() else issuer.registration,
            )
        )
    return lines
