"""The headings that are ruled out before an edit distance is worked out could never have been the nearest one."""

import random

import pytest
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.line_items.near_headings import NearHeadings
from docpipe.stages.key_fields.line_items.vocabulary import plain_headings

LEAST = 0.8


def misread(text: str, chance: random.Random) -> str:
    """Change, drop, double and add a few letters."""
    letters = list(text)
    for _ in range(chance.randint(0, max(1, len(letters) // 4))):
        at = chance.randrange(len(letters) + 1)
        letters[at : at + chance.choice((0, 1, 1, 2))] = chance.choice(("", "I", "0", "单", "\U00020000", "RN", "É"))
    return "".join(letters)


@pytest.mark.parametrize("pack", ["receipt-en", "invoice-zh", "invoice-de"])
def test_it_finds_what_comparing_with_every_heading_finds(pack: str) -> None:
    packs = shipped_packs().packs
    known = [text for text in plain_headings(packs[pack]) if len(text) >= 6]
    near, chance = NearHeadings(known), random.Random(20261127)
    found = 0
    for heading in chance.sample(known, 60):
        text = misread(heading, chance)
        best = process.extractOne(text, known, scorer=Levenshtein.normalized_similarity, score_cutoff=LEAST)
        assert near.find(text, LEAST) == (best[0] if best else None), text
        found += best is not None
    assert found > 20


def test_nothing_is_near_to_nothing() -> None:
    assert NearHeadings([]).find("QUANTITY", LEAST) is None
    assert NearHeadings(["QUANTITY"]).find("", LEAST) is None
    assert NearHeadings(["QUANTITY"]).find("\ud800QUANTITY", LEAST) == "QUANTITY"
