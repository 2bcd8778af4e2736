"""From tallies of documents to scores with 95 % intervals, and to differences between two readings of the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docpipe.lab.evaluation.items import ITEM_METRICS, MORE_CODES, MORE_NUMBERS
from docpipe.lab.evaluation.silence import SILENCE_METRICS
from docpipe.lab.evaluation.tallies import Tally

Vector = NDArray[np.float64]
Tallies = Mapping[str, Tally]

_ORDER = (
    "det IoU 0.5", "det DetEval", "rec exact", "rec CER", "rec CER plain", "spotting", "words", "words plain",
    "fields", "fields fuzzy", "fields core", "all fields right", *SILENCE_METRICS, "field …", "field … fuzzy",
    "line items", *(f"item {cell}" for cell in (*ITEM_METRICS, *MORE_NUMBERS, *MORE_CODES)),
    "TEDS", "TEDS-Struct", "adjacency", "pages read",
)  # fmt: skip
LOWER_IS_BETTER = frozenset({"rec CER", "rec CER plain", *SILENCE_METRICS})

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Score:
    """One metric over a set of documents, 0 to 1. None where nothing was asked for."""

    value: float | None
    interval: Interval | None
    """95 %, from documents drawn with replacement."""
    tally: Tally
    precision: float | None = None
    recall: float | None = None


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """How much a second reading of the same documents scores above a first."""

    value: float | None
    interval: Interval | None
    p: float | None
    """Two-sided: twice the share of resamples on the rarer side of zero."""


class Bootstrap:
    """Draws documents with replacement. The same seed draws the same, so that readings are compared pairwise."""

    def __init__(self, documents: int, *, resamples: int = 2000, seed: int = 0) -> None:
        """Draw `resamples` times as many documents as there are."""
        even = np.full(documents, 1 / documents) if documents else np.zeros(0)
        draws = np.random.default_rng(seed).multinomial(documents, even, size=resamples) if documents else ()
        self._weights: Vector = np.asarray(draws, dtype=float).reshape(-1, documents)

    def scores(self, documents: Sequence[Tallies]) -> dict[str, Score]:
        """Return every metric of which something was labelled, in the order in which they are shown."""
        return {name: self._score(_columns(name, documents)) for name in metric_names(documents)}

    def _score(self, columns: Vector) -> Score:
        tally = _sum(columns)
        precision = tally.hits_got / tally.got if tally.got else None
        recall = tally.hits / tally.want if tally.want and tally.got is not None else None
        return Score(tally.share, _interval(_shares(self._weights @ columns)), tally, precision, recall)

    def difference(self, name: str, first: Sequence[Tallies], second: Sequence[Tallies]) -> ScoreDifference:
        """Return how one metric differs between two readings of the same documents."""
        a, b = _columns(name, first), _columns(name, second)
        before, after = _sum(a).share, _sum(b).share
        gaps = _shares(self._weights @ b) - _shares(self._weights @ a)
        gap = None if before is None or after is None else after - before
        return ScoreDifference(gap, _interval(gaps), _p_value(gaps))


def metric_names(documents: Sequence[Tallies]) -> list[str]:
    """Return the metrics that occur, in the order in which they are shown; fields in the order of the labels."""
    names = {name: None for document in documents for name in document}
    return sorted(names, key=_rank)


def _rank(name: str) -> int:
    if name.startswith("field "):
        name = "field … fuzzy" if name.endswith(" fuzzy") else "field …"
    return _ORDER.index(name)


def _columns(name: str, documents: Sequence[Tallies]) -> Vector:
    """Return hits, want, hits_got, got of each document; a document without the metric counts nothing."""
    rows = [document.get(name) for document in documents]
    share = all(tally.got is None for tally in rows if tally is not None)
    nothing = (0.0, 0.0, 0.0, np.nan if share else 0.0)
    return np.array(
        [nothing if t is None else (t.hits, t.want, t.hits_got, np.nan if t.got is None else t.got) for t in rows],
        dtype=float,
    ).reshape(-1, 4)


def _sum(columns: Vector) -> Tally:
    hits, want, hits_got, got = (float(v) for v in columns.sum(axis=0))
    return Tally(hits, want, hits_got, None if np.isnan(got) else got)


def _shares(columns: Vector) -> Vector:
    """Return `Tally.share` of each row, NaN where nothing was asked for."""
    hits, want, hits_got, got = columns.T
    with np.errstate(divide="ignore", invalid="ignore"):
        recall, precision = hits / want, hits_got / got
        mean = np.where(hits > 0, 2 * precision * recall / (precision + recall), 0.0)
    values = np.where(np.isnan(got), recall, mean)
    return np.where(want > 0, values, np.nan)


def _interval(values: Vector) -> Interval | None:
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _p_value(gaps: Vector) -> float | None:
    gaps = gaps[~np.isnan(gaps)]
    if not len(gaps):
        return None
    rarer = min(int((gaps <= 0).sum()), int((gaps >= 0).sum()))
    return min(1.0, 2 * (rarer + 1) / (len(gaps) + 1))
