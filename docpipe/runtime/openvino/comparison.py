"""Compares what a model says on OpenVINO with what it says on ONNX Runtime, on docpipe's own sample documents.

Both engines run the same network, but not the same arithmetic: OpenVINO fuses other operators, gets crops padded to
whole steps and may calculate with 16 bits. Words and spotting (regions found at an overlap of one half) are F1 scores.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from docpipe.runtime.openvino.samples import Answer, Box, Question
from docpipe.runtime.ort.predictors import Predictor

MOST_POINTS = 0.2
"""Percentage points by which words or spotting may differ, up or down."""

LEAST_ALIKE = 0.99
"""How much of what they say both engines must have in common: labels say nothing of a script that they lack."""

OVERLAP = 0.5
"""Intersection over union from which two boxes are one."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two engines answered the same questions."""

    words_points: float
    """Difference of the word scores in percentage points."""
    spotting_points: float
    """The same for boxes; where none are labelled, ONNX Runtime's are right."""
    alike: float
    """F1 of all that one engine said against all that the other did, boxes or text, whichever is less; 0 to 1."""
    onnxruntime_ms: float
    """CPU time of the questions, in milliseconds, after both had met their shapes; 0 where that was not measured."""
    openvino_ms: float

    @property
    def refusal(self) -> str:
        """Return why OpenVINO must not run this model, or nothing."""
        if max(self.words_points, self.spotting_points) <= MOST_POINTS and self.alike >= LEAST_ALIKE:
            return ""
        return (
            f"OpenVINO reads docpipe's samples otherwise than ONNX Runtime: words differ by {self.words_points:.2f} "
            f"points, spotting by {self.spotting_points:.2f} (at most {MOST_POINTS}), {self.alike:.1%} alike"
        )


def compare(
    reference: Predictor,
    other: Predictor,
    asked: Sequence[Question],
    rounds: int = 0,
    clock: Callable[[], float] = time.process_time,
) -> Comparison:
    """Let ONNX Runtime (`reference`) and OpenVINO answer in turns; `rounds` more for the time they take."""
    pairs = [(_answer(reference, question), _answer(other, question)) for question in asked]
    took = [0.0, 0.0]
    for _ in range(rounds):
        for question in asked:
            for place, predictor in enumerate((reference, other)):
                started = clock()
                _answer(predictor, question)
                took[place] += (clock() - started) / rounds
    words, spotting, said = _Score(_common), _Score(_common_boxes), _Score(_common)
    for question, (first, second) in zip(asked, pairs, strict=True):
        truth = question.truth or first
        words.add(first.words, second.words, truth.words)
        spotting.add(first.boxes, second.boxes, truth.boxes)
        said.add(first.said, second.said, first.said)
    alike = min(said.alike(), spotting.alike())
    return Comparison(words.points(), spotting.points(), alike, took[0] * 1000, took[1] * 1000)


def _answer(predictor: Predictor, question: Question) -> Answer:
    return question.read(predictor.predict(list(question.inputs), batch_size=1, **question.options))


class _Score:
    """Counts over all samples: what each engine has in common with the truth, and with the other."""

    def __init__(self, common: Callable[[Any, Any], int]) -> None:
        self._count = common
        self._common, self._sizes = [0, 0, 0], [0, 0, 0]

    def add(self, first: Sequence[Any], second: Sequence[Any], truth: Sequence[Any]) -> None:
        for place, (a, b) in enumerate(((first, truth), (second, truth), (first, second))):
            self._common[place] += self._count(a, b)
            self._sizes[place] += len(a) + len(b)

    def points(self) -> float:
        return abs(self._share(0) - self._share(1)) * 100

    def alike(self) -> float:
        return self._share(2)

    def _share(self, place: int) -> float:
        return 2 * self._common[place] / self._sizes[place] if self._sizes[place] else 1.0


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    return (Counter(first) & Counter(second)).total()


def _common_boxes(first: Sequence[Box], second: Sequence[Box]) -> int:
    """Return how many boxes of one list have a partner of their own in the other, the best pairs first."""
    if not len(first) or not len(second):
        return 0
    a, b = np.array(first, dtype=np.float64)[:, None], np.array(second, dtype=np.float64)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    common = np.clip(sides, 0, None).prod(axis=-1)
    area_a, area_b = ((box[..., 2:] - box[..., :2]).prod(axis=-1) for box in (a, b))
    overlap = common / np.maximum(area_a + area_b - common, 1e-9)
    pairs = 0
    while overlap.size and (best := overlap.argmax()) is not None and overlap.flat[best] >= OVERLAP:
        row, column = np.unravel_index(best, overlap.shape)
        overlap[row, :] = overlap[:, column] = 0
        pairs += 1
    return pairs
