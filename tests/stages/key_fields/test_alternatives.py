"""Alternatives match what one expression of all of them matches, and are put together only when a text is searched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from docpipe.stages.key_fields import patterns
from docpipe.stages.key_fields.patterns import Pattern, any_of

ENTRIES = ("total", "grand total", "/\\bSUM+E\\b/", "net amount", "/T0TAL/", "zu zahlen", "/^A/")
TEXTS = ("GRAND TOTAL", "TOTAL", "ZU ZAHLEN", "SUMME 3", "T0TAL", "NET", "NET AMOUNT", "A B", "12.00", "")


@given(st.lists(st.sampled_from(ENTRIES), min_size=1, unique=True), st.lists(st.sampled_from(TEXTS), max_size=3))
def test_they_match_what_the_whole_expression_matches(entries, texts):
    text = " ".join(texts)
    made = any_of(entries)
    whole, found = Pattern(made.source).search(text), made.search(text)
    assert (whole and whole.span()) == (found and found.span())


def test_they_are_put_together_when_a_text_is_searched(monkeypatch):
    asked = []
    monkeypatch.setattr(patterns, "as_regex", lambda entry: asked.append(entry) or entry.strip("/"))
    made = any_of(["TOTAL", "/SUM/"])
    assert asked == []
    assert made.search("SUM") is not None
    assert asked == ["/SUM/"]
