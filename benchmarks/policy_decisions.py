"""What a decision of the policy costs, and how that grows with stages and rungs.

    python benchmarks/policy_decisions.py [--documents N] [--repeats N]

Prints microseconds for one document's joint assignment over all stages (what a request waits for), for one sample, and
for one tick, at a hundred documents a second: steady, in the middle of a ramp, and with the event log on. Times are of
the thread's own processor time, with wall-clock times beside them. The engine does the very same work in each repeat,
so each call counts with its least time over the repeats, which takes out what neighbours on the machine did. The gate:
p99 of an assignment over four stages at most 50 microseconds.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from docpipe.policy import EventKind, Outcome, Plan, PolicyEngine, PolicySpec, Sample, Signals, StagePolicy
from docpipe.policy.audit.background import BackgroundLog
from docpipe.policy.audit.log import EventLog
from docpipe.policy.audit.replay import replay
from docpipe.policy.audit.whatif import what_if
from docpipe.testing import FakeClock

SEED = 11
POLICY = {
    "p95_ms": {"degrade_above": 600, "recover_below": 420, "degrade_after_s": 5},
    "error_ratio": {"degrade_above": 0.1},
    "ooms": {"degrade_at": 3, "in_a_row": True},
    "gpu_used": {"degrade_above": 0.92, "recover_below": 0.7},
    "host_used": {"degrade_above": 0.85, "recover_below": 0.7},
    "queue_wait_ms": {"degrade_above": 150, "recover_below": 50},
    "recover_after_s": 5,
    "cool_down_s": {"first": 1},
    "ramp": {"shares": [0.3], "min_samples": 100_000},
}
GATE_US = 50.0


def plan_of(stages: int, rungs: int) -> Plan:
    """Return a plan of that size, with every band in force."""
    ladder = [f"rung{n}" for n in range(rungs)]
    return Plan.build(PolicySpec.model_validate(POLICY), {f"stage{n}": (ladder, StagePolicy()) for n in range(stages)})


class Timer:
    """Collects what calls cost, in nanoseconds of processor and of wall-clock time."""

    def __init__(self) -> None:
        self.cpu: list[int] = []
        self.wall: list[int] = []

    def __call__(self, call: Callable[[], object]) -> object:
        """Time one call and return what it returned."""
        wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
        value = call()
        cpu, wall = time.thread_time_ns() - cpu, time.perf_counter_ns() - wall
        self.cpu.append(cpu)
        self.wall.append(wall)
        return value

    def row(self) -> str:
        """Return p50 and p99 of both, in microseconds."""
        return "".join(f"{at(values, p):9.1f}" for values in (self.cpu, self.wall) for p in (50, 99))


def quietest(runs: list[Timer]) -> Timer:
    """Return the least time of each single call over several runs, which all do the very same work."""
    best = Timer()
    best.cpu = [min(times) for times in zip(*(run.cpu for run in runs), strict=True)]
    best.wall = [min(times) for times in zip(*(run.wall for run in runs), strict=True)]
    return best


def at(values: list[int], percent: int) -> float:
    """Return a percentile in microseconds."""
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)] / 1000


def measured(stages: int, rungs: int, documents: int, *, ramping: bool, log: Path | None) -> dict[str, Timer]:
    """Play documents at a hundred a second and time what the engine does."""
    clock, draw, events = FakeClock(10**12), random.Random(SEED), []
    file = BackgroundLog(EventLog(log, max_bytes=1 << 30), most_waiting=1 << 30) if log else None
    engine = PolicyEngine(plan_of(stages, rungs), clock=clock, unix_clock=clock, on_event=events.append, log=file)
    if ramping:
        for _ in range(3):
            engine.record(Sample("stage0", "rung0", 0, Outcome.OOM, 1))
        for n in range(100):
            clock.advance(1)
            probe = engine.assign(f"before {n}")["stage0"]
            engine.record(
                Sample(probe.stage, probe.rung, probe.epoch, Outcome.OK, 10**7, probe.kind, lease=probe.lease)
            )
            engine.tick(Signals(gpu_used=0.5))
        assert any(event.kind is EventKind.RAMPING for event in events)
    timers = {name: Timer() for name in ("assign", "record", "tick")}
    gc.collect()
    gc.freeze()
    for n in range(documents):
        clock.advance(0.01)
        assignment = timers["assign"](lambda n=n: engine.assign(f"document {n}"))
        for choice in assignment.choices:  # type: ignore[attr-defined]
            sample = Sample(
                choice.stage, choice.rung, choice.epoch, Outcome.OK, round(draw.lognormvariate(18, 0.4)), choice.kind,
                lease=choice.lease,
            )  # fmt: skip
            timers["record"](lambda s=sample: engine.record(s))
        if n % 10 == 0:
            timers["tick"](lambda: engine.tick(Signals(gpu_used=0.5, host_used=0.4, queue_wait_ms=10)))
    if file:
        file.close()
    return timers


def main() -> int:
    """Print the tables; end with 1 where the gate is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    documents = options.documents
    load = os.getloadavg()[0]
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, ", end="")
    print(f"Python {platform.python_version()}, seed {SEED}, {documents} documents")
    print(f"yardstick: {yardstick():.0f} ns for a turn of an empty Python loop")
    print(f"{'':44}{'CPU p50':>9}{'p99':>9}{'wall p50':>9}{'p99':>9}   microseconds")
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        for stages, rungs in ((1, 2), (4, 3), (10, 4)):
            for ramping, logged in ((False, False), (True, False), (False, True)):
                runs = [
                    measured(stages, rungs, documents, ramping=ramping, log=log if logged else None)
                    for _ in range(options.repeats)
                ]
                timers = {name: quietest([run[name] for run in runs]) for name in runs[0]}
                for name, timer in timers.items():
                    situation = "ramping" if ramping else "with log" if logged else "steady"
                    print(f"{stages:3} stages x {rungs} rungs  {situation:10} {name:8}{timer.row():>45}")
                if stages == 4 and not logged:
                    missed |= at(timers["assign"].cpu, 99) > GATE_US
                if stages == 4 and logged:
                    replayed(log, plan_of(4, 3))
    print(f"gate: assignment over 4 stages p99 <= {GATE_US:g} us: {'missed' if missed else 'met'}")
    return int(missed)


def yardstick() -> float:
    """Return how slow this machine is at this moment: nanoseconds of processor time for one turn of an empty loop."""
    began = time.thread_time_ns()
    for _ in range(1_000_000):
        pass
    return (time.thread_time_ns() - began) / 1_000_000


def replayed(log: Path, plan: Plan) -> None:
    """Print what a replay and a what-if of the log cost for 10,000 events."""
    began = time.process_time()
    report = replay(log)
    replay_s = time.process_time() - began
    assert report.identical, report.difference
    began = time.process_time()
    what_if(log, plan)
    what_if_s = time.process_time() - began
    per = 10_000 / report.facts
    print(f"    replay {replay_s * per:.2f} s, what-if {what_if_s * per:.2f} s per 10,000 events, of {report.facts}")


if __name__ == "__main__":
    sys.exit(main())
