"""Two cores, main 120 ms, light 40 ms, deadline 600 ms: what load does to a pipeline that waits, and to the scheduler.

    python -m benchmarks.overload.two_cores [--seconds 300] [--seed 1] [--real]

Without `--real` in virtual time. With it on real threads, through the request server of a pipeline; the work sleeps.
Arrivals are Poisson, at 1.1, 1.5 and 3 times what main can do, then half of that for 30 s; *back* is how long after
the load the last document was read below main. Sizes are all alike. The ceiling of what can be served is the linear
program's, over the first minute. `--real` also has 8 and 64 threads call and wait, as many documents a second as they
come to under the same arrivals: their documents arrive when a thread is free to ask.
"""

from __future__ import annotations

import argparse
import platform
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

from benchmarks.overload.ceiling import ceiling
from benchmarks.overload.policies import Static
from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.ladder import Configuration, JointLadder, build_ladder
from docpipe.scheduling.request_server import Grant, RequestServer, Wish
from docpipe.scheduling.scheduler import Refuse, SchedulerSettings
from docpipe.scheduling.simulation import Arrival, Fate, Harness, Policy, PricePolicy

STAGES = (StageOptions("read", (Option("main", 120, 1.0), Option("light", 40, 0.95))),)
LADDER = build_ladder(STAGES)
WORKERS, DEADLINE_MS, AFTER_S = 2, 600.0, 30.0


def arrivals(times: float, seconds: float, seed: int) -> list[Arrival]:
    """Return documents of size 1 at `times` the capacity of main, and at half of it for `AFTER_S` more."""
    rng, at, found = random.Random(f"two cores/{times:g}/{seed}"), 0.0, []
    while (at := at + rng.expovariate((times if at < seconds else 0.5) * WORKERS * 1000 / 120)) < seconds + AFTER_S:
        found.append(Arrival(at, 1.0, 1.0))
    return found


class Sleeper:
    """The request server of a pipeline over work that sleeps, and what became of the documents."""

    def __init__(self, refuse: Refuse) -> None:
        self._server: RequestServer[None, str] = RequestServer(
            SchedulerSettings(WORKERS, DEADLINE_MS, refuse),
            lambda: LADDER,
            self._serve,
            lambda document, refusal: "refused",
            time.monotonic_ns,
        )
        self.began, self._lock = time.monotonic(), threading.Lock()
        self.fates: list[Fate] = []
        self.over_s: list[float] = []
        """By how much each piece of work slept longer than it should."""

    def _serve(self, document: None, grant: Grant) -> str:
        rung, _ = grant.best_rung("read")
        wanted_s, began = (120 if rung == "main" else 40) / 1000, time.monotonic()
        time.sleep(wanted_s)
        self.over_s.append(time.monotonic() - began - wanted_s)
        return rung

    def submit(self, at_s: float) -> Future[str]:
        """Ask for a document that arrived at a moment since the beginning; its deadline counts from there."""
        left_ms = DEADLINE_MS - (time.monotonic() - self.began - at_s) * 1000
        future = self._server.submit(None, Wish(max(left_ms, 1.0)))
        future.add_done_callback(lambda done: self._ended(at_s, done.result()))
        return future

    def _ended(self, at_s: float, rung: str) -> None:
        latency_ms = (time.monotonic() - self.began - at_s) * 1000
        outcome = "refused" if rung == "refused" else "full" if rung == "main" else "degraded"
        if outcome != "refused" and latency_ms > DEADLINE_MS:
            outcome = "late"
        value = {"full": 1.0, "degraded": 0.95}.get(outcome, 0.0)
        with self._lock:
            self.fates.append(Fate(at_s, outcome, 0.0 if outcome == "refused" else latency_ms, value))

    def close(self) -> None:
        """End the threads."""
        self._server.close()


