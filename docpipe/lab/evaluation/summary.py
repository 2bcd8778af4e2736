"""Scores as text for a terminal and as data for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from docpipe.lab.evaluation.calibration import EDGES, Bin, Reliability, by_field, by_source
from docpipe.lab.evaluation.fields import Observation
from docpipe.lab.evaluation.scores import Score
from docpipe.lab.evaluation.scoring import Group, ScoreColumn, ScoredDocument
from docpipe.lab.evaluation.tallies import Tally

NAME_WIDTH = 26
BANDS = tuple(f"to {high:g}" for high in EDGES[1:])
"""Headings of the bands of confidence in the table by source."""
BESIDE = 4
"""Columns beside the first that a terminal has room for; more of them follow below."""


def text_of(group: Group) -> str:
    """Return a group's scores as a table: one column with all its counts, or several side by side."""
    first, *others = group.columns
    head = [f"{group.title}: {count_of(len(first.documents), 'document')}"]
    for number, column in enumerate(group.columns, 1):
        statuses = ", ".join(f"{count} {status}" for status, count in column.statuses.items())
        mark = f"[{number}] " if others else ""
        head.append(f"  {mark}{column.name} ({statuses})")
    if first.unreadable_labels:
        head.append(f"  {count_of(first.unreadable_labels, 'label')} set aside: no date or amount can be read in them")
    blocks = [others[i : i + BESIDE] for i in range(0, len(others), BESIDE)]
    tables = [_side_by_side(group, block) for block in blocks] if others else [_alone(first)]
    return "\n".join([*head, *("\n".join(table) for table in tables)])


