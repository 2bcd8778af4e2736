"""The table of items: which columns, how wide, ruled or not, over pages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from docpipe.lab.synth.invoices.invoice_page import UNIT, InvoicePage
from docpipe.lab.synth.purchase import ZERO, Item, Purchase
from docpipe.lab.synth.sheet import Face, Parts, TextPart, join, label, text_of
from docpipe.lab.synth.wordings import words_for

_NUMERIC = ("quantity", "unit_price", "discount", "net_amount", "tax_rate", "tax_amount", "gross_amount")


@dataclass(slots=True)
class GoodsColumn:
    name: str
    head: str
    width: float
    align: str
    x: float = 0.0

    @property
    def edge(self) -> float:
        """Where text of this column is set from."""
        return self.x + {"left": 4.0, "center": self.width / 2, "right": self.width - 4.0}[self.align]


def columns_of(page: InvoicePage, bought: Purchase) -> list[GoodsColumn]:
    """Draw the issuer's columns and fit them into the page."""
    maybe, draws = page.maybe, page.draws
    names = []
    taxed = any(item.rate for item in bought.items)
    for name, share in (
        ("line_no", 0.5),
        ("product_code", 0.35),
        ("description", 1.0),
        ("specification", 0.1),
        ("quantity", 0.92),
        ("unit", 0.35),
        ("unit_price", 0.87),
        ("discount", 1.0 if any(item.discount for item in bought.items) else 0.0),
        ("tax_rate", 0.45),
        ("net_amount", 0.97),
        ("tax_amount", 0.1),
        ("gross_amount", 0.12),
    ):
        wanted = maybe(share)
        if (
            wanted
            and (taxed or not name.startswith("tax"))
            and not (bought.inclusive and name in ("net_amount", "tax_amount"))
        ):
            names.append(name)
    if bought.inclusive or not {"net_amount", "gross_amount"} & set(names):
        names = [name for name in names if name != "gross_amount"] + [
            "gross_amount" if bought.inclusive else "net_amount"
        ]
    if maybe(0.2) and "quantity" in names:  # quantity first, as in English and older German forms
        names.remove("quantity")
        names.insert(0, "quantity")
    if maybe(0.1) and "product_code" in names and "line_no" in names:
        names.remove("product_code")
        names.insert(names.index("description") + 1, "product_code")
    heads = {
        name: page.say("line_items.net_amount" if name == "gross_amount" and bought.inclusive else f"line_items.{name}")
        for name in names
    }
    if page.maybe(0.1):
        heads = {name: head.upper() for name, head in heads.items()}
    size = page.face.size
    widths = {}
    for name in names:
        longest = max([page.face.width(cell_text(page, name, item, k)) for k, item in enumerate(bought.items)] or [0.0])
        if name == "quantity" and "unit" not in names:  # the unit may stand behind it
            longest += max(page.face.width(f" {item.unit}") for item in bought.items)
        word = (
            max(page.face.strong().width(w) for w in heads[name].split())
            if " " in heads[name]
            else page.face.strong().width(heads[name])
        )
        widths[name] = max(longest, word) + size * draws.uniform(0.6, 1.6)
    taken = sum(width for name, width in widths.items() if name != "description")
    room = page.span - taken
    if room < page.span * 0.22:  # squeeze the others, give the text a fifth
        factor = (page.span * 0.78) / taken
        widths = {name: width * factor for name, width in widths.items()}
        room = page.span * 0.22
    widths["description"] = room if maybe(0.85) else min(room, max(widths["description"], page.span * 0.3))
    made, x = [], page.left
    centred = page.maybe(0.15)
    for name in names:
        align = (
            "right"
            if name in _NUMERIC and not (name in ("quantity", "tax_rate") and centred)
            else "center"
            if (name == "line_no" and centred) or name in ("quantity", "tax_rate")
            else "left"
        )
        made.append(GoodsColumn(name, heads[name], widths[name], align, x))
        x += widths[name]
    return made


def cell_text(page: InvoicePage, name: str, item: Item, k: int) -> str:
    return join(cell(page, name, item, k, "€" if name in ("net_amount", "unit_price") else ""))[0]


