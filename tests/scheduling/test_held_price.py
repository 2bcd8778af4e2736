"""`consistency: sticky`: the price of time moves for everybody at once, and equal documents get equal rungs between."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.held_price import GRID, HeldPrice
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.price import NS_PER_MS
from docpipe.scheduling.queue import NEVER, Request
from docpipe.scheduling.scheduler import Scheduler, SchedulerSettings, Start

SECOND = 1000 * NS_PER_MS
STAGES = (
    StageOptions("detect", (Option("main", 60, 1.0), Option("light", 20, 0.98))),
    StageOptions("read", (Option("main", 100, 1.0), Option("light", 30, 0.95))),
)
LADDER = build_ladder(STAGES)
SIZES = (0.5, 1.0, 2.0)
DEADLINE_NS = 600 * NS_PER_MS


def test_a_price_rises_at_once_and_falls_after_the_hold_to_the_highest_seen_within_it() -> None:
    held = HeldPrice(60 * SECOND)
    assert held.see(0, 1e-4)
    top = held.per_ms
    assert top >= 1e-4
    assert not held.see(30 * SECOND, 0.0)
    assert not held.see(59 * SECOND, 2e-5)
    assert held.see(70 * SECOND, 0.0)
    assert 2e-5 <= held.per_ms < top
    assert not held.see(100 * SECOND, 0.0)
    assert held.see(140 * SECOND, 0.0)
    assert held.per_ms == 0.0


def test_a_price_that_is_seen_again_does_not_fall() -> None:
    held = HeldPrice(60 * SECOND)
    for second in range(0, 600, 20):
        held.see(second * SECOND, 1e-4)
    assert held.moved_at == 0


def test_another_hold_is_in_force_at_once_and_keeps_what_was_seen_within_the_old_one() -> None:
    held = HeldPrice(600 * SECOND)
    held.see(0, 1e-4)
    held.see(100 * SECOND, 2e-5)
    held.hold_for(100 * SECOND, 20 * SECOND)
    assert not held.see(110 * SECOND, 0.0)  # the highest price of the old hold counts as seen now
    assert held.see(125 * SECOND, 0.0)
    held.see(130 * SECOND, 1e-4)
    held.hold_for(131 * SECOND, 600 * SECOND)
    assert not held.see(700 * SECOND, 0.0)
    assert held.see(800 * SECOND, 0.0)


@given(st.lists(st.tuples(st.integers(0, 40 * SECOND), st.floats(0, 1)), max_size=60))
def test_no_price_rises_within_a_hold_after_it_fell_twice_or_leaves_the_grid(events: list[tuple[int, float]]) -> None:
    """A fall comes a hold after the last move, so that nothing goes up, down and up again within one."""
    held, now, moves = HeldPrice(60 * SECOND), 0, []
    for passed, per_ms in events:
        now += passed
        before = held.per_ms
        if held.see(now, per_ms):
            moves.append((now, held.per_ms > before))
        assert held.per_ms in GRID
    assert all(later - earlier >= 60 * SECOND for (earlier, _), (later, rose) in pairwise(moves) if not rose)


Crowd = st.lists(st.tuples(st.integers(0, 400), st.sampled_from(SIZES), st.floats(0.7, 1.6)), min_size=20, max_size=120)


@settings(max_examples=60)
@given(Crowd, st.integers(1, 3))
def test_equal_documents_get_equal_rungs_within_a_hold_whoever_else_waits(
    arrivals: list[tuple[int, float, float]], workers: int
) -> None:
    """Times are as uneven as a machine's; the size of what is left is told again before the second stage."""
    served = _play(arrivals, workers, "sticky")
    for one in served:
        for other in served:
            if one[:2] == other[:2]:
                assert one == other


def test_without_it_they_differ() -> None:
    served = _play([(15, 1.0, 1.0)] * 100, 1, "per_document")
    assert len({rungs for *_, rungs in served}) > 1


def _play(
    arrivals: list[tuple[int, float, float]], workers: int, consistency: str
) -> list[tuple[int, float, tuple[str, ...]]]:
    """Return, for each document that was served, the move of the price before it, its size and its rungs."""
    s = Scheduler(LADDER, SchedulerSettings(workers, 600.0, consistency=consistency))  # type: ignore[arg-type]
    served, busy, slower, now, at, moves = [], [], {}, 0, 0, 0

    def work(until: int) -> None:
        nonlocal now, moves
        while True:
            while len(busy) < workers:
                before = None if s.held is None else (s.held.per_ms, s.held.moved_at)
                start = s.start(now)
                moves += before is not None and before != (s.held.per_ms, s.held.moved_at)
                if start is None:
                    break
                if isinstance(start, Start):
                    busy.append(_read(s, start, now, slower[start.request.number], served, moves))
            if not busy or min(busy)[0] > until:
                return
            now, number = min(busy)
            busy.remove((now, number))
            s.finish(number, now)

    for number, (passed_ms, size, times) in enumerate(arrivals):
        at += passed_ms * NS_PER_MS
        work(at)
        now = max(now, at)
        slower[number] = times
        s.arrive(now, Request(number, now, size, now + DEADLINE_NS))
    work(NEVER)
    return served


def _read(s: Scheduler, start: Start, now: int, times: float, served: list, moves: int) -> tuple[int, int]:
    size, rungs = start.request.size, []
    for stage in range(2):
        chosen = s.next_stage(now, start.request.number, stage, 1.4 * size if stage else None)
        rungs.append(chosen.rungs[stage])
        now += int(chosen.stage_ms[stage] * size * times * NS_PER_MS)
    served.append((moves, size, tuple(rungs)))
    return now, start.request.number


def test_what_does_not_fit_the_time_left_moves_the_price_for_all() -> None:
    s = Scheduler(LADDER, SchedulerSettings(1, 600.0, consistency="sticky"))
    s.arrive(0, Request(1, 0, 1.0, DEADLINE_NS))
    late = s.start(480 * NS_PER_MS)
    assert isinstance(late, Start)
    assert late.configuration.rungs == ("light", "light")
    s.finish(1)
    for number, second in ((2, 30), (3, 59), (4, 80), (5, 100)):
        s.arrive(second * SECOND, Request(number, second * SECOND, 1.0, second * SECOND + DEADLINE_NS))
        start = s.start(second * SECOND)
        assert isinstance(start, Start)
        assert start.configuration.rungs == (("light", "light") if second < 60 else ("main", "main"))
        s.finish(number)


@pytest.mark.parametrize(("size", "rungs"), [(1.0, ("main", "main")), (3.3, ("light", "main"))])
def test_what_is_too_large_for_its_whole_deadline_is_read_lighter_without_a_move(
    size: float, rungs: tuple[str, ...]
) -> None:
    s = Scheduler(LADDER, SchedulerSettings(2, 600.0, consistency="sticky"))
    s.arrive(0, Request(1, 0, size, DEADLINE_NS))
    start = s.start(0)
    assert isinstance(start, Start)
    assert start.configuration.rungs == rungs
    assert s.price_per_ms() == 0.0
