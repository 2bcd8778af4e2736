"""Where seller and buyer stand: one function for each convention, drawn by `make_national`."""

# ruff: noqa: E501
from __future__ import annotations

from collections.abc import Callable
from random import Random

from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.national.page import HEIGHT, WIDTH, NationalPage, draw_invoice
from docpipe.lab.synth.sheet import Parts, TextPart, label, value

Layout = Callable[[NationalPage], None]


def window(p: NationalPage) -> None:
    """The sender in a small line over the recipient in a window, an information block at the right, a full foot."""
    brand(p, p.rng.choice(("left", "right", "center")))
    y = max(p.y + 40, p.rng.uniform(240, 330))
    mark = p.rng.choice((" · ", " - ", ", ", " • ", " | ", " – "))
    parts: list[TextPart | str] = [*p.name("seller")]
    for line in p.of.seller.lines:
        parts += [mark, value("seller.address", line)]
    p.put(p.left, y, parts, p.face.scaled(0.62), "left", "seller")
    y += p.step * 1.3
    below = p.stack(p.left, y, p.party("buyer", attn=0.35), role="buyer")
    x = p.left + p.span * p.rng.uniform(0.58, 0.66)
    if p.maybe(0.3):
        y = p.stack(x, y - p.step, [(parts, 0.85) for parts in p.contacts("seller", 3)], role="seller") + p.step
    p.y = max(below, p.numbers(x, y, p.right - x)) + p.step
    p.y = p.title(p.left, p.y)
    p.body()
    p.foot(p.maybe(0.8))


def buyer_right(p: NationalPage) -> None:
    """The seller at the top left with its contacts; the buyer lower at the right, mostly without a word."""
    if p.maybe(0.3):
        brand(p, "left")
    left = p.stack(
        p.left,
        p.y,
        p.party("seller", p.contact_count, size=p.rng.choice((1, 1.2, 1.5))),
        role="seller",
        bold_first=p.maybe(0.6),
    )
    x = p.left + p.span * p.rng.uniform(0.52, 0.62)
    y = p.y + p.rng.choice((0, 0, 60, 120, 200))
    p.y = max(left, headed(p, "buyer", x, y, 0.35, attn=0.2, tax=0.25)) + p.step
    place(p)
    p.y = p.title(p.left, p.y)
    p.y = p.numbers(p.left, p.y, p.span * 0.5)
    p.body()
    p.foot()


def boxes(p: NationalPage) -> None:
    """Two frames side by side, each with its heading; numbers above or below."""
    if p.maybe(0.4):
        brand(p, p.rng.choice(("left", "right")))
    first = p.maybe(0.7)
    if first:
        p.y = p.title(p.left, p.y)
        p.y = p.numbers(p.left, p.y, p.span) if p.maybe(0.4) else p.y
    p.y += 0.5 * p.step
    order = ["seller", "buyer"] if p.maybe(0.75) else ["buyer", "seller"]
    top, ends = p.y, []
    for number, who in enumerate(order):
        x = p.left + number * (p.span / 2 + 8)
        ends.append(headed(p, who, x + 8, top + 6, 1.0, more=p.rng.choice((0, 1, 3)), tax=0.6, width=0.46 * p.span))
    for number in range(2):
        x = p.left + number * (p.span / 2 + 8)
        p.box(x, top, x + p.span / 2 - 8, max(ends) + 8)
    p.y = max(ends) + p.step
    if not first:
        p.y = p.title(p.left, p.y)
    if p.maybe(0.5) or not first:
        p.y = p.numbers(p.left, p.y, p.span)
    p.body()
    p.foot()


