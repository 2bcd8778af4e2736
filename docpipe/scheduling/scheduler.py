"""The scheduler: admission on arrival, a configuration when work starts, a cheaper one when a document runs late.

Load is answered here, document by document; faults are answered by the levels of the policy, which close rungs and so
change the ladder. A document is given a configuration for all its stages at once, by the price of time; at a later
stage it may be lowered, never raised: deciding again in both directions scored worse (docs/design/scheduling.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from docpipe.scheduling.ladder import Configuration, JointLadder
from docpipe.scheduling.price import NS_PER_MS, TICKS_PER_DEADLINE, Price, PriceModel, PriceSettings, class_of
from docpipe.scheduling.queue import Request, WaitingQueue

Refuse = Literal["dearest_first", "only_hopeless"]
Reason = Literal["hopeless", "too_dear", "expired", "cancelled"]


@dataclass(frozen=True, slots=True)
class SchedulerSettings:
    """How the scheduler weighs time against accuracy."""

    workers: int = 1
    deadline_ms: float = 600.0
    """The usual promise; the price looks ahead by a share of it."""
    refuse: Refuse = "dearest_first"
    """Whether documents whose time would serve others better are refused too, or only those that cannot be in time."""
    horizon: float = 0.75
    """How far the price looks ahead, in deadlines."""
    load: float = 1.9
    """docpipe/scheduling/price.py"""
    climb_load: float = 1.5
    memory: float = 0.993
    start_margin: float = 0.7
    """Share of the time left that a document may be expected to take when it starts: sizes are guesses."""
    stage_margin: float = 0.85
    """The same at a later stage, when the size is better known."""
    optimism: float = 0.85
    """A document is hopeless if it would be late even when it were this much of its expected size."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A document that is not served, why, and when it is worth asking again."""

    request: Request
    reason: Reason
    retry_after_ms: float


@dataclass(frozen=True, slots=True)
class Start:
    """A document whose work starts now, and on what."""

    request: Request
    level: int
    configuration: Configuration
    price: Price


@dataclass(slots=True)
class _Running:
    request: Request
    ladder: JointLadder
    level: int
    size: float
    stage: int = 0


class Scheduler:
    """Decides; somebody else carries it out. Not safe from several threads: its owner holds a lock."""

    def __init__(self, ladder: JointLadder, settings: SchedulerSettings) -> None:
        self.settings = settings
        self.prices = PriceModel(
            ladder,
            PriceSettings(
                settings.horizon * settings.deadline_ms,
                settings.load,
                settings.climb_load,
                settings.memory,
                max(int(settings.deadline_ms * NS_PER_MS) // TICKS_PER_DEADLINE, 1),
            ),
            settings.workers,
        )
        self.queue = WaitingQueue()
        self._ladder = ladder
        self._running: dict[int, _Running] = {}
        self._owed: dict[tuple[int, int], float] = {}

    @property
    def ladder(self) -> JointLadder:
        """The configurations that may be chosen now."""
        return self._ladder

    def replace_ladder(self, ladder: JointLadder) -> None:
        """Choose from other configurations from now on; documents in progress keep to theirs until their next stage."""
        self._ladder = ladder
        self.prices.replace_ladder(ladder)
        self._owed.clear()

    def arrive(self, now: int, request: Request) -> Refusal | None:
        """Let a document wait, or refuse it at once because it is hopeless; None where it waits."""
        self.prices.advance(now)
        if request.has_deadline and request.may_refuse and self._starts_too_late(now, request):
            return Refusal(request, "hopeless", self.drain_ms())
        if request.has_deadline:
            self.prices.arrived(now, request.size)
        self.queue.add(request)
        return None

    def start(self, now: int) -> tuple[Start | None, tuple[Refusal, ...]]:
        """Take the next document for a free worker; also return those that were dropped on the way to it."""
        refused: list[Refusal] = []
        self.prices.advance(now)
        while (request := self.queue.first()) is not None:
            price = self.prices.price(self._promised_ms(now))
            chosen = self._choose(now, request, price)
            self.queue.take()
            if request.has_deadline:
                self.prices.left(request.size)
            if isinstance(chosen, str):
                refused.append(Refusal(request, chosen, self.drain_ms()))
                continue
            ladder = request.ladder or self._ladder
            self._running[request.number] = _Running(request, ladder, chosen, request.size)
            return Start(request, chosen, ladder.configurations[chosen], price), tuple(refused)
        return None, tuple(refused)

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
            slack_ms = (running.request.deadline - now) / NS_PER_MS * self.settings.stage_margin
            while running.level > 0 and levels[running.level].ms_from(stage) * running.size > slack_ms:
                running.level -= 1
        return levels[running.level]

    def finish(self, number: int) -> None:
        """Forget a document that was served, or that failed."""
        self._running.pop(number, None)

    def cancel(self, number: int) -> bool:
        """Drop a document that has not started; False where it has."""
        request = self.queue.cancel(number)
        if request is not None and request.has_deadline:
            self.prices.left(request.size)
        return request is not None

    def drain_ms(self) -> float:
        """Return how long the backlog takes at the cheapest configuration."""
        cheapest = self._ladder.configurations[0].ms
        return self.queue.size() * cheapest / self.settings.workers

    def _starts_too_late(self, now: int, request: Request) -> bool:
        cheapest = (request.ladder or self._ladder).configurations[0].ms
        ahead_ms = self.queue.size_ahead_of(request) * self._ladder.configurations[0].ms * self.settings.optimism
        ahead_ms += self._promised_ms(now, cheapest=True)
        wait_ms = max(0.0, ahead_ms) / self.settings.workers if len(self._running) >= self.settings.workers else 0.0
        own_ms = cheapest * request.size * self.settings.optimism
        return now + int((wait_ms + own_ms) * NS_PER_MS) > request.deadline

    def _promised_ms(self, now: int, *, cheapest: bool = False) -> float:
        """Return the time that documents in progress still need; a stage that has begun counts half."""
        total = 0.0
        for running in self._running.values():
            configuration = running.ladder.configurations[0 if cheapest else running.level]
            begun = configuration.stage_ms[running.stage] / 2 if running.stage < len(configuration.stage_ms) else 0.0
            total += running.size * (configuration.ms_from(running.stage + 1) + begun)
        return total

    def _choose(self, now: int, request: Request, price: Price) -> int | Reason:
        """Return the level for a document that could start now, or why it is not started."""
        ladder = request.ladder or self._ladder
        if not request.has_deadline:
            return ladder.top
        slack_ms = (request.deadline - now) / NS_PER_MS
        configurations = ladder.configurations
        if configurations[0].ms * request.size * self.settings.optimism > slack_ms:
            if request.may_refuse:
                return "expired" if slack_ms <= 0 else "hopeless"
            return 0
        level = -1
        for climb in ladder.climbs():
            own = climb.gain_per_ms / request.size
            if not self._affordable(price, class_of(request.size), climb.level, own):
                break
            level = climb.level
        if level < 0:
            if self.settings.refuse == "dearest_first" and request.may_refuse and len(self.queue) > 1:
                return "too_dear"
            level = 0
        while level > 0 and configurations[level].ms * request.size > slack_ms * self.settings.start_margin:
            level -= 1
        return level

    def _affordable(self, price: Price, size_class: int, level: int, gain_per_ms: float) -> bool:
        if price.edge != (size_class, level):
            return gain_per_ms > price.per_ms
        owed = self._owed.get(price.edge, 0.0) + price.share
        taken = owed >= 1.0
        self._owed[price.edge] = owed - 1.0 if taken else owed
        return taken
