"""Trouble that comes and goes as regularly as it likes: the stage backs off instead of swinging with it."""

from __future__ import annotations

import pytest

from docpipe.policy import EventKind, Outcome, Signals
from tests.policy.play import GPU, P95, Player, plan_of

DEFAULTS = {"gpu_used": GPU, "p95_ms": P95, "ooms": {}, "error_ratio": {"degrade_above": 0.1, "min_samples": 10}}


def wave(trigger: str, period_s: int, periods: int) -> list[int]:
    """Play a wave, half a period of trouble and half of none; return the seconds of all moves down."""
    player = Player(plan_of(DEFAULTS))
    for second in range(period_s * periods):
        bad = second % period_s < period_s // 2

        def speed(choice, _, bad=bad):
            if choice.rung != "main" or not bad or trigger == "memory":
                return Outcome.OK, 80.0
            if trigger == "latency":
                return Outcome.OK, 1200.0
            return (Outcome.OOM if trigger == "oom" else Outcome.ERROR), 80.0

        player.run(1, speed, per_s=2, signals=Signals(gpu_used=0.95 if bad and trigger == "memory" else 0.3))
    return [second for second, _, source, _ in player.moves() if source == "main"]


@pytest.mark.parametrize("trigger", ["memory", "latency", "oom", "error"])
@pytest.mark.parametrize("period_s", [30, 120, 300])
def test_a_stage_backs_off_from_a_wave(trigger, period_s):
    """After the third period no more than one move down in three, whatever the trigger."""
    periods = 18
    late = [second for second in wave(trigger, period_s, periods) if second >= 3 * period_s]
    assert len(late) <= (periods - 3) // 3


def test_main_serves_again_once_a_wave_has_ended():
    player = Player(plan_of(DEFAULTS))
    for _ in range(6):
        player.run(30, per_s=2, signals=Signals(gpu_used=0.95))
        player.run(120, per_s=2, signals=Signals(gpu_used=0.3))
    player.run(1200, per_s=2, signals=Signals(gpu_used=0.3))
    assert player.level() == 0
    assert player.told(EventKind.UP)
