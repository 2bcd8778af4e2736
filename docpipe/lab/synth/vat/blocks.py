"""The blocks that both forms have: a party, the items with their sums, the total, a remark."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from docpipe.lab.synth import names_and_goods
from docpipe.lab.synth.formats import in_capitals
from docpipe.lab.synth.purchase import Purchase
from docpipe.lab.synth.sheet import Parts, TextPart, label
from docpipe.lab.synth.vat.form import Form, Side, digits, frame, stack, stroke


def day_entry(form: Form, x: float, y: float, issued: date, apart: bool) -> None:
    shape = form.draws.choice(("%Y年%m月%d日", "%Y年%m月%d日", "%Y年%m月%d日", "%Y 年 %m 月 %d 日", "%Y-%m-%d"))
    form.entry(x, y, "issue_date", "开票日期", form.p.formats.day(issued, shape), issued.isoformat(), apart)


def remark_text(rng: Random) -> str:
    return rng.choice(
        (
            f"订单号：{digits(rng, 12)}",
            f"{names_and_goods.person(rng, 'zh', 'CN')} {digits(rng, 6)}",
            f"合同编号 HT{digits(rng, 8)}",
            f"项目名称：办公楼装修\n地址：人民路{rng.randint(1, 300)}号",
            f"车牌号 京A{digits(rng, 5)}",
            f"{rng.randint(2018, 2025)}年{rng.randint(1, 12)}月服务费",
            f"购方地址及电话：{digits(rng, 11)}\n销方开户银行：中国银行",
        )
    )


def side_block(
    form: Form, who: str, side: Side, left: float, edges: list[float], y: float, row: float, apart: bool, bare: bool
) -> None:
    """Name, tax number, address with phone, bank with account."""
    p, draws = form.p, Random(f"side {form.issuer.id}")
    stack(form, "购买方" if who == "buyer" else "销售方", left + 0.008, y, row * 4)
    x = edges[1] + 0.008
    room = edges[2] - x - 0.12 if apart else edges[2] - x - 0.01
    form.entry(x, y, f"{who}.name", form.space_out("名称", 6), side.party.name, None, apart, room)
    if side.tax_id or draws.random() < 0.5:
        form.entry(x, y + row * 1.05, f"{who}.tax_id", "纳税人识别号", side.tax_id or " ", side.tax_id, apart, room)
    if bare or draws.random() < 0.15:
        return
    joint = draws.choice((" ", "", "  ", "，"))
    link = p.link()
    address = "".join(side.party.address)
    head = label(f"{who}.address", draws.choice(("地址、电话", "地 址、电 话", "地址、 电话")), None, link)
    parts: Parts = [
        p.value(f"{who}.address", address, address, None, link),
        joint,
        p.value(f"{who}.phone", side.party.phone, side.party.phone, None, link),
    ]
    bank: Parts = [
        p.value(f"{who}.bank_name", side.bank, side.bank, None, link + 1),
        joint,
        p.value(f"{who}.bank_account", side.account, side.account, None, link + 1),
    ]
    p.link()
    for k, (name, value) in enumerate(
        (
            (head, parts),
            (label(f"{who}.bank_name", draws.choice(("开户行及账号", "开户行及帐号")), None, link + 1), bank),
        ),
        2,
    ):
        if apart:
            form.at(x, y + row * 1.05 * k, [name, form.colon], form.form, role="meta")
            form.at(
                x + form.form.width(name.text + form.colon) / form.w + 0.003,
                y + row * 1.05 * k,
                value,
                role="meta",
                room=room,
            )
        else:
            form.at(x, y + row * 1.05 * k, [name, form.colon, *value], role="meta", room=room)


def items_table(
    form: Form, bought: Purchase, y: float, left: float, end: float, named: str, rated: str, deep: float
) -> float:
    """The table of items; returns the share of the height where its sums begin."""
    p, draws, fmt = form.p, form.draws, form.p.formats
    shares = (
        ("description", named, 0.0, "left", 12),
        ("specification", "规格型号", 0.25, "left", 0),
        ("unit", "单位", 0.375, "center", 0),
        ("quantity", "数量", 0.5, "right", 4),
        ("unit_price", "单价", 0.625, "right", 4),
        ("net_amount", "金额", 0.765, "right", 4),
        ("tax_rate", rated, 0.845, "right", 0),
        ("tax_amount", "税额", 0.995, "right", 4),
    )
    width = end - left
    row = form.step / form.h
    spaced = draws.random() < 0.6
    columns = (0.0, 0.245, 0.35, 0.4, 0.51, 0.635, 0.775, 0.855, 1.0)
    for k, (name, head, _, _, cells) in enumerate(shares):
        text = form.space_out(head, cells) if spaced and name != "description" else head
        middle = left + width * (columns[k] + columns[k + 1]) / 2
        form.at(
            middle,
            y + 0.004,
            [label(f"line_items.{name}", text)],
            form.form,
            "center",
            "head",
            (columns[k + 1] - columns[k]) * width,
        )
    top, y = y, y + row * 1.2
    deep = max(deep, row * 1.15 * (len(bought.items) + 0.3))
    precise = draws.random() < 0.3
    for k, item in enumerate(bought.items):
        for name, _, x, align, _ in shares:
            if name == "description":
                parts: Parts = [p.value("line_items.description", item.description, None, k)]
            elif name == "specification":
                parts = [p.value("line_items.specification", item.size, None, k)] if item.size else []
            elif name == "unit":
                parts = [p.value("line_items.unit", item.unit, None, k)]
            elif name == "quantity":
                parts = [p.value("line_items.quantity", fmt.plain(item.quantity), f"{item.quantity:f}", k)]
            elif name == "unit_price":
                price = item.unit_price if not precise else item.unit_price.quantize(Decimal("0.00000001"))
                parts = [p.value("line_items.unit_price", f"{price:f}", f"{price:f}", k)]
            elif name == "tax_rate":
                free = item.rate == 0
                parts = (
                    [p.value("line_items.tax_rate", "免税", "0", k)]
                    if free
                    else [p.value("line_items.tax_rate", f"{item.rate:f}", f"{item.rate:f}", k), "%"]
                )
            elif name == "net_amount":
                parts = [p.amount("line_items.net_amount", item.net, k)]
            else:
                parts = (
                    [p.value("line_items.tax_amount", "***", "0.00", k)]
                    if item.rate == 0
                    else [p.amount("line_items.tax_amount", item.tax, k)]
                )
            if parts:
                form.at(
                    left + 0.004 + (width - 0.008) * x,
                    y + k * row * 1.15,
                    parts,
                    role="item",
                    align=align,
                    room=0.24 * width if name == "description" else 0.13 * width,
                )
    bottom = y + deep
    link = p.link()
    form.at(
        left + width * 0.12,
        bottom,
        [label("total_net", form.space_out("合计", 5), None, link)],
        form.form,
        "center",
        "total",
    )
    sign = Random(f"yen {form.issuer.id}").choice(("¥", "¥", "￥", ""))
    form.at(
        left + 0.004 + (width - 0.008) * 0.765,
        bottom,
        [sign, p.amount("total_net", bought.net, link=link)],
        align="right",
        role="total",
    )
    tax: Parts = (
        [p.value("total_tax", "***", "0.00", None, link)]
        if bought.tax == 0
        else [sign, p.amount("total_tax", bought.tax, link=link)]
    )
    form.at(left + 0.004 + (width - 0.008) * 0.995, bottom, tax, align="right", role="total")
    bottom += row * 1.2
    frame(form, left, top, end, bottom)
    for share in columns[1:-1]:
        stroke(form, left + width * share, top, left + width * share, bottom)
    return bottom


def total_row(form: Form, bought: Purchase, y: float, left: float, end: float) -> float:
    """价税合计 in capitals and in figures; returns the y below."""
    p, draws = form.p, form.draws
    row = form.step / form.h
    text = in_capitals(bought.gross, draws.choice(("圆", "圆", "元")), draws.choice(("整", "整", "正")))
    mark = draws.choice(("⊗", "⊗", "ⓧ", "", "⊗ "))
    brackets = draws.choice((("（", "）"), ("(", ")")))
    link = p.link()
    form.at(
        left + 0.12,
        y + row * 0.25,
        [label("total_gross_in_words", f"价税合计{brackets[0]}大写{brackets[1]}", None, link)],
        form.form,
        "center",
        "total",
    )
    form.at(
        left + 0.26,
        y + row * 0.25,
        [mark, p.value("total_gross_in_words", text, text, None, link)],
        role="total",
        room=0.38,
    )
    other = p.link()
    sign = Random(f"yen {form.issuer.id}").choice(("¥", "¥", "￥", ""))
    amount: list[TextPart | str] = [sign, p.amount("total_gross", bought.gross, link=other)]
    head = label("total_gross", f"{brackets[0]}小写{brackets[1]}", None, other)
    if draws.random() < 0.6:
        form.at(0.71, y + row * 0.25, [head, *amount], role="total")
    else:
        form.at(0.69, y + row * 0.25, [head], form.form, role="total")
        form.at(0.78, y + row * 0.25, amount, role="total")
    frame(form, left, y, end, y + row * 1.5)
    return y + row * 1.5
