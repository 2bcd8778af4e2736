"""A page of a national invoice: what it says, and the blocks that its layouts set."""

# ruff: noqa: E501
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from docpipe.lab.synth.document import FieldLabel, SynthDocument
from docpipe.lab.synth.formats import CURRENCY, Formats
from docpipe.lab.synth.national.parties import COUNTRIES, Side, draw_side
from docpipe.lab.synth.national.words import PROGRAMS, WORDS, say
from docpipe.lab.synth.sheet import Face, Parts, Sheet, label, text_of, value
from docpipe.values.identifiers import compact

DPI, WIDTH, HEIGHT = 150, 1240, 1754
Lines = list[tuple[Parts, float]]
"""Texts one below the other, each with its size relative to the page's."""
_DATES = ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d")


@dataclass(frozen=True)
class Invoice:
    """What one invoice says."""

    language: str
    country: str
    seller: Side
    buyer: Side
    ship: Side
    number: str
    issued: str
    due: str
    order: str
    customer: str
    iban: str
    bank: str


def draw_invoice(rng: Random, language: str) -> Invoice:
    """Make up both parties, numbers and dates of one invoice."""
    country = rng.choice(COUNTRIES[language])
    abroad = rng.random() < 0.12
    seller = draw_side(rng, language, country, abroad=abroad or rng.random() < 0.15, private=rng.random() < 0.04)
    home = rng.random() < 0.9
    buyer = draw_side(
        rng,
        language,
        country if home else rng.choice(COUNTRIES[language]),
        private=rng.random() < 0.25,
        abroad=abroad or not home,
    )
    if buyer.name == seller.name:
        return draw_invoice(rng, language)
    day = date(2019, 1, 1) + timedelta(days=rng.randrange(2900))
    shape = "%m/%d/%Y" if country == "US" else rng.choice(_DATES)
    year = day.year
    number = rng.choice(
        (f"{rng.randint(100, 99999)}", f"{year}-{rng.randint(1, 9999):04d}", f"INV-{rng.randint(1, 99999):05d}", f"F{year % 100}/{rng.randint(1, 999)}",
         f"{rng.randint(1, 400)}/{rng.randint(1, 12):02d}/{year}", f"RE{rng.randint(1000, 99999)}", f"FT {year}/{rng.randint(1, 999)}")
    )  # fmt: skip
    iban = "GB US".find(country) < 0 and f"{country}{rng.randint(10, 99)} " + " ".join(
        f"{rng.randint(0, 9999):04d}" for _ in range(5)
    )
    return Invoice(
        language, country, seller, buyer, draw_side(rng, language, country), number, day.strftime(shape),
        (day + timedelta(days=rng.choice((14, 30)))).strftime(shape), f"{rng.randint(1000, 999999)}", f"{rng.choice(('', 'C', 'K-', 'D'))}{rng.randint(100, 99999)}",
        iban or f"{rng.randint(10**7, 10**8 - 1)}",
        rng.choice(("{c} Bank", "Banca {c}", "Sparkasse {c}", "Banque de {c}", "Bank {c} S.A.", "Rabobank", "Santander", "First National Bank", "Volksbank {c} eG", "Crédit du {c}")).format(c=seller.city),
    )  # fmt: skip