def named_boxes(p: NationalPage) -> None:
    """A form for each party: a label before every value, values at a tab or behind a colon."""
    p.y = p.title(p.left if p.maybe(0.5) else WIDTH / 2, p.y, "left") + p.step * 0.5
    beside = p.maybe(0.6)
    tab = p.maybe(0.5)
    name, address, tops = p.say("name"), p.say("address"), []
    y = p.y
    for number, who in enumerate(("seller", "buyer")):
        x = p.left + number * p.span * 0.52 if beside else p.left
        y = p.y if beside else y + p.step * 0.6
        side = p.sides[who]
        p.put(x, y, [label(f"{who}.name", p.head(who)), p.colon], p.face.strong(), "left", who)
        y += 1.3 * p.step
        rows: list[tuple[str, Parts]] = [(name, p.name(who))]
        split = p.maybe(0.3)
        rows += [(address if not k else "", parts) for k, parts in enumerate(p.address(who, None if split else ", "))]
        if not side.private and p.maybe(0.8):
            tax = p.tax_line(who)
            rows.append((str(tax[0].text), [tax[2]]) if not isinstance(tax[0], str) else ("", tax))
        if p.maybe(0.4):
            rows.append((p.say("tel"), [value(f"{who}.phone", side.phone)]))
        if p.maybe(0.3):
            rows.append((p.say("mail"), [side.mail]))
        for key, parts in rows:
            if tab or not key:
                p.put(x, y, [key, ":"] if key else "", p.face, "left", who)
                p.stack(x + 0.15 * p.span, y, [(parts, 0.85)], role=who, width=0.33 * p.span)
            else:
                p.stack(x, y, [([key, ": ", *parts], 0.85)], role=who, width=0.48 * p.span)
            y += p.step
        tops.append(y)
    p.y = max(tops) + p.step
    p.y = p.numbers(p.left, p.y, p.span * 0.5)
    p.body()
    p.foot()


def columns(p: NationalPage) -> None:
    """A letterhead with a large title beside it; two to four columns under headings."""
    left = p.stack(
        p.left,
        p.y,
        p.party("seller", p.rng.choice((0, 1, 2, 3)), size=p.rng.choice((1, 1.3, 1.7))),
        role="seller",
        bold_first=True,
    )
    right = p.title(p.right, p.y, "right", p.rng.uniform(1.6, 3))
    if p.maybe(0.4):
        right = p.numbers(p.left + 0.62 * p.span, right, 0.38 * p.span, p.rng.choice(("tab", "right", "colon")))
        shown = True
    else:
        shown = False
    p.y = max(left, right) + p.step
    whos = ["buyer", "other"] if p.maybe(0.6) else ["buyer"]
    if p.maybe(0.12):
        whos.reverse()
    width = p.span / (len(whos) + (not shown))
    ends = [
        headed(p, who, p.left + number * width, p.y, 1.0, attn=0.15, width=0.95 * width)
        for number, who in enumerate(whos)
    ]
    if not shown:
        ends.append(p.numbers(p.left + len(whos) * width, p.y, width, p.rng.choice(("tab", "colon", "stacked"))))
    p.y = max(ends) + p.step
    p.body()
    p.foot(False)


def from_to(p: NationalPage) -> None:
    """A title, numbers, and both parties side by side under `From` and `To` (or the seller without a word)."""
    p.y = p.title(p.left, p.y, size=2.2)
    if p.maybe(0.4):
        brand_word(p, p.right, p.y - 60, "right")
    if p.maybe(0.6):
        p.y = p.numbers(p.left, p.y, p.span * 0.45) + p.step
        shown = True
    else:
        shown = False
    worded = p.maybe(0.65)
    x = p.left + p.span * p.rng.uniform(0.36, 0.5)
    order = ("seller", "buyer") if p.maybe(0.8) else ("buyer", "seller")
    ends = []
    for who, at in zip(order, (p.left, x), strict=True):
        share = 1.0 if who == "buyer" or worded else 0.0
        more = p.rng.choice((0, 1, 2)) if who == "seller" else p.rng.choice((0, 0, 1))
        room = (x if at == p.left else p.right) - at - 16
        ends.append(headed(p, who, at, p.y, share, more=more, width=room if shown else min(room, 0.35 * p.span)))
    if not shown:
        at = p.left + 0.72 * p.span
        ends.append(p.numbers(at, p.y, p.right - at, p.rng.choice(("stacked", "colon"))))
    p.y = max(ends) + p.step
    p.body()
    p.foot(False)


