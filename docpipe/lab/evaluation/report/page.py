"""The report as a whole: one HTML file of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from docpipe import __version__
from docpipe.batch.files import write_atomic
from docpipe.inputs.limits import InputLimits
from docpipe.lab.evaluation.calibration import by_field
from docpipe.lab.evaluation.labels import LabelledSet
from docpipe.lab.evaluation.metrics import LOWER_IS_BETTER, Score
from docpipe.lab.evaluation.report.charts import Spot, interval_bar, reliability_curve, scatter
from docpipe.lab.evaluation.report.documents import card, listed
from docpipe.lab.evaluation.report.markup import escaped, number, scrolled
from docpipe.lab.evaluation.report.pictures import Budget
from docpipe.lab.evaluation.report.worst import worst_of
from docpipe.lab.evaluation.scoring import Column, Group
from docpipe.lab.evaluation.summary import counted

MOST_PICTURE_BYTES = 16_000_000
HEADLINES = ("fields", "fields fuzzy", "all fields right", "line items", "TEDS", "TEDS-Struct", "det DetEval",
             "rec exact", "spotting", "words")  # fmt: skip
TILES = 6
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for this page: nothing from anywhere."""
LEGEND = (
    ("right", "line read rightly"),
    ("misread", "line misread"),
    ("missed", "labelled line not found"),
    ("extra", "line without a label"),
    ("field", "value of a wrong field"),
)


def write_report(
    file: Path, sets: Sequence[LabelledSet], groups: Sequence[Group], limits: InputLimits, *, worst: int = 12
) -> None:
    """Write the report of scored groups, with `worst` documents of the first column pictured."""
    write_atomic(file, report_of(sets, groups, limits, worst=worst))


def report_of(sets: Sequence[LabelledSet], groups: Sequence[Group], limits: InputLimits, *, worst: int = 12) -> str:
    """Return the report as HTML."""
    title = f"How {', '.join(dict.fromkeys(group.set_name for group in groups))} was read"
    anchors = [f"set-{n}" for n in range(len(groups))]
    links = "".join(
        f'<li><a href="#{anchor}">{escaped(group.title)}</a></li>'
        for anchor, group in zip(anchors, groups, strict=True)
    )
    pictured = '<li><a href="#worst">worst documents</a></li>' if worst else ""
    body = "".join(_group(group, anchor) for group, anchor in zip(groups, anchors, strict=True))
    documents = "".join(_worst(sets, groups, limits, worst)) if worst else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(title)}</title><style>{_style()}</style></head><body>"
        '<a class="skip" href="#content">To the scores</a>'
        f"<header><h1>{escaped(title)}</h1><p class=quiet>docpipe {escaped(__version__)}. Whiskers and brackets are "
        "95 % intervals, from documents drawn with replacement. Missing and failed documents count as wrong.</p>"
        "</header>"
        f'<nav aria-label="Sections"><ul>{links}{pictured}</ul></nav><main id="content">{body}{documents}</main>'
        "</body></html>\n"
    )


@cache
def _style() -> str:
    return files(__package__).joinpath("style.css").read_text(encoding="utf-8")


def _group(group: Group, anchor: str) -> str:
    first, *others = group.columns
    statuses = ", ".join(f"{count} {status}" for status, count in first.statuses.items())
    facts = f"{counted(len(first.documents), 'document')}: {statuses}."
    parts = [
        f'<section><h2 id="{anchor}">{escaped(group.title)}</h2><p class=quiet>{escaped(facts)}</p>',
        _tiles(first),
    ]
    if others:
        parts.append(_price(group))
    parts.append(_fields(group))
    parts.append(_scores(group))
    parts.append(_curves(first))
    return "".join(parts) + "</section>"


def _tiles(column: Column) -> str:
    names = [name for name in HEADLINES if name in column.scores][:TILES]
    tiles = "".join(
        f'<div class="card tile"><span class=quiet>{escaped(name)}</span><b>{number(column.scores[name].value)}</b>'
        f"<small>{_between(column.scores[name])}</small></div>"
        for name in names
    )
    ms = column.timing.total_ms
    if ms is not None:
        seconds = f"<b>{ms / 1000:.2f} s</b>"
        tiles += f'<div class="card tile"><span class=quiet>a document</span>{seconds}<small>middle</small></div>'
    return f'<div class="tiles">{tiles}</div>'


def _between(score: Score) -> str:
    return "" if score.interval is None else f"[{number(score.interval[0])}, {number(score.interval[1])}]"


