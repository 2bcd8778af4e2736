"""Till receipts: shop on top, rows, sums, what was paid, taxes by rate, thanks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from docpipe.synth import identifiers, purchase, words
from docpipe.synth.document import SynthDocument
from docpipe.synth.issuer import Issuer, Wording
from docpipe.synth.metrics import CJK_FAMILIES
from docpipe.synth.paper import Paper
from docpipe.synth.purchase import ZERO, Purchase, TaxRow
from docpipe.synth.sheet import Face, Parts, join, label

CASH_UNITS = (1, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Style:
    """What an issuer's till prints alike every time."""

    width: int
    face: Face
    leading: float
    margin: float
    upper: bool
    align: str
    inclusive: bool
    taxed: bool
    item_shape: int
    mark: str
    meta_shape: int
    price_sign: bool
    between: str

    @classmethod
    def draw(cls, style: Random, issuer: Issuer) -> Style:
        columns = style.choice((28, 32, 34, 36, 38, 40, 42, 44, 48))
        width = style.randint(360, 1100)
        margin = width * style.uniform(0.02, 0.09)
        if issuer.language == "zh":
            family, size = style.choice(CJK_FAMILIES), (width - 2 * margin) / (columns * 0.5)
        else:
            family = style.choice("mono mono mono mono sans sans narrow wide serif slab".split())
            size = (width - 2 * margin) / (columns * (0.602 if family == "mono" else 0.56))
        abroad = issuer.country in ("US",)
        return cls(
            width, Face(family, size, style.random() < 0.12), style.uniform(1.0, 1.45), margin,
            style.random() < (0.6 if issuer.language == "en" else 0.3), "center" if style.random() < 0.8 else "left",
            not abroad and style.random() < (0.6 if issuer.country in ("MY", "SG") else 0.92), style.random() < 0.75,
            style.randrange(7), style.choice(("", "", " SR", " S", " T", "*", " Z", "SR", " A", " B")) if issuer.language != "zh" else "",
            style.randrange(7), style.random() < 0.2, style.choice((": ", ": ", ":", " : ", " ", ". ", "")),
        )  # fmt: skip