def count_of(count: int, word: str) -> str:
    """Return a number with its word, in the plural where it is not one."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _alone(column: ScoreColumn) -> Iterator[str]:
    yield f"  {'':<{NAME_WIDTH}} {'value':>6}  {'95 %':<14} {'prec.':>6} {'recall':>6}  counts"
    for name, score in column.scores.items():
        sides = f"{_number(score.precision)} {_number(score.recall)}" if score.tally.got is not None else " " * 13
        row = f"  {name:<{NAME_WIDTH}} {_number(score.value)}  {_interval(score):<14} {sides}  {_counts(score.tally)}"
        yield row.rstrip()
    for name, ms in _times(column):
        yield f"  {name:<{NAME_WIDTH}} {ms:>6.0f}"


def _side_by_side(group: Group, others: Sequence[ScoreColumn]) -> Iterator[str]:
    first = group.columns[0]
    numbers = {id(column): number for number, column in enumerate(group.columns, 1)}
    heads = "".join(f"{f'[{numbers[id(column)]}]':>7} {'':<8}" for column in others)
    yield f"  {'':<{NAME_WIDTH}} {'[1]':>6} {'95 %':<15}{heads}".rstrip()
    for name, score in first.scores.items():
        cells = "".join(f"{_number(_value(column, name)):>7} {_gap(column, name):<8}" for column in others)
        yield f"  {name:<{NAME_WIDTH}} {_number(score.value)} {_interval(score):<15}{cells}".rstrip()
    times = [dict(_times(column)) for column in (first, *others)]
    for name in dict.fromkeys(name for column in times for name in column):
        cells = "".join(f"{column[name]:>7.0f} {'':<8}" if name in column else " " * 16 for column in times[1:])
        own = f"{times[0][name]:>6.0f}" if name in times[0] else " " * 6
        yield f"  {name:<{NAME_WIDTH}} {own} {'':<15}{cells}".rstrip()


def _value(column: ScoreColumn, name: str) -> float | None:
    score = column.scores.get(name)
    return score.value if score else None


def _gap(column: ScoreColumn, name: str) -> str:
    """Return the difference to the first column, with a star where its 95 % interval leaves out zero."""
    difference = column.differences.get(name)
    if difference is None or difference.value is None:
        return ""
    low, high = difference.interval or (0.0, 0.0)
    return f"{difference.value:+.3f}{'*' if low > 0 or high < 0 else ''}"


def _times(column: ScoreColumn) -> Iterator[tuple[str, float]]:
    """Yield the middle milliseconds of a document and of its stages."""
    timing = column.timing
    if timing.total_ms is not None:
        yield "ms a document", timing.total_ms
    for stage, ms in timing.stage_ms.items():
        yield f"  {stage}", ms


def _number(value: float | None) -> str:
    return f"{'–':>6}" if value is None else f"{value:6.3f}"


def _interval(score: Score) -> str:
    return "" if score.interval is None else f"[{score.interval[0]:.3f}, {score.interval[1]:.3f}]"


def _counts(tally: Tally) -> str:
    found = f", {tally.got:g} found" if tally.got is not None else ""
    apart = f" ({tally.hits_got:g} of those found)" if tally.got is not None and tally.hits_got != tally.hits else ""
    return f"{tally.hits:g} of {tally.want:g}{found}{apart}"


def reliability_text(column: ScoreColumn) -> str:
    """Return how often values of a confidence are right, field by field and source by source, as a table."""
    rows = by_source(seen for document in column.documents for seen in document.observations)
    head = f"  {'right of those read':<{NAME_WIDTH}} {'source':<9}{'right':>6} {'said':>6} {'ECE':>6}   by confidence"
    lines = [head + f"\n  {'':<{NAME_WIDTH}} {'':<9}{'':>6} {'':>6} {'':>6}" + "".join(f"{band:>9}" for band in BANDS)]
    for row in rows:
        cells = "".join(f"{right_of(b):>9}" for b in row.curve.bins)
        name = row.name or "all fields"
        figures = f"{_number(row.curve.accuracy)} {_number(row.curve.confidence)} {_number(row.curve.ece)}"
        lines.append(f"  {name:<{NAME_WIDTH}} {row.source:<9}{figures}{cells}".rstrip())
    return "\n".join(lines)


def right_of(b: Bin) -> str:
    """Return how many values of a band are right, of how many; nothing where there are none."""
    return f"{b.accuracy * b.count:.0f}/{b.count}" if b.count else ""


def data_of(groups: Sequence[Group], *, details: bool = False) -> dict[str, Any]:
    """Return all scores as plain data: sets, their groups, the columns of each; with `details` every document too."""
    sets: dict[str, dict[str, Any]] = {}
    for group in groups:
        columns = {column.name: _column(column, details and not group.name) for column in group.columns}
        sets.setdefault(group.set_name, {})[group.name or "all"] = columns
    return sets


def _column(column: ScoreColumn, details: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "documents": len(column.documents),
        "statuses": column.statuses,
        "unreadable_labels": column.unreadable_labels,
        "metrics": {name: _metric(column, name, score) for name, score in column.scores.items()},
        "median_ms": {"total": column.timing.total_ms, **column.timing.stage_ms},
        "reliability": _reliability(column),
        "reliability_by_source": _by_source(column),
    }
    if details:
        data["each"] = {document.label.file: _document(document) for document in column.documents}
    return data


def _metric(column: ScoreColumn, name: str, score: Score) -> dict[str, Any]:
    data: dict[str, Any] = {"value": score.value, "interval": score.interval, "counts": _tally(score.tally)}
    if score.tally.got is not None:
        data |= {"precision": score.precision, "recall": score.recall}
    difference = column.differences.get(name)
    if difference is not None:
        data["difference"] = {"value": difference.value, "interval": difference.interval, "p": difference.p}
    return data


def _tally(tally: Tally) -> dict[str, float]:
    found = {} if tally.got is None else {"hits_got": tally.hits_got, "got": tally.got}
    return {"hits": tally.hits, "want": tally.want, **found}


def _reliability(column: ScoreColumn) -> dict[str, Any]:
    curves = by_field(seen for document in column.documents for seen in document.observations)
    return {name or "all": _curve(curve) for name, curve in curves.items()}


def _by_source(column: ScoreColumn) -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = {}
    for row in by_source(seen for document in column.documents for seen in document.observations):
        data.setdefault(row.name or "all", {})[row.source] = _curve(row.curve)
    return data


def _curve(curve: Reliability) -> dict[str, Any]:
    bins = [[b.low, b.high, b.count, b.confidence, b.accuracy] for b in curve.bins if b.count]
    return {"count": curve.count, "ece": curve.ece, "bins": bins}


def _document(document: ScoredDocument) -> dict[str, Any]:
    return {
        "status": document.reading.status,
        "why": document.reading.why,
        "counts": {name: _tally(tally) for name, tally in document.tallies.items()},
        "fields": [_observation(seen) for seen in document.observations],
    }


def _observation(seen: Observation) -> dict[str, Any]:
    read = seen.read
    return {
        "field": seen.name,
        "path": seen.path,
        "expected": seen.expected,
        "read": read.value if read else None,
        "confidence": read.confidence if read else None,
        "source": read.source if read else None,
        "source_id": read.source_id if read else None,
        "exact": seen.exact,
        "alike": seen.alike,
        "review": list(seen.reasons),
        "silent": seen.silent,
    }
