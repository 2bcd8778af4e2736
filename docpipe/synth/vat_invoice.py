"""Chinese VAT invoices: the form with buyer, cipher, items and seller, and the newer fully digital one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from docpipe.synth import identifiers, purchase, words
from docpipe.synth.document import SynthDocument
from docpipe.synth.formats import in_capitals
from docpipe.synth.issuer import Issuer
from docpipe.synth.metrics import CJK_FAMILIES
from docpipe.synth.paper import Paper
from docpipe.synth.purchase import Purchase
from docpipe.synth.sheet import Face, Parts, join, label

PLACES = "北京 上海 天津 重庆 广东 江苏 浙江 山东 河南 四川 湖北 湖南 福建 安徽 河北 辽宁 陕西 江西 云南 深圳 厦门 宁波 青岛 大连".split()


@dataclass(frozen=True, slots=True)
class Side:
    """Buyer or seller as printed."""

    party: words.Party
    tax_id: str
    bank: str
    account: str


class Form:
    """One invoice form. Places are shares of the width and height of the sheet."""

    def __init__(self, issuer: Issuer, chance: Random) -> None:
        draws = issuer.style()
        self.issuer, self.chance, self.draws = issuer, chance, draws
        width = draws.randint(1100, 1800)
        self.w, self.h = width, round(width * draws.uniform(0.61, 0.7))
        self.p = Paper(width, self.h, issuer, chance)
        self.ink = draws.choice(("#8a3a1c", "#7a2a12", "#9c4a20", "black", "#703010"))
        form, typed = draws.choice(CJK_FAMILIES), draws.choice(CJK_FAMILIES)
        size = width * draws.uniform(0.0115, 0.0145)
        self.form = Face(form, size, colour=self.ink)
        self.typed = Face(typed, size * draws.uniform(0.9, 1.05), colour=draws.choice(("black", "black", "#1c2a6a")))
        self.step = draws.uniform(0.024, 0.029) * width
        self.colon = draws.choice(("：", "：", ":", "： "))

    def at(self, x: float, y: float, parts: Parts, face: Face | None = None, align: str = "left", role: str = "", room: float = 0.0) -> None:  # fmt: skip  # noqa: E501
        """Set a run at shares of the sheet; `room` is the share of the width that it may take."""
        face = face or self.typed
        text = join([parts] if isinstance(parts, str) else parts)[0]
        if room and face.width(text) > room * self.w:
            face = face.scaled(max(0.5, room * self.w / face.width(text)))
        self.p.put(x * self.w, y * self.h, parts, face, align, role)

    def entry(self, x: float, y: float, path: str, name: str, text: str, normal: str | None = None, apart: bool = False, room: float = 0.0) -> None:  # fmt: skip  # noqa: E501
        """A label with its value: in one run, or the value (typed later, into the form) beside it."""
        link = self.p.link()
        head, value = label(path, name, None, link), self.p.value(path, text, normal, None, link)
        if apart:
            self.at(x, y, [head, self.colon], self.form, role="meta")
            self.at(x + self.form.width(name + self.colon) / self.w + 0.003, y, [value], role="meta", room=room)
        else:
            self.at(x, y, [head, self.colon, value], role="meta", room=room)

    def spaced(self, text: str, cells: int) -> str:
        """Stretch a label of the form over a number of characters (名　　称)."""
        gap = max(0, cells - len(text))
        if len(text) < 2 or not gap:
            return text
        blank = self.draws_blank
        each, rest = divmod(gap, len(text) - 1)
        return "".join(c + blank * (each + (k < rest)) for k, c in enumerate(text[:-1])) + text[-1]

    @property
    def draws_blank(self) -> str:
        return Random(f"blank {self.issuer.id}").choice(("　", "　", "  ", " "))


def make_vat_invoice(issuer: Issuer, seed: int, chance: Random) -> SynthDocument:
    """Make an invoice of one of the two forms."""
    form = Form(issuer, chance)
    special = form.draws.random() < 0.35
    rates = form.draws.choice((("13",), ("6",), ("13", "9"), ("3",), ("1",), ("6", "13"), ("0",), ("9",)))
    bought = purchase.draw(
        chance, "zh", "CN", False, chance.choice((1, 1, 1, 2, 2, 3, 4, 5, 7)), False, trade=issuer.trade, rates=rates
    )
    issued = date(2014, 1, 1) + timedelta(days=chance.randrange(365 * 12))
    buyer = words.party(chance, "zh", "CN", False)
    private = chance.random() < 0.08
    if private:
        buyer = words.Party(words.person(chance, "zh", "CN"), (), "", phone="")
    sides = (
        Side(
            buyer,
            "" if private else identifiers.uscc(chance),
            words.chinese.bank(chance, buyer.city or "北京市"),
            f"{chance.randint(10**15, 10**19)}",
        ),
        Side(issuer.party, issuer.tax_id, issuer.bank, issuer.account),
    )
    if form.draws.random() < 0.42:
        _digital(form, special, bought, issued, sides)
    else:
        _classic(form, special, bought, issued, sides, private)
    form.p.height = max(form.h, round(lowest(form) + form.w * 0.02))
    return form.p.finish(seed, 150)


def lowest(form: Form) -> float:
    """The y below everything that was set."""
    return max(run.box[3] for run in form.p.runs)


def _digits(chance: Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _day(form: Form, x: float, y: float, issued: date, apart: bool) -> None:
    shape = form.draws.choice(("%Y年%m月%d日", "%Y年%m月%d日", "%Y年%m月%d日", "%Y 年 %m 月 %d 日", "%Y-%m-%d"))
    form.entry(x, y, "issue_date", "开票日期", form.p.formats.day(issued, shape), issued.isoformat(), apart)


def _classic(
    form: Form, special: bool, bought: Purchase, issued: date, sides: tuple[Side, Side], private: bool
) -> None:
    p, draws, chance, issuer = form.p, form.draws, form.chance, form.issuer
    electronic = draws.random() < 0.65
    place = draws.choice(PLACES)
    name = f"{place}增值税{'电子' if electronic else ''}{'专用' if special else '普通'}发票"
    big = form.form.scaled(draws.uniform(1.7, 2.3))
    title = form.spaced(name, len(name) * 2 - 1) if draws.random() < 0.15 else name
    form.at(0.5, 0.05, [p.value("document_type", title, "invoice")], big, "center", "title")
    y = 0.05 * form.h + big.size * 1.25
    for shift in (0, 5):
        p.line(form.w * 0.33, y + shift, form.w * 0.67, y + shift, 1, colour=form.ink)
    if not electronic and draws.random() < 0.6:
        form.at(0.5, 0.13, draws.choice(("发 票 联", "抵 扣 联", "记 账 联")), form.form, "center", "noise")
    right, step = draws.uniform(0.68, 0.74), form.step / form.h
    code, number, check = _digits(chance, 12 if electronic else 10), _digits(chance, 8), _digits(chance, 20)
    apart = draws.random() < 0.5
    spread = draws.choice((check, " ".join(check[k : k + 5] for k in range(0, 20, 5))))
    if electronic:
        form.entry(right, 0.05, "invoice_code", "发票代码", code, code, apart)
        form.entry(right, 0.05 + step, "invoice_number", "发票号码", number, number, apart)
        _day(form, right, 0.05 + 2 * step, issued, apart)
        form.entry(
            right,
            0.05 + 3 * step,
            "check_code",
            form.spaced("校验码", 4) if draws.random() < 0.5 else "校验码",
            spread,
            check,
            apart,
        )
        if draws.random() < 0.9:
            form.entry(
                0.03, 0.05 + 3 * step, "machine_code", "机器编号", machine := _digits(chance, 12), machine, apart
            )
    else:
        form.at(0.05, 0.06, [p.value("invoice_code", code, code)], form.typed.scaled(1.4), role="meta")
        link = p.link()
        form.at(
            right,
            0.055,
            [
                label("invoice_number", draws.choice(("№", "No", "NO.")), None, link),
                " ",
                p.value("invoice_number", number, number, None, link),
            ],
            form.typed.scaled(1.5),
            role="meta",
        )
        if draws.random() < 0.7:  # the small repetition by the printer
            form.at(right + 0.16, 0.05, [p.value("invoice_code", code, code)], role="meta")
            form.at(right + 0.16, 0.05 + step * 0.9, [p.value("invoice_number", number, number)], role="meta")
        _day(form, right, 0.05 + 2.6 * step, issued, apart)
        if not special:
            form.entry(0.05, 0.05 + 2.6 * step, "check_code", "校验码", spread, check)
    top = 0.05 + 4.4 * step
    left, end = 0.025, 0.975
    row = step
    edges = [left, left + 0.035, 0.56, 0.592, end]
    y = top
    _side(form, "buyer", sides[0], left, edges, y, row, apart, private)
    _stack(form, "密码区", (edges[2] + 0.008), y, row * 4.2)
    cipher = "0123456789+-*/<>"
    if not special or draws.random() < 0.8:
        for k in range(4):
            form.at(
                edges[3] + 0.006,
                y + k * row * 1.05,
                "".join(chance.choice(cipher) for _ in range(draws.choice((27, 28)))),
                form.typed,
                role="noise",
                room=end - edges[3] - 0.01,
            )
    y2 = y + row * 4.4
    _box(form, left, y - 0.008, end, y2)
    for x in edges[1:4]:
        _line(form, x, y - 0.008, x, y2)
    y3 = _items(
        form,
        bought,
        y2,
        left,
        end,
        draws.choice(("货物或应税劳务、服务名称", "货物或应税劳务、服务名称", "项目名称", "货物或应税劳务名称")),
        "税率",
        draws.uniform(0.2, 0.26),
    )
    y4 = _total_row(form, bought, y3, left, end)
    _box(form, left, y4, end, y4 + row * 4.4)
    for x in edges[1:4]:
        _line(form, x, y4, x, y4 + row * 4.4)
    _side(form, "seller", sides[1], left, edges, y4 + 0.008, row, apart, False)
    _stack(form, "备注", edges[2] + 0.008, y4 + row, row * 2.4)
    if draws.random() < 0.5:
        remark = _remark(chance)
        for k, piece in enumerate(remark.split("\n")):
            form.at(
                edges[3] + 0.008,
                y4 + 0.01 + k * row,
                [p.value("remarks", piece, remark.replace("\n", " "), link=991)],
                role="meta",
                room=end - edges[3] - 0.02,
            )
    y5 = y4 + row * 4.7
    for x, path, name in (
        (left + 0.03, "payee", "收款人"),
        (0.29, "reviewer", draws.choice(("复核", "复核", "复核人"))),
        (0.53, "issuer", "开票人"),
    ):
        form.entry(
            x, y5, path, name, words.person(chance, "zh", "CN") if chance.random() < 0.92 else "管理员", None, apart
        )
    form.at(
        0.75,
        y5,
        draws.choice(("销售方：（章）", "销售方:(章)", "销货单位：（章）", "销售方：")),
        form.form,
        role="noise",
    )
    del issuer


def _remark(chance: Random) -> str:
    return chance.choice(
        (
            f"订单号：{_digits(chance, 12)}",
            f"{words.person(chance, 'zh', 'CN')} {_digits(chance, 6)}",
            f"合同编号 HT{_digits(chance, 8)}",
            f"项目名称：办公楼装修\n地址：人民路{chance.randint(1, 300)}号",
            f"车牌号 京A{_digits(chance, 5)}",
            f"{chance.randint(2018, 2025)}年{chance.randint(1, 12)}月服务费",
            f"购方地址及电话：{_digits(chance, 11)}\n销方开户银行：中国银行",
        )
    )


def _side(
    form: Form, who: str, side: Side, left: float, edges: list[float], y: float, row: float, apart: bool, bare: bool
) -> None:
    """Name, tax number, address with phone, bank with account."""
    p, draws = form.p, Random(f"side {form.issuer.id}")
    _stack(form, "购买方" if who == "buyer" else "销售方", left + 0.008, y, row * 4)
    x = edges[1] + 0.008
    room = edges[2] - x - 0.12 if apart else edges[2] - x - 0.01
    form.entry(x, y, f"{who}.name", form.spaced("名称", 6), side.party.name, None, apart, room)
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


def _items(
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
        text = form.spaced(head, cells) if spaced and name != "description" else head
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
        [label("total_net", form.spaced("合计", 5), None, link)],
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
    _box(form, left, top, end, bottom)
    for share in columns[1:-1]:
        _line(form, left + width * share, top, left + width * share, bottom)
    return bottom


def _total_row(form: Form, bought: Purchase, y: float, left: float, end: float) -> float:
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
    amount = [p.value("currency", sign, "CNY") if False else sign, p.amount("total_gross", bought.gross, link=other)]
    head = label("total_gross", f"{brackets[0]}小写{brackets[1]}", None, other)
    if draws.random() < 0.6:
        form.at(0.71, y + row * 0.25, [head, *amount], role="total")
    else:
        form.at(0.69, y + row * 0.25, [head], form.form, role="total")
        form.at(0.78, y + row * 0.25, amount, role="total")
    _box(form, left, y, end, y + row * 1.5)
    return y + row * 1.5


def _stack(form: Form, text: str, x: float, y: float, room: float) -> None:
    """Characters under each other, as the form names its blocks; they mean nothing to the fields."""
    step = room / max(1, len(text))
    for k, character in enumerate(text):
        form.at(x, y + k * step, character, form.form, role="noise")


def _box(form: Form, x1: float, y1: float, x2: float, y2: float) -> None:
    form.p.box(x1 * form.w, y1 * form.h, x2 * form.w, y2 * form.h, 1.5, form.ink)


def _line(form: Form, x1: float, y1: float, x2: float, y2: float) -> None:
    form.p.line(x1 * form.w, y1 * form.h, x2 * form.w, y2 * form.h, 1.5, colour=form.ink)


def _digital(form: Form, special: bool, bought: Purchase, issued: date, sides: tuple[Side, Side]) -> None:
    p, draws, chance = form.p, form.draws, form.chance
    brackets = draws.choice((("（", "）"), ("(", ")")))
    name = f"电子发票{brackets[0]}{'增值税专用发票' if special else '普通发票'}{brackets[1]}"
    big = form.form.scaled(draws.uniform(1.7, 2.2))
    form.at(0.5, 0.055, [p.value("document_type", name, "invoice")], big, "center", "title")
    for shift in (0, 5):
        y = 0.055 * form.h + big.size * 1.25 + shift
        p.line(form.w * 0.32, y, form.w * 0.68, y, 1, colour=form.ink)
    step, right, apart = form.step / form.h, draws.uniform(0.7, 0.76), draws.random() < 0.6
    number = f"{issued.year % 100:02d}{chance.choice(('11', '31', '44', '32', '33', '51', '37'))}{_digits(chance, 16)}"
    form.entry(right, 0.07, "invoice_number", "发票号码", number, number, apart)
    _day(form, right, 0.07 + step * 1.3, issued, apart)
    top, left, end = 0.07 + step * 3.4, 0.025, 0.975
    half = (left + end) / 2
    row = step
    for x, who, side in ((left, "buyer", sides[0]), (half, "seller", sides[1])):
        _stack(form, ("购买方信息" if who == "buyer" else "销售方信息"), x + 0.008, top, row * 3.6)
        room = half - left - 0.05 - (0.18 if apart else 0)
        form.entry(x + 0.04, top + row * 0.4, f"{who}.name", "名称", side.party.name, None, apart, half - left - 0.1)
        if side.tax_id:
            form.entry(
                x + 0.04,
                top + row * 2,
                f"{who}.tax_id",
                "统一社会信用代码/纳税人识别号",
                side.tax_id,
                side.tax_id,
                apart,
                room,
            )
        _line(form, x + 0.03, top - 0.008, x + 0.03, top + row * 3.8)
    _box(form, left, top - 0.008, end, top + row * 3.8)
    _line(form, half, top - 0.008, half, top + row * 3.8)
    y3 = _items(form, bought, top + row * 3.8, left, end, "项目名称", "税率/征收率", draws.uniform(0.18, 0.26))
    y4 = _total_row(form, bought, y3, left, end)
    _stack(form, "备注", left + 0.008, y4 + row * 0.5, row * 2.4)
    _box(form, left, y4, end, y4 + row * 3)
    _line(form, left + 0.03, y4, left + 0.03, y4 + row * 3)
    if draws.random() < 0.6:
        link, texts = p.link(), []
        if draws.random() < 0.5:
            texts = [
                f"购方开户银行:{sides[0].bank}; 银行账号:{sides[0].account};",
                f"销方开户银行:{sides[1].bank}; 银行账号:{sides[1].account};",
            ]
        else:
            texts = _remark(chance).split("\n")
        for k, text in enumerate(texts):
            form.at(
                left + 0.04,
                y4 + 0.008 + k * row,
                [p.value("remarks", text, " ".join(texts), link=link)],
                role="meta",
                room=0.88,
            )
    form.entry(left + 0.05, y4 + row * 3.3, "issuer", "开票人", words.person(chance, "zh", "CN"), None, apart)