def title_buyer_seller(p: NationalPage) -> None:
    """The title over the buyer at the left without a word, stacked numbers in the middle, the seller at the right."""
    brand(p, p.rng.choice(("right", "right", "left")))
    top = p.y
    y = p.title(p.left, p.y, size=2)
    left = p.stack(
        p.left + p.rng.choice((0, 30)), y, p.party("buyer", attn=0.2, tax=0.2), role="buyer", width=0.42 * p.span
    )
    middle = p.numbers(p.left + 0.46 * p.span, top, 0.24 * p.span, "stacked")
    right = p.stack(
        p.left + 0.74 * p.span,
        top,
        [(parts, s * 0.9) for parts, s in p.party("seller", p.rng.choice((0, 1, 2)))],
        role="seller",
        width=0.26 * p.span,
    )
    p.y = max(left, middle, right) + p.step
    p.body()
    p.foot(False)


def centred(p: NationalPage) -> None:
    """The seller in the middle, line by line or joined, over the buyer at the left."""
    joint = p.rng.choice((" · ", " | ", ", ", " • ", " - "))
    size = p.rng.choice((1.3, 1.7, 2.2))
    lines = [(p.name("seller"), size)]
    if p.maybe(0.5):
        lines += [(parts, 0.9) for parts in p.address("seller", joint)]
        more = p.contacts("seller", p.rng.choice((0, 2, 3)))
        joined: list[TextPart | str] = []
        for number, parts in enumerate(more):
            joined += [joint if number else "", *parts]
        lines += [(joined, 0.85)] if joined else []
    else:
        lines += [(parts, 0.9) for parts in [*p.address("seller"), *p.contacts("seller")]]
    p.y = p.stack(WIDTH / 2, p.y, lines, "center", "seller", bold_first=True) + p.step
    first = p.maybe(0.6)
    if first:
        p.y = p.title(WIDTH / 2, p.y, "center") + p.step * 0.5
    x = p.left + p.span * 0.6
    p.y = max(headed(p, "buyer", p.left, p.y, 0.7, attn=0.15), p.numbers(x, p.y, p.right - x)) + p.step
    if not first:
        p.y = p.title(p.left, p.y)
    p.body()
    p.foot(False)


def seller_right(p: NationalPage) -> None:
    """The seller at the top right, flush left or right; the buyer at the left, at the same height or lower."""
    if p.maybe(0.35):
        brand(p, p.rng.choice(("left", "right")))
    flush = p.maybe(0.45)
    x = p.right if flush else p.left + p.span * p.rng.uniform(0.6, 0.7)
    lines = [(parts, s * 0.95) for parts, s in p.party("seller", p.contact_count, size=p.rng.choice((1, 1.2)))]
    right = p.stack(x, p.y, lines, "right" if flush else "left", "seller", bold_first=p.maybe(0.6))
    y = p.y + p.rng.choice((0, 30, 90, 150))
    left = headed(p, "buyer", p.left, y, 0.4, attn=0.25, tax=0.15)
    p.y = max(left, right) + p.step
    place(p)
    p.y = p.title(p.left, p.y)
    p.y = p.numbers(p.left, p.y, p.span * 0.6)
    p.body()
    p.foot()


def foot_only(p: NationalPage) -> None:
    """A logo's word alone at the top; name and address of the seller stand at the foot."""
    brand(p, p.rng.choice(("left", "right", "center")))
    y = p.y + p.rng.uniform(40, 120)
    x = p.left + p.span * 0.6
    buyer_x, numbers_x = (p.left, x) if p.maybe(0.7) else (x, p.left)
    p.y = max(headed(p, "buyer", buyer_x, y, 0.3, attn=0.25), p.numbers(numbers_x, y, p.span * 0.4)) + p.step
    p.y = p.title(p.left, p.y)
    p.body()
    if p.maybe(0.7):
        p.foot(True)
    else:
        joint = p.rng.choice((" · ", " | ", ", ", " • ", " - "))
        parts: list[TextPart | str] = [*p.name("seller"), joint, *p.address("seller", joint)[0]]
        p.put(WIDTH / 2, HEIGHT - 130, parts, p.face.scaled(0.7), "center", "foot")
        more: list[TextPart | str] = []
        for k, each in enumerate(p.contacts("seller", 3)):
            more += [joint if k else "", *each]
        p.put(WIDTH / 2, HEIGHT - 105, more, p.face.scaled(0.7), "center", "foot")


