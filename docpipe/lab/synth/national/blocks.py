"""Blocks that several layouts set: a party under its heading, a logo, the place and date of a letter."""

from __future__ import annotations

from docpipe.lab.synth.national.page import WIDTH, NationalPage
from docpipe.lab.synth.sheet import label, value


def put_party(
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
            p.face.strong(p.maybe(0.6)).scale(p.rng.choice((0.8, 1, 1.1))),
            "left",
            who,
        )
        y += p.step * p.rng.choice((1.1, 1.1, 1.5))
    return p.stack(x, y, p.party(who, more, attn=attn, tax=tax), role=who, bold_first=p.maybe(0.3), width=width)


def put_brand(p: NationalPage, align: str) -> None:
    """Set a logo: a drawing alone, the brand's word, or the whole name; `y` is below it."""
    x = {"left": p.left, "center": WIDTH / 2, "right": p.right}[align]
    put_brand_word(p, x, p.y, align)
    p.y += p.rng.uniform(70, 110)


def put_brand_word(p: NationalPage, x: float, y: float, align: str) -> None:
    """Set the word of a logo, where it has one."""
    word = p.of.seller.brand
    if p.maybe(0.7):
        face = p.face.scale(p.rng.uniform(1.5, 2.6)).strong(p.maybe(0.7))
        p.put(x, y, [value("other.trade_name", word.upper() if p.maybe(0.3) else word)], face, align, "logo")
        if p.maybe(0.15):
            p.put(x, y + face.size * 1.3, p.say("goods"), p.face.scale(0.8), align, "noise")


def put_place_and_date(p: NationalPage) -> None:
    """Set `Town, date` where the language has it."""
    text = p.say("place")
    if text and p.maybe(0.3):
        p.put(p.right, p.y, text.format(c=p.of.seller.city, d=p.of.issued), p.face, "right", "noise")
        p.y += 1.4 * p.step
