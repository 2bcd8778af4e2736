"""What the model sees of a document: one row of numbers for each cell, and where the cells stand to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Box, KeyField
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.layout import Cell, Layout
from docpipe.stages.key_fields.learned.signals import (
    HEADER,
    KINDS,
    SHAPES,
    header_marks,
    label_marks,
    rule_marks,
    shape_marks,
)
from docpipe.stages.key_fields.learned.texts import GRAMS, WORDS, text_ids

MOST_CELLS = 400
"""A longer document keeps its first `HEAD_CELLS` cells and the last of the rest: parties and totals stand there."""
HEAD_CELLS = 260
NEAR = 8
REACH = 5
"""A neighbour above or below stands at most so many rows away."""
PACKS = ("receipt", "invoice", "broadcast", "zh", "de", "fr")
"""Families and languages of packs of format 1; a pack of another has none of these marks."""
GEOMETRY = 18
STEPS = np.array([0, 1, 2, 3, 4, 4, 4] + [5] * 6 + [6], dtype=np.int64)
"""The bucket of a distance in rows; more than 12 is as far as it gets."""
RELATIONS = 13 * 6


@dataclass(frozen=True, slots=True)
class Features:
    """The model's input for one document of N cells, in the order of the layout."""

    ids: NDArray[np.int64]
    """N x (WORDS + GRAMS) buckets, 0 for none."""
    dense: NDArray[np.float32]
    """N x `width(paths)`."""
    near: NDArray[np.int64]
    """N x NEAR numbers of cells, N for none."""
    relation: NDArray[np.int64]
    """N x N kinds of relation, 0 to RELATIONS - 1."""
    typed: NDArray[np.bool_]
    """N x 2: holds a date, holds an amount."""
    kept: NDArray[np.int64]
    """N: the layout's cell of each."""


def width(paths: Sequence[str]) -> int:
    """Return how many numbers describe a cell besides its text."""
    return SHAPES + HEADER + 3 * (len(paths) + 1) + rule_width(paths) + GEOMETRY + len(PACKS)


def rule_width(paths: Sequence[str]) -> int:
    """Return how many of them are the rules' opinion; they stand last."""
    return 2 * len(paths) + len(KINDS)


def build_features(
    page: PageView, paths: Sequence[str], candidates: Sequence[Candidate], chosen: Mapping[str, KeyField]
) -> Features:
    """Return the model's input for a document laid out."""
    cells = page.layout.cells
    shapes, typed = shape_marks(page)
    above = [list(islice(page.layout.above(cell, REACH), 3)) for cell in cells]
    marks = (page.compiled.pack.family, page.compiled.pack.language)
    packs = np.array([[float(name in marks) for name in PACKS]], dtype=np.float32)
    dense = np.concatenate(
        [
            shapes,
            header_marks(page),
            label_marks(page, paths, above),
            _geometry(page.layout),
            np.repeat(packs, len(cells), axis=0),
            rule_marks(page, paths, candidates, chosen),
        ],
        axis=1,
    )
    ids = np.stack([text_ids(cell.folded) for cell in cells]) if cells else np.zeros((0, WORDS + GRAMS), np.int64)
    kept = np.arange(len(cells), dtype=np.int64)
    if len(cells) > MOST_CELLS:
        kept = np.concatenate([kept[:HEAD_CELLS], kept[len(cells) - (MOST_CELLS - HEAD_CELLS) :]])
    return Features(
        ids[kept], dense[kept], _near(page.layout, kept, above), _relation(page.layout, kept), typed[kept], kept
    )


def _geometry(layout: Layout) -> NDArray[np.float32]:
    cells = layout.cells
    result = np.zeros((len(cells), GEOMETRY), dtype=np.float32)
    if not cells:
        return result
    usual = median(c.height for c in cells) or 1.0
    last_page = layout.pages[-1].number
    extent = {page.number: _extent([c for c in cells if c.page == page.number]) for page in layout.pages}
    rows = len(layout.rows)
    for cell in cells:
        left, top, right, bottom = extent[cell.page]
        wide, high = max(right - left, 1.0), max(bottom - top, 1.0)
        row = layout.rows[cell.row]
        above = layout.rows[cell.row - 1][0] if cell.row else None
        gap = (cell.box[1] - above.box[3]) / usual if above is not None and above.page == cell.page else 3.0
        middle = (cell.box[0] + cell.box[2]) / 2
        result[cell.index] = (
            (cell.box[0] - left) / wide,
            (cell.box[2] - left) / wide,
            (middle - left) / wide - 0.5,
            (cell.middle - top) / high,
            (cell.box[2] - cell.box[0]) / wide,
            min(cell.height / usual, 4.0) / 2,
            min(max(gap, -1.0), 5.0) / 5,
            cell.row / max(rows - 1, 1),
            min(cell.row, 20) / 20,
            min(rows - 1 - cell.row, 20) / 20,
            cell.row == 0,
            cell.row == 1,
            cell.row == 2,
            min(len(row), 8) / 8,
            row[0].index == cell.index,
            row[-1].index == cell.index,
            cell.page == layout.pages[0].number,
            cell.page == last_page,
        )
    return result


def _extent(cells: Sequence[Cell]) -> Box:
    """Return the box around all cells of a page."""
    if not cells:
        return (0.0, 0.0, 1.0, 1.0)
    x1, y1, x2, y2 = zip(*(cell.box for cell in cells), strict=True)
    return (min(x1), min(y1), max(x2), max(y2))


def _near(layout: Layout, kept: NDArray[np.int64], over: Sequence[Sequence[Cell]]) -> NDArray[np.int64]:
    """Number of the cell at the left, right, above, two above, below, before, after, and first in the row."""
    none = len(kept)
    place = {int(index): number for number, index in enumerate(kept)}
    near = np.full((none, NEAR), none, dtype=np.int64)
    for number, index in enumerate(kept):
        cell = layout.cells[index]
        above = over[index]
        others = (
            next(iter(layout.left_of(cell)), None),
            next(iter(layout.right_of(cell)), None),
            above[0] if above else None,
            above[1] if len(above) > 1 else None,
            next(iter(layout.below(cell, REACH)), None),
            layout.cells[index - 1] if index else None,
            layout.cells[index + 1] if index + 1 < len(layout.cells) else None,
            layout.rows[cell.row][0],
        )
        for slot, other in enumerate(others):
            if other is not None:
                near[number, slot] = place.get(other.index, none)
    return near


def _relation(layout: Layout, kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """Kind of relation of each cell to each other: rows between them, whether they share a column, which is left."""
    rows = np.array([layout.cells[i].row for i in kept], dtype=np.int64)
    left = np.array([layout.cells[i].box[0] for i in kept], dtype=np.float32)
    right = np.array([layout.cells[i].box[2] for i in kept], dtype=np.float32)
    apart = np.clip(rows[None, :] - rows[:, None], -13, 13)
    step = np.sign(apart) * STEPS[np.abs(apart)] + 6
    shared = np.minimum(right[None, :], right[:, None]) - np.maximum(left[None, :], left[:, None])
    column = shared > 0.34 * np.minimum((right - left)[None, :], (right - left)[:, None])
    middle = (left + right) / 2
    side = np.where(middle[None, :] > right[:, None], 2, np.where(middle[None, :] < left[:, None], 0, 1))
    return np.asarray(step * 6 + column * 3 + side, dtype=np.int64)