def label_column(p: NationalPage) -> None:
    """Words at the left, what they name at a tab: the parties as rows of a list."""
    p.y = p.title(p.left, p.y) + p.step
    tab = p.left + p.span * p.rng.uniform(0.2, 0.3)
    rows = ["seller", "buyer"] if p.maybe(0.8) else ["buyer", "seller"]
    y = p.y
    if p.maybe(0.4):
        y = p.numbers(p.left, y, p.span * 0.5, "tab") + 0.5 * p.step
    for who in rows:
        p.put(p.left, y, [label(f"{who}.name", p.head(who)), p.colon], p.face, "left", who)
        y = p.stack(tab, y, p.party(who, p.rng.choice((0, 0, 2)), tax=0.4), role=who) + 0.4 * p.step
    p.y = y + p.step
    if p.maybe(0.5):
        p.y = p.numbers(p.left, p.y, p.span * 0.5)
    p.body()
    p.foot(False)


def inline_words(p: NationalPage) -> None:
    """`Bill to: Name` in one line, the address below it or behind it."""
    p.y = p.stack(p.left, p.y, p.party("seller", p.contact_count, size=1.4), role="seller", bold_first=True) + p.step
    p.y = p.title(p.right if p.maybe(0.5) else p.left, p.y, "left")
    y = p.y
    if p.maybe(0.5):
        p.put(
            p.left,
            y,
            [label("buyer.name", p.head("buyer").rstrip(":")), ": ", *p.name("buyer")],
            p.face,
            "left",
            "buyer",
        )
        if p.maybe(0.5):
            p.put(p.left, y + p.step, [p.say("address"), ": ", *p.address("buyer", ", ")[0]], p.face, "left", "buyer")
            y += 2 * p.step
        else:
            y = p.stack(p.left, y + p.step, [(parts, 1.0) for parts in p.address("buyer")], role="buyer")
    else:
        parts = [
            label("buyer.name", p.head("buyer").rstrip(":")),
            ": ",
            *p.name("buyer"),
            ", ",
            *p.address("buyer", ", ")[0],
        ]
        p.put(p.left, y, parts, p.face.scaled(0.9), "left", "buyer")
        y += p.step
    p.y = p.numbers(p.left, y + 0.5 * p.step, p.span * 0.5, p.rng.choice(("colon", "tab")))
    p.body()
    p.foot(False)


def buyer_first(p: NationalPage) -> None:
    """The buyer at the top; the seller's details below the goods or at the end."""
    p.y = p.title(p.left, p.y, size=2.4) + p.step * 0.4
    y = headed(p, "buyer", p.left, p.y, 0.9, attn=0.2)
    x = p.left + 0.6 * p.span
    p.y = max(y, p.numbers(x, p.y, p.right - x)) + p.step
    p.body()
    head = p.rng.choice((p.say("seller"), p.say("of_seller"), p.say("pay")))
    p.put(p.left, p.y, [label("seller.name", head), p.colon], p.face.strong(), "left", "seller")
    p.y = p.stack(p.left, p.y + 1.2 * p.step, p.party("seller", p.rng.choice((0, 2, 3))), role="seller")


def remit_stub(p: NationalPage) -> None:
    """An American bill: letterhead, `Bill To`, and a stub to remit with the payment at the foot."""
    left = p.stack(p.left, p.y, p.party("seller", 1, size=1.3), role="seller", bold_first=True)
    p.y = max(left, p.numbers(p.left + 0.6 * p.span, p.y, 0.4 * p.span)) + p.step
    p.y = p.title(WIDTH / 2, p.y, "center")
    x = p.left + 0.5 * p.span
    ends = [headed(p, "buyer", p.left, p.y, 0.9, attn=0.3)]
    if p.maybe(0.5):
        ends.append(headed(p, "other", x, p.y, 1.0))
    p.y = max(ends) + p.step
    p.body()
    y = max(p.y + p.step, HEIGHT - 300)
    p.line(p.left, y - 10, p.right, y - 10, dash=True)
    p.put(p.left, y, [p.say("pay"), p.colon], p.face.strong(), "left", "foot")
    p.stack(p.left, y + p.step, p.party("seller"), role="foot")
    p.put(x, y, [label("total_gross", p.say("number")), ": ", p.of.number], p.face, "left", "foot")


