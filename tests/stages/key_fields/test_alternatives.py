"""Alternatives match what one expression of all of them matches, and are put together only when a text is searched."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.stages.key_fields import patterns
from docpipe.stages.key_fields.patterns import Pattern, SlowPattern, any_of

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


@given(st.lists(st.sampled_from(ENTRIES), min_size=1, unique=True), st.lists(st.sampled_from(TEXTS), max_size=3))
def test_one_stands_in_a_text_where_a_search_finds_one(entries, texts):
    text = " ".join(texts)
    made = any_of(entries)
    assert made.stands_in(text) == (made.search(text) is not None)


def test_of_many_phrases_only_those_with_all_words_in_a_text_compile():
    made = any_of(["NET AMOUNT", "GRAND TOTAL", "/SUM/"])
    assert made.stands_in("THE GRAND TOTAL IS")
    assert made._compiled is None


def test_a_match_at_the_beginning_is_what_a_search_finds_there():
    made = Pattern("TOTAL|DUE")
    assert made.begins("TOTAL DUE").span() == (0, 5)
    assert made.begins("THE TOTAL") is None


def test_a_beginning_that_takes_too_long_is_refused():
    with pytest.raises(SlowPattern, match="took more than"):
        Pattern("(?:Z|ZZ)+[XY]").begins("Z" * 64)


def test_what_reads_invoices_alone_is_not_imported_before_one_comes():
    asked = "import sys, docpipe.stages.key_fields.extract; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert "docpipe.stages.key_fields.document_kind" in loaded
    for name in ("bank_details", "payment_terms", "term_words", "remarks"):
        assert f"docpipe.stages.key_fields.{name}" not in loaded
