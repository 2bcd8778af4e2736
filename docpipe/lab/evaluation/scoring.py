"""Goes over labelled sets: every document counted, every group scored, every combination of rungs beside the first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from docpipe.lab.evaluation.conventions import Conventions
from docpipe.lab.evaluation.fields import Observation, field_tallies, observe
from docpipe.lab.evaluation.items import item_tallies
from docpipe.lab.evaluation.labels import Label, LabelledSet
from docpipe.lab.evaluation.lines import page_tallies, word_tallies
from docpipe.lab.evaluation.readings import ReadDocument, ResultFolder
from docpipe.lab.evaluation.scores import Bootstrap, Score, ScoreDifference
from docpipe.lab.evaluation.silence import silence_tallies
from docpipe.lab.evaluation.table_scores import table_tallies
from docpipe.lab.evaluation.tallies import Tally

Grouping = Callable[[Label], str | None]
"""Says to which group a document belongs; None for a document of no group."""


@dataclass(frozen=True)
class ScoredDocument:
    """One document: what was labelled, what was read, and what came of it."""

    label: Label
    reading: ReadDocument
    tallies: Mapping[str, Tally]
    observations: tuple[Observation, ...]
    unreadable_labels: int = 0


def score_document(label: Label, reading: ReadDocument, conventions: Conventions) -> ScoredDocument:
    """Count everything that is labelled; where nothing was read, all of it is wrong."""
    observations, unreadable = observe(label, reading, conventions)
    tallies = field_tallies(observations) | silence_tallies(observations, reading)
    for page in range(label.pages) if label.lines is not None else ():
        want = [line for line in label.lines or () if line.page == page]
        got = [line for line in reading.lines if line.page == page]
        _add(tallies, word_tallies(want, got))
        if label.boxed:
            _add(tallies, page_tallies(want, got, answered=reading.answered))
    if label.items is not None:
        tallies |= item_tallies(label.items, reading.items)
    if label.table is not None:
        tallies |= table_tallies(label.table, reading.tables)
    tallies["pages read"] = Tally(min(reading.pages, label.pages), label.pages)
    return ScoredDocument(label, reading, tallies, tuple(observations), unreadable)


def _add(tallies: dict[str, Tally], more: Mapping[str, Tally]) -> None:
    for name, tally in more.items():
        tallies[name] = tallies[name] + tally if name in tallies else tally


@dataclass(frozen=True)
class Timing:
    """Milliseconds a document, the middle of all that were read; None where no result says."""

    total_ms: float | None
    stage_ms: Mapping[str, float]

    @classmethod
    def of(cls, readings: Iterable[ReadDocument]) -> Timing:
        read = [reading for reading in readings if reading.answered]
        totals = [reading.total_ms for reading in read if reading.total_ms is not None]
        names = dict.fromkeys(name for reading in read for name in reading.stage_ms)
        stages = {name: [r.stage_ms[name] for r in read if name in r.stage_ms] for name in names}
        return cls(median(totals) if totals else None, {name: median(ms) for name, ms in stages.items() if ms})


@dataclass(frozen=True)
class ScoreColumn:
    """One combination of rungs (or one folder of results) over one group of documents."""

    name: str
    documents: tuple[ScoredDocument, ...]
    scores: Mapping[str, Score]
    differences: Mapping[str, ScoreDifference]
    """To the first column, over the same draws; empty in the first."""

    @cached_property
    def timing(self) -> Timing:
        """How long a document took."""
        return Timing.of(document.reading for document in self.documents)

    @cached_property
    def statuses(self) -> dict[str, int]:
        """How many documents are `ok`, `degraded`, `failed` or `missing`."""
        return dict(sorted(Counter(document.reading.status for document in self.documents).items()))

    @property
    def unreadable_labels(self) -> int:
        """Labels set aside as they are no date or amount."""
        return sum(document.unreadable_labels for document in self.documents)


@dataclass(frozen=True)
class Group:
    """Documents that are scored together: a whole set, or those of one value of a label key."""

    set_name: str
    name: str
    """Empty for the whole set."""
    columns: tuple[ScoreColumn, ...]

    @property
    def title(self) -> str:
        """The set's name, and the group's."""
        return f"{self.set_name}, {self.name}" if self.name else self.set_name


def score_set(
    labelled: LabelledSet,
    results: Mapping[str, ResultFolder],
    groupings: Sequence[Grouping] = (),
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Group]:
    """Score every folder of results against a set: first the whole, then each group of each grouping.

    Columns stand in the order of `results`; each is compared with the first.
    """
    scored = {
        name: [score_document(label, _read_document(labelled, label, folder), labelled.conventions)
               for label in labelled.labels]
        for name, folder in results.items()
    }  # fmt: skip
    groups = []
    for name, members in _groups(labelled.labels, groupings).items():
        bootstrap = Bootstrap(len(members), resamples=resamples, seed=seed)
        columns: list[ScoreColumn] = []
        for column, documents in scored.items():
            chosen = tuple(documents[i] for i in members)
            scores = bootstrap.scores([document.tallies for document in chosen])
            differences = _differences(bootstrap, columns[0], chosen) if columns else {}
            columns.append(ScoreColumn(column, chosen, scores, differences))
        groups.append(Group(labelled.name, name, tuple(columns)))
    return groups


def _read_document(labelled: LabelledSet, label: Label, folder: ResultFolder) -> ReadDocument:
    """Return what a folder says of a document; the set's own name helps where two sets hold files of one name."""
    return folder.read_document(f"{labelled.name}/{label.file}")


def _differences(
    bootstrap: Bootstrap, first: ScoreColumn, documents: Sequence[ScoredDocument]
) -> dict[str, ScoreDifference]:
    before, after = ([document.tallies for document in side] for side in (first.documents, documents))
    return {name: bootstrap.difference(name, before, after) for name in first.scores}


def _groups(labels: Sequence[Label], groupings: Sequence[Grouping]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {"": list(range(len(labels)))}
    for grouping in groupings:
        found: dict[str, list[int]] = {}
        for i, label in enumerate(labels):
            name = grouping(label)
            if name is not None:
                found.setdefault(name, []).append(i)
        groups |= dict(sorted(found.items()))
    return groups


def by_key(key: str) -> Grouping:
    """Group by the value of a label key, such as `scanned` or `layout`."""
    return lambda label: f"{key}={json.dumps(label.keys.get(key), ensure_ascii=False)}"
