"""Trouble that comes and goes as regularly as it likes: the stage backs off instead of swinging with it."""

from __future__ import annotations

import pytest

from docpipe.policy import EventKind, Outcome, Signals
from tests.policy.play import GPU, P95, Player, plan_of

DEFAULTS = {
    "gpu_used": GPU,
    "host_used": {"degrade_above": 0.85, "recover_below": 0.7},
    "queue_wait_ms": {"degrade_above": 150, "recover_below": 50, "degrade_after_s": 1},
    "p95_ms": P95,
    "ooms": {},
    "error_ratio": {"degrade_above": 0.1, "min_samples": 10},
    "worker_deaths": {},
}

LADDER = ("main", "light", "skip")

FINE = (Outcome.OK, 80.0)
CALLS = {
    "latency": (Outcome.OK, 1200.0),
    "oom": (Outcome.OOM, 80.0),
    "error": (Outcome.ERROR, 80.0),
    "timeout": (Outcome.TIMEOUT, 80.0),
    "stuck": (Outcome.STUCK, 80.0),
    "death": (Outcome.WORKER_DIED, 80.0),
}
"""What a call of main does in bad halves, by trigger."""

SIGNALS = {
    "memory": {"gpu_used": 0.95},
    "host memory": {"host_used": 0.95},
    "queue": {"queue_wait_ms": 900.0},
}
"""What a slow signal says then; else all is calm."""


class Wave:
    """Half a period of trouble and half of none, again and again, and what the stage made of it."""

    def __init__(self, trigger: str, period_s: int, periods: int, rungs: tuple[str, ...] = LADDER) -> None:
        self.on_main: list[float] = []
        """The share of the documents that main served, by second."""
        player = Player(plan_of(DEFAULTS, table=list(rungs)))
        for second in range(period_s * periods):
            bad = second % period_s < period_s // 2
            served: list[str] = []

            def speed(choice, _, bad=bad, served=served):
                served.append(choice.rung)
                return CALLS.get(trigger, FINE) if choice.rung == "main" and bad else FINE

            now = SIGNALS.get(trigger, {}) if bad else {}
            signals = Signals(**{"gpu_used": 0.3, "host_used": 0.3, "queue_wait_ms": 0.0, **now})
            player.run(1, speed, per_s=2, signals=signals)
            self.on_main.append(served.count("main") / 2)
        order = rungs.index
        self.downs = [second for second, _, source, target in player.moves() if order(source) < order(target)]


@pytest.mark.parametrize("period_s", [30, 60, 120, 300, 600])
@pytest.mark.parametrize(
    ("trigger", "rungs"),
    [
        pytest.param("memory", LADDER, id="memory, three rungs"),
        *(pytest.param(trigger, LADDER[:2], id=trigger) for trigger in (*SIGNALS, *CALLS)),
    ],
)
def test_a_stage_backs_off_from_a_wave(trigger, period_s, rungs):
    """After the third period no rung is left more than once in any three, whatever the trigger."""
    downs = Wave(trigger, period_s, 12, rungs).downs
    for first in range(3, 10):
        among = [second for second in downs if first * period_s <= second < (first + 3) * period_s]
        assert len(among) <= len(rungs) - 1


HOLD_S = 60
RAMP_S = 10 + (20 / 0.1 + 20 / 0.3 + 20 / 0.6) / 2
"""Five probes, one in two seconds, and twenty samples of each share at two documents a second."""


@pytest.mark.parametrize("trigger", [*SIGNALS, "latency"])
def test_main_serves_in_every_wave_that_is_long_enough(trigger):
    """Once main has been well for longer than hold and ramp it serves all documents, whatever happened before."""
    well_s = 300
    wave = Wave(trigger, 2 * well_s, 8, LADDER[:2])
    last_tries_s = 70 if trigger == "latency" else 5  # the hold after the last probes that still failed
    assert HOLD_S + RAMP_S + last_tries_s < well_s
    for period in range(8):
        end = 2 * well_s * (period + 1)
        served = wave.on_main[end - well_s + int(HOLD_S + RAMP_S + last_tries_s) : end]
        assert served
        assert set(served) == {1.0}


def test_failures_are_forgotten_with_time_on_any_level():
    """Memory that stays short keeps the stage down; what went wrong an hour ago no longer makes its waits long."""
    player = Player(plan_of(DEFAULTS))
    for _ in range(6):
        player.run(30, per_s=2, signals=Signals(gpu_used=0.95))
        player.run(200, per_s=2, signals=Signals(gpu_used=0.3))
    player.run(30, per_s=2, signals=Signals(gpu_used=0.95))
    assert player.engine.state()["table"].failures >= 2
    player.run(3600, per_s=2, signals=Signals(gpu_used=0.95))
    assert player.level() > 0
    assert player.engine.state()["table"].failures == 0


def test_main_serves_again_once_a_wave_has_ended():
    player = Player(plan_of(DEFAULTS))
    for _ in range(6):
        player.run(30, per_s=2, signals=Signals(gpu_used=0.95))
        player.run(120, per_s=2, signals=Signals(gpu_used=0.3))
    player.run(1200, per_s=2, signals=Signals(gpu_used=0.3))
    assert player.level() == 0
    assert player.told(EventKind.UP)
