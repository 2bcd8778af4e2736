"""What arrives in a simulation: a recorded trace from a CSV file, or documents at a steady rate. Seeded."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from docpipe.scheduling.simulation import Arrival

SIZE_LEAST, SIZE_MOST = 0.4, 2.5
SIZE_NOISE = 0.15
"""What the scheduler sees of a size is wrong by this much (standard deviation of its logarithm)."""
MOST_ARRIVALS = 2_000_000


def read_arrivals(path: Path, spread: float, seed: int) -> list[Arrival]:
    """Return the documents of a trace: `arrival_s` (seconds) or `TIMESTAMP` (date and time), and `size` where known.

    The first one arrives at 0. Without sizes they are drawn, see `draw_sizes`.

    Raises:
        OSError: the file cannot be read.
        ValueError: it has no such column, a value that is none, or too many rows.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        names = rows.fieldnames or ()
        column = next((name for name in ("arrival_s", "TIMESTAMP") if name in names), None)
        if column is None:
            raise ValueError("there is no column arrival_s (seconds) or TIMESTAMP (date and time)")
        found: list[tuple[float, float | None]] = []
        for row in rows:
            if len(found) == MOST_ARRIVALS:
                raise ValueError(f"more than {MOST_ARRIVALS:,} rows")
            try:
                found.append((_moment(row[column]), _size(row["size"]) if "size" in names else None))
            except ValueError as e:
                raise ValueError(f"line {rows.line_num}: {e}") from e
    if not found:
        raise ValueError("no document arrives")
    found.sort(key=lambda one: one[0])
    first = found[0][0]
    drawn = draw_sizes([moment - first for moment, _ in found], spread, seed)
    noise = random.Random(f"seen/{seed}")
    return [
        arrival if size is None else Arrival(arrival.at_s, size, size * math.exp(noise.gauss(0, SIZE_NOISE)))
        for arrival, (_, size) in zip(drawn, found, strict=True)
    ]


def steady(rate: float, lasts_s: float, spread: float, seed: int) -> list[Arrival]:
    """Return documents at random moments (a Poisson process), `rate` a second.

    Raises:
        ValueError: too many.
    """
    if rate * lasts_s > MOST_ARRIVALS:
        raise ValueError(f"{rate:g} documents a second for {lasts_s:g} s are more than {MOST_ARRIVALS:,}")
    return draw_sizes(list(_poisson(rate, lasts_s, seed)), spread, seed)


def draw_sizes(moments: Sequence[float], spread: float, seed: int) -> list[Arrival]:
    """Give each moment a document: lognormal sizes of mean 1 and that coefficient of variation, clipped."""
    true, seen = random.Random(f"sizes/{seed}"), random.Random(f"seen/{seed}")
    sigma = math.sqrt(math.log(1 + spread**2))
    documents = []
    for at_s in moments:
        size = min(SIZE_MOST, max(SIZE_LEAST, true.lognormvariate(-sigma * sigma / 2, sigma)))
        documents.append(Arrival(at_s, size, size * math.exp(seen.gauss(0, SIZE_NOISE))))
    return documents


def _poisson(rate: float, lasts_s: float, seed: int) -> Iterator[float]:
    draws = random.Random(f"steady/{seed}")
    at_s = draws.expovariate(rate)
    while at_s < lasts_s:
        yield at_s
        at_s += draws.expovariate(rate)


def _moment(text: str | None) -> float:
    """Return the seconds of a moment: a number, or a date and time of ISO 8601."""
    try:
        seconds = float(text or "")
    except ValueError:
        try:
            seconds = datetime.fromisoformat((text or "").strip()[:26]).timestamp()
        except ValueError:
            seconds = math.nan
    if not math.isfinite(seconds):
        raise ValueError(f"{(text or '')!r} is no moment: give seconds (12.5) or a date and time (2026-03-04 09:30:00)")
    return seconds


def _size(text: str | None) -> float:
    try:
        size = float(text or "")
    except ValueError:
        size = math.nan
    if not 0 < size <= 10_000:
        raise ValueError(f"{(text or '')!r} is no size: 1 is an ordinary document, 2 one of twice the work")
    return size
