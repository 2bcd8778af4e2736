"""How long documents really took, beside what the profile said: on the whole, and how far single ones were off.

The whole corrects the times of the profile. The tails are what must be left of a deadline beyond the corrected time, so
that most documents are in time: sizes are guesses, threads wake late, other work comes between. Each is a quantile that
is followed by small steps up where a document took more, down where it took less (Robbins and Monro, 1951).
"""

from __future__ import annotations

from typing import NamedTuple

LEAST_CORRECTION, MOST_CORRECTION = 0.5, 10.0
PRIOR_DOCUMENTS = 10.0
"""How many documents as expected the correction of times begins with."""
MEMORY = 0.95
"""What is left of the weight of what a document took, over what was expected of it, after the next document."""
STEP = 0.01
"""By how much of itself a tail moves, times the share that it stands for."""
LEAST_TAIL, MOST_TAIL = 1.03, 5.0


class Pace(NamedTuple):
    """What is expected of times now. The tails begin as they are where sizes are guessed with 15 % of error."""

    correction: float = 1.0
    """Times of late over those of the profile: 1.3 is a machine that is slower by 30 % than it was then."""
    at_start: float = 1.21
    """What 90 of 100 documents take at most over the corrected time."""
    at_stage: float = 1.17
    """85 of 100: for a document in progress, which can be lowered again at the next stage."""
    at_refusal: float = 1.28
    """95 of 100: a document that may be later than that is not begun where others wait. Its time serves one of them
    surely; beginning what was in time with 70 of 100 only answered fewer in time, and three times as many late."""


SHARES = (0.9, 0.85, 0.95)


class PaceOfLate:
    """Follows it; `now` is replaced, never changed."""

    def __init__(self, usual_ms: float) -> None:
        """`usual_ms` is the time of an ordinary document, for the documents that it begins with."""
        self.now = Pace()
        self._took_ms = self._expected_ms = PRIOR_DOCUMENTS * usual_ms

    def took(self, took_ms: float, expected_ms: float, then: Pace) -> None:
        """Learn what a document took, without waiting, beside the profile's time; `then` was expected at its start."""
        self._took_ms = self._took_ms * MEMORY + took_ms
        self._expected_ms = self._expected_ms * MEMORY + expected_ms
        correction = min(max(self._took_ms / self._expected_ms, LEAST_CORRECTION), MOST_CORRECTION)
        ratio = took_ms / (expected_ms * then.correction)
        self.now = Pace(correction, *map(_follow, self.now[1:], SHARES, (ratio,) * 3))


def _follow(tail: float, share: float, ratio: float) -> float:
    moved = tail * (1.0 + STEP * share if ratio > tail else 1.0 - STEP * (1.0 - share))
    return min(max(moved, LEAST_TAIL), MOST_TAIL)
