"""From counts to scores, intervals and differences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.lab.evaluation.scores import Bootstrap, metric_names
from docpipe.lab.evaluation.tallies import Tally

COUNTS = st.integers(0, 20).flatmap(lambda want: st.tuples(st.integers(0, want), st.just(want)))
DOCUMENTS = st.lists(
    st.tuples(COUNTS, st.integers(0, 10)).map(
        lambda drawn: {"fields": Tally.of(hits=drawn[0][0], want=drawn[0][1], got=drawn[0][0] + drawn[1])}
    ),
    min_size=1,
    max_size=12,
)


def test_a_score_is_of_the_sums_so_that_a_long_document_weighs_more() -> None:
    documents = [{"fields": Tally.of(hits=1, want=1, got=1)}, {"fields": Tally.of(hits=3, want=9, got=4)}]
    score = Bootstrap(2).scores(documents)["fields"]
    assert (score.precision, score.recall) == (4 / 5, 4 / 10)
    assert score.value == pytest.approx(2 * 0.8 * 0.4 / 1.2)


def test_deteval_counts_other_hits_for_precision() -> None:
    assert Tally(0.8, 1, 2.4, 3).share == pytest.approx(0.8)
    assert Tally(2, 2, 1, 1).share == 1


def test_what_was_not_asked_for_has_no_score_and_what_was_not_found_is_zero() -> None:
    documents = [{"fields": Tally.of(hits=0, want=0, got=3), "words": Tally.of(hits=0, want=2, got=0)}]
    scores = Bootstrap(1).scores(documents)
    assert (scores["fields"].value, scores["fields"].interval) == (None, None)
    assert (scores["words"].value, scores["words"].interval) == (0.0, (0.0, 0.0))


@given(DOCUMENTS)
def test_shares_lie_between_zero_and_one_and_the_same_seed_draws_the_same(documents: list[dict[str, Tally]]) -> None:
    score = Bootstrap(len(documents), resamples=200, seed=3).scores(documents)["fields"]
    assert score == Bootstrap(len(documents), resamples=200, seed=3).scores(documents)["fields"]
    if score.value is not None:
        assert score.interval is not None
        assert 0 <= score.interval[0] <= score.interval[1] <= 1
        assert 0 <= score.value <= 1


def test_intervals_are_close_to_those_of_a_share() -> None:
    """80 of 100 documents: the normal approximation gives 0.8 ± 1.96 · 0.04."""
    documents = [{"all fields right": Tally(int(i % 5 != 0), 1)} for i in range(100)]
    low, high = Bootstrap(100).scores(documents)["all fields right"].interval or (0, 0)
    assert low == pytest.approx(0.7216, abs=0.012)
    assert high == pytest.approx(0.8784, abs=0.012)


@given(DOCUMENTS)
def test_a_reading_differs_from_itself_by_nothing(documents: list[dict[str, Tally]]) -> None:
    difference = Bootstrap(len(documents), resamples=100).difference("fields", documents, documents)
    assert difference.value in (0, None)
    if difference.interval is not None:
        assert difference.interval == (0, 0)
        assert difference.p == 1


def test_a_difference_that_every_document_shows_is_sure() -> None:
    worse = [{"fields": Tally.of(hits=6, want=10, got=10)} for _ in range(30)]
    better = [{"fields": Tally.of(hits=8, want=10, got=10)} for _ in range(30)]
    difference = Bootstrap(30, resamples=999).difference("fields", worse, better)
    assert difference.value == pytest.approx(0.2)
    assert difference.interval == pytest.approx((0.2, 0.2))
    assert difference.p == pytest.approx(0.002)


def test_metrics_come_in_one_order_and_fields_as_they_are_labelled() -> None:
    one = Tally(1, 1)
    documents = [{"pages read": one, "field b": one, "TEDS": one, "field b fuzzy": one}, {"words": one, "field a": one}]
    assert metric_names(documents) == ["words", "field b", "field a", "field b fuzzy", "TEDS", "pages read"]
