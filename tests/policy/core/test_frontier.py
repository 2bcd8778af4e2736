"""The joint ladder: the concave hull of one stage, and the order in which stages give way together."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.policy.core.frontier import FLOOR, Option, StageOptions, hull, joint_ladder, worth

REFERENCE = (
    StageOptions("text_detection", (Option("main", 60, 1.0), Option("light", 22, 0.985))),
    StageOptions("text_recognition", (Option("main", 100, 1.0), Option("light", 35, 0.983))),
    StageOptions("table_structure", (Option("main", 80, 1.0), Option("light", 30, 0.985), Option("off", 0, 0.93))),
    StageOptions("key_fields", (Option("main", 40, 1.0), Option("rules", 2, 0.95))),
)
"""The reference profile of the overload benchmark: 24 combinations."""

numbers = st.integers(1, 400)
factors = st.integers(1, 100).map(lambda n: n / 100)
some_options = st.lists(st.tuples(numbers, factors), min_size=1, max_size=6).map(
    lambda pairs: tuple(Option(f"r{i}", float(ms), accuracy) for i, (ms, accuracy) in enumerate(pairs))
)
weights = st.sampled_from([0.25, 0.5, 1.0, 2.0])
some_stages = st.lists(st.tuples(some_options, weights), min_size=1, max_size=4).map(
    lambda parts: [StageOptions(f"s{i}", options[:4], weight) for i, (options, weight) in enumerate(parts)]
)


def test_the_reference_profile_gives_way_in_the_known_order() -> None:
    points = joint_ladder(REFERENCE, base=0.982)
    assert [(point.ms, round(point.accuracy, 3)) for point in reversed(points)] == [
        (280, 0.982),
        (215, 0.965),
        (165, 0.951),
        (127, 0.937),
        (89, 0.890),
        (59, 0.840),
    ][: len(points)]
    assert points[0].rungs == ("light", "light", "off", "rules")
    assert [point.gained for point in points[1:]] == [
        "table_structure",
        "key_fields",
        "text_detection",
        "table_structure",
        "text_recognition",
    ]


def test_a_rung_that_is_slower_and_no_better_is_left_out() -> None:
    options = (Option("main", 100, 1.0), Option("worse", 120, 0.9), Option("same", 130, 1.0), Option("light", 40, 0.9))
    assert [option.rung for option in hull(options)] == ["light", "main"]


def test_a_rung_that_a_mixture_beats_is_left_out() -> None:
    options = (Option("main", 100, 1.0), Option("middle", 60, 0.6), Option("light", 20, 0.5))
    assert [option.rung for option in hull(options)] == ["light", "main"]


def test_a_rung_without_any_accuracy_still_has_a_place() -> None:
    kept = hull((Option("main", 10, 1.0), Option("skip", 0, 0.0)))
    assert [option.rung for option in kept] == ["skip", "main"]
    assert worth(kept[0]) == math.log(FLOOR)


def test_weight_lets_a_stage_give_way_first() -> None:
    def first_loss(weight: float) -> str | None:
        pair = (Option("main", 50, 1.0), Option("light", 10, 0.9))
        return joint_ladder([StageOptions("a", pair), StageOptions("b", pair, weight)])[-1].gained

    assert (first_loss(0.5), first_loss(2.0)) == ("b", "a")


def test_a_stage_without_rungs_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one rung"):
        joint_ladder([StageOptions("a", ())])


@given(some_options, weights)
def test_a_hull_rises_ever_more_slowly(options: tuple[Option, ...], weight: float) -> None:
    kept = hull(options, weight)
    steps = [(b.ms - a.ms, worth(b, weight) - worth(a, weight)) for a, b in itertools.pairwise(kept)]
    assert all(ms > 0 and gain > 0 for ms, gain in steps)
    slopes = [gain / ms for ms, gain in steps]
    assert all(a > b for a, b in itertools.pairwise(slopes))


@given(some_options, weights)
def test_no_option_lies_above_its_hull(options: tuple[Option, ...], weight: float) -> None:
    kept = hull(options, weight)
    assert kept[0].ms == min(option.ms for option in options)
    assert worth(kept[-1], weight) == max(worth(option, weight) for option in options)
    for option in options:
        right = next((i for i, on in enumerate(kept) if on.ms >= option.ms), len(kept))
        if right == len(kept):
            ceiling = worth(kept[-1], weight)
        elif right == 0 or kept[right].ms == option.ms:
            ceiling = worth(kept[right], weight)
        else:
            a, b = kept[right - 1], kept[right]
            share = (option.ms - a.ms) / (b.ms - a.ms)
            ceiling = worth(a, weight) + share * (worth(b, weight) - worth(a, weight))
        assert worth(option, weight) <= ceiling + 1e-9


@given(some_stages)
def test_no_combination_beats_a_point_in_its_time(stages: list[StageOptions]) -> None:
    """Compared with every combination there is."""
    points = joint_ladder(stages)
    weighted = {stage.stage: {option.rung: worth(option, stage.weight) for option in stage.options} for stage in stages}
    everything = [
        (sum(option.ms for option in chosen), sum(worth(o, s.weight) for o, s in zip(chosen, stages, strict=True)))
        for chosen in itertools.product(*(stage.options for stage in stages))
    ]
    for point in points:
        mine = sum(weighted[stage.stage][rung] for stage, rung in zip(stages, point.rungs, strict=True))
        assert mine >= max(value for ms, value in everything if ms <= point.ms) - 1e-9
    assert points[0].ms == min(ms for ms, _ in everything)
    assert [point.ms for point in points] == sorted(point.ms for point in points)
    slopes = [point.slope for point in points[1:]]
    assert slopes == sorted(slopes, reverse=True)


@given(some_stages)
def test_neighbouring_points_differ_in_one_stage(stages: list[StageOptions]) -> None:
    for before, after in itertools.pairwise(joint_ladder(stages)):
        changed = [s.stage for s, a, b in zip(stages, before.rungs, after.rungs, strict=True) if a != b]
        assert changed == [after.gained]
