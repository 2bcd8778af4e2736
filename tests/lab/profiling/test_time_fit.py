"""A line through measured times, of which a few may be anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.lab.profiling.time_fit import Timed, cost, line

sizes = st.lists(st.integers(1, 60), min_size=4, max_size=14, unique=True)
fixeds = st.integers(0, 500).map(float)
slopes = st.integers(1, 900).map(lambda n: n / 10)


@given(sizes, fixeds, slopes)
def test_points_on_a_line_give_that_line(at, fixed, slope):
    found = line([(size, fixed + slope * size) for size in at])
    assert found == (pytest.approx(fixed, abs=1e-6), pytest.approx(slope, rel=1e-9))


@given(st.lists(st.integers(1, 60), min_size=8, max_size=20, unique=True), fixeds, slopes, st.data())
def test_a_quarter_of_the_points_may_be_disturbed(at, fixed, slope, data):
    """The breakdown point of the method is 29 %; one disturbance here doubles to decuples the time."""
    disturbed = set(data.draw(st.lists(st.sampled_from(at), max_size=len(at) // 8, unique=True)))
    times = [(size, (fixed + slope * size) * (10 if size in disturbed else 1)) for size in at]
    _, found = line(times)
    assert found == pytest.approx(slope, rel=0.5)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 500)), max_size=12))
def test_no_time_is_ever_negative(points):
    fixed, slope = line([(float(size), float(time)) for size, time in points])
    assert fixed >= 0
    assert slope >= 0


def test_the_slope_is_scipys():
    stats = pytest.importorskip("scipy.stats")
    points = [(1.0, 12.0), (2.0, 19.0), (4.0, 44.0), (5.0, 48.0), (9.0, 95.0), (12.0, 118.0)]
    expected = stats.theilslopes([y for _, y in points], [x for x, _ in points])
    fixed, slope = line(points)
    assert slope == pytest.approx(expected.slope)
    assert fixed == pytest.approx(sorted(y - slope * x for x, y in points)[2:4][0], abs=5)


def test_one_size_alone_is_taken_in_proportion():
    assert line([(4.0, 100.0), (4.0, 120.0)]) == (0.0, 27.5)
    assert line([(0.0, 3.0)]) == (3.0, 0.0)
    assert line([]) == (0.0, 0.0)


def test_repeats_of_a_page_are_one_point_and_all_of_the_spread():
    measured = [Timed("a", 1.0, ms) for ms in (10, 10, 40)] + [Timed("b", 2.0, ms) for ms in (20, 20, 20)]
    found = cost(measured, 1.5)
    assert (found.fixed_ms, found.ms_per_unit) == (0.0, 10.0)
    assert 3 < found.p99_over_p50 <= 4


def test_without_disturbance_there_is_neither_spread_nor_error():
    found = cost([Timed(size, size, 5 + 2 * size) for size in (1.0, 2.0, 5.0, 9.0)], 4.0)
    assert (found.p99_over_p50, found.error_ms) == (1.0, 0.0)


def test_more_scatter_is_more_error():
    def error(scatter: float) -> float:
        times = [Timed(size, float(size), 10.0 * size + scatter * (-1) ** size) for size in range(1, 13)]
        return cost(times, 6.0).error_ms

    assert 0 < error(2) < error(20)


def test_the_error_is_the_same_again():
    measured = [Timed(size, float(size), 10.0 * size + size % 3) for size in range(1, 9)]
    assert cost(measured, 3.0, seed=5) == cost(measured, 3.0, seed=5)
