"""Grids: rows and columns with the cells that lie on them, before any text is put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docpipe.document import Box

MAX_SPAN = 100
MAX_CELLS = 5000


@dataclass(frozen=True, slots=True)
class GridCell:
    """A place on the grid; rows and columns count from 0. `box` in pixels of the page, None where unknown."""

    row: int
    col: int
    rowspan: int = 1
    colspan: int = 1
    box: Box | None = None
    header: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells in reading order; none overlaps another, all lie within rows x cols."""

    rows: int
    cols: int
    cells: tuple[GridCell, ...]
    confidence: float

    def __bool__(self) -> bool:
        return bool(self.cells)


EMPTY = Grid(0, 0, (), 0.0)


def grid_of_tokens(tokens: Sequence[str], boxes: Sequence[Sequence[float]], score: float) -> Grid:
    """Read a table model's HTML tokens as a grid, as a browser lays out a table.

    A span that runs past the last row is cut there, and one that would run over a cell already placed moves on.

    Args:
        tokens: `<tr>`, `<td></td>`, `<td`, ` colspan="2"`, `>`, … as PaddleOCR gives them.
        boxes: one a cell, in the order of the cells, as x, y of four corners (8 numbers) or x1, y1, x2, y2.
        score: from 0 to 1.
    """
    taken: set[tuple[int, int]] = set()
    cells: list[GridCell] = []
    row, col, seen, header = -1, 0, 0, False
    spans = {"rowspan": 1, "colspan": 1}
    for part in tokens:
        if part in ("<thead>", "</thead>"):
            header = part == "<thead>"
        elif part == "<tr>":
            row, col = row + 1, 0
        elif part in ("<td>", "<td", "<td></td>"):
            spans = {"rowspan": 1, "colspan": 1}
        elif "span=" in part:
            key, _, value = part.strip().partition("=")
            digits = value.strip('"')
            if key in spans and digits.isdigit():
                spans[key] = min(max(int(digits), 1), MAX_SPAN)
        if part not in ("<td>", ">", "<td></td>") or row < 0:
            continue
        while (row, col) in taken:
            col += 1
        width = 1
        while width < spans["colspan"] and (row, col + width) not in taken:
            width += 1
        for r in range(row, row + spans["rowspan"]):
            taken.update((r, c) for c in range(col, col + width))
        box = _box(boxes[seen]) if seen < len(boxes) else None
        cells.append(GridCell(row, col, spans["rowspan"], width, box, header))
        seen += 1
        col += width
        if seen >= MAX_CELLS:
            break
    rows = row + 1
    fitted = tuple(_within(cell, rows) for cell in cells)
    return Grid(rows, max((c.col + c.colspan for c in fitted), default=0), fitted, min(max(score, 0.0), 1.0))


def _within(cell: GridCell, rows: int) -> GridCell:
    if cell.row + cell.rowspan <= rows:
        return cell
    return GridCell(cell.row, cell.col, rows - cell.row, cell.colspan, cell.box, cell.header)


def _box(numbers: Sequence[float]) -> Box | None:
    if len(numbers) == 8:
        xs, ys = [float(x) for x in numbers[0::2]], [float(y) for y in numbers[1::2]]
    elif len(numbers) == 4:
        xs, ys = [float(numbers[0]), float(numbers[2])], [float(numbers[1]), float(numbers[3])]
    else:
        return None
    return (min(xs), min(ys), max(xs), max(ys))
