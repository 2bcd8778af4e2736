"""Records a short history of each trigger: trouble, a step down, the way back. `test_histories.py` replays them.

    python -m tests.policy.histories.record

Where a change of the policy is meant to decide otherwise, record anew and look at what `git diff` says of the events.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docpipe.policy import Choice, Outcome, Sample, Signals, Trigger
from docpipe.policy.audit.log import EventLog
from tests.policy.play import QUICK, Player, plan_of

HERE = Path(__file__).parent
POLICY = QUICK | {
    "p95_ms": {"degrade_above": 600, "degrade_after_s": 3, "min_samples": 5},
    "error_ratio": {"degrade_above": 0.3, "min_samples": 4},
    "ooms": {"degrade_at": 2, "within_s": 30},
    "gpu_used": {"degrade_above": 0.9, "degrade_after_s": 2},
    "host_used": {"degrade_above": 0.85, "degrade_after_s": 2},
    "queue_wait_ms": {"degrade_above": 150, "degrade_after_s": 2},
    "recover_after_s": 5,
    "probes": {"count": 3, "pass": 2, "per_s": 1},
    "ramp": {"shares": [0.5], "min_samples": 4, "min_s": 2, "max_s": 30},
}
CALM = Signals(gpu_used=0.3, host_used=0.3, queue_wait_ms=5.0)
TROUBLE_S, BACK_S = 8, 45


def outcome(kind: Outcome, ms: float = 80.0) -> Callable[[Choice, int], tuple[Outcome, float]]:
    """Return what main does in trouble; all else is well."""
    return lambda choice, second: (kind, ms) if choice.rung == "main" else (Outcome.OK, 60.0)


CALLS = {
    Trigger.LATENCY_P95: outcome(Outcome.OK, 1200.0),
    Trigger.OUT_OF_MEMORY: outcome(Outcome.OOM),
    Trigger.ERRORS: outcome(Outcome.ERROR),
    Trigger.DEADLINE: outcome(Outcome.TIMEOUT),
    Trigger.STUCK: outcome(Outcome.STUCK),
    Trigger.WORKER_DIED: outcome(Outcome.WORKER_DIED),
}
SIGNALS = {
    Trigger.GPU_MEMORY: Signals(gpu_used=0.95, host_used=0.3, queue_wait_ms=5.0),
    Trigger.HOST_MEMORY: Signals(gpu_used=0.3, host_used=0.95, queue_wait_ms=5.0),
    Trigger.QUEUE_AGE: Signals(gpu_used=0.3, host_used=0.3, queue_wait_ms=400.0),
}


def play(trigger: Trigger, log: EventLog) -> None:
    """Let a stage of two rungs meet the trouble that a trigger is there for, and then none."""
    player = Player(plan_of(POLICY, table=["main", "light"]), log=log)
    player.run(6, per_s=1, signals=CALM)
    if trigger is Trigger.OPERATOR:
        player.engine.pin("table", "light", reason="model under review")
        player.run(TROUBLE_S, per_s=1, signals=CALM)
        player.engine.unpin("table")
    elif trigger in (Trigger.WORKER_DIED, Trigger.STUCK):
        lose_workers(player, trigger)
    else:
        player.run(TROUBLE_S, CALLS.get(trigger), per_s=1, signals=SIGNALS.get(trigger, CALM))
    player.run(BACK_S, per_s=1, signals=CALM)


def lose_workers(player: Player, trigger: Trigger) -> None:
    """Let documents take their workers with them on main, each read again on the rung below."""
    ended = Outcome.STUCK if trigger is Trigger.STUCK else Outcome.WORKER_DIED
    for number in range(2):
        document, worker = f"heavy {number}", f"worker {number}"
        choice = player.engine.assign(document)["table"]
        player.engine.begin("table", choice.rung, choice.epoch, worker=worker, document_id=document)
        player.clock.advance(1)
        sample = Sample("table", choice.rung, choice.epoch, ended, 10**9, document_id=document, worker=worker)
        player.engine.lose_worker(worker, ended, document_id=document, sample=sample, reason=trigger.value)
        player.sample(player.engine.assign(document, hit=(("table", choice.rung),))["table"], document_id=document)


def main() -> None:
    """Record all."""
    for trigger in Trigger:
        path = HERE / f"{trigger.value}.jsonl"
        path.unlink(missing_ok=True)
        with EventLog(path) as log:
            play(trigger, log)


if __name__ == "__main__":
    main()
