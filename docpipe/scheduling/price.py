"""One price for time: how much accuracy a millisecond of a worker must win to be spent.

Everything that waits and is expected within a horizon competes for the workers' time. Each document offers climbs:
from nothing to the first configuration that is worth its time, and from each configuration to the next. Being served
comes first; among that, and then among better rungs, climbs are sorted by the accuracy that they win per millisecond
and taken until the time is used up; the climb at the edge sets the price. This is the greedy solution of the continuous
knapsack (Dantzig, 1957); a share of the climb at the edge is taken, exact over time by error diffusion (Floyd and
Steinberg, 1976), and no random number is drawn. A better rung must also win more than what its time may cost those who
are refused for it later (`refusal_risk`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import add, mul
from typing import NamedTuple

from docpipe.scheduling.ladder import JointLadder
from docpipe.scheduling.refusal_risk import refusal_risk

NS_PER_MS = 1_000_000
TICKS_PER_DEADLINE = 60
"""Arrival rates are forgotten by a fixed factor at each tick, not by `exp`, which differs between C libraries."""

CLASS_EDGES = (0.35, 0.45, 0.57, 0.72, 0.9, 1.13, 1.43, 1.8, 2.3, 2.9, 3.7)
"""Sizes that part the twelve classes, each about 1.26 times the one before. 1 is the reference document."""


def class_of(size: float) -> int:
    """Return the size class of a document, 0 to 11."""
    return bisect_right(CLASS_EDGES, size)


@dataclass(frozen=True, slots=True)
class PriceSettings:
    """How far the price looks ahead, and how much of the workers' time it may promise."""

    horizon_ms: float
    """What arrives within this time counts as competing."""
    load: float = 1.7
    """Share of the workers' time in the horizon that may be promised to documents that would else not be served. Above
    1, as the horizon is shorter than what a document may wait, and the queue may drain after it."""
    climb_load: float = 1.5
    """The same for better rungs: time given to them cannot be had back when a burst comes."""
    memory: float = 0.993
    """What is left of an arrival's weight after a tick: 0.993 forgets half within 99 ticks, 1.6 deadlines."""
    tick_ns: int = 10 * NS_PER_MS
    room_ms: float = 360.0
    """How long all that waits may take at the cheapest before documents are likely to be refused."""
    burstiness: float = 1.1
    """docpipe/scheduling/refusal_risk.py"""
    refusal_weight: float = 1.0
    """What a refusal costs, in answers at the cheapest; 0 leaves the risk of one out of the price."""


class Price(NamedTuple):
    """The price of a millisecond, and how much of the demand exactly at it can be met."""

    per_ms: float
    """What a better rung must win for each millisecond."""
    share: float
    edge: tuple[int, int] | None = None
    """Size class and level of the climb at the price."""
    to_be_served: float | None = None
    """What being served at all must win for each millisecond, where there is no time for better rungs; else None."""


_Offer = tuple[float, int, int, float, bool]
"""Gain per millisecond, size class, level, milliseconds, whether it is a climb from nothing: being served at all."""


