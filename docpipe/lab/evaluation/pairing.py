"""Pairs two lists one to one for the greatest sum of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Edges = Mapping[int, Sequence[tuple[int, float]]]


def best_pairs(weights: NDArray[np.float64]) -> dict[int, int]:
    """Return row -> column of the pairs whose weights have the greatest sum; a weight of 0 forbids a pair.

    Pairs are added one at a time along the path that gains most (successive augmenting paths), until none gains. Each
    stays within the rows and columns that compete with each other, which on a page of text are few.
    """
    edges = {int(i): [(int(j), float(weights[i, j])) for j in np.flatnonzero(row)] for i, row in enumerate(weights)}
    pairs: dict[int, int] = {}
    for rows in _group_competing(edges):
        pairs.update(_assign(rows, edges))
    return dict(sorted(pairs.items()))


def _group_competing(edges: Edges) -> list[list[int]]:
    """Return the rows in groups that share columns, directly or through others."""
    by_column: dict[int, list[int]] = {}
    for i, found in edges.items():
        for j, _ in found:
            by_column.setdefault(j, []).append(i)
    groups, seen = [], set()
    for start in edges:
        if start in seen or not edges[start]:
            continue
        seen.add(start)
        group = [start]
        for i in group:  # grows while it is walked
            for j, _ in edges[i]:
                fresh = [other for other in by_column[j] if other not in seen]
                seen.update(fresh)
                group += fresh
        groups.append(sorted(group))
    return groups


def _assign(rows: Sequence[int], edges: Edges) -> dict[int, int]:
    pairs: dict[int, int] = {}
    while (path := _best_path(rows, edges, pairs)) is not None:
        pairs.update(path)
    return pairs


def _best_path(rows: Sequence[int], edges: Edges, pairs: Mapping[int, int]) -> dict[int, int] | None:
    """Return the pairs to be set so that one more row is paired and the sum grows most; None where it would not grow.

    Bellman-Ford over alternating paths: from a free row by a free pair to a column, and by a set pair back to its row.
    """
    holder = {j: i for i, j in pairs.items()}
    gain = {i: 0.0 for i in rows if i not in pairs}
    came: dict[int, int] = {}  # column -> the row it is reached from
    reached: dict[int, float] = {}
    queue = list(gain)
    while queue:
        changed = []
        for i in queue:
            for j, weight in edges[i]:
                if pairs.get(i) == j or gain[i] + weight <= reached.get(j, -np.inf) + 1e-12:
                    continue
                reached[j], came[j] = gain[i] + weight, i
                back = holder.get(j)
                if back is not None:
                    gain[back] = reached[j] - dict(edges[back])[j]
                    changed.append(back)
        queue = changed
    ends = [(total, -j) for j, total in reached.items() if j not in holder]
    if not ends or max(ends)[0] <= 1e-12:
        return None
    column: int | None = -max(ends)[1]
    path: dict[int, int] = {}
    while column is not None:
        row = came[column]
        path[row] = column
        column = pairs.get(row)
    return path
