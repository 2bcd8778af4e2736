"""What documents of other makers print: numbers in parts, taxes by rate, forms with gaps, words that are no label."""

from __future__ import annotations

import pytest

from docpipe.document import Document, KeyField, Page, TextLine, polygon_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import choose_by_rules, extract_fields
from tests.stages.key_fields.placing import document, reading, values
from tests.stages.key_fields.test_receipts import HEAD, sums


def test_a_number_whose_parts_stand_apart_at_its_point_is_one():
    """A till that sets its point in the space of a letter leaves more white than stands between digits."""
    placed = [("TOTAL RM", 20, 120), ("9", 492, 514), (".70", 529, 576)]
    lines = [
        *((text, 20, 20 + 11 * len(text), 20 + 30 * n) for n, text in enumerate(HEAD)),
        *((text, left, right, 300) for text, left, right in placed),
        *((text, left, right, 330) for text, left, right in (("CASH", 20, 70), ("10.", 478, 525), ("00", 539, 576))),
        *((text, left, right, 360) for text, left, right in (("CHANGE", 20, 90), ("0", 492, 514), (".30", 529, 576))),
    ]
    read = tuple(
        TextLine(f"1-{n}", text, 1.0, polygon_of((left, y, right, y + 27)))
        for n, (text, left, right, y) in enumerate(lines, 1)
    )
    page = Page(1, 600, 400, lines=read)
    found = extract_fields(Document("id", "a", "", "image/png", 1, 1, (page,)), shipped_packs(), "receipt-en")
    assert values(found)["total_gross"] == "9.70"


def test_taxes_of_two_rates_are_added_where_charges_stand_between():
    found = values(
        reading(
            "Maple Outfitters Inc.",
            "900 Pine Avenue, Calgary, AB T2P 1J9",
            "INVOICE",
            [(20, "Invoice No."), (300, "MR-20771")],
            [(600, "Merchandise"), (1000, "1,133.00")],
            [(600, "Shipping"), (1000, "45.00")],
            [(600, "GST 5%"), (1000, "58.90")],
            [(600, "PST 7%"), (1000, "82.46")],
            [(600, "Invoice total"), (1000, "$1,319.36")],
            pack="invoice-en",
        )
    )
    assert (found["total_tax"], found["total_gross"]) == ("141.36", "1319.36")


@pytest.mark.parametrize(
    ("pack", "line"),
    [("invoice-fr", "11 rue du Contrat, 44000 Nantes"), ("invoice-de", "Vertrag & Partner, Ringstraße 9")],
)
def test_a_house_number_is_no_contract(pack, line):
    """The word for a contract stands in a name or a street."""
    split = line.split(", ")
    assert "contract_number" not in values(reading("Muster", "Total", line, *split, "Contrat 11", pack=pack))


def test_goods_that_make_far_more_than_the_total_doubt_it():
    """Amounts alone in their rows can be no unit prices: the total is wrong, not the goods."""
    goods = [("Apples", "13.20"), ("Leeks", "12.15"), ("Plums", "9.90")]
    found = reading(*HEAD, *sums(*goods, ("TOTAL", "5.25")), pack="receipt-en")
    assert "total_gross" in {doubt.field for doubt in found.doubts}


def test_a_total_two_cents_off_net_and_tax_is_doubted():
    """A 6 for an 8 in the last place is within the rounding that validations allow; goods make the net only."""
    goods = [("Board", "189.60"), ("Post", "62.80"), ("Delivery", "35.00")]
    totals = [("Subtotal", "287.40"), ("VAT 20%", "57.48"), ("Total", "344.86")]
    found = reading(*HEAD, *sums(*goods, *totals), pack="invoice-en")
    assert {doubt.field: doubt.rival for doubt in found.doubts}["total_gross"] == "344.88"


def test_an_amount_on_the_next_line_of_a_sentence_makes_no_receipt():
    found = values(
        reading(
            "Condominio Via Dante 12",
            "Milano, 12 marzo 2026",
            "Gentili condomini, il preventivo per il tetto della casa è di",
            "12.500,00 €.",
            "Cordiali saluti",
        )
    )
    assert found["document_type"] == "other"


def test_a_yen_sign_on_a_page_from_japan_is_a_yen():
    rows = [[(600, "Subtotal"), (1000, "¥172,750")], [(600, "Consumption tax 10%"), (1000, "¥17,275")]]
    found = values(
        reading("Minato Works KK", "1-2-3 Azabu, Tokyo", "INVOICE", *rows, [(600, "Total"), (1000, "¥190,025")])
    )
    assert found["currency"] == "JPY"


def test_a_person_named_in_a_form_does_not_end_it():
    found = values(
        reading(
            "Skerry Marine Supply",
            "Harbour Road, Oban PA34 4SD",
            [(20, "INVOICE"), (800, "Invoice number: SM-8813")],
            [(20, "Customer"), (200, "GLENFIELD ESTATES")],
            [(20, "Attention"), (200, "Mrs J. Orr")],
            [(20, "Address"), (200, "The Lodge, Glenfield")],
            [(200, "Oban PH33 6RT")],
            [(20, "Total GBP"), (1000, "180.00")],
        )
    )
    assert found["buyer.name"] == "GLENFIELD ESTATES"


def test_a_lone_label_on_the_right_half_of_a_chinese_form_is_the_sellers():
    """Where the buyer's label was not read, the words over the two halves tell whose a name is."""
    found = values(
        reading(
            [(400, "电子发票（普通发票）"), (900, "发票号码：26442000000733512094")],
            [
                (20, "购买方信息"),
                (150, "：深圳样例包装有限公司"),
                (600, "销售方信息"),
                (750, "名称：广州虚构纸业有限公司"),
            ],
            [(20, "价税合计（大写）"), (300, "贰仟伍佰零捌圆陆角"), (800, "（小写）"), (900, "¥2508.60")],
            pack="invoice-zh",
        )
    )
    assert found["seller.name"] == "广州虚构纸业有限公司"
    assert found["buyer.name"] == "深圳样例包装有限公司"


def test_a_currency_before_a_number_says_that_its_space_parts_thousands():
    found = values(reading("Calder Ltd", "INVOICE", [(600, "Total"), (1000, "CZK 98 765")], pack="invoice-en"))
    assert found["total_gross"] == "98765"


def test_what_a_model_reads_in_the_sellers_half_is_not_the_buyers():
    rows = [(20, "购买方信息"), (150, "：深圳样例包装有限公司"), (600, "销售方信息"), (750, "广州虚构纸业有限公司")]
    shown = document([(400, "电子发票（普通发票）")], rows)
    name = KeyField("广州虚构纸业有限公司", "广州虚构纸业有限公司", 0.95, "model", None, 1, shown.lines[-1].polygon)

    def scorer(page, candidates):
        return {**choose_by_rules(page, candidates), "buyer.name": name}

    found = extract_fields(shown, shipped_packs(), "invoice-zh", scorer=scorer).fields
    assert found["seller.name"].value == name.value
    assert found["seller.name"].confidence <= 0.5
    assert found["buyer.name"].value == "深圳样例包装有限公司"
    assert found["buyer.name"].confidence <= 0.5


def test_a_prepayment_in_brackets_is_a_positive_amount():
    totals = [("Invoice total", "$167.74"), ("Less prepayment", "(50.00)"), ("Balance due", "$117.74")]
    assert values(reading(*HEAD, *sums(*totals), pack="invoice-en"))["amount_paid"] == "50.00"
