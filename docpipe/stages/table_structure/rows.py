"""Text rows: runs of text that stand side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from docpipe.stages.table_structure.pieces import TextPiece

MAX_ROWS = 400
MAX_RUNS = 200
"""In one row."""


def text_height(pieces: Sequence[TextPiece]) -> float:
    """Return the usual height of a line of text, 12 where there is none."""
    return max(4.0, median(p.height for p in pieces)) if pieces else 12.0


def text_rows(runs: Sequence[TextPiece]) -> list[list[TextPiece]]:
    """Group runs into rows from top to bottom, each from left to right; no more than MAX_ROWS of them.

    A run joins the row whose middle it overlaps, if it does not cover in x what is already there.
    """
    rows: list[list[TextPiece]] = []
    middles: list[float] = []
    heights: list[float] = []
    usual = text_height(runs)
    for run in sorted(runs, key=lambda p: (p.yc, p.x1)):
        best, distance = -1, math.inf
        for k in range(len(rows) - 1, max(-1, len(rows) - 6), -1):
            off = abs(run.yc - middles[k])
            if off > 0.45 * min(max(run.height, heights[k]), 1.6 * usual) or off >= distance:
                continue
            if len(rows[k]) >= MAX_RUNS:
                continue
            if any(min(run.x2, p.x2) - max(run.x1, p.x1) > 0.3 * usual for p in rows[k]):
                continue
            best, distance = k, off
        if best < 0:
            if len(rows) >= MAX_ROWS:
                break
            rows.append([run])
            middles.append(run.yc)
            heights.append(run.height)
        else:
            row = rows[best]
            row.append(run)
            middles[best] += (run.yc - middles[best]) / len(row)
            heights[best] += (run.height - heights[best]) / len(row)
    order = sorted(range(len(rows)), key=lambda k: middles[k])
    return [sorted(rows[k], key=lambda p: p.x1) for k in order]


def middle(row: Sequence[TextPiece]) -> float:
    """Return the height at which a row stands, in pixels."""
    return sum(p.yc for p in row) / len(row)
