"""How much of an accelerator's memory each rung needs, as far as it can be known without loading it.

Rules and models on the processor need none. For the others stands the size of the weights, by the profile or by the
manifest: the engine takes more than that, but what counts is which rung needs less.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from docpipe.profiles import Profile, match_rungs
from docpipe.runtime.manifest import load_manifest
from docpipe.runtime.protocol import ModelRef

if TYPE_CHECKING:
    from docpipe.config.pipeline_file import PipelineConfig

_MB = 1 << 20


def device_needs(config: PipelineConfig, profile: Profile | None) -> dict[str, dict[str, float]]:
    """Return megabytes by stage and rung: 0 for a rung off the device; one of which nobody knows is left out.

    Empty where nothing at all runs on a device: whoever makes up a device for a drill then presses every stage.
    """
    if all(is_on_host(ref, config.runtime.device) for ref in config.models()):
        return {}
    measured: Mapping[tuple[str, str], float | None] = {}
    if profile is not None:
        measured = {
            (ladder.stage, name): rung.weights_mb
            for ladder in config.ladders()
            for name, rung in match_rungs(profile, ladder).items()
        }
    needs: dict[str, dict[str, float]] = {}
    for name, stage in config.each_stage():
        for rung in stage.ladder:
            on_device = [ref for ref in rung.use.models() if not is_on_host(ref, config.runtime.device)]
            need = measured.get((name, rung.name)) if on_device else 0.0
            if need is None:
                sizes = [_size_mb(ref) for ref in on_device]
                need = None if None in sizes else sum(size for size in sizes if size is not None)
            if need is not None:
                needs.setdefault(name, {})[rung.name] = need
    return needs


def is_on_host(ref: ModelRef, default: str) -> bool:
    """Whether a model runs on the processor."""
    return (ref.device or default).partition(":")[0] == "cpu"


def memory_floors(config: PipelineConfig) -> dict[str, str]:
    """Return, by stage, the lowest rung that memory pressure may send it to.

    A stage of whole documents is what the document is read for: it is never switched off for memory.
    """
    floors = {}
    for name, stage in config.each_stage():
        working = [rung.name for rung in stage.ladder if rung.mode != "disable"]
        if config.specs[name].per == "document":
            floors[name] = working[-1]
    return floors


@lru_cache(maxsize=1)
def _sizes() -> Mapping[str, float | None]:
    return {
        entry.name: sum(file.size for file in entry.files) / _MB if entry.files else entry.download_mb
        for entry in load_manifest().models
    }


def _size_mb(ref: ModelRef) -> float | None:
    return None if ref.model_dir else _sizes().get(ref.name)
