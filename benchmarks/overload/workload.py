"""What arrives in the overload benchmark: the reference profile, documents with sizes, the traces T1 to T4.

Frozen: a change here may claim no gain (README.md). Moments and times are seconds and milliseconds as named.
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from docpipe.policy.core.frontier import Option, StageOptions
from docpipe.scheduling.simulation import Arrival

DEADLINE_MS = 600.0
WORKERS = 2
LENGTH_S = 600.0
GRID_S = 0.005
SIZE_SPREAD, SIZE_LEAST, SIZE_MOST = 0.35, 0.4, 2.5
SIZE_NOISE = 0.15
"""The policy sees a size that is wrong by this much (standard deviation of its logarithm)."""

BASE_ACCURACY = 0.982
REFERENCE: tuple[StageOptions, ...] = (
    StageOptions("text_detection", (Option("main", 60, 1.0), Option("light", 22, 0.985))),
    StageOptions("text_recognition", (Option("main", 100, 1.0), Option("light", 35, 0.983))),
    StageOptions("table_structure", (Option("main", 80, 1.0), Option("light", 30, 0.985), Option("skip", 0, 0.93))),
    StageOptions("key_fields", (Option("main", 40, 1.0), Option("rules", 2, 0.95))),
)
"""Milliseconds of a document of size 1, and accuracy factors."""


def poisson_bursts(seed: int, length_s: float = LENGTH_S) -> list[float]:
    """T1: 4 documents a second, and four bursts of up to 32, by thinning."""
    bursts = ((60, 90, 20), (180, 240, 12), (330, 360, 24), (450, 465, 32))
    rng = random.Random(f"T1/{seed}")
    return _thin(rng, lambda t: next((r for a, b, r in bursts if a <= t < b), 4), 40, length_s)


def recorded(path: Path, speed: float, seed: int, length_s: float = LENGTH_S) -> list[float]:
    """T2, T3: a window of a recorded trace, played faster; the seed places it."""
    times = read_trace(path)
    played = [(t - times[0]) / speed for t in times]
    begin = random.Random(f"{path.stem}/{seed}").uniform(0, max(0.0, played[-1] - length_s))
    return [t - begin for t in played if begin <= t < begin + length_s]


def overload(times: float, seed: int, length_s: float = 300.0) -> list[float]:
    """T4: 0.8 of what main can do, and a minute of `times` as much, from 60 s on."""
    capacity = WORKERS * 1000 / sum(stage.options[0].ms for stage in REFERENCE)
    rng = random.Random(f"T4/{times:g}/{seed}")
    return _thin(rng, lambda t: capacity * (times if 60 <= t < 120 else 0.8), capacity * times, length_s)


def read_trace(path: Path) -> list[float]:
    """Return moments in seconds of a CSV file: a column TIMESTAMP (date and time), or `arrival_s`.

    Raises:
        SystemExit: it has neither column.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and "TIMESTAMP" in rows[0]:
        return [datetime.strptime(row["TIMESTAMP"][:26], "%Y-%m-%d %H:%M:%S.%f").timestamp() for row in rows]
    if rows and "arrival_s" in rows[0]:
        times = [float(row["arrival_s"]) for row in rows]
        return sorted(at - min(times) for at in times)
    raise SystemExit(f"{path}: no column TIMESTAMP or arrival_s")


def with_sizes(times: Sequence[float], seed: int, noise: float = SIZE_NOISE) -> list[Arrival]:
    """Give each moment a document: lognormal sizes of mean 1, clipped, and what the policy sees of them."""
    true, seen = random.Random(f"sizes/{seed}"), random.Random(f"seen/{seed}")
    sigma = math.sqrt(math.log(1 + SIZE_SPREAD**2))
    documents = []
    for at in times:
        size = min(SIZE_MOST, max(SIZE_LEAST, true.lognormvariate(-sigma * sigma / 2, sigma)))
        documents.append(Arrival(round(at / GRID_S) * GRID_S, size, size * math.exp(seen.gauss(0, noise))))
    return documents


def traces(folder: Path | None) -> Mapping[str, Callable[[int], list[float]]]:
    """Return the traces by name; T2 and T3 only where `folder` holds their files."""
    found: dict[str, Callable[[int], list[float]]] = {"T1": poisson_bursts}
    for name, file, speed in (
        ("T2", "AzureLLMInferenceTrace_code.csv", 2.0),
        ("T3", "AzureLLMInferenceTrace_conv.csv", 1.5),
    ):
        path = folder / file if folder else None
        if path is not None and path.is_file():
            found[name] = lambda seed, path=path, speed=speed: recorded(path, speed, seed)  # type: ignore[misc]
    found["T4/3"] = lambda seed: overload(3.0, seed)
    found["T4/5"] = lambda seed: overload(5.0, seed)
    return found


def _thin(rng: random.Random, rate: Callable[[float], float], most: float, length_s: float) -> list[float]:
    at, times = 0.0, []
    while True:
        at += rng.expovariate(most)
        if at >= length_s:
            return times
        if rng.random() < rate(at) / most:
            times.append(at)
