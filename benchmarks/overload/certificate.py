"""Is the ceiling reachable? A feasible schedule for the first documents of a trace, by dynamic programming.

    python -m benchmarks.overload.certificate [--seeds 11 12] [--documents 300]

For two workers, documents in order of arrival, each run to completion on the worker that is free first, on one of the
ladder's configurations or refused. The state is when the two workers are free, after the document's arrival, in steps
of 5 ms up to the deadline: 121 x 121. It knows the future and the sizes, as the linear program does, but neither
splits nor preempts nor reorders. The schedule that it finds is then checked step by step. Its gap to the linear
program bounds how much of the ceiling is out of reach.
"""

from __future__ import annotations

import argparse
import math
import platform
from collections.abc import Sequence

import numpy as np

from benchmarks.overload.ceiling import ceiling
from benchmarks.overload.frozen import TRACES
from benchmarks.overload.workload import BASE_ACCURACY, DEADLINE_MS, REFERENCE, traces, with_sizes
from docpipe.scheduling.ladder import JointLadder, build_ladder
from docpipe.scheduling.simulation import Arrival

GRID_MS = 5
SLOTS = int(DEADLINE_MS / GRID_MS) + 1
REFUSED = -1


def schedule(documents: Sequence[Arrival], ladder: JointLadder) -> list[int]:
    """Return a level of the ladder for each document, or `REFUSED`: the best by this order and grid."""
    steps = [_steps(d.at_s) for d in documents]
    value = np.full((SLOTS, SLOTS), -np.inf)
    value[0, 0] = 0.0
    decided: list[np.ndarray] = []
    came_from: list[np.ndarray] = []
    for number, document in enumerate(documents):
        # time passes until this document arrives: what is free by then is free now
        value, origin = _advance(value, steps[number] - (steps[number - 1] if number else 0))
        best, choice = value.copy(), np.full((SLOTS, SLOTS), REFUSED, np.int8)
        source = np.arange(SLOTS * SLOTS).reshape(SLOTS, SLOTS)
        for level, configuration in enumerate(ladder.configurations):
            took = math.ceil(configuration.ms * document.size / GRID_MS)
            if took >= SLOTS:
                continue
            # states are ordered: the first worker is free no later than the second
            for first in range(SLOTS - took):
                ends = first + took
                row = value[first] + configuration.accuracy
                low, high = np.minimum(np.arange(SLOTS), ends), np.maximum(np.arange(SLOTS), ends)
                open_ = (np.arange(SLOTS) >= first) & (row > best[low, high])
                if not open_.any():
                    continue
                for second in np.flatnonzero(open_):
                    if row[second] > best[low[second], high[second]]:
                        best[low[second], high[second]] = row[second]
                        choice[low[second], high[second]] = level
                        source[low[second], high[second]] = first * SLOTS + second
        decided.append(choice)
        came_from.append(origin.ravel()[source])
        value = best
    at = int(value.argmax())
    levels: list[int] = []
    for choice, source in zip(reversed(decided), reversed(came_from), strict=True):
        levels.append(int(choice.ravel()[at]))
        at = int(source.ravel()[at])
    return levels[::-1]


def check(documents: Sequence[Arrival], levels: Sequence[int], ladder: JointLadder) -> float:
    """Return the accuracy per document of a schedule, played in exact time on two workers.

    Raises:
        ValueError: a document is late.
    """
    free = [0.0, 0.0]
    gained = 0.0
    for number, (document, level) in enumerate(zip(documents, levels, strict=True)):
        if level == REFUSED:
            continue
        configuration = ladder.configurations[level]
        free.sort()
        arrived = _steps(document.at_s) * GRID_MS
        ends = max(free[0], arrived) + configuration.ms * document.size
        if ends > arrived + DEADLINE_MS + 1e-6:
            raise ValueError(f"document {number} ends {ends - arrived - DEADLINE_MS:.1f} ms late")
        free[0] = ends
        gained += configuration.accuracy
    return gained / len(documents)


def _steps(at_s: float) -> int:
    return round(at_s * 1000 / GRID_MS)


def _advance(value: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the values after time has passed, and for each state the one that it came from."""
    after = np.full_like(value, -np.inf)
    origin = np.zeros(value.shape, np.int64)
    for index in np.argsort(value, axis=None)[::-1]:
        first, second = divmod(int(index), SLOTS)
        if value[first, second] == -np.inf:
            break
        to = max(first - steps, 0), max(second - steps, 0)
        if value[first, second] > after[to]:
            after[to] = value[first, second]
            origin[to] = index
    return after, origin


def main() -> int:
    """Print one row a trace; 1 where a schedule is above the linear program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11])
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--only", nargs="+", default=["T1", "T2", "T3"])
    options = parser.parse_args()
    ladder = build_ladder(REFERENCE, BASE_ACCURACY)
    print(
        f"first {options.documents} documents from 60 s on, seeds {options.seeds}, Python {platform.python_version()}"
    )
    print("trace seed  ceiling  schedule     gap")
    above = False
    found = traces(TRACES)
    for name in options.only:
        for seed in options.seeds:
            documents = [d for d in with_sizes(found[name](seed), seed) if d.at_s >= 60][: options.documents]
            top = ceiling(documents, ladder, 2, DEADLINE_MS / 1000)
            reached = check(documents, schedule(documents, ladder), ladder)
            print(f"{name:5} {seed:4} {top:8.4f} {reached:9.4f} {1 - reached / top:7.2%}", flush=True)
            above |= reached > top + 1e-9
    return int(above)


if __name__ == "__main__":
    raise SystemExit(main())