def play_real(
    documents: Sequence[Arrival], callers: int | None, refuse: Refuse, seconds: float
) -> tuple[list[Fate], float, float]:
    """Play documents in real time: as they are due through `submit`, or by so many threads that call and wait.

    Also returns the second at which the load ended, as threads that wait may fall behind it, and by how many
    milliseconds sleeps were too long.
    """
    server = Sleeper(refuse)
    due = iter(documents)
    lock = threading.Lock()
    ended = [seconds]

    def call() -> None:
        while True:
            with lock:
                document = next(due, None)
            if document is None:
                return
            time.sleep(max(0.0, document.at_s - (time.monotonic() - server.began)))
            at_s = time.monotonic() - server.began
            if document.at_s < seconds:
                ended.append(at_s + 1e-6)
            server.submit(at_s).result()

    if callers is None:
        futures = []
        for document in documents:
            time.sleep(max(0.0, document.at_s - (time.monotonic() - server.began)))
            futures.append(server.submit(document.at_s))
        for future in futures:
            future.result()
    else:
        threads = [threading.Thread(target=call) for _ in range(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    server.close()
    return server.fates, max(ended), 1000 * sum(server.over_s) / len(server.over_s)


def row(times: float, name: str, fates: Sequence[Fate], seconds: float, most: float | None) -> str:
    """Return one line of the table; shares are of the documents that came under the load."""
    loaded = [fate for fate in fates if fate.at_s < seconds]
    served = [fate for fate in loaded if fate.outcome != "refused"]
    late = sum(fate.outcome == "late" for fate in served)
    ordered = sorted(fate.latency_ms for fate in served)
    lowered = [fate.at_s for fate in fates if fate.outcome != "full" and fate.at_s >= seconds]
    p50, p99 = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99))
    at_most = "" if most is None else f"{most:8.2%}"
    served_share, full_share, value = (
        sum(kept) / len(loaded)
        for kept in (
            [1] * len(served),
            [fate.outcome == "full" for fate in loaded],
            [fate.accuracy for fate in loaded],
        )
    )
    return (
        f"{times:4.1f}x {name:24} {len(loaded):9} {1 - late / max(1, len(served)):17.2%} {served_share:8.2%} "
        f"{at_most:>8} {full_share:5.0%} {p50:5.0f} {p99:6.0f} {value:13.4f} "
        f"{max(lowered, default=seconds) - seconds:9.1f}"
    )


def most_served(documents: Sequence[Arrival], over_ms: float = 0.0) -> float:
    """Return the greatest share of documents that any schedule could answer in time, over the first minute.

    With work on the light rung longer by `over_ms`.
    """
    first = [document for document in documents if document.at_s < 60]
    return ceiling(
        first, JointLadder(("read",), (Configuration(("light",), (40.0 + over_ms,), 1.0),)), WORKERS, DEADLINE_MS / 1000
    )


def main() -> int:
    """Print one row a load and policy."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--loads", type=float, nargs="+", default=[1.1, 1.5, 3.0])
    options = parser.parse_args()
    harness = Harness(STAGES, 1.0, WORKERS, DEADLINE_MS)
    print(f"{'real threads' if options.real else 'virtual time'}, {options.seconds:g} s, seed {options.seed}, "
          f"Python {platform.python_version()}")  # fmt: skip
    print(f"{'load':>5} {'policy':24} documents in time of served   served at most  full   P50   P99 ms  "
          "accuracy/offered  back, s")  # fmt: skip
    refusals: tuple[Refuse, ...] = ("costliest_first", "only_hopeless")
    for times in options.loads:
        documents = arrivals(times, options.seconds, options.seed)
        most = most_served(documents)
        if options.real:
            for name, callers in (("submit", None), ("8 threads call", 8), ("64 threads call", 64)):
                fates, ended_s, over_ms = play_real(documents, callers, "costliest_first", options.seconds)
                top = most_served(documents, over_ms)
                print(row(times, name, fates, ended_s, most if callers is None else None)
                      + f"   sleeps {over_ms:.2f} ms too long: at most {top:.2%}", flush=True)  # fmt: skip
            continue
        policies: dict[str, Policy] = {"static main": Static(LADDER, DEADLINE_MS, LADDER.top)}
        for refuse in refusals:
            policies[f"docpipe, {refuse}"] = PricePolicy(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS, refuse))
        for name, policy in policies.items():
            print(row(times, name, harness.play(policy, documents).fates, options.seconds, most), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
