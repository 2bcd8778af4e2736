"""How a stage comes back: calm, then probes of the better rung itself, then exact shares, each with a verdict."""

from __future__ import annotations

from itertools import pairwise

import pytest

from docpipe.policy import EventKind, Kind, Outcome, Signals, Trigger
from docpipe.policy.core.state import Phase
from tests.policy.play import GPU, P95, QUICK, Player, plan_of, steady

DOWN_BY_OOM = {"ooms": {}, "recover_after_s": 10, "degrade_after_s": 5} | QUICK
UP, PROBING, RAMPING, ENDED = EventKind.UP, EventKind.PROBING, EventKind.RAMPING, EventKind.TRIAL_ENDED


def fallen(policy=None, **stages):
    """Return a player whose table stage has just lost its main rung to an out-of-memory error."""
    player = Player(plan_of(DOWN_BY_OOM | (policy or {}), **stages))
    player.oom()
    assert player.level() == 1
    return player


def test_the_way_back_in_order():
    """Calm for its hold, probes, each share, then all documents again; the epoch rises once a move."""
    player = fallen({"ramp": {"shares": [0.1, 0.3, 0.6], "min_samples": 5, "min_s": 2}})
    player.run(120)
    assert [e.kind for e in player.told()] == [EventKind.DOWN, PROBING, RAMPING, RAMPING, RAMPING, UP]
    assert [e.threshold for e in player.told(RAMPING)] == [0.1, 0.3, 0.6]
    status = player.engine.state()["table"]
    assert (status.level, status.phase, status.epoch, status.causes, status.closed) == (0, Phase.STEADY, 2, (), ())
    assert player.told(UP)[0].trigger is Trigger.OUT_OF_MEMORY


def test_the_fallbacks_own_latency_proves_nothing():
    """Main stays at 1200 ms, light at 80: never a step up, however long light does well."""
    player = Player(plan_of({"p95_ms": P95} | QUICK))
    player.run(1800, steady(main=1200, light=80), per_s=5)
    assert [move[2:] for move in player.moves()] == [("main", "light")]
    assert len(player.told(ENDED)) >= 3


def test_a_hot_fallback_keeps_the_stage_from_probing():
    """While the lighter rung itself is over the band, nothing heavier is tried."""
    player = Player(
        plan_of({"p95_ms": P95 | {"degrade_after_s": 5, "recover_after_s": 10}} | QUICK, table=["main", "light"])
    )
    player.run(200, steady(main=1200, light=1000))
    assert not player.told(PROBING)
    player.run(100, steady())
    assert player.level() == 0


def test_main_fast_once_in_five_stays_down():
    """One lucky probe does not decide."""
    player = Player(plan_of({"p95_ms": P95} | QUICK))
    player.run(30, steady(main=1200))
    assert player.level() == 1
    count = {"main": 0}

    def lucky(choice, second):
        if choice.rung == "main":
            count["main"] += 1
            return Outcome.OK, 100.0 if count["main"] % 5 == 1 else 1200.0
        return Outcome.OK, 80.0

    player.run(1800, lucky)
    assert [move[2:] for move in player.moves()] == [("main", "light")]
    assert count["main"] >= 6
    assert not player.told(RAMPING)


def test_one_unlucky_probe_does_not_decide_either():
    player = fallen()
    count = {"main": 0}

    def unlucky(choice, second):
        count["main"] += choice.rung == "main"
        return (Outcome.ERROR if choice.rung == "main" and count["main"] == 1 else Outcome.OK), 80.0

    player.run(60, unlucky)
    assert player.level() == 0


@pytest.mark.parametrize("signals", [Signals(gpu_used=0.8), Signals(gpu_used=0.7)])
def test_memory_between_the_ends_holds_the_way_back(signals):
    """Below the upper end is not below the lower one."""
    player = fallen({"gpu_used": GPU})
    player.run(300, signals=signals)
    assert not player.told(PROBING)
    player.run(60, signals=Signals(gpu_used=0.69))
    assert player.level() == 0


def test_calm_must_last_without_a_break():
    player = fallen({"gpu_used": GPU})
    for _ in range(20):
        player.run(9, signals=Signals(gpu_used=0.5))
        player.run(1, signals=Signals(gpu_used=0.8))
    assert not player.told(PROBING)


