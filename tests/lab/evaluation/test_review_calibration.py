"""Thresholds of review by field and source: curves, limits held out by company, and what they may cost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.adapter.review_thresholds import name_source, thresholds_for
from docpipe.lab.evaluation.review_calibration import (
    ANY,
    FEWEST,
    FOLDS,
    Judged,
    JudgedDocument,
    calibrate,
    choose_together,
    find_least_right,
    fit_curve,
    fit_curves,
)


def judged(
    confidence: float, right: bool, number: int = 0, *, path: str = "total_gross", source: str = "model"
) -> Judged:
    return Judged(path, source, confidence, right, False, number % FOLDS)


def kind_of(path: str) -> str:
    return "amount"


def mixed(count: int = 40) -> list[Judged]:
    """Values of .6 of which half are wrong, and of .95 which are right, spread over all folds."""
    low = [judged(0.6, number % 2 == 0, number // 2) for number in range(count)]
    return low + [judged(0.95, True, number) for number in range(count)]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_a_curve_never_falls(points: Sequence[tuple[float, bool]]) -> None:
    """More confidence never means fewer right ones, whatever the values are."""
    curve = fit_curve([judged(confidence, right) for confidence, right in points])
    assert list(curve.shares) == sorted(curve.shares)
    assert all(0 <= share <= 1 for share in curve.shares)


def test_a_curve_says_how_many_are_right() -> None:
    curve = fit_curve(mixed())
    assert curve.share(0.6) == pytest.approx(0.5, abs=0.01)
    assert curve.share(0.95) > 0.99
    assert curve.least(0.9) == 0.95
    assert curve.least(1.0) > 1  # no confidence is enough


def test_a_source_with_few_values_is_judged_by_all_of_its_field() -> None:
    values = [*mixed(), *(judged(0.7, True, source="rule") for _ in range(FEWEST - 1))]
    assert {source for _, source in fit_curves(values, kind_of)} == {"model", ANY}


def test_a_limit_parts_the_wrong_from_the_right() -> None:
    """Half of what is read at .6 is wrong: these are listed, those of .95 pass."""
    (limit,) = calibrate(mixed(), lambda path: 0.01, 0.6, kind_of)
    assert limit.thresholds["model"] == 0.95
    assert (limit.silent, limit.asked, limit.reached) == (0.0, 0.25 + 0.25, True)


def test_what_may_be_asked_bounds_a_limit() -> None:
    """Where the target costs more than the budget, the limit says so and asks no more."""
    (limit,) = calibrate(mixed(), lambda path: 0.01, 0.1, kind_of)
    assert not limit.reached
    assert limit.asked <= 0.1


def test_a_field_without_a_wrong_value_has_no_threshold() -> None:
    """How sure right values happened to be says nothing of wrong ones: a little less sure is no reason to ask."""
    (limit,) = calibrate([judged(0.98, True, number) for number in range(30)], lambda path: 0.01, 0.4, kind_of)
    assert (limit.limit, limit.thresholds) == (0.0, {})


def test_the_least_share_of_right_ones_is_a_confidence_of_each_source() -> None:
    values = [*mixed(), *(judged(0.5, True, number, source="pairs") for number in range(20))]
    curves = fit_curves(values, kind_of)
    assert find_least_right(curves, "total_gross", 0.9) == {"model": 0.95, "pairs": 0.5, ANY: 0.5}
    assert find_least_right(curves, "buyer.name", 0.9) == {}


def documents(values: Sequence[Judged]) -> list[JudgedDocument]:
    return [JudgedDocument((value,), asked=False) for value in values]


def test_limits_of_all_fields_catch_silent_documents() -> None:
    together = choose_together(documents(mixed()), 0.6, kind_of, lambda path: 0.0, lambda path: True)
    assert together.silent_before == 0.25
    assert (together.silent, together.asked) == (0.0, 0.5)
    assert together.thresholds["total_gross"]["model"] == 0.95


def test_a_field_seen_a_few_times_opens_no_document() -> None:
    """Three wrong discounts are too few to list every discount there will be."""
    few = [judged(0.7, False, number, path="total_discount") for number in range(3)]
    together = choose_together(documents([*mixed(), *few]), 0.6, kind_of, lambda path: 0.0, lambda path: True)
    assert "total_discount" not in together.thresholds


def test_a_document_that_is_looked_at_anyway_costs_nothing() -> None:
    looked_at = [JudgedDocument((value,), asked=True) for value in mixed()]
    together = choose_together(looked_at, 0.0, kind_of, lambda path: 0.0, lambda path: True)
    assert (together.asked_before, together.asked, together.silent) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("source", "source_id", "name"),
    [
        ("model", "docpipe-key-fields", "model"),
        ("rule", "invoice-zh.buyer.address", "rule"),
        ("rule", "invoice-en.parties.buyer_word", "pairs"),
        ("rule", None, "rule"),
    ],
)
def test_parties_decided_over_pairs_are_a_source_of_their_own(source: str, source_id: str | None, name: str) -> None:
    assert name_source(source, source_id) == name


def test_the_shipped_thresholds_can_be_kept() -> None:
    """Every number that is shipped is a confidence that a value can have."""
    for target in (0.005, 0.02, 0.05):
        for kind in ("receipt", "invoice"):
            known = thresholds_for(target, kind)
            numbers = [n for table in (known.alone, known.beside) for found in table.values() for n in found.values()]
            assert all(0 < number <= 1 for number in numbers)
