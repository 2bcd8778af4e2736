"""Windows and percentiles: within 1.6 %, forgetting by time, and the sum always that of the slots."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.policy.core.window import Window, bucket_of, micros_of, percentile

NS = 1_000_000_000


@given(st.integers(0, 10**12))
def test_a_bucket_is_within_its_promise(micros):
    assert abs(micros_of(bucket_of(micros)) - micros) <= micros * 0.016
    assert bucket_of(micros_of(bucket_of(micros))) == bucket_of(micros)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_buckets_keep_the_order(a, b):
    assert (bucket_of(a) <= bucket_of(b)) or a > b


def test_below_zero_is_zero():
    assert bucket_of(-5) == 0


@given(st.lists(st.integers(0, 10**8), min_size=1), st.integers(1, 99))
def test_a_percentile_is_the_nearest_rank(values, percent):
    """Against the plain definition on the sorted list."""
    rank = min(-(-percent * len(values) // 100), max(len(values) - 1, 1))  # never the largest of several
    exact = sorted(values)[rank - 1]
    got = percentile(Counter(bucket_of(v) for v in values), percent)
    assert got is not None
    assert abs(got - exact) <= exact * 0.016


def test_no_samples_have_no_percentile():
    assert percentile({}, 95) is None
    assert percentile({}, 95, [1000]) == pytest.approx(1000, rel=0.016)


calls = st.lists(st.tuples(st.integers(0, 5 * NS), st.none() | st.integers(0, 10**7), st.booleans()), max_size=60)


@given(calls, st.integers(1, 10), st.integers(0, 20 * NS))
def test_a_window_holds_what_is_young_enough(script, keep_s, pause):
    """Against a plain list of everything that ever came."""
    window, now, every = Window(keep_s), 0, []
    for wait, micros, failed in script:
        now += wait
        window = window.add(now, micros=micros, failed=failed)
        every.append((now // NS, micros, failed))
    now += pause
    window = window.at(now)
    young = [one for one in every if one[0] > now // NS - keep_s]
    assert window.total == len(young)
    assert window.failed == sum(failed for _, _, failed in young)
    assert dict(window.counts) == Counter(bucket_of(m) for _, m, _ in young if m is not None)
    assert window.timed == sum(window.counts.values())
    assert sum(slot.ok + slot.failed for slot in window.slots) == window.total


def test_a_window_changes_no_older_one():
    first = Window(5).add(NS, micros=100, failed=False)
    kept = (first.total, dict(first.counts))
    first.add(NS, micros=100, failed=True).add(20 * NS, micros=5, failed=False)
    assert (first.total, dict(first.counts)) == kept
