"""The overload benchmark in pictures: one HTML file with goodput, latency, levels, R by policy, and where 1 - R goes.

    python -m benchmarks.overload.report OUT.html [--trace T1] [--seed 11] [--real 0.998]

Virtual time, the reference profile. `--real` is real over virtual time as `benchmarks.overload.real_time` measured it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.machine import describe
from benchmarks.overload.ceiling import best
from benchmarks.overload.faults import FAULTS, documents_of
from benchmarks.overload.frozen import TRACES
from benchmarks.overload.policies import baselines
from benchmarks.overload.server import FAULT_S, SECOND, Fault, Server
from benchmarks.overload.workload import BASE_ACCURACY, DEADLINE_MS, REFERENCE, WORKERS, traces, with_sizes
from docpipe.policy import EventKind
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import Arrival, Fate, Harness, Policy, PricePolicy

LADDER = build_ladder(REFERENCE, BASE_ACCURACY)
WINDOW_S = 10.0
SHOWN = ("docpipe", "best static + refuse", "article")
COLOURS = ("#2e7d32", "#c62828", "#1565c0", "#f9a825", "#6a1b9a")


@dataclass(frozen=True)
class Line:
    """A curve: its name, and points of seconds and values."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """Curves over time under one title, with the greatest value of the axis."""

    title: str
    unit: str
    lines: Sequence[Line]
    ends_s: float
    most: float


def windows(fates: Sequence[Fate], lasts_s: float) -> list[list[Fate]]:
    """Return the documents by the window in which they arrived."""
    found: list[list[Fate]] = [[] for _ in range(int(lasts_s / WINDOW_S) + 1)]
    for fate in fates:
        found[int(fate.at_s / WINDOW_S)].append(fate)
    return found


def goodput(fates: Sequence[Fate], lasts_s: float) -> list[tuple[float, float]]:
    """Return accuracy in time per second, by windows."""
    return [
        (WINDOW_S * n, sum(fate.accuracy for fate in some) / WINDOW_S) for n, some in enumerate(windows(fates, lasts_s))
    ]


def latency(fates: Sequence[Fate], lasts_s: float) -> list[tuple[float, float]]:
    """Return the 95th percentile of the latency of what was served, by windows, at most ten deadlines."""
    points = []
    for n, some in enumerate(windows(fates, lasts_s)):
        times = sorted(fate.latency_ms for fate in some if fate.latency_ms)
        if times:
            points.append((WINDOW_S * n, min(times[int(0.95 * (len(times) - 1))], 10 * DEADLINE_MS)))
    return points


def levels(fault: Fault, seed: int) -> Chart:
    """Return the levels of the stages over time under a fault, the best on top."""
    documents = documents_of(fault, seed)
    events = Server(fault, documents).play().events
    ends_s = max(document.at_s for document in documents)
    lines = []
    for stage in REFERENCE:
        rungs = [option.rung for option in stage.options]
        points = [(0.0, 0.0)]
        for event in events:
            if event.stage == stage.stage and event.kind in (EventKind.DOWN, EventKind.UP):
                at_s = event.time_ns / SECOND
                points += [(at_s, points[-1][1]), (at_s, -float(rungs.index(event.to_rung)))]
        lines.append(Line(stage.stage, [*points, (ends_s, points[-1][1])]))
    return Chart(f"levels: {fault.name}", "rung, the best on top", [_raised(line) for line in lines], ends_s, 2.0)


def split(documents: Sequence[Arrival], top: float, real: float | None) -> list[tuple[str, float]]:
    """Return into what 1 - R falls: the future, sizes that are guesses, holds of the levels, overhead."""
    harness = Harness(REFERENCE, BASE_ACCURACY, WORKERS, DEADLINE_MS)

    def reached(some: Sequence[Arrival]) -> float:
        return harness.play(PricePolicy(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS)), some).per_document / top

    known = reached([replace(one, seen_size=one.size) for one in documents])
    guessed = reached(documents)
    report = Server(Fault("none", FAULT_S), documents).play()
    held = report.score / report.offered / top
    parts = [("the future", 1 - known), ("sizes are guesses", known - guessed), ("levels that hold", guessed - held)]
    return [*parts, ("overhead in real time", held * (1 - real))] if real is not None else parts


def main() -> int:
    """Write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--trace", default="T1")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--real", type=float)
    options = parser.parse_args()
    documents = with_sizes(traces(TRACES)[options.trace](options.seed), options.seed)
    lasts_s = max(one.at_s for one in documents)
    most = best(documents, LADDER, WORKERS, DEADLINE_MS / 1000)
    top = sum(most) / len(most)
    harness = Harness(REFERENCE, BASE_ACCURACY, WORKERS, DEADLINE_MS)
    policies: dict[str, Policy] = {"docpipe": PricePolicy(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS))}
    policies |= {name: make() for name, make in baselines(LADDER, DEADLINE_MS, WORKERS).items()}
    played = {name: harness.play(policy, documents) for name, policy in policies.items()}
    fixed = [name for name in played if name.startswith("static level")]
    chosen = max(fixed, key=lambda name: played[name].per_document)
    played["best static + refuse"] = played[chosen]
    rows = [
        (name, run.per_document / top, [served / max(1, offered) for served, offered in run.served_by_size])
        for name, run in played.items()
        if name not in fixed
    ]
    limit = [Fate(one.at_s, "full", 0.0, value) for one, value in zip(documents, most, strict=True)]
    rates = goodput([replace(fate, accuracy=1.0) for fate in limit], lasts_s)
    curves = [Line("offered", rates), Line("most possible", goodput(limit, lasts_s))]
    curves += [Line(name, goodput(played[name].fates, lasts_s)) for name in SHOWN]
    slow = [Line(name, latency(played[name].fates, lasts_s)) for name in SHOWN]
    charts = [
        Chart("goodput: accuracy in time", "documents/s", curves, lasts_s, max(value for _, value in rates)),
        Chart("latency of what was served, 95th percentile", "ms", slow, lasts_s, 2 * DEADLINE_MS),
        *(levels(fault, options.seed) for fault in FAULTS[1:3]),
    ]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template("report.html.j2").render(
        title=f"Overload: {options.trace}, seed {options.seed}",
        about=describe(options.seed, f"{len(documents)} documents, ceiling {top:.4f}"),
        charts=charts,
        colours=COLOURS,
        rows=sorted(rows, key=lambda row: -row[1]),
        split=split(documents, top, options.real),
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(page, encoding="utf-8")
    print(f"report: {options.out}")
    return 0


def _raised(line: Line) -> Line:
    """Return a line of levels with the best on top of the axis."""
    return Line(line.name, [(at_s, 2.0 + value) for at_s, value in line.points])


if __name__ == "__main__":
    raise SystemExit(main())
