"""When a stage gives way: bands over their hold, errors at once, and only on what the rung itself did in this epoch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docpipe.policy import EventKind, Outcome, Plan, PolicySpec, Signals, StagePolicy, Trigger
from tests.policy.play import GPU, OOMS, P95, QUICK, Player, plan_of, steady


@pytest.mark.parametrize(
    ("script", "levels"),
    [
        pytest.param([(0, 0.95), (4.9, 0.95), (5, 0.95)], [0, 0, 1], id="waits-for-its-hold"),
        pytest.param([(0, 0.95), (4, 0.8), (8, 0.95), (12, 0.95), (13, 0.95)], [0, 0, 0, 0, 1], id="a-break-restarts"),
        pytest.param([(0, 0.95), (4, None), (5, 0.95), (10, 0.95)], [0, 0, 0, 1], id="a-lost-signal-has-no-say"),
        pytest.param([(0, 0.9), (20, 0.9)], [0, 0], id="exactly-at-the-end-is-not-above"),
        pytest.param(
            [(0, 0.95), (5, 0.95), (9, 0.95), (10, 0.95), (15, 0.95)], [0, 1, 1, 1, 2], id="again-after-a-move"
        ),
        pytest.param([(t, 0.95) for t in range(0, 41, 5)], [0, 1, 1, 2, 2, 2, 2, 2, 2], id="stays-on-the-last-rung"),
    ],
)
def test_a_band_acts_after_its_hold(script, levels):
    """Each script is (seconds, used GPU memory); each answer is the level after that tick."""
    player, now, seen = Player(plan_of({"gpu_used": GPU})), 0.0, []
    for at, used in script:
        player.clock.advance(at - now)
        now = at
        player.engine.tick(Signals(gpu_used=used))
        seen.append(player.level())
    assert seen == levels


@pytest.mark.parametrize(
    ("band", "signals", "trigger"),
    [
        ({"gpu_used": GPU}, Signals(gpu_used=0.95), Trigger.GPU_MEMORY),
        ({"host_used": GPU}, Signals(host_used=0.95), Trigger.HOST_MEMORY),
        ({"queue_wait_ms": {"degrade_above": 150}}, Signals(queue_wait_ms=151), Trigger.QUEUE_AGE),
    ],
)
def test_each_signal_names_its_trigger(band, signals, trigger):
    """The event says which signal, which threshold, and what was seen, as a result's degradations do."""
    player = Player(plan_of(band))
    player.run(6, signals=signals)
    (event,) = player.told()
    key = next(iter(band))
    assert (event.kind, event.trigger, event.metric) == (EventKind.DOWN, trigger, key)
    assert (event.from_rung, event.to_rung, event.scope, event.epoch) == ("main", "light", "process", 1)
    assert event.threshold == band[key]["degrade_above"]
    assert event.observed == getattr(signals, key)
    assert f"above {event.threshold:g} for 5 s" in event.reason
    assert player.engine.state()["table"].causes == (event,)


def test_p95_above_the_band_for_15_seconds_steps_down():
    """The published trigger, second by second."""
    player = Player(plan_of({"p95_ms": P95}))
    player.run(10, steady(main=300))
    player.run(18, steady(main=1200))
    assert player.moves() == [(26, "table", "main", "light")]
    assert player.told()[0].observed == pytest.approx(1200, rel=0.016)


def test_few_samples_have_no_say():
    """Nineteen slow calls are not twenty, however long they took to come."""
    player = Player(plan_of({"p95_ms": P95 | {"min_samples": 20}}))
    player.run(19, steady(main=1200), per_s=1)
    player.run(60, per_s=0)
    assert player.moves() == []
    player.run(1, steady(main=1200), per_s=1)
    assert player.moves()


def test_samples_count_for_as_long_as_there_are_too_few():
    """One call in ten seconds: by time alone no window of 15 s would ever hold five."""
    player = Player(plan_of({"p95_ms": P95 | {"min_samples": 5, "window_s": 15}}))
    for _ in range(8):
        player.run(1, steady(main=3000), per_s=1)
        player.run(9, per_s=0)
    assert [move[0] for move in player.moves()] == [41]


