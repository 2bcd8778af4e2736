"""What a decision of the scheduler costs in processor time: arrival, start, next stage, end.

    python -m benchmarks.overload.decision_cost [--documents 5000]

With the reference profile (4 stages), with 10 stages of 4 rungs, and with 10,000 documents that wait.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import platform
import random
import time
from collections.abc import Callable

from benchmarks.overload.workload import BASE_ACCURACY, DEADLINE_MS, REFERENCE, WORKERS
from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.ladder import JointLadder, build_ladder
from docpipe.scheduling.price import NS_PER_MS
from docpipe.scheduling.queue import Request
from docpipe.scheduling.scheduler import Scheduler, SchedulerSettings

WIDE = tuple(
    StageOptions(f"s{n}", tuple(Option(f"r{k}", (40 - 9 * k) * (1 + n / 10), 1 - 0.01 * k * (n + 1)) for k in range(4)))
    for n in range(10)
)


def measure(ladder: JointLadder, documents: int, waiting: int) -> dict[str, list[int]]:
    """Return nanoseconds of processor time of each kind of decision."""
    scheduler = Scheduler(ladder, SchedulerSettings(WORKERS, DEADLINE_MS))
    draws, took = random.Random(1), {"arrive": [], "start": [], "next_stage": [], "finish": []}  # type: dict[str, list[int]]
    now, numbers = 0, itertools.count(1)

    def timed(kind: str, call: Callable[..., object], *arguments: object) -> object:
        began = time.process_time_ns()
        answer = call(*arguments)
        took[kind].append(time.process_time_ns() - began)
        return answer

    def request() -> Request:
        patience_ms = 1e9 if waiting else DEADLINE_MS
        return Request(next(numbers), now, draws.uniform(0.4, 2.5), now + int(patience_ms * NS_PER_MS))

    for _ in range(waiting):
        scheduler.arrive(now, request())
    gc.collect()
    gc.disable()
    for _ in range(documents):
        now += 60 * NS_PER_MS
        timed("arrive", scheduler.arrive, now, request())
        start, _ = timed("start", scheduler.start, now)  # type: ignore[misc]
        if start is None:
            continue
        for stage in range(1, len(ladder.stages)):
            timed("next_stage", scheduler.next_stage, now, start.request.number, stage)
        timed("finish", scheduler.finish, start.request.number)
    gc.enable()
    return took


def main() -> int:
    """Print p50 and p99 of every kind of decision, in microseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=5000)
    options = parser.parse_args()
    print(f"µs of processor time, p50 / p99, {options.documents} documents, Python {platform.python_version()}")
    reference = build_ladder(REFERENCE, BASE_ACCURACY)
    for name, ladder, waiting in (
        ("4 stages, nobody waits", reference, 0),
        ("10 stages x 4 rungs, nobody waits", build_ladder(WIDE), 0),
        ("4 stages, 10,000 wait", reference, 10_000),
        ("10 stages x 4 rungs, 10,000 wait", build_ladder(WIDE), 10_000),
    ):
        took = measure(ladder, options.documents, waiting)
        shown = "  ".join(f"{kind} {_at(ns, 0.5):5.1f} / {_at(ns, 0.99):5.1f}" for kind, ns in took.items())
        print(f"{name:36} {shown}")
    return 0


def _at(nanoseconds: list[int], share: float) -> float:
    ordered = sorted(nanoseconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1000 if ordered else 0.0


if __name__ == "__main__":
    raise SystemExit(main())
