"""Text: what is compared keeps its positions, what is repaired keeps its length."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from docpipe.values.text import clean, fold, letters_digits, repair_digits, squash


@settings(deadline=None)
@given(st.text())
def test_folding_never_changes_the_length(text):
    """Positions found in folded text are positions of the text itself."""
    assert len(fold(text)) == len(text)
    assert len(repair_digits(text)) == len(text)


@settings(deadline=None)
@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    """A cleaned text is trimmed, and its white space is single."""
    once = clean(text)
    assert clean(once) == once
    assert "  " not in once


def test_full_width_and_accents():
    """Chinese forms and accents fall together with what a label says."""
    assert clean("　发票号码：１２ ") == "发票号码:12"
    assert fold("Größe Müller é") == "GROSE MULLER E"
    assert squash("Rechnungs-Nr. #1") == "RECHNUNGSNR#1"
    assert letters_digits("SDN. BHD.") == "sdnbhd"


def test_only_look_alikes_are_repaired():
    """Letter O becomes zero, other letters stay."""
    assert repair_digits("1O/O3/2Ol8 AB") == "10/03/2018 AB"
    assert repair_digits("S8B", bold=True) == "588"