def cell(page: InvoicePage, name: str, item: Item, k: int, sign: str = "", unit: bool = False) -> list[TextPart | str]:
    """The parts of one cell; `[]` for an empty one."""
    fmt, path = page.formats, f"line_items.{name}"
    if name == "line_no":
        return [page.value(path, str(k + 1), None, k)]
    if name == "product_code":
        return [page.value(path, item.code, item.code.upper(), k)]
    if name == "description":
        return [item.description]  # to measure; what is printed and labelled may have a size behind it
    if name == "specification":
        return [page.value(path, item.size, None, k)] if item.size else []
    if name == "unit":
        return [page.value(path, item.unit, None, k)]
    if name == "quantity":
        text = fmt.plain(item.quantity)
        parts: list[TextPart | str] = [page.value(path, text, f"{item.quantity:f}", k)]
        return [*parts, " ", page.value("line_items.unit", item.unit, None, k)] if unit else parts
    if name == "tax_rate":
        return [page.value(path, fmt.rate(item.rate), f"{item.rate.normalize():f}", k), sign]
    if name == "discount":
        return [page.value(path, fmt.number(item.discount), f"{item.discount:f}", k)] if item.discount else []
    amount = {
        "unit_price": item.unit_price,
        "net_amount": item.net,
        "tax_amount": item.tax,
        "gross_amount": item.gross,
    }[name]
    part = page.amount(path, amount, k)
    return (
        [part, " " + sign if not sign.startswith("$") else ""]
        if sign and sign not in ("$", "£", "¥")
        else [sign, part]
        if sign
        else [part]
    )