def head_columns(p: NationalPage) -> None:
    """The head in columns: name, address, contacts, each beside the other; the buyer below at either side."""
    blocks = [
        [(p.name("seller"), 1.4)],
        [(parts, 0.85) for parts in p.address("seller")],
        [(parts, 0.85) for parts in p.contacts("seller", 3)],
    ]
    width = p.span / 3
    ends = [
        p.stack(p.left + k * width, p.y, block, role="seller", width=0.94 * width) for k, block in enumerate(blocks)
    ]
    p.line(p.left, max(ends) + 4, p.right, max(ends) + 4)
    p.y = max(ends) + 1.5 * p.step
    x = p.left + 0.58 * p.span
    buyer_x, other_x = (p.left, x) if p.maybe(0.6) else (x, p.left)
    p.y = max(headed(p, "buyer", buyer_x, p.y, 0.5, attn=0.2, tax=0.2), p.numbers(other_x, p.y, 0.4 * p.span)) + p.step
    p.y = p.title(p.left, p.y)
    p.body()
    p.foot(False)


def freelancer(p: NationalPage) -> None:
    """A person's name large, what they do below it, the address in one line; the buyer under `To`."""
    align = p.rng.choice(("left", "left", "center", "right"))
    x = {"left": p.left, "center": WIDTH / 2, "right": p.right}[align]
    lines = [(p.name("seller"), p.rng.uniform(1.5, 2.4))]
    if p.maybe(0.5):
        lines.append(([p.say("goods")], 0.9))
    lines += [(parts, 0.9) for parts in p.address("seller", p.rng.choice((", ", " | ", " · ", None)))]
    lines += [(parts, 0.9) for parts in p.contacts("seller", 2)]
    p.y = p.stack(x, p.y, lines, align, "seller", bold_first=p.maybe(0.5)) + 2 * p.step
    y = headed(p, "buyer", p.left, p.y, 0.5, tax=0.2)
    p.y = max(y, p.numbers(p.left + 0.6 * p.span, p.y, 0.4 * p.span)) + p.step
    p.y = p.title(p.left, p.y)
    p.body()
    p.foot(False)


def supply(p: NationalPage) -> None:
    """A bill of a supplier: its logo and service desk, the customer in the window, another address of supply."""
    brand(p, p.rng.choice(("left", "right")))
    top = p.y + 20
    left = p.stack(
        p.left, top, [([p.say("contact")], 0.9), *[(parts, 0.8) for parts in p.contacts("seller", 3)]], role="noise"
    )
    if p.maybe(0.6):
        left = p.numbers(p.left, left + 0.5 * p.step, 0.42 * p.span)
        shown = True
    else:
        shown = False
    x = p.left + 0.55 * p.span
    right = headed(p, "buyer", x, top + p.rng.uniform(40, 120), 0.2)
    p.y = max(left, right) + p.step
    if p.maybe(0.7):
        p.y = headed(p, "other", p.left, p.y, 1.0) + p.step
    p.y = p.title(p.left, p.y)
    if not shown:
        p.y = p.numbers(p.left, p.y, 0.5 * p.span)
    p.body()
    p.foot(True) if p.maybe(0.6) else p.foot(False)
    if "seller.name" not in p.printed:
        p.put(
            p.left,
            HEIGHT - 90,
            [*p.name("seller"), " - ", *p.address("seller", ", ")[0]],
            p.face.scaled(0.7),
            "left",
            "foot",
        )


def sidebar(p: NationalPage) -> None:
    """The seller's details in a narrow column at one side, over the whole height; the letter beside it."""
    at_left = p.maybe(0.5)
    side_x = p.left if at_left else p.left + 0.76 * p.span
    start = p.y
    y = (
        p.stack(
            side_x,
            start,
            [(parts, 0.8) for parts, _ in p.party("seller")],
            role="seller",
            bold_first=True,
            width=0.24 * p.span,
        )
        + p.step
    )
    y = p.stack(side_x, y, [(parts, 0.75) for parts in p.contacts("seller", 4)], role="seller", width=0.24 * p.span)
    p.stack(side_x, y + p.step, [([p.of.bank], 0.75), (["IBAN ", p.of.iban], 0.6)], role="foot")
    if at_left:
        p.left += 0.28 * p.span
    else:
        p.right = p.left + 0.72 * p.span
    p.y = headed(p, "buyer", p.left, start + p.rng.uniform(0, 120), 0.4, attn=0.2) + p.step
    p.y = p.title(p.left, p.y)
    p.y = p.numbers(p.left, p.y, p.span * 0.7, p.rng.choice(("tab", "colon")))
    p.body()


