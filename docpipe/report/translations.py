"""What the report says, in English and Chinese."""

from __future__ import annotations

from markupsafe import Markup, escape

from docpipe.files.templates import clean_text

WORDS: dict[str, tuple[str, str]] = {
    "report": ("Report", "报告"),
    "documents": ("documents", "份单据"),
    "ok": ("ok", "正常"),
    "degraded": ("degraded", "降级"),
    "failed": ("failed", "失败"),
    "refused": ("refused", "拒绝"),
    "to_review": ("to review", "待复核"),
    "pages": ("pages", "页"),
    "totals": ("Totals", "合计"),
    "by_seller": ("By seller", "按销售方"),
    "by_month": ("By month", "按月份"),
    "count": ("documents", "份数"),
    "run": ("How the run went", "运行过程"),
    "run_note": (
        "Documents from left to right as they were finished; the higher a step, the lighter the rung.",
        "单据按完成顺序从左到右；台阶越高，所用档位越轻。",
    ),
    "latency": ("seconds a document", "每份单据耗时（秒）"),
    "all": ("all", "全部"),
    "search": ("Search", "搜索"),
    "page": ("page", "第几页"),
    "previous": ("previous", "上一页"),
    "next": ("next", "下一页"),
    "back": ("all documents", "全部单据"),
    "field": ("field", "字段"),
    "value": ("value", "值"),
    "confidence": ("confidence", "置信度"),
    "rule": ("read by", "来源"),
    "rung": ("rung", "档位"),
    "fields": ("Fields", "字段"),
    "items": ("Line items", "明细"),
    "tax": ("Tax", "税额"),
    "review": ("To review", "待复核"),
    "or": ("or", "或"),
    "why_degraded": ("What was degraded, and why", "降级及原因"),
    "stages": ("Stages", "处理阶段"),
    "checks": ("Checks that fail", "未通过的校验"),
    "errors": ("Errors", "错误"),
    "no_picture": ("no picture", "无图像"),
    "nothing": ("Nothing found.", "未找到内容。"),
    "keys": ("Keys: j k next and previous field · n next doubtful · [ ] other document · Esc close",
             "快捷键：j k 上下字段 · n 下一个存疑字段 · [ ] 切换单据 · Esc 关闭"),
    "review_keys": (
        "Keys: n next doubtful · a accept · e correct, Enter saves · click a line to take its text · x remove row, "
        "+ add row · [ ] documents",
        "快捷键：n 下一个存疑 · a 接受 · e 更正，回车保存 · 点击文本行取值 · x 删除行，+ 添加行 · [ ] 切换单据",
    ),
    "accept": ("accept", "接受"),
    "put_back": ("put back", "恢复"),
    "add_row": ("+ add a row", "+ 添加一行"),
    "correct": ("correct", "更正"),
    "save": ("save", "保存"),
    "saved": ("saved", "已保存"),
    "person": ("by a person", "人工"),
    "made_by": ("made by docpipe", "由 docpipe 生成"),
    "decisions": ("What the policy decided", "策略的决定"),
}  # fmt: skip

