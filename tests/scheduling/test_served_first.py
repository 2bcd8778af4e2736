"""Degrade before refusing: at three times what main can do most are answered, though lightly. Virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.arrivals import steady
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.price import NS_PER_MS, PriceModel, PriceSettings
from docpipe.scheduling.queue import Request
from docpipe.scheduling.refusal_risk import refusal_risk
from docpipe.scheduling.scheduler import Scheduler, SchedulerSettings, Start
from docpipe.scheduling.simulation import Arrival, Harness, PricePolicy

MEASURED = (
    StageOptions(
        "text_detection", (Option("main", 439, 1.0), Option("light", 224, 0.990), Option("small", 154, 0.995))
    ),
    StageOptions("text_recognition", (Option("main", 794, 1.0), Option("light", 224, 0.970))),
    StageOptions("table_structure", (Option("main", 51, 1.0), Option("rules", 27, 1.0), Option("skip", 0.003, 1.0))),
    StageOptions("key_fields", (Option("main", 39, 1.0), Option("rules", 20, 0.990), Option("core", 6, 0.601))),
)
"""Receipts on two cores: the lightest of all saves 14 ms over the next one, and loses a third of the fields."""
LADDER = build_ladder(MEASURED)
CHEAPEST, MAIN_MS = LADDER.configurations[0], LADDER.configurations[-1].ms
DEADLINE_MS = 4 * MAIN_MS


def slower(light: float) -> tuple[StageOptions, ...]:
    """Return the rungs as a machine has them on which all but the best take so much longer than the profile says."""
    return tuple(
        replace(s, options=(s.options[0], *(replace(o, ms=o.ms * light) for o in s.options[1:]))) for s in MEASURED
    )


def in_order_of_arrival(documents: Sequence[Arrival], ms: float) -> float:
    """Return the share in time where all are read on one configuration and nobody is refused."""
    free_ms, in_time = 0.0, 0
    for document in documents:
        free_ms = max(free_ms, document.at_s * 1000) + ms * document.size
        in_time += free_ms - document.at_s * 1000 <= DEADLINE_MS
    return in_time / len(documents)


@pytest.mark.parametrize(("light", "least"), [(1.0, 0.98), (1.1, 0.95), (1.2, 0.91)])
def test_at_three_times_main_more_are_answered_than_on_the_lightest_rungs(light: float, least: float) -> None:
    """At 1.2 even the lightest rungs need more time than there is."""
    really = slower(light)
    lightest_ms = sum(stage.options[-1].ms for stage in really)
    served, best, accuracy = [], [], []
    for seed in (1, 2, 3):
        documents = steady(3000 / MAIN_MS, 300, spread=0.3, seed=seed)
        played = Harness(really, 1.0, 1, DEADLINE_MS).play(
            PricePolicy(LADDER, SchedulerSettings(1, DEADLINE_MS)), documents
        )
        assert played.late <= 0.01 * (played.documents - played.refused)
        served.append((played.full + played.degraded) / played.documents)
        accuracy.append(played.per_document)
        best.append(in_order_of_arrival(documents, lightest_ms))
    mean_served = sum(served) / 3
    assert mean_served >= sum(best) / 3
    assert mean_served >= least
    assert sum(accuracy) / 3 >= 0.94 * mean_served


def test_nobody_is_refused_for_the_better_rung_of_another() -> None:
    """A large document wins little for each millisecond, less than a better rung of a small one; it is served first."""
    s = Scheduler(LADDER, SchedulerSettings(1, DEADLINE_MS))
    now, deadline = 0, int(DEADLINE_MS * NS_PER_MS)
    for number in range(60):  # as many as can be read lightly
        now += 400 * NS_PER_MS
        s.arrive(now, Request(number, now, 1.0, now + deadline))
        assert isinstance(s.start(now), Start)
        s.finish(number)
    for number, size in enumerate([2.5] + [0.4] * 13, 100):  # 58 % of the deadline
        assert s.arrive(now, Request(number, now, size, now + deadline)) is None
    decided = s.start(now)
    assert isinstance(decided, Start)
    assert (decided.request.size, decided.level) == (2.5, LADDER.climbs()[0].level)


def test_being_served_has_its_whole_share_of_the_time_where_the_first_climb_passes_the_cheapest_by() -> None:
    """What is kept from better rungs is not kept from being served."""
    model = PriceModel(LADDER, PriceSettings(0.75 * DEADLINE_MS, refusal_weight=0.0), workers=1)
    first = LADDER.climbs()[0]
    assert first.level > 0
    whole_ms = model.settings.load * model.settings.horizon_ms
    waiting = 0
    while model.price().to_be_served is None:
        model.count_arrival(1.0)
        waiting += 1
    expected = sum(model.rates()) * model.settings.horizon_ms
    assert (waiting + expected) * first.ms >= 0.97 * whole_ms


@pytest.mark.parametrize("use", [0.3, 0.8, 0.999, 1.0, 1.001, 1.5])
def test_the_risk_grows_with_the_queue_up_to_certainty(use: float) -> None:
    risks = [refusal_risk(float(queue), 1000, use, 40, 1.1) for queue in range(0, 1100, 50)]
    assert risks == sorted(risks)
    assert risks[0] == 0
    assert risks[-1] == 1
    assert all(0 <= risk <= 1 for risk in risks)


def test_the_risk_is_that_of_a_ruined_gambler() -> None:
    """A game of even stakes: in half the room for half the money; one of drift by the known formula."""
    assert refusal_risk(500, 1000, 1.0, 40, 1.1) == pytest.approx(0.5)
    e = 2.718281828
    for use, wanted in ((0.98, (e**1 - 1) / (e**2 - 1)), (1.02, (1 - e**-1) / (1 - e**-2))):
        assert refusal_risk(500, 1000, use, 20, 1.0) == pytest.approx(wanted, rel=0.02)


def test_however_much_more_arrives_or_fits_the_risk_is_a_number() -> None:
    for use in (0.0, 1e-9, 0.5, 2.0, 1e6):
        for one_ms in (1e-3, 1.0, 1e6):
            for room in (1e-3, 1e3, 1e9):
                assert 0 <= refusal_risk(room / 2, room, use, one_ms, 1.1) <= 1
