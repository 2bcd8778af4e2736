"""Which readers lie on the frontier of accuracy over CPU seconds, and how sure that is: paired by document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docpipe.lab.evaluation.scores import Bootstrap
from docpipe.lab.evaluation.scoring import ScoreColumn

MEASURES = ("words", "spotting")
RESAMPLES = 4000


@dataclass(frozen=True)
class Rival:
    """The most accurate of the readers that cost less, and by how much it is better: F1, with the 95 % interval."""

    name: str
    better_by: float
    low: float
    high: float

    @property
    def wins(self) -> bool:
        """Whether it takes the place on the frontier: cheaper, and no less accurate."""
        return self.better_by >= 0

    def __str__(self) -> str:
        return f"{self.better_by:+.4f} [{self.low:+.4f}, {self.high:+.4f}] {self.name}"


def rivals(
    spent: Mapping[str, float], columns: Mapping[str, ScoreColumn], measure: str, seed: int = 0
) -> dict[str, Rival]:
    """Return the rival of every reader but the cheapest.

    `spent` are CPU seconds a document; `columns` hold what each reader scored on the same documents. Where two that
    cost less are equally accurate, the cheaper one is the rival. Intervals come from a bootstrap over documents.
    """
    values = {name: columns[name].scores[measure].value or 0.0 for name in spent}
    tallies = {name: [document.tallies for document in columns[name].documents] for name in spent}
    bootstrap = Bootstrap(len(next(iter(tallies.values()))), resamples=RESAMPLES, seed=seed)
    found = {}
    for name, seconds in spent.items():
        cheaper = [other for other in spent if spent[other] < seconds]
        if cheaper:
            best = max(cheaper, key=lambda other: (values[other], -spent[other]))
            gap = bootstrap.difference(measure, tallies[name], tallies[best])
            low, high = gap.interval or (float("nan"), float("nan"))
            found[name] = Rival(best, values[best] - values[name], low, high)
    return found