FIELD_WORDS: dict[str, tuple[str, str]] = {
    "document": ("document", "单据"),
    "document_type": ("document type", "单据类型"),
    "invoice_number": ("invoice number", "发票号码"),
    "invoice_code": ("invoice code", "发票代码"),
    "check_code": ("check code", "校验码"),
    "machine_code": ("machine code", "机器编号"),
    "issue_date": ("issue date", "开票日期"),
    "due_date": ("due date", "付款期限"),
    "period_start": ("period from", "期间起"),
    "period_end": ("period to", "期间止"),
    "currency": ("currency", "币种"),
    "purchase_order": ("purchase order", "采购订单"),
    "contract_number": ("contract number", "合同号"),
    "payment_terms": ("payment terms", "付款条件"),
    "remarks": ("remarks", "备注"),
    "seller": ("seller", "销售方"),
    "buyer": ("buyer", "购买方"),
    "payment": ("payment", "付款"),
    "name": ("name", "名称"),
    "tax_id": ("tax id", "税号"),
    "address": ("address", "地址"),
    "registration_id": ("registration", "注册号"),
    "customer_id": ("customer id", "客户编号"),
    "phone": ("phone", "电话"),
    "bank_name": ("bank", "开户行"),
    "bank_account": ("account", "账号"),
    "iban": ("IBAN", "IBAN"),
    "bic": ("BIC", "BIC"),
    "total_lines": ("total of lines", "明细合计"),
    "total_discount": ("discount", "折扣合计"),
    "total_charges": ("charges", "附加费合计"),
    "total_net": ("total net", "不含税金额"),
    "total_tax": ("total tax", "税额合计"),
    "total_gross": ("total gross", "价税合计"),
    "total_gross_in_words": ("total in words", "价税合计（大写）"),
    "amount_paid": ("amount paid", "已付金额"),
    "rounding": ("rounding", "尾差"),
    "amount_due": ("amount due", "应付金额"),
    "payee": ("payee", "收款人"),
    "reviewer": ("reviewer", "复核"),
    "issuer": ("issuer", "开票人"),
    "line_items": ("line items", "明细"),
    "tax_breakdown": ("tax", "税额"),
    "line_no": ("no.", "序号"),
    "description": ("description", "名称"),
    "product_code": ("code", "编码"),
    "specification": ("specification", "规格型号"),
    "unit": ("unit", "单位"),
    "quantity": ("quantity", "数量"),
    "unit_price": ("unit price", "单价"),
    "discount": ("discount", "折扣"),
    "net_amount": ("net", "金额"),
    "tax_rate": ("tax rate", "税率"),
    "tax_amount": ("tax", "税额"),
    "gross_amount": ("gross", "含税金额"),
    "category": ("category", "类别"),
    "rate": ("rate", "税率"),
    "taxable": ("taxable", "计税金额"),
    "tax": ("tax", "税额"),
}
REASON_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("missing", "缺失"),
    "low_confidence": ("low confidence", "置信度低"),
    "failed_check": ("failed check", "校验未通过"),
    "day_or_month": ("day or month", "日月次序不明"),
    "duplicate_of": ("duplicate", "重复"),
    "contradiction": ("contradiction", "互相矛盾"),
    "unproved_amount": ("no sum proves it", "无合计佐证"),
    "poor_print": ("hardly legible", "字迹难辨"),
    "close_choice": ("close choice", "难以取舍"),
    "several_documents": ("several documents", "含多份单据"),
    "incomplete": ("incomplete", "不完整"),
    "two_names": ("two names", "名称不一"),
    "odd_name": ("odd name", "名称可疑"),
    "xml_disagrees": ("XML disagrees", "与 XML 不符"),
    "language_not_supported": ("language not supported", "语言不支持"),
}


def both(english: str, chinese: str) -> Markup:
    """Return a text in both languages; the page's style shows one of them."""
    pair = '<span class="en">{}</span><span class="zh" lang="zh">{}</span>'
    return Markup(pair).format(clean_text(english), clean_text(chinese))  # noqa: S704 - a constant; format escapes the rest


def say(key: str) -> Markup:
    """Return words of the page itself."""
    return both(*WORDS[key])


def field_words(path: str) -> Markup:
    """Return what a field is called: `seller.name`, `line_items[2].net_amount`."""
    group, _, rest = path.partition("[")
    number, _, cell = rest.partition("].")
    parts = [group, *([cell] if cell else [])] if rest else path.split(".")
    known = [FIELD_WORDS.get(part, (part, part)) for part in parts]
    place = f" {int(number) + 1}" if number.isdigit() else ""
    english = f"{place} ".join(word for word, _ in known) if place else " ".join(word for word, _ in known)
    chinese = f"{place} ".join(word for _, word in known) if place else "".join(word for _, word in known)
    return both(english, chinese)


def reason_words(reason: str) -> Markup:
    """Return why something is to be reviewed; a reason that is not known here stands as it is."""
    return both(*REASON_WORDS[reason]) if reason in REASON_WORDS else escape(clean_text(reason).replace("_", " "))
