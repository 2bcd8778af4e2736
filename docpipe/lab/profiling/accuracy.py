"""What a rung gives up: its score beside the best rung's on the same documents, as a factor with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from docpipe.profiles.model import BEST, Accuracy, Measure

Counts = tuple[float, float, float, float]
"""Of one document: hits of what was wanted, wanted, hits of what was found, found."""

RESAMPLES = 2000
DECIMALS = 4

MEASURES: Mapping[Measure, str] = {
    "fields": "fields",
    "line_items": "line items",
    "words": "words",
    "tables": "TEDS",
}
"""The measures of a profile, and what `docpipe evaluate` calls them."""


def accuracies(
    measures: Sequence[Measure],
    best: Mapping[str, Mapping[str, Counts]],
    rung: Mapping[str, Mapping[str, Counts]],
    seed: int = 0,
) -> tuple[Accuracy, ...]:
    """Return what was labelled, the measure that counts first; nothing where no document was.

    Args:
        measures: what the stage can change, the one that counts most first (`StageSpec.measures`).
        best, rung: counts by document and measure, of the best rung and of the one in question, on the same documents.
    """
    found = []
    for measure in measures:
        documents = [name for name in best if measure in best[name] and measure in rung.get(name, {})]
        before = np.array([best[name][measure] for name in documents], dtype=float).reshape(-1, 4)
        after = np.array([rung[name][measure] for name in documents], dtype=float).reshape(-1, 4)
        accuracy = factor(measure, before, after, seed)
        if accuracy is not None:
            found.append(accuracy)
    return tuple(found)


def factor(measure: Measure, before: NDArray[np.float64], after: NDArray[np.float64], seed: int = 0) -> Accuracy | None:
    """Return the ratio of two micro F1 with its 95 % interval, documents drawn in pairs; None without a score before.

    Both are documents x 4, the columns of `Counts`.
    """
    documents = len(before)
    if not documents or before[:, 1].sum() <= 0 or f1(before.sum(axis=0)) <= 0:
        return None
    whole = f1(after.sum(axis=0))
    draws = np.random.default_rng(seed).multinomial(documents, np.full(documents, 1 / documents), size=RESAMPLES)
    a, b = draws @ before, draws @ after
    ratios = [f1(y) / f1(x) for x, y in zip(a, b, strict=True) if f1(x) > 0]
    middle = min(BEST, whole / f1(before.sum(axis=0)))
    low, high = (float(np.clip(v, 0, BEST)) for v in np.quantile(ratios, [0.025, 0.975]))
    return Accuracy(
        measure=measure,
        factor=round(middle, DECIMALS),
        low=round(min(low, middle), DECIMALS),
        high=round(max(high, middle), DECIMALS),
        score=round(min(1.0, whole), DECIMALS),
        documents=documents,
    )


def f1(counts: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the harmonic mean of recall and precision over summed counts; 0 where nothing was hit."""
    hits, want, hits_got, got = (float(value) for value in counts)
    if hits <= 0 or hits_got <= 0:
        return 0.0
    recall, precision = hits / want, hits_got / got
    return 2 * precision * recall / (precision + recall)