def _price(group: Group) -> str:
    """Return accuracy against time, with the names of the combinations in a table."""
    metric = next((name for name in HEADLINES if name in group.columns[0].scores), None)
    if metric is None:
        return ""
    spots, rows = [], []
    for n, column in enumerate(group.columns, 1):
        score, ms = column.scores.get(metric), column.timing.total_ms
        if score is None or score.value is None:
            continue
        if ms is not None:
            spots.append(Spot(column.name, ms / 1000, score.value, score.interval))
        difference = column.differences.get(metric)
        gap = "" if difference is None or difference.value is None else f"{difference.value:+.3f}"
        low_high = difference.interval if difference else None
        between = f"[{low_high[0]:+.3f}, {low_high[1]:+.3f}]" if low_high else ""
        seconds = "" if ms is None else f"{ms / 1000:.2f} s"
        rows.append(
            f"<tr><td class=n>{n}</td><th scope=row>{escaped(column.name)}</th>"
            f"<td class=n>{number(score.value)} <small>{_between(score)}</small></td>"
            f"<td class=n>{gap} <small>{between}</small></td><td class=n>{seconds}</td></tr>"
        )
    chart = scatter(spots, metric) if len(spots) == len(rows) and spots else ""
    table = scrolled(("", "combination", metric, "difference to 1", "a document"), "".join(rows))
    return f'<div class="card"><h3>What each step costs</h3>{chart}{table}</div>'


def _fields(group: Group) -> str:
    """Return a bar for each field, paler on to where forgiving comparison would put it."""
    first = group.columns[0]
    names = [name for name in first.scores if name.startswith("field ") and not name.endswith(" fuzzy")]
    if not names:
        return ""
    rows = []
    for name in names:
        score, soft = first.scores[name], first.scores.get(f"{name} fuzzy")
        bar = interval_bar(score.value, score.interval, soft.value if soft else None)
        alike = f" <small>alike {number(soft.value)}</small>" if soft else ""
        rows.append(
            f"<tr><th scope=row>{escaped(name.removeprefix('field '))}</th><td>{bar}</td>"
            f"<td class=n>{number(score.value)}{alike}</td><td class=n><small>{_counts(score)}</small></td></tr>"
        )
    return f'<div class="card"><h3>Field by field</h3><table><tbody>{"".join(rows)}</tbody></table></div>'


def _counts(score: Score) -> str:
    tally = score.tally
    return f"{tally.hits:g} of {tally.want:g}" + ("" if tally.got is None else f", {tally.got:g} found")


def _scores(group: Group) -> str:
    """Return every metric of every column; a single one has its bars and counts beside it."""
    alone = len(group.columns) == 1
    rows = []
    for name, score in group.columns[0].scores.items():
        better = " <small>lower is better</small>" if name in LOWER_IS_BETTER else ""
        cells = "".join(_cell(column, name, alone) for column in group.columns)
        counts = f"<td class=n><small>{_counts(score)}</small></td>" if alone else ""
        rows.append(f"<tr><th scope=row>{escaped(name)}{better}</th>{cells}{counts}</tr>")
    names = [column.name for column in group.columns]
    table = scrolled(["", *names, "", "counts"] if alone else ["", *names], "".join(rows))
    return f"<details open class=card><summary>All scores</summary>{table}</details>"


def _cell(column: Column, name: str, alone: bool) -> str:
    score, gap = column.scores.get(name), column.differences.get(name)
    if score is None:
        return "<td></td>"
    told = "" if gap is None or gap.value is None else f" {gap.value:+.3f}"
    values = f"{number(score.value)}{told} <small>{_between(score)}</small>"
    return f"<td class=n>{values}{'</td><td>' if alone else ''}{interval_bar(score.value, score.interval)}</td>"


def _curves(column: Column) -> str:
    curves = by_field(seen for document in column.documents for seen in document.observations)
    if not curves:
        return ""
    drawn = "".join(reliability_curve(curve, name or "all fields") for name, curve in curves.items())
    return (
        '<div class="card"><h3>Does confidence mean something?</h3><p class=quiet>For each tenth of confidence, the '
        "share of values that are right (alike counts for names and addresses); bars say how many there are. On the "
        "dashed line confidence is exactly that share; ECE is the mean distance from it.</p>"
        f'<div class="curves">{drawn}</div></div>'
    )


def _worst(sets: Sequence[LabelledSet], groups: Sequence[Group], limits: InputLimits, count: int) -> Iterator[str]:
    """Yield the pictured documents of every whole set."""
    whole = {group.set_name: group.columns[0] for group in groups if not group.name}
    chosen = worst_of([whole[labelled.name].documents for labelled in sets], count)
    name = next(iter(whole.values())).name
    numbered = [[(f"worst-{s}-{d}", document) for d, document in enumerate(found)] for s, found in enumerate(chosen)]
    legend = "".join(
        f'<label><input type="checkbox" id="show-{kind}" checked><i class="{kind}"></i>{told}</label>'
        for kind, told in LEGEND
    )
    yield f'<section><h2 id="worst">The worst documents</h2><p class=quiet>As <b>{escaped(name)}</b> has them.</p>'
    yield "".join(f"<ul>{''.join(listed(found))}</ul>" for found in numbered if found)
    if not any(numbered):
        yield "<p>Not one document has a mistake.</p></section>"
        return
    yield f'<div class="legend" role="group" aria-label="Boxes shown">{legend}</div>'
    budget = Budget(MOST_PICTURE_BYTES)
    for labelled, found in zip(sets, numbered, strict=True):
        for anchor, document in found:
            yield card(document, labelled, limits, budget, anchor)
    yield "</section>"
