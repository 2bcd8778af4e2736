"""A what-if as an estimate: the busy time of another policy from the log of one, against a run of that other policy."""

from __future__ import annotations

import random

import pytest

from docpipe.policy import Outcome, Signals
from docpipe.policy.audit.log import EventLog
from docpipe.policy.audit.whatif import what_if
from tests.policy.play import Player, plan_of

BAND = {"gpu_used": {"degrade_above": 0.9}, "recover_after_s": 3600}


def recorded(path, policy, documents=800):
    """Read documents of mixed sizes, main slower and growing with size; memory is short in the second half."""
    with EventLog(path) as log:
        player, rng, busy = Player(plan_of(policy, table=["main", "light"]), log=log), random.Random(5), 0.0
        for number in range(documents):
            player.clock.advance(0.5)
            units = rng.lognormvariate(0, 0.5)
            choice = player.engine.assign(f"{number}")["table"]
            ms = (100 if choice.rung == "main" else 30) * units * rng.uniform(0.8, 1.25)
            busy += ms
            player.sample(choice, Outcome.OK, ms, document_id=f"{number}", units=units, worker="w")
            player.engine.tick(Signals(gpu_used=0.95 if number > documents // 2 else 0.2))
    return busy


@pytest.mark.parametrize("way", ["as-if-never-degraded", "as-if-degraded"])
def test_the_busy_time_of_the_other_run_is_met_within_five_percent(tmp_path, way):
    degraded, steady = recorded(tmp_path / "a", BAND), recorded(tmp_path / "b", {})
    if way == "as-if-never-degraded":
        answer, truth = what_if(tmp_path / "a", plan_of({}, table=["main", "light"])), steady
        assert answer.borrowed > 300
        assert abs(answer.would_be_busy_ms - truth) <= 0.05 * truth
        assert abs(answer.would_be_busy_ms - truth) <= answer.error_ms
        assert "give or take" in str(answer)
    else:
        # in the run that was never degraded light was never seen: nothing is known, and nothing is promised
        answer = what_if(tmp_path / "b", plan_of(BAND, table=["main", "light"]))
        assert answer.unknown > 300
        assert answer.unseen == ("table.light",)
        assert "unknown: the log has no call of table.light" in str(answer)
        assert degraded < steady
