"""Text into cells: which row of the grid a row of text stands in, and which of its cells each word."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Box, Polygon, TableCell, TextLine, polygon_of
from docpipe.stages.table_structure.grid import Grid, GridCell
from docpipe.stages.table_structure.pieces import TextPiece, runs_of
from docpipe.stages.table_structure.rows import text_height, text_rows
from docpipe.stages.table_structure.rulings import Ruling, Rulings

EMPTY_ROW = 0.7
"""Cost, in rows, of leaving a row of the grid without text."""
SHARED_ROW = 0.45
"""Cost of a second row of text in a row of the grid that is not tall enough for two."""
MAX_SKIP = 4


def fill(grid: Grid, words: Sequence[TextPiece], rulings: Rulings, lines: Sequence[TextLine]) -> tuple[TableCell, ...]:
    """Return the grid's cells with the words that stand in them.

    Rows of text are laid on rows of the grid in order, at the least total distance (dynamic programming), so that
    boxes which drift by half a row, as those of table models do, still get their own text.

    Args:
        grid: its boxes in pixels of the page.
        words: all words inside the table, as from `words_of`.
        rulings: horizontal ones between two rows of text keep these apart.
        lines: the page's lines, for their ids.
    """
    if not grid:
        return ()
    places = _places(grid)
    columns = _columns(grid)
    runs = runs_of(words, [(r.at, r.start, r.end) for r in rulings.vertical])
    by_line = _by_line(words)
    found: dict[int, list[tuple[int, TextPiece]]] = {}
    rows = text_rows(runs)
    for number, (row, target) in enumerate(
        zip(rows, _align(grid, rows, places, columns, rulings.horizontal), strict=True)
    ):
        for run in row:
            for word in _words_in(run, by_line):
                found.setdefault(_cell_at(word, run, target, grid, places, columns), []).append((number, word))
    return tuple(_cell(cell, found.get(i, []), lines) for i, cell in enumerate(grid.cells))


def html_of(cells: Sequence[TableCell], rows: int) -> str:
    """Return cells as HTML with `<table>`, `<tr>` and `<td>` only; `&`, `<` and `>` are escaped."""
    by_row: list[list[TableCell]] = [[] for _ in range(rows)]
    for cell in cells:
        by_row[cell.row].append(cell)
    return (
        "<table>"
        + "".join("<tr>" + "".join(map(_td, sorted(r, key=lambda c: c.col))) + "</tr>" for r in by_row)
        + "</table>"
    )


def _td(cell: TableCell) -> str:
    spans = "".join(f' {k}="{v}"' for k, v in (("rowspan", cell.rowspan), ("colspan", cell.colspan)) if v > 1)
    text = cell.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<td{spans}>{text}</td>"


def _places(grid: Grid) -> NDArray[np.int32]:
    """Return for each place of the grid the index of its cell, -1 where there is none."""
    places = np.full((grid.rows, grid.cols), -1, dtype=np.int32)
    for i, cell in enumerate(grid.cells):
        places[cell.row : cell.row + cell.rowspan, cell.col : cell.col + cell.colspan] = i
    return places


def _columns(grid: Grid) -> list[tuple[float, float]]:
    """Return each column's left and right edge: the middle of its cells', spanning ones left out."""
    edges: list[tuple[float, float] | None] = []
    for col in range(grid.cols):
        boxes = [c.box for c in grid.cells if c.col == col and c.colspan == 1 and c.box]
        edges.append((median(b[0] for b in boxes), median(b[2] for b in boxes)) if boxes else None)
    known = [e for e in edges if e] or [(0.0, 1.0)]
    filled: list[tuple[float, float]] = []
    for col, edge in enumerate(edges):
        after = next((e for e in edges[col + 1 :] if e), None)
        before = filled[-1] if filled else None
        left = before[1] if before else known[0][0]
        right = after[0] if after else known[-1][1]
        filled.append(edge or (min(left, right), max(left, right)))
    return filled


def _by_line(words: Sequence[TextPiece]) -> dict[int, list[TextPiece]]:
    lines: dict[int, list[TextPiece]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return lines


def _words_in(run: TextPiece, by_line: dict[int, list[TextPiece]]) -> list[TextPiece]:
    return [w for w in by_line[run.line] if w.x1 >= run.x1 - 0.01 and w.x2 <= run.x2 + 0.01]


def _column_of(run: TextPiece, columns: Sequence[tuple[float, float]]) -> int:
    def fit(col: int) -> float:
        left, right = columns[col]
        shared = min(run.x2, right) - max(run.x1, left)
        return shared if shared > 0 else shared - abs(run.xc - (left + right) / 2) * 0.01

    return max(range(len(columns)), key=fit)


def _align(
    grid: Grid,
    rows: Sequence[Sequence[TextPiece]],
    places: NDArray[np.int32],
    columns: Sequence[tuple[float, float]],
    horizontal: Sequence[Ruling],
) -> list[int]:
    """Return for each row of text the row of the grid it stands in, never decreasing, at the least cost."""
    if not rows:
        return []
    centre, half = _heights(grid)
    pitch = max(float(np.median(np.diff(centre))) if grid.rows > 1 else 2 * float(half[0]), 1.0)
    usual = text_height([p for row in rows for p in row])
    cols = [[_column_of(run, columns) for run in row] for row in rows]
    heights = [_cell_heights(grid, places[:, col], centre, half) for col in range(grid.cols)]
    cost = np.zeros((len(rows), grid.rows))
    for t, row in enumerate(rows):
        weights = sum(run.x2 - run.x1 for run in row)
        for run, col in zip(row, cols[t], strict=True):
            ys, hs = heights[col]
            off = np.abs(run.yc - ys)
            misfit = np.maximum(0.0, off - np.maximum(hs - 0.35 * usual, 0.0)) / pitch + 0.2 * off / pitch
            cost[t] += np.minimum(misfit, 4.0) * (run.x2 - run.x1) / weights
    tall = half * 2 > 1.7 * usual
    best = cost[0] + EMPTY_ROW * np.arange(grid.rows)
    back = np.zeros((len(rows), grid.rows), dtype=np.int32)
    for t in range(1, len(rows)):
        shares = bool(set(cols[t]) & set(cols[t - 1]))
        stay = np.where(tall, 0.05, SHARED_ROW if shares else 0.3)
        if _ruled_apart(rows[t - 1], rows[t], horizontal):
            stay = stay + 1.5
        choices = [best + stay]
        for step in range(1, MAX_SKIP + 2):
            moved = np.full(grid.rows, np.inf)
            if step < grid.rows:
                moved[step:] = best[:-step] + EMPTY_ROW * (step - 1)
            choices.append(moved)
        steps = np.argmin(choices, axis=0)
        back[t] = steps
        best = np.take_along_axis(np.asarray(choices), steps[None], axis=0)[0] + cost[t]
    at = int(np.argmin(best + EMPTY_ROW * np.arange(grid.rows)[::-1]))
    targets = [at]
    for t in range(len(rows) - 1, 0, -1):
        at -= int(back[t][at])
        targets.append(at)
    return targets[::-1]


def _heights(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each row's middle and half its height; rows without a box stand between their neighbours."""
    centre = np.full(grid.rows, np.nan)
    half = np.full(grid.rows, np.nan)
    for row in range(grid.rows):
        boxes = [c.box for c in grid.cells if c.row == row and c.rowspan == 1 and c.box]
        if boxes:
            centre[row] = median((b[1] + b[3]) / 2 for b in boxes)
            half[row] = median((b[3] - b[1]) / 2 for b in boxes)
    known = np.flatnonzero(~np.isnan(centre))
    if not known.size:
        return np.arange(grid.rows, dtype=np.float64), np.full(grid.rows, 0.5)
    centre = np.interp(np.arange(grid.rows), known, centre[known])
    half = np.interp(np.arange(grid.rows), known, half[known])
    return np.maximum.accumulate(centre), half


