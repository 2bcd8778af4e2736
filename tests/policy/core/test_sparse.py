"""One document a minute: whatever a stage fell by, it is back within five minutes of the cause's end."""

from __future__ import annotations

import pytest

from docpipe.policy import Outcome, Signals
from docpipe.policy.core.effects import Effect, EffectKind
from docpipe.policy.core.values import Kind, Sample
from tests.policy.play import GPU, P95, Player, plan_of

BANDS = {
    "gpu_used": GPU,
    "host_used": {"degrade_above": 0.85, "recover_below": 0.7},
    "queue_wait_ms": {"degrade_above": 150, "recover_below": 50},
    "p95_ms": P95,
    "ooms": {},
    "error_ratio": {"degrade_above": 0.1, "min_samples": 10},
    "worker_deaths": {},
}
CALM = Signals(gpu_used=0.3, host_used=0.3, queue_wait_ms=0.0)
TROUBLE = {
    "gpu": (Signals(gpu_used=0.95, host_used=0.3, queue_wait_ms=0.0), Outcome.OK, 80.0),
    "host": (Signals(gpu_used=0.3, host_used=0.95, queue_wait_ms=0.0), Outcome.OK, 80.0),
    "queue": (Signals(gpu_used=0.3, host_used=0.3, queue_wait_ms=900.0), Outcome.OK, 80.0),
    "latency": (CALM, Outcome.OK, 1200.0),
    "oom": (CALM, Outcome.OOM, 80.0),
    "error": (CALM, Outcome.ERROR, 80.0),
    "timeout": (CALM, Outcome.TIMEOUT, 80.0),
    "stuck": (CALM, Outcome.STUCK, 80.0),
}


class Sparse(Player):
    """Answers each canary that the policy asks for, as an idle worker does; `ms` is what it takes on main."""

    def __init__(self) -> None:
        super().__init__(plan_of(BANDS, table=["main", "light"]))
        self.asked: list[Effect] = []
        self.ms = 80.0
        self.engine.on_effect = self.asked.append

    def minute(self) -> None:
        self.document(lambda choice, second: (Outcome.OK, self.ms if choice.rung == "main" else 40.0))
        for _ in range(60):
            self.clock.advance(1)
            self.engine.tick(CALM)
            while self.asked:
                effect = self.asked.pop()
                if effect.kind is EffectKind.CANARY:
                    self.shadow(effect)

    def shadow(self, effect: Effect) -> None:
        self.engine.record(
            Sample(
                effect.stage, effect.rung, effect.epoch, outcome=Outcome.OK, duration_ns=round(self.ms * 1e6),
                kind=Kind.SHADOW, document_id="canary", lease=effect.lease, started_ns=self.clock(), worker="canary",
            )
        )  # fmt: skip


@pytest.mark.parametrize("trigger", sorted(TROUBLE))
def test_a_stage_is_back_within_five_minutes_of_the_causes_end(trigger: str) -> None:
    player = Sparse()
    signals, outcome, ms = TROUBLE[trigger]
    player.run(60, lambda choice, _: (outcome, ms) if choice.rung == "main" else (Outcome.OK, 40.0), signals=signals)
    assert player.level() == 1
    player.asked.clear()
    minutes = 0
    while player.level() and minutes < 10:
        player.minute()
        minutes += 1
    assert minutes <= 5, player.engine.state()["table"]


def test_shadow_runs_that_are_slow_keep_it_down() -> None:
    player = Sparse()
    signals, outcome, ms = TROUBLE["latency"]
    player.run(60, lambda choice, _: (outcome, ms) if choice.rung == "main" else (Outcome.OK, 40.0), signals=signals)
    player.ms = 1200.0
    for _ in range(10):
        player.minute()
    assert player.level() == 1
    state = player.engine.state()["table"]
    assert state.granted == state.returned + state.expired + state.open_leases
