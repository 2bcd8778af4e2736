"""A letter-sized document under construction: margins, type, page breaks, and what one invoice says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from docpipe.lab.synth import identifiers, names_and_goods, purchase
from docpipe.lab.synth.issuer import Issuer, Wording
from docpipe.lab.synth.paper import Paper
from docpipe.lab.synth.purchase import Purchase
from docpipe.lab.synth.sheet import Face, Parts
from docpipe.lab.synth.text_widths import CJK_FAMILIES
from docpipe.lab.synth.wordings import word, words_for

DPI = 150
UNIT = DPI / 72
"""Pixels of a typographic point."""
COLOURS = ("black", "black", "black", "#1a1a1a", "#333333", "#102a54", "#4a4a4a")


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What one invoice, credit note or order says."""

    kind: str
    number: str
    issued: date
    due: date
    period: tuple[date, date]
    order: str
    contract: str
    customer: str
    buyer: names_and_goods.Party
    buyer_tax: str
    buyer_contact: str
    delivery: names_and_goods.Party
    delivered: date
    terms: str
    bought: Purchase
    note: str

    @classmethod
    def draw(cls, rng: Random, issuer: Issuer, kind: str, bought: Purchase) -> InvoiceFacts:
        issued = date(2010, 1, 1) + timedelta(days=rng.randrange(365 * 16))
        days = rng.choice((7, 10, 14, 14, 15, 20, 21, 30, 30, 30, 45, 60))
        start = (issued - timedelta(days=rng.choice((28, 30, 31, 60, 90)))).replace(day=1)
        end = start + timedelta(days=rng.choice((27, 29, 30, 89, 364)))
        buyer = names_and_goods.party(rng, issuer.language, issuer.country, False)
        siren = identifiers.siren(rng)
        shapes = [identifiers.number_shape(rng) for _ in range(3)]
        made = [identifiers.draw_number(rng, shape, issued.year, issued.month) for shape in shapes]
        private = rng.random() < 0.12 and issuer.language != "zh"
        if private:
            who = names_and_goods.person(rng, issuer.language, issuer.country)
            buyer = names_and_goods.Party(who, buyer.address, buyer.city, "", who, "", buyer.phone, buyer.fax)
        return cls(
            kind,
            identifiers.draw_number(rng, issuer.number_shape, issued.year, issued.month),
            issued,
            issued + timedelta(days=days),
            (start, end),
            made[0],
            made[1],
            made[2],
            buyer,
            "" if private else identifiers.tax_id(rng, issuer.country, siren),
            names_and_goods.person(rng, issuer.language, issuer.country),
            names_and_goods.party(rng, issuer.language, issuer.country, False),
            issued - timedelta(days=rng.randint(0, 20)),
            word(rng, issuer.language, "terms").replace("{n}", str(days)),
            bought,
            word(rng, issuer.language, "for").replace(
                "{x}", issuer.formats.day(issued - timedelta(days=rng.randint(1, 60)))
            ),
        )


class InvoicePage(Paper):
    """Pages with margins. `fit` breaks pages; `on_page` draws what every page carries."""

    def __init__(self, issuer: Issuer, rng: Random) -> None:
        draws = issuer.style()
        letter = issuer.country == "US"
        landscape = draws.random() < 0.03
        size = (612, 792) if letter else (595, 842)
        width, height = (round(side * UNIT) for side in (size[::-1] if landscape else size))
        super().__init__(width, height, issuer, rng)
        self.draws = draws
        family = (
            draws.choice(CJK_FAMILIES)
            if issuer.language == "zh"
            else draws.choice(["sans", "sans", "sans", "narrow", "wide", "serif", "serif", "slab", "mono"])
        )
        points = draws.choice((7, 7.5, 8, 8.5, 9, 9, 9.5, 10, 10, 10.5, 11))
        if family in ("wide", "mono", "slab"):
            points = min(points, 9)
        self.face = Face(family, points * UNIT)
        self.leading = draws.uniform(1.12, 1.55)
        self.left = draws.uniform(24, 72) * UNIT
        self.right = width - draws.uniform(24, 66) * UNIT
        self.top = draws.uniform(20, 50) * UNIT
        self.bottom = height - draws.uniform(55, 110) * UNIT
        self.colour = draws.choice(COLOURS)
        self.tint = draws.choice(("#e6e6e6", "#dfe8f5", "#efefef", "#f5ead7", "#d9d9d9", "#e3f0e3"))
        self.say = Wording(issuer, "upper" if draws.random() < 0.12 and issuer.language != "zh" else "")
        self.on_page: Callable[[], None] = lambda: None
        self.footer_always = False
        """Whether the foot names the firm, as nothing else does."""
        self.y = self.top

    @property
    def step(self) -> float:
        return self.face.size * self.leading

    @property
    def span(self) -> float:
        return self.right - self.left

    def block(
        self, x: float, y: float, lines: Sequence[Parts], face: Face | None = None, align: str = "left", role: str = ""
    ) -> float:
        """Set lines under each other from `y`; return where the next would begin."""
        face = face or self.face
        for parts in lines:
            self.put(x, y, parts, face, align, role)
            y += face.size * self.leading
        return y

    def wrap(self, text: str, width: float, face: Face | None = None) -> list[str]:
        """Break text at blanks (between any two characters where there are none) to lines of at most `width`."""
        face = face or self.face
        lines: list[str] = []
        for paragraph in text.split("\n"):
            line = ""
            pieces = paragraph.split(" ") if self.issuer.language != "zh" else list(paragraph)
            glue = " " if self.issuer.language != "zh" else ""
            for piece in pieces:
                longer = f"{line}{glue}{piece}" if line else piece
                if line and face.width(longer) > width:
                    lines.append(line)
                    longer = piece
                line = longer
            lines.append(line)
        return [line for line in lines if line.strip()]

    def fit(self, height: float) -> bool:
        """Begin a new page if `height` is not left on this one; return whether it did."""
        if self.y + height <= self.bottom:
            return False
        self.turn()
        self.y = self.top
        self.on_page()
        return True

    def plain(self, key: str) -> str:
        """Return the issuer's wording of a key, or another where it names a rate that may not be the document's."""
        wording = self.say(key)
        if any(character.isdigit() for character in wording):
            wording = next(each for each in words_for(self.issuer.language, key) if not any(c.isdigit() for c in each))
        return wording

    def random_day(self) -> date:
        """Some day of the last years."""
        return date(2015, 1, 1) + timedelta(days=self.rng.randrange(3650))

    def maybe(self, share: float) -> bool:
        """A decision of the issuer's style."""
        return self.draws.random() < share


def goods_for(issuer: Issuer, rng: Random, kind: str, count: int) -> Purchase:
    """Draw what an invoice bills: rows with taxes, allowances, charges and earlier payments."""
    style = Random(f"goods {issuer.id}")
    rates = purchase.RATES[issuer.country]
    if issuer.country == "US":
        rates = (style.choice(rates),)
    roll = style.random()
    used: Sequence[str] = rates[:1] if roll < 0.55 else rates if roll < 0.9 else ()
    inclusive = style.random() < 0.1 and bool(used) and issuer.country != "US"
    trade = purchase.Trade(
        issuer.language,
        issuer.country,
        inclusive=inclusive,
        number=style.randrange(1000),
        rates=used,
        discounts=0.5 if style.random() < 0.15 else 0.0,
        sign=-1 if kind == "credit_note" and style.random() < 0.4 else 1,
    )
    bought = purchase.draw(rng, count, trade)
    if kind == "credit_note":
        return bought
    return purchase.with_extras(rng, bought, 0.12, 0.15, 0.15)
