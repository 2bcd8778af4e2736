"""The joint ladder as the scheduler uses it: for each point its time, its accuracy and the time of each stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from docpipe.policy.core.frontier import StageOptions, joint_ladder


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

    level: int
    """Index of the configuration that it reaches; 0 is reached from not serving at all."""
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

    @property
    def top(self) -> int:
        """Index of the best configuration."""
        return len(self.configurations) - 1

    def climbs(self) -> tuple[Climb, ...]:
        """Return the climbs from nothing to the cheapest, and on to the best."""
        first = self.configurations[0]
        found = [Climb(0, first.ms, first.accuracy)]
        for level, (below, above) in enumerate(pairwise(self.configurations), start=1):
            found.append(Climb(level, above.ms - below.ms, above.accuracy - below.accuracy))
        return tuple(found)

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
        stages: in the order of the pipeline, with milliseconds of the reference document.
        base: accuracy of everything at its best.

    Raises:
        ValueError: a stage has no rung with a time and an accuracy.
    """
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
