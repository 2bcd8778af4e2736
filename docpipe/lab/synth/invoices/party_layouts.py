"""Many arrangements of seller and buyer on an invoice, as different countries and programs print them.

Every arrangement is a function of a page and what stands on it; `set_parties` draws one by the issuer's country. The
geometry follows what is usual (DIN 5008 for the window, a buyer at the right in France, Belgium, Italy and the
Netherlands, `Bill to` and `Ship to` columns in the United States); words are those of the document's language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from docpipe.lab.synth import identifiers
from docpipe.lab.synth.invoices.invoice_page import UNIT, InvoiceFacts, InvoicePage
from docpipe.lab.synth.invoices.letterhead import contacts, delivery, recipient, sender_line, tax_key
from docpipe.lab.synth.invoices.meta import column_block, entries, grid_block, inline_block, place_line, title
from docpipe.lab.synth.names_and_goods import Party
from docpipe.lab.synth.sheet import Face, Parts, TextPart, label
from docpipe.values.identifiers import compact

Arrangement = Callable[[InvoicePage, InvoiceFacts], None]


def set_parties(page: InvoicePage, facts: InvoiceFacts) -> None:
    """Set everything above the items in one of the arrangements."""
    country = page.issuer.country
    page.draws.choice([*USUAL.get(country, ()), *ARRANGEMENTS])(page, facts)
    page.y += page.step * 0.4


def window(page: InvoicePage, facts: InvoiceFacts) -> None:
    """A logo, the sender in a small line over the recipient in a window, numbers at the right; a full foot."""
    draws = page.draws
    page.footer_always = True
    below = logo(page, draws.choice(("left", "right", "right", "center")))
    y = max(below + 4 * UNIT, page.top + draws.uniform(60, 110) * UNIT)
    left = recipient(page, facts, page.left, sender_line(page, page.left, y))
    x = page.left + page.span * draws.uniform(0.56, 0.66)
    right = numbers(page, facts, x, y, page.right - x)
    page.y = max(left, right) + page.step * draws.uniform(0.6, 2)
    page.y = title(page, facts, page.left, page.y, "left") + page.step * draws.uniform(0.2, 1)


def buyer_right(page: InvoicePage, facts: InvoiceFacts) -> None:
    """The seller at the top left, the buyer lower and at the right, with a frame or without."""
    draws = page.draws
    y = logo(page, "left") if page.maybe(0.4) else page.y
    left = party_block(page, page.left, y, page.issuer.party, "seller", contacts(page)[: draws.randint(0, 4)])
    x = page.left + page.span * draws.uniform(0.5, 0.62)
    start = page.y + draws.uniform(0, 60) * UNIT
    right = recipient(page, facts, x, start)
    if page.maybe(0.3):
        page.box(x - 8, start - 6, page.right, right + 6)
    page.y = max(left, right) + page.step * draws.uniform(0.4, 1.5)
    if page.maybe(0.4):
        page.y = place_line(page, facts, page.y)
    page.y = title(page, facts, page.left, page.y, "left") + page.step * 0.4
    page.y = numbers(page, facts, page.left, page.y, page.span * 0.5)


def columns(page: InvoicePage, facts: InvoiceFacts) -> None:
    """A letterhead and a large title beside it; `Bill to`, `Ship to` and who to pay in columns under a rule."""
    draws = page.draws
    y = logo(page, "left") if page.maybe(0.5) else page.y
    left = party_block(page, page.left, y, page.issuer.party, "seller", contacts(page)[:2])
    right = title(page, facts, page.right, page.y, "right")
    page.y = max(left, right) + page.step * 0.5
    page.line(page.left, page.y, page.right, page.y, draws.choice((1, 2, 4)), colour=page.colour)
    page.y += page.step * 0.6
    width = page.span / 3
    ends = [recipient(page, facts, page.left, page.y)]
    if page.maybe(0.7):
        ends.append(delivery(page, facts, page.left + width, page.y))
    x = page.left + 2 * width
    ends.append(numbers(page, facts, x, page.y, page.right - x))
    page.y = max(ends) + page.step * draws.uniform(0.3, 1)


def centred_head(page: InvoicePage, facts: InvoiceFacts) -> None:
    """The firm in the middle, line by line, over a rule; the buyer at the left, numbers at the right."""
    draws, middle = page.draws, page.width / 2
    y = logo(page, "center") if page.maybe(0.4) else page.y
    y = party_block(page, middle, y, page.issuer.party, "seller", contacts(page)[:3], align="center", large=True)
    if page.maybe(0.6):
        page.line(page.left, y, page.right, y, draws.choice((1, 2)))
    y += page.step * 0.7
    if page.maybe(0.5):
        y = title(page, facts, middle, y, "center") + page.step * 0.5
        titled = True
    else:
        titled = False
    x = page.left + page.span * draws.uniform(0.55, 0.65)
    page.y = max(recipient(page, facts, page.left, y), numbers(page, facts, x, y, page.right - x)) + page.step
    if not titled:
        page.y = title(page, facts, page.left, page.y, "left") + page.step * 0.3


def seller_right(page: InvoicePage, facts: InvoiceFacts) -> None:
    """The firm at the top right, set flush left or right; the buyer at the left."""
    draws = page.draws
    flush = page.maybe(0.5)
    x = page.right if flush else page.left + page.span * draws.uniform(0.58, 0.66)
    align = "right" if flush else "left"
    y = logo(page, "right") if page.maybe(0.5) else page.y
    right = party_block(page, x, y, page.issuer.party, "seller", contacts(page)[: draws.randint(1, 5)], align=align)
    start = page.y + draws.uniform(10, 70) * UNIT
    left = recipient(page, facts, page.left, sender_line(page, page.left, start) if page.maybe(0.3) else start)
    page.y = max(left, right) + page.step
    page.y = title(page, facts, page.left, page.y, "left") + page.step * 0.4
    page.y = grid_block(page, entries(page, facts), page.left, page.y, page.span)


def boxed_parties(page: InvoicePage, facts: InvoiceFacts) -> None:
    """Seller and buyer in two frames of one height, with a heading in or over each, either of them first."""
    draws, say = page.draws, page.say
    page.y = title(page, facts, page.left, page.y, "left") + page.step * 0.5
    gap = draws.choice((0.0, 0.0, 8 * UNIT, 16 * UNIT))
    width = (page.span - gap) / 2
    order = ["seller", "buyer"] if page.maybe(0.7) else ["buyer", "seller"]
    shaded, top, ends = page.maybe(0.4), page.y, []
    high = page.step * 1.25
    for place, who in enumerate(order):
        x = page.left + place * (width + gap)
        link = page.link()
        if shaded:
            page.fill(x, top, x + width, top + high, page.tint)
        head = label(f"{who}.name", say(f"{who}.head"), None, link)
        page.put(x + 6, top + 2, [head, draws.choice((":", ""))], page.face.strong(page.maybe(0.6)), "left", who)
        party = page.issuer.party if who == "seller" else facts.buyer
        more = contacts(page)[:2] if who == "seller" else buyer_lines(page, facts)
        ends.append(party_block(page, x + 6, top + high + 4, party, who, more, link=link, width=width - 12))
    bottom = max(ends) + 4
    for place in range(2):
        x = page.left + place * (width + gap)
        page.box(x, top, x + width, bottom)
    page.y = grid_block(page, entries(page, facts), page.left, bottom + page.step * 0.5, page.span)


def ruled_form(page: InvoicePage, facts: InvoiceFacts) -> None:
    """A form: a row for name, address and tax number each, a column for either party, the label before every value."""
    page.y = title(page, facts, page.width / 2, page.y, "center") + page.step * 0.5
    middle, top = page.left + page.span / 2, page.y
    sides = (
        ("seller", page.issuer.party, page.issuer.tax_id, page.left),
        ("buyer", facts.buyer, facts.buyer_tax, middle),
    )
    ends = []
    for who, party, number, x in sides:
        width = page.span / 2 - 12
        link = page.link()
        head: Parts = [label(f"{who}.name", page.say(f"{who}.head"), None, link), ": "]
        page.put(x + 6, top + 3, head, page.face.strong(), "left", who)
        y = party_block(page, x + 6, top + page.step * 1.3, party, who, [], link=link, width=width, strong=False)
        if number:
            key = tax_key(page) if who == "seller" else "buyer.tax_id"
            text = identifiers.space_digits(number, page.draws)
            page.put(
                x + 6, y + 2, page.pair(f"{who}.tax_id", page.say(key), text, compact(number)), page.face, "left", who
            )
            y += page.step
        ends.append(y)
    bottom = max(ends) + 6
    page.box(page.left, top, page.right, bottom)
    page.line(middle, top, middle, bottom)
    page.y = numbers(page, facts, page.left, bottom + page.step * 0.6, page.span * 0.5)


def foot_only(page: InvoicePage, facts: InvoiceFacts) -> None:
    """A logo alone at the top: the firm's name and address stand in the columns at the foot."""
    page.footer_always = True
    below = logo(page, page.draws.choice(("left", "center", "right")))
    start = below + page.step * page.draws.uniform(1, 4)
    x = page.left + page.span * 0.58
    left = recipient(page, facts, page.left, start)
    page.y = max(left, numbers(page, facts, x, start, page.right - x)) + page.step
    page.y = title(page, facts, page.left, page.y, "left") + page.step * 0.4


