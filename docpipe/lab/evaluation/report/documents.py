"""One document in the report: its pages, and beside them what was expected and what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docpipe.inputs.limits import InputLimits
from docpipe.lab.evaluation.fields import Observation
from docpipe.lab.evaluation.labels import LabelledSet
from docpipe.lab.evaluation.report.markup import compared, escaped, isolated, number, scrolled
from docpipe.lab.evaluation.report.pictures import Budget, boxes_of, pictured
from docpipe.lab.evaluation.report.worst import PARTS, badness
from docpipe.lab.evaluation.scoring import ScoredDocument
from docpipe.lab.evaluation.tables import Grid
from docpipe.result import ITEM_CELLS

MOST_LINES = 60
MOST_ROWS = 60
SHORT = 16

SIGNS = {
    "right": ("ok", "✓ right"),
    "near": ("near", "≈ alike"),
    "wrong": ("bad", "✗ wrong"),
    "empty": ("bad", "– empty"),
}


def card(document: ScoredDocument, labelled: LabelledSet, limits: InputLimits, budget: Budget, anchor: str) -> str:
    """Return one document as HTML."""
    pages = "".join(html for _, html in pictured(document, labelled.source(document.label), limits, budget))
    reading = document.reading
    state = reading.status + (f": {reading.why}" if reading.why else "")
    facts = [f"{part} {number(document.tallies[part].share)}" for part in PARTS if part in document.tallies]
    head = (
        f'<h3 id="{anchor}">{isolated(document.label.file)}</h3>'
        f"<p class=quiet>{escaped(labelled.name)} · {escaped(state)} · {escaped(' · '.join(facts))} · "
        f"{badness(document):.0%} of what is labelled was lost</p>"
    )
    told = [_fields(document.observations), _items(document), _table(document), _lines(document)]
    return (
        f'<section class="card" aria-labelledby="{anchor}">{head}<div class="document">'
        f"<div>{pages}</div><div>{''.join(told)}</div></div></section>"
    )


def _fields(observations: Sequence[Observation]) -> str:
    if not observations:
        return ""
    rows = "".join(_field(seen) for seen in observations)
    return scrolled(("field", "expected", "read", "", "confidence, source"), rows)


def _field(seen: Observation) -> str:
    read = seen.read
    kind = "right" if seen.exact else "near" if seen.alike else "wrong" if read else "empty"
    css, sign = SIGNS[kind]
    if read is None:
        expected, got, told = isolated(seen.expected), "", ""
    elif seen.exact or seen.kind in ("date", "amount"):  # printed in many ways: what differs there says nothing
        expected, got = isolated(seen.expected), isolated(read.value)
        told = _told(seen)
    else:
        expected, got = compared(seen.expected, read.value)
        told = _told(seen)
    return (
        f"<tr><th scope=row>{escaped(seen.name)}</th><td{_width(seen.expected)}>{expected}</td>"
        f"<td{_width(read.value if read else '')}>{got}</td>"
        f'<td class="sign {css}">{sign}</td><td><small>{told}</small></td></tr>'
    )


def _width(value: str) -> str:
    """Keep a short value on one line, where a browser would break a date at its hyphens."""
    return ' class="short"' if len(value) <= SHORT else ""


def _told(seen: Observation) -> str:
    read = seen.read
    if read is None:
        return ""
    sure = "" if read.confidence is None else f"{read.confidence:.2f} "
    return sure + isolated(": ".join(filter(None, (read.source, read.source_id))))


def _items(document: ScoredDocument) -> str:
    expected, found = document.label.items, document.reading.items
    if not expected:
        return ""
    cells = [cell for cell in ITEM_CELLS if any(cell in row for row in (*expected, *found))]
    parts = []
    for title, rows in (("labelled", expected), ("read", found)):
        body = "".join(
            "<tr>" + "".join(f"<td>{isolated(row.get(cell, ''))}</td>" for cell in cells) + "</tr>"
            for row in rows[:MOST_ROWS]
        )
        parts.append(f"<h4>{title}: {len(rows)} rows</h4>{scrolled(cells, body)}")
    return f"<details open><summary>Line items</summary>{''.join(parts)}</details>"


def _table(document: ScoredDocument) -> str:
    expected = document.label.table
    if expected is None:
        return ""
    found = max(document.reading.tables, key=lambda grid: sum(map(len, grid)), default=())
    grids = "".join(
        f"<div><h4>{title}: {len(grid)} rows, {sum(map(len, grid))} cells</h4>"
        f'<div class="scroll" tabindex="0">{_grid(grid)}</div></div>'
        for title, grid in (("labelled", expected), ("read", found))
    )
    return f'<details open><summary>Table</summary><div class="grids">{grids}</div></details>'


def _grid(grid: Grid) -> str:
    rows = (
        "".join(f"<td{_spans(cell.rows, cell.cols)}>{isolated(cell.text, 120)}</td>" for cell in row)
        for row in grid[:MOST_ROWS]
    )
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _spans(rows: int, cols: int) -> str:
    return (f' rowspan="{rows}"' if rows > 1 else "") + (f' colspan="{cols}"' if cols > 1 else "")


def _lines(document: ScoredDocument) -> str:
    wrong = [line for page in range(document.label.pages) for line in boxes_of(document, page)[1]]
    if not wrong:
        return ""
    rows = []
    for line in wrong[:MOST_LINES]:
        expected, read = compared(line.expected, line.read) if line.read is not None else (isolated(line.expected), "")
        sign = "misread" if line.read is not None else "not found"
        css = "near" if line.read is not None else "bad"
        rows.append(f'<tr><td>{expected}</td><td>{read}</td><td class="sign {css}">{sign}</td></tr>')
    more = f"<p class=quiet>… and {len(wrong) - MOST_LINES} more</p>" if len(wrong) > MOST_LINES else ""
    body = scrolled(("labelled line", "read", ""), "".join(rows))
    opened = "" if document.observations else " open"
    return f"<details{opened}><summary>{len(wrong)} lines missed or misread</summary>{body}{more}</details>"


def listed(documents: Sequence[tuple[str, ScoredDocument]]) -> Iterator[str]:
    """Yield a list entry that leads to each document's card."""
    for anchor, document in documents:
        lost = f"<small>{badness(document):.0%} lost</small>"
        yield f'<li><a href="#{anchor}">{isolated(document.label.file)}</a> {lost}</li>'
