"""The report as a whole: one HTML file of bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from docpipe import __version__
from docpipe.files.atomic import write_atomic
from docpipe.files.templates import clean_text, templates
from docpipe.inputs.limits import InputLimits
from docpipe.lab.evaluation.calibration import SourceRow, by_field, by_source
from docpipe.lab.evaluation.labels import LabelledSet
from docpipe.lab.evaluation.report.charts import Spot, interval_bar, points_of, reliability_curve, scatter
from docpipe.lab.evaluation.report.documents import DocumentView, view_document
from docpipe.lab.evaluation.report.markup import between, number, with_sign
from docpipe.lab.evaluation.report.pictures import Budget
from docpipe.lab.evaluation.report.worst import worst_of
from docpipe.lab.evaluation.scores import LOWER_IS_BETTER, Score, ScoreDifference
from docpipe.lab.evaluation.scoring import Group, ScoreColumn
from docpipe.lab.evaluation.summary import BANDS, count_of, right_of

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_PICTURE_BYTES = 16_000_000
HEADLINES = ("fields", "fields fuzzy", "all fields right", "silent", "silent documents", "review asked", "line items",
             "TEDS", "TEDS-Struct", "det DetEval", "rec exact", "spotting", "words")  # fmt: skip
TILES = 8
MOST_ROWS, MOST_LINES = 60, 60
SHORT = 16
"""A value of so many characters stays on one line, where a browser would break a date at its hyphens."""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for this page: nothing from anywhere."""
LEGEND = (
    ("right", "line read rightly"),
    ("misread", "line misread"),
    ("missed", "labelled line not found"),
    ("extra", "line without a label"),
    ("field", "value of a wrong field"),
)


@dataclass(frozen=True, slots=True)
class CombinationRow:
    """One combination of rungs: what it scores, and what it costs beside the first."""

    number: int
    name: str
    score: Score
    gap: ScoreDifference | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Costs:
    """Accuracy against time, drawn and as a table."""

    metric: str
    chart: Markup
    steps: Sequence[CombinationRow]


@dataclass(frozen=True, slots=True)
class FieldBar:
    """One field's bar, paler on to where the forgiving comparison would put it."""

    name: str
    bar: Markup
    score: Score
    alike: Score | None


@dataclass(frozen=True, slots=True)
class ReliabilityCurve:
    """One field's reliability, drawn."""

    title: str
    chart: Markup
    ece: float | None
    count: int


@dataclass(frozen=True, slots=True)
class GroupView:
    """What the template shows of one group of documents."""

    anchor: str
    group: Group
    headlines: Sequence[str]
    costs: Costs | None
    fields: Sequence[FieldBar]
    curves: Sequence[ReliabilityCurve]
    sources: Sequence[SourceRow]
    bands: Sequence[str]


@dataclass(frozen=True, slots=True)
class Worst:
    """The documents that are pictured, set by set, as one column of results has them."""

    column: str
    sets: Sequence[Sequence[DocumentView]]


def write_report(
    file: Path, sets: Sequence[LabelledSet], groups: Sequence[Group], limits: InputLimits, *, worst: int = 12
) -> None:
    """Write the report of scored groups, with `worst` documents of the first column pictured."""
    write_atomic(file, report_of(sets, groups, limits, worst=worst))


def report_of(sets: Sequence[LabelledSet], groups: Sequence[Group], limits: InputLimits, *, worst: int = 12) -> str:
    """Return the report as HTML."""
    return _templates().get_template("page.html.j2").render(
        title=f"How {', '.join(dict.fromkeys(group.set_name for group in groups))} was read",
        policy=POLICY,
        style=_style(),
        version=__version__,
        views=[_view(group, f"set-{n}") for n, group in enumerate(groups)],
        worst=_worst(sets, groups, limits, worst) if worst else None,
        legend=LEGEND,
        lower_is_better=LOWER_IS_BETTER,
        short=SHORT,
        most_rows=MOST_ROWS,
        most_lines=MOST_LINES,
    )  # fmt: skip


@cache
def _templates() -> Environment:
    found = templates(__package__ or "").overlay()
    found.filters |= {
        "number": number, "signed": with_sign, "between": between, "counted": count_of, "counts": _counts,
        "bar": lambda score: interval_bar(score.value, score.interval), "right_of": right_of, "points": points_of,
        "shown": clean_text,
    }  # fmt: skip
    return found


@cache
def _style() -> Markup:
    return Markup(files(__package__).joinpath("style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _counts(score: Score) -> str:
    tally = score.tally
    return f"{tally.hits:g} of {tally.want:g}" + ("" if tally.got is None else f", {tally.got:g} found")


def _view(group: Group, anchor: str) -> GroupView:
    first = group.columns[0]
    seen = [observation for document in first.documents for observation in document.observations]
    return GroupView(
        anchor=anchor,
        group=group,
        headlines=[name for name in HEADLINES if name in first.scores][:TILES],
        costs=_costs(group) if len(group.columns) > 1 else None,
        fields=_fields(first),
        curves=[
            ReliabilityCurve(
                name or "all fields", reliability_curve(curve, name or "all fields"), curve.ece, curve.count
            )
            for name, curve in by_field(seen).items()
        ],
        sources=by_source(seen),
        bands=BANDS,
    )


def _costs(group: Group) -> Costs | None:
    """Return accuracy against time; nothing where no headline was scored."""
    metric = next((name for name in HEADLINES if name in group.columns[0].scores), None)
    if metric is None:
        return None
    steps = []
    for place, column in enumerate(group.columns, 1):
        score, ms = column.scores.get(metric), column.timing.total_ms
        if score is not None and score.value is not None:
            seconds = None if ms is None else ms / 1000
            steps.append(CombinationRow(place, column.name, score, column.differences.get(metric), seconds))
    spots = [
        Spot(step.name, step.seconds, step.score.value, step.score.interval)
        for step in steps
        if step.seconds is not None and step.score.value is not None
    ]
    return Costs(metric, scatter(spots, metric) if spots and len(spots) == len(steps) else Markup(), steps)


def _fields(column: ScoreColumn) -> list[FieldBar]:
    rows = []
    for name, score in column.scores.items():
        if name.startswith("field ") and not name.endswith(" fuzzy"):
            alike = column.scores.get(f"{name} fuzzy")
            bar = interval_bar(score.value, score.interval, alike.value if alike else None)
            rows.append(FieldBar(name.removeprefix("field "), bar, score, alike))
    return rows


def _worst(sets: Sequence[LabelledSet], groups: Sequence[Group], limits: InputLimits, count: int) -> Worst:
    """Return the worst documents of every whole set."""
    whole = {group.set_name: group.columns[0] for group in groups if not group.name}
    chosen = worst_of([whole[labelled.name].documents for labelled in sets], count)
    budget = Budget(MOST_PICTURE_BYTES)
    views = [
        [view_document(document, labelled, limits, budget, f"worst-{s}-{d}") for d, document in enumerate(found)]
        for s, (labelled, found) in enumerate(zip(sets, chosen, strict=True))
    ]
    return Worst(next(iter(whole.values())).name, [found for found in views if found])
