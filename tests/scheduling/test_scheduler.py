"""The scheduler in virtual time: who is served, on what, and who is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.arrivals import steady
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.pace import PaceOfLate
from docpipe.scheduling.price import NS_PER_MS, PriceModel, PriceSettings, class_of
from docpipe.scheduling.queue import NEVER, Request, WaitingQueue
from docpipe.scheduling.scheduler import Refusal, Refuse, Scheduler, SchedulerSettings, Start
from docpipe.scheduling.simulation import Harness, PricePolicy

STAGES = (
    StageOptions("detect", (Option("main", 60, 1.0), Option("light", 20, 0.98))),
    StageOptions("read", (Option("main", 100, 1.0), Option("light", 30, 0.95))),
)
LADDER = build_ladder(STAGES)
DEADLINE = 600 * NS_PER_MS


def request(
    number: int, at_ms: float = 0.0, size: float = 1.0, deadline_ms: float | None = 600, **more: object
) -> Request:
    arrived = int(at_ms * NS_PER_MS)
    deadline = NEVER if deadline_ms is None else arrived + int(deadline_ms * NS_PER_MS)
    return Request(number, arrived, size, deadline, **more)  # type: ignore[arg-type]


def scheduler(**settings: object) -> Scheduler:
    return Scheduler(LADDER, SchedulerSettings(**settings))  # type: ignore[arg-type]


def started(s: Scheduler, now: int = 0) -> Start:
    decided = s.start(now)
    assert isinstance(decided, Start)
    return decided


def test_the_ladder_is_merged_by_what_a_millisecond_wins() -> None:
    assert [c.rungs for c in LADDER.configurations] == [("light", "light"), ("light", "main"), ("main", "main")]
    assert [c.ms for c in LADDER.configurations] == [50, 120, 160]
    assert sum(climb.gain for climb in LADDER.climbs()) == pytest.approx(LADDER.configurations[-1].accuracy)


def test_a_quiet_machine_serves_at_the_best() -> None:
    s = scheduler()
    assert s.arrive(0, request(1)) is None
    assert started(s).level == LADDER.top


def test_a_burst_is_served_lighter_instead_of_late() -> None:
    s = scheduler(workers=1)
    for number in range(10):
        s.arrive(0, request(number))
    assert started(s).level < LADDER.top


def test_hopeless_is_said_on_arrival_with_a_time_to_come_back() -> None:
    s = scheduler(workers=1)
    s.arrive(0, request(0))
    s.start(0)
    answers = [s.arrive(0, request(number)) for number in range(1, 40)]
    refused = [answer for answer in answers if answer is not None]
    assert refused
    assert all(r.reason == "hopeless" and r.retry_after_ms > 0 for r in refused)


def test_without_a_deadline_nothing_is_refused_and_those_with_one_go_first() -> None:
    s = scheduler(workers=1)
    for number in range(200):
        assert s.arrive(0, request(number, deadline_ms=None)) is None
    s.arrive(0, request(999))
    first, second = started(s), started(s)
    assert first.request.number == 999
    assert (second.request.number, second.level) == (0, LADDER.top)


def test_priority_goes_before_arrival() -> None:
    s = scheduler()
    s.arrive(0, request(1))
    s.arrive(0, request(2, priority=1))
    start = started(s)
    assert start.request.number == 2


def test_a_request_nobody_waits_for_any_more_is_dropped_when_its_turn_comes() -> None:
    s = scheduler()
    s.arrive(0, request(1))
    dropped = s.start(DEADLINE + 1)
    assert isinstance(dropped, Refusal)
    assert dropped.reason == "expired"
    assert s.start(DEADLINE + 1) is None


def test_cancelling_drops_what_has_not_started_and_nothing_else() -> None:
    s = scheduler()
    s.arrive(0, request(1))
    s.arrive(0, request(2))
    start = started(s)
    assert not s.cancel(start.request.number)
    assert s.cancel(2)
    assert s.start(0) is None


def test_a_late_document_is_lowered_at_its_next_stage_and_never_raised() -> None:
    s = scheduler()
    s.arrive(0, request(1))
    s.start(0)
    assert s.next_stage(400 * NS_PER_MS, 1, 1).rungs[1] == "main"
    assert s.next_stage(500 * NS_PER_MS, 1, 1).rungs[1] == "light"
    assert s.next_stage(0, 1, 1).rungs[1] == "light"


def test_a_caller_that_allows_less_gets_no_more() -> None:
    only_main = LADDER.restricted_to({"read": ("main",)})
    assert only_main is not None
    s = scheduler(workers=1)
    for number in range(12):
        s.arrive(0, request(number, ladder=only_main))
    while isinstance(start := s.start(0), Start):
        assert start.configuration.rungs[1] == "main"
    assert LADDER.restricted_to({}, min_accuracy=0.999) is not None
    assert LADDER.restricted_to({"read": ()}) is None


def test_what_a_caller_forbids_in_one_stage_leaves_him_the_lighter_rungs_of_the_others() -> None:
    """`detect.light` stands in every configuration below the best; without it `read` may still give way."""
    no_light_detection = LADDER.restricted_to({"detect": ("main",)})
    assert no_light_detection is not None
    assert [c.rungs for c in no_light_detection.configurations] == [("main", "light"), ("main", "main")]
    accurate = LADDER.restricted_to({"detect": ("main",)}, min_accuracy=0.96)
    assert accurate is not None
    assert [c.rungs for c in accurate.configurations] == [("main", "main")]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=40), st.data())
def test_the_queue_serves_by_priority_then_arrival_whatever_was_cancelled(items: list, data: st.DataObject) -> None:
    queue = WaitingQueue()
    waiting = {}
    for number, (priority, has_deadline) in enumerate(items):
        waiting[number] = request(number, priority=priority, deadline_ms=600 if has_deadline else None)
        queue.add(waiting[number])
    for number in data.draw(st.lists(st.sampled_from(sorted(waiting)), unique=True)) if waiting else []:
        assert queue.cancel(number) is waiting.pop(number)
    expected = sorted(waiting.values(), key=lambda r: (not r.has_deadline, -r.priority, r.number))
    taken = [queue.take() for _ in range(len(queue))]
    assert [r.number for r in taken if r is not None] == [r.number for r in expected]
    assert queue.take() is None
    assert queue.oldest() is None


@given(st.lists(st.floats(0.1, 5.0), min_size=1, max_size=60), st.booleans())
def test_more_that_wait_never_make_time_cheaper(sizes: list[float], equal: bool) -> None:
    """The risk of refusals also follows how large documents are: many small ones part the same time more evenly."""
    model = PriceModel(LADDER, PriceSettings(450.0, refusal_weight=float(equal)), workers=2)
    sizes = sizes[:1] * len(sizes) if equal else sizes
    before = 0.0
    for size in sizes:
        model.count_arrival(size)
        price = model.price().per_ms
        assert price >= before * (1 - 1e-9)
        before = price
    for size in sizes:
        model.count_departure(size)
    model.advance(3600 * 1000 * NS_PER_MS)
    assert model.price().per_ms == 0.0


@given(st.lists(st.tuples(st.floats(0.1, 5.0), st.integers(0, 400), st.floats(0, 900)), min_size=1, max_size=40))
def test_the_price_found_by_searching_is_the_one_found_by_walking(events: list[tuple[float, int, float]]) -> None:
    """The walk over all offers, best first, is the definition: what no longer fits sets the price."""
    settings = PriceSettings(450.0, refusal_weight=0.0)
    model = PriceModel(LADDER, settings, workers=2)
    now = 0
    for size, passed_ms, promised_ms in events:
        now += passed_ms * NS_PER_MS
        model.advance(now)
        model.count_arrival(size)
        price = model.price(promised_ms)
        demand = [w + rate * 450.0 for w, rate in zip(model._waiting, model.rates(), strict=True)]
        left = settings.load * 2 * 450.0 - promised_ms
        kept = (settings.load - settings.climb_load) * 2 * 450.0
        edge = None
        for _, size_class, level, ms, serves in model._offers:
            cost = ms * demand[size_class]
            if cost > 0 and cost >= (left if serves else left - kept):
                edge = size_class, level
                break
            left -= cost
        assert price.edge == edge


@given(st.floats(0.001, 1000))
def test_every_size_has_a_class(size: float) -> None:
    assert 0 <= class_of(size) <= 11


@given(
    st.lists(st.tuples(st.floats(0, 2000), st.floats(0.3, 3)), min_size=1, max_size=50),
    st.integers(1, 4),
)
def test_each_request_ends_exactly_once_and_what_starts_can_be_in_time(arrivals: list, workers: int) -> None:
    """Play a small crowd: served + refused = offered, and the same events give the same answers."""
    assert _play(arrivals, workers) == _play(arrivals, workers)
    served, refused = _play(arrivals, workers)
    assert sorted([n for n, _ in served] + refused) == list(range(len(arrivals)))


def _play(arrivals: list[tuple[float, float]], workers: int) -> tuple[list[tuple[int, tuple[str, ...]]], list[int]]:
    s = scheduler(workers=workers)
    served: list[tuple[int, tuple[str, ...]]] = []
    refused: list[int] = []
    busy: list[tuple[int, int]] = []
    events = sorted((int(at * NS_PER_MS), number, size) for number, (at, size) in enumerate(arrivals))
    now = 0
    while events or busy or len(s.queue):
        at_arrival = events[0][0] if events else NEVER
        at_end = min(busy)[0] if busy else NEVER
        now = min(at_arrival, at_end) if min(at_arrival, at_end) < NEVER else now
        if at_end <= at_arrival and busy:
            _, number = min(busy)
            busy.remove(min(busy))
            s.finish(number)
        elif events:
            _, number, size = events.pop(0)
            if s.arrive(now, request(number, now / NS_PER_MS, size)) is not None:
                refused.append(number)
        while len(busy) < workers:
            start = s.start(now)
            if start is None:
                break
            if isinstance(start, Refusal):
                refused.append(start.request.number)
                continue
            served.append((start.request.number, start.configuration.rungs))
            busy.append((now + int(start.configuration.ms * start.request.size * NS_PER_MS), start.request.number))
    return served, refused


def test_an_answer_worth_nothing_is_not_offered_and_one_worth_little_is_no_obstacle() -> None:
    stages = (
        StageOptions("detect", (Option("main", 1000, 1.0),)),
        StageOptions("fields", (Option("main", 30, 1.0), Option("core", 2, 0.1), Option("skip", 0, 0.0))),
    )
    ladder = build_ladder(stages)
    assert [c.rungs[1] for c in ladder.configurations] == ["core", "main"]
    assert [(climb.below, climb.level) for climb in ladder.climbs()] == [(-1, 1)]
    assert [(climb.below, climb.level) for climb in ladder.climbs_of_served()] == [(0, 1)]
    s = Scheduler(ladder, SchedulerSettings(workers=2, deadline_ms=20_000))
    served = 0
    for second in range(60):
        s.arrive(second * 10**9, request(second, at_ms=1000 * second, deadline_ms=20_000))
        start = started(s, second * 10**9)
        assert start.configuration.rungs[1] == "main"
        s.finish(start.request.number)
        served += 1
    assert served == 60


def test_where_the_profile_sees_no_difference_the_order_of_the_file_counts() -> None:
    stages = (StageOptions("tables", (Option("main", 90, 1.0), Option("rules", 60, 1.0), Option("skip", 0, 1.01))),)
    ladder = build_ladder(stages)
    assert ladder.configurations[-1].rungs == ("main",)
    s = Scheduler(ladder, SchedulerSettings(workers=1))
    s.arrive(0, request(1))
    start = started(s)
    assert start.configuration.rungs == ("main",)


def test_who_waits_alone_is_served_and_a_long_promise_looks_back_longer() -> None:
    deadline_ms = 20_000
    slow = build_ladder((StageOptions("read", (Option("main", 3000, 1.0), Option("light", 2900, 0.9))),))
    s = Scheduler(slow, SchedulerSettings(workers=1, deadline_ms=deadline_ms))
    for number in range(40):  # one every 4 s: each ends before the next one comes
        now = number * 4 * 10**9
        s.arrive(now, request(number, at_ms=4000 * number, size=1.3, deadline_ms=deadline_ms))
        started(s, now)
        s.finish(number)
    rate = sum(s.prices.rates()) * 1000
    assert rate == pytest.approx(0.25, rel=0.5)


def test_what_waits_is_summed_without_walking_over_the_queue() -> None:
    queue = WaitingQueue()
    for number in range(20):
        queue.add(request(number, size=0.5, priority=number % 3, deadline_ms=None if number % 2 else 600))
    queue.cancel(3)
    queue.take()
    assert queue.size() == pytest.approx(sum(r.size for r in queue)) == pytest.approx(9.0)


@pytest.mark.parametrize("slower", [0.7, 1.5, 2.0])
def test_a_machine_slower_than_its_profile_gives_up_accuracy_not_the_deadline(slower: float) -> None:
    """Arrivals at twice what main could do there; the price knows the profile only."""
    really = tuple(replace(s, options=tuple(replace(o, ms=o.ms * slower) for o in s.options)) for s in STAGES)
    documents = steady(2 * 2000 / (160 * slower), 60, spread=0.35, seed=3)
    harness = Harness(really, 1.0, workers=2, deadline_ms=600)
    blind = PricePolicy(LADDER, SchedulerSettings(workers=2))
    knowing = PricePolicy(build_ladder(really), SchedulerSettings(workers=2))
    played, best = harness.play(blind, documents), harness.play(knowing, documents)
    assert played.late <= 0.01 * played.documents
    assert played.per_document >= 0.98 * best.per_document
    assert blind.scheduler.pace.correction == pytest.approx(slower, rel=0.15)


@pytest.mark.parametrize("refuse", ["costliest_first", "only_hopeless"])
@pytest.mark.parametrize(("mean_ms", "often"), [(6, 1.0), (40, 0.05)], ids=["a little, always", "much, seldom"])
def test_where_times_are_uneven_what_is_begun_is_in_time(refuse: Refuse, mean_ms: float, often: float) -> None:
    """Two cores at 3 times what main can do, where calls take longer than they should, some much longer."""
    one = (StageOptions("read", (Option("main", 120, 1.0), Option("light", 40, 0.95))),)
    draws = random.Random("uneven")
    documents = [
        replace(document, size=1 + draws.expovariate(40 / mean_ms) * (draws.random() < often), seen_size=1.0)
        for document in steady(50, 60, spread=0.0, seed=2)
    ]
    policy = PricePolicy(build_ladder(one), SchedulerSettings(2, 600.0, refuse))
    played = Harness(one, 1.0, 2, 600.0).play(policy, documents)
    assert played.late <= 0.01 * (played.documents - played.refused)
    assert played.refused <= 0.15 * played.documents


def test_the_tail_is_learned_and_forgotten() -> None:
    pace = PaceOfLate(100.0)
    for _ in range(300):
        pace.took(50.0, 50.0, pace.now)
    assert pace.now.at_start < 1.05
    for number in range(300):
        pace.took(100.0 if number % 5 == 0 else 50.0, 50.0, pace.now)
    assert pace.now.at_start > 1.3
    assert pace.now.at_stage < pace.now.at_start < pace.now.at_refusal


def test_what_failed_or_waited_says_nothing_about_the_machine() -> None:
    s = scheduler(workers=1)
    s.arrive(0, request(1))
    started(s, 300 * NS_PER_MS)
    s.finish(1, 460 * NS_PER_MS)  # as long as main takes
    assert s.pace.correction == pytest.approx(1.0)
    s.arrive(0, request(2))
    started(s, 460 * NS_PER_MS)
    s.finish(2)
    assert s.pace.correction == pytest.approx(1.0)


def test_without_a_promise_in_the_file_the_price_looks_ahead_by_what_callers_ask() -> None:
    """Documents of 3 s and deadlines of 20 s: looking 600 ms ahead, two that wait would already be too many."""
    slow = build_ladder((StageOptions("read", (Option("main", 3000, 1.0), Option("light", 500, 0.9))),))
    s = Scheduler(slow, SchedulerSettings(workers=1, deadline_ms=None))
    for number in range(3):
        assert s.arrive(0, request(number, deadline_ms=20_000)) is None
    assert started(s).configuration.rungs == ("main",)
    for number in range(3, 200):
        s.arrive(number * 10**9, request(number, at_ms=1000 * number, deadline_ms=100_000))
    assert s.prices.settings.horizon_ms == pytest.approx(0.75 * 100_000, rel=0.3)


def test_equal_documents_at_the_edge_do_not_flip_together() -> None:
    """At a steady rate between two rungs: a mixture, evenly spread, not one and then the other."""
    s = scheduler(workers=1)
    levels = []
    for number in range(400):
        now = number * 90 * NS_PER_MS  # 160 ms on main, 120 and 50 ms below
        s.arrive(now, request(number, at_ms=90 * number))
        levels.append(started(s, now).level)
        s.finish(number)
    settled = levels[200:]
    assert len(set(settled)) == 2
    rows = [len(list(group)) for _, group in groupby(settled)]
    share = settled.count(max(settled)) / len(settled)
    assert max(rows) <= 2 + max(1 / share, 1 / (1 - share))
