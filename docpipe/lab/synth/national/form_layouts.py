"""Forms: both parties in frames, columns or rows of a list, mostly under words that name them."""

from __future__ import annotations

from docpipe.lab.synth.national.blocks import put_brand, put_brand_word, put_party
from docpipe.lab.synth.national.page import HEIGHT, WIDTH, NationalPage
from docpipe.lab.synth.sheet import Parts, label, value


def boxes(p: NationalPage) -> None:
    """Two frames side by side, each with its heading; numbers above or below."""
    if p.maybe(0.4):
        put_brand(p, p.rng.choice(("left", "right")))
    first = p.maybe(0.7)
    if first:
        p.y = p.title(p.left, p.y)
        p.y = p.numbers(p.left, p.y, p.span) if p.maybe(0.4) else p.y
    p.y += 0.5 * p.step
    order = ["seller", "buyer"] if p.maybe(0.75) else ["buyer", "seller"]
    top, ends = p.y, []
    for number, who in enumerate(order):
        x = p.left + number * (p.span / 2 + 8)
        ends.append(put_party(p, who, x + 8, top + 6, 1.0, more=p.rng.choice((0, 1, 3)), tax=0.6, width=0.46 * p.span))
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
        put_party(p, who, p.left + number * width, p.y, 1.0, attn=0.15, width=0.95 * width)
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
        put_brand_word(p, p.right, p.y - 60, "right")
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
        ends.append(put_party(p, who, at, p.y, share, more=more, width=room if shown else min(room, 0.35 * p.span)))
    if not shown:
        at = p.left + 0.72 * p.span
        ends.append(p.numbers(at, p.y, p.right - at, p.rng.choice(("stacked", "colon"))))
    p.y = max(ends) + p.step
    p.body()
    p.foot(False)


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
        p.put(p.left, y, parts, p.face.scale(0.9), "left", "buyer")
        y += p.step
    p.y = p.numbers(p.left, y + 0.5 * p.step, p.span * 0.5, p.rng.choice(("colon", "tab")))
    p.body()
    p.foot(False)


def buyer_first(p: NationalPage) -> None:
    """The buyer at the top; the seller's details below the goods or at the end."""
    p.y = p.title(p.left, p.y, size=2.4) + p.step * 0.4
    y = put_party(p, "buyer", p.left, p.y, 0.9, attn=0.2)
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
    ends = [put_party(p, "buyer", p.left, p.y, 0.9, attn=0.3)]
    if p.maybe(0.5):
        ends.append(put_party(p, "other", x, p.y, 1.0))
    p.y = max(ends) + p.step
    p.body()
    y = max(p.y + p.step, HEIGHT - 300)
    p.line(p.left, y - 10, p.right, y - 10, dash=True)
    p.put(p.left, y, [p.say("pay"), p.colon], p.face.strong(), "left", "foot")
    p.stack(p.left, y + p.step, p.party("seller"), role="foot")
    p.put(x, y, [label("total_gross", p.say("number")), ": ", p.of.number], p.face, "left", "foot")


def three_boxes(p: NationalPage) -> None:
    """Seller, buyer and place of delivery, one beside the other or the delivery below the buyer."""
    p.y = p.title(p.left, p.y)
    p.y = p.numbers(p.left, p.y, p.span, p.rng.choice(("grid", "colon"))) + 0.5 * p.step
    whos = ["seller", "buyer", "other"]
    width = p.span / 3
    old, p.face = p.face, p.face.scale(0.85)
    ends = [put_party(p, who, p.left + k * width, p.y, 1.0, tax=0.5, width=0.94 * width) for k, who in enumerate(whos)]
    p.face = old
    p.y = max(ends) + p.step
    p.body()
    p.foot(False)