ARRANGEMENTS: tuple[Arrangement, ...] = (
    window, buyer_right, columns, centred_head, seller_right, boxed_parties, ruled_form, foot_only,
)  # fmt: skip
USUAL: Mapping[str, Sequence[Arrangement]] = {
    "DE": (window, window, window),
    "AT": (window, window),
    "CH": (window, buyer_right),
    "FR": (buyer_right, buyer_right, buyer_right),
    "BE": (buyer_right, buyer_right, buyer_right),
    "US": (columns, columns, columns),
    "GB": (centred_head, centred_head),
    "IE": (centred_head, centred_head),
}
"""What is drawn more often in a country."""


def logo(page: InvoicePage, align: str) -> float:
    """Draw a mark, and often the trade name beside or below it; return the y under it."""
    draws, party = page.draws, page.issuer.party
    colour = draws.choice(("#8a1c1c", "#1c4a8a", "#1f6b3a", "#c77700", "#4a4a4a"))
    size = draws.uniform(22, 54) * UNIT
    word = max((party.trade_name or party.name).split()[:2], key=len)
    face = Face(page.face.family, size * draws.uniform(0.3, 0.5), True, False, colour)
    beside = page.maybe(0.5)
    room = size + (face.width(word) + 8 if beside else 0)
    x = {"left": page.left, "center": (page.width - room) / 2, "right": page.right - room}[align]
    for part in range(draws.randint(1, 3)):  # stripes or one square
        page.fill(
            x + part * size * 0.3, page.y + part * size * 0.2, x + size * (0.3 * part + 0.4), page.y + size, colour
        )
    named = page.maybe(0.7)
    if named:
        at = (x + size * 1.3, page.y + size * 0.3) if beside else (x, page.y + size + 2)
        page.put(*at, [page.value("other.trade_name", word)], face, "left", "logo")
    return page.y + size + (face.size * 1.4 if named and not beside else 0) + 6


