"""Reliability by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.lab.evaluation.calibration import reliability

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40)


def test_the_error_is_the_distance_of_confidence_and_accuracy_weighted_by_counts() -> None:
    curve = reliability([(0.95, True), (0.91, False), (0.35, False)])
    assert [(b.low, b.count, b.accuracy) for b in curve.bins if b.count] == [(0.3, 1, 0.0), (0.9, 2, 0.5)]
    assert curve.ece == pytest.approx((1 * 0.35 + 2 * abs(0.93 - 0.5)) / 3)
    assert curve.count == 3


def test_values_on_a_border_belong_to_the_bin_below() -> None:
    counts = [b.count for b in reliability([(0.0, True), (0.1, True), (0.11, True), (1.0, True)]).bins]
    assert counts == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]


@given(PAIRS)
def test_every_value_is_in_one_bin_and_the_error_is_a_share(pairs: list[tuple[float, bool]]) -> None:
    curve = reliability(pairs)
    assert sum(b.count for b in curve.bins) == len(pairs)
    assert (curve.ece is None) == (not pairs)
    assert curve.ece is None or 0 <= curve.ece <= 1
    for b in curve.bins:
        if b.count:
            assert b.low - 1e-9 <= b.confidence <= b.high + 1e-9
