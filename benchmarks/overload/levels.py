"""Do levels move for load alone? An hour at 1.1 times what main can do, and square waves. Virtual time.

    python -m benchmarks.overload.levels [--seed 1] [--hour 3600]

The policy engine and the scheduler of a pipeline, four stages (the reference profile), as in T5 without a fault. The
square waves go between 0.5 and 1.5 times what main can do, with periods of 2 s to 10 minutes, for 10 minutes each.
"""

from __future__ import annotations

import argparse
import platform
import random
from collections.abc import Callable

from benchmarks.overload.server import FAULT_S, Fault, Server, reversals
from benchmarks.overload.workload import REFERENCE, WORKERS, with_sizes
from docpipe.policy import EventKind

CAPACITY = WORKERS * 1000 / sum(stage.options[0].ms for stage in REFERENCE)
PERIODS_S = (2, 5, 10, 30, 60, 120, 300, 600)
MOST_MOVES, LEAST_IN_TIME = 2, 0.995


def moments(rate: Callable[[float], float], most: float, lasts_s: float, seed: int) -> list[float]:
    """Return arrivals at a rate that changes, by thinning."""
    rng, at, found = random.Random(f"levels/{seed}"), 0.0, []
    while (at := at + rng.expovariate(most)) < lasts_s:
        if rng.random() < rate(at) / most:
            found.append(at)
    return found


def main() -> int:
    """Print one row a load; 1 where levels move more than twice or swing, or too few of what is served is in time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hour", type=float, default=3600, help="seconds of the steady load")
    options = parser.parse_args()
    print(f"levels under load alone; seed {options.seed}, Python {platform.python_version()}")
    print(f"{'load':34} documents  in time of served  refused  full  moves  reversals")
    loads = {
        f"1.1x for {options.hour:g} s": moments(lambda _: 1.1 * CAPACITY, 1.1 * CAPACITY, options.hour, options.seed)
    }
    for period_s in PERIODS_S:
        loads[f"0.5x / 1.5x, period {period_s} s"] = moments(
            lambda at, period_s=period_s: CAPACITY * (0.5 if at % period_s < period_s / 2 else 1.5),  # type: ignore[misc]
            1.5 * CAPACITY, 600.0, options.seed,
        )  # fmt: skip
    missed = False
    for name, arrivals in loads.items():
        run = Server(Fault("none", FAULT_S), with_sizes(arrivals, options.seed)).play()
        served = run.full + run.degraded + run.late
        moves = sum(event.kind in (EventKind.DOWN, EventKind.UP, EventKind.CLOSED) for event in run.events)
        swings = reversals(run.events)
        in_time = (served - run.late) / served
        print(f"{name:34} {run.offered:9} {in_time:18.2%} {run.refused / run.offered:8.2%} "
              f"{run.full / run.offered:5.0%} {moves:6} {swings:10}", flush=True)  # fmt: skip
        missed |= moves > MOST_MOVES or swings > 0 or in_time < LEAST_IN_TIME
    print("missed" if missed else "held: at most 2 moves, no reversal, 99.5 % of what is served in time")
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
