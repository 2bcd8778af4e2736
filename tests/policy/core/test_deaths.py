"""A worker that dies or hangs in a call: its rung is charged, its lease fails, its document goes on lower, once."""

from __future__ import annotations

import pytest

from docpipe.policy import EventKind, Kind, Outcome, Sample, Trigger
from docpipe.policy.core.effects import EffectKind
from tests.policy.play import QUICK, Player, plan_of, steady


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


def killed_now_and_then(answered: int, deaths: int) -> Player:
    """Let a worker die in a call of main after so many that were answered, again and again, within ten minutes."""
    player = Player(plan_of())
    for n in range(deaths):
        for k in range(answered):
            player.call(player.engine.assign(f"{n}/{k}")["table"], steady(main=80))
            player.clock.advance(0.1)
        lose(player, player.engine.assign(f"{n}")["table"], document=f"{n}")
    return player


@pytest.mark.parametrize("answered", [20, 80])
def test_workers_killed_at_random_close_no_rung(answered):
    assert killed_now_and_then(answered, deaths=12).moves() == []


@pytest.mark.parametrize(("answered", "deaths"), [(0, 2), (9, 2), (19, 2)])
def test_a_rung_that_takes_its_worker_every_few_calls_is_closed(answered, deaths):
    player = killed_now_and_then(answered, deaths)
    assert [e.trigger for e in player.told(EventKind.DOWN)] == [Trigger.WORKER_DIED]


def test_none_is_forgiven_where_the_file_says_so():
    player = Player(plan_of({"worker_deaths": {"forgiven_after": 0}} | QUICK))
    for n in range(2):
        lose(player, player.engine.assign(f"{n}")["table"], document=f"{n}")
        for k in range(50):
            player.call(player.engine.assign(f"{n}/{k}")["table"], steady(main=80))
    assert player.level() == 1


def test_a_rung_closed_by_deaths_comes_back_only_after_as_many_calls_as_forgive_one():
    """One in ten of its documents dies: neither probes nor a short ramp may bring it back for a moment."""
    policy = {"recover_after_s": 5, "probes": {"count": 3, "pass": 2, "per_s": 1}, "ramp": {"shares": [0.5]}}
    policy["ramp"] |= {"min_samples": 4, "min_s": 2, "max_s": 30}
    player = Player(plan_of(policy | QUICK))
    served = 0
    for second in range(1200):
        for k in range(4):
            document = f"{second}/{k}"
            choice = player.engine.assign(document)["table"]
            served += choice.rung == "main"
            if choice.rung == "main" and served % 10 == 0:
                lose(player, choice, document=document)
            else:
                player.call(choice, steady(main=80, light=60), document)
            player.clock.advance(0.25)
        player.engine.tick()
    assert [e.trigger for e in player.told(EventKind.DOWN)] == [Trigger.WORKER_DIED]
    assert player.told(EventKind.UP) == []
    assert player.told(EventKind.TRIAL_ENDED)
