"""What a rung gives up, as a factor with its interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.lab.profiling.accuracy import accuracies, f1, factor
from docpipe.stages import STAGES

ALL = (4.0, 4.0, 4.0, 4.0)
HALF = (2.0, 4.0, 2.0, 4.0)
NONE = (0.0, 4.0, 0.0, 0.0)


def of(counts, documents=10):
    return {f"{i}.png": {"fields": counts} for i in range(documents)}


def test_f1_is_of_the_sums():
    assert f1((3, 4, 3, 5)) == pytest.approx(2 * 3 / 9)
    assert f1(NONE) == 0


def test_half_as_much_read_is_half_the_factor():
    (found,) = accuracies(STAGES["key_fields"].measures, of(ALL), of(HALF))
    assert (found.measure, found.factor, found.low, found.high, found.score) == ("fields", 0.5, 0.5, 0.5, 0.5)
    assert found.documents == 10


def test_a_rung_that_reads_nothing_has_the_factor_nothing():
    (found,) = accuracies(STAGES["key_fields"].measures, of(ALL), of(NONE))
    assert (found.factor, found.low, found.high) == (0, 0, 0)


def test_much_better_than_the_best_is_taken_for_luck():
    (found,) = accuracies(STAGES["text_recognition"].measures, of(HALF), of(ALL))
    assert found.factor == 1.02


def test_nothing_labelled_is_nothing_measured():
    assert accuracies(STAGES["key_fields"].measures, {}, {}) == ()
    assert accuracies(STAGES["key_fields"].measures, of(NONE), of(NONE)) == ()


def test_documents_of_one_side_only_do_not_count():
    best = of(ALL, 3)
    (found,) = accuracies(STAGES["key_fields"].measures, best, {"0.png": {"fields": HALF}})
    assert (found.documents, found.factor) == (1, 0.5)


def test_each_stage_counts_first_what_it_is_for_and_nothing_that_it_cannot_change():
    counts = {"a.png": {"fields": ALL, "words": ALL, "tables": HALF, "line_items": ALL}}

    def order(stage):
        return [found.measure for found in accuracies(STAGES[stage].measures, counts, counts)]

    assert order("text_detection") == ["fields", "words", "line_items", "tables"]
    assert order("table_structure") == ["line_items", "tables", "fields"]
    assert order("key_fields") == ["fields", "line_items"]


one = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 3)).map(
    lambda t: (float(t[0]), float(t[0] + t[1]), float(t[0]), float(t[0] + t[2]))
)


@given(st.lists(st.tuples(one, one), min_size=1, max_size=8))
def test_a_factor_lies_in_its_interval(pairs):
    before, after = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
    found = factor("fields", before, after)
    if found is not None:
        assert 0 <= found.low <= found.factor <= found.high <= 1.02


def test_differing_documents_widen_the_interval():
    best = of(ALL)
    mixed = {name: {"fields": ALL if i % 2 else HALF} for i, name in enumerate(best)}
    (found,) = accuracies(STAGES["key_fields"].measures, best, mixed)
    assert found.low < found.factor == 0.75 < found.high
