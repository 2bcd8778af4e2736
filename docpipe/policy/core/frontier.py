"""One ladder for all stages together: which stage gives way next, where time is to be saved at the least loss. Pure.

Accuracies are factors that multiply over the stages, so their logarithms add up, and the best combinations under a
budget of time are a knapsack. Its linear relaxation is solved by one sort: per stage the upper concave hull of (time,
weighted log accuracy) (monotone chain: Andrew, 1979), then all hull edges by falling slope (multiple-choice knapsack:
Sinha and Zoltners, 1979). Ladders are built once, as `log` differs between C libraries; what follows is + - x / only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

FLOOR = 1e-3
"""An accuracy factor of 0 has no logarithm; nothing is worth less than this."""


@dataclass(frozen=True, slots=True)
class Option:
    """A rung with its price: milliseconds for the reference document, and accuracy beside the best rung (1.0)."""

    rung: str
    ms: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class StageOptions:
    """What one stage offers. `weight` scales its log accuracy: 0.5 lets what is lost here count half."""

    stage: str
    options: tuple[Option, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Point:
    """One combination of rungs, in the order of the stages, with its time and the product of its accuracies.

    `gained` names the stage that climbed to come here from the point before, `slope` is the weighted log accuracy won
    for each millisecond by it; the first point, everything at its cheapest, has neither.
    """

    rungs: tuple[str, ...]
    ms: float
    accuracy: float
    gained: str | None = None
    slope: float | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A hull edge: one stage climbs to a better rung."""

    stage: int
    to: Option
    ms: float
    slope: float


def worth(option: Option, weight: float = 1.0) -> float:
    """Return the weighted log accuracy of an option."""
    return weight * math.log(max(option.accuracy, FLOOR))


def hull(options: Sequence[Option], weight: float = 1.0) -> tuple[Option, ...]:
    """Return the options on the upper concave hull of (time, log accuracy), cheapest first.

    Both rise from one to the next, and the slope falls: whatever is slower and no more accurate is left out, and
    whatever a mixture of its neighbours beats. Of equal ones the first stays.
    """
    kept: list[Option] = []
    for option in sorted(options, key=lambda o: (o.ms, -o.accuracy)):
        if kept and worth(option, weight) <= worth(kept[-1], weight):
            continue
        if kept and option.ms == kept[-1].ms:
            continue
        while len(kept) > 1 and _slope(kept[-2], kept[-1], weight) <= _slope(kept[-1], option, weight):
            kept.pop()
        kept.append(option)
    return tuple(kept)


def joint_ladder(stages: Sequence[StageOptions], base: float = 1.0) -> tuple[Point, ...]:
    """Return the combinations worth taking, cheapest first: each next one wins the most accuracy per millisecond.

    Args:
        stages: in the order of the pipeline, each with at least one option.
        base: the accuracy where every stage is on its best rung; it only scales what the points say.

    Raises:
        ValueError: a stage has no option.
    """
    if any(not stage.options for stage in stages):
        raise ValueError("every stage needs at least one rung with a time and an accuracy")
    hulls = [hull(stage.options, stage.weight) for stage in stages]
    taken = [options[0] for options in hulls]
    points = [_point(taken, base)]
    for edge in sorted(_edges(stages, hulls), key=lambda e: (-e.slope, e.stage)):
        taken[edge.stage] = edge.to
        points.append(_point(taken, base, stages[edge.stage].stage, edge.slope))
    return tuple(points)


def _edges(stages: Sequence[StageOptions], hulls: Sequence[Sequence[Option]]) -> list[Edge]:
    return [
        Edge(index, to, to.ms - start.ms, _slope(start, to, stage.weight))
        for index, (stage, options) in enumerate(zip(stages, hulls, strict=True))
        for start, to in pairwise(options)
    ]


def _slope(start: Option, to: Option, weight: float) -> float:
    return (worth(to, weight) - worth(start, weight)) / (to.ms - start.ms)


def _point(taken: Sequence[Option], base: float, gained: str | None = None, slope: float | None = None) -> Point:
    ms, accuracy = 0.0, base
    for option in taken:
        ms += option.ms
        accuracy *= option.accuracy
    return Point(tuple(option.rung for option in taken), ms, accuracy, gained, slope)