def test_one_client_of_a_slow_rung_degrades_within_the_hold_and_a_call():
    """Calls of 3 s one after the other against 600 ms for 15 s, with the numbers of the published file."""
    player = Player(plan_of({"p95_ms": P95}))
    assignment = player.engine.assign("0")
    player.engine.begin("table", "main", 0, worker="w")
    for second in range(1, 19):
        player.clock.advance(1)
        player.engine.tick()
        if player.level():
            break
        if second % 3 == 0:
            player.sample(assignment["table"], ms=3000, worker="w")
            assignment = player.engine.assign(str(second))
            player.engine.begin("table", "main", 0, worker="w")
    assert player.level() == 1
    assert player.second <= 18


def test_a_burst_that_ended_has_not_lasted():
    """Ten slow calls in two seconds and then silence: nobody has seen them last for the hold."""
    player = Player(plan_of({"p95_ms": P95 | {"min_samples": 5}}))
    player.run(2, steady(main=1200), per_s=5)
    player.run(300, per_s=0)
    assert player.moves() == []


def test_one_slow_call_among_few_does_not_speak_for_the_rung():
    player = Player(plan_of({"p95_ms": P95 | {"min_samples": 5}}))
    for second in range(120):
        player.run(1, steady(main=5000.0 if second == 30 else 80.0), per_s=int(second % 5 == 0))
    assert player.moves() == []


def test_only_a_size_that_nothing_else_has_is_the_inputs_fault():
    """One giant page runs out of memory: announced, counted for nothing; an ordinary one closes the rung."""
    player = Player(plan_of({"ooms": {}}))
    player.sample(player.engine.assign("a")["table"], units=2.0)
    player.sample(player.engine.assign("giant")["table"], Outcome.OOM, units=40.0)
    assert [e.kind for e in player.told()] == [EventKind.INPUT_TOO_LARGE]
    assert player.level() == 0
    player.sample(player.engine.assign("b")["table"], Outcome.OOM, units=3.0)
    assert player.engine.state()["table"].closed == ("main",)


def test_a_neighbour_that_takes_the_device_caps_the_rung_and_does_not_close_it():
    player = Player(plan_of({"ooms": {}}))
    player.engine.tick(Signals(gpu_used=0.95, gpu_others=0.9))
    player.oom()
    assert player.level() == 1
    assert player.engine.state()["table"].closed == ()
    assert player.told()[0].trigger is Trigger.GPU_MEMORY


def test_a_worker_that_ran_out_of_memory_is_replaced_once_a_minute_at_most():
    player = Player(plan_of(table=["main", "light"]))
    asked = []
    player.engine.on_effect = asked.append
    for worker in "abc":
        player.sample(player.engine.assign("x")["table"], Outcome.OOM, worker=worker)
    assert [(e.kind.value, e.worker) for e in asked] == [("recycle", "a")]
    player.clock.advance(61)
    player.sample(player.engine.assign("x")["table"], Outcome.OOM, worker="d")
    assert [e.worker for e in asked] == ["a", "d"]


HOT, CALM = Signals(gpu_used=0.95), Signals(gpu_used=0.3, gpu_free_mb=9000)


def memory_plan(**needs: dict[str, float]):
    """Return a plan of stages whose rungs need so much device memory; the bands press by `gpu_used` alone."""
    policy = PolicySpec.model_validate({"gpu_used": GPU, "recover_after_s": 10} | QUICK)
    stages = {name: (list(rungs), StagePolicy()) for name, rungs in needs.items()}
    return Plan.build(policy, stages, device_mb=needs)


def test_memory_presses_only_what_holds_it_and_only_to_less():
    """Rules hold nothing and stay; a rung that needs as much is passed over; what was left is freed."""
    player = Player(
        memory_plan(
            detection={"main": 900, "same": 900, "light": 200}, fields={"rules": 0, "skip": 0}, table={"main": 300}
        )
    )
    asked = []
    player.engine.on_effect = asked.append
    player.run(60, signals=HOT)
    assert [(e.stage, e.to_rung) for e in player.told(EventKind.DOWN)] == [("detection", "light")]
    assert [(e.kind.value, e.stage, e.rung) for e in asked] == [
        ("free", "detection", "main"),
        ("free", "detection", "same"),
    ]
    assert {e.stage for e in player.told(EventKind.NO_RELIEF)} == {"detection", "table"}
    assert len(player.told(EventKind.NO_RELIEF)) == 2  # said once, not at every tick


