"""Edit distance of tables as trees: a table holds rows, a row holds cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def tree_distance(first: Sequence[int], second: Sequence[int], cells: Matrix) -> float:
    """Return the least cost of turning one table into the other.

    Inserting or deleting a row or a cell costs 1, as does taking a cell for a row; what a row held stays where it was.
    This is Zhang and Shasha's forest distance (1989), written for trees of this depth, so that whole rows of its tables
    are computed at once. The two roots always fit each other and are left out.

    Args:
        first: how many cells each row of the first table has.
        second: the same of the second.
        cells: what it costs to take a cell of the first (row by row) for one of the second, 0 to 1.
    """
    a, b = _Tree(first), _Tree(second)
    trees = _subtree_distances(a, b, cells)
    steps = np.arange(b.nodes + 1, dtype=float)
    table = np.empty((a.nodes + 1, b.nodes + 1))
    table[0] = steps
    for i in range(a.nodes):
        best = table[i] + 1
        best[1:] = np.minimum(best[1:], table[a.before[i]][b.before] + trees[i])
        table[i + 1] = _with_insertions(best, steps)
    return float(table[-1, -1])


class _Tree:
    """A table's rows and cells in postorder: each row's cells, then the row."""

    def __init__(self, rows: Sequence[int]) -> None:
        self.rows = rows
        self.nodes = len(rows) + sum(rows)
        widths = np.asarray(rows, dtype=int)
        self.row_at = np.cumsum(widths + 1) - 1
        """Where the rows stand in postorder."""
        self.is_cell = np.ones(self.nodes, dtype=bool)
        self.is_cell[self.row_at] = False
        self.before = np.arange(self.nodes)
        """How many nodes come before the subtree that ends with a node."""
        self.before[self.row_at] -= widths


def _subtree_distances(a: _Tree, b: _Tree, cells: Matrix) -> Matrix:
    """Return the distance of each subtree of one table to each of the other."""
    found = np.empty((a.nodes, b.nodes))
    found[np.ix_(a.is_cell, b.is_cell)] = cells
    found[np.ix_(a.is_cell, ~b.is_cell)] = _cell_to_row(cells, b.rows)
    found[np.ix_(~a.is_cell, b.is_cell)] = _cell_to_row(cells.T, a.rows).T
    found[np.ix_(~a.is_cell, ~b.is_cell)] = _row_to_row(a.rows, b.rows, cells)
    return found


def _cell_to_row(cells: Matrix, rows: Sequence[int]) -> Matrix:
    """A cell becomes a row of n cells: it is one of them and the row is new, or it becomes the row and all are new."""
    found = np.empty((len(cells), len(rows)))
    start = 0
    for row, width in enumerate(rows):
        found[:, row] = width + np.minimum(1.0, cells[:, start : start + width].min(axis=1, initial=1.0))
        start += width
    return found


def _row_to_row(first: Sequence[int], second: Sequence[int], cells: Matrix) -> Matrix:
    """Two rows fit each other; what is left is the edit distance of their cells, for all second rows at once."""
    widest = max(second, default=0)
    starts = np.concatenate([[0], np.cumsum(second)]).astype(int)
    place = np.minimum(starts[:-1, None] + np.arange(widest), max(cells.shape[1] - 1, 0))  # past a row's end: unused
    steps = np.arange(widest + 1, dtype=float)
    found = np.empty((len(first), len(second)))
    start = 0
    for row, width in enumerate(first):
        table = np.tile(steps, (len(second), 1))
        for cell in range(start, start + width):
            best = table + 1
            if widest:
                best[:, 1:] = np.minimum(best[:, 1:], table[:, :-1] + cells[cell][place])
            table = _with_insertions(best, steps)
        found[row] = table[np.arange(len(second)), np.asarray(second, dtype=int)]
        start += width
    return found


def _with_insertions(best: Matrix, steps: Matrix) -> Matrix:
    """Let each entry also be reached from any before it, at 1 a step."""
    reached: Matrix = np.minimum.accumulate(best - steps, axis=-1) + steps
    return reached
