"""What docpipe's scheduler is held against, behind the simulator's interface.

The "-like" baselines are written again from the rule that each project publishes; they are not those systems.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from docpipe.scheduling.ladder import Configuration, JointLadder
from docpipe.scheduling.price import NS_PER_MS
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import PricePolicy

SECOND = 1000 * NS_PER_MS


class StickyPolicy(PricePolicy):
    """docpipe with `consistency: sticky`, as it is; writes down when the held price moves."""

    def __init__(self, ladder: JointLadder, settings: SchedulerSettings) -> None:
        super().__init__(ladder, settings)
        self.moves: list[tuple[int, int]] = []
        """Moment, and +1 where the price rose (lighter rungs), -1 where it fell."""

    def start(self, now: int) -> tuple[int | None, Sequence[int]]:
        before = self.scheduler.price_per_ms()
        answer = super().start(now)
        after = self.scheduler.price_per_ms()
        if after != before:
            self.moves.append((now, 1 if after > before else -1))
        return answer

    def reversals(self, within: int = 60 * SECOND) -> int:
        """Return how often rungs went down, up and down again within 60 s."""
        return sum(
            (first[1], fall[1], last[1]) == (1, -1, 1) and last[0] - first[0] < within
            for first, fall, last in zip(self.moves, self.moves[1:], self.moves[2:], strict=False)
        )


class Fifo:
    """A queue in order of arrival, and one configuration for whatever starts now. Baselines say which."""

    def __init__(self, ladder: JointLadder, deadline_ms: float, *, refuse_late: bool = False) -> None:
        self.ladder, self.deadline_ms, self.refuse_late = ladder, deadline_ms, refuse_late
        self.waiting: deque[tuple[int, int, float]] = deque()
        self._given: dict[int, Configuration] = {}

    def level(self, now: int) -> int:
        """Return the level for a document that starts now."""
        raise NotImplementedError

    def arrive(self, now: int, number: int, seen_size: float) -> bool:
        self.waiting.append((now, number, seen_size))
        return True

    def start(self, now: int) -> tuple[int | None, Sequence[int]]:
        refused = []
        while self.waiting:
            arrived, number, size = self.waiting.popleft()
            configuration = self.ladder.configurations[self.level(now)]
            left_ms = self.deadline_ms - (now - arrived) / NS_PER_MS
            if self.refuse_late and configuration.ms * size > left_ms:
                refused.append(number)
                continue
            self._given[number] = configuration
            return number, refused
        return None, refused

    def stage(self, now: int, number: int, stage: int) -> Configuration:
        return self._given[number]

    def finish(self, now: int, number: int, latency_ms: float) -> None:
        del self._given[number]


class Static(Fifo):
    """Always the same configuration."""

    def __init__(self, ladder: JointLadder, deadline_ms: float, at: int, *, refuse_late: bool = False) -> None:
        super().__init__(ladder, deadline_ms, refuse_late=refuse_late)
        self.at = at

    def level(self, now: int) -> int:
        return self.at


class Article(Fifo):
    """The published rule, in code: mean of the last ten over 500 ms steps down, under 0.7 x 500 ms steps up."""

    def __init__(self, ladder: JointLadder, deadline_ms: float, low: int) -> None:
        super().__init__(ladder, deadline_ms)
        self._last: deque[float] = deque(maxlen=10)
        self._low, self._at = low, ladder.top

    def level(self, now: int) -> int:
        return self._at

    def finish(self, now: int, number: int, latency_ms: float) -> None:
        super().finish(now, number, latency_ms)
        self._last.append(latency_ms)
        mean = sum(self._last) / len(self._last)
        if mean > 500:
            self._at = self._low
        elif mean < 350:
            self._at = self.ladder.top


class Breaker(Fifo):
    """resilience4j-like: of 100 calls half slow (over the deadline) opens for 60 s, ten trial calls, then decide."""

    def __init__(self, ladder: JointLadder, deadline_ms: float) -> None:
        super().__init__(ladder, deadline_ms)
        self._slow: deque[bool] = deque(maxlen=100)
        self._trial: list[bool] = []
        self._open_until = 0
        self._half_open = 0

    def level(self, now: int) -> int:
        return self.ladder.top

    def arrive(self, now: int, number: int, seen_size: float) -> bool:
        if now < self._open_until:
            return False
        if self._open_until and self._half_open <= 0:
            return False
        if self._open_until:
            self._half_open -= 1
        return super().arrive(now, number, seen_size)

    def finish(self, now: int, number: int, latency_ms: float) -> None:
        super().finish(now, number, latency_ms)
        slow = latency_ms > self.deadline_ms
        if self._open_until:
            self._trial.append(slow)
            if len(self._trial) < 10:
                return
            failed = sum(self._trial) >= 5
            self._trial.clear()
            self._slow.clear()
            self._open_until = now + 60 * SECOND if failed else 0
            self._half_open = 10 if failed else 0
            return
        self._slow.append(slow)
        if len(self._slow) == 100 and sum(self._slow) >= 50:
            self._open_until, self._half_open = now + 60 * SECOND, 10


class CoolDown(Fifo):
    """LiteLLM-like: a call over its time sends all to the fallback for a cool-down of 5 s."""

    def __init__(self, ladder: JointLadder, deadline_ms: float, low: int) -> None:
        super().__init__(ladder, deadline_ms)
        self._low, self._until = low, 0

    def level(self, now: int) -> int:
        return self._low if now < self._until else self.ladder.top

    def finish(self, now: int, number: int, latency_ms: float) -> None:
        super().finish(now, number, latency_ms)
        if latency_ms > self.deadline_ms:
            self._until = now + 5 * SECOND


class Forecast(Fifo):
    """IPA-like: every 10 s the best configuration that carries 1.2 times the busiest second of the last two minutes."""

    def __init__(self, ladder: JointLadder, deadline_ms: float, workers: int) -> None:
        super().__init__(ladder, deadline_ms, refuse_late=True)
        self._workers, self._at, self._next = workers, ladder.top, 0
        self._seconds: deque[tuple[int, int]] = deque()

    def arrive(self, now: int, number: int, seen_size: float) -> bool:
        second = now // SECOND
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + 1)
        else:
            self._seconds.append((second, 1))
        while self._seconds[0][0] < second - 120:
            self._seconds.popleft()
        return super().arrive(now, number, seen_size)

    def level(self, now: int) -> int:
        if now >= self._next and self._seconds:
            self._next = now + 10 * SECOND
            rate = 1.2 * max(count for _, count in self._seconds)
            fits = [i for i, c in enumerate(self.ladder.configurations) if rate * c.ms <= self._workers * 1000]
            self._at = max(fits, default=0)
        return self._at


class Reroute(Fifo):
    """Loki-like: a mixture of two configurations for the smoothed demand of a second; who runs late goes lighter."""

    def __init__(self, ladder: JointLadder, deadline_ms: float, workers: int) -> None:
        super().__init__(ladder, deadline_ms, refuse_late=True)
        self._workers, self._rate, self._count, self._second, self._owed = workers, 0.0, 0, 0, 0.0

    def arrive(self, now: int, number: int, seen_size: float) -> bool:
        while self._second < now // SECOND:
            self._rate, self._count = 0.5 * self._rate + 0.5 * self._count, 0
            self._second += 1
        self._count += 1
        return super().arrive(now, number, seen_size)

    def level(self, now: int) -> int:
        budget_ms = self._workers * 1000 / max(self._rate, 1e-9)
        levels = self.ladder.configurations
        low = max((i for i, c in enumerate(levels) if c.ms <= budget_ms), default=0)
        high = min(low + 1, self.ladder.top)
        if high > low:
            self._owed += max(0.0, min(1.0, (budget_ms - levels[low].ms) / (levels[high].ms - levels[low].ms)))
            if self._owed >= 1.0:
                self._owed -= 1.0
                low = high
        return low

    def start(self, now: int) -> tuple[int | None, Sequence[int]]:
        if self.waiting:
            arrived, number, size = self.waiting[0]
            left_ms = self.deadline_ms - (now - arrived) / NS_PER_MS
            level = self.level(now)
            while level > 0 and self.ladder.configurations[level].ms * size > left_ms:
                level -= 1
            self.waiting.popleft()
            if self.ladder.configurations[level].ms * size > left_ms:
                taken, refused = self.start(now)
                return taken, [number, *refused]
            self._given[number] = self.ladder.configurations[level]
            return number, []
        return None, []


def baselines(ladder: JointLadder, deadline_ms: float, workers: int) -> dict[str, Callable[[], Fifo]]:
    """Return the baselines by name; each call makes a fresh one."""
    fallback = min(2, ladder.top)
    rows: dict[str, Callable[[], Fifo]] = {
        "static main": lambda: Static(ladder, deadline_ms, ladder.top),
        "static main + refuse late": lambda: Static(ladder, deadline_ms, ladder.top, refuse_late=True),
    }
    for at in range(ladder.top):
        rows[f"static level {ladder.top - at} + refuse late"] = lambda at=at: Static(
            ladder, deadline_ms, at, refuse_late=True
        )
    return rows | {
        "article": lambda: Article(ladder, deadline_ms, fallback),
        "resilience4j-like breaker": lambda: Breaker(ladder, deadline_ms),
        "LiteLLM-like cool-down": lambda: CoolDown(ladder, deadline_ms, fallback),
        "IPA-like": lambda: Forecast(ladder, deadline_ms, workers),
        "Loki-like": lambda: Reroute(ladder, deadline_ms, workers),
    }
