"""How much of a device's memory a file lets docpipe take (`runtime.memory_mb`), and what each rung takes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docpipe.profiles.judge import Finding
from docpipe.profiles.prices import match_rungs
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import normal

if TYPE_CHECKING:
    from docpipe.config.pipeline_file import PipelineConfig

RESERVE = 0.1
"""Share of a limit that is left free: allocators keep pieces that nobody can use."""
PROCESS_MB = 220.0
"""Of host memory for a process with nothing loaded."""


@dataclass(frozen=True, slots=True)
class RungMemory:
    """What a rung takes on its device: once loaded, and during a call beyond that for each unit of its input."""

    device: str
    models: frozenset[ModelRef]
    weights_mb: float
    peak_mb_per_unit: float
    reference_units: float
    largest_units: float
    ms: float
    """Time of a call of the reference's size."""

    @property
    def peak_mb(self) -> float:
        """Beyond the weights, for the largest input measured."""
        return self.peak_mb_per_unit * self.largest_units


def device_of(ref: ModelRef, default: str) -> str:
    """Return the device that a model runs on, by its full name: `gpu` is `gpu:0`."""
    device = ref.device or default
    return device if device == "cpu" or ":" in device else f"{device}:0"


def rung_memories(config: PipelineConfig) -> Mapping[tuple[str, str], RungMemory]:
    """Return what the profile knows of rungs with models, by stage and rung.

    Raises:
        ConfigError: the profile cannot be read.
    """
    profile = config.load_profile()
    found: dict[tuple[str, str], RungMemory] = {}
    for ladder in config.ladders() if profile is not None else ():
        assert profile is not None
        for name, measured in match_rungs(profile, ladder).items():
            models = config.stage(ladder.stage).rung(name).use.models()
            if not models:
                continue
            device = device_of(models[0], config.runtime.device)
            weights = measured.resident_mb if device == "cpu" else measured.weights_mb
            if weights is None or measured.peak_mb_per_unit is None:
                continue
            found[ladder.stage, name] = RungMemory(
                device, frozenset(normal(ref, config.runtime) for ref in models), weights, measured.peak_mb_per_unit,
                measured.units.reference, measured.units.largest, profile.ms(measured),
            )  # fmt: skip
    return found


def budgets(config: PipelineConfig, processes: int = 1) -> Mapping[str, float]:
    """Return the megabytes of each device with a limit that one of several processes may fill."""
    found = {}
    for device, limit_mb in config.runtime.memory_mb.items():
        own_mb = PROCESS_MB if device == "cpu" else 0.0
        found[device_of(ModelRef("tensor_network", "", device=device), "cpu")] = (
            limit_mb * (1 - RESERVE) / processes - own_mb
        )
    return found


def weights_mb(rungs: Iterable[RungMemory]) -> float:
    """Return what rungs take together once loaded; those that share all their models count once."""
    total, loaded = 0.0, set[ModelRef]()
    for rung in sorted(rungs, key=lambda one: -one.weights_mb):
        if not rung.models <= loaded:
            total += rung.weights_mb
            loaded |= rung.models
    return total


def memory_findings(config: PipelineConfig) -> Iterator[Finding]:
    """Yield what is wrong with `runtime.memory_mb`; a limit that no rung of a stage fits is refused.

    Raises:
        ConfigError: the profile cannot be read.
    """
    named = [device_of(ModelRef("tensor_network", "", device=device), "cpu") for device in config.runtime.memory_mb]
    if len(set(named)) < len(named):
        yield Finding(("runtime", "memory_mb"), "names one device twice: `gpu` is `gpu:0`", True)
    memories = rung_memories(config)
    for device, left_mb in budgets(config, max(config.workers, 1)).items():
        at = ("runtime", "memory_mb", next(d for d in config.runtime.memory_mb if device.startswith(d)))
        here = {key: rung for key, rung in memories.items() if rung.device == device}
        if not here:
            yield Finding(at, f"has no effect: the profile knows the memory of no rung on {device}", True)
            continue
        lightest = [
            min((rung for (stage, _), rung in here.items() if stage == name), key=lambda rung: rung.weights_mb)
            for name in dict.fromkeys(stage for stage, _ in here)
        ]
        needed_mb = weights_mb(lightest) + max(rung.peak_mb_per_unit * rung.reference_units for rung in lightest)
        if needed_mb > left_mb:
            limit_mb = config.runtime.memory_mb[at[2]]
            text = (
                f"{limit_mb:.0f} MB leave {max(left_mb, 0):.0f} for each of {max(config.workers, 1)} processes, and "
                f"the lightest rungs need {needed_mb:.0f}"
            )
            yield Finding(at, text, True)
