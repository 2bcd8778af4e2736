"""What a profile says of a pipeline file's ladders: times, accuracies and memory of the rungs that it really knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from docpipe.profiles.model import Profile, RungProfile


@dataclass(frozen=True, slots=True)
class RungDigest:
    """A rung of a pipeline file: its name, and the digest of its settings that a profile must have measured."""

    name: str
    settings: str
    rules: str | None = None
    """The digest of the rules it reads by. Other rules cost and read about the same: the figures still count."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """A stage of a pipeline file, best rung first. `lease_s` is what the file writes itself, None by default."""

    stage: str
    rungs: tuple[RungDigest, ...]
    lease_s: float | None = None
    lease_in_stage: bool = False
    """Whether the stage says it, not the `policy:` block."""
    unit: str = ""
    """What the stage's time grows with; figures in another unit do not count. Empty: not known here."""


def counts_alike(profile: Profile, ladder: Ladder) -> bool:
    """Whether a profile measured a stage in the unit in which the stage counts now."""
    measured = profile.stages.get(ladder.stage)
    return measured is None or not ladder.unit or measured.unit == ladder.unit


def match_rungs(profile: Profile, ladder: Ladder) -> Mapping[str, RungProfile]:
    """Return the rungs that were measured with the very settings that the file has now."""
    found: dict[str, RungProfile] = {}
    if not counts_alike(profile, ladder):
        return found
    for rung in ladder.rungs:
        measured = profile.rung(ladder.stage, rung.name)
        if measured is not None and measured.settings == rung.settings:
            found[rung.name] = measured
    return found


def measured_with_other_rules(profile: Profile, ladder: Ladder) -> list[str]:
    """Return the rungs whose figures count although their rules were changed since."""
    fresh = match_rungs(profile, ladder)
    return [rung.name for rung in ladder.rungs if rung.name in fresh and fresh[rung.name].rules != rung.rules]


def options_of(profile: Profile, ladder: Ladder) -> Mapping[str, tuple[float, float]]:
    """Return milliseconds of the reference document and accuracy factor, for rungs that have both."""
    return {
        name: (profile.ms(rung), rung.factor)
        for name, rung in match_rungs(profile, ladder).items()
        if rung.factor is not None
    }


def call_ms_of(profile: Profile, ladders: Sequence[Ladder]) -> Callable[[str, str, float | None], float | None]:
    """Return what tells the milliseconds of a call by stage, rung and size; None of a rung that was not measured.

    Without a size it is that of the reference document.
    """
    rungs = {ladder.stage: match_rungs(profile, ladder) for ladder in ladders}

    def call_ms(stage: str, rung: str, units: float | None) -> float | None:
        measured = rungs.get(stage, {}).get(rung)
        return None if measured is None else profile.ms(measured, units)

    return call_ms


def lease_needed_s(profile: Profile, ladders: Sequence[Ladder], stage: str) -> float | None:
    """Return how long a probe of a stage may take: from the document's start to the end of the slowest rung's call.

    Stages before it count with their best rung. All at their P99 for the largest page measured; None where the stage's
    rungs or those before it are not all known.
    """
    total = 0.0
    for ladder in ladders:
        rungs = match_rungs(profile, ladder)
        if len(rungs) < len(ladder.rungs):
            return None
        times = [profile.p99_ms(rungs[rung.name], rungs[rung.name].units.largest) for rung in ladder.rungs]
        if ladder.stage == stage:
            return (total + max(times)) / 1000
        total += times[0]
    return None