class Till:
    """Prints one receipt."""

    def __init__(self, issuer: Issuer, seed: int, chance: Random) -> None:
        self.issuer, self.seed, self.chance = issuer, seed, chance
        self.draws = issuer.style()
        self.style = Style.draw(self.draws, issuer)
        self.say = Wording(issuer, "upper" if self.style.upper and issuer.language != "de" else "")
        self.paper = Paper(self.style.width, 100_000, issuer, chance)
        self.paper.y = self.style.face.size * self.draws.uniform(0.5, 6)
        self.face = self.style.face
        self.left, self.right = self.style.margin, self.style.width - self.style.margin
        self.middle = self.style.width / 2
        self.step = self.face.size * self.style.leading * 1.12

    def cased(self, text: str) -> str:
        return text.upper().replace("ẞ", "SS") if self.style.upper else text

    def down(self, lines: float = 1.0) -> None:
        self.paper.y += self.step * lines

    def row(self, parts: Parts, align: str = "", face: Face | None = None, role: str = "") -> None:
        """Set one line and go to the next."""
        align = align or self.style.align
        x = {"left": self.left, "center": self.middle, "right": self.right}[align]
        face = face or self.face
        self.paper.put(x, self.paper.y, parts, face, align, role)
        self.down(face.size / self.face.size)

    def columns(self, cells: list[tuple[float, str, Parts]], role: str = "", face: Face | None = None) -> None:
        """Set cells (place from 0 to 1, align, parts) on one line."""
        face, filled = face or self.face, self.left - 1e3
        for share, align, parts in cells:
            text, _ = join([parts] if isinstance(parts, str) else parts)
            width, x = face.width(text), self.left + share * (self.right - self.left)
            start = {"left": x, "center": x - width / 2, "right": x - width}[align]
            if start < filled + face.size * 0.15:  # no room beside what stands there: a line of its own
                self.down(face.size / self.face.size)
            filled = start + width
            self.paper.put(x, self.paper.y, parts, face, align, role)
        self.down()

    def dashes(self) -> None:
        """A separator: characters that a reader sees, a drawn line, or nothing."""
        roll = self.draws.random()
        if roll < 0.45:
            character = self.draws.choice("--=*_.")
            count = int((self.right - self.left) / max(1.0, self.face.width(character)))
            self.row(character * max(3, count), "left", role="rule")
        elif roll < 0.7:
            y = self.paper.y + self.step * 0.3
            self.paper.line(self.left, y, self.right, y, 1.5, self.draws.random() < 0.5)
            self.down(0.6)
        else:
            self.down(0.5)

    def header(self) -> None:
        party, draws, paper, issuer = self.issuer.party, self.draws, self.paper, self.issuer
        big = self.face.scaled(draws.choice((1.0, 1.0, 1.2, 1.4, 1.7))).strong(draws.random() < 0.5)
        asian = issuer.country in ("MY", "SG")
        link, name = paper.link(), self.cased(party.name)
        if draws.random() < 0.1:
            self.row(
                self.cased(self.chance.choice(("Welcome", "*** Welcome ***", "Customer copy")))
                if issuer.language == "en"
                else self.say("note.receipt"),
                role="noise",
            )
        if draws.random() < 0.06:
            self.row(" ".join(str(draws.randint(100000, 9999999))), role="noise")
        if party.trade_name and draws.random() < 0.28:  # the sign above the door, then the firm that owns it
            sign = draws.choice(
                (
                    max(party.trade_name.split()[:2], key=len),
                    party.trade_name,
                    words.party(draws, issuer.language, issuer.country, True).trade_name or party.trade_name,
                )
            )
            self.row([paper.value("other.trade_name", self.cased(sign))], face=big.scaled(1.15), role="logo")
        registration = paper.value("seller.registration_id", issuer.registration, link=paper.link())
        where = draws.random() if asian else 1.0
        size = big.size * min(1.0, (self.right - self.left) / max(1.0, big.width(name)))
        if size < big.size * 0.75 and " " in name:  # too long for a line: cut in two
            cut = len(name[: len(name) * 3 // 5].rsplit(" ", 1)[0])
            self.row([paper.value("seller.name", name[:cut], party.name, link=link)], face=big, role="seller")
            self.row([paper.value("seller.name", name[cut:].strip(), link=link)], face=big, role="seller")
        elif where < 0.2:
            self.row(
                [paper.value("seller.name", name, party.name, link=link), " (", registration, ")"],
                face=big.scaled(0.85),
                role="seller",
            )
        else:
            self.row([paper.value("seller.name", name, party.name, link=link)], face=big, role="seller")
        if 0.2 <= where < 0.42:
            self.row(["(", registration, ")"] if draws.random() < 0.6 else [registration], role="seller")
        elif 0.42 <= where < 0.7:
            self.row(
                paper.pair(
                    "seller.registration_id",
                    self.say("my.seller.registration_id"),
                    issuer.registration,
                    between=self.style.between or " ",
                ),
                role="seller",
            )
        if draws.random() < 0.08:
            self.row(
                self.cased(
                    {"en": "(formerly known as ", "de": "Inh. ", "fr": "Gérant ", "zh": "店长 "}[issuer.language]
                    + party.person
                    + (")" if issuer.language == "en" else "")
                ),
                role="noise",
            )
        if draws.random() < 0.95:
            self.address()
        contacts = [("seller.phone", party.phone, 0.7), ("other.fax", party.fax, 0.2)]
        shown = [(path, text) for path, text, share in contacts if draws.random() < share]
        if draws.random() < 0.35 and len(shown) == 2:
            parts: list[object] = []
            for path, text in shown:
                parts += [*paper.pair(path, self.say(path), text, between=self.style.between or " "), "  "]
            self.row(parts[:-1], role="seller")  # type: ignore[arg-type]
        else:
            for path, text in shown:
                self.row(paper.pair(path, self.say(path), text, between=self.style.between or " "), role="seller")
        self.tax_number()
        if draws.random() < 0.2 and party.domain:
            self.row(
                [
                    paper.value(
                        "other.web",
                        self.cased(draws.choice(("www.{}", "{}", "info@{}", "http://www.{}")).format(party.domain)),
                    )
                ],
                role="seller",
            )
        if 0.7 <= where < 0.8:
            self.row(
                paper.pair(
                    "seller.registration_id",
                    self.say("my.seller.registration_id"),
                    issuer.registration,
                    between=self.style.between or " ",
                ),
                role="seller",
            )
        self.down(draws.choice((0, 0.5, 1)))
        if draws.random() < 0.6:
            self.row(
                [paper.value("document_type", self.say("title.receipt"), "receipt")],
                face=self.face.scaled(draws.choice((1, 1, 1.2, 1.5))).strong(draws.random() < 0.5),
                role="title",
            )

    def address(self) -> None:
        paper, draws = self.paper, self.draws
        link = paper.link()
        for line in self.issuer.party.address:
            text = self.cased(line)
            room = (self.right - self.left) * 1.02
            while text:  # a line too wide is broken at a comma or blank
                cut = len(text)
                while self.face.width(text[:cut]) > room and cut > 8:
                    at = max(text.rfind(" ", 0, cut - 1), text.rfind(",", 0, cut - 1) + 1)
                    cut = at if at > 4 else cut - 4
                self.row([paper.value("seller.address", text[:cut].rstrip(), " ".join(self.issuer.party.address), link=link)], role="seller")  # fmt: skip
                text = text[cut:].strip()
        if draws.random() < 0.07:
            self.row(
                [
                    paper.value(
                        "other.branch",
                        self.cased(
                            f"({draws.choice(('Outlet', 'Branch', 'Shop'))} {draws.randint(1, 300)})"
                            if self.issuer.language == "en"
                            else f"{self.say('till.counter')} {draws.randint(1, 300)}"
                        ),
                    )
                ],
                role="seller",
            )

    def tax_number(self) -> None:
        issuer, paper, draws = self.issuer, self.paper, self.draws
        if not self.style.taxed or draws.random() > (0.8 if issuer.language != "zh" else 0.1):
            return
        keys = {"MY": ("my.seller.tax_id",), "SG": ("my.seller.tax_id",), "US": ("us.seller.tax_id",)}.get(
            issuer.country, ()
        )
        if issuer.country == "DE" and draws.random() < 0.4:
            number = f"{draws.randint(10, 299):02d}/{draws.randint(100, 999)}/{draws.randint(10000, 99999)}"
            self.row(
                paper.pair(
                    "seller.tax_id",
                    self.say("other.steuernummer"),
                    number,
                    number.replace("-", ""),
                    between=self.style.between or " ",
                ),
                role="seller",
            )
            return
        shown = identifiers.spaced(issuer.tax_id, draws)
        parts = paper.pair(
            "seller.tax_id",
            self.say.first((*keys, "seller.tax_id")),
            shown,
            normal_id(issuer.tax_id),
            between=self.style.between or " ",
        )
        self.row([*parts, ")"] if str(parts[0].text).startswith("(") else parts, role="seller")  # type: ignore[union-attr]

    def meta(self, moment: date, clock: str) -> None:
        """Number, date, time, who and where: one of seven arrangements."""
        paper, chance, shape, between = self.paper, self.chance, self.style.meta_shape, self.style.between or " "
        issuer = self.issuer
        number = identifiers.numbered(chance, issuer.number_shape, moment.year, moment.month)
        style = self.draws
        entries: list[tuple[str, str, list[object]]] = []

        def entry(path: str, name: str, parts: list[object]) -> None:
            entries.append((path, name, parts))

        if style.random() < 0.88:
            entry(
                "invoice_number",
                self.say("till.invoice_number"),
                [paper.value("invoice_number", number, number.upper())],
            )
        roll = style.random()
        day = paper.day("issue_date", moment)
        time = paper.value("other.time", clock)
        if roll < 0.3:
            entry(
                "issue_date", self.say("till.issue_date"), [day, style.choice((" ", "  ", " ", "", " - ", ", ")), time]
            )
        elif roll < 0.7:
            entry("issue_date", self.say("till.issue_date"), [day])
            entry("other.time", self.say("till.time"), [time])
        else:
            entry("issue_date", self.say("till.issue_date"), [day])
        for key, made in (
            ("till.cashier", self.cased(words.person(chance, issuer.language, issuer.country)).split()[0] if issuer.language != "zh" else words.person(chance, "zh", "CN")),
            ("till.counter", str(chance.choice((chance.randint(1, 12), f"{chance.randint(1, 99):02d}", f"POS{chance.randint(1, 9)}")))),
            ("till.table", f"{chance.choice(('', 'A', 'T'))}{chance.randint(1, 60)}"), ("till.member", str(chance.randint(10**5, 10**11))),
        ):  # fmt: skip
            if (
                style.random()
                < (0.5, 0.35, 0.2, 0.12)[("till.cashier", "till.counter", "till.table", "till.member").index(key)]
            ):
                entry(
                    "other." + key.removeprefix("till."),
                    self.say(key),
                    [paper.value("other." + key.removeprefix("till."), made)],
                )
        style.shuffle(entries)
        bare = shape == 6
        if shape in (0, 1):
            for path, name, parts in entries:
                self.linked(path, name, parts, between)
        elif shape in (2, 3):  # labels in a column, values in another
            tab = style.uniform(0.22, 0.45)
            for path, name, parts in entries:
                link = paper.link()
                colon = style.choice(("", ":"))
                self.columns(
                    [
                        (
                            0,
                            "left",
                            [label(path, name, None, link)] if shape == 2 else [label(path, name, None, link), colon],
                        ),
                        (tab, "left", [*(() if shape == 2 else (": ",)), *relinked(parts, link)]),
                    ],
                    "meta",
                )
        elif shape in (4, 5):  # two entries on a line
            for k in range(0, len(entries), 2):
                cells: list[tuple[float, str, Parts]] = []
                for (path, name, parts), (share, align) in zip(
                    entries[k : k + 2], ((0.0, "left"), (1.0, "right") if shape == 4 else (0.52, "left")), strict=False
                ):
                    link = paper.link()
                    cells.append((share, align, [label(path, name, None, link), between, *relinked(parts, link)]))
                self.columns(cells, "meta")
        elif bare:  # values without a label
            shares = (0.0, 0.5, 1.0)
            for k in range(0, len(entries), 3):
                self.columns(
                    [
                        (share, align, parts)
                        for (_, _, parts), share, align in zip(
                            entries[k : k + 3], shares, ("left", "center", "right"), strict=False
                        )
                    ],
                    "meta",
                )  # type: ignore[misc]

    def linked(self, path: str, name: str, parts: list[object], between: str) -> None:
        link = self.paper.link()
        self.row(
            [label(path, name, None, link), between, *relinked(parts, link)],
            "left" if self.draws.random() < 0.85 else "",
            role="meta",
        )

    def print_items(self, bought: Purchase) -> None:
        paper, shape, say, fmt = self.paper, self.style.item_shape, self.say, self.paper.formats
        path = "line_items.gross_amount" if bought.inclusive else "line_items.net_amount"
        heads = {
            "d": ("line_items.description", 0.0, "left"),
            "q": ("line_items.quantity", 0.56, "right"),
            "p": ("line_items.unit_price", 0.78, "right"),
            "a": (path, 1.0, "right"),
        }
        if shape in (3, 4, 6) or self.draws.random() < 0.5:
            order = {0: "da", 1: "dqpa", 2: "qda", 3: "dqpa", 4: "dqpa", 5: "da", 6: "qpa"}[shape]
            cells: list[tuple[float, str, Parts]] = []
            for key in order:
                head, share, align = heads[key]
                if key == "q" and shape == 2:
                    share, align = 0.0, "left"
                elif key == "d" and shape == 2:
                    share = 0.12
                elif key == "q" and shape == 6:
                    share, align = 0.1, "left"
                name = say("line_items.net_amount" if key == "a" else head)
                cells.append((share, align, [label(head, name.split(" ")[0] if len(name) > 9 else name)]))
            self.columns(cells, "head")
            if self.draws.random() < 0.5:
                self.dashes()
        coded, gap = self.draws.random() < 0.35, self.draws.choice((0, 0, 0, 0.35))
        sign = fmt.symbol.strip() if self.style.price_sign and self.issuer.language != "zh" else ""
        long = self.draws.randint(14, 30)
        for k, item in enumerate(bought.items):
            name = self.cased(f"{item.description} {item.size}".strip())
            description = paper.value("line_items.description", name[:long] if shape in (0, 1, 2, 5) else name, row=k)
            code = paper.value("line_items.product_code", item.code, item.code.upper(), row=k)
            quantity = paper.value("line_items.quantity", fmt.plain(item.quantity), f"{item.quantity:f}", row=k)
            price = paper.amount("line_items.unit_price", item.unit_price, k)
            amount = [sign, paper.amount(path, item.net, k), self.style.mark if item.rate else ""]
            times = self.draws_once("times", (" x ", " X ", " @ ", "x", " × ", " * "))
            if shape == 0:
                self.columns(
                    [(0, "left", [code, " ", description] if coded else [description]), (1, "right", amount)], "item"
                )
            elif shape == 1:
                self.columns(
                    [
                        (0, "left", [description]),
                        (0.56, "right", [quantity]),
                        (0.78, "right", [price]),
                        (1, "right", amount),
                    ],
                    "item",
                )
            elif shape == 2:
                self.columns([(0, "left", [quantity]), (0.12, "left", [description]), (1, "right", amount)], "item")
            elif shape == 3:
                self.row([code, " ", description] if coded else [description], "left", role="item")
                self.columns([(0.56, "right", [quantity]), (0.78, "right", [price]), (1, "right", amount)], "item")
            elif shape == 4:
                if coded:
                    self.row([code], "left", role="item")
                self.row([description], "left", role="item")
                self.columns([(0.12, "left", [quantity, times, sign, price]), (1, "right", amount)], "item")
            elif shape == 5:
                if item.quantity != 1:
                    self.row([quantity, times, price], "left", role="item")
                self.columns([(0, "left", [description]), (1, "right", amount)], "item")
            else:
                self.columns([(0, "left", [f"{k + 1}. ", description])], "item")
                self.columns([(0.1, "left", [quantity, times, price]), (1, "right", amount)], "item")
            if item.discount:
                self.columns(
                    [
                        (
                            0.05,
                            "left",
                            [
                                label("line_items.discount", say("till.total_discount")),
                                f" {fmt.rate(item.discount_rate)}%",
                            ],
                        ),
                        (1, "right", [paper.amount("line_items.discount", -item.discount, k)]),
                    ],
                    "item",
                )
            self.down(gap)

    def draws_once(self, key: str, options: tuple[str, ...]) -> str:
        return Random(f"{key} {self.issuer.id}").choice(options)

    def sums(self, bought: Purchase) -> None:
        """Totals in the order and with the words of the issuer."""
        draws, say, paper = self.draws, self.say, self.paper
        label_at = draws.choice((0.0, 0.0, 0.1, 0.3, 0.45, 0.72))
        align = "right" if label_at == 0.72 else "left"
        colon = (
            draws.choice(("", "", ":", " :", " RM", " EUR"))
            if self.issuer.country in ("MY", "DE", "FR")
            else draws.choice(("", ":"))
        )
        if colon == " RM" and self.issuer.country != "MY" or colon == " EUR" and self.issuer.formats.currency != "EUR":
            colon = ""
        signed = draws.random() < 0.3
        big = self.face.scaled(draws.choice((1, 1, 1.1, 1.3, 1.6))).strong(draws.random() < 0.5)

        def line(path: str, name: str, amount: Decimal, face: Face | None = None, behind: str = "") -> None:
            link = paper.link()
            name = name if face is None or self.issuer.language == "zh" else name
            face = face or self.face
            cells: list[tuple[float, str, Parts]] = [
                (label_at, align, [label(path, name, None, link), behind, colon]),
                (1.0, "right", paper.money(path, amount, link=link, symbol=signed)),
            ]
            self.columns(cells, "total", face)
            self.down(max(0.0, face.size / self.face.size - 1))

        counted = draws.random() < 0.25
        if counted:
            self.linked(
                "other.count",
                say("till.count"),
                [
                    paper.value(
                        "other.count",
                        str(
                            sum(
                                1 if item.quantity != int(item.quantity) else int(item.quantity)
                                for item in bought.items
                            )
                        ),
                    )
                ],
                ": ",
            )
        subtotal, shows_tax = draws.random() < 0.55, self.style.taxed and bought.tax
        if bought.discount or bought.charges or subtotal:
            path = "total_net" if not bought.inclusive and not bought.discount and not bought.charges else "total_lines"
            line(path, say("till." + path), bought.lines)
        if bought.discount:
            line(
                "total_discount",
                say("till.total_discount"),
                -bought.discount if draws.random() < 0.6 else bought.discount,
            )
        if bought.charges:
            line("total_charges", say("till.total_charges"), bought.charges)
        if shows_tax and bought.inclusive and draws.random() < 0.3:
            line("total_net", say("till.total_net"), bought.net)
        if shows_tax and (not bought.inclusive or draws.random() < 0.3):
            line("total_tax", say("till.total_tax"), bought.tax)
        rounds = bought.rounding != 0 or draws.random() < 0.35 and self.issuer.country in ("MY",)
        tail = draws.random()
        if not rounds:
            line("total_gross", say("till.total_gross"), bought.gross, big)
        elif tail < 0.6:
            line("other.total_unrounded", say("till.total_gross"), bought.gross)
            line("rounding", say("rounding"), bought.rounding)
            line("total_gross", say("till.total_rounded"), bought.asked, big)
        else:
            line("rounding", say("rounding"), bought.rounding)
            line("total_gross", say("till.total_gross"), bought.asked, big)
        if draws.random() < 0.35:
            self.dashes()
        self.payment(bought, line)

    def payment(self, bought: Purchase, line: object) -> None:
        draws, chance, say, asked = self.draws, self.chance, self.say, bought.asked
        if draws.random() > 0.85:
            return
        if chance.random() < 0.65:
            unit = Decimal(chance.choice(CASH_UNITS))
            given = (asked / unit).to_integral_value(rounding="ROUND_CEILING") * unit + Decimal("0.00")
            line("amount_paid", say("till.cash"), given)  # type: ignore[operator]
            line("other.change", say("till.change"), given - asked)  # type: ignore[operator]
        else:
            line("amount_paid", say("till.card"), asked)  # type: ignore[operator]
            if draws.random() < 0.4:
                for _ in range(draws.randint(1, 5)):
                    key = chance.choice(self_words(self.issuer.language))
                    self.row(
                        f"{key}: {chance.choice(('************', 'XXXXXXXXXXXX', '', ''))}{chance.randint(1000, 99999999)}",
                        "left",
                        role="noise",
                    )
            if draws.random() < 0.2:
                line("other.change", say("till.change"), ZERO + Decimal("0.00"))  # type: ignore[operator]

    def tax_table(self, bought: Purchase) -> None:
        draws, say, paper = self.draws, self.say, self.paper
        if not self.style.taxed or not any(row.rate for row in bought.taxes) or draws.random() > 0.55:
            return
        if draws.random() < 0.5:
            self.row([label("tax_breakdown.tax", say("till.head"))], role="head")
        three = draws.random() < 0.4
        places = (0.0, 0.62, 1.0) if not three else (0.0, 0.48, 0.74, 1.0)
        heads = [
            ("tax_breakdown.rate", "till.tax_breakdown.rate"),
            ("tax_breakdown.taxable", "till.tax_breakdown.taxable"),
            ("tax_breakdown.tax", "till.tax_breakdown.tax"),
        ]
        cells: list[tuple[float, str, Parts]] = [
            (share, "left" if k == 0 else "right", [label(path, say(key))])
            for k, ((path, key), share) in enumerate(zip(heads, places, strict=False))
        ]
        if three:
            cells.append(
                (1.0, "right", {"en": "Total", "de": "Brutto", "fr": "TTC", "zh": "合计"}[self.issuer.language])
            )
        if draws.random() < 0.8:
            self.columns(cells, "head")
        codes = ("SR", "S", "A", "T", "B", "1", "GST", "")
        code = draws.choice(codes)
        rows = list(bought.taxes)
        if self.issuer.country == "MY" and draws.random() < 0.4 and all(row.rate for row in rows):
            rows.append(TaxRow(ZERO, ZERO + Decimal("0.00"), ZERO + Decimal("0.00")))
        for k, row in enumerate(rows):
            rate = paper.value("tax_breakdown.rate", self.paper.formats.rate(row.rate), f"{row.rate.normalize():f}", k)
            mark = code if row.rate else "ZRL" if code == "SR" else "Z"
            first: Parts = (
                [
                    paper.value("tax_breakdown.category", mark, row=k),
                    draws.choice((" @ ", " = ", " ", " (")) if code else "",
                    rate,
                    "%",
                ]
                if code
                else [rate, "%"]
            )
            cells = [
                (places[0], "left", first),
                (places[1], "right", [paper.amount("tax_breakdown.taxable", row.taxable, k)]),
                (places[2], "right", [paper.amount("tax_breakdown.tax", row.tax, k)]),
            ]
            if three:
                cells.append(
                    (
                        1.0,
                        "right",
                        [paper.value("other.tax_row_total", self.paper.formats.number(row.taxable + row.tax))],
                    )
                )
            self.columns(cells, "tax")
        if draws.random() < 0.3:
            total = sum((row.taxable for row in rows), ZERO)
            cells = [
                (places[0], "left", {"en": "Total", "de": "Summe", "fr": "Total", "zh": "合计"}[self.issuer.language]),
                (places[1], "right", [paper.amount("total_net", total)]),
                (places[2], "right", [paper.amount("total_tax", bought.tax)]),
            ]
            self.columns(cells, "tax")

    def footer(self) -> None:
        for _ in range(self.draws.choice((0, 1, 2, 2, 3, 4, 5))):
            note = Wording(self.issuer) and self.chance.choice(notes(self.issuer.language)).replace(
                "{n}", str(self.chance.randint(2, 30))
            )
            self.row(self.cased(note), role="foot")


def relinked(parts: list[object], link: int) -> list[object]:
    """Return the parts with their values linked to a label."""
    from dataclasses import replace

    from docpipe.synth.sheet import Part

    return [replace(part, link=link) if isinstance(part, Part) and part.kind == "value" else part for part in parts]


def normal_id(number: str) -> str:
    """Normalise an identifier: upper case, without blanks and hyphens."""
    return "".join(number.split()).replace("-", "").upper()


def notes(language: str) -> tuple[str, ...]:
    from docpipe.synth.vocabulary import words_for

    return words_for(language, "note.receipt")


def self_words(language: str) -> tuple[str, ...]:
    from docpipe.synth.vocabulary import words_for

    return words_for(language, "till.card_data")


def make_receipt(issuer: Issuer, seed: int, chance: Random) -> SynthDocument:
    """Make one receipt of an issuer."""
    till = Till(issuer, seed, chance)
    moment = date(2012, 1, 1) + timedelta(days=chance.randrange(365 * 14))
    clock = (
        chance.choice(
            (
                "{h:02d}:{m:02d}",
                "{h:02d}:{m:02d}:{s:02d}",
                "{h:02d}:{m:02d}",
                "{t}:{m:02d} {p}",
                "{t}:{m:02d}:{s:02d} {p}",
                "{t:02d}:{m:02d}{p}",
            )
        )
        .format(
            h=(hour := chance.randint(7, 22)),
            m=chance.randint(0, 59),
            s=chance.randint(0, 59),
            t=(hour - 1) % 12 + 1,
            p=("AM" if hour < 12 else "PM") if issuer.language == "en" else "",
        )
        .strip()
    )
    rates = {"MY": ("6", "6", "6", "0"), "SG": ("7",), "US": ("8.25",)}.get(issuer.country) or purchase.RATES[
        issuer.country
    ][:3]
    if issuer.language == "zh" or not till.style.taxed:
        rates = ()
    elif till.draws.random() < 0.6:
        rates = rates[:1]
    count = chance.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 14, 20))
    bought = purchase.draw(
        chance,
        issuer.language,
        issuer.country,
        True,
        count,
        till.style.inclusive or not rates,
        trade=issuer.trade,
        rates=rates,
        discounts=0.06,
    )
    bought = purchase.with_extras(chance, bought, 0.08, 0.08, 0.0)
    if issuer.country in ("MY", "CH") and chance.random() < 0.7:
        bought = purchase.rounded_to_five(bought)
    till.header()
    till.dashes()
    sections = ["meta", "items"]
    if till.draws.random() < 0.08:
        sections = ["items", "meta"]
    for section in sections:
        if section == "meta":
            till.meta(moment, clock)
            till.dashes()
        else:
            till.print_items(bought)
            till.dashes()
    till.sums(bought)
    if till.draws.random() < 0.6:
        till.dashes()
    till.tax_table(bought)
    till.footer()
    till.paper.height = round(till.paper.y + till.face.size * till.draws.uniform(0.5, 5))
    return till.paper.finish(seed, 200)