def test_a_freed_rung_is_loaded_before_it_is_tried():
    player = Player(memory_plan(table={"main": 900, "light": 0}))
    asked = []
    player.engine.on_effect = asked.append
    player.run(20, signals=HOT)
    player.run(60, signals=CALM)
    assert [e.kind.value for e in asked] == ["free", "load"]
    assert player.level() == 1
    player.engine.set_available("table", "main", True, "loaded")
    player.run(60, signals=CALM)
    assert player.level() == 0


def test_memory_never_presses_below_the_floor():
    policy = PolicySpec.model_validate({"host_used": {"degrade_above": 0.8}})
    stages = {"fields": (["main", "rules", "skip"], StagePolicy())}
    player = Player(Plan.build(policy, stages, memory_floor={"fields": "rules"}))
    player.run(120, signals=Signals(host_used=0.99))
    assert player.level("fields") == 1


def test_a_lost_signal_is_neither_hot_nor_calm():
    """Pressure, then silence: the stage does not come back before the signal does."""
    player = Player(plan_of({"gpu_used": GPU, "recover_after_s": 10} | QUICK))
    player.run(20, signals=HOT)
    down = player.level()
    assert down
    player.run(300, signals=Signals(lost=("gpu_used",)))
    assert player.level() == down
    assert not player.told(EventKind.PROBING)
    player.run(200, signals=CALM)
    assert player.level() == 0


def test_old_samples_have_no_say():
    """Slow calls, silence for an hour, one slow call: no move."""
    player = Player(plan_of({"p95_ms": P95 | {"min_samples": 10, "degrade_after_s": 1}, "gap_s": 7200}))
    for _ in range(10):
        player.document(steady(main=1200))
    player.clock.advance(3600)
    for _ in range(5):
        player.document(steady(main=1200))
        player.engine.tick()
        player.clock.advance(1)
    assert player.moves() == []


def test_a_window_is_empty_after_a_move():
    """What the old rung did does not press the new one down, nor does what began before the move."""
    player = Player(plan_of({"p95_ms": P95 | {"degrade_after_s": 1}}))
    before = player.engine.assign("slow one")["table"]
    while player.level() == 0:
        player.run(1, steady(main=1200))
    assert [rung.times.total for rung in player.engine.raw_state()[1].stages[0].rungs] == [0, 0, 0]
    for _ in range(50):
        player.sample(before, ms=5000)
    player.run(20, steady(light=80))
    assert player.level() == 1
    assert player.engine.state()["table"].stale == 50


def test_results_from_an_earlier_epoch_do_not_count_after_a_recovery():
    """Slow calls of the main rung that began before it fell arrive after it came back: no move."""
    quick = {
        "ramp": {"shares": [0.5], "min_samples": 5, "min_s": 1},
        "recover_after_s": 10,
        "cool_down_s": {"first": 1},
    }
    player = Player(plan_of({"p95_ms": P95 | {"degrade_after_s": 1}} | quick))
    before = player.engine.assign("slow one")["table"]
    player.run(6, steady(main=1200))
    player.run(60)
    assert [move[2:] for move in player.moves()] == [("main", "light"), ("light", "main")]
    for _ in range(10):
        for _ in range(20):
            player.sample(before, ms=5000)
        player.run(1)
    assert len(player.moves()) == 2
    assert player.engine.state()["table"].stale == 200


def test_a_call_in_flight_counts_by_its_age():
    """A stuck call never ends, so its age must speak; a young one says nothing."""
    player = Player(plan_of({"p95_ms": {"degrade_above": 600, "degrade_after_s": 3, "min_samples": 2}}))
    choice = player.engine.assign("stuck")["table"]
    for worker in "ab":
        player.engine.begin(choice.stage, choice.rung, choice.epoch, worker=worker)
    player.engine.tick()
    for _ in range(4):
        player.clock.advance(1)
        player.engine.tick()
    assert player.level() == 1
    assert player.told()[0].observed == pytest.approx(4000, rel=0.02)
    assert player.engine.state()["table"].in_flight == 2


