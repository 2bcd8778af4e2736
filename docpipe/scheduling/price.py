"""One price for time: how much accuracy a millisecond of a worker must win to be spent.

Everything that waits and is expected within a horizon competes for the workers' time. Each document offers climbs:
from nothing to the cheapest configuration, and from each configuration to the next. Sorted by the accuracy that they
win per millisecond, they are taken until the time is used up; the climb at the edge sets the price. This is the greedy
solution of the continuous knapsack (Dantzig, 1957); a share of the climb at the edge is taken, exact over time by error
diffusion (Floyd and Steinberg, 1976), and no random number is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docpipe.scheduling.ladder import JointLadder

NS_PER_MS = 1_000_000
TICKS_PER_DEADLINE = 60
"""Arrival rates are forgotten by a fixed factor at each tick, not by `exp`, which differs between C libraries."""

CLASS_EDGES = (0.35, 0.45, 0.57, 0.72, 0.9, 1.13, 1.43, 1.8, 2.3, 2.9, 3.7)
"""Sizes that part the twelve classes, each about 1.26 times the one before. 1 is the reference document."""


def class_of(size: float) -> int:
    """Return the size class of a document, 0 to 11."""
    for index, edge in enumerate(CLASS_EDGES):
        if size < edge:
            return index
    return len(CLASS_EDGES)


@dataclass(frozen=True, slots=True)
class PriceSettings:
    """How far the price looks ahead, and how much of the workers' time it may promise."""

    horizon_ms: float
    """What arrives within this time counts as competing."""
    load: float = 1.9
    """Share of the workers' time in the horizon that may be promised to documents that would else not be served. Above
    1, as the horizon is shorter than what a document may wait, and the queue may drain after it."""
    climb_load: float = 1.5
    """The same for better rungs: time given to them cannot be had back when a burst comes."""
    memory: float = 0.993
    """What is left of an arrival's weight after a tick: 0.993 forgets half within 99 ticks, 1.6 deadlines."""
    tick_ns: int = 10 * NS_PER_MS


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a millisecond, and how much of the demand exactly at it can be met."""

    per_ms: float
    share: float
    edge: tuple[int, int] | None = None
    """Size class and level of the climb at the price."""


_Offer = tuple[float, int, int, float]
"""Gain per millisecond, size class, level, milliseconds. A plain tuple, as every decision walks over these."""


class PriceModel:
    """Keeps who waits and who is to come, by size class, and prices a millisecond by it.

    A decision walks at most (levels x 12) offers, whatever the length of the queue.
    """

    def __init__(self, ladder: JointLadder, settings: PriceSettings, workers: int) -> None:
        self.settings = settings
        self.workers = workers
        self._waiting = [0] * (len(CLASS_EDGES) + 1)
        self._arrivals = [0.0] * (len(CLASS_EDGES) + 1)
        self._ticked_at = 0
        self.replace_ladder(ladder)

    def replace_ladder(self, ladder: JointLadder) -> None:
        """Take another ladder: rungs were closed or opened, or a new plan was loaded."""
        self.ladder = ladder
        sizes = [_typical_size(index) for index in range(len(CLASS_EDGES) + 1)]
        offers: list[_Offer] = [
            (climb.gain / (climb.ms * size), index, climb.level, climb.ms * size)
            for index, size in enumerate(sizes)
            for climb in ladder.climbs()
        ]
        self._offers = tuple(sorted(offers, key=lambda offer: (-offer[0], offer[1])))

    def arrived(self, now: int, size: float) -> None:
        """Count a document that asks for service; it waits from now on."""
        self.advance(now)
        index = class_of(size)
        self._arrivals[index] += 1.0
        self._waiting[index] += 1

    def left(self, size: float) -> None:
        """Count a document that no longer waits: started, refused or given up."""
        self._waiting[class_of(size)] -= 1

    def advance(self, now: int) -> None:
        """Let time pass: older arrivals weigh less."""
        ticks = (now - self._ticked_at) // self.settings.tick_ns
        if ticks <= 0:
            return
        self._ticked_at += ticks * self.settings.tick_ns
        if ticks > 5_000:
            self._arrivals = [0.0] * len(self._arrivals)
            return
        factor = _power(self.settings.memory, ticks)
        self._arrivals = [weight * factor for weight in self._arrivals]

    def rates(self) -> Sequence[float]:
        """Return expected arrivals per millisecond by size class."""
        per_ms = (1.0 - self.settings.memory) / (self.settings.tick_ns / NS_PER_MS)
        return [weight * per_ms for weight in self._arrivals]

    def price(self, own_ms_free: float = 0.0) -> Price:
        """Return what a millisecond costs now; 0 where there is time for everything.

        `own_ms_free` is time of the workers already promised to documents in progress.
        """
        horizon = self.settings.horizon_ms
        left = self.settings.load * self.workers * horizon - own_ms_free
        kept = (self.settings.load - self.settings.climb_load) * self.workers * horizon
        per_ms = (1.0 - self.settings.memory) / (self.settings.tick_ns / NS_PER_MS) * horizon
        demand = [waiting + weight * per_ms for waiting, weight in zip(self._waiting, self._arrivals, strict=True)]
        for gain_per_ms, size_class, level, ms in self._offers:
            cost = ms * demand[size_class]
            spare = left - kept if level else left
            if cost >= spare and cost > 0.0:
                return Price(gain_per_ms, max(0.0, spare) / cost, (size_class, level))
            left -= cost
        return Price(0.0, 1.0)


def _typical_size(index: int) -> float:
    low = CLASS_EDGES[index - 1] if index else CLASS_EDGES[0] / 1.26
    high = CLASS_EDGES[index] if index < len(CLASS_EDGES) else CLASS_EDGES[-1] * 1.26
    return (low + high) / 2


def _power(factor: float, times: int) -> float:
    """Return factor ** times by multiplication alone, so that every machine gets the same bits."""
    result = 1.0
    while times:
        if times & 1:
            result *= factor
        factor *= factor
        times >>= 1
    return result
