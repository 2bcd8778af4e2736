"""The joint ladder as the scheduler uses it: for each point its time, its accuracy and the time of each stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from docpipe.policy.core.frontier import FLOOR, Option, StageOptions, joint_ladder

LEAST_STEP = 1e-4
"""What a rung is taken to read worse than the one above it, at least."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One rung for each stage, in the order of the stages, with what it costs a document of size 1.

    `stage_ms` are milliseconds; `accuracy` is the product of the rungs' factors, 0 to 1.
    """

    rungs: tuple[str, ...]
    stage_ms: tuple[float, ...]
    accuracy: float

    @property
    def ms(self) -> float:
        """Time of the whole document."""
        return sum(self.stage_ms)

    def ms_from(self, stage: int) -> float:
        """Time of the stages from the one with that index on."""
        return sum(self.stage_ms[stage:])


@dataclass(frozen=True, slots=True)
class Climb:
    """The climb from one configuration to the next one up: more time, more accuracy."""

    below: int
    """Index of the configuration that it starts from; -1 is not serving at all."""
    level: int
    """Index of the configuration that it reaches."""
    ms: float
    gain: float

    @property
    def gain_per_ms(self) -> float:
        """Accuracy won for each millisecond."""
        return self.gain / self.ms


@dataclass(frozen=True, slots=True)
class JointLadder:
    """The configurations worth taking, cheapest first; each next one costs more and reads better."""

    stages: tuple[str, ...]
    configurations: tuple[Configuration, ...]
    _climbs: tuple[Climb, ...] = field(init=False, repr=False, compare=False)
    _climbs_of_served: tuple[Climb, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_climbs", _hull_climbs(self.configurations, -1))
        object.__setattr__(self, "_climbs_of_served", _hull_climbs(self.configurations, 0))

    @property
    def top(self) -> int:
        """Index of the best configuration."""
        return len(self.configurations) - 1

    def climbs(self) -> tuple[Climb, ...]:
        """Return the climbs from nothing to the best; each next one wins less per millisecond.

        Configurations that are beaten by a mixture of others are passed by: an answer that is worth next to nothing
        must not stand in the way of a good one that costs little more.
        """
        return self._climbs

    def climbs_of_served(self) -> tuple[Climb, ...]:
        """Return the same from the cheapest configuration, for documents that are served in any case."""
        return self._climbs_of_served

    def highest_with(self, allowed: Mapping[str, Sequence[str]], min_accuracy: float = 0.0) -> JointLadder | None:
        """Return the part of the ladder with only the allowed rungs and at least that accuracy; None where it is empty.

        `allowed` maps a stage's name to its rungs; a stage left out allows all.
        """
        kept = tuple(
            configuration
            for configuration in self.configurations
            if configuration.accuracy >= min_accuracy
            and all(
                rung in allowed.get(stage, (rung,))
                for stage, rung in zip(self.stages, configuration.rungs, strict=True)
            )
        )
        return JointLadder(self.stages, kept) if kept else None


def build_ladder(stages: Sequence[StageOptions], base: float = 1.0) -> JointLadder:
    """Merge the stages' rungs into one ladder (docpipe/policy/core/frontier.py says how).

    Args:
        stages: in the order of the pipeline, with milliseconds of the reference document; the best rung first.
        base: accuracy of everything at its best.

    Raises:
        ValueError: a stage has no rung with a time and an accuracy.
    """
    stages = [_useful(stage) for stage in stages]
    times = {(stage.stage, option.rung): option.ms for stage in stages for option in stage.options}
    names = tuple(stage.stage for stage in stages)
    return JointLadder(
        names,
        tuple(
            Configuration(
                point.rungs,
                tuple(times[name, rung] for name, rung in zip(names, point.rungs, strict=True)),
                point.accuracy,
            )
            for point in joint_ladder(stages, base)
        ),
    )


def _useful(stage: StageOptions) -> StageOptions:
    """Return a stage without the rungs that leave a document worth nothing, where it has others.

    Where the profile sees no difference the order of the file counts: each rung is worth a little less than the one
    above it. A document that has the time is read on the best rungs, not on those that a small sample took for equal.
    """
    options: list[Option] = []
    for option in stage.options:
        most = options[-1].accuracy - LEAST_STEP if options else option.accuracy
        options.append(replace(option, accuracy=min(option.accuracy, most)))
    useful = tuple(option for option in options if option.accuracy > FLOOR)
    return replace(stage, options=useful) if useful else stage


def _hull_climbs(configurations: Sequence[Configuration], start: int) -> tuple[Climb, ...]:
    """Return the steps along the upper concave hull of (time, accuracy) from a start (monotone chain: Andrew, 1979)."""
    points = [(0.0, 0.0) if start < 0 else (configurations[start].ms, configurations[start].accuracy)]
    levels = [start]
    for level in range(start + 1, len(configurations)):
        ms, accuracy = configurations[level].ms, configurations[level].accuracy
        if ms <= points[-1][0] or accuracy <= points[-1][1]:
            continue
        while len(points) > 1 and _slope(points[-2], points[-1]) <= _slope(points[-1], (ms, accuracy)):
            points.pop()
            levels.pop()
        points.append((ms, accuracy))
        levels.append(level)
    return tuple(
        Climb(levels[i], levels[i + 1], above[0] - below[0], above[1] - below[1])
        for i, (below, above) in enumerate(pairwise(points))
    )


def _slope(start: tuple[float, float], to: tuple[float, float]) -> float:
    return (to[1] - start[1]) / (to[0] - start[0])
