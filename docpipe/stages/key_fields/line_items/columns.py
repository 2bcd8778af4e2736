"""Which column each piece of a row stands in: in order from left to right, at the least total distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from docpipe.stages.key_fields.line_items.heading import HeadingColumn
from docpipe.stages.key_fields.line_items.pieces import Piece
from docpipe.stages.key_fields.line_items.vocabulary import NUMERIC, TEXTS

LOST_WORDS = 3.0
"""The same for words."""
LOST = 7.0
"""Cost, in line heights, of a piece that stands in no column; one further away than this is left out."""
CENTRED = 2.0
"""What it costs to put words left of the heading over them, where no other column stands."""
APART = 3.0
"""What it costs extra that piece and column do not overlap sideways."""
WRONG_KIND = 5.0
"""What it costs to put a number into a column of words, where it does not lie inside."""
ENOUGH = 2
"""So many numbers of a column say where its numbers begin and end."""
Placed = dict[str, list[Piece]]


def place(pieces: Sequence[Piece], columns: Sequence[HeadingColumn]) -> Placed:
    """Return the pieces by column; those that stand in none are under `""`.

    Dynamic programming over pieces and columns, both from left to right: a column of numbers takes one piece, a column
    of words several. Time is proportional to pieces x columns.
    """
    n, m = len(pieces), len(columns)
    words = next((j for j, column in enumerate(columns) if column.name == "description"), -1)
    free = max((c.x2 for c in columns[:words] if words >= 0), default=float("-inf"))
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    choice: list[list[int]] = [[0] * (m + 1) for _ in range(n + 1)]
    for i in range(1, n + 1):
        lost = LOST if pieces[i - 1].number else LOST_WORDS
        best[i][0] = best[i - 1][0] + lost
        choice[i][0] = 1
        for j in range(1, m + 1):
            column = columns[j - 1]
            cost, how = best[i - 1][j] + lost, 1  # the piece stands in none
            if best[i][j - 1] < cost:
                cost, how = best[i][j - 1], 2  # the column is empty from here on
            near = _cost(pieces[i - 1], column)
            if j - 1 == words and not pieces[i - 1].number and free <= pieces[i - 1].x1:
                near = min(near, CENTRED)  # words may begin left of a heading that is centred over them
            if near < LOST:
                if best[i - 1][j - 1] + near < cost:
                    cost, how = best[i - 1][j - 1] + near, 3
                if column.name not in NUMERIC and best[i - 1][j] + near < cost:
                    cost, how = best[i - 1][j] + near, 4  # the column goes on
            best[i][j], choice[i][j] = cost, how
    placed: Placed = {}
    i, j = n, m
    while i > 0:
        how = choice[i][j]
        if how == 2:
            j -= 1
            continue
        name = columns[j - 1].name if how in (3, 4) else ""
        placed.setdefault(name, []).insert(0, pieces[i - 1])
        i, j = i - 1, j - (how == 3)
    return placed


def _cost(piece: Piece, column: HeadingColumn) -> float:
    """Return how far a piece stands from a column, in line heights; `LOST` and more where it cannot stand there."""
    height = max(piece.height, 1.0)
    x1, x2 = piece.x1, piece.x2
    off = min(abs(x1 - column.x1), abs(x2 - column.x2), abs(x1 + x2 - column.x1 - column.x2) / 2)
    left, right = column.x1, column.x2
    if column.left is not None and column.right is not None:
        off = min(off, abs(x1 - column.left), abs(x2 - column.right))
        left, right = min(left, column.left), max(right, column.right)
    apart = min(x2, right) - max(x1, left) <= 0
    cost = off / height + (APART if apart else 0.0)
    if column.name in NUMERIC:
        return cost if piece.number else LOST
    if column.name == "description":
        inside = left - height <= x1
        if piece.number:
            return cost + (0.5 if inside and not apart else WRONG_KIND)
        return min(cost, 1.5 + (max(0.0, left - x1) / height)) if x2 > left else cost
    if column.name == "unit" and piece.number:
        return cost + WRONG_KIND
    return cost


def refine(
    columns: Sequence[HeadingColumn], rows: Sequence[Mapping[str, Sequence[Piece]]]
) -> tuple[HeadingColumn, ...]:
    """Return the columns with where their numbers (or words) begin and end in rows already placed."""
    found = []
    for column in columns:
        pieces = [row[column.name] for row in rows if row.get(column.name)] if column.name else []
        if len(pieces) >= ENOUGH and column.name in NUMERIC | TEXTS:
            left = median(p[0].x1 for p in pieces)
            right = median(p[-1].x2 for p in pieces)
            column = replace(column, left=left, right=right)
        found.append(column)
    return tuple(found)
