"""The goods on a receipt, in one of seven arrangements."""

from __future__ import annotations

from dataclasses import dataclass

from docpipe.lab.synth.purchase import Item, Purchase
from docpipe.lab.synth.receipts.roll import ReceiptRoll
from docpipe.lab.synth.sheet import Parts, TextPart, label

SHAPES_WITH_HEAD = (3, 4, 6)
"""Arrangements that nobody could read without a heading."""


def print_items(roll: ReceiptRoll, bought: Purchase) -> None:
    """Print the goods, with a heading where the arrangement needs one, and else in half of all cases."""
    path = "line_items.gross_amount" if bought.inclusive else "line_items.net_amount"
    if roll.style.item_shape in SHAPES_WITH_HEAD or roll.draws.random() < 0.5:
        _print_head(roll, path)
    coded, gap = roll.draws.random() < 0.35, roll.draws.choice((0, 0, 0, 0.35))
    sign = roll.paper.formats.symbol.strip() if roll.style.price_sign and roll.issuer.language != "zh" else ""
    most = roll.draws.randint(14, 30)
    for k, item in enumerate(bought.items):
        _arrange(roll, _cells(roll, item, k, path, sign, most), coded, k)
        if item.discount:
            _print_discount(roll, item, k)
        roll.down(gap)


def _print_head(roll: ReceiptRoll, path: str) -> None:
    shape = roll.style.item_shape
    heads = {
        "d": ("line_items.description", 0.0, "left"),
        "q": ("line_items.quantity", 0.56, "right"),
        "p": ("line_items.unit_price", 0.78, "right"),
        "a": (path, 1.0, "right"),
    }
    if shape == 2:
        heads |= {"q": ("line_items.quantity", 0.0, "left"), "d": ("line_items.description", 0.12, "left")}
    elif shape == 6:
        heads["q"] = ("line_items.quantity", 0.1, "left")
    cells: list[tuple[float, str, Parts]] = []
    for key in {0: "da", 1: "dqpa", 2: "qda", 3: "dqpa", 4: "dqpa", 5: "da", 6: "qpa"}[shape]:
        head, share, align = heads[key]
        name = roll.say("line_items.net_amount" if key == "a" else head)
        cells.append((share, align, [label(head, name.split(" ")[0] if len(name) > 9 else name)]))
    roll.columns(cells, "head")
    if roll.draws.random() < 0.5:
        roll.dashes()


@dataclass(frozen=True, slots=True)
class _ItemCells:
    """What is printed of one article."""

    description: TextPart
    code: TextPart
    quantity: TextPart
    price: TextPart
    amount: list[TextPart | str]
    sign: str
    times: str
    one: bool
    """Whether there is only one of it."""

    def named(self, coded: bool) -> list[TextPart | str]:
        """Return the description, behind its code where there is one."""
        return [self.code, " ", self.description] if coded else [self.description]


def _cells(roll: ReceiptRoll, item: Item, k: int, path: str, sign: str, most: int) -> _ItemCells:
    paper, fmt = roll.paper, roll.paper.formats
    name = roll.apply_case(f"{item.description} {item.size}".strip())
    cut = roll.style.item_shape in (0, 1, 2, 5)
    description = paper.value("line_items.description", name[:most] if cut else name, row=k)
    code = paper.value("line_items.product_code", item.code, item.code.upper(), row=k)
    quantity = paper.value("line_items.quantity", fmt.plain(item.quantity), f"{item.quantity:f}", row=k)
    price = paper.amount("line_items.unit_price", item.unit_price, k)
    amount: list[TextPart | str] = [sign, paper.amount(path, item.net, k), roll.style.mark if item.rate else ""]
    times = roll.draws_once("times", (" x ", " X ", " @ ", "x", " × ", " * "))
    return _ItemCells(description, code, quantity, price, amount, sign, times, item.quantity == 1)


def _arrange(roll: ReceiptRoll, cells: _ItemCells, coded: bool, k: int) -> None:
    """Print one article in the receipt's arrangement."""
    quantity, price, amount = cells.quantity, cells.price, (1, "right", cells.amount)
    match roll.style.item_shape:
        case 0:
            roll.columns([(0, "left", cells.named(coded)), amount], "item")
        case 1:
            counts = [(0.56, "right", [quantity]), (0.78, "right", [price])]
            roll.columns([(0, "left", [cells.description]), *counts, amount], "item")
        case 2:
            roll.columns([(0, "left", [quantity]), (0.12, "left", [cells.description]), amount], "item")
        case 3:
            roll.row(cells.named(coded), "left", role="item")
            roll.columns([(0.56, "right", [quantity]), (0.78, "right", [price]), amount], "item")
        case 4:
            if coded:
                roll.row([cells.code], "left", role="item")
            roll.row([cells.description], "left", role="item")
            roll.columns([(0.12, "left", [quantity, cells.times, cells.sign, price]), amount], "item")
        case 5:
            if not cells.one:
                roll.row([quantity, cells.times, price], "left", role="item")
            roll.columns([(0, "left", [cells.description]), amount], "item")
        case _:
            roll.columns([(0, "left", [f"{k + 1}. ", cells.description])], "item")
            roll.columns([(0.1, "left", [quantity, cells.times, price]), amount], "item")


def _print_discount(roll: ReceiptRoll, item: Item, k: int) -> None:
    name = label("line_items.discount", roll.say("till.total_discount"))
    amount = roll.paper.amount("line_items.discount", -item.discount, k)
    rate = f" {roll.paper.formats.rate(item.discount_rate)}%"
    roll.columns([(0.05, "left", [name, rate]), (1, "right", [amount])], "item")
