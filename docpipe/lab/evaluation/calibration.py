"""Whether confidence means something: how often values of a confidence are right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docpipe.lab.evaluation.fields import Observation

TENTHS = tuple(n / 10 for n in range(11))


@dataclass(frozen=True, slots=True)
class Bin:
    """Values whose confidence lies between two edges."""

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

    @property
    def accuracy(self) -> float:
        """Share of all values that is right; 0 where there are none."""
        return sum(b.accuracy * b.count for b in self.bins) / self.count if self.count else 0.0

    @property
    def confidence(self) -> float:
        """Mean confidence of all values; 0 where there are none."""
        return sum(b.confidence * b.count for b in self.bins) / self.count if self.count else 0.0


def reliability(pairs: Iterable[tuple[float, bool]], edges: Sequence[float] = TENTHS) -> Reliability:
    """Return the curve of (confidence, right) pairs; confidence from 0 to 1.

    Bins are closed above, the first below too; by default of equal width (Naeini, Cooper, Hauskrecht 2015; Guo et al.
    2017).
    """
    bins = len(edges) - 1
    members: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, right in pairs:
        number = next((n for n in range(bins) if confidence <= edges[n + 1]), bins - 1)
        members[number].append((confidence, right))
    curve = tuple(_bin(edges[n], edges[n + 1], inside) for n, inside in enumerate(members))
    count = sum(b.count for b in curve)
    ece = sum(b.count * abs(b.confidence - b.accuracy) for b in curve) / count if count else None
    return Reliability(curve, count, ece)


def _bin(low: float, high: float, members: Sequence[tuple[float, bool]]) -> Bin:
    count = len(members)
    if not count:
        return Bin(low, high, 0, 0.0, 0.0)
    return Bin(low, high, count, sum(c for c, _ in members) / count, sum(right for _, right in members) / count)


EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
"""Bands of the table by source: finer where values are kept or listed, as most confidences are high."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """How reliable one source (`model`, `rule`, …) is on one field."""

    name: str
    """The field, as the labels call it; empty for all of them."""
    source: str
    curve: Reliability


def by_source(observations: Iterable[Observation]) -> list[SourceRow]:
    """Return a row for each field and source that gave values with a confidence, all fields first.

    Names and addresses count as right when they are similar enough.
    """
    pairs: dict[tuple[str, str], list[tuple[float, bool]]] = {}
    for seen in observations:
        if seen.read is None or seen.read.confidence is None:
            continue
        for name in ("", seen.name):
            pairs.setdefault((name, seen.read.source), []).append((seen.read.confidence, seen.alike))
    names = list(dict.fromkeys(name for name, _ in pairs))
    rows = sorted(pairs.items(), key=lambda item: (names.index(item[0][0]), item[0][1]))
    return [SourceRow(name, source, reliability(found, EDGES)) for (name, source), found in rows]


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
