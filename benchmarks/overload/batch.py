"""T6: a folder that must be read within a time, in virtual time: how much accuracy, over the most that there is.

    python -m benchmarks.overload.batch [--seed 1] [--documents 5000]

Sizes are lognormal with a coefficient of variation of 0.6, seen with 15 % noise. The ceiling is the continuous knapsack
that knows sizes and times exactly and may split documents. Then a neighbour who makes all slower by half
comes or goes in the middle of the budget: where the run ends, for batches of 100 and of `--documents`.
"""

from __future__ import annotations

import argparse
import heapq
import math
import platform
import random
from collections.abc import Callable, Sequence

from benchmarks.overload.workload import BASE_ACCURACY, REFERENCE, SIZE_NOISE, WORKERS
from docpipe.scheduling.finish_plan import FinishPlan
from docpipe.scheduling.ladder import JointLadder, build_ladder
from docpipe.scheduling.price import NS_PER_MS

SPREAD = 0.6
MOST_END = 1.005
"""Of the budget, where the machine changes in mid-run."""
NEIGHBOURS: dict[str, Callable[[float], float]] = {
    "comes": lambda passed: 1.5 if passed > 0.5 else 1.0,
    "goes": lambda passed: 1.5 if passed < 0.5 else 1.0,
    "late": lambda passed: 1.5 if passed > 0.8 else 1.0,
}


def sizes(count: int, seed: int) -> list[tuple[float, float]]:
    """Return true sizes and those seen."""
    true, seen = random.Random(f"T6/{seed}"), random.Random(f"T6/seen/{seed}")
    sigma = math.sqrt(math.log(1 + SPREAD**2))
    drawn = [true.lognormvariate(-sigma * sigma / 2, sigma) for _ in range(count)]
    return [(size, size * math.exp(seen.gauss(0, SIZE_NOISE))) for size in drawn]


def most(ladder: JointLadder, documents: Sequence[float], worker_ms: float) -> float:
    """Return the most accuracy, as a mean over all documents, that so much time of workers can buy."""
    offers = sorted(
        ((climb.gain_per_ms / size, climb.ms * size) for size in documents for climb in ladder.climbs()), reverse=True
    )
    gained = 0.0
    for per_ms, ms in offers:
        taken = min(ms, worker_ms)
        gained += per_ms * taken
        worker_ms -= taken
    return gained / len(documents)


def play(
    ladder: JointLadder, documents: Sequence[tuple[float, float]], budget_ms: float, slower: Callable[[float], float]
) -> tuple[float, float]:
    """Return accuracy of what was done in time, as a mean over all documents, and the end over the budget.

    `slower` is what times are multiplied by when so much of the budget has passed.
    """
    named = [(str(number), seen) for number, (_, seen) in enumerate(documents)]
    plan = FinishPlan(ladder, named, WORKERS, int(budget_ms * NS_PER_MS))
    free: list[tuple[int, str, float]] = [(0, "", 0.0)] * WORKERS
    accuracy, ends = 0.0, 0
    for number, (size, _) in enumerate(documents):
        now, before, took = heapq.heappop(free)
        if before:
            plan.learn_time(before, took)
        chosen = plan.choose(now, str(number))
        took = chosen.ms * size * slower(now / NS_PER_MS / budget_ms)
        done = now + int(took * NS_PER_MS)
        accuracy += chosen.accuracy if done <= budget_ms * NS_PER_MS else 0.0
        ends = max(ends, done)
        heapq.heappush(free, (done, str(number), took))
    return accuracy / len(documents), ends / NS_PER_MS / budget_ms


def main() -> int:
    """Print one row a budget; 1 where one misses R >= 0.99 or ends late, though the cheapest rungs would make it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=5000)
    options = parser.parse_args()
    ladder = build_ladder(REFERENCE, BASE_ACCURACY)
    documents = sizes(options.documents, options.seed)
    total = sum(size for size, _ in documents)
    best, cheapest = ladder.configurations[-1].ms, ladder.configurations[0].ms
    print(
        f"T6, {options.documents} documents, {WORKERS} workers, seed {options.seed}, Python {platform.python_version()}"
    )
    print("times  budget / all on main  accuracy  ceiling      R  end / budget  best fixed rungs that make it")
    missed = False
    for slower in (1.0, 1.3):
        for share in (1.1, 0.8, 0.5, 0.25):
            budget_ms = share * total * best / WORKERS
            top = most(ladder, [size * slower for size, _ in documents], budget_ms * WORKERS)
            reached, end = play(ladder, documents, budget_ms, lambda _, slower=slower: slower)  # type: ignore[misc]
            fits = [c.accuracy for c in ladder.configurations if c.ms * slower <= share * best]
            fixed = f"{max(fits):.4f}" if fits else "none"
            print(f"{slower:5.1f} {share:21.2f} {reached:9.4f} {top:8.4f} {reached / top:6.4f} {end:13.4f}  {fixed}")
            missed |= cheapest * slower < share * best and (reached / top < 0.99 or end > 1.0)
    print("neighbour  documents  budget / all on main  end / budget")
    for name, slower_at in NEIGHBOURS.items():
        for count in (100, options.documents):
            for share in (0.7, 0.5):
                some = sizes(count, options.seed)
                budget_ms = share * sum(size for size, _ in some) * best / WORKERS
                _, end = play(ladder, some, budget_ms, slower_at)
                print(f"{name:9} {count:10} {share:21.2f} {end:13.4f}")
                missed |= end > MOST_END
    print("missed" if missed else "held: R >= 0.99 and the end in time wherever the cheapest rungs make it")
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
