"""Whether confidence means something: how often values of a confidence are right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docpipe.lab.evaluation.fields import Observation

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Values whose confidence lies in one tenth."""

    low: float
    high: float
    count: int
    confidence: float
    """Their mean; 0 where there are none."""
    accuracy: float
    """Share of them that is right; 0 where there are none."""


@dataclass(frozen=True)
class Reliability:
    """A reliability curve."""

    bins: tuple[Bin, ...]
    count: int
    """Values that were read and say how sure they are."""
    ece: float | None
    """Expected calibration error: the mean distance of confidence and accuracy, bins weighted by their counts."""


def reliability(pairs: Iterable[tuple[float, bool]], bins: int = BINS) -> Reliability:
    """Return the curve of (confidence, right) pairs; confidence from 0 to 1.

    Bins are of equal width and closed above, the first below too (Naeini, Cooper, Hauskrecht 2015; Guo et al. 2017).
    """
    members: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, right in pairs:
        number = next((n for n in range(bins) if confidence <= (n + 1) / bins), bins - 1)
        members[number].append((confidence, right))
    curve = tuple(_bin(n / bins, (n + 1) / bins, inside) for n, inside in enumerate(members))
    count = sum(b.count for b in curve)
    ece = sum(b.count * abs(b.confidence - b.accuracy) for b in curve) / count if count else None
    return Reliability(curve, count, ece)


def _bin(low: float, high: float, members: Sequence[tuple[float, bool]]) -> Bin:
    count = len(members)
    if not count:
        return Bin(low, high, 0, 0.0, 0.0)
    return Bin(low, high, count, sum(c for c, _ in members) / count, sum(right for _, right in members) / count)


def by_field(observations: Iterable[Observation], *, alike: bool = True) -> dict[str, Reliability]:
    """Return the curve of each field that was read with a confidence, under its labels' name, and of all (`""`).

    With `alike`, names and addresses count as right when they are similar enough; nobody reviews a missing comma.
    """
    pairs: dict[str, list[tuple[float, bool]]] = {"": []}
    for seen in observations:
        if seen.read is None or seen.read.confidence is None:
            continue
        pair = (seen.read.confidence, seen.alike if alike else seen.exact)
        pairs[""].append(pair)
        pairs.setdefault(seen.name, []).append(pair)
    return {name: reliability(found) for name, found in pairs.items() if found}
