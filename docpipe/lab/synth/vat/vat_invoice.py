"""Chinese VAT invoices: the form with buyer, cipher, items and seller, and the newer fully digital one."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from docpipe.lab.synth import identifiers, names_and_goods, purchase
from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.issuer import Issuer
from docpipe.lab.synth.purchase import Purchase
from docpipe.lab.synth.sheet import label
from docpipe.lab.synth.vat.blocks import day_entry, items_table, remark_text, side_block, total_row
from docpipe.lab.synth.vat.form import Form, Side, digits, frame, lowest, stack, stroke

PLACES = [
    "北京",
    "上海",
    "天津",
    "重庆",
    "广东",
    "江苏",
    "浙江",
    "山东",
    "河南",
    "四川",
    "湖北",
    "湖南",
    "福建",
    "安徽",
    "河北",
    "辽宁",
    "陕西",
    "江西",
    "云南",
    "深圳",
    "厦门",
    "宁波",
    "青岛",
    "大连",
]


def make_vat_invoice(issuer: Issuer, seed: int, rng: Random) -> SynthDocument:
    """Make an invoice of one of the two forms."""
    form = Form(issuer, rng)
    special = form.draws.random() < 0.35
    rates = form.draws.choice((("13",), ("6",), ("13", "9"), ("3",), ("1",), ("6", "13"), ("0",), ("9",)))
    bought = purchase.draw(
        rng, rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 7)), purchase.Trade("zh", "CN", number=issuer.trade, rates=rates)
    )
    issued = date(2014, 1, 1) + timedelta(days=rng.randrange(365 * 12))
    buyer = names_and_goods.party(rng, "zh", "CN", False)
    private = rng.random() < 0.08
    if private:
        buyer = names_and_goods.Party(names_and_goods.person(rng, "zh", "CN"), (), "", phone="")
    sides = (
        Side(
            buyer,
            "" if private else identifiers.uscc(rng),
            names_and_goods.chinese.bank(rng, buyer.city or "北京市"),
            f"{rng.randint(10**15, 10**19)}",
        ),
        Side(issuer.party, issuer.tax_id, issuer.bank, issuer.account),
    )
    if form.draws.random() < 0.42:
        digital(form, special, bought, issued, sides)
    else:
        classic(form, special, bought, issued, sides, private)
    form.p.height = max(form.h, round(lowest(form) + form.w * 0.02))
    return form.p.finish(seed, 150)


def classic(form: Form, special: bool, bought: Purchase, issued: date, sides: tuple[Side, Side], private: bool) -> None:
    p, draws, rng, issuer = form.p, form.draws, form.rng, form.issuer
    electronic = draws.random() < 0.65
    place = draws.choice(PLACES)
    name = f"{place}增值税{'电子' if electronic else ''}{'专用' if special else '普通'}发票"
    big = form.form.scale(draws.uniform(1.7, 2.3))
    title = form.space_out(name, len(name) * 2 - 1) if draws.random() < 0.15 else name
    form.at(0.5, 0.05, [p.value("document_type", title, "invoice")], big, "center", "title")
    y = 0.05 * form.h + big.size * 1.25
    for shift in (0, 5):
        p.line(form.w * 0.33, y + shift, form.w * 0.67, y + shift, 1, colour=form.ink)
    if not electronic and draws.random() < 0.6:
        form.at(0.5, 0.13, draws.choice(("发 票 联", "抵 扣 联", "记 账 联")), form.form, "center", "noise")
    right, step = draws.uniform(0.68, 0.74), form.step / form.h
    code, number, check = digits(rng, 12 if electronic else 10), digits(rng, 8), digits(rng, 20)
    apart = draws.random() < 0.5
    spread = draws.choice((check, " ".join(check[k : k + 5] for k in range(0, 20, 5))))
    if electronic:
        form.entry(right, 0.05, "invoice_code", "发票代码", code, code, apart)
        form.entry(right, 0.05 + step, "invoice_number", "发票号码", number, number, apart)
        day_entry(form, right, 0.05 + 2 * step, issued, apart)
        form.entry(
            right,
            0.05 + 3 * step,
            "check_code",
            form.space_out("校验码", 4) if draws.random() < 0.5 else "校验码",
            spread,
            check,
            apart,
        )
        if draws.random() < 0.9:
            form.entry(0.03, 0.05 + 3 * step, "machine_code", "机器编号", machine := digits(rng, 12), machine, apart)
    else:
        form.at(0.05, 0.06, [p.value("invoice_code", code, code)], form.typed.scale(1.4), role="meta")
        link = p.link()
        form.at(
            right,
            0.055,
            [
                label("invoice_number", draws.choice(("№", "No", "NO.")), None, link),
                " ",
                p.value("invoice_number", number, number, None, link),
            ],
            form.typed.scale(1.5),
            role="meta",
        )
        if draws.random() < 0.7:  # the small repetition by the printer
            form.at(right + 0.16, 0.05, [p.value("invoice_code", code, code)], role="meta")
            form.at(right + 0.16, 0.05 + step * 0.9, [p.value("invoice_number", number, number)], role="meta")
        day_entry(form, right, 0.05 + 2.6 * step, issued, apart)
        if not special:
            form.entry(0.05, 0.05 + 2.6 * step, "check_code", "校验码", spread, check)
    top = 0.05 + 4.4 * step
    left, end = 0.025, 0.975
    row = step
    edges = [left, left + 0.035, 0.56, 0.592, end]
    y = top
    side_block(form, "buyer", sides[0], left, edges, y, row, apart, private)
    stack(form, "密码区", (edges[2] + 0.008), y, row * 4.2)
    cipher = "0123456789+-*/<>"
    if not special or draws.random() < 0.8:
        for k in range(4):
            form.at(
                edges[3] + 0.006,
                y + k * row * 1.05,
                "".join(rng.choice(cipher) for _ in range(draws.choice((27, 28)))),
                form.typed,
                role="noise",
                room=end - edges[3] - 0.01,
            )
    y2 = y + row * 4.4
    frame(form, left, y - 0.008, end, y2)
    for x in edges[1:4]:
        stroke(form, x, y - 0.008, x, y2)
    y3 = items_table(
        form,
        bought,
        y2,
        left,
        end,
        draws.choice(("货物或应税劳务、服务名称", "货物或应税劳务、服务名称", "项目名称", "货物或应税劳务名称")),
        "税率",
        draws.uniform(0.2, 0.26),
    )
    y4 = total_row(form, bought, y3, left, end)
    frame(form, left, y4, end, y4 + row * 4.4)
    for x in edges[1:4]:
        stroke(form, x, y4, x, y4 + row * 4.4)
    side_block(form, "seller", sides[1], left, edges, y4 + 0.008, row, apart, False)
    stack(form, "备注", edges[2] + 0.008, y4 + row, row * 2.4)
    if draws.random() < 0.5:
        remark = remark_text(rng)
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
            x, y5, path, name, names_and_goods.person(rng, "zh", "CN") if rng.random() < 0.92 else "管理员", None, apart
        )
    form.at(
        0.75,
        y5,
        draws.choice(("销售方：（章）", "销售方:(章)", "销货单位：（章）", "销售方：")),
        form.form,
        role="noise",
    )
    del issuer


def digital(form: Form, special: bool, bought: Purchase, issued: date, sides: tuple[Side, Side]) -> None:
    p, draws, rng = form.p, form.draws, form.rng
    brackets = draws.choice((("（", "）"), ("(", ")")))
    name = f"电子发票{brackets[0]}{'增值税专用发票' if special else '普通发票'}{brackets[1]}"
    big = form.form.scale(draws.uniform(1.7, 2.2))
    form.at(0.5, 0.055, [p.value("document_type", name, "invoice")], big, "center", "title")
    for shift in (0, 5):
        y = 0.055 * form.h + big.size * 1.25 + shift
        p.line(form.w * 0.32, y, form.w * 0.68, y, 1, colour=form.ink)
    step, right, apart = form.step / form.h, draws.uniform(0.7, 0.76), draws.random() < 0.6
    number = f"{issued.year % 100:02d}{rng.choice(('11', '31', '44', '32', '33', '51', '37'))}{digits(rng, 16)}"
    form.entry(right, 0.07, "invoice_number", "发票号码", number, number, apart)
    day_entry(form, right, 0.07 + step * 1.3, issued, apart)
    top, left, end = 0.07 + step * 3.4, 0.025, 0.975
    half = (left + end) / 2
    row = step
    for x, who, side in ((left, "buyer", sides[0]), (half, "seller", sides[1])):
        stack(form, ("购买方信息" if who == "buyer" else "销售方信息"), x + 0.008, top, row * 3.6)
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
        stroke(form, x + 0.03, top - 0.008, x + 0.03, top + row * 3.8)
    frame(form, left, top - 0.008, end, top + row * 3.8)
    stroke(form, half, top - 0.008, half, top + row * 3.8)
    y3 = items_table(form, bought, top + row * 3.8, left, end, "项目名称", "税率/征收率", draws.uniform(0.18, 0.26))
    y4 = total_row(form, bought, y3, left, end)
    stack(form, "备注", left + 0.008, y4 + row * 0.5, row * 2.4)
    frame(form, left, y4, end, y4 + row * 3)
    stroke(form, left + 0.03, y4, left + 0.03, y4 + row * 3)
    if draws.random() < 0.6:
        link, texts = p.link(), []
        if draws.random() < 0.5:
            texts = [
                f"购方开户银行:{sides[0].bank}; 银行账号:{sides[0].account};",
                f"销方开户银行:{sides[1].bank}; 银行账号:{sides[1].account};",
            ]
        else:
            texts = remark_text(rng).split("\n")
        for k, text in enumerate(texts):
            form.at(
                left + 0.04,
                y4 + 0.008 + k * row,
                [p.value("remarks", text, " ".join(texts), link=link)],
                role="meta",
                room=0.88,
            )
    form.entry(left + 0.05, y4 + row * 3.3, "issuer", "开票人", names_and_goods.person(rng, "zh", "CN"), None, apart)