def test_a_stage_without_bands_waits_for_its_hold_all_the_same():
    player = fallen({"recover_after_s": 50})
    player.run(49)
    assert not player.told(PROBING)
    player.run(2)
    assert player.told(PROBING)


def test_probes_keep_their_distance_and_number():
    """One each two seconds, never more than `count` that are out or judged."""
    player = fallen({"probes": {"count": 3, "pass": 3, "per_s": 0.5, "lease_s": 100}})
    while not player.told(PROBING):
        player.run(1)
    kinds = []
    for _ in range(20):
        player.clock.advance(1)
        kinds += [player.engine.assign(f"probe {player.second} {n}")["table"].kind for n in range(4)]
    assert [i for i, kind in enumerate(kinds) if kind is Kind.PROBE] == [0, 8, 16]


def test_a_document_probes_once():
    """A document that kills its worker must not fail the whole series by its retries."""
    player = fallen({"probes": {"count": 3, "pass": 3, "per_s": 10}})
    while not player.told(PROBING):
        player.run(1)
    kinds = []
    for _ in range(10):
        player.clock.advance(1)
        kinds.append(player.engine.assign("the same")["table"].kind)
    assert kinds.count(Kind.PROBE) == 1


def test_a_lost_probe_counts_as_failed_and_makes_room():
    """The worker died in a probe: its lease ends, counts, and the next probe is placed."""
    player = fallen({"probes": {"count": 2, "pass": 1, "per_s": 1, "lease_s": 5}})
    while not player.told(PROBING):
        player.run(1)
    lost = [player.engine.assign("lost")["table"]]
    player.clock.advance(1)
    lost.append(player.engine.assign("lost too")["table"])
    player.clock.advance(1)
    assert [choice.kind for choice in lost] == [Kind.PROBE] * 2
    assert player.engine.assign("no third")["table"].kind is Kind.SERVED
    player.clock.advance(3)
    player.engine.tick()
    status = player.engine.state()["table"]
    assert (status.granted, status.expired, status.open_leases, status.trial_failed) == (2, 1, 1, 1)
    player.clock.advance(2)
    player.engine.tick()
    assert [e.kind for e in player.told(ENDED)] == [ENDED]
    player.run(60)
    assert player.level() == 0
    before = player.engine.state()["table"].stale
    player.sample(lost[0])
    assert player.engine.state()["table"].stale == before + 1


def test_a_lapsed_probe_that_comes_back_is_ignored():
    player = fallen({"probes": {"count": 3, "pass": 2, "per_s": 1, "lease_s": 2}})
    while not player.told(PROBING):
        player.run(1)
    late = player.engine.assign("late")["table"]
    player.clock.advance(3)
    player.engine.tick()
    player.sample(late)
    status = player.engine.state()["table"]
    assert (status.trial_passed, status.trial_failed, status.stale) == (0, 1, 1)


def test_a_probe_that_never_ran_is_given_back():
    """Released is not failed."""
    player = fallen({"probes": {"count": 1, "pass": 1, "per_s": 1, "lease_s": 5}})
    while not player.told(PROBING):
        player.run(1)
    for n in range(3):
        player.clock.advance(1)
        assignment = player.engine.assign(f"refused {n}")
        assert assignment["table"].kind is Kind.PROBE
        player.engine.release(assignment)
    player.clock.advance(20)
    player.engine.tick()
    status = player.engine.state()["table"]
    assert (status.granted, status.returned, status.expired, status.trial_failed) == (4, 3, 0, 0)  # one is a canary's


def test_an_input_error_says_nothing_of_a_probe():
    player = fallen({"probes": {"count": 1, "pass": 1, "per_s": 1}})
    while not player.told(PROBING):
        player.run(1)
    probe = player.engine.assign("broken image")["table"]
    player.sample(probe, Outcome.INPUT_ERROR)
    status = player.engine.state()["table"]
    assert (status.phase, status.trial_failed, status.open_leases) == (Phase.PROBING, 0, 0)


