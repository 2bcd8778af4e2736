"""Text: what is compared keeps its positions, what is repaired keeps its length."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docpipe.values.text import clean, fold, letters_digits, repair_amounts, repair_digits, squash


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


@pytest.mark.parametrize(
    ("printed", "repaired"),
    [
        ("TOTAL $31.9O", "TOTAL $31.90"),
        ("l,25O.00", "1,250.00"),
        ("344.8B", "344.88"),
        ("SB 57.4B", "SB 57.48"),
        ("Plan B, 4B", "Plan B, 4B"),
        ("RM 1O.5O", "RM 10.50"),
        ("lO,OO", "lO,OO"),
        ("Oil 3.50", "Oil 3.50"),
        ("NO.10", "NO.10"),
        ("1O.5OX", "1O.5OX"),
        ("SOLO 2.OOO", "SOLO 2.OOO"),
    ],
)
def test_letters_in_amounts_are_repaired_and_words_are_not(printed, repaired):
    assert repair_amounts(printed) == repaired


@given(st.integers(0, 10**7), st.sampled_from(".,"), st.data())
def test_any_letter_for_a_digit_of_an_amount_is_repaired(cents, point, data):
    """As long as one digit of the amount was read as a digit."""
    amount = f"{cents // 100}{point}{cents % 100:02d}"
    kept = data.draw(st.sampled_from([k for k, c in enumerate(amount) if c.isdigit()]))
    alike = {"0": "0Oo", "1": "1lI"}
    noisy = "".join(c if k == kept else data.draw(st.sampled_from(alike.get(c, c))) for k, c in enumerate(amount))
    assert repair_amounts(f"RM {noisy}") == f"RM {amount}"