def numbers(page: InvoicePage, facts: InvoiceFacts, x: float, y: float, width: float) -> float:
    """Set number, dates and references in one of the usual blocks; return the y below."""
    found = entries(page, facts)
    if page.maybe(0.3):
        return inline_block(page, found, x, y, "left")
    return column_block(page, found, x, y, width, "right" if page.maybe(0.3) else "left")


def buyer_lines(page: InvoicePage, facts: InvoiceFacts) -> list[Parts]:
    """Return the buyer's tax number and phone, where the issuer prints them."""
    lines: list[Parts] = []
    if facts.buyer_tax and page.maybe(0.4):
        text = identifiers.space_digits(facts.buyer_tax, page.draws)
        lines.append(page.pair("buyer.tax_id", page.say("buyer.tax_id"), text, compact(facts.buyer_tax)))
    if page.maybe(0.3):
        lines.append(page.pair("buyer.phone", page.say("seller.phone"), facts.buyer.phone))
    return lines


def party_block(
    page: InvoicePage,
    x: float,
    y: float,
    party: Party,
    who: str,
    more: Sequence[Parts],
    *,
    align: str = "left",
    link: int = 0,
    width: float = 0.0,
    large: bool = False,
    strong: bool = True,
) -> float:
    """Set name, address and further lines, the name on two lines where it is long; return the y below."""
    width = width or page.span * 0.48
    face = page.face.scale(page.draws.choice((1.3, 1.6, 2.0) if large else (1.0, 1.0, 1.2, 1.5)))
    face = face.strong(strong and page.maybe(0.7))
    link = link or page.link()
    for piece in page.wrap(party.name, width, face):
        name: Sequence[TextPart | str] = [page.value(f"{who}.name", piece, party.name, link=link)]
        page.put(x, y, name, face, align, who)
        y += face.size * page.leading
    address, together = page.link(), " ".join(party.address)
    lines = [[page.value(f"{who}.address", line, together, link=address)] for line in party.address]
    small = page.face.scale(page.draws.choice((0.8, 0.9, 1.0)))
    for parts in [*lines, *more]:
        text = "".join(part if isinstance(part, str) else part.text for part in parts)
        fitting = small.scale(min(1.0, width / max(1.0, small.width(text))))
        page.put(x, y, parts, fitting, align, who)
        y += small.size * page.leading
    return y
