"""A stage that suffers from another's climb is not blamed: the climb is, for it is what changed last."""

from __future__ import annotations

from docpipe.policy import EventKind, Outcome, Signals
from tests.policy.play import QUICK, Player, plan_of

POLICY = QUICK | {
    "p95_ms": {"degrade_above": 600, "degrade_after_s": 3, "min_samples": 5},
    "ooms": {"degrade_at": 1},
    "recover_after_s": 5,
    "probes": {"count": 2, "pass": 2, "per_s": 1},
}


def test_the_trial_ends_and_the_other_stage_stays_where_it_is():
    """Detection on main takes the cores that recognition needs: recognition is slow only while detection climbs."""
    player = Player(plan_of(POLICY, detection=["main", "light"], recognition=["main", "light"]))

    def speed(choice, second):
        climbing = player.engine.state().token_holder == "detection"
        return Outcome.OK, 1500.0 if climbing and choice.stage == "recognition" else 80.0

    player.run(5, speed)
    player.oom(stage="detection")
    player.run(40, speed)
    assert [(source, target) for _, stage, source, target in player.moves() if stage == "recognition"] == []
    (ended, *_) = player.told(EventKind.TRIAL_ENDED)
    assert ended.stage == "detection"
    assert ended.reason.startswith("recognition suffers: p95_ms 1")
    assert player.engine.state()["detection"].failures >= 1


def test_without_a_climb_the_stage_itself_gives_way():
    player = Player(plan_of(POLICY, detection=["main", "light"], recognition=["main", "light"]))
    player.run(10, lambda choice, _: (Outcome.OK, 1500.0 if choice.stage == "recognition" else 80.0), signals=Signals())
    assert [stage for _, stage, _, _ in player.moves()] == ["recognition"]
