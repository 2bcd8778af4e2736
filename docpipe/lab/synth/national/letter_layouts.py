"""Letters: the seller as a letterhead or a foot, the buyer where a window or the eye expects it."""

from __future__ import annotations

from docpipe.lab.synth.national.blocks import put_brand, put_party, put_place_and_date
from docpipe.lab.synth.national.page import HEIGHT, WIDTH, NationalPage
from docpipe.lab.synth.sheet import TextPart, value


def window(p: NationalPage) -> None:
    """The sender in a small line over the recipient in a window, an information block at the right, a full foot."""
    put_brand(p, p.rng.choice(("left", "right", "center")))
    y = max(p.y + 40, p.rng.uniform(240, 330))
    mark = p.rng.choice((" · ", " - ", ", ", " • ", " | ", " – "))
    parts: list[TextPart | str] = [*p.name("seller")]
    for line in p.of.seller.lines:
        parts += [mark, value("seller.address", line)]
    p.put(p.left, y, parts, p.face.scale(0.62), "left", "seller")
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
        put_brand(p, "left")
    left = p.stack(
        p.left,
        p.y,
        p.party("seller", p.contact_count, size=p.rng.choice((1, 1.2, 1.5))),
        role="seller",
        bold_first=p.maybe(0.6),
    )
    x = p.left + p.span * p.rng.uniform(0.52, 0.62)
    y = p.y + p.rng.choice((0, 0, 60, 120, 200))
    p.y = max(left, put_party(p, "buyer", x, y, 0.35, attn=0.2, tax=0.25)) + p.step
    put_place_and_date(p)
    p.y = p.title(p.left, p.y)
    p.y = p.numbers(p.left, p.y, p.span * 0.5)
    p.body()
    p.foot()


def seller_right(p: NationalPage) -> None:
    """The seller at the top right, flush left or right; the buyer at the left, at the same height or lower."""
    if p.maybe(0.35):
        put_brand(p, p.rng.choice(("left", "right")))
    flush = p.maybe(0.45)
    x = p.right if flush else p.left + p.span * p.rng.uniform(0.6, 0.7)
    lines = [(parts, s * 0.95) for parts, s in p.party("seller", p.contact_count, size=p.rng.choice((1, 1.2)))]
    right = p.stack(x, p.y, lines, "right" if flush else "left", "seller", bold_first=p.maybe(0.6))
    y = p.y + p.rng.choice((0, 30, 90, 150))
    left = put_party(p, "buyer", p.left, y, 0.4, attn=0.25, tax=0.15)
    p.y = max(left, right) + p.step
    put_place_and_date(p)
    p.y = p.title(p.left, p.y)
    p.y = p.numbers(p.left, p.y, p.span * 0.6)
    p.body()
    p.foot()


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
    p.y = max(put_party(p, "buyer", p.left, p.y, 0.7, attn=0.15), p.numbers(x, p.y, p.right - x)) + p.step
    if not first:
        p.y = p.title(p.left, p.y)
    p.body()
    p.foot(False)


def foot_only(p: NationalPage) -> None:
    """A logo's word alone at the top; name and address of the seller stand at the foot."""
    put_brand(p, p.rng.choice(("left", "right", "center")))
    y = p.y + p.rng.uniform(40, 120)
    x = p.left + p.span * 0.6
    buyer_x, numbers_x = (p.left, x) if p.maybe(0.7) else (x, p.left)
    p.y = max(put_party(p, "buyer", buyer_x, y, 0.3, attn=0.25), p.numbers(numbers_x, y, p.span * 0.4)) + p.step
    p.y = p.title(p.left, p.y)
    p.body()
    if p.maybe(0.7):
        p.foot(True)
    else:
        joint = p.rng.choice((" · ", " | ", ", ", " • ", " - "))
        parts: list[TextPart | str] = [*p.name("seller"), joint, *p.address("seller", joint)[0]]
        p.put(WIDTH / 2, HEIGHT - 130, parts, p.face.scale(0.7), "center", "foot")
        more: list[TextPart | str] = []
        for k, each in enumerate(p.contacts("seller", 3)):
            more += [joint if k else "", *each]
        p.put(WIDTH / 2, HEIGHT - 105, more, p.face.scale(0.7), "center", "foot")


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
    y = put_party(p, "buyer", p.left, p.y, 0.5, tax=0.2)
    p.y = max(y, p.numbers(p.left + 0.6 * p.span, p.y, 0.4 * p.span)) + p.step
    p.y = p.title(p.left, p.y)
    p.body()
    p.foot(False)


def supply(p: NationalPage) -> None:
    """A bill of a supplier: its logo and service desk, the customer in the window, another address of supply."""
    put_brand(p, p.rng.choice(("left", "right")))
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
    right = put_party(p, "buyer", x, top + p.rng.uniform(40, 120), 0.2)
    p.y = max(left, right) + p.step
    if p.maybe(0.7):
        p.y = put_party(p, "other", p.left, p.y, 1.0) + p.step
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
            p.face.scale(0.7),
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
    p.y = put_party(p, "buyer", p.left, start + p.rng.uniform(0, 120), 0.4, attn=0.2) + p.step
    p.y = p.title(p.left, p.y)
    p.y = p.numbers(p.left, p.y, p.span * 0.7, p.rng.choice(("tab", "colon")))
    p.body()


def title_buyer_seller(p: NationalPage) -> None:
    """The title over the buyer at the left without a word, stacked numbers in the middle, the seller at the right."""
    put_brand(p, p.rng.choice(("right", "right", "left")))
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
    p.y = (
        max(put_party(p, "buyer", buyer_x, p.y, 0.5, attn=0.2, tax=0.2), p.numbers(other_x, p.y, 0.4 * p.span)) + p.step
    )
    p.y = p.title(p.left, p.y)
    p.body()
    p.foot(False)
