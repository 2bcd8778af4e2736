"""Which rungs are loaded where a limit of memory leaves no room for all: planned every half minute, never on a request.

The lightest working rung of every stage always is. Then the one that wins most accuracy for its memory at the load that
is expected, as long as there is room. A plan takes the place of what is loaded only if loading pays back. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from docpipe.policy.core.frontier import StageOptions
from docpipe.scheduling.ladder import JointLadder, build_ladder

RungKey = tuple[str, str]
"""Stage and rung."""

LEAST_GAIN = 1e-5
"""Of accuracy a document: less is not worth a model's memory."""
LOAD = 0.9
"""Share of the workers' time that documents may take in the long run."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a rung takes of one device while it is loaded, and during a call of ordinary size beyond that."""

    device: str
    models: frozenset[object]
    weights_mb: float
    call_mb: float


@dataclass(frozen=True, slots=True)
class Residents:
    """A choice of rungs, and what it is worth: accuracy a document, and milliseconds of a worker for one."""

    rungs: frozenset[RungKey]
    accuracy: float
    ms: float


@dataclass(frozen=True)
class ResidentPlan:
    """Plans for one pipeline.

    `stages` are all priced rungs. Those without a footprint (rules) need no memory; `working` are those that read.
    """

    stages: tuple[StageOptions, ...]
    footprints: Mapping[RungKey, Footprint]
    working: frozenset[RungKey]
    limits_mb: Mapping[str, float]
    workers: int

    def best(self, rate_per_ms: float, usable: Collection[RungKey], always: Collection[RungKey] = ()) -> Residents:
        """Return what should be loaded for ordinary documents that come at this rate.

        Args:
            usable: rungs that could serve, were they loaded.
            always: rungs that are loaded in any case, such as pinned ones.
        """
        chosen = {key for key in usable if key not in self.footprints} | set(always) | self._lightest(usable)
        for rate in (rate_per_ms, self._crowd_per_ms(usable)):
            while (more := self._most_for_its_memory(chosen, usable, rate)) is not None:
                chosen.add(more)
        for key in sorted(set(usable) - chosen):  # room that is left over costs nothing
            if self.fits(chosen | {key}):
                chosen.add(key)
        return self.worth(chosen, rate_per_ms)

    def _most_for_its_memory(
        self, chosen: Collection[RungKey], usable: Collection[RungKey], rate_per_ms: float
    ) -> RungKey | None:
        """Return the rung that still fits and wins most accuracy for a megabyte; None where none wins any."""
        now, now_mb = self.worth(chosen, rate_per_ms).accuracy, self._weights_mb(chosen)
        best, found = 0.0, None
        for key in sorted(set(usable) - set(chosen)):
            then = {*chosen, key}
            gain = self.worth(then, rate_per_ms).accuracy - now if self.fits(then) else 0.0
            if gain > LEAST_GAIN and gain / max(self._weights_mb(then) - now_mb, 1e-3) > best:
                best, found = gain / max(self._weights_mb(then) - now_mb, 1e-3), key
        return found

    def _crowd_per_ms(self, usable: Collection[RungKey]) -> float:
        """Return the rate at which the fastest rungs are half busy: what else may come while nothing can be loaded."""
        fastest = [
            min((option.ms for option in stage.options if (stage.stage, option.rung) in usable), default=0.0)
            for stage in self.stages
        ]
        return self.workers / (2 * sum(fastest)) if sum(fastest) else 1.0

    def pays_back(self, new: Residents, old: Residents, rate_per_ms: float, load_ms: float, within_ms: float) -> bool:
        """Say whether a plan wins more accuracy within a time than loading it costs those who wait meanwhile."""
        if new.accuracy <= old.accuracy + LEAST_GAIN:
            return False
        busy = min(rate_per_ms * old.ms / self.workers, 1.0)
        lost = busy * load_ms * old.accuracy / old.ms if old.ms else 0.0
        return (new.accuracy - old.accuracy) * rate_per_ms * within_ms >= lost

    def worth(self, rungs: Collection[RungKey], rate_per_ms: float) -> Residents:
        """Return what a choice gives on average, where every worker's time goes to what wins most for it."""
        stages = [
            replace(stage, options=tuple(option for option in stage.options if (stage.stage, option.rung) in rungs))
            for stage in self.stages
        ]
        if not all(stage.options for stage in stages):
            return Residents(frozenset(rungs), 0.0, 0.0)
        most_ms = LOAD * self.workers / rate_per_ms if rate_per_ms else float("inf")
        return Residents(frozenset(rungs), *_on_average(build_ladder(stages), most_ms))

    def fits(self, rungs: Collection[RungKey]) -> bool:
        """Say whether rungs can be loaded together, with room left for the largest call of ordinary size."""
        for device, limit_mb in self.limits_mb.items():
            here = [self.footprints[key] for key in rungs if key in self.footprints]
            here = [one for one in here if one.device == device]
            if here and _together_mb(here) + max(one.call_mb for one in here) > limit_mb:
                return False
        return True

    def _lightest(self, usable: Collection[RungKey]) -> set[RungKey]:
        """Return the working rung of every stage that takes least memory."""
        found = set()
        for stage in self.stages:
            keys = [(stage.stage, option.rung) for option in stage.options]
            working = [key for key in keys if key in usable and key in self.working]
            if working:
                found.add(min(working, key=lambda key: self._alone_mb(key)))
        return found

    def _alone_mb(self, key: RungKey) -> float:
        one = self.footprints.get(key)
        return one.weights_mb + one.call_mb if one is not None and one.device in self.limits_mb else 0.0

    def _weights_mb(self, rungs: Collection[RungKey]) -> float:
        limited = [one for key in rungs if (one := self.footprints.get(key)) and one.device in self.limits_mb]
        return _together_mb(limited)


def _together_mb(footprints: Sequence[Footprint]) -> float:
    """Return what rungs take once loaded; one whose models another brings along takes nothing."""
    total, loaded = 0.0, set[object]()
    for one in sorted(footprints, key=lambda one: -one.weights_mb):
        if not one.models <= loaded:
            total += one.weights_mb
            loaded |= one.models
    return total


def _on_average(ladder: JointLadder, most_ms: float) -> tuple[float, float]:
    """Return accuracy and time a document where documents may take so long on average; some are refused if need be."""
    accuracy = ms = 0.0
    for climb in ladder.climbs():
        share = min(max((most_ms - ms) / climb.ms, 0.0), 1.0) if climb.ms else 1.0
        accuracy += share * climb.gain
        ms += share * climb.ms
        if share < 1.0:
            break
    return accuracy, ms
