"""A table's grid without a model: from its rulings where it has them, from how its texts are aligned elsewhere."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from docpipe.document import Box
from docpipe.stages.table_structure.columns import Separator, column_separators
from docpipe.stages.table_structure.grid import EMPTY, Grid, GridCell
from docpipe.stages.table_structure.pieces import TextPiece, runs_of
from docpipe.stages.table_structure.row_separators import Rows, row_separators
from docpipe.stages.table_structure.rows import text_height, text_rows
from docpipe.stages.table_structure.rulings import Rulings

CONFIDENCE_RULED = 0.85
CONFIDENCE_ALIGNED = 0.7
MAX_PLACES = 12_000
"""Rows x columns; what seems to have more is no table."""


@dataclass(frozen=True, slots=True)
class _Area:
    """A rectangle of elementary places; ends are exclusive."""

    row: int
    row_end: int
    col: int
    col_end: int


@dataclass(frozen=True, slots=True)
class _Lattice:
    """The separators that were found, as edges of places in pixels, and what they rest on."""

    lefts: Sequence[float]
    tops: Sequence[float]
    columns: Sequence[Separator]
    rows: Rows
    rulings: Rulings
    unit: float
    """The height of the text."""


def grid_by_geometry(words: Sequence[TextPiece], rulings: Rulings, box: Box) -> Grid:
    """Return the grid that rulings and text alignment show inside a box; an empty one where there is no text.

    Args:
        words: those inside the box, as from `words_of`.
        rulings: those inside the box.
        box: in pixels of the page.
    """
    unit = text_height(words)
    runs = runs_of(words, [(r.at, r.start, r.end) for r in rulings.vertical])
    rows = text_rows(runs)
    if not rows:
        return EMPTY
    xs = column_separators(rows, rulings.vertical, box, unit)
    ys = row_separators(rows, xs, rulings.horizontal, unit)
    lefts = [box[0], *(s.at for s in xs), box[2]]
    tops = [box[1], *(s.at for s in ys.separators), box[3]]
    if (len(xs) + 1) * (len(ys.separators) + 1) > MAX_PLACES:
        return EMPTY
    areas = _merge_areas(_areas(rows, _Lattice(lefts, tops, xs, ys, rulings, unit)), len(tops) - 1, len(lefts) - 1)
    cells = tuple(
        GridCell(
            a.row,
            a.col,
            a.row_end - a.row,
            a.col_end - a.col,
            (lefts[a.col], tops[a.row], lefts[a.col_end], tops[a.row_end]),
            a.row < ys.header,
        )
        for a in areas
    )
    ruled = bool(rulings.horizontal) and sum(1 for s in xs if s.rulings) >= 0.5 * max(len(xs), 1)
    return Grid(len(tops) - 1, len(lefts) - 1, cells, CONFIDENCE_RULED if ruled else CONFIDENCE_ALIGNED)


def _areas(rows: Sequence[Sequence[TextPiece]], lattice: _Lattice) -> list[_Area]:
    """Return the areas that text or missing rulings claim as one cell, larger than a single place."""
    lefts, tops, ys, unit = lattice.lefts, lattice.tops, lattice.rows, lattice.unit
    areas: list[_Area] = []
    taken: list[tuple[int, int, int, int]] = []
    for run in (run for row in rows for run in row):
        col, col_end = _reach(run.x1, run.x2, lefts, 0.45 * unit)
        row, row_end = _reach(run.y1 + 0.25 * run.height, run.y2 - 0.25 * run.height, tops, 0.2 * unit)
        if row_end - row > 1 and ys.text_only(row, row_end):
            row_end = row + 1
        taken.append((row, row_end, col, col_end))
    for (row, row_end, col, col_end), run in zip(taken, (run for line in rows for run in line), strict=True):
        if row < ys.header and row_end - row == 1:
            col, col_end = _widen(run, (row, col, col_end), taken, lattice)
        if col_end - col > 1 or row_end - row > 1:
            areas.append(_Area(row, row_end, col, col_end))
    filled = {(r, c) for row, row_end, col, col_end in taken for r in range(row, row_end) for c in range(col, col_end)}
    areas += _unruled_columns(lattice, filled)
    areas += _unruled_rows(lattice, filled)
    return areas


def _reach(a: float, b: float, edges: Sequence[float], slack: float) -> tuple[int, int]:
    """Return the places that a stretch covers by more than `slack`, or the one that holds its middle."""
    hit = [
        k
        for k, (start, end) in enumerate(itertools.pairwise(edges))
        if b - start > slack and end - a > slack and end - start > slack and b - a > slack
    ]
    if hit:
        return hit[0], hit[-1] + 1
    mid = (a + b) / 2
    k = max(0, min(sum(1 for e in edges[1:-1] if e <= mid), len(edges) - 2))
    return k, k + 1


def _widen(
    run: TextPiece, place: tuple[int, int, int], taken: Sequence[tuple[int, int, int, int]], lattice: _Lattice
) -> tuple[int, int]:
    """Return the columns over which a group heading stands: those that the short ruling below it covers.

    `place` is its row, its first column and the one after its last.
    """
    row, col, col_end = place
    lefts, tops, unit = lattice.lefts, lattice.tops, lattice.unit
    for line in lattice.rulings.horizontal:
        if not (
            tops[row + 1] - 1.2 * unit <= line.at <= tops[row + 1] + 0.6 * unit
            and line.start - unit <= run.xc <= line.end + unit
        ):
            continue
        if line.at < run.yc or run.x1 < line.start - unit or run.x2 > line.end + unit:
            continue
        low, high = _reach(line.start, line.end, lefts, 0.45 * (unit + 1))
        low = next((k for k in range(low, high) if lefts[k + 1] - line.start > 0.35 * (lefts[k + 1] - lefts[k])), low)
        high = next(
            (k for k in range(high, low, -1) if line.end - lefts[k - 1] > 0.35 * (lefts[k] - lefts[k - 1])), high
        )
        others = any(r <= row < re and c < high and ce > low and (c, ce) != (col, col_end) for r, re, c, ce in taken)
        if low <= col and high >= col_end and not others and high - low < len(lefts) - 1:
            return low, high
    return col, col_end


def _unruled_columns(lattice: _Lattice, filled: set[tuple[int, int]]) -> list[_Area]:
    """In ruled tables, join neighbours in a row between which the ruling that parts them elsewhere is missing."""
    lefts, tops, xs, ys = lattice.lefts, lattice.tops, lattice.columns, lattice.rows
    areas = []
    for row in range(len(tops) - 1):
        start = 0
        for col in range(1, len(lefts)):
            open_edge = (
                col < len(lefts) - 1
                and bool(xs[col - 1].rulings)
                and not xs[col - 1].is_ruled(tops[row], tops[row + 1])
            )
            texts = sum((row, c) in filled for c in range(start, col + 1))
            if open_edge and texts <= 1 and ys.ruled_above(row) and ys.ruled_below(row):
                continue
            if col - start > 1:
                areas.append(_Area(row, row + 1, start, col))
            start = col
    return areas


def _unruled_rows(lattice: _Lattice, filled: set[tuple[int, int]]) -> list[_Area]:
    """In ruled tables, join places one above the other where the ruling that parts the rows elsewhere is missing."""
    lefts, tops, xs, ys = lattice.lefts, lattice.tops, lattice.columns, lattice.rows
    areas = []
    for col in range(len(lefts) - 1):
        boxed = (col == 0 or bool(xs[col - 1].rulings)) and (col == len(xs) or bool(xs[col].rulings))
        start = 0
        for row in range(1, len(tops)):
            edge = ys.separators[row - 1] if row < len(tops) - 1 else None
            missing = (
                boxed and edge is not None and bool(edge.rulings) and not edge.is_ruled(lefts[col], lefts[col + 1])
            )
            texts = sum((r, col) in filled for r in range(start, row + 1))
            if missing and texts <= 1:
                continue
            if row - start > 1:
                areas.append(_Area(start, row, col, col + 1))
            start = row
    return areas


def _merge_areas(areas: Sequence[_Area], rows: int, cols: int) -> list[_Area]:
    """Join areas that overlap into rectangles, and fill what is left with single places; in reading order."""
    owner: dict[tuple[int, int], _Area] = {}
    for area in areas:
        grown = area
        while True:
            touched = {owner[p] for p in _points(grown) if p in owner}
            wider = _Area(
                min([grown.row, *(t.row for t in touched)]),
                max([grown.row_end, *(t.row_end for t in touched)]),
                min([grown.col, *(t.col for t in touched)]),
                max([grown.col_end, *(t.col_end for t in touched)]),
            )
            if wider == grown:
                break
            grown = wider
        if (grown.row_end - grown.row) * (grown.col_end - grown.col) > 0.5 * rows * cols and rows > 1:
            continue
        for point in _points(grown):
            owner[point] = grown
    found: list[_Area] = []
    seen: set[_Area] = set()
    for row in range(rows):
        for col in range(cols):
            area = owner.get((row, col), _Area(row, row + 1, col, col + 1))
            if area not in seen:
                seen.add(area)
                found.append(area)
    return found


def _points(area: _Area) -> list[tuple[int, int]]:
    return [(r, c) for r in range(area.row, area.row_end) for c in range(area.col, area.col_end)]