def test_a_slow_probe_fails():
    """In between the ends of the band is not fast enough for a probe."""
    player = Player(plan_of({"ooms": {}, "p95_ms": P95, "recover_after_s": 20} | QUICK))
    player.oom()
    player.run(300, steady(main=500))
    assert player.level() == 1
    assert "not below 420" in player.told(ENDED)[0].reason


def ramping(shares, policy=None):
    """Return a player at the first share of a ramp of table."""
    ramp = {"ramp": {"shares": shares, "min_samples": 1000, "min_s": 2, "max_s": 30}}
    player = fallen(ramp | {"probes": {"count": 1, "pass": 1, "per_s": 10, "lease_s": 5}} | (policy or {}))
    while not player.told(RAMPING):
        player.run(1)
    return player


@pytest.mark.parametrize("share", [0.1, 0.25, 0.3, 1 / 3, 0.6, 0.99])
def test_shares_are_exact_after_every_prefix(share):
    """Never more than one document away from the share."""
    player, taken = ramping([share]), 0
    for n in range(1, 1001):
        taken += player.engine.assign(f"new {n}")["table"].kind is Kind.TRIAL
        assert abs(taken - share * n) < 1 + 1e-6 * n


def test_a_document_stays_on_its_side():
    """Its pages and its retries too, also when many others came in between."""
    player = ramping([0.3])
    first = {n: player.engine.assign(f"new {n}")["table"].kind for n in range(200)}
    again = {n: player.engine.assign(f"new {n}")["table"].kind for n in reversed(range(200))}
    assert first == again
    assert 59 <= list(first.values()).count(Kind.TRIAL) <= 61


def test_the_memory_of_sides_is_bounded():
    """After four thousand others a document may be drawn again; nothing grows without end."""
    player = ramping([0.3])
    for n in range(6000):
        player.engine.assign(f"new {n}")
    trial = player.engine.raw_state()[1].stages[0].trial
    assert sum(len(chunk) for chunk in trial.sides) <= 64 * 64


def test_time_alone_never_advances_a_ramp():
    """Too few samples are inconclusive: the share stays, and in the end the trial gives its turn back, unblamed."""
    player = ramping([0.1, 0.5])
    player.run(300, per_s=1)
    assert {e.threshold for e in player.told(RAMPING)} == {0.1}
    assert len(player.told(EventKind.INCONCLUSIVE)) == len(player.told(ENDED)) + 1
    assert player.engine.state()["table"].failures == 0
    assert "of 1000 samples" in player.told(EventKind.INCONCLUSIVE)[0].reason


def test_an_error_in_the_ramp_ends_it_and_the_caller_gets_an_answer():
    """The trial rung raises: the lower rung answers, the stage stays, the next wait is longer."""
    player = ramping([0.5])

    def fails(choice, second):
        return (Outcome.ERROR if choice.rung == "main" else Outcome.OK), 80.0

    answers = [player.call(player.engine.assign(f"new {n}")["table"], fails) for n in range(2)]
    assert answers == ["light", "light"]
    (ended,) = player.told(ENDED)
    assert (ended.trigger, ended.from_rung, ended.to_rung) == (Trigger.ERRORS, "main", "light")
    status = player.engine.state()["table"]
    assert (status.level, status.phase, status.failures) == (1, Phase.QUARANTINED, 1)


def test_errors_in_the_ramp_have_the_limit_of_the_band():
    """With an error band, as many may fail as it allows of its minimum of samples."""
    player = ramping([0.5], {"error_ratio": {"degrade_above": 0.2, "min_samples": 10}})
    trial = [player.engine.assign(f"new {n}")["table"] for n in range(8)]
    trial = [choice for choice in trial if choice.kind is Kind.TRIAL]
    for choice in trial[:2]:
        player.sample(choice, Outcome.ERROR)
    assert not player.told(ENDED)
    player.sample(trial[2], Outcome.ERROR)
    assert player.told(ENDED)


def test_a_call_that_never_came_back_ends_the_ramp_and_closes_the_rung():
    player = ramping([0.5], {})
    trial = [player.engine.assign(f"new {n}")["table"] for n in range(8)]
    player.sample(next(choice for choice in trial if choice.kind is Kind.TRIAL), Outcome.TIMEOUT)
    (ended,) = player.told(ENDED)
    assert ended.trigger == Trigger.DEADLINE
    assert player.engine.state()["table"].closed == ("main",)


