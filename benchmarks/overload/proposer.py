"""Does a learner that sets the price's promises by the load beat the fixed ones on seeds that it has not seen?

    python -m benchmarks.overload.proposer [--train 1 2 3 4 5 6] [--seeds 11 12 13 14]

A contextual bandit (epsilon-greedy with a mean for each context and arm). An arm is how much of the workers' time is
promised to documents that would else not be served (`load`), and to better rungs (`climb_load`); the context is the
demand on the best rungs over what the workers can do. It chooses every 10 s; its reward is accuracy within the
deadline over offered documents until the next choice. All arms are safe: what any of them may decide the price may.
After training the best arm of each context is fixed, and played on the unseen seeds beside the fixed setting.
"""

from __future__ import annotations

import argparse
import platform
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import mean

from benchmarks.overload.ceiling import ceiling
from benchmarks.overload.frozen import TRACES
from benchmarks.overload.workload import BASE_ACCURACY, DEADLINE_MS, REFERENCE, WORKERS, traces, with_sizes
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.price import NS_PER_MS
from docpipe.scheduling.scheduler import SchedulerSettings
from docpipe.scheduling.simulation import Harness, PricePolicy

LADDER = build_ladder(REFERENCE, BASE_ACCURACY)
NAMES = ("T1", "T2", "T3")
ARMS = ((1.7, 1.5), (1.5, 1.3), (1.7, 1.3), (1.9, 1.5), (1.7, 1.6), (1.9, 1.7))
"""`load` and `climb_load`; the first is docpipe's own."""
CONTEXTS = (0.7, 1.2, 2.0, 3.5)
"""Demand over capacity that part the contexts."""
EVERY_NS = 10_000 * NS_PER_MS
EXPLORED = 0.5
"""Share of choices in training that are random."""
LEAST_SEEN = 20
"""Choices of an arm in a context before its mean counts."""


@dataclass
class Learned:
    """What each arm brought in each context: choices, and the sum of their rewards."""

    seen: dict[tuple[int, int], int] = field(default_factory=dict)
    total: dict[tuple[int, int], float] = field(default_factory=dict)

    def learn(self, context: int, arm: int, reward: float) -> None:
        """Take note of one choice."""
        self.seen[context, arm] = self.seen.get((context, arm), 0) + 1
        self.total[context, arm] = self.total.get((context, arm), 0.0) + reward

    def mean(self, context: int, arm: int) -> float | None:
        """Return the mean reward; None where it was chosen too seldom to say."""
        seen = self.seen.get((context, arm), 0)
        return self.total[context, arm] / seen if seen >= LEAST_SEEN else None

    def best(self, context: int) -> int:
        """Return the arm with the highest mean; docpipe's own where nothing is known."""
        known = [(value, -arm) for arm in range(len(ARMS)) if (value := self.mean(context, arm)) is not None]
        return -max(known)[1] if known else 0


class Proposing(PricePolicy):
    """The scheduler as it is, whose promises are set anew every 10 s."""

    def __init__(self, learned: Learned, rng: random.Random | None) -> None:
        """With `rng` it explores and learns; without it plays what was learned."""
        super().__init__(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS))
        self._learned, self._rng = learned, rng
        self._chosen: tuple[int, int] | None = None
        self._next, self._offered, self._won = 0, 0, 0.0
        self._accuracy: dict[int, float] = {}

    def arrive(self, now: int, number: int, seen_size: float) -> bool:
        """Say whether a document may wait, after a new choice where one is due."""
        if now >= self._next:
            self._choose()
            self._next = now + EVERY_NS
        self._offered += 1
        return super().arrive(now, number, seen_size)

    def finish(self, now: int, number: int, latency_ms: float) -> None:
        """Count what was in time."""
        level = self.scheduler._running[number].level
        self._won += LADDER.configurations[level].accuracy if latency_ms <= DEADLINE_MS else 0.0
        super().finish(now, number, latency_ms)

    def _choose(self) -> None:
        if self._chosen is not None and self._rng is not None and self._offered:
            self._learned.learn(*self._chosen, self._won / self._offered)
        demand = sum(self.scheduler.prices.rates()) * LADDER.configurations[-1].ms / WORKERS
        context = sum(demand > edge for edge in CONTEXTS)
        explore = self._rng is not None and self._rng.random() < EXPLORED
        arm = self._rng.randrange(len(ARMS)) if explore and self._rng else self._learned.best(context)
        self._chosen, self._offered, self._won = (context, arm), 0, 0.0
        load, climb_load = ARMS[arm]
        prices = self.scheduler.prices
        prices.look_ahead(replace(prices.settings, load=load, climb_load=climb_load))


def train(seeds: Sequence[int], rounds: int) -> Learned:
    """Play the training seeds several times and return what was learned."""
    learned, harness = Learned(), Harness(REFERENCE, BASE_ACCURACY, WORKERS, DEADLINE_MS)
    for played in range(rounds):
        for name in NAMES:
            for seed in seeds:
                documents = with_sizes(traces(TRACES)[name](seed), seed)
                harness.play(Proposing(learned, random.Random(f"{name}/{seed}/{played}")), documents)
    return learned


def main() -> int:
    """Print what was learned, and R of both on unseen seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=int, nargs="+", default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13, 14])
    options = parser.parse_args()
    if set(options.train) & set(options.seeds):
        raise SystemExit("the seeds to test on must be others than those to train on")
    learned = train(options.train, options.rounds)
    print(f"trained on seeds {options.train}, {options.rounds} rounds; tested on {options.seeds}; "
          f"Python {platform.python_version()}")  # fmt: skip
    for context in range(len(CONTEXTS) + 1):
        means = [learned.mean(context, arm) for arm in range(len(ARMS))]
        shown = "  ".join(f"{ARMS[arm]}: {'-' if value is None else f'{value:.4f}'}" for arm, value in enumerate(means))
        print(f"context {context}: {shown}; plays {ARMS[learned.best(context)]}")
    harness = Harness(REFERENCE, BASE_ACCURACY, WORKERS, DEADLINE_MS)
    for name in NAMES:
        fixed, proposed = [], []
        for seed in options.seeds:
            documents = with_sizes(traces(TRACES)[name](seed), seed)
            top = ceiling(documents, LADDER, WORKERS, DEADLINE_MS / 1000)
            plain = PricePolicy(LADDER, SchedulerSettings(WORKERS, DEADLINE_MS))
            fixed.append(harness.play(plain, documents).per_document / top)
            proposed.append(harness.play(Proposing(learned, None), documents).per_document / top)
        print(f"{name}: R fixed {mean(fixed):.4f} ({min(fixed):.4f}), learned {mean(proposed):.4f} "
              f"({min(proposed):.4f}), by seed {[round(b - a, 4) for a, b in zip(fixed, proposed, strict=True)]}",
              flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
