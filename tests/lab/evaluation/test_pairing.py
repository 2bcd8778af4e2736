"""Pairs have the greatest sum that there is."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from docpipe.lab.evaluation.pairing import best_pairs

WEIGHTS = st.tuples(st.integers(0, 5), st.integers(0, 5)).flatmap(
    lambda shape: arrays(float, shape, elements=st.sampled_from([0.0, 0.0, 1.0, 1.0004, 1.0008, 1.02, 1.11]))
)


def greatest(weights: np.ndarray) -> float:
    """Return the greatest sum by trying everything."""
    if weights.shape[0] > weights.shape[1]:
        weights = weights.T
    rows = range(weights.shape[0])
    return max(
        (sum(weights[i, j] for i, j in zip(rows, columns, strict=True))
         for columns in permutations(range(weights.shape[1]), weights.shape[0])),
        default=0.0,
    )  # fmt: skip


@given(WEIGHTS)
def test_pairs_have_the_greatest_sum_and_no_row_or_column_twice(weights: np.ndarray) -> None:
    pairs = best_pairs(weights)
    assert len(set(pairs.values())) == len(pairs)
    assert all(weights[i, j] > 0 for i, j in pairs.items())
    assert np.isclose(sum(weights[i, j] for i, j in pairs.items()), greatest(weights))


def test_a_better_pair_gives_way_where_two_pairs_are_then_possible() -> None:
    assert best_pairs(np.array([[1.9, 1.0], [1.8, 0.0]])) == {0: 1, 1: 0}
