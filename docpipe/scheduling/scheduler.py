"""The scheduler: admission on arrival, a configuration when work starts, a cheaper one when a document runs late.

Load is answered here, document by document; faults are answered by the levels of the policy, which close rungs and so
change the ladder. A document is given a configuration for all its stages at once, by the price of time; at a later
stage it may be lowered, never raised: deciding again in both directions scored worse (docs/design/scheduling.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from docpipe.scheduling.held_price import HeldPrice
from docpipe.scheduling.ladder import Configuration, JointLadder
from docpipe.scheduling.pace import Pace, PaceOfLate
from docpipe.scheduling.price import NS_PER_MS, TICKS_PER_DEADLINE, Price, PriceModel, PriceSettings, class_of
from docpipe.scheduling.queue import Request, WaitingQueue

Refuse = Literal["costliest_first", "only_hopeless"]
Consistency = Literal["per_document", "sticky"]
Reason = Literal["hopeless", "too_dear", "expired", "cancelled"]


FIRST_PROMISE_MS = 600.0
"""How far the price looks ahead before anybody has asked for a time."""
PROMISE_SHARE = 0.05
"""Of a new request in the mean of what callers ask for."""
PROMISE_BAND = 0.8
"""The price goes on looking as far ahead as it does while that mean stays this near."""


@dataclass(frozen=True, slots=True)
class SchedulerSettings:
    """How the scheduler weighs time against accuracy."""

    workers: int = 1
    deadline_ms: float | None = 600.0
    """The usual promise; the price looks ahead by a share of it. None learns it from what is asked."""
    refuse: Refuse = "costliest_first"
    """Whether documents whose time would serve others better are refused too, or only those that cannot be in time."""
    consistency: Consistency = "per_document"
    """Whether each document gets what the moment allows, or the price is held and equal documents get equal rungs."""
    hold_ms: float = 60_000.0
    """How long a held price stays before a lower one takes its place."""
    horizon: float = 0.75
    """How far the price looks ahead, in deadlines."""
    load: float = 1.7
    """docpipe/scheduling/price.py"""
    climb_load: float = 1.5
    memory: float = 0.993
    room: float = 0.6
    """How long all that waits may take at the cheapest before documents are likely to be refused, in deadlines."""
    burstiness: float = 1.1
    refusal_weight: float = 1.0
    optimism: float = 0.85
    """A document is hopeless if it would be late even when it were this much of its expected size."""


class Refusal(NamedTuple):
    """A document that is not served, why, and when it is worth asking again."""

    request: Request
    reason: Reason
    retry_after_ms: float


class Start(NamedTuple):
    """A document whose work starts now, and on what."""

    request: Request
    level: int
    configuration: Configuration
    price_per_ms: float
    """Accuracy that a millisecond had to win."""


@dataclass(slots=True)
class _Running:
    request: Request
    ladder: JointLadder
    level: int
    size: float
    expected_ms: float
    started: int
    pace: Pace
    """What was expected of times when it started; with a held price, when that last moved."""
    stage: int = 0


class Scheduler:
    """Decides; somebody else carries it out. Not safe from several threads: its owner holds a lock."""

    def __init__(self, ladder: JointLadder, settings: SchedulerSettings) -> None:
        self.settings = settings
        self._promise_ms = settings.deadline_ms or 0.0
        self._looked_ahead_ms = self._promise_ms or FIRST_PROMISE_MS
        self.prices = PriceModel(ladder, self._price_settings(), settings.workers)
        self.queue = WaitingQueue()
        self._ladder = ladder
        self._running: dict[int, _Running] = {}
        self._owed: dict[tuple[int, int], float] = {}
        self._pace = PaceOfLate(ladder.configurations[-1].ms)
        self.held = HeldPrice(int(settings.hold_ms * NS_PER_MS)) if settings.consistency == "sticky" else None
        """The price in force where equal documents are treated equally; None where each gets what the moment allows."""
        self._held_pace = self.pace

    @property
    def pace(self) -> Pace:
        """What is expected of times now, beside the profile's."""
        return self._pace.now

    @property
    def ladder(self) -> JointLadder:
        """The configurations that may be chosen now."""
        return self._ladder

    def replace_ladder(self, ladder: JointLadder) -> None:
        """Choose from other configurations from now on; documents in progress keep to theirs until their next stage."""
        self._ladder = ladder
        self.prices.replace_ladder(ladder)
        self._owed.clear()

    def hold_for(self, now: int, hold_ms: float) -> None:
        """Hold a price so long from now on; no effect where it is not held."""
        if self.held is not None:
            self.held.hold_for(now, int(hold_ms * NS_PER_MS))

    def arrive(self, now: int, request: Request) -> Refusal | None:
        """Let a document wait, or refuse it at once because it is hopeless; None where it waits."""
        self.prices.advance(now)
        if request.has_deadline and request.may_refuse and self._starts_too_late(now, request):
            return Refusal(request, "hopeless", self.drain_ms())
        if request.has_deadline:
            if self.settings.deadline_ms is None:
                self._learn_promise((request.deadline - now) / NS_PER_MS)
            self.prices.count_arrival(request.size)
        self.queue.add(request)
        return None

    def start(self, now: int) -> Start | Refusal | None:
        """Decide about the document whose turn it is, for a free worker: serve it or drop it; None where nobody waits.

        After a refusal the worker is still free: call again.
        """
        self.prices.advance(now)
        request = self.queue.take()
        if request is None:
            return None
        ladder = request.ladder or self._ladder
        chosen = self._choose(now, request, ladder)
        if request.has_deadline:
            self.prices.count_departure(request.size)
        if isinstance(chosen, str):
            return Refusal(request, chosen, self.drain_ms())
        level, per_ms = chosen
        configuration = ladder.configurations[level]
        self._running[request.number] = _Running(
            request, ladder, level, request.size, configuration.ms * request.size, now,
            self.pace if self.held is None else self._held_pace,
        )  # fmt: skip
        return Start(request, level, configuration, per_ms)

    def next_stage(self, now: int, number: int, stage: int, size: float | None = None) -> Configuration:
        """Return the configuration for a document that is about to enter a stage: its own, or a cheaper one if late.

        Args:
            number: of the request.
            stage: index of the stage it enters.
            size: a better estimate of its size, where there is one.

        Raises:
            KeyError: no such document is in progress.
        """
        running = self._running[number]
        running.stage = stage
        if size is not None:
            running.size = size
        levels = running.ladder.configurations
        if running.request.has_deadline:
            slack_ms = self._slack_ms(now, running)
            before_ms = levels[running.level].ms_from[stage] * running.size
            while running.level > 0 and levels[running.level].ms_from[stage] * running.size > slack_ms:
                running.level -= 1
            running.expected_ms += levels[running.level].ms_from[stage] * running.size - before_ms
        return levels[running.level]

    def _slack_ms(self, now: int, running: _Running) -> float:
        """Return what a document in progress may be expected to take of the time that it has left, by the profile.

        With a held price it counts as if it had started on arrival, on a machine as fast as it was taken for: what
        others took of its time must not make a difference between equal documents.
        """
        request = running.request
        if self.held is None:
            pace = self.pace
            return (request.deadline - now) / NS_PER_MS / (pace.correction * pace.at_stage)
        configuration = running.ladder.configurations[running.level]
        passed_ms = (configuration.ms - configuration.ms_from[running.stage]) * request.size
        whole_ms = (request.deadline - request.arrived) / NS_PER_MS / running.pace.correction
        return (whole_ms - passed_ms) / running.pace.at_stage

    def finish(self, number: int, now: int | None = None) -> None:
        """Forget a document that was served, or that failed.

        `now` says that it was served: what it took, without waiting for its turn, corrects the times of the profile.
        A machine that does something else besides is slower than it was when the profile was measured.
        """
        running = self._running.pop(number, None)
        if running is not None and now is not None:
            self._pace.took((now - running.started) / NS_PER_MS, running.expected_ms, running.pace)

    def cancel(self, number: int) -> bool:
        """Drop a document that has not started; False where it has."""
        request = self.queue.cancel(number)
        if request is not None and request.has_deadline:
            self.prices.count_departure(request.size)
        return request is not None

    def price_per_ms(self) -> float:
        """Return what a millisecond costs now, or the price in force where it is held."""
        return self.prices.price(correction=self.pace.correction).per_ms if self.held is None else self.held.per_ms

    def drain_ms(self) -> float:
        """Return how long the backlog takes at the cheapest configuration."""
        cheapest = self._ladder.configurations[0].ms
        return self.queue.size() * cheapest * self.pace.correction / self.settings.workers

    def _learn_promise(self, asked_ms: float) -> None:
        """Follow what callers ask for, so that the price looks as far ahead as documents may wait."""
        self._promise_ms += (asked_ms - self._promise_ms) * (PROMISE_SHARE if self._promise_ms else 1.0)
        if not PROMISE_BAND < self._promise_ms / self._looked_ahead_ms < 1 / PROMISE_BAND:
            self._looked_ahead_ms = self._promise_ms
            self.prices.look_ahead(self._price_settings())

    def _price_settings(self) -> PriceSettings:
        of, promise_ms = self.settings, self._looked_ahead_ms
        tick_ns = max(int(promise_ms * NS_PER_MS) // TICKS_PER_DEADLINE, 1)
        return PriceSettings(
            of.horizon * promise_ms, of.load, of.climb_load, of.memory, tick_ns,
            of.room * promise_ms, of.burstiness, of.refusal_weight,
        )  # fmt: skip

    def _starts_too_late(self, now: int, request: Request) -> bool:
        cheapest = (request.ladder or self._ladder).configurations[0].ms
        ahead_ms = self.queue.size_ahead_of(request) * self._ladder.configurations[0].ms * self.settings.optimism
        ahead_ms += self._promised_ms(cheapest=True)
        wait_ms = max(0.0, ahead_ms) / self.settings.workers if len(self._running) >= self.settings.workers else 0.0
        own_ms = cheapest * request.size * self.settings.optimism
        return now + int((wait_ms + own_ms) * self.pace.correction * NS_PER_MS) > request.deadline

    def _promised_ms(self, *, cheapest: bool = False) -> float:
        """Return the time that documents in progress still need; a stage that has begun counts half."""
        total = 0.0
        for running in self._running.values():
            left = running.ladder.configurations[0 if cheapest else running.level].ms_from
            at = running.stage
            total += running.size * (left[at] + left[at + 1]) / 2
        return total

    def _choose(self, now: int, request: Request, ladder: JointLadder) -> tuple[int, float] | Reason:
        """Return the level for a document that could start now and the price it was given at, or why it is not started.

        It still counts as waiting in the price, no longer in the queue.
        """
        configurations, size = ladder.configurations, request.size
        if not request.has_deadline:
            return ladder.top, 0.0
        pace = self.pace
        slack_ms = (request.deadline - now) / NS_PER_MS / pace.correction
        # what would take a worker's time from others and hardly be in time is not begun; alone it may have its chance
        guess = pace.at_refusal if len(self.queue) else self.settings.optimism
        if request.may_refuse and configurations[0].ms * size * guess > slack_ms:
            return "expired" if slack_ms <= 0 else "hopeless"
        price = self.prices.price(self._promised_ms(), pace.correction)
        may_be_dear = self.settings.refuse == "costliest_first" and request.may_refuse and len(self.queue)
        level = self._affordable(price, ladder, size) if may_be_dear or self.held is None else 0
        if level < 0:
            if may_be_dear:
                return "too_dear"
            level = 0
        if self.held is not None:
            return self._held_level(self.held, now, request, ladder, price.per_ms)
        room_ms = slack_ms / pace.at_start
        while level > 0 and configurations[level].ms * size > room_ms:
            level -= 1
        return level, price.per_ms

    def _held_level(
        self, held: HeldPrice, now: int, request: Request, ladder: JointLadder, per_ms: float
    ) -> tuple[int, float]:
        """Return the level at the price in force, and that price.

        Where it is too high for the time that is left, the price rises for everybody, not the rung for one alone.
        """
        configurations, climbs, size = ladder.configurations, ladder.climbs(), request.size
        if held.see(now, per_ms):
            self._held_pace = self.pace
        room_ms = (request.deadline - now) / NS_PER_MS / (self.pace.correction * self.pace.at_stage)
        while True:
            pace = self._held_pace
            whole_ms = (request.deadline - request.arrived) / NS_PER_MS / (pace.correction * pace.at_start)
            count = ladder.climbs_above(held.per_ms * size)
            level = max(climbs[count - 1].level, 0) if count else 0
            while level > 0 and configurations[level].ms * size > whole_ms:
                level -= 1
            if level == 0 or configurations[level].ms * size <= room_ms:
                return level, held.per_ms
            while count > 1 and configurations[climbs[count - 1].level].ms * size > room_ms:
                count -= 1
            if not held.see(now, max(climbs[min(count, len(climbs) - 1)].gain_per_ms / size, held.next_higher())):
                return level, held.per_ms
            self._held_pace = self.pace

    def _affordable(self, price: Price, ladder: JointLadder, size: float) -> int:
        """Return the highest level whose climbs all win more than the price; -1 where even being served does not.

        Of the climb at the price itself the share is taken that can be met. Being served at all is not shared out:
        those at the price are as good as each other, and who of them cannot be in time shows soon enough. Nobody is
        refused for the better rung of another.
        """
        at_edge = price.edge is not None and price.edge[0] == class_of(size)
        if price.to_be_served is not None:
            first = ladder.climbs()[0]
            return first.level if at_edge or first.gain_per_ms > price.to_be_served * size else -1
        count = ladder.climbs_above(price.per_ms * size)
        if at_edge and price.edge is not None:
            at = ladder.climb_to(price.edge[1])
            if at is not None and at <= count:
                count = at + self._take_share(price.edge, price.share)
        return ladder.climbs()[max(count, 1) - 1].level

    def _take_share(self, edge: tuple[int, int], share: float) -> bool:
        """Say whether this one of those at the edge is served: as many as the share says, evenly spread."""
        owed = self._owed.get(edge, 0.0) + share
        taken = owed >= 1.0
        self._owed[edge] = owed - 1.0 if taken else owed
        return taken
