"""T5: faults under load, the policy's levels and the scheduler's price together, in virtual time.

    python -m benchmarks.overload.faults [--seeds 11 12 13 14]

4 documents a second on the reference profile for 300 s; the fault begins at 60 s. The policy engine and the scheduler
are those of a pipeline. The policy closes rungs, the scheduler chooses among the rungs that are left, a call that fails
runs again one rung lower for the same document. Printed for each fault: documents that got no answer at all (lost),
that failed, that were late or refused; the time from the first failure that was seen (a stuck call is given up after
1.5 s) until the stage moved down; the time after the fault's end until documents are read on the best rung of that
stage again; moves down, and reversals (down, up and down within 60 s). Of two
ways in which workers die one closes no rung: killed at random, each in another call. A rung that takes every tenth
worker with it is closed. What a broken policy file does is not here, as it never reaches
either (tests/policy/live/test_watcher.py).
"""

from __future__ import annotations

import argparse
import platform
import random

from benchmarks.overload.server import FAULT_S, SECOND, Fault, Report, Server, reversals
from benchmarks.overload.workload import with_sizes
from docpipe.policy import EventKind, Outcome, Signals
from docpipe.scheduling.simulation import Arrival

RATE, LENGTH_S = 4.0, 300.0

FAULTS = (
    Fault("none", FAULT_S),
    Fault("out of memory, recognition main, 30 s", 90, ("text_recognition", "main"), Outcome.OOM),
    Fault("one call of recognition main never ends", 62, ("text_recognition", "main"), Outcome.STUCK, once=True),
    Fault("detection main three times slower, 60 s", 120, ("text_detection", "main"), times=3.0),
    Fault("50 documents of ten times the size", 85, size=10.0),
    Fault("a worker killed every 20 s", 300, every_s=20),
    Fault("recognition main kills one in ten, 60 s", 120, ("text_recognition", "main"), Outcome.WORKER_DIED, one_in=10),
    Fault("GPU memory cannot be read, 60 s", 120, signals=Signals(lost=("gpu_used",))),
)


def documents_of(fault: Fault, seed: int) -> list[Arrival]:
    """Return 4 documents a second, and the giants that a fault brings."""
    rng, at, moments = random.Random(f"T5/{seed}"), 0.0, []
    while (at := at + rng.expovariate(RATE)) < LENGTH_S:
        moments.append(at)
    found = with_sizes(moments, seed)
    if fault.size:
        found += [Arrival(FAULT_S + n / 2, fault.size, fault.size) for n in range(50)]
    return sorted(found, key=lambda one: one.at_s)


def _seconds_to_degrade(run: Report) -> float:
    """Return the time from the first failure that was seen until a stage moved down for it; infinite if none did."""
    failed = run.first_failure or 0
    down = (e.time_ns for e in run.events if e.kind in (EventKind.DOWN, EventKind.CLOSED) and e.time_ns >= failed)
    return (next(down) - failed) / SECOND if failed and run.events else float("inf")


def main() -> int:
    """Print one row a fault; 1 where a document is lost, a stage swings, or is kept off too late."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13, 14])
    options = parser.parse_args()
    print(f"T5, {RATE:g} documents/s for {LENGTH_S:g} s, the fault from {FAULT_S:g} s on; seeds {options.seeds}, "
          f"Python {platform.python_version()}")  # fmt: skip
    print(
        f"{'fault':42} documents lost failed  late refused accuracy  degraded after, s  best again, s  moves  reversals"
    )
    missed = False
    for fault in FAULTS:
        runs = [Server(fault, documents_of(fault, seed)).play() for seed in options.seeds]
        offered = sum(run.offered for run in runs)
        lost = offered - sum(run.ended for run in runs)
        at_once = fault.rung and fault.outcome is not Outcome.OK and fault.one_in == 1
        off = [_seconds_to_degrade(run) for run in runs if at_once]
        again = [(run.best_again or 0) / SECOND - fault.ends_s for run in runs if fault.rung and run.best_again]
        moves = sum(e.kind is EventKind.DOWN for run in runs for e in run.events)
        swings = sum(reversals(run.events) for run in runs)
        counts = [sum(getattr(run, name) for run in runs) for name in ("failed", "late", "refused")]
        print(f"{fault.name:42} {offered:9} {lost:4} {counts[0]:6} {counts[1]:5} {counts[2]:7} "
              f"{sum(run.score for run in runs) / offered:8.4f}  {max(off, default=0.0):17.2f} "
              f"{max(again, default=0.0):14.1f} {moves:6} {swings:10}")  # fmt: skip
        missed |= bool(fault.one_in > 1 and moves < len(runs))
        missed |= bool(lost or swings) or any(seconds > 1.0 for seconds in off)
    print("missed" if missed else "held: nothing lost, no reversal, degraded within 1 s of the first failure seen")
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
