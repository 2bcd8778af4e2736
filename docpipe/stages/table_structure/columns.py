"""Columns of a table from the white space between its texts, and from vertical rulings."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Box
from docpipe.stages.table_structure.pieces import TextPiece
from docpipe.stages.table_structure.rulings import Ruling

BINS = 1600
MAX_COLUMNS = 60
Counts = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Separator:
    """Where two columns (or rows) part, and the rulings drawn there, if any."""

    at: float
    rulings: tuple[Ruling, ...] = ()

    def is_ruled(self, start: float, end: float) -> bool:
        """Tell whether rulings cover most of a stretch."""
        covered = sum(max(0.0, min(end, r.end) - max(start, r.start)) for r in self.rulings)
        return covered >= 0.5 * (end - start)


def column_separators(
    rows: Sequence[Sequence[TextPiece]], vertical: Sequence[Ruling], box: Box, text_height: float
) -> list[Separator]:
    """Return where columns part, from left to right, without the table's own left and right edge.

    A run of text that stands across what other rows keep apart is a spanning cell and does not close the gap between
    its columns; a gap counts where the rows that show it outnumber the runs that cross it. Time is proportional to
    rows x BINS.
    """
    left, width = box[0], max(box[2] - box[0], 1.0)
    scale = min(1.0, BINS / width)
    size = round(width * scale) + 1

    def span(run: TextPiece) -> tuple[int, int]:
        return max(0, round((run.x1 - left) * scale)), min(size, max(1, round((run.x2 - left) * scale)))

    spans = [[span(run) for run in row] for row in rows]
    covered, parted = np.zeros(size, np.int32), np.zeros(size, np.int32)
    for row in spans:
        for a, b in row:
            covered[a:b] += 1
        for (_, b), (c, _) in itertools.pairwise(row):
            if c > b:
                parted[b:c] += 1
    kept, texts = np.zeros(size, np.int32), np.zeros(size, np.int32)
    open_gap = parted > covered
    for row in spans:
        for a, b in row:
            texts[a:b] += 1
            if not _spans_a_gap(open_gap[a:b], covered[a:b], text_height * scale):
                kept[a:b] += 1
    allowed = 0 if len(rows) < 25 else len(rows) // 25
    free = kept <= allowed
    inked = np.flatnonzero(~free)
    found: list[Separator] = []
    if inked.size:
        narrowest = max(2.0, 0.22 * text_height * scale)
        for a, b in _stretches(free[: inked[-1] + 1], int(inked[0])):
            if b - a >= narrowest:
                weight = texts[a:b]
                best = np.flatnonzero(weight == weight.min())
                found.append(Separator(left + (a + float(best.mean()) + 0.5) / scale))
    found = _without_ghosts(found, rows)
    return _with_rulings(found, rows, vertical, box, text_height)[:MAX_COLUMNS]


def _spans_a_gap(open_gap: NDArray[np.bool_], covered: Counts, unit: float) -> bool:
    """Tell whether a run reaches over a gap that most rows keep open, into text on both of its sides."""
    closed = np.flatnonzero(~open_gap & (covered > 1))
    if closed.size < 2:
        return False
    inner = open_gap[closed[0] : closed[-1]]
    return bool(inner.sum() >= max(2.0, 0.3 * unit)) and closed.size >= 0.5 * unit


def _stretches(free: NDArray[np.bool_], start: int) -> list[tuple[int, int]]:
    steps = np.flatnonzero(np.diff(np.concatenate(([0], free[start:].astype(np.int8), [0]))))
    return [(start + int(a), start + int(b)) for a, b in zip(steps[0::2], steps[1::2], strict=True)]


def _without_ghosts(found: list[Separator], rows: Sequence[Sequence[TextPiece]]) -> list[Separator]:
    """Drop columns made of one run only, unless its row fills both neighbours: a stray text is no column."""
    kept = list(found)
    k = 0
    while 0 <= k <= len(kept) and kept:
        low = kept[k - 1].at if k else -np.inf
        high = kept[k].at if k < len(kept) else np.inf
        inside = [(i, run) for i, row in enumerate(rows) for run in row if low <= run.xc < high]
        lone = len({i for i, _ in inside}) <= (1 if len(rows) >= 4 else 0)
        if lone and inside:
            row = rows[inside[0][0]]
            neighbours = sum(1 for run in row if not low <= run.xc < high)
            lone = neighbours < len(kept)
        if lone:
            gap_left = kept[k - 1] if k else None
            gap_right = kept[k] if k < len(kept) else None
            del kept[k if gap_left is None or (gap_right is not None and not inside) else k - 1]
            k = max(0, k - 1)
        else:
            k += 1
    return kept


def _with_rulings(
    found: list[Separator], rows: Sequence[Sequence[TextPiece]], vertical: Sequence[Ruling], box: Box, unit: float
) -> list[Separator]:
    """Move separators onto the vertical rulings beside them; add long rulings that have none."""
    height = max(box[3] - box[1], 1.0)
    texts = [run for row in rows for run in row]
    groups: list[list[Ruling]] = []
    for line in sorted(vertical, key=lambda r: r.at):
        if groups and line.at - groups[-1][-1].at <= 0.45 * unit:
            groups[-1].append(line)
        else:
            groups.append([line])
    edges = [run.x1 for run in texts] or [box[0]]
    ends = [run.x2 for run in texts] or [box[2]]
    result = list(found)
    for group in groups:
        length = sum(r.length for r in group)
        at = sum(r.at * r.length for r in group) / length
        if at <= min(edges) + 0.3 * unit or at >= max(ends) - 0.3 * unit:
            continue
        crossed = sum(
            1
            for t in texts
            if t.x1 + 0.4 * unit < at < t.x2 - 0.4 * unit and any(r.start < t.yc < r.end for r in group)
        )
        if length < min(0.35 * height, 6 * unit) or crossed > 0.2 * max(len(rows), 4):
            continue
        near = [s for s in result if not s.rulings and not _text_between(texts, s.at, at, unit)]
        for s in near:
            result.remove(s)
        result.append(Separator(at, tuple(group)))
    return sorted(result, key=lambda s: s.at)


def _text_between(texts: Sequence[TextPiece], a: float, b: float, unit: float) -> bool:
    low, high = min(a, b), max(a, b)
    return sum(1 for t in texts if low <= t.xc <= high and t.x1 >= low - 0.5 * unit and t.x2 <= high + 0.5 * unit) > 0
