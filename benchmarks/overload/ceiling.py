"""The ceiling: the most accuracy within the deadline that any scheduler could return, knowing the future.

A linear program over slots of 100 ms: document i takes configuration k by a share x_ik, and worker time y_is in slot s.
It may split and preempt, so that nothing real is above it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from docpipe.scheduling.ladder import JointLadder
from docpipe.scheduling.simulation import Arrival

SLOT_S = 0.1


def ceiling(documents: Sequence[Arrival], ladder: JointLadder, workers: int, deadline_s: float) -> float:
    """Return the greatest sum of accuracies of documents answered in time, over the number of documents."""
    return sum(best(documents, ladder, workers, deadline_s)) / len(documents)


def best(documents: Sequence[Arrival], ladder: JointLadder, workers: int, deadline_s: float) -> list[float]:
    """Return the accuracy of each document in a solution of the linear program.

    Raises:
        RuntimeError: it was not solved.
    """
    choices = [(c.ms / 1000, c.accuracy) for c in ladder.configurations]
    n, columns = len(documents), len(documents) * len(choices)
    gain = [-accuracy for _ in documents for _, accuracy in choices]
    upper = [1.0] * columns
    row: list[int] = []
    column: list[int] = []
    value: list[float] = []
    limits: list[float] = []
    by_slot: dict[int, list[int]] = {}

    def entry(at: int, weight: float) -> None:
        row.append(len(limits))
        column.append(at)
        value.append(weight)

    for i in range(n):
        for k in range(len(choices)):
            entry(i * len(choices) + k, 1.0)
        limits.append(1.0)
    for i, document in enumerate(documents):
        end = document.at_s + deadline_s
        for k, (seconds, _) in enumerate(choices):
            entry(i * len(choices) + k, seconds * document.size)
        slot = int(document.at_s / SLOT_S)
        while slot * SLOT_S < end - 1e-9:
            overlap = min(end, (slot + 1) * SLOT_S) - max(document.at_s, slot * SLOT_S)
            if overlap > 1e-9:
                entry(len(upper), -1.0)
                by_slot.setdefault(slot, []).append(len(upper))
                gain.append(0.0)
                upper.append(overlap)
            slot += 1
        limits.append(0.0)
    for columns_of_slot in by_slot.values():
        for at in columns_of_slot:
            entry(at, 1.0)
        limits.append(workers * SLOT_S)
    matrix = csr_matrix((value, (row, column)), shape=(len(limits), len(upper)))
    bounds = np.column_stack([np.zeros(len(upper)), upper])
    solved = linprog(gain, A_ub=matrix, b_ub=limits, bounds=bounds, method="highs")
    if solved.status != 0:
        raise RuntimeError(f"the linear program was not solved: {solved.message}")
    shares = solved.x[:columns].reshape(n, len(choices))
    return [float(value) for value in shares @ [accuracy for _, accuracy in choices]]
