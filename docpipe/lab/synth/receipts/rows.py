"""The goods on a receipt, in one of seven arrangements."""

from __future__ import annotations

from docpipe.lab.synth.purchase import Purchase
from docpipe.lab.synth.receipts.roll import ReceiptRoll
from docpipe.lab.synth.sheet import Parts, TextPart, label


def print_items(roll: ReceiptRoll, bought: Purchase) -> None:
    paper, shape, say, fmt = roll.paper, roll.style.item_shape, roll.say, roll.paper.formats
    path = "line_items.gross_amount" if bought.inclusive else "line_items.net_amount"
    heads = {
        "d": ("line_items.description", 0.0, "left"),
        "q": ("line_items.quantity", 0.56, "right"),
        "p": ("line_items.unit_price", 0.78, "right"),
        "a": (path, 1.0, "right"),
    }
    if shape in (3, 4, 6) or roll.draws.random() < 0.5:
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
        roll.columns(cells, "head")
        if roll.draws.random() < 0.5:
            roll.dashes()
    coded, gap = roll.draws.random() < 0.35, roll.draws.choice((0, 0, 0, 0.35))
    sign = fmt.symbol.strip() if roll.style.price_sign and roll.issuer.language != "zh" else ""
    long = roll.draws.randint(14, 30)
    for k, item in enumerate(bought.items):
        name = roll.apply_case(f"{item.description} {item.size}".strip())
        description = paper.value("line_items.description", name[:long] if shape in (0, 1, 2, 5) else name, row=k)
        code = paper.value("line_items.product_code", item.code, item.code.upper(), row=k)
        quantity = paper.value("line_items.quantity", fmt.plain(item.quantity), f"{item.quantity:f}", row=k)
        price = paper.amount("line_items.unit_price", item.unit_price, k)
        amount: list[TextPart | str] = [sign, paper.amount(path, item.net, k), roll.style.mark if item.rate else ""]
        times = roll.draws_once("times", (" x ", " X ", " @ ", "x", " × ", " * "))
        if shape == 0:
            roll.columns(
                [(0, "left", [code, " ", description] if coded else [description]), (1, "right", amount)], "item"
            )
        elif shape == 1:
            roll.columns(
                [
                    (0, "left", [description]),
                    (0.56, "right", [quantity]),
                    (0.78, "right", [price]),
                    (1, "right", amount),
                ],
                "item",
            )
        elif shape == 2:
            roll.columns([(0, "left", [quantity]), (0.12, "left", [description]), (1, "right", amount)], "item")
        elif shape == 3:
            roll.row([code, " ", description] if coded else [description], "left", role="item")
            roll.columns([(0.56, "right", [quantity]), (0.78, "right", [price]), (1, "right", amount)], "item")
        elif shape == 4:
            if coded:
                roll.row([code], "left", role="item")
            roll.row([description], "left", role="item")
            roll.columns([(0.12, "left", [quantity, times, sign, price]), (1, "right", amount)], "item")
        elif shape == 5:
            if item.quantity != 1:
                roll.row([quantity, times, price], "left", role="item")
            roll.columns([(0, "left", [description]), (1, "right", amount)], "item")
        else:
            roll.columns([(0, "left", [f"{k + 1}. ", description])], "item")
            roll.columns([(0.1, "left", [quantity, times, price]), (1, "right", amount)], "item")
        if item.discount:
            roll.columns(
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
        roll.down(gap)