def test_a_call_that_came_back_is_no_longer_in_flight():
    """Its sample names the same worker."""
    player = Player(plan_of({"p95_ms": {"degrade_above": 600, "degrade_after_s": 3, "min_samples": 1}}))
    choice = player.engine.assign("a")["table"]
    player.engine.begin(choice.stage, choice.rung, choice.epoch, worker="a")
    player.sample(choice, ms=100, worker="a")
    assert player.engine.state()["table"].in_flight == 0
    player.run(30, per_s=0)
    assert player.level() == 0


def test_one_out_of_memory_is_enough_by_default():
    player = Player(plan_of({"ooms": {}}))
    player.oom()
    assert player.moves() == [(0, "table", "main", "light")]
    assert player.told()[0].trigger is Trigger.OUT_OF_MEMORY
    assert player.engine.state()["table"].closed == ("main",)


@pytest.mark.parametrize(
    ("between", "level"),
    [
        pytest.param({"worker": "b", "started": 1}, 1, id="success-of-another-thread"),
        pytest.param({"rung": "light", "started": 1}, 1, id="success-of-another-rung"),
        pytest.param({"started": -100}, 1, id="success-begun-before-the-error"),
        pytest.param({"epoch": 7, "started": 1}, 1, id="success-of-another-epoch"),
        pytest.param({"started": 1}, 0, id="its-own-later-success-breaks-the-row"),
    ],
)
def test_what_breaks_a_row_of_out_of_memory_errors(between, level):
    """Only a success of the same rung and worker, begun after the error, proves that memory is back."""
    player = Player(plan_of({"ooms": OOMS}))
    main = player.engine.assign("x")["table"]
    for _ in range(3):
        player.clock.advance(2)
        player.sample(main, Outcome.OOM, worker="a")
        started = player.clock() + round(between["started"] * 1e9)
        player.clock.advance(2)
        other = replace(main, rung=between.get("rung", "main"), epoch=between.get("epoch", 0))
        player.sample(other, started_ns=started, worker=between.get("worker", "a"))
    assert player.level() == level


def test_all_three_kinds_of_success_between_out_of_memory_errors():
    """Another thread, another rung, one begun earlier, all mixed: three in a row all the same."""
    player = Player(plan_of({"ooms": OOMS}))
    main = player.engine.assign("x")["table"]
    begun = player.clock()
    for _ in range(3):
        player.clock.advance(1)
        player.sample(main, Outcome.OOM, worker="a")
        player.clock.advance(1)
        player.sample(main, worker="b", started_ns=player.clock())
        player.sample(replace(main, rung="light"), worker="a", started_ns=player.clock())
        player.sample(main, worker="a", started_ns=begun)
    assert [move[2:] for move in player.moves()] == [("main", "light")]


def test_out_of_memory_errors_grow_old():
    """Three within a minute trip, three in three minutes do not."""
    player = Player(plan_of({"ooms": OOMS | {"in_a_row": False}}))
    for _ in range(6):
        player.clock.advance(31)
        player.oom()
    assert player.level() == 0
    player.oom(2)
    assert player.level() == 1


def test_errors_act_once_there_are_enough_samples():
    """Over the ratio with too few samples nothing moves; with enough it moves at once."""
    player = Player(plan_of({"error_ratio": {"degrade_above": 0.3, "min_samples": 10}}))
    main = player.engine.assign("x")["table"]
    for _ in range(9):
        player.sample(main, Outcome.ERROR)
    assert player.level() == 0
    player.sample(main, Outcome.ERROR)
    assert player.level() == 1
    event = player.told()[0]
    assert (event.trigger, event.metric, event.observed) == (Trigger.ERRORS, "error_ratio", 1.0)


def test_a_call_that_never_came_back_closes_its_rung_at_once():
    """A stuck worker is no matter of ratios: the next document would be stuck behind it."""
    player = Player(plan_of({}))
    player.sample(player.engine.assign("x")["table"], Outcome.TIMEOUT)
    assert player.level() == 1
    event = player.told()[0]
    assert (event.trigger, event.metric, event.observed) == (Trigger.DEADLINE, "timeout", None)
    assert player.engine.state()["table"].closed == ("main",)


def test_a_ratio_inside_the_band_does_not_move():
    player = Player(plan_of({"error_ratio": {"degrade_above": 0.3, "min_samples": 10}}))
    player.run(30, lambda c, s: (Outcome.ERROR if player.documents % 4 == 0 else Outcome.OK, 80.0))
    assert player.moves() == []