class NationalPage(Sheet):
    """One page with margins; layouts place blocks on it by themselves."""

    def __init__(self, rng: Random, invoice: Invoice) -> None:
        super().__init__(WIDTH, HEIGHT)
        self.rng, self.of = rng, invoice
        self.left, self.right = rng.uniform(70, 130), WIDTH - rng.uniform(70, 130)
        self.face = Face(rng.choice(("sans", "sans", "serif", "wide", "narrow")), rng.uniform(17, 22))
        self.step = self.face.size * rng.uniform(1.25, 1.6)
        self.colon = rng.choice((":", ":", "", " :"))
        self.printed: set[str] = set()
        self.contact_count = rng.choice((0, 1, 2, 3, 3, 4))
        self.y = rng.uniform(60, 110)
        self.upper = rng.random() < 0.15
        self.sides = {"seller": invoice.seller, "buyer": invoice.buyer, "other": invoice.ship}

    @property
    def span(self) -> float:
        return self.right - self.left

    def maybe(self, share: float) -> bool:
        return self.rng.random() < share

    def say(self, key: str) -> str:
        """Return a wording of a key, in capitals where the page has them."""
        text = say(self.rng, self.of.language, key)
        return text.upper() if self.upper and "{" not in text else text

    def stack(
        self, x: float, y: float, lines: Lines, align: str = "left", role: str = "", bold_first: bool = False,
        width: float = 0.0,
    ) -> float:  # fmt: skip
        """Set lines one below the other, smaller where they are wider than `width`; return the y below."""
        for number, (parts, scale) in enumerate(lines):
            face = self.face.scale(scale).strong(bold_first and number == 0)
            wide = face.width(text_of(parts))
            face = face.scale(max(0.6, width / wide)) if 0 < width < wide else face
            self.put(x, y, parts, face, align, role)
            y += self.step * scale
        return y

    # --- parties -----------------------------------------------------------------------------------------------------

    def name(self, who: str) -> Parts:
        """Return a party's name."""
        if who == "other":
            return [value("other.party", self.sides[who].name)]
        self.printed.add(f"{who}.name")
        return [value(f"{who}.name", self.sides[who].name)]

    def address(self, who: str, joint: str | None = None) -> list[Parts]:
        """Return the lines of a party's address, or one line with `joint` between its parts."""
        side = self.sides[who]
        path = "other.party" if who == "other" else f"{who}.address"
        self.printed.add(path)
        if joint is not None:
            return [[value(path, joint.join(side.lines))]]
        return [[value(path, line)] for line in side.lines]

    def attention(self) -> str:
        """Return a line that names a person or department at the buyer's."""
        other = self.of.ship
        return self.say("attn").format(other.person, s=other.surname)

    def tax_line(self, who: str) -> Parts:
        self.printed.add(f"{who}.tax_id")
        name = say(self.rng, self.of.language, "tax_id")
        if self.of.country == "US" and self.of.language == "en":
            name = self.rng.choice(("EIN", "Tax ID", "Federal Tax ID"))
        return [
            label(f"{who}.tax_id", name),
            self.rng.choice((": ", " ", ": ")),
            value(f"{who}.tax_id", self.sides[who].tax_id),
        ]

    def contacts(self, who: str = "seller", count: int | None = None) -> list[Parts]:
        """Return ways to reach a party, and its numbers."""
        side = self.sides[who]
        mark = self.rng.choice((": ", " ", ": "))
        made: list[Parts] = [
            [say(self.rng, self.of.language, "tel"), mark, value(f"{who}.phone" if who != "other" else "other.phone", side.phone)],
            [side.mail] if self.maybe(0.5) else [say(self.rng, self.of.language, "mail"), mark, side.mail],
            [side.web], [say(self.rng, self.of.language, "reg"), mark, side.register],
        ]  # fmt: skip
        if who != "other" and not (side.private):
            made.append(self.tax_line(who))
        self.rng.shuffle(made)
        made = made[: self.contact_count if count is None else count]
        tax = f"{who}.tax_id"
        if not any(not isinstance(p, str) and p.field == tax for parts in made for p in parts):
            self.printed.discard(tax)
        phone = f"{who}.phone"
        if any(not isinstance(p, str) and p.field == phone for parts in made for p in parts):
            self.printed.add(phone)
        return made

    def party(
        self,
        who: str,
        more: int = 0,
        *,
        attn: float = 0.0,
        tax: float = 0.0,
        size: float = 1.0,
    ) -> Lines:
        """Return the lines of a party: name, address, and so many contacts."""
        lines: Lines = [(self.name(who), size)]
        if self.maybe(attn):
            line = ([self.attention()], 1.0)
            lines.insert(0 if self.maybe(0.15) else 1, line)
        lines += [
            (parts, 1.0) for parts in self.address(who, self.rng.choice((", ", " - ")) if self.maybe(0.12) else None)
        ]
        if more:
            lines += [(parts, 1.0) for parts in self.contacts(who, more)]
        elif self.maybe(tax) and not self.sides[who].private:
            lines.append((self.tax_line(who), 1.0))
        return lines

    def head(self, who: str) -> str:
        return self.say({"seller": "seller", "buyer": "buyer", "other": "ship"}[who])

    # --- numbers and dates -------------------------------------------------------------------------------------------

    def facts(self) -> list[tuple[str, str, str]]:
        """Return what else is printed at the top: path, label, value."""
        of = self.of
        made = [("invoice_number", self.say("number"), of.number), ("issue_date", self.say("date"), of.issued)]
        extra = [
            ("due_date", self.say("due"), of.due), ("purchase_order", self.say("order"), of.order),
            ("buyer.customer_id", self.say("customer"), of.customer), ("payment_terms", self.say("terms"), self.say("days").format(n=30)),
            ("other.contact", self.say("contact"), of.ship.person), ("other.contact", self.say("contact"), of.seller.person),
        ]  # fmt: skip
        self.rng.shuffle(extra)
        seen: set[str] = set()
        for path, name, text in extra[: self.rng.choice((0, 1, 2, 2, 3, 4))]:
            if path not in seen:
                made.append((path, name, text))
                seen.add(path)
        if self.maybe(0.2):
            self.rng.shuffle(made)
        return made

    def numbers(self, x: float, y: float, width: float, shape: str = "") -> float:
        """Set number, dates and references; return the y below."""
        shape = shape or self.rng.choice(("colon", "tab", "tab", "right", "stacked", "grid"))
        found = self.facts()
        if shape == "grid":
            cell = width / len(found)
            for number, (path, name, text) in enumerate(found):
                self.put(x + number * cell, y, [label(path, name)], self.face.scale(0.85), "left", "meta")
                self.put(x + number * cell, y + self.step, [value(path, text)], self.face.scale(0.9), "left", "meta")
            return y + 2.2 * self.step
        for path, name, text in found:
            if shape == "stacked":
                self.put(x, y, [label(path, name)], self.face.scale(0.85).strong(), "left", "meta")
                self.put(x, y + self.step, [value(path, text)], self.face, "left", "meta")
                y += 2.1 * self.step
                continue
            if shape == "colon":
                self.put(
                    x, y, [label(path, name), self.colon or ":", " ", value(path, text)], self.face, "left", "meta"
                )
            else:
                self.put(x, y, [label(path, name), self.colon], self.face, "left", "meta")
                tab = x + max(0.5 * width, self.face.width(name) + 24)
                at = (x + width, "right") if shape == "right" else (tab, "left")
                self.put(at[0], y, [value(path, text)], self.face, at[1], "meta")
            y += self.step
        return y

    def title(self, x: float, y: float, align: str = "left", size: float | None = None) -> float:
        face = self.face.scale(size or self.rng.uniform(1.3, 2.2)).strong(self.maybe(0.7))
        text = self.say("title")
        if text[-1] in ".r" and text.split()[-1].lower() in ("nr.", "n.", "nr"):
            self.put(
                x,
                y,
                [label("invoice_number", text), " ", value("invoice_number", self.of.number)],
                face,
                align,
                "title",
            )
        else:
            self.put(x, y, text, face, align, "title")
        return y + face.size * 1.5

    # --- below the parties -------------------------------------------------------------------------------------------

    def body(self) -> None:
        """Set goods, sums, payment and closing words below `y`."""
        rng, of = self.rng, self.of
        self.y += self.step * rng.uniform(0.5, 2)
        if self.maybe(0.35):
            if self.maybe(0.6):
                dear = rng.choice(WORDS[of.language]["dear"].split("|"))
                self.put(
                    self.left, self.y, dear.format(of.buyer.person, s=of.buyer.surname), self.face, "left", "noise"
                )
                self.y += 1.4 * self.step
            self.put(self.left, self.y, self.say("intro"), self.face, "left", "noise")
            self.y += 1.5 * self.step
        heads = rng.choice(WORDS[of.language]["columns"].split("|")).split(";")
        edges = [self.left, self.left + 0.58 * self.span, self.left + 0.78 * self.span, self.right]
        aligns = ("left", "right", "right", "right")
        for edge, head, align in zip(edges, heads, aligns, strict=True):
            self.put(edge, self.y, head.upper() if self.upper else head, self.face.strong(), align, "head")
        self.y += 1.5 * self.step
        like = of.country if of.country in CURRENCY else "US" if of.language == "en" else "DE"
        formats = Formats.draw(rng, "en" if of.language == "en" else "de", like)
        net = Decimal(0)
        for _ in range(rng.randint(1, 5)):
            count, price = rng.randint(1, 12), Decimal(rng.randint(500, 60000)) / 100
            net += count * price
            goods = rng.choice(WORDS[of.language]["goods"].split("|"))
            for edge, text, align in zip(
                edges, (goods, str(count), formats.number(price), formats.number(count * price)), aligns, strict=True
            ):
                self.put(edge, self.y, text, self.face, align, "item")
            self.y += 1.2 * self.step
        rate = rng.choice((19, 20, 21, 22, 23))
        tax = (net * rate / 100).quantize(Decimal("0.01"))
        self.y += 0.6 * self.step
        sign = {"US": "$", "GB": "£", "PL": "zł", "CH": "CHF", "AU": "$", "CA": "$", "BR": "R$"}.get(of.country, "€")
        for path, name, amount in zip(
            ("total_net", "total_tax", "total_gross"),
            self.say("sums").format(r=rate).split("|")[0].split(";"),
            (net, tax, net + tax),
            strict=True,
        ):
            self.put(self.left + 0.6 * self.span, self.y, [label(path, name)], self.face, "left", "total")
            text = formats.number(amount)
            self.put(
                self.right,
                self.y,
                [value(path, text), f" {sign}"] if sign not in "$£" else [sign, value(path, text)],
                self.face,
                "right",
                "total",
            )
            self.y += 1.2 * self.step
        self.y += self.step
        if self.maybe(0.6):
            self.payment()
        if self.maybe(0.4):
            self.put(self.left, self.y, self.say("thanks").format(m=of.seller.mail), self.face, "left", "noise")
            self.y += 1.5 * self.step

    def payment(self) -> None:
        """Set where to pay: bank, holder, account."""
        of = self.of
        rows: list[Parts] = [
            [self.say("bank"), ": ", of.bank],
            ["IBAN" if " " in of.iban else self.rng.choice(("Account no", "Account number")), ": ", of.iban],
        ]
        if self.maybe(0.4):
            holder = value("other.holder", of.seller.name)
            rows.insert(self.rng.randint(0, 2), [self.say("holder"), ": ", holder])
        self.y = self.stack(self.left, self.y, [(row, 0.95) for row in rows], role="foot") + self.step

    def foot(self, columns: bool | None = None, named: bool = True) -> None:
        """Set the foot of the page: columns, or lines of small print; or nothing of the firm."""
        of, small = self.of, 0.72
        y = HEIGHT - self.rng.uniform(150, 210)
        if columns is None:
            columns = self.maybe(0.5)
        if columns:
            first: Lines = [
                (parts, small) for parts in ([self.name("seller")] if named else []) + self.address("seller")
            ]
            blocks: list[Lines] = [first, [(parts, small) for parts in self.contacts("seller", 3)],
                      [([of.bank], small), (["IBAN: ", of.iban], small)]]  # fmt: skip
            if self.maybe(0.5):
                blocks.append(
                    [([self.say("director").format(of.seller.person)], small), (self.tax_line("seller"), small)]
                )
            if self.maybe(0.25):
                self.rng.shuffle(blocks)
            for number, block in enumerate(blocks):
                self.stack(self.left + number * self.span / len(blocks), y, block, role="foot")
        elif self.maybe(0.7) and not of.seller.private:
            text = self.say("registered").format(
                n=of.seller.name, a=", ".join(of.seller.lines), c=of.seller.city, k=of.seller.register
            )
            self.put(WIDTH / 2, y + 40, text, self.face.scale(small), "center", "foot")
        if self.maybe(0.3):
            self.put(WIDTH / 2, HEIGHT - 60, self.say("page").format(1, 1), self.face.scale(0.7), "center", "foot")
        elif self.maybe(0.15):
            self.put(
                self.left,
                HEIGHT - 60,
                self.say("made_with").format(self.rng.choice(PROGRAMS.split("|"))),
                self.face.scale(0.6),
                "left",
                "foot",
            )

    def finish(self, seed: int, layout: str) -> SynthDocument:
        """Return the document with the labels of all that was printed."""
        of = self.of
        known = {
            "seller.name": of.seller.name, "buyer.name": of.buyer.name,
            "seller.address": ", ".join(of.seller.lines), "buyer.address": ", ".join(of.buyer.lines),
            "seller.tax_id": compact(of.seller.tax_id), "buyer.tax_id": compact(of.buyer.tax_id),
            "seller.phone": of.seller.phone, "buyer.phone": of.buyer.phone,
        }  # fmt: skip
        printed = {span.field for run in self.runs for span in run.spans}
        fields = {path: FieldLabel(text, text) for path, text in known.items() if path in printed}
        return SynthDocument(
            seed,
            "national",
            of.language,
            of.country,
            f"national-{layout}-{seed}",
            DPI,
            ((WIDTH, HEIGHT),),
            tuple(self.runs),
            tuple(self.rules),
            fields,
        )
