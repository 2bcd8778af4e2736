"""The joint ladder as the scheduler uses it: for each point its time, its accuracy and the time of each stage."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
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
    ms: float = field(init=False, compare=False)
    """Time of the whole document."""
    ms_from: tuple[float, ...] = field(init=False, compare=False, repr=False)
    """Time of the stages from the one with that index on; the last one, after all stages, is 0."""

    def __post_init__(self) -> None:
        left = [0.0]
        for ms in reversed(self.stage_ms):
            left.append(left[-1] + ms)
        object.__setattr__(self, "ms", left[-1])
        object.__setattr__(self, "ms_from", tuple(reversed(left)))


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
    options: tuple[StageOptions, ...] = ()
    """What the stages offer beside it; empty where there are only these configurations."""
    base: float = 1.0
    _climbs: tuple[Climb, ...] = field(init=False, repr=False, compare=False)
    _climbs_of_served: tuple[Climb, ...] = field(init=False, repr=False, compare=False)
    _losses: tuple[float, ...] = field(init=False, repr=False, compare=False)
    _climb_to: Mapping[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        climbs = _hull_climbs(self.configurations, -1)
        object.__setattr__(self, "_climbs", climbs)
        object.__setattr__(self, "_losses", tuple(-climb.gain_per_ms for climb in climbs))
        object.__setattr__(self, "_climb_to", {climb.level: at for at, climb in enumerate(climbs)})
        object.__setattr__(self, "_climbs_of_served", _hull_climbs(self.configurations, 0))

    @property
    def top(self) -> int:
        """Index of the best configuration."""
        return len(self.configurations) - 1

    def rungs(self) -> Mapping[str, tuple[str, ...]]:
        """Return the rungs that each stage offers."""
        if self.options:
            return {stage.stage: tuple(option.rung for option in stage.options) for stage in self.options}
        each = zip(*(one.rungs for one in self.configurations), strict=True)
        return {stage: tuple(dict.fromkeys(rungs)) for stage, rungs in zip(self.stages, each, strict=True)}

    def climbs(self) -> tuple[Climb, ...]:
        """Return the climbs from nothing to the best; each next one wins less per millisecond.

        Configurations that are beaten by a mixture of others are passed by: an answer that is worth next to nothing
        must not stand in the way of a good one that costs little more.
        """
        return self._climbs

    def climbs_above(self, gain_per_ms: float) -> int:
        """Return how many of the climbs from nothing, the first ones, win more than that for each millisecond."""
        return bisect_left(self._losses, -gain_per_ms)

    def climb_to(self, level: int) -> int | None:
        """Return which of the climbs from nothing ends at a level; None where it is passed by."""
        return self._climb_to.get(level)

    def climbs_of_served(self) -> tuple[Climb, ...]:
        """Return the same from the cheapest configuration, for documents that are served in any case."""
        return self._climbs_of_served

    def restricted_to(self, allowed: Mapping[str, Collection[str]], min_accuracy: float = 0.0) -> JointLadder | None:
        """Return the ladder of the allowed rungs only, with at least that accuracy; None where nothing is left.

        It is merged again from what the stages offer, as a rung that is not allowed may stand in every configuration of
        this one below the best. `allowed` maps a stage's name to its rungs; a stage left out allows all.
        """
        ladder: JointLadder | None = self
        if allowed:
            ladder = self._merge_again(allowed) if self.options else self._filter(allowed)
        if ladder is None or not min_accuracy:
            return ladder
        kept = tuple(one for one in ladder.configurations if one.accuracy >= min_accuracy)
        return replace(ladder, configurations=kept) if kept else None

    def _merge_again(self, allowed: Mapping[str, Collection[str]]) -> JointLadder | None:
        stages = tuple(
            replace(s, options=tuple(o for o in s.options if o.rung in allowed[s.stage])) if s.stage in allowed else s
            for s in self.options
        )
        return build_ladder(stages, self.base) if all(stage.options for stage in stages) else None

    def _filter(self, allowed: Mapping[str, Collection[str]]) -> JointLadder | None:
        kept = tuple(
            one
            for one in self.configurations
            if all(rung in allowed.get(stage, (rung,)) for stage, rung in zip(self.stages, one.rungs, strict=True))
        )
        return replace(self, configurations=kept) if kept else None


def build_ladder(stages: Sequence[StageOptions], base: float = 1.0) -> JointLadder:
    """Merge the stages' rungs into one ladder (docpipe/policy/core/frontier.py says how).

    Args:
        stages: in the order of the pipeline, with milliseconds of the reference document; the best rung first.
        base: accuracy of everything at its best.

    Raises:
        ValueError: a stage has no rung with a time and an accuracy.
    """
    offered, stages = tuple(stages), [_useful(stage) for stage in stages]
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
        offered,
        base,
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
