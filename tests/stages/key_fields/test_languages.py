"""What no pack reads is said to be so, and is no receipt; a plain letter is `other`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docpipe.document import KeyField
from docpipe.stages.key_fields.choose import choose
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.document_kind import settle_kind
from docpipe.stages.key_fields.extract import extract_fields, view_page
from docpipe.stages.key_fields.layout import lay_out
from tests.stages.key_fields.placing import document, reading, values

SWEDISH = (
    "Faktura",
    "Snickeri Lund AB",
    "Fakturadatum 2026-03-14",
    "Förfallodatum 2026-04-13",
    "Kundnummer 417",
    [(20, "Benämning"), (400, "Antal"), (800, "Belopp")],
    [(20, "Hylla"), (400, "1"), (800, "1 240,00")],
    [(400, "Moms 25 %"), (800, "310,00")],
    [(400, "Att betala"), (800, "1 550,00 kr")],
)
RUSSIAN = ("Счёт № 417 от 14.03.2026", "Поставщик: ООО Ромашка", "Покупатель: ООО Лютик", "Итого к оплате 1 240,00")
HUNGARIAN = (
    "Számla",
    "Szállító: Minta Kft.",
    "Vevő: Példa Bt.",
    "Teljesítés kelte: 2026.03.14.",
    "Összesen: 12 400 Ft",
)
GREEK_READ_AS_LATIN = (
    "OΔOΣ EPMOY 12, AΘHNA", "AΦM 094321876", "12/05/2026 13:20", "YΩMI 1,20", "TYPI ΦETA 6,50", "ΣYNOΛO 7,70",
    "METPHTA 10,00", "PEΣTA 2,30",
)  # fmt: skip
"""What a recogniser without Greek makes of a Greek till: most letters look like Latin ones."""
CYRILLIC_LEFT_OUT = (
    "0 «»", "C4ËT", ". , 12", "190000 -", "7801234567", [(20, "No"), (600, "117")], "12.05.2026", "236000",
    [(400, "10"), (600, "1 200,00"), (800, "12 000,00")], [(600, "20%"), (800, "2 400,00")], [(800, "14 400,00 py6.")],
)  # fmt: skip
"""What a recogniser without Cyrillic leaves of a Russian invoice."""
LATVIAN = ("RĒĶINS Nr. 118", "Pircējs: SIA Jūra", "Apmaksas termiņš 26.05.2026", "Kopā 1 452,00 EUR")
MALTESE = ("Ħanut tal-Baħar", "Triq il-Kbira, Għawdex", "Ħobż 2,40", "Ġbejna 3,10", "Żejt 5,00", "B'kollox 10,50")
JAPANESE = (
    "ご請求書",
    "株式会社やまびこ",
    "いつもお世話になっております",
    "ご請求金額 ¥41,800",
    "お支払期限 2026/05/31",
)


@pytest.mark.parametrize(
    ("rows", "language"),
    [
        (LATVIAN, "Latvian"),
        (MALTESE, "another language"),
        (JAPANESE, "Japanese"),
        (SWEDISH, "Swedish"),
        (RUSSIAN, "Cyrillic"),
        (HUNGARIAN, "Hungarian"),
        (GREEK_READ_AS_LATIN, "Greek"),
        (CYRILLIC_LEFT_OUT, "a script that was not read"),
    ],
    ids=["lv", "mt", "ja", "sv", "ru", "hu", "el-picture", "ru-picture"],
)
def test_a_language_without_a_pack_is_said(rows, language):
    """`needs_review` gets the language and the reason; the type is not guessed."""
    found = reading(*rows)
    doubt = next(doubt for doubt in found.doubts if doubt.reason == "language_not_supported")
    assert doubt.field == "document.language"
    assert language in doubt.message
    assert values(found)["document_type"] == "other"


def test_a_page_of_which_no_pack_knows_a_word_is_told():
    """Its type is a default that nothing speaks for, and its total what a model took for one."""
    rows = [[(20, name), (400, f"{price}.50")] for price, name in enumerate(("Pinoli", "Uova", "Zafferano"), 12)]
    page = document("Alba", "Corso 7", "Ora 11", *rows, [(400, "40.50")], "Pronto", "Fine")

    def score(_, candidates):
        total = KeyField("40.50", confidence=0.97, source="model", source_id="some-model", line_ids=("1-10",))
        return choose(candidates) | {"total_gross": total}

    found = extract_fields(page, shipped_packs(), scorer=score)
    assert values(found)["document_type"] == "receipt"
    assert "document.language" in {doubt.field for doubt in found.doubts}


def test_a_plain_letter_is_other():
    """Without a total and a word for its type, a document is none that asks for money."""
    found = reading(
        "Alder & Sons", "1 Elm Street", "Leeds LS9 8AG", "14 March 2026", "Dear Mrs Whitlock,",
        "thank you for your visit on Tuesday. We look forward to meeting you again.", "Yours sincerely", "Tom Alder",
    )  # fmt: skip
    assert values(found)["document_type"] == "other"
    assert not any(doubt.reason == "language_not_supported" for doubt in found.doubts)


def test_an_invoice_that_a_letter_mentions_makes_it_none():
    found = reading(
        "Alder & Sons", "1 Elm Street", "Leeds LS9 8AG", "14 March 2026", "Dear Mrs Whitlock,",
        "We shall settle your invoice 4471 of last month as agreed on the telephone.", "Yours sincerely", "Tom Alder",
    )  # fmt: skip
    assert values(found)["document_type"] == "other"


def test_an_amount_in_a_sentence_makes_no_receipt_of_a_letter():
    """Where only a model takes it for the total, the type is `other` and the amount doubtful."""
    lines = [
        "Alder & Sons", "1 Elm Street", "Leeds LS9 8AG", "14 March 2026", "Dear Mrs Whitlock,",
        "thank you for your visit on Tuesday. We expect the work to cost about 1,200.00 pounds.", "Yours sincerely",
        "1,200.00",
    ]  # fmt: skip
    page = view_page(lay_out(document(*lines)), shipped_packs().by_name("receipt-en"))
    ids = next(cell.line_ids for cell in page.layout.cells if "1,200.00" in cell.text)
    estimate = KeyField("1200.00", confidence=0.97, source="model", source_id="some-model", line_ids=ids)
    found = settle_kind(page, {"total_gross": estimate}, None)
    assert found["document_type"].value == "other"
    assert found["total_gross"].confidence <= 0.3
    backed = replace(estimate, source_id="some-model+receipt-en.amounts.4")
    assert "document_type" not in settle_kind(page, {"total_gross": backed}, None)
    elsewhere = replace(estimate, line_ids=page.layout.cells[-1].line_ids)
    assert "document_type" not in settle_kind(page, {"total_gross": elsewhere}, None)


def test_a_model_finds_no_total_in_a_plain_number():
    """The 1 of a house was taken for a total on a page that names no money; it made a receipt of it."""
    rows = document("Hannah Orr", "14 Dale Street, Bradford", "Education", "Work", "Languages")
    page = view_page(lay_out(rows), shipped_packs().by_name("receipt-en"))
    told = KeyField("14", confidence=0.97, source="model", source_id="docpipe-key-fields", line_ids=("1-2",))
    kind = KeyField("receipt", confidence=0.6, source="rule", source_id="receipt-en.kinds")
    settled = settle_kind(page, {"document_type": kind, "total_gross": told}, None)
    assert settled["document_type"].value == "other"
    assert settled["total_gross"].confidence < 0.5
