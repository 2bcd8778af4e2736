"""Mode R: the same documents in virtual time and on real threads whose stages sleep. How far are they apart?

    python -m benchmarks.overload.real_time [--seconds 120] [--from 50] [--seeds 11 12]

T1 of the benchmark from `--from` on, on the reference profile, through the request server of a pipeline. Latency counts
from the intended arrival. A machine that does other things wakes sleepers late: how late, on average, is printed, and
virtual time is played a second time with every stage that much longer, which the scheduler is not told.
"""

from __future__ import annotations

import argparse
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from statistics import mean

from benchmarks.machine import describe
from benchmarks.overload.workload import (
    BASE_ACCURACY,
    DEADLINE_MS,
    REFERENCE,
    WORKERS,
    poisson_bursts,
    with_sizes,
)
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.request_server import Grant, RequestServer, Wish
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import Arrival, Harness, PricePolicy

LADDER = build_ladder(REFERENCE, BASE_ACCURACY)
LEAST, MOST = 0.98, 1.02


def play(documents: list[Arrival]) -> tuple[float, float, float]:
    """Return accuracy in time over offered documents, the load's worst lag and the mean oversleep, in ms."""
    options = {(stage.stage, option.rung): option for stage in REFERENCE for option in stage.options}
    oversleep: list[float] = []
    got: list[float] = []
    lock = threading.Lock()

    def serve(document: Arrival, grant: Grant) -> float:
        accuracy = BASE_ACCURACY
        for stage in REFERENCE:
            # what is left is as large as the whole looked before: nothing better is known here
            rung, _ = grant.best_rung(stage.stage, 1.0, document.seen_size)
            option = options[stage.stage, rung]
            wanted = option.ms * document.size / 1000
            began = time.monotonic()
            time.sleep(wanted)
            with lock:
                oversleep.append((time.monotonic() - began - wanted) * 1000)
            accuracy *= option.accuracy
        return accuracy

    server: RequestServer[Arrival, float] = RequestServer(
        SchedulerSettings(WORKERS, DEADLINE_MS), lambda: LADDER, serve, lambda document, refusal: 0.0, time.monotonic_ns
    )
    began, lag_ms = time.monotonic(), 0.0

    def ended(at_s: float, future: Future[float]) -> None:
        if time.monotonic() - began - at_s <= DEADLINE_MS / 1000:
            got.append(future.result())

    futures = []
    for document in documents:
        time.sleep(max(0.0, document.at_s - (time.monotonic() - began)))
        late_ms = (time.monotonic() - began - document.at_s) * 1000
        lag_ms = max(lag_ms, late_ms)
        future = server.submit(document, Wish(max(DEADLINE_MS - late_ms, 1.0), size=document.seen_size))
        future.add_done_callback(lambda done, at_s=document.at_s: ended(at_s, done))  # type: ignore[misc]
        futures.append(future)
    for future in futures:
        future.result()
    server.close()
    return sum(got) / len(documents), lag_ms, mean(oversleep)


def _virtual(documents: list[Arrival], longer_ms: float) -> float:
    stages = [
        replace(stage, options=tuple(replace(option, ms=option.ms + longer_ms) for option in stage.options))
        for stage in REFERENCE
    ]
    policy = PricePolicy(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS))
    return Harness(stages, BASE_ACCURACY, WORKERS, DEADLINE_MS).play(policy, documents).per_document


def main() -> int:
    """Print one row a seed; 1 where real time is more than 2 % away from virtual time, as a mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--from", type=float, default=50, dest="begin")
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12])
    options = parser.parse_args()
    print(describe(options.seeds[0], f"T1 from {options.begin:g} s, {options.seconds:g} s"))
    print("seed documents  virtual    real  real / virtual  worst lag, ms  oversleep, ms  real / virtual with that")
    ratios, ratios_slower = [], []
    for seed in options.seeds:
        documents = [
            replace(one, at_s=one.at_s - options.begin)
            for one in with_sizes(poisson_bursts(seed), seed)
            if options.begin <= one.at_s < options.begin + options.seconds
        ]
        real, lag_ms, oversleep_ms = play(documents)
        virtual, slower = _virtual(documents, 0.0), _virtual(documents, oversleep_ms)
        ratios.append(real / virtual)
        ratios_slower.append(real / slower)
        print(f"{seed:4} {len(documents):9} {virtual:8.4f} {real:7.4f} {real / virtual:15.4f} {lag_ms:14.1f} "
              f"{oversleep_ms:14.2f} {real / slower:25.4f}", flush=True)  # fmt: skip
    held = LEAST <= mean(ratios) <= MOST
    held_slower = LEAST <= mean(ratios_slower) <= MOST
    print("held: within 2 %" if held else "more than 2 % apart, " + ("within 2 % of virtual time with late wake-ups"
          if held_slower else "also of virtual time with late wake-ups"))  # fmt: skip
    return int(not held)


if __name__ == "__main__":
    raise SystemExit(main())