def _cell_heights(
    grid: Grid, column: NDArray[np.int32], centre: NDArray[np.float64], half: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ys, hs = centre.copy(), half.copy()
    for row, i in enumerate(column):
        box = grid.cells[i].box if i >= 0 else None
        if box is not None and abs((box[1] + box[3]) / 2 - centre[row]) < 4 * half[row] + (box[3] - box[1]) / 2:
            ys[row], hs[row] = (box[1] + box[3]) / 2, (box[3] - box[1]) / 2
    return ys, hs


def _ruled_apart(above: Sequence[TextPiece], below: Sequence[TextPiece], horizontal: Sequence[Ruling]) -> bool:
    top, bottom = max(p.yc for p in above), min(p.yc for p in below)
    left = max(min(p.x1 for p in above), min(p.x1 for p in below))
    right = min(max(p.x2 for p in above), max(p.x2 for p in below))
    return any(
        top < r.at < bottom and min(right, r.end) - max(left, r.start) > 0.5 * max(right - left, 1.0)
        for r in horizontal
    )


def _cell_at(
    word: TextPiece,
    run: TextPiece,
    row: int,
    grid: Grid,
    places: NDArray[np.int32],
    columns: Sequence[tuple[float, float]],
) -> int:
    """Return the index of the cell for a word: that of its whole run, unless the run covers several cells."""

    def extent(i: int) -> tuple[float, float]:
        cell = grid.cells[i]
        left, right = columns[cell.col][0], columns[cell.col + cell.colspan - 1][1]
        if cell.colspan == 1 and cell.box:
            own = (cell.box[0], cell.box[2])
            if own[1] - own[0] < 2.5 * (right - left):
                left, right = min(left, own[0]), max(right, own[1])
        return left, right

    here = sorted({int(i) for i in places[row] if i >= 0})
    if not here:
        present = list(range(len(grid.cells)))
        return min(present, key=lambda i: (abs(grid.cells[i].row - row), abs(grid.cells[i].col)))

    def fit(piece: TextPiece, i: int) -> float:
        left, right = extent(i)
        shared = min(piece.x2, right) - max(piece.x1, left)
        return shared - 0.001 * abs(piece.xc - (left + right) / 2)

    by_run = {i: fit(run, i) for i in here}
    best = max(here, key=lambda i: by_run[i])
    others = [i for i in here if i != best and by_run[i] > 0.6 * run.height]
    if not others or by_run[best] > 0.8 * (run.x2 - run.x1):
        return best
    return max([best, *others], key=lambda i: fit(word, i))


def _cell(cell: GridCell, found: Sequence[tuple[int, TextPiece]], lines: Sequence[TextLine]) -> TableCell:
    ordered = sorted(found, key=lambda item: (item[0], item[1].x1))
    polygon: Polygon | None = polygon_of(cell.box) if cell.box else None
    if ordered:
        polygon = polygon_of(_around([word for _, word in ordered], cell.box))
    ids = dict.fromkeys(lines[word.line].id for _, word in ordered)
    return TableCell(
        cell.row,
        cell.col,
        _join([w.text for _, w in ordered]),
        cell.rowspan,
        cell.colspan,
        cell.header,
        polygon,
        tuple(ids),
    )


def _around(words: Sequence[TextPiece], box: Box | None) -> Box:
    """Return the box around the words, and the cell's where it holds their middle."""
    x1, y1 = min(w.x1 for w in words), min(w.y1 for w in words)
    x2, y2 = max(w.x2 for w in words), max(w.y2 for w in words)
    if box and box[0] <= (x1 + x2) / 2 <= box[2] and box[1] <= (y1 + y2) / 2 <= box[3]:
        return (min(x1, box[0]), min(y1, box[1]), max(x2, box[2]), max(y2, box[3]))
    return (x1, y1, x2, y2)


def _join(texts: Sequence[str]) -> str:
    joined = ""
    for text in texts:
        wide = (
            joined
            and unicodedata.east_asian_width(joined[-1]) in "WF"
            and unicodedata.east_asian_width(text[0]) in "WF"
        )
        joined += text if not joined or wide else f" {text}"
    return joined
