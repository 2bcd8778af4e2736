"""A pattern that needs a digit is not asked of a text without one, and no shipped pattern is taken for such wrongly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.digit_need import needs_digit
from docpipe.stages.key_fields.patterns import Alternatives, Pattern, any_of


@pytest.mark.parametrize(
    "source",
    [
        r"\d",
        r"\d{4} [A-Z]+",
        r"A\d|\d+B",
        r"(?:A|B)\d?\d",
        r"(?P<value>\d[\d -]{3,22}\d)(?![\d/])",
        r"(?:\d|A\d){1,2}",
        r"(?<![\w.,/-])(?:[A-Z]{1,2}[- ]{1,2})?\d{4,6}\s?(?!(?:INT|EXT)\b)[A-Z]{3,}",
    ],
)
def test_a_digit_is_needed(source):
    assert needs_digit(source)


@pytest.mark.parametrize(
    "source",
    [
        r"TOTAL",
        r"\d*",
        r"A\d?",
        r"A\d{0,3}",
        r"\d|A",
        r"(?:\d|A)B",
        r"(?:\d)?A",
        r"(?=\d)?A",
        r"A(?!\d)",
        r"(?<!\d)A",
        r"[\d]A",
        r"[A\]\d]",
        r"[A[B]\d]",
        r"\\d",
        r"(\d",
        r"\d)",
        r"(?i)\d",
        r"(?:(?:A|\d)\d|B)",
    ],
)
def test_no_digit_is_needed_or_it_is_not_plain(source):
    assert not needs_digit(source)


PIECES = (
    r"\d",
    r"\d?",
    "A",
    "B+",
    r"(?:\d|A)",
    r"(?:\d\d|A\d)",
    r"(?:\d)*",
    r"(?!\d)",
    "|",
    r"[\d]",
    r"\w",
    "(?:",
    ")",
)


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.text("AB ", max_size=12))
def test_what_needs_a_digit_matches_nothing_without_one(pieces, text):
    source = "".join(pieces)
    if needs_digit(source):
        assert Pattern(source).search(text) is None


def test_shipped_patterns_that_need_a_digit_find_nothing_in_any_label():
    packs = shipped_packs().packs.values()
    rules = [rule for pack in packs for rule in pack.rules.values()]
    lines = [label.translate(dict.fromkeys(map(ord, "0123456789"))) for rule in rules for label in rule.labels]
    texts = ["\n".join(lines[start : start + 400]) for start in range(0, len(lines), 400)]
    sources = {pattern.source for pack in packs for pattern in pack.shapes.values()}
    sources |= {pattern.source for pattern in vars(next(iter(packs)).shared).values() if isinstance(pattern, Pattern)}
    needing = [Pattern(source) for source in sorted(sources) if needs_digit(source)]
    assert needing
    assert not [pattern.source for pattern in needing for text in texts if pattern.search(text)]


def test_a_text_without_a_digit_is_not_searched_for_what_needs_one():
    made = any_of([r"/\d{5} [A-Z]{3,}\b/", "/^COUNTY/"])
    assert isinstance(made, Alternatives)
    assert made.search("COUNTY DOWN") is not None
    assert made.search("DOWN") is None
    assert made._compiled is None
    assert made.search("AT 10115 BERLIN").span() == (3, 15)
