"""The Chinese VAT invoices: 增值税电子普通发票 with code and check code, and the fully digital 电子发票（普通发票）."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from invoices import Pages
from sheet import Sheet
from stdnum.cn import uscc

CENT = Decimal("0.01")
BROWN = (140, 70, 40)
BLACK = (25, 25, 40)
DIGITS = "零壹贰叁肆伍陆柒捌玖"


@dataclass(frozen=True)
class Goods:
    """One row of 明细: the price is net of tax."""

    name: str
    model: str
    unit: str
    quantity: int
    price: Decimal
    rate: int

    @property
    def net(self) -> Decimal:
        return self.quantity * self.price

    @property
    def tax(self) -> Decimal:
        return (self.net * self.rate / 100).quantize(CENT)

    def label(self) -> dict[str, str]:
        return {
            "description": self.name,
            "specification": self.model,
            "unit": self.unit,
            "quantity": str(self.quantity),
            "unit_price": f"{self.price}",
            "net_amount": f"{self.net}",
            "tax_rate": str(self.rate),
            "tax_amount": f"{self.tax}",
        }


def four_digits(number: int) -> str:
    """Write 1 to 9999 in capitals; one 零 stands for any run of noughts between two other digits."""
    words, gap = "", False
    for unit, digit in zip(("仟", "佰", "拾", ""), f"{number:04d}", strict=True):
        if digit == "0":
            gap = bool(words)
        else:
            words += ("零" if gap else "") + DIGITS[int(digit)] + unit
            gap = False
    return words


def capitals(amount: Decimal) -> str:
    """Write an amount below 100 million in capitals: 1234.50 is 壹仟贰佰叁拾肆元伍角整."""
    whole, fen = divmod(int(amount * 100), 100)
    high, low = divmod(whole, 10_000)
    words = four_digits(high) + "万" if high else ""
    words += "零" if high and 0 < low < 1000 else ""
    words += four_digits(low) + "元"
    jiao, cent = divmod(fen, 10)
    if not fen:
        return words + "整"
    words += DIGITS[jiao] + "角" if jiao else "零"
    return words + (DIGITS[cent] + "分" if cent else "整")


def printed(sheet: Sheet, x: float, y: float, text: str, size: float = 22, anchor: str = "ls") -> None:
    sheet.text(x, y, text, "song", size, anchor=anchor, ink=BLACK)


def form(sheet: Sheet, x: float, y: float, text: str, size: float = 22, anchor: str = "ls") -> None:
    sheet.text(x, y, text, "song", size, anchor=anchor, ink=BROWN)


def stamp(sheet: Sheet, x: float, y: float, across: float, down: float) -> None:
    """An oval seal in red with a star of nothing but strokes; it carries no text."""
    red = (214, 60, 60)
    sheet.draw.ellipse((x - across, y - down, x + across, y + down), outline=red, width=4)
    sheet.draw.ellipse((x - across + 9, y - down + 9, x + across - 9, y + down - 9), outline=red, width=1)
    points = [
        (x + r * np.sin(np.pi * k / 5), y - r * np.cos(np.pi * k / 5))
        for k in range(10)
        for r in [20 if k % 2 == 0 else 8]
    ]
    sheet.draw.polygon([(float(a), float(b)) for a, b in points], outline=red, width=2)


def with_code(rng: np.random.Generator) -> Pages:
    """增值税电子普通发票: code of 12 digits, number of 8, check code of 20, in a brown form."""
    goods = [
        Goods("*纸制品*样张记事本", "A5", "本", 40, Decimal("12.50"), 13),
        Goods("*文具*示例中性笔", "0.5mm", "支", 120, Decimal("1.85"), 13),
        Goods("*办公设备*虚构订书机", "DX-3", "台", 6, Decimal("38.20"), 13),
    ]
    net = sum((g.net for g in goods), Decimal(0))
    tax = sum((g.tax for g in goods), Decimal(0))
    buyer_id, seller_id = uscc.validate("91440300MA5FHND6Q4"), uscc.validate("91320594MA1X8TY21C")
    page = Sheet(1500, 960, (255, 255, 252))
    page.text(750, 78, "虚构省增值税电子普通发票", "song-bold", 44, anchor="ms", ink=BROWN)
    page.rule(450, 96, 1050, 96, 2, BROWN)
    page.rule(450, 102, 1050, 102, 2, BROWN)
    for k, (name, value) in enumerate(
        (
            ("发票代码:", "999002600111"),
            ("发票号码:", "20417736"),
            ("开票日期:", "2026年05月20日"),
            ("校 验 码:", "70214 88365 10927 46653"),
        )
    ):
        form(page, 1090, 60 + 34 * k, name, 21)
        printed(page, 1195, 60 + 34 * k, value, 21)
    form(page, 60, 162, "机器编号:", 21)
    printed(page, 160, 162, "990000417736", 21)

    left, right, top = 50, 1450, 180
    rows = (top, 330, 640, 690, 850)
    for y in rows:
        page.rule(left, y, right, y, 2, BROWN)
    for x in (left, right):
        page.rule(x, top, x, rows[-1], 2, BROWN)
    for x, y1, y2 in (
        (100, top, 330),
        (880, top, 330),
        (930, top, 330),
        (100, 690, 850),
        (880, 690, 850),
        (930, 690, 850),
    ):
        page.rule(x, y1, x, y2, 2, BROWN)
    for x, y, word in ((75, 226, "购买方"), (905, 226, "密码区"), (75, 742, "销售方"), (905, 752, "备注")):
        for k, char in enumerate(word):
            form(page, x, y + 40 * k, char, 24, anchor="ms")
    parties = (
        (
            214,
            "云上纸鸢科技有限公司",
            buyer_id,
            "虚构省样例市假想路8号 0000-5550100",
            "示例银行样例支行 6200000000001234567",
        ),
        (
            724,
            "墨痕示例文具有限公司",
            seller_id,
            "虚构省样例市空想街21号 0000-5550188",
            "示例银行空想支行 6200000000007654321",
        ),
    )
    for y, name, number, address, bank in parties:
        for k, (label, value) in enumerate(
            (("名    称:", name), ("纳税人识别号:", number), ("地址、电话:", address), ("开户行及账号:", bank))
        ):
            form(page, 112, y + 34 * k, label, 20)
            printed(page, 262, y + 34 * k, value, 21)
    for k in range(4):
        noise = "".join(rng.choice(list("0123456789+-*/<>"), 28))
        page.text(944, 220 + 32 * k, noise, "mono", 26, ink=BLACK)

    columns = (
        (110, "货物或应税劳务、服务名称", "ls"),
        (470, "规格型号", "ls"),
        (630, "单位", "ls"),
        (790, "数 量", "rs"),
        (950, "单 价", "rs"),
        (1160, "金 额", "rs"),
        (1280, "税率", "rs"),
        (1430, "税 额", "rs"),
    )
    for x, head, anchor in columns:
        form(page, x, 362, head, 20, anchor)
    for k, g in enumerate(goods):
        cells = (g.name, g.model, g.unit, str(g.quantity), f"{g.price}", f"{g.net}", f"{g.rate}%", f"{g.tax}")
        for (x, _, anchor), cell in zip(columns, cells, strict=True):
            printed(page, 60 if cell == g.name else x, 398 + 34 * k, cell, 21, anchor)
    form(page, 200, 628, "合        计", 22)
    printed(page, 1160, 628, f"¥{net}", 22, "rs")
    printed(page, 1430, 628, f"¥{tax}", 22, "rs")
    words = capitals(net + tax)
    form(page, 120, 674, "价税合计(大写)", 22)
    printed(page, 470, 674, words, 24)
    form(page, 1050, 674, "(小写)", 22)
    printed(page, 1150, 674, f"¥{net + tax}", 24)
    printed(page, 945, 740, "订单号 XN-2026-0520", 20)
    people = ((60, "收款人:", "钱示例"), (400, "复核:", "孙样本"), (720, "开票人:", "李虚拟"))
    for x, label, name in people:
        form(page, x, 892, label, 21)
        printed(page, x + 24 * len(label), 892, name, 21)
    form(page, 1080, 892, "销售方:(章)", 21)
    stamp(page, 1290, 800, 120, 80)
    fields = {
        "document_type": "invoice",
        "invoice_code": "999002600111",
        "invoice_number": "20417736",
        "issue_date": "2026-05-20",
        "check_code": "70214883651092746653",
        "machine_code": "990000417736",
        "currency": "CNY",
        "buyer.name": parties[0][1],
        "buyer.tax_id": buyer_id,
        "seller.name": parties[1][1],
        "seller.tax_id": seller_id,
        "total_net": f"{net}",
        "total_tax": f"{tax}",
        "total_gross": f"{net + tax}",
        "total_gross_in_words": words,
        "payee": "钱示例",
        "reviewer": "孙样本",
        "issuer": "李虚拟",
    }
    return Pages([page], fields, [g.label() for g in goods])


def fully_digital() -> Pages:
    """电子发票（普通发票）: no code, a number of 20 digits, fewer boxes."""
    goods = [
        Goods("*信息技术服务*示例系统维护", "年度", "项", 1, Decimal("8600.00"), 6),
        Goods("*信息技术服务*虚拟接口调用", "万次", "次", 15, Decimal("96.00"), 6),
    ]
    net = sum((g.net for g in goods), Decimal(0))
    tax = sum((g.tax for g in goods), Decimal(0))
    buyer_id, seller_id = uscc.validate("91110108MA01TJUUTX"), uscc.validate("91310115MA1H66B5Y8")
    page = Sheet(1500, 930, (255, 255, 255))
    page.text(750, 90, "电子发票（普通发票）", "song-bold", 46, anchor="ms", ink=BROWN)
    page.rule(480, 108, 1020, 108, 2, BROWN)
    page.rule(480, 114, 1020, 114, 2, BROWN)
    form(page, 1060, 76, "发票号码:", 22)
    printed(page, 1164, 76, "26992000000041778305", 22)
    form(page, 1060, 114, "开票日期:", 22)
    printed(page, 1164, 114, "2026年06月03日", 22)
    left, right, top = 50, 1450, 150
    for y in (top, 270, 620, 676, 800):
        page.rule(left, y, right, y, 2, BROWN)
    for x, y1, y2 in (
        (left, top, 800),
        (right, top, 800),
        (100, top, 270),
        (750, top, 270),
        (800, top, 270),
        (100, 676, 800),
    ):
        page.rule(x, y1, x, y2, 2, BROWN)
    for x, y, word in ((75, 176, "购买方"), (775, 176, "销售方"), (75, 726, "备注")):
        for k, char in enumerate(word):
            form(page, x, y + 38 * k, char, 24, anchor="ms")
    buyer, seller = "北方纸船文化传播有限公司", "浦东臆想软件有限公司"
    for x, name, number in ((112, buyer, buyer_id), (812, seller, seller_id)):
        form(page, x, 198, "名称:", 22)
        printed(page, x + 66, 198, name, 22)
        form(page, x, 246, "统一社会信用代码/纳税人识别号:", 22)
        printed(page, x + 342, 246, number, 22)
    columns = (
        (60, "项目名称", "ls"),
        (440, "规格型号", "ls"),
        (620, "单位", "ls"),
        (780, "数 量", "rs"),
        (950, "单 价", "rs"),
        (1140, "金 额", "rs"),
        (1290, "税率/征收率", "rs"),
        (1430, "税 额", "rs"),
    )
    for x, head, anchor in columns:
        form(page, x, 304, head, 21, anchor)
    for k, g in enumerate(goods):
        cells = (g.name, g.model, g.unit, str(g.quantity), f"{g.price}", f"{g.net}", f"{g.rate}%", f"{g.tax}")
        for (x, _, anchor), cell in zip(columns, cells, strict=True):
            printed(page, x, 346 + 38 * k, cell, 22, anchor)
    form(page, 190, 604, "合        计", 23)
    printed(page, 1140, 604, f"¥{net}", 23, "rs")
    printed(page, 1430, 604, f"¥{tax}", 23, "rs")
    words = capitals(net + tax)
    form(page, 110, 658, "价税合计（大写）", 23)
    printed(page, 430, 658, words, 24)
    form(page, 1010, 658, "（小写）", 23)
    printed(page, 1120, 658, f"¥{net + tax}", 24)
    printed(page, 114, 712, "合同编号 HT-2026-118", 21)
    form(page, 120, 850, "开票人:", 22)
    printed(page, 206, 850, "周假设", 22)
    fields = {
        "document_type": "invoice",
        "invoice_number": "26992000000041778305",
        "issue_date": "2026-06-03",
        "currency": "CNY",
        "buyer.name": buyer,
        "buyer.tax_id": buyer_id,
        "seller.name": seller,
        "seller.tax_id": seller_id,
        "total_net": f"{net}",
        "total_tax": f"{tax}",
        "total_gross": f"{net + tax}",
        "total_gross_in_words": words,
        "issuer": "周假设",
    }
    return Pages([page], fields, [g.label() for g in goods])
