"""Looks for settings under which recorded traffic gets more accuracy within the deadline. Pure.

Single changes are tried one after the other: another way to refuse, a ladder without one of its rungs. The traffic is
cut into parts of equal time. A change is taken only if it wins on the parts that it was found on and again on those
that were held out; what wins on the first alone fitted their chance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from docpipe.policy.core.frontier import StageOptions
from docpipe.scheduling.ladder import build_ladder
from docpipe.scheduling.scheduler import Refuse, SchedulerSettings
from docpipe.scheduling.simulation import Arrival, Harness, PricePolicy, SimulationResult

PARTS = 8
LEAST_GAIN = 0.001
"""Of accuracy within the deadline over offered documents: less is not worth a change of the file."""
REFUSALS: tuple[Refuse, ...] = ("costliest_first", "only_hopeless")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a pipeline file: `refuse`, or a rung that is taken out of its stage's ladder."""

    refuse: Refuse | None = None
    stage: str = ""
    rung: str = ""

    def __str__(self) -> str:
        return f"refuse: {self.refuse}" if self.refuse else f"{self.stage} without {self.rung}"


@dataclass(frozen=True, slots=True)
class Trial:
    """A change that was tried: what it won where it was looked for, and on the parts held out."""

    change: Change
    found: float
    held_out: float
    taken: bool
    why: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What is played: ladders and the way to refuse."""

    stages: tuple[StageOptions, ...]
    refuse: Refuse


class Tuner:
    """Plays traffic under one setting after another."""

    def __init__(
        self,
        stages: Sequence[StageOptions],
        settings: SchedulerSettings,
        deadline_ms: float,
        most_unserved: float = 1.0,
    ) -> None:
        """`most_unserved` is the share of documents that may be refused or late, where the start keeps to it too."""
        self._all, self._settings, self._most_unserved = tuple(stages), settings, most_unserved
        self._harness = Harness(stages, 1.0, settings.workers, deadline_ms)
        self.setting = Setting(self._all, settings.refuse)

    def tune(self, parts: Sequence[Sequence[Arrival]], kept: Collection[str] = ()) -> Iterator[Trial]:
        """Yield what was tried, in rounds that each take the best change; `setting` is what came of it.

        Args:
            parts: of the traffic, each beginning at 0; every second one is held out.
            kept: rungs, as `stage.rung`, that stay.
        """
        found_on, held_out = parts[::2], parts[1::2]
        while True:
            before, before_held = self._play(self.setting, found_on), self._play(self.setting, held_out)
            tried = []
            for change in self._changes(kept):
                played = self._play(self._with(change), found_on)
                tried.append((_accuracy(played) - _accuracy(before), change, played))
            tried.sort(key=lambda one: -one[0])
            taken = None
            for gain, change, played in tried:
                after = self._play(self._with(change), held_out)
                held = _accuracy(after) - _accuracy(before_held)
                why = self._against(gain, held, (*before, *before_held), (*played, *after))
                taken = change if not why and taken is None else taken
                yield Trial(
                    change, gain, held, taken is change, why or ("" if taken is change else "a better one was taken")
                )
            if taken is None:
                return
            self.setting = self._with(taken)

    def _changes(self, kept: Collection[str]) -> Iterator[Change]:
        yield from (Change(refuse=way) for way in REFUSALS if way != self.setting.refuse)
        for stage in self.setting.stages:
            for option in stage.options[1:]:  # the best rung is what the file is for
                if f"{stage.stage}.{option.rung}" not in kept:
                    yield Change(stage=stage.stage, rung=option.rung)

    def _with(self, change: Change) -> Setting:
        if change.refuse:
            return replace(self.setting, refuse=change.refuse)
        stages = tuple(
            replace(stage, options=tuple(option for option in stage.options if option.rung != change.rung))
            if stage.stage == change.stage
            else stage
            for stage in self.setting.stages
        )
        return replace(self.setting, stages=stages)

    def _play(self, setting: Setting, parts: Sequence[Sequence[Arrival]]) -> list[SimulationResult]:
        ladder, settings = build_ladder(setting.stages), replace(self._settings, refuse=setting.refuse)
        return [self._harness.play(PricePolicy(ladder, settings), part) for part in parts]

    def _against(
        self, gain: float, held: float, before: Sequence[SimulationResult], after: Sequence[SimulationResult]
    ) -> str:
        """Return what speaks against a change; empty where nothing does."""
        if gain < LEAST_GAIN:
            return "no gain"
        if held < LEAST_GAIN:
            return "no gain on the parts held out"
        if _share_unserved(after) > max(self._most_unserved, 0.0) and _share_unserved(after) > _share_unserved(before):
            return f"{_share_unserved(after):.1%} refused or late"
        return ""


def parts_of(documents: Sequence[Arrival], parts: int = PARTS) -> list[list[Arrival]]:
    """Cut traffic into parts of equal time, each beginning at 0.

    Raises:
        ValueError: a part is empty.
    """
    width = max(document.at_s for document in documents) / parts or 1.0
    found: list[list[Arrival]] = [[] for _ in range(parts)]
    for document in documents:
        index = min(int(document.at_s / width), parts - 1)
        found[index].append(replace(document, at_s=document.at_s - index * width))
    if not all(found):
        raise ValueError(f"cut into {parts} parts of {width:.4g} s, one has no document: too little to tune on")
    return found


def _accuracy(played: Sequence[SimulationResult]) -> float:
    return mean(one.per_document for one in played)


def _share_unserved(played: Sequence[SimulationResult]) -> float:
    return sum(one.refused + one.late for one in played) / sum(one.documents for one in played)
