"""Mode M: real models under more than main can do, beside main, the lightest rungs, and main that refuses.

    python -m benchmarks.overload.real_models FOLDER --profile PROFILE [--seconds 180] [--loads 1.5 3] [--workers 1]

FOLDER holds the documents, PROFILE is what `docpipe profile` measured on this machine. Arrivals are Poisson, at
multiples of main's capacity: documents a second that `--workers` threads read without a pause. It is measured before
and after every run. `--rounds` parts the time: in a round every policy gets the same documents at the same moments, as
many as the capacity before it says, and the one that begins changes from round to round, so that a machine that others
use too is unfair to none. The drift from the beginning of a round is printed. The deadline is a multiple of the mean
time of one document on main (`--deadline-times`). Each run begins with an empty queue, which helps those that have a
backlog otherwise.

The load is open: documents come when they are due, whoever waits, and latency counts from the moment at which one was
due. All rows are one pipeline with other callers: `main` and `lightest` have no deadline and are served in order of
arrival, `main + refusal` may use the best rungs only and is refused what cannot be in time.

Accuracy is the product of the profile's factors of the rungs that answered. An interruption is a stretch of at least
`--interruption` seconds from whose arrivals nobody was answered in time. What is left when the last document has come
and the deadline has passed is dropped and counts as late.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.machine import describe
from docpipe import Pipeline
from docpipe.config import PipelineConfig, load_config
from docpipe.config.callers import Caller, Identical
from docpipe.profiles.prices import options_of
from docpipe.result import Result
from docpipe.scheduling.ladder import JointLadder

ROWS = ("docpipe", "main", "lightest", "main + refusal")


@dataclass(frozen=True)
class Answer:
    """What became of one document. Seconds from the beginning, milliseconds from when it was due."""

    due_s: float
    outcome: str
    """`full`, `degraded`, `late`, `refused` or `failed`."""
    latency_ms: float = 0.0
    accuracy: float = 0.0


@dataclass(frozen=True)
class Run:
    """One policy for one round."""

    answers: Sequence[Answer]
    lag_ms: float
    drift: float


@dataclass(frozen=True)
class Row:
    """One policy under one load; shares of what was offered."""

    load: float
    policy: str
    offered: int
    full: float
    degraded: float
    late: float
    refused: float
    failed: float
    in_time: float
    accuracy: float
    """Accuracy of answers in time, over all that were offered."""
    p50_ms: float
    p99_ms: float
    """Of what was served at all."""
    interruptions: int
    longest_s: float
    lag_ms: float
    """How late the load itself was at worst."""
    drift: float
    """Of main's capacity during a run, at worst."""


def main() -> int:
    """Print the table; 1 where another policy answers more in time (by half a point) or more accuracy."""
    options = _options()
    documents = sorted(p for p in options.folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".pdf"))
    if not documents:
        raise SystemExit(f"{options.folder}: no documents")
    config = configured(options)
    print(describe(options.seed, f"{len(documents)} documents of {options.folder.name}"))
    rows: list[Row] = []
    with Pipeline(config) as pipeline:
        for document in documents[:3]:  # warm
            pipeline.run(document)
        before = capacity(pipeline, documents, options.capacity_s)
        print(
            f"{options.workers} worker(s), main: {before[0]:.3f} documents/s, {before[1]:.0f} ms each; deadline "
            f"{options.deadline_times:g} times that; {options.rounds} x {options.seconds / options.rounds:g} s a "
            f"policy, about {_minutes(options, before[1]):.0f} minutes"
            f"\n{head()}"
        )
        for load in options.loads:
            runs: dict[str, list[Run]] = {policy: [] for policy in ROWS}
            for number in range(options.rounds):
                turn, start = number % len(ROWS), before
                due = arrivals(load * start[0], options.seconds / options.rounds, documents, options.seed + number)
                offered = list(due)
                for policy in (*ROWS[turn:], *ROWS[:turn]):
                    answers, lag_ms = play(pipeline, config, policy, offered, options.deadline_times * start[1])
                    after = capacity(pipeline, documents, options.capacity_s)
                    runs[policy].append(Run(answers, lag_ms, after[0] / start[0] - 1))
                    before = after
            for policy, played in runs.items():
                rows.append(tally(load, policy, played, options.interruption))
                print(line(rows[-1]), flush=True)
    drift = max(row.drift for row in rows)
    print(f"main's capacity drifted by {drift:.0%} during a run at most" + (": over 5 %, void" if drift > 0.05 else ""))
    if options.json:
        found = {"machine": platform.platform(), "rows": [asdict(row) for row in rows]}
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    behind = [load for load in options.loads if not _ahead([row for row in rows if row.load == load])]
    print(
        f"behind at {behind}" if behind else "at every load: nobody answers more in time, and all others less accuracy"
    )
    return int(bool(behind))