def test_an_unclean_ramp_waits_for_more_samples():
    """An error ratio between the two ends neither ends a ramp nor advances it."""
    policy = {"error_ratio": {"degrade_above": 0.5, "recover_below": 0.1, "min_samples": 10}}
    player = ramping(
        [0.5], policy | {"ramp": {"shares": [0.5], "min_samples": 5, "min_s": 2}, "probes": {"count": 1, "pass": 1}}
    )
    trial = [player.engine.assign(f"new {n}")["table"] for n in range(24)]
    trial = [choice for choice in trial if choice.kind is Kind.TRIAL]
    player.sample(trial[0], Outcome.ERROR)
    for choice in trial[1:6]:
        player.sample(choice)
    player.run(5, per_s=0)
    assert player.level() == 1
    for choice in trial[6:]:
        player.sample(choice)
    player.run(1, per_s=0)
    assert player.level() == 0


def test_out_of_memory_in_a_trial_ends_it_and_closes_the_rung():
    player = ramping([0.9])
    trial = next(c for n in range(9) if (c := player.engine.assign(f"new {n}")["table"]).kind is Kind.TRIAL)
    player.sample(trial, Outcome.OOM)
    assert player.told(ENDED)[0].trigger is Trigger.OUT_OF_MEMORY
    assert player.engine.state()["table"].closed == ("main",)


def test_a_slow_ramp_ends():
    """Probes were fast, the share is not: P95 of the trial's own samples decides."""
    player = Player(plan_of({"ooms": {}, "p95_ms": P95, "recover_after_s": 20} | QUICK))
    player.oom()
    while not player.told(RAMPING):
        player.run(1)
    player.run(30, steady(main=700))
    assert player.level() == 1
    assert "P95" in player.told(ENDED)[0].reason
    assert player.told(ENDED)[0].observed == pytest.approx(700, rel=0.016)


def test_any_band_over_its_end_ends_a_trial_at_once():
    player = ramping([0.5], {"gpu_used": GPU})
    player.clock.advance(1)
    player.engine.tick(Signals(gpu_used=0.91))
    (ended,) = player.told(ENDED)
    assert ended.trigger is Trigger.GPU_MEMORY
    assert player.level() == 1


def test_samples_of_an_earlier_trial_do_not_count():
    """A straggler of the first series must not fail the second one."""
    player = fallen({"probes": {"count": 1, "pass": 1, "per_s": 10, "lease_s": 1000}})
    while not player.told(PROBING):
        player.run(1)
    straggler = player.engine.assign("straggler")["table"]
    player.clock.advance(1)
    player.engine.pin("table", "light", player.clock() + 1)
    player.clock.advance(2)
    player.engine.tick()
    while len(player.told(PROBING)) < 2:
        player.run(1, per_s=0)
    player.sample(straggler, Outcome.ERROR)
    status = player.engine.state()["table"]
    assert (status.phase, status.trial_failed, status.open_leases) == (Phase.PROBING, 0, 0)


def test_every_failed_trial_makes_the_wait_longer_up_to_a_cap():
    """10, 20, 40, 40 s, each 10 % up or down."""
    player = fallen({"cool_down_s": {"first": 10, "factor": 2, "max": 40}, "recover_after_s": 5})
    player.run(400, lambda c, s: (Outcome.OOM if c.rung == "main" else Outcome.OK, 80.0))
    starts = [(e.time_ns, "start") for e in player.told(PROBING)]
    ends = [(e.time_ns, "end") for e in player.told(ENDED)]
    both = sorted(starts + ends)
    waits = [(b[0] - a[0]) / 1e9 for a, b in pairwise(both) if a[1] == "end"]
    expected = [20, 40, 40, 40]
    assert all(0.9 * e - 1 <= w <= 1.1 * e + 1 for w, e in zip(waits, expected, strict=False)), waits
    assert len(waits) >= 4


