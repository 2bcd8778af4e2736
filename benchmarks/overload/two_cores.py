"""Two cores, main 120 ms, light 40 ms, deadline 600 ms: what load does to a pipeline that waits, and to the scheduler.

    python -m benchmarks.overload.two_cores [--seconds 300] [--seed 1] [--real]

Without `--real` in virtual time. With it on real threads, through the request server of a pipeline; the work sleeps.
Arrivals are Poisson, at 1.1, 1.5 and 3 times what main can do. Sizes are all alike, as the ceiling is then known: with
every document in time, the share of main that capacity allows.
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
import threading
import time
from concurrent.futures import Future

from benchmarks.overload.policies import Static
from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.requests import Grant, RequestServer, Wish
from docpipe.scheduling.scheduler import Refusal, SchedulerSettings
from docpipe.scheduling.simulation import Arrival, Harness, PricePolicy, SimulationResult

STAGES = (StageOptions("read", (Option("main", 120, 1.0), Option("light", 40, 0.95))),)
LADDER = build_ladder(STAGES)
WORKERS, DEADLINE_MS = 2, 600.0


def arrivals(times: float, seconds: float, seed: int) -> list[Arrival]:
    """Return documents of size 1 at `times` the capacity of main."""
    rng, at, found = random.Random(f"two cores/{times:g}/{seed}"), 0.0, []
    while (at := at + rng.expovariate(times * WORKERS * 1000 / 120)) < seconds:
        found.append(Arrival(at, 1.0, 1.0))
    return found


def play_real(documents: list[Arrival]) -> SimulationResult:
    """Play documents against the request server, in real time; latency counts from the intended arrival."""
    outcome, lock = SimulationResult(len(documents)), threading.Lock()

    def serve(document: tuple[float, float], grant: Grant) -> str:
        rung, _ = grant.best_rung("read")
        time.sleep((120 if rung == "main" else 40) / 1000)
        return rung

    def refuse(document: tuple[float, float], refusal: Refusal) -> str:
        return "refused"

    settings = SchedulerSettings(WORKERS, DEADLINE_MS)
    server: RequestServer[tuple[float, float], str] = RequestServer(
        settings, lambda: LADDER, serve, refuse, time.monotonic_ns
    )
    began = time.monotonic()

    def count(at: float, future: Future[str]) -> None:
        latency_ms = (time.monotonic() - began - at) * 1000
        with lock:
            rung = future.result()
            if rung == "refused":
                outcome.refused += 1
                return
            outcome.latencies_ms.append(latency_ms)
            if latency_ms > DEADLINE_MS:
                outcome.late += 1
                return
            outcome.score += 1.0 if rung == "main" else 0.95
            outcome.full += rung == "main"
            outcome.degraded += rung != "main"

    futures = []
    for document in documents:
        time.sleep(max(0.0, document.at_s - (time.monotonic() - began)))
        future = server.submit((document.at_s, 1.0), Wish(DEADLINE_MS))
        future.add_done_callback(lambda f, at=document.at_s: count(at, f))  # type: ignore[misc]
        futures.append(future)
    for future in futures:
        future.result()
    server.close()
    return outcome


def main() -> int:
    """Print one row a load and policy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", action="store_true")
    options = parser.parse_args()
    harness = Harness(STAGES, 1.0, WORKERS, DEADLINE_MS)
    print(f"{'real threads' if options.real else 'virtual time'}, {options.seconds:g} s, seed {options.seed}, "
          f"Python {platform.python_version()}")  # fmt: skip
    print(f"{'load':>5} {'policy':22} documents  in time of served  served  full   P50   P99 ms  accuracy/offered")
    for times in (1.1, 1.5, 3.0):
        documents = arrivals(times, options.seconds, options.seed)
        rows = {"static main": Static(LADDER, DEADLINE_MS, LADDER.top)} if not options.real else {}
        outcomes = {name: harness.play(policy, documents) for name, policy in rows.items()}
        if options.real:
            outcomes["docpipe"] = play_real(documents)
        else:
            outcomes["docpipe"] = harness.play(PricePolicy(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS)), documents)
        for name, o in outcomes.items():
            served = o.full + o.degraded + o.late
            print(f"{times:4.1f}x {name:22} {o.documents:9} {(served - o.late) / max(1, served):18.2%} "
                  f"{served / o.documents:7.2%} {o.full / o.documents:5.0%} {o.percentile(0.5):5.0f} "
                  f"{o.percentile(0.99):6.0f}     {o.per_document:10.4f}")  # fmt: skip
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
