"""Rows of a table: from horizontal rulings, and from how its rows of text follow each other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from docpipe.stages.table_structure.columns import Separator
from docpipe.stages.table_structure.pieces import TextPiece
from docpipe.stages.table_structure.rows import middle
from docpipe.stages.table_structure.rulings import Ruling

FULL = 0.75
"""A ruling, or several in line, over this share of the texts' width parts rows all across."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Where rows part, top to bottom, without the table's own top and bottom; how many rows the head has."""

    separators: tuple[Separator, ...]
    header: int
    top_ruled: bool = False
    bottom_ruled: bool = False

    def text_only(self, row: int, row_end: int) -> bool:
        """Tell whether no ruling at all parts the rows of a stretch."""
        return not any(s.rulings for s in self.separators[row : row_end - 1])

    def ruled_above(self, row: int) -> bool:
        return self.top_ruled if row == 0 else bool(self.separators[row - 1].rulings)

    def ruled_below(self, row: int) -> bool:
        return self.bottom_ruled if row == len(self.separators) else bool(self.separators[row].rulings)


@dataclass(frozen=True, slots=True)
class _Level:
    """Rulings at one height."""

    at: float
    rulings: tuple[Ruling, ...]
    full: bool


def row_separators(
    rows: Sequence[Sequence[TextPiece]], xs: Sequence[Separator], horizontal: Sequence[Ruling], unit: float
) -> Rows:
    """Decide between which rows of text a new row of the table starts.

    Where rulings enclose most rows, each band between them is a row. Elsewhere each row of text is one, but for lines
    of a wrapped cell: those closer than rows usually are, those that go on in columns the row above has filled, and
    the lines of a head between its rulings.
    """
    levels = _levels(rows, horizontal, unit)
    ys = [middle(row) for row in rows]
    between = [[level for level in levels if a < level.at < b] for a, b in itertools.pairwise(ys)]
    cols = [_columns(row, xs) for row in rows]
    head = _head_rows(rows, between, cols, len(xs) + 1)
    full = [any(level.full for level in here) for here in between]
    split = [bool(here) for here in between]
    if _line_ruled(full, len(rows)):
        dense = _dense_bands(full, cols, len(xs) + 1)
        split = [s or d for s, d in zip(split, dense, strict=True)]
    else:
        pitch = _pitch(ys, cols, len(xs) + 1)
        for t in range(len(rows) - 1):
            if not split[t]:
                split[t] = not _goes_on(t, ys, cols, pitch, head)
    separators: list[Separator] = []
    header = 0
    for t, parts in enumerate(split):
        if parts:
            a, b = max(p.y2 for p in rows[t]), min(p.y1 for p in rows[t + 1])
            here = between[t]
            at = here[-1].at if here else (a + b) / 2 if a < b else (ys[t] + ys[t + 1]) / 2
            separators.append(Separator(at, tuple(r for level in here for r in level.rulings)))
            if t + 1 == head:
                header = len(separators)
    top = any(level.full and level.at < ys[0] for level in levels)
    bottom = any(level.full and level.at > ys[-1] for level in levels)
    return Rows(tuple(separators), header, top, bottom)


def _levels(rows: Sequence[Sequence[TextPiece]], horizontal: Sequence[Ruling], unit: float) -> list[_Level]:
    left, right = min(p.x1 for row in rows for p in row), max(p.x2 for row in rows for p in row)
    groups: list[list[Ruling]] = []
    for line in sorted(horizontal, key=lambda r: r.at):
        if groups and line.at - groups[-1][-1].at <= 0.3 * unit:
            groups[-1].append(line)
        else:
            groups.append([line])
    levels = []
    for group in groups:
        covered = sum(max(0.0, min(right, r.end) - max(left, r.start)) for r in group)
        at = sum(r.at * r.length for r in group) / sum(r.length for r in group)
        levels.append(_Level(at, tuple(group), covered >= FULL * (right - left)))
    return levels


def _columns(row: Sequence[TextPiece], xs: Sequence[Separator]) -> list[tuple[int, int]]:
    """Return the first and last column of each run."""
    slack = 0.4 * max(p.height for p in row)
    return [
        (sum(1 for s in xs if s.at < min(p.x1 + slack, p.xc)), sum(1 for s in xs if s.at < max(p.x2 - slack, p.xc)))
        for p in row
    ]


def _head_rows(
    rows: Sequence[Sequence[TextPiece]],
    between: Sequence[Sequence[_Level]],
    cols: Sequence[Sequence[tuple[int, int]]],
    width: int,
) -> int:
    """Return how many rows of text the head has: those above the first ruling across, or above the first figures."""
    limit = max(1, round(0.45 * len(rows)))
    for t, here in enumerate(between[:limit]):
        if (
            any(level.full for level in here)
            and len({c for r in cols[: t + 1] for a, b in r for c in range(a, b + 1)}) > 1
        ):
            return t + 1
    for t, row in enumerate(rows[: limit + 1]):
        figures = sum(1 for p in row if _is_figure(p.text))
        if figures >= max(1, 0.5 * (len(row) - 1)) and len(row) >= 0.5 * width:
            return t
    return 0


def _is_figure(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    return digits > 0 and digits >= 0.4 * sum(not c.isspace() for c in text) and not (digits == 4 and text.isdigit())


def _line_ruled(full: Sequence[bool], rows: int) -> bool:
    bands = sum(full) + 1
    return bands >= 3 and bands >= 0.4 * rows


def _dense_bands(full: Sequence[bool], cols: Sequence[Sequence[tuple[int, int]]], width: int) -> list[bool]:
    """In bands far taller than the others in which at least two columns go on line by line, part every line."""
    bounds = [0, *(t + 1 for t, f in enumerate(full) if f), len(cols)]
    sizes = [b - a for a, b in itertools.pairwise(bounds)]
    usual = median(sizes)
    dense = [False] * len(full)
    for (a, b), size in zip(itertools.pairwise(bounds), sizes, strict=True):
        filled = sum(len({c for c, _ in row}) >= max(2, 0.6 * width) for row in cols[a:b])
        if size >= 4 and size > 2.5 * usual and filled >= 0.7 * size:
            dense[a : b - 1] = [True] * (size - 1)
    return dense


def _pitch(ys: Sequence[float], cols: Sequence[Sequence[tuple[int, int]]], width: int) -> float:
    """Return the usual distance between rows that fill most columns, or between any."""
    steps = [
        b - a
        for a, b, x, y in zip(ys, ys[1:], cols, cols[1:], strict=False)
        if len(x) >= 0.5 * width and len(y) >= 0.5 * width
    ]
    return median(steps) if len(steps) >= 2 else median([b - a for a, b in itertools.pairwise(ys)] or [1.0])


def _goes_on(
    t: int,
    ys: Sequence[float],
    cols: Sequence[Sequence[tuple[int, int]]],
    pitch: float,
    head: int,
) -> bool:
    """Tell whether row of text t + 1 goes on with the cells of row t."""
    above, below = cols[t], cols[t + 1]
    if t + 1 < head:
        return not any(b > a for a, b in above)
    if t + 1 == head:
        return False
    step = ys[t + 1] - ys[t]
    if step < 0.72 * pitch:
        return True
    columns_above = {c for a, b in above for c in range(a, b + 1)}
    columns_below = {c for a, b in below for c in range(a, b + 1)}
    only_one = len(below) == 1 and len(columns_below) == 1 and 0 not in columns_below
    return only_one and columns_below <= columns_above and len(columns_above) > 1 and step < 1.3 * pitch
