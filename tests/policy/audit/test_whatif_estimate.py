"""A what-if as an estimate: the busy time of another policy from the log of one, against a run of that other policy."""

from __future__ import annotations

import random

import pytest

from docpipe.policy import Outcome, Signals
from docpipe.policy.audit.log import EventLog
from docpipe.policy.audit.whatif import what_if
from tests.policy.play import Player, plan_of

BAND = {"gpu_used": {"degrade_above": 0.9}, "recover_after_s": 3600}
TO_AND_FRO = {
    "gpu_used": {"degrade_above": 0.9, "recover_below": 0.7, "degrade_after_s": 0, "recover_after_s": 0},
    "cool_down_s": {"first": 0, "factor": 1, "max": 0},
    "probes": {"count": 1, "pass": 1, "per_s": 1000},
    "ramp": {"shares": []},
}
DOCUMENTS = 800
MS = {"main": 100, "light": 30}


def in_the_second_half(number):
    return number > DOCUMENTS // 2


def now_and_then_at_first(number):
    return number % 4 == 0 and number < DOCUMENTS // 2


def recorded(path, policy, *, rungs=("main", "light"), short=in_the_second_half, drift=1.0):
    """Read documents of mixed sizes, main slower and growing with size, and return the milliseconds that it took.

    With a drift the machine is that much slower in the last third, and the documents are twice as large.
    """
    with EventLog(path) as log:
        player, rng, busy = Player(plan_of(policy, table=list(rungs)), log=log), random.Random(5), 0.0
        for number in range(DOCUMENTS):
            player.clock.advance(0.5)
            late = drift != 1.0 and number > DOCUMENTS * 2 // 3
            units = rng.lognormvariate(0, 0.5) * (2 if late else 1)
            choice = player.engine.assign(f"{number}")["table"]
            ms = MS[choice.rung] * units * rng.uniform(0.8, 1.25) * (drift if late else 1)
            busy += ms
            player.sample(choice, Outcome.OK, ms, document_id=f"{number}", units=units, worker="w")
            player.engine.tick(Signals(gpu_used=0.95 if short(number) else 0.2))
    return busy


def test_the_busy_time_of_a_run_that_never_gave_way_is_met_within_five_percent(tmp_path):
    recorded(tmp_path / "a", BAND)
    answer, truth = what_if(tmp_path / "a", plan_of({}, table=["main", "light"])), recorded(tmp_path / "b", {})
    assert answer.borrowed > 300
    assert abs(answer.would_be_busy_ms - truth) <= 0.05 * truth
    assert abs(answer.would_be_busy_ms - truth) <= answer.error_ms
    assert "give or take" in str(answer)


def test_what_a_log_never_saw_is_unknown_and_no_saving_is_told(tmp_path):
    steady = recorded(tmp_path / "b", {})
    answer = what_if(tmp_path / "b", plan_of(BAND, table=["main", "light"]))
    assert answer.unknown > 300
    assert answer.unseen == ("table.light",)
    assert "unknown: the log has no call of table.light" in str(answer)
    assert recorded(tmp_path / "a", BAND) < steady


def test_what_a_log_never_saw_is_drawn_from_the_profile_of_another_day(tmp_path):
    """Then the machine was 1.7 times as slow, for all rungs alike."""
    recorded(tmp_path / "b", {})
    profile = lambda stage, rung, units: 1.7 * MS[rung] * units  # noqa: E731
    answer = what_if(tmp_path / "b", plan_of(BAND, table=["main", "light"]), profile)
    truth = recorded(tmp_path / "a", BAND)
    assert answer.unknown == 0
    assert answer.profiled > 300
    assert abs(answer.would_be_busy_ms / truth - 1) < 0.05
    assert answer.profile_factor == pytest.approx(1 / 1.7, rel=0.05)
    assert "by the profile" in str(answer)


@pytest.mark.parametrize("rungs", [("main", "light"), ("light", "main")], ids=["always main", "always light"])
def test_larger_documents_and_a_slower_machine_at_the_end_do_not_mislead(tmp_path, rungs):
    """Light ran seldom and early, on small documents and a quick machine; asked is the time of all of them."""
    recorded(tmp_path / "a", TO_AND_FRO, short=now_and_then_at_first, drift=1.3)
    truth = recorded(tmp_path / "b", {}, rungs=rungs, drift=1.3)
    answer = what_if(tmp_path / "a", plan_of({}, table=list(rungs)))
    assert answer.borrowed >= 50
    assert abs(answer.would_be_busy_ms / truth - 1) < 0.05
    assert answer.pace[1] / answer.pace[0] > 1.15
