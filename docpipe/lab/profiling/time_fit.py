"""From single measurements to a line: time over size, by a fit that a few disturbed ones do not move.

Theil-Sen: the median of the slopes between all pairs of points, then the median of what is left (Theil 1950, Sen 1968).
It keeps its answer while less than 29 % of the points are anything at all, which a shared machine needs.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from docpipe.profiles.model import Cost

RESAMPLES = 200
NOTHING_MS = 0.05
"""What takes less, such as a stage that is switched off, has no spread worth telling."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One measurement: of what (a page of a document), how large it is, how long it took."""

    what: Hashable
    units: float
    ms: float


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return intercept and slope of time over size, neither below 0. No point at all costs nothing.

    Where all sizes are alike nothing can be told apart: then time is taken to grow in proportion.
    """
    if not points:
        return 0.0, 0.0
    sizes = np.array([size for size, _ in points], dtype=float)
    times = np.array([time for _, time in points], dtype=float)
    i, j = np.triu_indices(len(points), 1)
    apart = sizes[i] != sizes[j]
    if not apart.any():
        return (0.0, float(np.median(times)) / sizes[0]) if sizes[0] > 0 else (float(np.median(times)), 0.0)
    slope = float(np.median((times[j] - times[i])[apart] / (sizes[j] - sizes[i])[apart]))
    if slope <= 0:
        return float(np.median(times)), 0.0
    fixed = float(np.median(times - slope * sizes))
    if fixed >= 0:
        return fixed, slope
    positive = sizes > 0
    return 0.0, float(np.median(times[positive] / sizes[positive]))


def cost(measured: Sequence[Timed], reference: float, seed: int = 0) -> Cost:
    """Return the cost that measurements show, with its spread, and its uncertainty at the reference size.

    Repeats of the same thing count as one point, their median; the spread is over all of them.
    """
    points = _points(measured)
    fixed, slope = line(points)
    fitted = Cost(fixed_ms=round(fixed, 3), ms_per_unit=round(slope, 4))
    ratios = [timed.ms / fitted.ms(timed.units) for timed in measured if fitted.ms(timed.units) > NOTHING_MS]
    spread = 1.0
    if ratios:
        half, most = (float(v) for v in np.quantile(ratios, [0.5, 0.99]))
        spread = max(1.0, most / half) if half > 0 else 1.0
    error = _error(points, reference, seed)
    return Cost(
        fixed_ms=fitted.fixed_ms,
        ms_per_unit=fitted.ms_per_unit,
        p99_over_p50=round(spread, 3),
        error_ms=round(error, 3),
    )


def _points(measured: Sequence[Timed]) -> list[tuple[float, float]]:
    times: dict[Hashable, list[float]] = {}
    sizes: dict[Hashable, float] = {}
    for timed in measured:
        times.setdefault(timed.what, []).append(timed.ms)
        sizes[timed.what] = timed.units
    return [(sizes[what], median(several)) for what, several in times.items()]


def _error(points: Sequence[tuple[float, float]], reference: float, seed: int) -> float:
    """Return half the 95 % interval of the time at a size, over points drawn with replacement."""
    if len(points) < 2:
        return 0.0
    random = np.random.default_rng(seed)
    at = []
    for _ in range(RESAMPLES):
        drawn = [points[i] for i in random.integers(0, len(points), len(points))]
        fixed, slope = line(drawn)
        at.append(fixed + slope * reference)
    low, high = (float(v) for v in np.quantile(at, [0.025, 0.975]))
    return (high - low) / 2
