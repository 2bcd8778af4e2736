"""What no pack reads is said to be so, and is no receipt; a plain letter is `other`."""

from __future__ import annotations

import pytest

from tests.stages.key_fields.placing import reading, values

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


@pytest.mark.parametrize(
    ("rows", "language"),
    [(SWEDISH, "Swedish"), (RUSSIAN, "Cyrillic"), (HUNGARIAN, "Hungarian")],
    ids=["sv", "ru", "hu"],
)
def test_a_language_without_a_pack_is_said(rows, language):
    """`needs_review` gets the language and the reason; the type is not guessed."""
    found = reading(*rows)
    doubt = next(doubt for doubt in found.doubts if doubt.reason == "language_not_supported")
    assert doubt.field == "document.language"
    assert language in doubt.message
    assert values(found)["document_type"] == "other"


def test_a_plain_letter_is_other():
    """Without a total and a word for its type, a document is none that asks for money."""
    found = reading(
        "Alder & Sons", "1 Elm Street", "Leeds LS9 8AG", "14 March 2026", "Dear Mrs Whitlock,",
        "thank you for your visit on Tuesday. We look forward to meeting you again.", "Yours sincerely", "Tom Alder",
    )  # fmt: skip
    assert values(found)["document_type"] == "other"
    assert not any(doubt.reason == "language_not_supported" for doubt in found.doubts)