def three_boxes(p: NationalPage) -> None:
    """Seller, buyer and place of delivery, one beside the other or the delivery below the buyer."""
    p.y = p.title(p.left, p.y)
    p.y = p.numbers(p.left, p.y, p.span, p.rng.choice(("grid", "colon"))) + 0.5 * p.step
    whos = ["seller", "buyer", "other"]
    width = p.span / 3
    old, p.face = p.face, p.face.scaled(0.85)
    ends = [headed(p, who, p.left + k * width, p.y, 1.0, tax=0.5, width=0.94 * width) for k, who in enumerate(whos)]
    p.face = old
    p.y = max(ends) + p.step
    p.body()
    p.foot(False)


LAYOUTS: tuple[Layout, ...] = (
    window, buyer_right, boxes, named_boxes, columns, from_to, title_buyer_seller, centred, seller_right, foot_only, label_column,
    inline_words, buyer_first, remit_stub, head_columns, freelancer, supply, sidebar, three_boxes,
)  # fmt: skip
USUAL: dict[str, tuple[Layout, ...]] = {
    "DE": (window,) * 6, "AT": (window,) * 4, "CH": (window,) * 3, "FR": (buyer_right, boxes) * 3, "BE": (buyer_right,) * 4,
    "IT": (buyer_right, boxes, named_boxes) * 2, "NL": (seller_right, window) * 3, "ES": (boxes, buyer_right, seller_right) * 2,
    "PL": (boxes, label_column, three_boxes) * 3, "PT": (buyer_right,) * 4, "US": (columns, remit_stub, from_to) * 2,
    "GB": (columns, centred, seller_right) * 2, "AU": (title_buyer_seller, from_to) * 2,
}  # fmt: skip
"""What a country sees more often."""


def make_national(seed: int, language: str) -> SynthDocument:
    """Make an invoice of a language's country; the same arguments give the same document."""
    rng = Random(f"national {language} {seed}")
    page = NationalPage(rng, draw_invoice(rng, language))
    layout = rng.choice([*LAYOUTS, *USUAL.get(page.of.country, ())])
    layout(page)
    return page.finish(seed, layout.__name__)


def headed(
    p: NationalPage,
    who: str,
    x: float,
    y: float,
    share: float,
    *,
    more: int = 0,
    attn: float = 0.0,
    tax: float = 0.0,
    width: float = 0.0,
) -> float:
    """Set a party's block, under a word that names it in a `share` of cases; return the y below."""
    if p.maybe(share):
        path = "other.party" if who == "other" else f"{who}.name"
        p.put(
            x,
            y,
            [label(path, p.head(who)), p.colon],
            p.face.strong(p.maybe(0.6)).scaled(p.rng.choice((0.8, 1, 1.1))),
            "left",
            who,
        )
        y += p.step * p.rng.choice((1.1, 1.1, 1.5))
    return p.stack(x, y, p.party(who, more, attn=attn, tax=tax), role=who, bold_first=p.maybe(0.3), width=width)


def brand(p: NationalPage, align: str) -> None:
    """Set a logo: a drawing alone, the brand's word, or the whole name; `y` is below it."""
    x = {"left": p.left, "center": WIDTH / 2, "right": p.right}[align]
    brand_word(p, x, p.y, align)
    p.y += p.rng.uniform(70, 110)


def brand_word(p: NationalPage, x: float, y: float, align: str) -> None:
    """Set the word of a logo, where it has one."""
    word = p.of.seller.brand
    if p.maybe(0.7):
        face = p.face.scaled(p.rng.uniform(1.5, 2.6)).strong(p.maybe(0.7))
        p.put(x, y, [value("other.trade_name", word.upper() if p.maybe(0.3) else word)], face, align, "logo")
        if p.maybe(0.15):
            p.put(x, y + face.size * 1.3, p.say("goods"), p.face.scaled(0.8), align, "noise")


def place(p: NationalPage) -> None:
    """Set `Town, date` where the language has it."""
    text = p.say("place")
    if text and p.maybe(0.3):
        p.put(p.right, p.y, text.format(c=p.of.seller.city, d=p.of.issued), p.face, "right", "noise")
        p.y += 1.4 * p.step