def test_broken_images_never_move_a_stage():
    """Ten unreadable inputs are ten input errors and no reason to leave the rung."""
    player = Player(plan_of({"ooms": {}, "error_ratio": {"degrade_above": 0.1, "min_samples": 2}, "p95_ms": P95}))
    player.run(60, lambda choice, second: (Outcome.INPUT_ERROR, 5000.0))
    assert player.events == []
    rung = player.engine.raw_state()[1].stages[0].rungs[0]
    assert (rung.times.total, rung.errors.total) == (0, 0)


def test_a_failed_call_and_its_fallback_are_two_samples():
    """The failed call's time says nothing of the rung's speed, and the fallback's counts for its own rung alone."""
    player = Player(plan_of({"p95_ms": P95, "error_ratio": {"degrade_above": 0.5}}))
    main = player.engine.assign("x")["table"]

    def fails(choice, second):
        return (Outcome.ERROR, 500.0) if choice.rung == "main" else (Outcome.OK, 80.0)

    assert player.call(main, fails) == "light"
    first, second, third = player.engine.raw_state()[1].stages[0].rungs
    assert (first.times.timed, first.errors.ok, first.errors.failed) == (0, 0, 1)
    assert (second.times.timed, second.errors.ok, second.errors.failed) == (1, 1, 0)
    assert list(second.times.counts.values()) == [1]
    assert third.errors.total == 0


def test_a_fallback_rung_that_fails_is_closed_too():
    """While main serves, a light rung that runs out of memory is no longer fallen back to."""
    player = Player(plan_of({"ooms": {"degrade_at": 2}, "cool_down_s": {"first": 30}}))
    light = replace(player.engine.assign("x")["table"], rung="light")
    for _ in range(2):
        player.sample(light, Outcome.OOM)
    assert [e.kind for e in player.told()] == [EventKind.CLOSED]
    assert player.level() == 0
    assert player.engine.fall_back("table", "main") == "skip"
    player.clock.advance(40)
    assert player.engine.fall_back("table", "main") == "light"


def test_the_last_working_rung_is_never_closed():
    """There is nothing below it: its errors are counted again."""
    player = Player(plan_of({"ooms": {}}))
    player.oom(5)
    assert player.engine.state()["table"].rung == "skip"
    assert player.engine.state()["table"].closed == ("main", "light")
    assert len(player.moves()) == 2


def test_a_fallback_goes_to_a_lower_rung_never_to_the_same():
    player = Player(plan_of())
    assert player.engine.fall_back("table", "main") == "light"
    assert player.engine.fall_back("table", "light") == "skip"
    assert player.engine.fall_back("table", "skip") is None
    assert player.engine.fall_back("table", "no such rung") is None
    assert player.engine.fall_back("no such stage", "main") is None


def test_each_failing_rung_is_called_once():
    """main fails, light fails, skip answers."""
    player, called = Player(plan_of()), []

    def fails(choice, second):
        called.append(choice.rung)
        return (Outcome.OK if choice.rung == "skip" else Outcome.ERROR), 10.0

    assert player.call(player.engine.assign("x")["table"], fails) == "skip"
    assert called == ["main", "light", "skip"]


def test_stages_give_way_independently():
    """Any number at once, each by its own signal."""
    player = Player(plan_of({"ooms": {}}, a=(["x", "y"], {"gpu_used": GPU}), b=["x", "y"], c=["x", "y"]))
    player.oom(stage="b")
    player.run(6, signals=Signals(gpu_used=0.99))
    assert [player.level(stage) for stage in "abc"] == [1, 1, 0]


def test_a_long_gap_between_ticks_moves_nothing():
    """The machine slept: windows and holds start again."""
    player = Player(plan_of({"gpu_used": GPU, "p95_ms": P95}))
    player.run(3, steady(main=1200), signals=Signals(gpu_used=0.95))
    player.clock.advance(3600)
    player.engine.tick(Signals(gpu_used=0.95))
    assert player.moves() == []
    player.clock.advance(4)
    player.engine.tick(Signals(gpu_used=0.95))
    assert player.moves() == []
    assert player.engine.raw_state()[1].stages[0].rungs[0].times.total == 0
