"""One document in the report: its pages, and beside them what was expected and what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from docpipe.inputs.limits import InputLimits
from docpipe.lab.evaluation.fields import Observation
from docpipe.lab.evaluation.labels import LabelledSet
from docpipe.lab.evaluation.report.markup import escape, mark_differences, number
from docpipe.lab.evaluation.report.pictures import Budget, Misread, PagePicture, boxes_of, picture_pages
from docpipe.lab.evaluation.report.worst import PARTS, badness
from docpipe.lab.evaluation.scoring import ScoredDocument
from docpipe.lab.evaluation.table_scores import Grid
from docpipe.result import ITEM_CELLS

SIGNS = {
    "right": ("ok", "✓ right"),
    "near": ("near", "≈ alike"),
    "wrong": ("bad", "✗ wrong"),
    "silent": ("bad", "✗ wrong, in silence"),
    "empty": ("bad", "– empty"),
}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A labelled field; `expected` and `read` are HTML where they are `Markup`."""

    name: str
    expected: str
    read: str
    css: str
    sign: str
    source: str


@dataclass(frozen=True, slots=True)
class ItemTables:
    """Line items, labelled and read, with the cells that any of them has."""

    cells: Sequence[str]
    sides: Sequence[tuple[str, Sequence[Mapping[str, str]]]]


@dataclass(frozen=True, slots=True)
class GridView:
    """A table as cells with spans."""

    title: str
    rows: Grid

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return sum(map(len, self.rows))


@dataclass(frozen=True, slots=True)
class DocumentView:
    """What the template shows of one document."""

    anchor: str
    file: str
    facts: Sequence[str]
    lost: str
    pages: Sequence[PagePicture]
    fields: Sequence[FieldRow]
    items: ItemTables | None
    grids: Sequence[GridView]
    misread: Sequence[Misread]


def view_document(
    document: ScoredDocument, labelled: LabelledSet, limits: InputLimits, budget: Budget, anchor: str
) -> DocumentView:
    """Return what the report shows of a document; `budget` is what pictures may still take."""
    reading, label = document.reading, document.label
    state = reading.status + (f": {reading.why}" if reading.why else "")
    scores = [f"{part} {number(document.tallies[part].share)}" for part in PARTS if part in document.tallies]
    return DocumentView(
        anchor=anchor,
        file=label.file,
        facts=[labelled.name, state, *scores],
        lost=f"{badness(document):.0%}",
        pages=list(picture_pages(document, labelled.source(label), limits, budget)),
        fields=[_field(seen) for seen in document.observations],
        items=_items(document),
        grids=_grids(document),
        misread=[_mark_differences(line) for page in range(label.pages) for line in boxes_of(document, page)[1]],
    )


def _field(seen: Observation) -> FieldRow:
    read = seen.read
    css, sign = SIGNS[_judgement(seen)]
    if read is None:
        return FieldRow(seen.name, seen.expected, "", css, sign, "")
    expected, got = seen.expected, read.value
    if not seen.exact and seen.kind not in ("date", "amount"):  # printed in many ways: what differs there says nothing
        expected, got = mark_differences(seen.expected, read.value)
    sure = "" if read.confidence is None else f"{read.confidence:.2f} "
    source = sure + ": ".join(filter(None, (read.source, read.source_id)))
    return FieldRow(seen.name, expected, got, css, sign, source)


def _judgement(seen: Observation) -> str:
    if seen.exact:
        return "right"
    if seen.alike:
        return "near"
    if seen.read is None:
        return "empty"
    return "silent" if seen.silent else "wrong"


def _items(document: ScoredDocument) -> ItemTables | None:
    expected, found = document.label.items, document.reading.items
    if not expected:
        return None
    cells = [cell for cell in ITEM_CELLS if any(cell in row for row in (*expected, *found))]
    return ItemTables(cells, [("labelled", expected), ("read", found)])


def _grids(document: ScoredDocument) -> list[GridView]:
    expected = document.label.table
    if expected is None:
        return []
    found: Grid = max(document.reading.tables, key=lambda grid: sum(map(len, grid)), default=())
    return [GridView("labelled", expected), GridView("read", found)]


def _mark_differences(line: Misread) -> Misread:
    """Return a misread line with what differs marked."""
    if line.read is None:
        return replace(line, expected=escape(line.expected))
    expected, read = mark_differences(line.expected, line.read)
    return replace(line, expected=expected, read=read)
