"""Tall tables in bands: a table model writes one token after the other and stops at its last, so long ones are cut."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from docpipe.document import Box
from docpipe.stages.table_structure.grid import EMPTY, Grid, GridCell

MAX_TOKENS = 420
"""SLANet's decoder stops at 500; each row takes two tokens and each cell one, four where it spans."""
MAX_ROWS = 45
"""More make rows too low to tell apart on the model's 488 x 488 input."""


def bands_of(box: Box, geometry: Grid) -> list[Box]:
    """Return the box itself, or cut into bands of whole rows, as even as may be.

    Args:
        box: of the table, in pixels.
        geometry: the rows seen without a model, with boxes; cuts are made between them, never through a span.
    """
    rows, cols = geometry.rows, geometry.cols
    count = max(-(-rows * (cols + 2) // MAX_TOKENS), -(-rows // MAX_ROWS))
    tops = {c.row: c.box[1] for c in geometry.cells if c.box}
    cuttable = [
        r for r in range(1, rows) if r in tops and not any(c.row < r < c.row + c.rowspan for c in geometry.cells)
    ]
    if count < 2 or not cuttable:
        return [box]
    edges = [box[1]]
    for k in range(1, count):
        row = min(cuttable, key=lambda r: abs(r - k * rows / count))
        if tops[row] > edges[-1] + 1:
            edges.append(tops[row])
    edges.append(box[3])
    return [(box[0], a, box[2], b) for a, b in itertools.pairwise(edges)]


def join(bands: Sequence[Grid]) -> Grid:
    """Put grids one below the other; an empty grid where their columns differ in number."""
    if not bands or any(not b or b.cols != bands[0].cols for b in bands):
        return EMPTY
    cells: list[GridCell] = []
    rows = 0
    for k, band in enumerate(bands):
        cells += [replace(c, row=c.row + rows, header=c.header and k == 0) for c in band.cells]
        rows += band.rows
    return Grid(rows, bands[0].cols, tuple(cells), min(b.confidence for b in bands))
