"""A batch that must end in time, in virtual time: in time, and with little accuracy given up."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

import pytest

from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.finish_plan import FinishPlan
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.price import NS_PER_MS

STAGES = (
    StageOptions("detect", (Option("main", 60, 1.0), Option("light", 20, 0.98))),
    StageOptions("read", (Option("main", 100, 1.0), Option("light", 30, 0.95))),
)
LADDER = build_ladder(STAGES)
BEST_MS, CHEAPEST_MS = 160.0, 50.0


def play(
    sizes: list[float], budget_ms: float, workers: int = 2, slower: float | Callable[[float], float] = 1.0
) -> tuple[float, float]:
    """Return when the batch ends, over its budget, and the mean accuracy."""
    plan = FinishPlan(LADDER, [(str(n), size) for n, size in enumerate(sizes)], workers, int(budget_ms * NS_PER_MS))
    free, accuracy, ends = [(0, "", 0.0)] * workers, 0.0, 0
    for number, size in enumerate(sizes):
        now, before, took = heapq.heappop(free)
        if before:
            plan.learn_time(before, took)
        chosen = plan.choose(now, str(number))
        took = chosen.ms * size * (slower(now / NS_PER_MS / budget_ms) if callable(slower) else slower)
        accuracy += chosen.accuracy
        ends = max(ends, now + int(took * NS_PER_MS))
        heapq.heappush(free, (now + int(took * NS_PER_MS), str(number), took))
    return ends / NS_PER_MS / budget_ms, accuracy / len(sizes)


def drawn(count: int) -> list[float]:
    rng = random.Random(5)
    return [rng.uniform(0.4, 2.5) for _ in range(count)]


@pytest.mark.parametrize("share", [0.9, 0.7, 0.5])
@pytest.mark.parametrize("slower", [1.0, 1.3])
def test_a_batch_ends_in_time_also_where_everything_is_slower_than_the_profile(share: float, slower: float) -> None:
    sizes = drawn(400)
    ends, accuracy = play(sizes, share * sum(sizes) * BEST_MS / 2, slower=slower)
    assert 0.96 < ends <= 1.0
    assert accuracy > LADDER.configurations[0].accuracy


def test_with_time_for_everything_nothing_is_given_up() -> None:
    sizes = drawn(50)
    assert play(sizes, 1.2 * sum(sizes) * BEST_MS / 2)[1] == pytest.approx(1.0)


def test_a_mixture_beats_the_best_fixed_rungs_that_make_it() -> None:
    sizes = drawn(100)
    budget = 0.6 * sum(sizes) * BEST_MS / 2
    fits = [c.accuracy for c in LADDER.configurations if c.ms <= 0.6 * BEST_MS]
    assert play(sizes, budget)[1] > max(fits)


def test_too_little_time_is_known_at_once() -> None:
    plan = FinishPlan(LADDER, [(str(n), 1.0) for n in range(100)], 2, int(1000 * NS_PER_MS))
    forecast = plan.forecast(0)
    assert not forecast.possible
    assert forecast.ends_ms == pytest.approx(100 * CHEAPEST_MS / 2)
    assert forecast.levels == {0: 100}


@pytest.mark.parametrize("share", [0.7, 0.6])
@pytest.mark.parametrize("comes_at", [0.5, 0.8])
def test_a_neighbour_who_comes_in_mid_run_does_not_make_it_late(comes_at: float, share: float) -> None:
    sizes = drawn(1000)
    ends, _ = play(sizes, share * sum(sizes) * BEST_MS / 2, slower=lambda passed: 1.5 if passed > comes_at else 1.0)
    assert ends <= 1.0


def test_when_a_neighbour_goes_the_time_is_used() -> None:
    """What was lost to one who has gone is not feared for the rest of the run."""
    sizes = drawn(1000)
    ends, _ = play(sizes, 0.7 * sum(sizes) * BEST_MS / 2, slower=lambda passed: 1.5 if passed < 0.5 else 1.0)
    assert 0.995 <= ends <= 1.0


def test_documents_of_one_size_share_evenly_not_the_first_ones_alone() -> None:
    plan = FinishPlan(LADDER, [(str(n), 1.0) for n in range(200)], 1, int(200 * 85 * NS_PER_MS))
    first = [plan.choose(0, str(n)).accuracy for n in range(20)]
    assert len(set(first)) > 1


def test_alike_documents_and_documents_that_start_anew_are_counted_right() -> None:
    plan = FinishPlan(LADDER, [("same", 1.0), ("same", 1.0)], 1, int(1000 * NS_PER_MS))
    assert [plan.choose(0, "same").ms for _ in range(3)] == [BEST_MS] * 3
    for _ in range(3):
        plan.learn_time("same", 320.0)
    assert plan.correction == pytest.approx((624 + 480) / (312 + 480))  # the last one weighs most
    assert plan.forecast(0).documents == 0


def test_rungs_that_are_closed_are_not_planned() -> None:
    plan = FinishPlan(LADDER, [(str(n), 1.0) for n in range(4)], 1, int(1000 * NS_PER_MS))
    plan.replace_ladder(build_ladder([StageOptions(s.stage, s.options[1:]) for s in STAGES]))
    assert plan.choose(0, "0").rungs == ("light", "light")
