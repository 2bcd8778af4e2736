"""What a profile changes in the policy: who climbs first, how long a probe may take. Its log replays all the same."""

from __future__ import annotations

import json
import math

import pytest

from docpipe.policy import EventKind, Plan, PolicySpec, StagePolicy
from docpipe.policy.audit.diff import describe
from docpipe.policy.audit.log import EventLog
from docpipe.policy.audit.replay import replay
from docpipe.policy.core.plan import NS
from tests.policy.play import QUICK, Player

POLICY = {"ooms": {}, "recover_after_s": 10} | QUICK
LADDER = ["main", "light", "skip"]
CHEAP = {"main": (100.0, 1.0), "light": (90.0, 0.8), "skip": (0.0, 0.5)}
"""Coming back from `light` costs 10 ms and wins a fifth."""
DEAR = {"main": (500.0, 1.0), "light": (100.0, 0.99), "skip": (0.0, 0.5)}
"""Coming back from `light` costs 400 ms and wins a hundredth."""


def plan_of(*prices, weights=(1.0, 1.0), policy=POLICY, **more):
    """Return a plan with stages `a` and `b`, at those prices."""
    stages = {name: (LADDER, StagePolicy(weight=weight)) for name, weight in zip("ab", weights, strict=True)}
    priced = {name: price for name, price in zip("ab", prices, strict=True) if price}
    return Plan.build(PolicySpec.model_validate(policy), stages, priced=priced, **more)


def first_to_climb(plan, **log):
    """Let both stages fall, `a` first, and return which one tries to come back first."""
    player = Player(plan, **log)
    player.oom(stage="a")
    player.oom(stage="b")
    player.run(200)
    return player.told(EventKind.PROBING)[0].stage


def test_most_accuracy_for_each_millisecond_climbs_first():
    assert first_to_climb(plan_of(CHEAP, DEAR)) == "a"
    assert first_to_climb(plan_of(DEAR, CHEAP)) == "b"


def test_weight_counts_into_the_price():
    assert first_to_climb(plan_of(DEAR, CHEAP, weights=(10_000.0, 1.0))) == "a"


def test_a_climb_that_costs_no_time_goes_before_all():
    free = {"main": (50.0, 1.0), "light": (60.0, 0.99), "skip": (0.0, 0.5)}
    assert first_to_climb(plan_of(CHEAP, free)) == "b"


def test_without_a_price_of_every_stage_weight_decides():
    assert first_to_climb(plan_of(CHEAP, None, weights=(1.0, 2.0))) == "b"
    assert first_to_climb(plan_of(None, None, weights=(2.0, 1.0))) == "a"
    only_main = {"main": (100.0, 1.0)}
    assert first_to_climb(plan_of(CHEAP, only_main, weights=(1.0, 2.0))) == "b"


def test_a_gain_is_weighted_log_accuracy_for_each_millisecond():
    stage = plan_of(CHEAP, DEAR, weights=(0.5, 1.0)).stage("a")
    assert stage.gain(1, 0) == pytest.approx(0.5 * math.log(1 / 0.8) / 10)
    assert stage.gain(2, 0) == pytest.approx(0.5 * math.log(1 / 0.5) / 100)


def test_a_lease_by_profile_only_makes_the_default_longer():
    longer = plan_of(None, None, lease_s={"a": 90.0, "b": 4.0})
    assert [stage.trial.lease_ns for stage in longer.stages] == [90 * NS, 30 * NS]
    written = plan_of(None, None, policy=POLICY | {"probes": {"lease_s": 45.0}}, lease_s={"a": 90.0})
    assert [stage.trial.lease_ns for stage in written.stages] == [45 * NS, 45 * NS]


def test_a_log_with_prices_replays_byte_for_byte(tmp_path):
    path = tmp_path / "priced.log"
    with EventLog(path) as events:
        assert first_to_climb(plan_of(DEAR, CHEAP), log=events) == "b"
    report = replay(path)
    assert report.identical, report
    (stage, _) = json.loads(path.read_text().splitlines()[0])["plan"]["stages"]
    assert stage["times_ms"] == [500.0, 100.0, 0.0]


def test_a_log_without_a_profile_says_nothing_of_prices(tmp_path):
    """Logs of before there were profiles start with the same bytes as now."""
    path = tmp_path / "plain.log"
    with EventLog(path) as events:
        first_to_climb(plan_of(None, None), log=events)
    start = path.read_text().splitlines()[0]
    assert "times_ms" not in start
    assert "worths" not in start
    assert replay(path).identical


def test_other_prices_are_told_apart_in_words():
    assert describe(plan_of(CHEAP, DEAR), plan_of(CHEAP, DEAR)) == []
    assert describe(plan_of(CHEAP, DEAR), plan_of(CHEAP, CHEAP)) == [
        "b: has other times or accuracies in its profile, which may change the stage that climbs first."
    ]
