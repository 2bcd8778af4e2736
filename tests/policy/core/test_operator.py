"""Pins, rungs that load or fail to, and other policy files: states are kept, nothing is mixed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from docpipe.policy import EventKind, Kind, Outcome, Signals, Trigger
from docpipe.policy.core.state import Phase
from tests.policy.play import GPU, P95, QUICK, UNIX_NS, Player, plan_of, steady

QUICK_OOM = {"ooms": {}, "recover_after_s": 10} | QUICK


def until(seconds: float) -> str:
    return (datetime.fromtimestamp(UNIX_NS / 1e9, UTC) + timedelta(seconds=seconds)).isoformat()


def test_a_pin_moves_and_holds_until_its_end():
    player = Player(plan_of({"gpu_used": GPU} | QUICK_OOM))
    player.engine.pin("table", "light", player.clock() + 100 * 10**9, "model under review")
    status = player.engine.state()["table"]
    assert (status.rung, status.phase, status.pinned) == ("light", Phase.PINNED, "model under review")
    assert status.causes[0].trigger is Trigger.OPERATOR
    player.run(90, signals=Signals(gpu_used=0.99))
    assert player.level() == 1
    player.run(60)
    assert player.level() == 0
    assert [e.kind for e in player.told()][:2] == [EventKind.PINNED, EventKind.DOWN]
    assert player.told(EventKind.UNPINNED)[0].reason == "the pin's time is over"


def test_a_pin_upwards_needs_no_trial():
    player = Player(plan_of({"gpu_used": GPU} | QUICK_OOM))
    player.run(6, signals=Signals(gpu_used=0.99))
    assert player.level() == 1
    player.engine.pin("table", "main", None, "I know better")
    player.run(60, signals=Signals(gpu_used=0.99))
    assert player.level() == 0


def test_a_pin_to_a_closed_rung_waits_for_its_trial():
    """Faults still apply: nobody sends documents to a rung that ran out of memory by hand."""
    player = Player(plan_of(QUICK_OOM))
    player.oom()
    player.engine.pin("table", "main")
    assert (player.level(), player.engine.state()["table"].phase) == (1, Phase.QUARANTINED)
    player.run(60)
    assert (player.level(), player.engine.state()["table"].phase) == (0, Phase.PINNED)


def test_faults_go_below_a_pin_and_come_back_to_it_only():
    player = Player(plan_of(QUICK_OOM))
    player.engine.pin("table", "light")
    player.oom()
    assert player.engine.state()["table"].rung == "skip"
    player.run(200)
    assert player.engine.state()["table"].rung == "light"
    player.engine.unpin("table")
    player.run(60)
    assert player.level() == 0


def test_a_pin_ends_a_trial_without_blame():
    player = Player(plan_of(QUICK_OOM))
    player.oom()
    while not player.told(EventKind.PROBING):
        player.run(1)
    player.engine.pin("table", "light")
    assert player.told(EventKind.TRIAL_ENDED)
    assert player.engine.state()["table"].failures == 0


def test_a_pin_on_a_rung_that_cannot_serve_takes_the_next():
    player = Player(plan_of())
    player.engine.set_available("table", "light", False, "not loaded")
    player.engine.pin("table", "light")
    assert player.engine.state()["table"].rung == "skip"
    player = Player(plan_of())
    player.engine.set_available("table", "light", False, "not loaded")
    player.engine.set_available("table", "skip", False, "not loaded")
    player.engine.pin("table", "light")
    assert player.engine.state()["table"].rung == "main"


def test_unpinning_what_is_not_pinned_does_nothing():
    player = Player(plan_of())
    player.engine.unpin("table")
    assert player.events == []


@pytest.mark.parametrize(
    "act",
    [
        lambda e: e.pin("table", "nope"),
        lambda e: e.pin("nope", "main"),
        lambda e: e.unpin("nope"),
        lambda e: e.set_available("table", "nope", True, ""),
        lambda e: e.set_available("nope", "main", True, ""),
        lambda e: e.state()["nope"],
        lambda e: e.assign("x")["nope"],
    ],
)
def test_unknown_names_are_errors(act):
    player = Player(plan_of())
    before = player.engine.raw_state()
    with pytest.raises(KeyError):
        act(player.engine)
    assert player.events == []
    assert player.engine.raw_state()[1].stages == before[1].stages


def test_a_file_pins_from_the_start_and_lets_go_at_its_end():
    own = {"pin": {"rung": "light", "until": until(50), "reason": "review"}}
    player = Player(plan_of(QUICK_OOM, table=(["main", "light"], own)))
    assert player.engine.state()["table"].phase is Phase.PINNED
    assert [e.kind for e in player.told()] == [EventKind.PINNED, EventKind.DOWN]
    player.run(49)
    assert player.level() == 1
    player.run(60)
    assert player.level() == 0


def test_a_pin_of_the_file_that_is_over_does_nothing():
    own = {"pin": {"rung": "light", "until": until(-5), "reason": "review"}}
    assert Player(plan_of(table=(["main", "light"], own))).level() == 0


def test_a_reload_sets_and_lifts_the_files_pin_but_not_a_persons():
    own = {"pin": {"rung": "light", "until": until(500), "reason": "review"}}
    with_pin, without = plan_of(table=(["main", "light"], own)), plan_of(table=["main", "light"])
    player = Player(without)
    player.engine.reload(with_pin)
    assert player.engine.state()["table"].pinned == "review"
    player.engine.reload(without)
    assert player.engine.state()["table"].pinned is None
    player.engine.pin("table", "light", None, "by hand")
    player.engine.reload(plan_of({"gpu_used": GPU}, table=["main", "light"]))
    assert player.engine.state()["table"].pinned == "by hand"


def test_the_same_pin_in_a_changed_file_is_not_announced_again():
    own = {"pin": {"rung": "light", "until": until(500), "reason": "review"}}
    player = Player(plan_of(table=(["main", "light"], own)))
    count = len(player.events)
    player.engine.reload(plan_of({"gpu_used": GPU}, table=(["main", "light"], own)))
    assert len(player.told(EventKind.PINNED)) == 1
    assert len(player.events) == count


def test_a_rung_that_cannot_serve_is_never_assigned():
    """It starts on its next rung, and says why."""
    player = Player(plan_of(QUICK_OOM))
    player.engine.set_available("table", "main", False, "weights not found")
    choice = player.engine.assign("x")["table"]
    assert (choice.rung, choice.level) == ("light", 1)
    (cause,) = choice.causes
    assert (cause.trigger, cause.reason, cause.metric) == (Trigger.ERRORS, "weights not found", "available")
    assert player.engine.fall_back("table", "light") == "skip"
    player.run(300)
    assert player.level() == 1
    player.engine.set_available("table", "main", True, "loaded")
    player.run(60)
    assert player.level() == 0


def test_before_the_first_document_a_loaded_rung_takes_over_at_once():
    player = Player(plan_of(QUICK_OOM))
    player.engine.set_available("table", "main", False, "loading")
    player.engine.set_available("table", "main", True, "loaded")
    assert player.level() == 0
    assert player.engine.assign("x")["table"].causes == ()


def test_saying_it_twice_is_saying_it_once():
    player = Player(plan_of())
    for _ in range(2):
        player.engine.set_available("table", "light", False, "loading")
    assert [e.kind for e in player.told()] == [EventKind.AVAILABLE]
    assert player.engine.state()["table"].unavailable == ("light",)
    assert player.engine.fall_back("table", "main") == "skip"


def test_a_step_down_goes_past_a_rung_that_cannot_serve():
    player = Player(plan_of({"ooms": {}}))
    player.engine.set_available("table", "light", False, "loading")
    player.oom()
    assert player.moves() == [(0, "table", "main", "skip")]


def test_coming_back_to_a_rung_in_between_shortens_the_cause():
    """main -> skip, light loads, light is reached: what still holds is main -> light."""
    player = Player(plan_of(QUICK_OOM))
    player.engine.set_available("table", "light", False, "loading")
    player.oom()
    player.engine.set_available("table", "light", True, "loaded")
    while player.level() == 2:
        player.run(1)
    (cause,) = player.engine.state()["table"].causes
    assert (cause.from_rung, cause.to_rung, cause.trigger) == ("main", "light", Trigger.OUT_OF_MEMORY)


def test_when_nothing_below_works_a_better_rung_must_do():
    player = Player(plan_of(table=["main", "light"]))
    player.engine.pin("table", "light", player.clock() + 1)
    player.clock.advance(2)
    player.engine.tick()
    player.engine.set_available("table", "light", False, "worker gone")
    assert player.level() == 0


def test_when_nothing_works_at_all_the_stage_stays_until_something_does():
    player = Player(plan_of(table=["main", "light"]))
    player.engine.set_available("table", "light", False, "loading")
    player.engine.set_available("table", "main", False, "loading")
    assert player.engine.assign("x")["table"].rung == "main"
    player.engine.set_available("table", "light", True, "loaded")
    assert player.engine.assign("y")["table"].rung == "light"


def test_a_trial_of_a_rung_that_goes_away_ends_without_blame():
    player = Player(plan_of(QUICK_OOM))
    player.oom()
    while not player.told(EventKind.PROBING):
        player.run(1)
    player.engine.set_available("table", "main", False, "evicted")
    assert player.engine.state()["table"].failures == 0
    assert player.engine.state().token_holder is None


def test_a_reload_of_the_same_plan_changes_nothing():
    player = Player(plan_of({"gpu_used": GPU}))
    player.run(6, signals=Signals(gpu_used=0.99))
    before = player.engine.raw_state()[1]
    assert player.engine.reload(plan_of({"gpu_used": GPU})) is False
    assert player.engine.raw_state()[1] == before


def test_a_reload_keeps_levels_by_name_and_starts_holds_anew():
    player = Player(plan_of({"gpu_used": GPU}, table=["main", "light"]))
    player.run(6, signals=Signals(gpu_used=0.99))
    assert player.engine.reload(plan_of({"gpu_used": GPU}, table=["best", "main", "light"])) is True
    status = player.engine.state()["table"]
    assert (status.rung, status.level, status.epoch) == ("light", 2, 2)
    assert player.engine.state().config_epoch == 1
    assert player.engine.assign("x").config_epoch == 1
    player.run(4, signals=Signals(gpu_used=0.99))
    assert player.level() == 2


def test_a_stage_whose_rung_is_gone_keeps_its_level():
    player = Player(plan_of(QUICK_OOM))
    player.oom(2)
    player.engine.reload(plan_of(QUICK_OOM, table=["other", "rest"]))
    status = player.engine.state()["table"]
    assert (status.rung, status.level) == ("rest", 1)
    (cause,) = status.causes
    assert (cause.kind, cause.from_rung, cause.to_rung) == (EventKind.RELOADED, "other", "rest")


def test_a_pin_on_a_rung_that_is_gone_goes_with_it():
    player = Player(plan_of())
    player.engine.pin("table", "light")
    player.engine.reload(plan_of(table=["main", "skip"]))
    assert player.engine.state()["table"].pinned is None


def test_an_untouched_stage_is_not_disturbed_by_a_reload():
    """Its trial goes on, its window stays."""
    player = Player(plan_of(QUICK_OOM, table=["main", "light"], other=["a", "b"]))
    player.oom()
    while not player.told(EventKind.RAMPING):
        player.run(1)
    player.engine.reload(plan_of(QUICK_OOM, table=["main", "light"], other=["a", "b", "c"]))
    assert player.engine.state()["table"].phase is Phase.RAMPING
    player.engine.reload(plan_of(QUICK_OOM, table=["main", "light", "x"], other=["a", "b", "c"]))
    assert player.engine.state()["table"].phase is not Phase.RAMPING
    assert player.told(EventKind.TRIAL_ENDED)[0].metric == "config"


def test_stages_come_and_go_with_a_reload():
    player = Player(plan_of(table=["main", "light"]))
    old = player.engine.assign("x")
    player.engine.reload(plan_of(other=["a", "b"]))
    assert list(player.engine.assign("y").rungs.items()) == [("other", "a")]
    player.sample(old["table"])
    player.engine.begin("table", "main", 0)
    player.engine.begin("other", "main", 0)
    assert player.engine.state()["other"].in_flight == 0
    assert player.engine.fall_back("table", "main") is None


def test_a_lease_of_a_stage_that_is_gone_is_forgotten():
    player = Player(plan_of(QUICK_OOM | {"probes": {"per_s": 10}}))
    player.oom()
    while not player.told(EventKind.PROBING):
        player.run(1)
    probe = player.engine.assign("p")
    assert probe["table"].kind is Kind.PROBE
    player.engine.reload(plan_of(other=["a", "b"]))
    player.engine.release(probe)
    assert player.engine.state()["other"].open_leases == 0


def test_a_reload_drops_samples_of_the_old_ladder():
    player = Player(plan_of({"ooms": {"degrade_at": 1}}))
    old = player.engine.assign("x")["table"]
    player.engine.reload(plan_of({"ooms": {"degrade_at": 1}, "p95_ms": P95}))
    player.sample(old, Outcome.OOM)
    assert player.level() == 0
    assert player.engine.state()["table"].stale == 1


def test_states_print_as_words():
    player = Player(plan_of({"ooms": {}, "recover_after_s": 5} | QUICK))
    assert str(player.engine.state()) == "table: main (level 0, steady)"
    player.oom()
    assert str(player.engine.state()) == "table: light (level 1, quarantined), since 1 out of memory"
    while not player.told(EventKind.RAMPING):
        player.run(1, steady())
    assert "trying main at 50%" in str(player.engine.state())


def test_a_reload_lands_on_a_rung_that_works():
    """The rung in use is gone, the one of its level cannot serve: the next that can takes over."""
    player = Player(plan_of({"ooms": {}}, table=["main", "old", "light", "skip"]))
    player.engine.set_available("table", "light", False, "evicted")
    player.oom()
    player.engine.reload(plan_of({"ooms": {}}, table=["main", "light", "skip"]))
    assert player.engine.state()["table"].rung == "skip"


def test_a_reload_that_leaves_only_closed_rungs_opens_the_one_it_lands_on():
    """All that is left had failed; the stage must stand somewhere, and stays there when another rung joins."""
    player = Player(plan_of({"ooms": {}}, table=["main", "light", "skip"]))
    player.oom(2)
    player.engine.reload(plan_of({"ooms": {}}, table=["main", "light"]))
    status = player.engine.state()["table"]
    assert (status.rung, status.closed) == ("light", ("main",))
    player.engine.reload(plan_of({"ooms": {}}, table=["main", "light", "skip"]))
    assert player.engine.assign("x")["table"].rung == "light"


def test_a_reload_moves_a_stage_off_a_rung_that_cannot_serve():
    player = Player(plan_of(table=["main"]))
    player.engine.set_available("table", "main", False, "evicted")
    player.engine.reload(plan_of(table=["main", "light"]))
    assert player.engine.assign("x")["table"].rung == "light"


def test_a_pinned_rung_that_goes_away_is_better_left_upwards_than_served():
    """Nothing works below the pin: the stage goes above it, and back when the rung is there again."""
    player = Player(plan_of(table=["main", "light"]))
    player.engine.pin("table", "light")
    player.engine.set_available("table", "light", False, "worker gone")
    assert player.engine.assign("x")["table"].rung == "main"
    player.engine.set_available("table", "light", True, "back")
    assert player.engine.state()["table"].phase is Phase.PINNED
