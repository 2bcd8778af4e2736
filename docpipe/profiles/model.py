"""What a profile holds: for each rung its time, memory and accuracy, as `docpipe profile` measured them on a machine.

Times are milliseconds of one call (a page; for key fields a document): `fixed_ms + ms_per_unit x units`. What a unit is
stands at the stage. Memory is in MB of 2**20 bytes. An accuracy factor stands beside the stage's best rung, which is 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from docpipe.files.yaml_file import check_model, read_text

Clock = Literal["wall", "cpu"]
Unit = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
"""What the time of a stage grows with, as the stage itself calls it (`docpipe.stages.stage_spec`)."""
Measure = Literal["fields", "line_items", "words", "tables"]

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")]

BEST = 1.02
"""No rung is taken for more than this much better than the best one: on a small sample that is luck."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Cost(_Model):
    """How long a call takes. `p99_over_p50` is the spread of measured over predicted times, `error_ms` half the 95 %
    interval of the time at the reference size."""

    fixed_ms: NotNegative
    ms_per_unit: NotNegative
    p99_over_p50: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.0
    error_ms: NotNegative = 0.0

    def ms(self, units: float) -> float:
        """Return the time of a call of that size."""
        return self.fixed_ms + self.ms_per_unit * units


class Sizes(_Model):
    """The sizes that were measured, in units of the stage. The reference is their mean."""

    reference: NotNegative
    smallest: NotNegative
    largest: NotNegative


class Accuracy(_Model):
    """What a rung reads beside the best one, other stages on their best: a factor and its 95 % interval.

    `score` is the rung's own micro F1 over `documents` labelled documents.
    """

    measure: Measure
    factor: Annotated[float, Field(ge=0, le=BEST)]
    low: Annotated[float, Field(ge=0, le=BEST)]
    high: Annotated[float, Field(ge=0, le=BEST)]
    score: Annotated[float, Field(ge=0, le=1)]
    documents: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not self.low <= self.factor <= self.high:
            raise ValueError(f"factor {self.factor:g} is not between low ({self.low:g}) and high ({self.high:g})")
        return self


class RungProfile(_Model):
    """One rung as it was measured."""

    settings: Digest
    """Of the rung's `use:` and mode: another one was not measured."""
    rules: Digest | None = None
    """Of the rules it read by; with others the figures count, and `docpipe check` says that they are of other rules."""
    models: Mapping[str, str] = Field(default_factory=dict)
    """The models' names, with the first digits of their weights' sha256."""
    samples: Annotated[int, Field(ge=0)] = 0
    units: Sizes
    wall: Cost
    cpu: Cost
    weights_mb: NotNegative | None = None
    """Size of the models' files."""
    resident_mb: NotNegative | None = None
    """Growth of the process while the models were loaded and warmed."""
    peak_mb_per_unit: NotNegative | None = None
    """Growth beyond `resident_mb` during a call, for each unit, at the call that took most."""
    accuracy: tuple[Accuracy, ...] = ()
    """What was labelled, the measure that counts first; empty where nothing was."""

    @property
    def peak_mb(self) -> float | None:
        """What the process holds for this rung during the largest call measured."""
        if self.resident_mb is None:
            return None
        return self.resident_mb + (self.peak_mb_per_unit or 0.0) * self.units.largest

    @property
    def factor(self) -> float | None:
        """The accuracy factor that counts, or None where nothing was labelled."""
        return self.accuracy[0].factor if self.accuracy else None


class StageProfile(_Model):
    """The rungs of one stage, by name."""

    unit: Unit
    rungs: Mapping[str, RungProfile]


class Machine(_Model):
    """Where it was measured."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    processor: str
    cores: Annotated[int, Field(ge=1)]
    memory_mb: NotNegative
    device: str = "cpu"
    threads: Annotated[int, Field(ge=1)]


class MeasuredSet(_Model):
    """The documents that were read: what the labels file held, and how much of it was used."""

    name: str
    sha256: Digest | None = None
    """Of the labels file; None where there were no labels."""
    documents: Annotated[int, Field(ge=1)]
    labelled: Annotated[int, Field(ge=0)] = 0


class Measured(_Model):
    """By what a profile was measured. No date: the same inputs give the same header."""

    config: str
    config_sha256: Digest
    sets: tuple[MeasuredSet, ...]
    repeats: Annotated[int, Field(ge=1)]
    seed: int = 0
    wall_over_cpu: NotNegative | None = None
    """Wall over CPU time of all calls: with one thread, above 1 other work has stretched the wall times."""


class Profile(_Model):
    """A whole profile file."""

    version: Annotated[int, Field(ge=1, le=1)] = 1
    clock: Clock = "wall"
    """Which of the two times counts."""
    machine: Machine
    versions: Mapping[str, str | None]
    measured: Measured
    stages: Mapping[str, StageProfile]

    def rung(self, stage: str, rung: str) -> RungProfile | None:
        """Return what is known of a rung, or None."""
        found = self.stages.get(stage)
        return None if found is None else found.rungs.get(rung)

    def cost(self, rung: RungProfile) -> Cost:
        """Return the time of a rung by the clock that counts."""
        return rung.wall if self.clock == "wall" else rung.cpu

    def ms(self, rung: RungProfile, units: float | None = None) -> float:
        """Return the milliseconds of a call of that size, or of the reference's."""
        return self.cost(rung).ms(rung.units.reference if units is None else units)

    def p99_ms(self, rung: RungProfile, units: float | None = None) -> float:
        """Return the time below which 99 of 100 such calls end."""
        return self.ms(rung, units) * self.cost(rung).p99_over_p50


HEADER = """\
# Measured by `docpipe profile`; docs/profiles.md says what each key means. Do not edit: measure again.
"""


def to_yaml(profile: Profile) -> str:
    """Return the text of a profile file: the same profile, the same bytes."""
    data: dict[str, Any] = profile.model_dump(mode="json")
    return HEADER + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)


def read_profile(path: Path) -> Profile:
    """Read and check a profile file.

    Raises:
        ConfigError: with every complaint, each naming its line.
    """
    return _check(path, read_text(path))


@lru_cache(maxsize=4)
def _check(path: Path, text: str) -> Profile:
    """Return the profile that a text holds; kept, as six places ask for the same one before the first document."""
    return check_model(Profile, path, text)
