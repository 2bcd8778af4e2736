"""A font's letters are believed when a reading of some lines agrees, and not when they are wrong in a steady way."""

from __future__ import annotations

import pytest

from docpipe.document import TextLine, polygon_of
from docpipe.execution.layer_letters import FontEvidence, LineComparison, choose_lines, explain

LINES = ("INVOICE 20418", "14 March 2026", "Goods remain the property of the seller", "1,240.00", "248.00", "37.95")


def evidence(pairs, confidence: float = 0.97) -> FontEvidence:
    found = FontEvidence()
    for said, read in pairs:
        found.add(LineComparison(said, read, confidence))
    return found


def shifted(text: str, by: int) -> str:
    return "".join(chr(ord(char) + by) if char != " " else char for char in text)


def off_by_one(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "1234567890"))


@pytest.mark.parametrize(
    "lie",
    [
        lambda text: shifted(text, 29),
        lambda text: shifted(text, 1),
        off_by_one,
        lambda text: "".join(chr(ord(char) + 10) if char.isdigit() else char for char in text),
        lambda text: text.translate(str.maketrans("ae", "ea")),
        lambda text: "".join("✭❁❒❌❏❗"[n % 6] for n, _ in enumerate(text)),
    ],
    ids=["shifted by 29", "shifted by one", "digits off by one", "signs for digits", "two letters swapped", "dingbats"],
)
def test_a_wrong_map_is_found(lie):
    assert evidence([(lie(line), line) for line in LINES]).is_wrong()


@pytest.mark.parametrize(
    "pairs",
    [
        [(line, line) for line in LINES],
        [("Total 105", "TotaI 1O5"), ("Zahlung 28", "Zah1ung 2B")],
        [("Käufer Straße", "Kaufer Strase"), ("№ 5 · Größe", "No 5 Grosse"), ("Référence", "Reference")],
        [("➤ ✉ ☎", ""), ("✉ sav@x.net", "sav@x.net")],
        [("Total 20418", "Total 20419"), ("Sum 28", "Sum 28")],
        [("χ = 5.281, v = 3, p = 0.15", "x = 5.281, ν = 3, p = 0.15")] * 2,
    ],
    ids=["the same", "look-alikes", "accents", "icons", "one slip of the recogniser", "letters of two scripts"],
)
def test_what_a_recogniser_misreads_is_no_wrong_map(pairs):
    assert not evidence(pairs).is_wrong()


def test_two_digits_that_are_swapped_are_suspected_and_then_found():
    first = evidence([("INV 20413", "INV 20418")])
    assert not first.is_wrong()
    assert first.is_suspicious()
    first.add(LineComparison("248.00", "243.00", 0.98))
    assert first.is_wrong(2)


def test_an_unsure_reading_is_no_evidence():
    assert not evidence([(shifted(line, 1), line) for line in LINES], confidence=0.7).letters


def test_the_lines_that_show_most_digits_are_read_and_a_known_font_is_not_asked_again():
    lines = [TextLine(f"1-{n}", text, 1.0, polygon_of((0, 20 * n, 100, 20 * n + 10))) for n, text in enumerate(LINES)]
    fonts = [frozenset({"A"})] * 5 + [frozenset({"B"})]
    chosen = choose_lines(lines, fonts, ())
    assert chosen[5] == {"B"}
    assert 0 in chosen
    assert choose_lines(lines, fonts, {"A", "B"}) == {}


def test_the_sentence_names_both():
    assert explain(LineComparison("XYZ", "ABC", 1.0)) == "the text layer says “XYZ” where the page shows “ABC”"