def test_cool_downs_spread_by_seed_and_stay_the_same_for_one():
    """Replicas with seeds of their own do not probe together, and a replay gets the same moments."""

    def probed(seed: int) -> int:
        player = fallen({"seed": seed, "cool_down_s": {"first": 100}})
        while not player.told(EventKind.PROBING):
            player.run(1)
        return player.second

    moments = [probed(seed) for seed in range(6)]
    assert moments == [probed(seed) for seed in range(6)]
    assert len(set(moments)) > 1


def test_health_forgives_one_failure_per_cool_down():
    player = fallen({"cool_down_s": {"first": 10, "factor": 2, "max": 40}, "recover_after_s": 5})
    player.run(20, lambda c, s: (Outcome.OOM if c.rung == "main" else Outcome.OK, 80.0))
    assert player.engine.state()["table"].failures == 1
    player.run(60)
    assert player.level() == 0
    player.run(60)
    assert player.engine.state()["table"].failures == 0


def test_a_relapse_soon_after_the_climb_counts_as_a_failure():
    """A stage that falls right after coming back waits longer the next time."""
    player = fallen()
    while not player.told(UP):
        player.run(1)
    player.oom()
    assert player.engine.state()["table"].failures == 1


def test_one_stage_climbs_at_a_time():
    """The heavier one first; the other waits for the token."""
    stages = {"a": ["x", "y"], "b": (["x", "y"], {"weight": 2.0}), "table": ["main", "light"]}
    player = fallen({"recover_after_s": 20}, **stages)
    player.oom(stage="a")
    player.oom(stage="b")
    for _ in range(200):
        player.run(1)
        phases = [player.engine.state()[s].phase for s in ("a", "b", "table")]
        assert sum(p in (Phase.PROBING, Phase.RAMPING) for p in phases) <= 1
    assert [e.stage for e in player.told(UP)] == ["b", "a", "table"]


def test_a_stage_that_no_document_passes_does_not_keep_the_token():
    """Tables are rare: while another stage waits, a trial without a single sample is put off."""
    player = fallen(a=["x", "y"], table=(["main", "light"], {"weight": 2.0}))
    player.oom(stage="a")
    player.run(120, stages=["a"])
    assert [(e.stage, e.from_rung, e.to_rung) for e in player.told(UP)] == [("a", "y", "x")]
    assert "another stage waits" in player.told(ENDED)[0].reason
    assert player.engine.state()["table"].failures == 0
    player.run(120)
    assert player.level() == 0


def test_two_levels_come_back_one_by_one():
    player = fallen()
    player.oom()
    assert player.level() == 2
    assert [c.to_rung for c in player.engine.state()["table"].causes] == ["light", "skip"]
    player.run(200)
    assert [m[2:] for m in player.moves()[2:]] == [("skip", "light"), ("light", "main")]


def test_a_trial_document_tells_only_what_still_holds_for_it():
    """On the way back from skip to light, the causes of a trial document end at light."""
    player = fallen({"probes": {"count": 1, "pass": 1, "per_s": 10}})
    player.oom()
    while not player.told(PROBING):
        player.run(1)
    probe = player.engine.assign("p")["table"]
    assert (probe.rung, probe.level, [c.to_rung for c in probe.causes]) == ("light", 1, ["light"])


def test_no_shares_means_all_after_the_probes():
    player = fallen({"ramp": {"shares": [], "min_samples": 1}})
    player.run(40)
    assert [e.kind for e in player.told()] == [EventKind.DOWN, PROBING, UP]


def test_a_fault_below_a_trial_goes_down_and_gives_the_token_back():
    player = ramping([0.5], {"ooms": {}})
    served = next(c for n in range(9) if (c := player.engine.assign(f"new {n}")["table"]).kind is Kind.SERVED)
    player.sample(served, Outcome.OOM)
    status = player.engine.state()
    assert (status["table"].rung, status.token_holder, status["table"].failures) == ("skip", None, 1)


def test_a_sleeping_machine_ends_a_trial_without_blame():
    player = ramping([0.5])
    player.engine.assign("asleep")
    player.clock.advance(3600)
    player.engine.tick()
    assert player.engine.state()["table"].failures == 0
    assert player.told(ENDED)[0].metric == "gap_s"
