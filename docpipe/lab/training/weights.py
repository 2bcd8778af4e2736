"""Fits how much each mark of an option counts, and what its lead means, on documents the networks had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class WeightChoice:
    """The marks of one field's options on one document (options x marks), and which of them are right."""

    marks: NDArray[np.float64]
    right: NDArray[np.bool_]


def fit_weights(
    choices: Sequence[WeightChoice], prior: Sequence[float], strength: float = 1.0, steps: int = 400
) -> tuple[float, ...]:
    """Return the weights under which the right options are most probable (conditional logit, McFadden 1974).

    Documents whose options are all wrong say nothing. `prior` are the weights to stay near where little is known;
    no mark may count against an option.
    """
    usable = [c for c in choices if c.right.any() and not c.right.all()]
    weights = np.array(prior, dtype=np.float64)
    base = weights.copy()
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, steps + 1):
        gradient = strength * (weights - base)
        for choice in usable:
            chances = _softmax(choice.marks @ weights)
            hit = chances * choice.right
            gradient += choice.marks.T @ chances - choice.marks.T @ (hit / max(hit.sum(), 1e-12))
        gradient /= max(len(usable), 1)
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        weights -= 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-9)
    return tuple(float(round(w, 4)) for w in weights)


def fit_curve(leads: Sequence[float], right: Sequence[bool], steps: int = 60) -> tuple[float, float]:
    """Return slope and shift of Platt's curve through leads and outcomes, with his targets for few samples.

    J. Platt, Probabilistic outputs for support vector machines, 1999.
    """
    x, y = np.asarray(leads, dtype=np.float64), np.asarray(right, dtype=np.float64)
    good, bad = y.sum(), len(y) - y.sum()
    target = np.where(y > 0, (good + 1) / (good + 2), 1 / (bad + 2))
    slope, shift = 0.5, 0.0
    for _ in range(steps):
        probability = 1 / (1 + np.exp(-np.clip(slope * x + shift, -30, 30)))
        weight = probability * (1 - probability) + 1e-6
        error = probability - target
        hessian = np.array([[weight @ x**2 + 1e-3, weight @ x], [weight @ x, weight.sum() + 1e-3]])
        gradient = np.array([error @ x + 1e-3 * (slope - 0.5), error.sum()])
        change = np.linalg.solve(hessian, gradient)
        slope, shift = slope - float(np.clip(change[0], -1, 1)), shift - float(np.clip(change[1], -1, 1))
    return max(0.05, round(slope, 4)), round(shift, 4)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.exp(scores - scores.max())
    result: NDArray[np.float64] = shares / shares.sum()
    return result
