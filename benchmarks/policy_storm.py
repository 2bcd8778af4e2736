"""Random faults, reloads and pins on the live policy from 16 threads, and whether it is whole afterwards.

    python benchmarks/policy_storm.py [--minutes 10] [--speed 20]

Sixteen threads ask for rungs and tell of calls that answer, fail, run out of memory, hang or never come back; one more
ticks with memory that comes and goes, pins, unpins, and loads one of two policy files in turn. The policy's clock runs
`--speed` times as fast as the wall's, so that cool-downs pass. Then all is calm until every stage is on top again.
Bars: granted = returned + expired + open leases for every stage at every look; resident memory flat after the first
fifth (at most 1 MB a minute); every stage back on top at the end.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time

import psutil
from machine import describe

from docpipe.policy import Outcome, Plan, PolicyEngine, PolicySpec, Sample, Signals, StagePolicy
from docpipe.policy.live.clock import now_ns

SEED, THREADS = 11, 16
BANDS = {
    "p95_ms": {"degrade_above": 600, "min_samples": 5},
    "error_ratio": {"degrade_above": 0.3, "min_samples": 10},
    "ooms": {"degrade_at": 2},
    "host_used": {"degrade_above": 0.9},
    "recover_after_s": 10,
    "cool_down_s": {"first": 10, "max": 120},
    "ramp": {"shares": [0.3], "min_samples": 10, "min_s": 2, "max_s": 60},
}
STAGES = {
    "detection": ("main", "light", "small"),
    "recognition": ("main", "light"),
    "tables": ("main", "rules", "skip"),
}
FAULTS = (Outcome.OOM, Outcome.ERROR, Outcome.TIMEOUT, Outcome.STUCK, Outcome.WORKER_DIED, Outcome.INPUT_ERROR)


def plan_of(hold_s: float) -> Plan:
    """Return one of the two files that are loaded in turn."""
    policy = PolicySpec.model_validate(BANDS | {"degrade_after_s": hold_s})
    return Plan.build(policy, {name: (rungs, StagePolicy()) for name, rungs in STAGES.items()})


class Storm:
    """The engine, and how bad the weather is."""

    def __init__(self, speed: int) -> None:
        begun = now_ns()
        self.clock = lambda: begun + (now_ns() - begun) * speed
        self.engine = PolicyEngine(plan_of(2), clock=self.clock)
        self.fault_share = 0.1
        self.stop = threading.Event()
        self.documents = 0

    def serve(self, number: int) -> None:
        """Read documents until the end."""
        rng = random.Random(f"{SEED}/{number}")
        while not self.stop.is_set():
            document = f"{number}/{self.documents}"
            assignment = self.engine.assign(document)
            for choice in assignment.choices:
                self.engine.begin(choice.stage, choice.rung, choice.epoch, worker=str(number), document_id=document)
                bad = rng.random() < self.fault_share
                outcome = rng.choice(FAULTS) if bad else Outcome.OK
                ms = rng.uniform(20, 1500 if bad else 200)
                sample = Sample(
                    stage=choice.stage,
                    rung=choice.rung,
                    epoch=choice.epoch,
                    outcome=outcome,
                    duration_ns=int(ms * 1e6),
                    kind=choice.kind,
                    document_id=document,
                    lease=choice.lease,
                    started_ns=self.clock() - int(ms * 1e6),
                    worker=str(number),
                    units=rng.lognormvariate(0, 1),
                )
                if bad and rng.random() < 0.2:
                    continue  # it never comes back; its lease expires
                self.engine.record(sample)
            if rng.random() < 0.95:
                self.engine.release(assignment)
            self.documents += 1
            time.sleep(0.005)

    def disturb(self, rng: random.Random) -> None:
        """Do one thing that an operator or a neighbour does."""
        stage = rng.choice(list(STAGES))
        act = rng.randrange(6)
        if act == 0:
            self.engine.reload(plan_of(rng.choice((1, 2, 3))))
        elif act == 1:
            self.engine.pin(stage, rng.choice(STAGES[stage]))
        elif act == 2:
            self.engine.unpin(stage)
        elif act == 3:
            self.engine.set_available(stage, rng.choice(STAGES[stage]), rng.random() < 0.8, "storm")
        self.engine.tick(Signals(host_used=rng.choice((0.5, 0.5, 0.5, 0.95)), lost=("host_used",) if act == 5 else ()))

    def broken(self) -> list[str]:
        """Return the stages whose lease sum is wrong."""
        stages = self.engine.state().stages
        return [s.stage for s in stages if s.granted != s.returned + s.expired + s.open_leases]


def main() -> None:
    """Storm, then calm."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--speed", type=int, default=20)
    given = arguments.parse_args()
    print(describe(SEED, f"{THREADS} threads, {given.minutes:g} minutes, clock x {given.speed}"))
    storm, rng, me = Storm(given.speed), random.Random(SEED), psutil.Process()
    threads = [threading.Thread(target=storm.serve, args=(number,), daemon=True) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    started, looks, broken, memory = time.monotonic(), 0, 0, list[tuple[float, float]]()
    while (passed := time.monotonic() - started) < given.minutes * 60:
        storm.disturb(rng)
        broken += bool(storm.broken())
        looks += 1
        memory.append((passed, me.memory_info().rss / 2**20))
        time.sleep(1 / given.speed)
    late = [mb for passed, mb in memory if passed > given.minutes * 12]
    gained = (sum(late[-20:]) - sum(late[:20])) / 20 / (given.minutes * 0.8)
    storm.fault_share = 0.0
    for name, rungs in STAGES.items():
        storm.engine.unpin(name)
        for rung in rungs:
            storm.engine.set_available(name, rung, True, "calm")
    calm = time.monotonic()
    while any(s.level for s in storm.engine.state().stages) and time.monotonic() - calm < 120:
        storm.engine.tick(Signals(host_used=0.5))
        time.sleep(1 / given.speed)
    storm.stop.set()
    for thread in threads:
        thread.join(10)
    levels = {s.stage: s.level for s in storm.engine.state().stages}
    print(f"{storm.documents} documents, {looks} looks, {broken} with a broken lease sum")
    print(f"memory {late[0]:.0f} -> {late[-1]:.0f} MB, {gained:+.2f} MB a minute")
    print(f"levels {levels} after {(time.monotonic() - calm) * given.speed:.0f} s of calm on the policy's clock")
    sys.exit(bool(broken or gained > 1 or any(levels.values()) or any(t.is_alive() for t in threads)))


if __name__ == "__main__":
    main()