def _minutes(options: argparse.Namespace, main_ms: float) -> float:
    """Return how long the whole takes from here."""
    tail_s = options.capacity_s + (options.deadline_times + 1) * main_ms / 1000
    return float(len(options.loads) * len(ROWS) * (options.seconds + options.rounds * tail_s) / 60)


def configured(options: argparse.Namespace) -> PipelineConfig:
    """Return the pipeline with the profile, and a caller for each policy."""
    config = load_config(options.config, measuring=True)
    config = config.model_copy(
        update={
            "profile": str(options.profile.absolute()),
            "workers": options.workers,
            "identical": Identical(join=False),
        }
    )
    ladder = _ladder(config)
    best, cheapest = ladder.configurations[-1].rungs, ladder.configurations[0].rungs
    callers = {
        "docpipe": Caller(),
        "main": Caller(forbid=_others(config, best)),
        "lightest": Caller(forbid=_others(config, cheapest)),
        "main + refusal": Caller(forbid=_others(config, best)),
    }
    return config.model_copy(update={"callers": callers})


def capacity(pipeline: Pipeline, documents: Sequence[Path], seconds: float) -> tuple[float, float]:
    """Return documents a second on main, by the pipeline's workers without a pause, and milliseconds of one."""
    workers = max(pipeline.config.workers, 1)
    took: list[float] = []
    began = time.monotonic()

    def read(worker: int) -> None:
        at = worker
        while time.monotonic() - began < seconds:
            started = time.monotonic()
            pipeline.run(documents[at % len(documents)])
            took.append((time.monotonic() - started) * 1000)
            at += workers

    threads = [threading.Thread(target=read, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(took) / (time.monotonic() - began), mean(took)


def arrivals(rate: float, seconds: float, documents: Sequence[Path], seed: int) -> Iterator[tuple[float, Path]]:
    """Yield when which document is due: the same for every policy."""
    rng, at = random.Random(f"real models/{seed}"), 0.0
    while (at := at + rng.expovariate(rate)) < seconds:
        yield at, rng.choice(documents)


def play(
    pipeline: Pipeline, config: PipelineConfig, policy: str, due: Sequence[tuple[float, Path]], deadline_ms: float
) -> tuple[list[Answer], float]:
    """Offer the documents when they are due; return what became of them, and how late the load was at worst, in ms."""
    hurried = policy in ("docpipe", "main + refusal")
    began, lag_ms = time.monotonic(), 0.0
    ended: dict[int, float] = {}
    futures: list[Future[Result]] = []
    for number, (at, document) in enumerate(due):
        time.sleep(max(0.0, at - (time.monotonic() - began)))
        late_ms = (time.monotonic() - began - at) * 1000
        lag_ms = max(lag_ms, late_ms)
        asked = {"deadline_ms": max(deadline_ms - late_ms, 1.0)} if hurried else {}
        future = pipeline.submit(document, caller=policy, **asked)  # type: ignore[arg-type]
        future.add_done_callback(lambda _, number=number: ended.setdefault(number, time.monotonic() - began))  # type: ignore[misc]
        futures.append(future)
    time.sleep(deadline_ms / 1000)
    for future in futures:
        future.cancel()  # has no effect on what has begun
    factors = _factors(config)
    return [
        _answer(at, future, ended, number, deadline_ms, factors)
        for number, ((at, _), future) in enumerate(zip(due, futures, strict=True))
    ], lag_ms


def _answer(
    at: float,
    future: Future[Result],
    ended: Mapping[int, float],
    number: int,
    deadline_ms: float,
    factors: Mapping[tuple[str, str], float],
) -> Answer:
    try:
        result = future.result(timeout=600)
    except CancelledError:
        return Answer(at, "late")
    latency_ms = (ended[number] - at) * 1000
    if result.status in ("refused", "failed"):
        return Answer(at, str(result.status))
    accuracy = 1.0
    for stage, served in result.model_dump(include={"stages"})["stages"].items():
        accuracy *= factors[stage, served["rung"]]
    if latency_ms > deadline_ms:
        return Answer(at, "late", latency_ms)
    return Answer(at, "degraded" if result.status == "degraded" or accuracy < 1.0 else "full", latency_ms, accuracy)


def tally(load: float, policy: str, runs: Sequence[Run], stretch_s: float) -> Row:
    """Return the row of a policy's runs."""
    answers = [answer for run in runs for answer in run.answers]
    n = len(answers)
    share = {kind: sum(a.outcome == kind for a in answers) / n for kind in OUTCOMES}
    served = sorted(a.latency_ms for a in answers if a.latency_ms)
    stretches = [s for run in runs for s in silent_stretches(run.answers) if s >= stretch_s]
    return Row(
        load=load,
        policy=policy,
        offered=n,
        **share,
        in_time=share["full"] + share["degraded"],
        accuracy=sum(a.accuracy for a in answers) / n,
        p50_ms=_percentile(served, 0.5),
        p99_ms=_percentile(served, 0.99),
        interruptions=len(stretches),
        longest_s=max(stretches, default=0.0),
        lag_ms=max(run.lag_ms for run in runs),
        drift=max(abs(run.drift) for run in runs),
    )


OUTCOMES = ("full", "degraded", "late", "refused", "failed")


def silent_stretches(answers: Sequence[Answer]) -> Iterator[float]:
    """Yield the seconds from the first to the last of arrivals in a row of which nobody was answered in time."""
    first: float | None = None
    last = 0.0
    for answer in answers:
        if answer.outcome in ("full", "degraded"):
            if first is not None:
                yield answer.due_s - first
            first = None
        else:
            first = answer.due_s if first is None else first
        last = answer.due_s
    if first is not None:
        yield last - first


def head() -> str:
    """Return the head of the table."""
    return (
        f"{'load':>5} {'policy':15} offered   full  degr.   late refus. failed in time accuracy/offered    P50    P99"
        " ms  interruptions (longest)  lag  drift"
    )


def line(row: Row) -> str:
    """Return a row as text."""
    shares = " ".join(f"{100 * getattr(row, kind):5.1f}%" for kind in (*OUTCOMES, "in_time"))
    return (
        f"{row.load:4.1f}x {row.policy:15} {row.offered:7} {shares} {row.accuracy:17.4f} {row.p50_ms:6.0f} "
        f"{row.p99_ms:6.0f}    {row.interruptions:13} ({row.longest_s:5.0f} s) {row.lag_ms:4.0f} "
        f"{row.drift:6.0%}"
    )


def _ahead(rows: Sequence[Row]) -> bool:
    ours, *others = rows
    return all(ours.in_time > other.in_time - 0.005 and ours.accuracy > other.accuracy for other in others)


def _ladder(config: PipelineConfig) -> JointLadder:
    from docpipe.control.controller import PolicyControl
    from docpipe.control.deadline_routes import Ladders

    ladder = Ladders(config, PolicyControl(config).router)()
    if not ladder.top:
        raise SystemExit("the profile does not know the rungs of this file: measure again with `docpipe profile`")
    return ladder


def _others(config: PipelineConfig, kept: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"{name}.{rung.name}"
        for (name, stage), rung_kept in zip(config.each_stage(), kept, strict=True)
        for rung in stage.ladder
        if rung.name != rung_kept
    )


def _factors(config: PipelineConfig) -> Mapping[tuple[str, str], float]:
    profile = config.load_profile()
    assert profile is not None
    return {
        (ladder.stage, rung): accuracy
        for ladder in config.ladders()
        for rung, (_, accuracy) in options_of(profile, ladder).items()
    }


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--profile", type=Path, required=True)
    parser.add_argument("--config", default="invoice")
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--capacity-s", type=float, default=20)
    parser.add_argument("--loads", type=float, nargs="+", default=[1.5, 3.0])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--deadline-times", type=float, default=4.0)
    parser.add_argument("--interruption", type=float, default=10.0, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