class GoodsTable:
    """Sets the rows of a purchase on the page, over as many pages as they need."""

    def __init__(self, page: InvoicePage, bought: Purchase) -> None:
        self.page, self.bought = page, bought
        self.columns = columns_of(page, bought)
        self.ruled = page.draws.choice(("none", "none", "head", "head", "rows", "grid", "bands", "box"))
        self.filled = page.maybe(0.35)
        self.head_face = page.face.strong(page.maybe(0.7))
        clear = page.formats.symbol.strip()
        self.sign = clear if page.maybe(0.25) and page.issuer.language != "zh" else ""
        self.percent = "%" if page.maybe(0.6) else ""
        self.unit_in_quantity = page.maybe(0.35) and all(column.name != "unit" for column in self.columns)
        self.gap = page.draws.choice((0, 0, 2, 4, 8)) * UNIT / 2
        self.second = page.draws.choice(("", "", "", "size", "note", "code", "notes", "notes"))
        self.sections = page.maybe(0.08)
        self.subtotals = self.sections and page.maybe(0.5)
        self.last_line = page.maybe(0.06)
        self.start = page.y
        self.printed: list[int] = []

    def head(self) -> None:
        page = self.page
        lines = [page.wrap(column.head, column.width - 4, self.head_face) or [column.head] for column in self.columns]
        deep = max(len(each) for each in lines)
        step = self.head_face.size * 1.2
        if self.filled:
            page.fill(page.left, page.y, page.right, page.y + deep * step + 6, page.tint)
        for column, words in zip(self.columns, lines, strict=True):
            link = page.link()
            for k, text in enumerate(words):
                face = shrunk(self.head_face, text, column.width)
                page.put(
                    column.edge,
                    page.y + 2 + k * step,
                    [label(f"line_items.{column.name}", text, None, link)],
                    face,
                    column.align,
                    "head",
                )
        page.y += deep * step + 6
        if self.ruled != "none":
            page.line(page.left, page.y, page.right, page.y, page.draws.choice((1, 2)))
            page.y += 3

    def rows(self) -> None:
        page, top = self.page, self.page.y
        self.start = top
        self.head()
        running = before = ZERO
        carries = page.maybe(0.35)
        for k, item in enumerate(self.bought.items):
            described = self.describe_goods(k, item)
            high = max(1, len(described)) * page.step + self.gap
            if page.y + high + 2.5 * page.step * (self.sections and k % 4 == 0) > page.bottom:
                if carries:
                    self.carry("carry", running)
                self.frame(top)
                page.fit(1e6)
                top = page.y
                self.head()
                if carries:
                    self.carry("brought", running)
            if self.sections and k % 4 == 0:
                self.section(running - before if self.subtotals and k else None)
                before = running
            self.row(k, item, described)
            running += item.net
            page.y += high
            if self.ruled in ("rows", "grid"):
                page.line(page.left, page.y - self.gap / 2, page.right, page.y - self.gap / 2, 1, colour="#888888")
            elif self.ruled == "bands" and k % 2:
                page.fill(page.left, page.y - high, page.right, page.y, "#f2f2f2")
        if page.maybe(0.5) and self.ruled != "none":
            page.line(page.left, page.y, page.right, page.y, 1.5)
        self.frame(top)

    def frame(self, top: float) -> None:
        page = self.page
        if self.ruled in ("grid", "box"):
            page.box(page.left, top, page.right, page.y)
            for column in self.columns[1:]:
                page.line(column.x, top, column.x, page.y, 1)

    def describe_goods(self, k: int, item: Item) -> list[list[TextPart]]:
        """The lines of the text column."""
        page = self.page
        column = next(column for column in self.columns if column.name == "description")
        text = item.description
        if item.size and all(c.name != "specification" for c in self.columns) and self.second != "size":
            text += f" {item.size}"
        if page.rng.random() < 0.08 and page.issuer.language != "zh":
            more = page.rng.choice((item.description, page.issuer.party.city, "Typ " + item.code, item.size))
            text += f" {more}" if more else ""
        link = page.link()
        lines = [
            [page.value("line_items.description", line, text, k, link)] for line in page.wrap(text, column.width - 8)
        ]
        if self.second == "size" and item.size and all(c.name != "specification" for c in self.columns):
            lines.append([page.value("line_items.specification", item.size, None, k)])
        elif self.second == "code" and all(c.name != "product_code" for c in self.columns):
            name = page.say("line_items.product_code")
            lines.append(
                [
                    label("line_items.product_code", name, k, link),
                    TextPart(": "),
                    page.value("line_items.product_code", item.code, item.code.upper(), k),
                ]
            )
        elif self.second == "notes":
            for _ in range(page.rng.choice((0, 1, 1, 2, 3))):
                lines += [
                    [page.value("other.item_note", line)] for line in page.wrap(self.note("item.note"), column.width)
                ]
        elif self.second == "note" and k % 3 == 0:
            lines.append(
                [
                    page.value(
                        "other.item_note", f"{page.say('other.delivery_date')}: {page.formats.day(page.random_day())}"
                    )
                ]
            )
        return lines

    def note(self, key: str) -> str:
        """Draw words about an item, with made-up numbers in them."""
        rng = self.page.rng
        text = rng.choice(words_for(self.page.issuer.language, key))
        return text.replace("{n}", str(rng.randint(1, 9999))).replace("{g}", str(rng.randint(10**12, 10**13 - 1)))

    def section(self, total: Decimal | None) -> None:
        """A heading between rows, after the sum of those before it."""
        page = self.page
        if total is not None:
            link = page.link()
            name = [label("other.group_total", page.say("total_lines"), None, link)]
            page.put(page.left + page.span * 0.4, page.y, name, page.face, "left", "item")
            amount = [page.value("other.group_total", page.formats.number(total), link=link)]
            page.put(self.columns[-1].x + self.columns[-1].width - 4, page.y, amount, page.face, "right", "item")
            page.y += page.step * 1.2
        column = next(column for column in self.columns if column.name == "description")
        parts = [page.value("other.group", self.note("item.section"))]
        page.put(column.edge if page.maybe(0.5) else page.left + 4, page.y, parts, page.face.strong(), "left", "item")
        page.y += page.step * 1.1

    def row(self, k: int, item: Item, described: list[list[TextPart]]) -> None:
        page = self.page
        base = page.y + (len(described) - 1) * page.step * self.last_line
        for column in self.columns:
            if column.name == "description":
                for n, parts in enumerate(described):
                    text = text_of(parts)
                    page.put(
                        column.edge,
                        page.y + n * page.step,
                        parts,
                        shrunk(page.face, text, column.width * 1.1),
                        column.align,
                        "item",
                    )
                continue
            sign = (
                self.percent
                if column.name == "tax_rate"
                else self.sign
                if column.name in ("unit_price", "net_amount", "gross_amount")
                else ""
            )
            parts_of = cell(page, column.name, item, k, sign, self.unit_in_quantity)
            if parts_of:
                page.put(
                    column.edge,
                    base,
                    parts_of,
                    shrunk(page.face, text_of(parts_of), column.width * 1.15),
                    column.align,
                    "item",
                )

    def carry(self, key: str, amount: Decimal) -> None:
        page = self.page
        link = page.link()
        parts: Parts = [label("other.carried", page.say(key), None, link)]
        page.put(page.left + page.span * 0.3, page.y, parts, page.face.strong(), "left", "item")
        page.put(
            self.columns[-1].x + self.columns[-1].width - 4,
            page.y,
            [page.value("other.carried", page.formats.number(amount), link=link)],
            page.face.strong(),
            "right",
            "item",
        )
        page.y += page.step * 1.2


def shrunk(face: Face, text: str, width: float) -> Face:
    """Return the face, smaller where the text would not fit."""
    needed = face.width(text)
    return face if needed <= width else face.scale(max(0.55, width / needed))
