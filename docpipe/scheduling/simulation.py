"""Plays arrivals against a policy in virtual time: discrete events, the same inputs give the same bits. Pure.

`docpipe simulate` and the overload benchmark play the very scheduler that a pipeline uses.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from docpipe.policy.core.frontier import StageOptions
from docpipe.scheduling.ladder import Configuration, JointLadder
from docpipe.scheduling.price import NS_PER_MS
from docpipe.scheduling.queue import Request
from docpipe.scheduling.scheduler import FIRST_PROMISE_MS, Refusal, Scheduler, SchedulerSettings


@dataclass(frozen=True, slots=True)
class Arrival:
    """One document: when it comes (seconds), how large it is, and how large it looks."""

    at_s: float
    size: float
    seen_size: float


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one document: `full`, `degraded`, `late` or `refused`; its latency where it was served."""

    at_s: float
    outcome: str
    latency_ms: float = 0.0
    accuracy: float = 0.0


class Policy(Protocol):
    """What the harness asks. Moments are integer nanoseconds; a document is known by its number."""

    def arrive(self, now: int, number: int, seen_size: float) -> bool:
        """Say whether a document may wait."""

    def start(self, now: int) -> tuple[int | None, Sequence[int]]:
        """Return the document that a free worker takes, and those refused on the way."""

    def stage(self, now: int, number: int, stage: int) -> Configuration:
        """Return the configuration for the stage that a document enters."""

    def finish(self, now: int, number: int, latency_ms: float) -> None:
        """Hear that a document is done."""


class PricePolicy:
    """docpipe: the scheduler that a pipeline uses, as it is."""

    def __init__(self, ladder: JointLadder, settings: SchedulerSettings) -> None:
        self.scheduler = Scheduler(ladder, settings)
        self._deadline = int((settings.deadline_ms or FIRST_PROMISE_MS) * NS_PER_MS)

    def arrive(self, now: int, number: int, seen_size: float) -> bool:
        """Say whether a document may wait."""
        return self.scheduler.arrive(now, Request(number, now, seen_size, now + self._deadline)) is None

    def start(self, now: int) -> tuple[int | None, Sequence[int]]:
        """Return the document that a free worker takes, and those refused on the way."""
        refused = []
        while isinstance(decided := self.scheduler.start(now), Refusal):
            refused.append(decided.request.number)
        return (None if decided is None else decided.request.number), refused

    def stage(self, now: int, number: int, stage: int) -> Configuration:
        """Return the configuration for the stage that a document enters."""
        return self.scheduler.next_stage(now, number, stage)

    def finish(self, now: int, number: int, latency_ms: float) -> None:
        """Hear that a document is done."""
        self.scheduler.finish(number, now)


@dataclass
class SimulationResult:
    """What became of every document."""

    documents: int
    score: float = 0.0
    full: int = 0
    degraded: int = 0
    late: int = 0
    refused: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    served_by_size: list[list[int]] = field(default_factory=lambda: [[0, 0], [0, 0], [0, 0]])
    """For the smallest, middle and largest third: served in time, offered."""
    fates: list[Fate] = field(default_factory=list)
    """In the order in which they ended."""

    @property
    def per_document(self) -> float:
        """Accuracy within the deadline over offered documents."""
        return self.score / self.documents

    def percentile(self, share: float) -> float:
        """Return a percentile of the latencies of what was served, in ms."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@dataclass
class Harness:
    """Plays documents against a policy."""

    stages: Sequence[StageOptions]
    base: float
    workers: int
    deadline_ms: float

    def play(self, policy: Policy, documents: Sequence[Arrival]) -> SimulationResult:
        """Return what became of the documents."""
        accuracy = {(s.stage, o.rung): o.accuracy for s in self.stages for o in s.options}
        ms = {(s.stage, o.rung): o.ms for s in self.stages for o in s.options}
        edges = sorted(d.size for d in documents)
        thirds = edges[len(edges) // 3], edges[2 * len(edges) // 3]
        outcome = SimulationResult(len(documents))
        events: list[tuple[int, int, int, int]] = []
        rungs: dict[int, list[str]] = {}
        free = self.workers
        for number, document in enumerate(documents):
            heapq.heappush(events, (_ns(document.at_s), 1, number, 0))
            outcome.served_by_size[_third(document.size, thirds)][1] += 1

        def enter(now: int, number: int, stage: int) -> None:
            rung = policy.stage(now, number, stage).rungs[stage]
            rungs.setdefault(number, []).append(rung)
            took = int(ms[self.stages[stage].stage, rung] * documents[number].size * NS_PER_MS)
            heapq.heappush(events, (now + took, 0, number, stage + 1))

        while events:
            now, kind, number, stage = heapq.heappop(events)
            document = documents[number]
            if kind == 1:
                if not policy.arrive(now, number, document.seen_size):
                    _refuse(outcome, document)
            elif stage < len(self.stages):
                enter(now, number, stage)
            else:
                free += 1
                latency_ms = (now - _ns(document.at_s)) / NS_PER_MS
                policy.finish(now, number, latency_ms)
                self._count(outcome, document, latency_ms, rungs.pop(number), accuracy, thirds)
            while free:
                taken, refused = policy.start(now)
                for dropped in refused:
                    _refuse(outcome, documents[dropped])
                if taken is None:
                    break
                free -= 1
                enter(now, taken, 0)
        return outcome

    def _count(
        self,
        outcome: SimulationResult,
        document: Arrival,
        latency_ms: float,
        rungs: Sequence[str],
        accuracy: Mapping[tuple[str, str], float],
        thirds: tuple[float, float],
    ) -> None:
        outcome.latencies_ms.append(latency_ms)
        if latency_ms > self.deadline_ms:
            outcome.late += 1
            outcome.fates.append(Fate(document.at_s, "late", latency_ms))
            return
        value = self.base
        best = True
        for stage, rung in zip(self.stages, rungs, strict=True):
            value *= accuracy[stage.stage, rung]
            best = best and rung == stage.options[0].rung
        outcome.score += value
        outcome.full += best
        outcome.degraded += not best
        outcome.fates.append(Fate(document.at_s, "full" if best else "degraded", latency_ms, value))
        outcome.served_by_size[_third(document.size, thirds)][0] += 1


def _refuse(outcome: SimulationResult, document: Arrival) -> None:
    outcome.refused += 1
    outcome.fates.append(Fate(document.at_s, "refused"))


def _ns(seconds: float) -> int:
    return round(seconds * 1000) * NS_PER_MS


def _third(size: float, thirds: tuple[float, float]) -> int:
    return 0 if size < thirds[0] else 1 if size < thirds[1] else 2