class PriceModel:
    """Keeps who waits and who is to come, by size class, and prices a millisecond by it.

    Beside each offer stands the time, by size class, that it and all better ones ask for. It is worked out when the
    ladder changes; a decision then finds the price by bisection over at most (levels x 12) offers, whatever the length
    of the queue.
    """

    def __init__(self, ladder: JointLadder, settings: PriceSettings, workers: int) -> None:
        self.workers = workers
        self._waiting = [0] * (len(CLASS_EDGES) + 1)
        self._arrivals = [0.0] * (len(CLASS_EDGES) + 1)
        """Documents expected within the horizon, if they go on coming as they did."""
        self._ticked_at = self._last_at = 0
        self._arriving = 0.0
        """Their sum, so that no decision has to add them up; the next two are times of being served at all."""
        self._arriving_ms, self._waiting_ns = 0.0, 0
        self._apply(settings)
        self.replace_ladder(ladder)

    def look_ahead(self, settings: PriceSettings) -> None:
        """Look ahead and back by other times from now on; what has come so far counts on."""
        factor = 1.0 / self._expected
        self._apply(settings)
        self._arrivals = [expected * factor * self._expected for expected in self._arrivals]
        self._add_up()

    def _apply(self, settings: PriceSettings) -> None:
        self.settings = settings
        horizon_ms = settings.horizon_ms
        self._budget_ms = settings.load * self.workers * horizon_ms
        self._kept_ms = (settings.load - settings.climb_load) * self.workers * horizon_ms
        self._expected = (1.0 - settings.memory) / (settings.tick_ns / NS_PER_MS) * horizon_ms

    def replace_ladder(self, ladder: JointLadder) -> None:
        """Take another ladder: rungs were closed or opened, or a new plan was loaded."""
        self.ladder = ladder
        sizes = [_typical_size(index) for index in range(len(CLASS_EDGES) + 1)]
        offers: list[_Offer] = [
            (climb.gain / (climb.ms * size), index, climb.level, climb.ms * size, climb.below < 0)
            for index, size in enumerate(sizes)
            for climb in ladder.climbs()
        ]
        self._offers = tuple(sorted(offers, key=lambda offer: (not offer[4], -offer[0], offer[1])))
        asked = [0.0] * len(sizes)
        self._asked_ms = [tuple(asked)]
        for _, index, _, ms, _ in self._offers:
            asked[index] += ms
            self._asked_ms.append(tuple(asked))
        self._last_at = 0
        first = ladder.climbs()[0]
        self._dearest_climb = next((gain for gain, _, _, _, serves in self._offers if not serves), 0.0)
        self._served_gain, self._serve_ms = first.gain, tuple(first.ms * size for size in sizes)
        self._serve_ns = tuple(int(ms * NS_PER_MS) for ms in self._serve_ms)
        self._add_up()

    def _add_up(self) -> None:
        self._arriving = sum(self._arrivals)
        self._arriving_ms = sum(map(mul, self._serve_ms, self._arrivals))
        self._waiting_ns = sum(map(mul, self._serve_ns, self._waiting))

    def count_arrival(self, size: float) -> None:
        """Count a document that asks for service; it waits from now on."""
        index = class_of(size)
        self._arrivals[index] += self._expected
        self._waiting[index] += 1
        self._arriving += self._expected
        self._arriving_ms += self._expected * self._serve_ms[index]
        self._waiting_ns += self._serve_ns[index]

    def count_departure(self, size: float) -> None:
        """Count a document that no longer waits: started, refused or given up."""
        index = class_of(size)
        self._waiting[index] -= 1
        self._waiting_ns -= self._serve_ns[index]

    def advance(self, now: int) -> None:
        """Let time pass: older arrivals weigh less."""
        ticks = (now - self._ticked_at) // self.settings.tick_ns
        if ticks <= 0:
            return
        self._ticked_at += ticks * self.settings.tick_ns
        if ticks > 5_000:
            self._arrivals = [0.0] * len(self._arrivals)
            self._arriving = self._arriving_ms = 0.0
            return
        factor = _power(self.settings.memory, ticks)
        self._arrivals = list(map(mul, self._arrivals, repeat(factor)))
        self._arriving *= factor
        self._arriving_ms *= factor

    def rates(self) -> Sequence[float]:
        """Return expected arrivals per millisecond by size class."""
        return [expected / self.settings.horizon_ms for expected in self._arrivals]

    def price(self, own_ms_free: float = 0.0, correction: float = 1.0) -> Price:
        """Return what a millisecond costs now; 0 where there is time for everything.

        Args:
            own_ms_free: time of the workers already promised to documents in progress.
            correction: times of late over those of the profile, which all others here are.
        """
        demand = list(map(add, self._waiting, self._arrivals))
        left = self._budget_ms / correction - own_ms_free
        left_to_climbs = left - self._kept_ms / correction
        at, taken = self._find_last_in_full(left_to_climbs, demand)
        offers, scarce = self._offers, None
        for index in range(at, len(offers)):
            gain_per_ms, size_class, level, ms, serves = offers[index]
            cost = ms * demand[size_class]
            spare = (left if serves else left_to_climbs) - taken
            if cost >= spare and cost > 0.0:
                share, edge = max(0.0, spare) / cost, (size_class, level)
                if serves:
                    return Price(max(gain_per_ms, self._dearest_climb), share, edge, gain_per_ms)
                scarce = Price(gain_per_ms, share, edge)
                break
            taken += cost
        risky = self._price_of_risk(own_ms_free, correction)
        if scarce is not None and scarce.per_ms >= risky:
            return scarce
        return Price(risky, 1.0) if risky else FREE

    def _price_of_risk(self, own_ms: float, correction: float) -> float:
        """Return what a millisecond costs those who come to be refused because it was spent.

        The more waits, and the less time is left over by what arrives, the likelier that is.
        """
        of = self.settings
        if self._arriving <= 0.0 or not of.refusal_weight:
            return 0.0
        each = correction / self.workers
        queue_ms = (self._waiting_ns / NS_PER_MS + own_ms) * each
        one_ms = self._arriving_ms / self._arriving
        risk = refusal_risk(
            queue_ms, of.room_ms, self._arriving_ms * each / of.horizon_ms, one_ms * each, of.burstiness
        )
        return of.refusal_weight * risk * self._served_gain / one_ms if risk else 0.0

    def _find_last_in_full(self, left_ms: float, demand: Sequence[float]) -> tuple[int, float]:
        """Return how many offers, the best ones, ask for less than that time together, and for how much.

        Searches outwards from where the last search ended, in growing steps, then bisects: the price seldom leaps.
        """
        asked, most = self._asked_ms, len(self._offers)
        low, high, step = self._last_at, most, 1
        taken = sum(map(mul, asked[low], demand))
        if taken < left_ms:
            while low < most:
                high = min(low + step, most)
                more = sum(map(mul, asked[high], demand))
                if more >= left_ms:
                    break
                low, taken, step = high, more, 2 * step
        else:
            high = low
            while high > 0:
                low = max(high - step, 0)
                taken = sum(map(mul, asked[low], demand))
                if taken < left_ms:
                    break
                high, step = low, 2 * step
        while high - low > 1:
            middle = (low + high) // 2
            half = sum(map(mul, asked[middle], demand))
            if half < left_ms:
                low, taken = middle, half
            else:
                high = middle
        self._last_at = low
        return low, taken


FREE = Price(0.0, 1.0)


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
