"""A worker that dies or hangs in a call: its rung is charged, its lease fails, its document goes on lower, once."""

from __future__ import annotations

import pytest

from docpipe.policy import EventKind, Kind, Outcome, Sample, Trigger
from docpipe.policy.core.effects import EffectKind
from tests.policy.play import QUICK, Player, plan_of


def lose(player: Player, choice, outcome: Outcome = Outcome.WORKER_DIED, document: str = "d", worker: str = "w"):
    """Let a worker go down in a call of a choice; return the effects by kind."""
    sample = Sample(
        choice.stage, choice.rung, choice.epoch, outcome, 5_000_000, choice.kind, document, choice.lease, worker=worker
    )
    effects = player.engine.lose_worker(worker, outcome, exit_code=-9, document_id=document, sample=sample)
    return {effect.kind: effect for effect in effects}


def test_the_document_goes_on_below_the_rung_that_was_hit_once():
    player = Player(plan_of())
    first = lose(player, player.engine.assign("d")["table"])
    assert set(first) == {EffectKind.START, EffectKind.RETRY}
    assert (first[EffectKind.RETRY].stage, first[EffectKind.RETRY].rung) == ("table", "main")
    again = player.engine.assign("d", (("table", "main"),))["table"]
    assert (again.rung, again.level, again.fallbacks, again.skipped) == ("light", 1, ("skip",), "main")
    second = lose(player, again)
    assert set(second) == {EffectKind.START, EffectKind.SET_ASIDE}
    assert set(lose(player, again, document="another")) == {EffectKind.START, EffectKind.RETRY}


def test_on_the_last_rung_the_same_one_is_tried_once_more():
    player = Player(plan_of(table=["only"]))
    lose(player, player.engine.assign("d")["table"])
    assert player.engine.assign("d", (("table", "only"),))["table"].rung == "only"
    assert player.engine.state()["table"].closed == ()


def test_a_worker_that_dies_without_a_document_costs_only_itself():
    player = Player(plan_of())
    (start,) = player.engine.lose_worker("w", Outcome.WORKER_DIED)
    assert start.kind is EffectKind.START
    assert player.moves() == []


@pytest.mark.parametrize(
    ("outcome", "times", "trigger"),
    [(Outcome.STUCK, 1, Trigger.STUCK), (Outcome.WORKER_DIED, 2, Trigger.WORKER_DIED)],
)
def test_one_hang_or_two_deaths_close_the_rung(outcome, times, trigger):
    player = Player(plan_of())
    for n in range(times):
        assert player.level() == 0
        lose(player, player.engine.assign(f"{n}")["table"], outcome, f"{n}")
    assert player.level() == 1
    assert player.engine.state()["table"].closed == ("main",)
    assert player.told(EventKind.DOWN)[0].trigger is trigger


def test_a_death_in_a_probe_is_a_failed_probe():
    """Its lease does not simply come back: one death is counted, two of five end the series."""
    player = Player(
        plan_of({"ooms": {}, "recover_after_s": 10, "probes": {"count": 5, "pass": 4, "per_s": 10}} | QUICK)
    )
    player.oom()
    while not player.told(EventKind.PROBING):
        player.run(1)
    for n in range(2):
        choice = player.engine.assign(f"probe {n}")["table"]
        assert choice.kind is Kind.PROBE
        lose(player, choice, document=f"probe {n}")
        player.clock.advance(0.2)
    status = player.engine.state()["table"]
    assert [e.reason for e in player.told(EventKind.TRIAL_ENDED)] == ["2 probes failed; last: probe: worker_died"]
    assert (status.open_leases, status.expired, status.failures) == (0, 0, 1)


def test_the_call_of_a_dead_worker_ages_no_more():
    player = Player(plan_of())
    choice = player.engine.assign("d")["table"]
    player.engine.begin("table", "main", choice.epoch, worker="w", document_id="d")
    assert player.engine.state()["table"].in_flight == 1
    player.engine.lose_worker("w", Outcome.WORKER_DIED, document_id="d")
    assert player.engine.state()["table"].in_flight == 0
