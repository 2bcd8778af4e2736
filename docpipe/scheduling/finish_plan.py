"""Holds a batch to its time with the least accuracy given up: the same price, over documents that are all known. Pure.

Every document that is left offers its climbs, from the cheapest configuration upwards; sorted by the accuracy that they
win per millisecond, they are taken until the workers' time is used up (the continuous knapsack: Dantzig, 1957). Times
are corrected by what documents took of late over what was expected of them, so a profile of another machine only
misjudges the beginning, and a neighbour who comes or goes in mid-run only the next documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docpipe.scheduling.ladder import Configuration, JointLadder
from docpipe.scheduling.price import NS_PER_MS

PRIOR_DOCUMENTS = 3.0
"""How many documents as expected the correction begins with: one odd document does not turn the plan over."""
LEAST_REMEMBERED, SHARE_REMEMBERED = 20.0, 0.05
"""Of how many documents, and of what share of the batch, the times correct the plan: older ones weigh less and less."""
SPREAD = 2_654_435_761
"""Knuth's multiplier: among equal offers neighbours in the list get different ranks, so a share is spread evenly."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a batch will end as things stand. Times are milliseconds from now."""

    ends_ms: float
    left_ms: float
    """Until the time is up; negative when it is over."""
    documents: int
    levels: Mapping[int, int]
    """Level of the joint ladder -> documents that are left and planned for it."""
    accuracy: float
    """Mean over the documents that are left."""
    correction: float
    """Times of late over those expected: 1.3 is a machine slower by 30 % than the profile's."""

    @property
    def possible(self) -> bool:
        """Whether the time is enough."""
        return self.ends_ms <= self.left_ms


@dataclass(frozen=True, slots=True)
class _Offer:
    gain_per_ms: float
    rank: int
    document: int
    below: int
    level: int
    ms: float


class FinishPlan:
    """Chooses a configuration for each document of a batch. Not safe from several threads: its owner holds a lock."""

    def __init__(
        self,
        ladder: JointLadder,
        documents: Sequence[tuple[str, float]],
        workers: int,
        ends: int,
        *,
        overhead_ms: float = 0.0,
    ) -> None:
        """Plan a batch.

        Args:
            documents: what each is called and its size; several may be called alike.
            ends: when all should be done, nanoseconds of the clock that `choose` is given.
            overhead_ms: of a document beside its stages, such as opening it.
        """
        self._workers, self._ends, self._overhead_ms = max(workers, 1), ends, overhead_ms
        self._sizes = [size for _, size in documents]
        self._left = dict.fromkeys(range(len(documents)))
        self._called: dict[str, list[int]] = {}
        for number in reversed(range(len(documents))):
            self._called.setdefault(documents[number][0], []).append(number)
        self._running: dict[str, list[tuple[int, float]]] = {}
        self._memory = 1.0 - 1.0 / max(LEAST_REMEMBERED, SHARE_REMEMBERED * len(documents))
        self._took_ms = self._expected_ms = 0.0
        self._planned_at = -1
        self._levels: dict[int, int] = {}
        self.replace_ladder(ladder)

    def replace_ladder(self, ladder: JointLadder) -> None:
        """Choose from other configurations from now on: rungs were closed or opened."""
        self.ladder = ladder
        self._planned_at = -1
        offers = []
        for number, size in enumerate(self._sizes):
            for climb in ladder.climbs_of_served():
                rank, slope, ms = number * SPREAD % 2**32, climb.gain_per_ms / size, climb.ms * size
                offers.append(_Offer(slope, rank, number, climb.below, climb.level, ms))
        self._offers = sorted(offers, key=lambda offer: (-offer.gain_per_ms, offer.level, offer.rank))

    @property
    def correction(self) -> float:
        """Times of late over those expected."""
        prior = PRIOR_DOCUMENTS * (self.ladder.configurations[self.ladder.top].ms + self._overhead_ms)
        return (self._took_ms + prior) / (self._expected_ms + prior) if prior > 0 else 1.0

    def choose(self, now: int, document: str) -> Configuration:
        """Return the configuration for a document that starts now, or again; the best for one not of the batch."""
        configurations = self.ladder.configurations
        if not self._called.get(document):
            begun = self._running.get(document)
            return configurations[min(begun[-1][0], self.ladder.top) if begun else self.ladder.top]
        self._plan_when_stale(now)
        number = self._called[document].pop()
        level = min(self._levels[number], self.ladder.top)
        del self._left[number]
        self._running.setdefault(document, []).append((level, self._ms(number, level)))
        return configurations[level]

    def learn_time(self, document: str, took_ms: float) -> None:
        """Learn how long a document took in its worker, from opening it to its result."""
        begun = self._running.get(document)
        if not begun:
            return
        self._took_ms = self._took_ms * self._memory + took_ms
        self._expected_ms = self._expected_ms * self._memory + begun.pop(0)[1]
        if not begun:
            del self._running[document]

    def forecast(self, now: int) -> Forecast:
        """Return how the batch will end as things stand."""
        self._plan(now)
        levels: dict[int, int] = {}
        for number in self._left:
            levels[self._levels[number]] = levels.get(self._levels[number], 0) + 1
        work = sum(self._ms(number, self._levels[number]) for number in self._left) + self._begun_ms()
        gained = sum(count * self.ladder.configurations[level].accuracy for level, count in levels.items())
        left = len(self._left)
        return Forecast(
            work * self.correction / self._workers,
            (self._ends - now) / NS_PER_MS,
            left,
            dict(sorted(levels.items())),
            gained / left if left else 1.0,
            self.correction,
        )

    def _ms(self, number: int, level: int) -> float:
        return self.ladder.configurations[level].ms * self._sizes[number] + self._overhead_ms

    def _begun_ms(self) -> float:
        """Return what documents in progress still need: half, as nobody knows how far they are."""
        return sum(ms for begun in self._running.values() for _, ms in begun) / 2

    def _plan_when_stale(self, now: int) -> None:
        """Plan again for each document of a small batch, after each half percent of a large one."""
        if self._planned_at < 0 or self._planned_at - len(self._left) >= max(1, len(self._sizes) // 200):
            self._plan(now)

    def _plan(self, now: int) -> None:
        self._planned_at = len(self._left)
        levels = dict.fromkeys(self._left, 0)
        spare = self._spare_ms(now)
        for offer in self._offers:
            if spare <= 0:
                break
            if levels.get(offer.document) == offer.below and offer.ms <= spare:
                spare -= offer.ms
                levels[offer.document] = offer.level
        self._levels = levels

    def _spare_ms(self, now: int) -> float:
        """Return the workers' time that is left over when every document that is left is read at the cheapest."""
        left_ms = (self._ends - now) / NS_PER_MS / self.correction
        cheapest = sum(self._ms(number, 0) for number in self._left)
        return left_ms * self._workers - self._begun_ms() - self._idle_ms() - cheapest

    def _idle_ms(self) -> float:
        """Return what is kept back for the end: some workers have nothing left to do, the last sizes are guesses."""
        if not self._left:
            return 0.0
        mean = sum(self._sizes[number] for number in self._left) / len(self._left)
        return (mean * self.ladder.configurations[-1].ms + self._overhead_ms) * self._workers / 2
