"""How long a call may take before it counts as stuck: by the profile, for the size of what is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from docpipe.config import PipelineConfig, RungConfig
from docpipe.profiles import Profile, match_rungs
from docpipe.profiles.model import RungProfile

TIMES = 5.0
"""Over what 99 of 100 such calls take: beyond that it is not slow, it is stuck."""

LEAST_S = 10.0
"""Nothing counts as stuck sooner. A machine that is busy with other work stretches short calls more than long ones."""

LEAST_BY_CPU_S = 60.0
"""The same where the profile measured processor time, which says nothing of how long a call waits for a core."""


@dataclass(frozen=True)
class CallLimits:
    """What the profile of a configuration says of stuck calls; nothing without one."""

    profile: Profile | None = None
    rungs: Mapping[tuple[str, str], RungProfile] = field(default_factory=dict)
    longest_s: float | None = None
    """What the file allows at most (`runtime.infer_timeout_s`)."""

    @classmethod
    def of(cls, config: PipelineConfig) -> Self:
        """Return what holds for a configuration.

        Raises:
            ConfigError: its profile cannot be read.
        """
        profile = config.load_profile()
        if profile is None:
            return cls()
        rungs = {
            (ladder.stage, name): rung
            for ladder in config.ladders()
            for name, rung in match_rungs(profile, ladder).items()
        }
        return cls(profile, rungs, config.runtime.infer_timeout_s)

    def limit_s(self, stage: str, rung: RungConfig[Any], units: float | None) -> float | None:
        """Return how long one call of a model may take, or None where no profile says.

        `units` is the size of its input. Where nobody knows it before the stage has run, as with tables, the largest
        that was measured stands.
        """
        measured = self.rungs.get((stage, rung.name))
        if self.profile is None or measured is None or not rung.use.models():
            return None
        units = measured.units.largest if units is None else max(measured.units.reference, units)
        least_s = LEAST_BY_CPU_S if self.profile.clock == "cpu" else LEAST_S
        limit_s = max(least_s, TIMES * self.profile.p99_ms(measured, units) / 1000)
        return limit_s if self.longest_s is None else min(limit_s, self.longest_s)


NO_PROFILE = CallLimits()
