"""Rungs of a pipeline file that cannot work: models unknown, of another task or in no folder, inputs not reduced,
devices that this machine has not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docpipe.errors import ModelError
from docpipe.files.complaint_words import suggest
from docpipe.profiles.judge import Finding
from docpipe.runtime.engines import explain_missing
from docpipe.runtime.gpu import GpuMemory, gpus
from docpipe.runtime.inventory import list_models
from docpipe.runtime.manifest import Manifest, load_manifest
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import from_directory, normal, unfit_engine

if TYPE_CHECKING:
    from docpipe.config.ladders import StageConfig
    from docpipe.config.pipeline_file import PipelineConfig


def unusable_models(config: PipelineConfig, manifest: Manifest | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with the models of each rung, by the manifest alone: nothing is loaded or downloaded."""
    manifest = manifest or load_manifest()
    found: list[Finding] = []
    for name, stage in config.each_stage():
        for index, rung in enumerate(stage.ladder):
            loc = ("stages", name, "ladder", index, "use")
            for ref in rung.use.models() if rung.mode != "disable" else ():
                ref = normal(ref, config.runtime)
                found += [Finding(loc, f"rung {rung.name!r}: {text}", True) for text in _complaints(ref, manifest)]
    return tuple(found)


def missing_models(config: PipelineConfig) -> tuple[Finding, ...]:
    """Return the rungs whose models are known and not on this machine: a stage starts below them."""
    lacking = {each.entry.name: each for each in list_models(config.runtime) if not each.usable}
    found: list[Finding] = []
    for name, stage in config.each_stage():
        for index, rung in enumerate(stage.ladder):
            for ref in rung.use.models() if rung.mode != "disable" else ():
                if normal(ref, config.runtime).model_dir is None and ref.name in lacking:
                    status = lacking[ref.name]
                    text = f"rung {rung.name!r} cannot start: {ref.name}: {status.note or status.status}"
                    found.append(Finding(("stages", name, "ladder", index, "use"), text, False))
                elif ref.engine == "openvino" and (text := explain_missing("openvino")):
                    loc = ("stages", name, "ladder", index, "use", "engine")
                    found.append(Finding(loc, f"rung {rung.name!r} cannot start: {text}", False))
    return tuple(found)


def missing_devices(config: PipelineConfig, seen: Sequence[GpuMemory] | None = None) -> tuple[Finding, ...]:
    """Return the devices that the file names and this machine has not; `seen` are its NVIDIA GPUs, by default read.

    Refused where a stage has no rung left without it; else the stage starts below the rungs that need it.
    """
    named: dict[tuple[str | int, ...], str] = {}
    stages: dict[tuple[str | int, ...], set[str]] = {}
    for name, stage in config.each_stage():
        for index, rung in enumerate(stage.ladder):
            for ref in rung.use.models() if rung.mode != "disable" else ():
                own = ref.device is not None
                loc = ("stages", name, "ladder", index, "use", "device") if own else ("runtime", "device")
                named[loc] = ref.device or config.runtime.device
                stages.setdefault(loc, set()).add(name)
    if not any(device.startswith("gpu") for device in named.values()):
        return ()
    count = len(gpus() if seen is None else seen)
    lost = {name for name, stage in config.each_stage() if not _has_rung(stage, config.runtime.device, count)}
    return tuple(
        Finding(loc, f"{device}: this machine has {_gpus(count)}", bool(stages[loc] & lost))
        for loc, device in named.items()
        if _is_missing(device, count)
    )


def _has_rung(stage: StageConfig[Any], default: str, gpu_count: int) -> bool:
    return any(
        rung.mode == "disable" or not any(_is_missing(ref.device or default, gpu_count) for ref in rung.use.models())
        for rung in stage.ladder
    )


def _is_missing(device: str, gpu_count: int) -> bool:
    return device.startswith("gpu") and int(device.partition(":")[2] or 0) >= gpu_count


def _gpus(count: int) -> str:
    if count == 0:
        return "no NVIDIA GPU that its driver shows; write `device: cpu`, or check the file where it will run"
    return "one GPU, gpu:0" if count == 1 else f"{count} GPUs, gpu:0 to gpu:{count - 1}"


def enlarging_rungs(config: PipelineConfig) -> tuple[Finding, ...]:
    """Return the rungs whose mode is `reduce_input` and whose input is no smaller than that of the rung above."""
    found: list[Finding] = []
    for name, stage in config.each_stage():
        for index, (above, rung) in enumerate(pairwise(stage.ladder), start=1):
            mine, limit = rung.use.input_limit(), above.use.input_limit()
            if rung.mode == "reduce_input" and mine is not None and limit is not None and mine[1] >= limit[1]:
                text = f"rung {rung.name!r} reduces nothing: {mine[0]} {mine[1]} is not below the {limit[1]} of "
                text += f"{above.name!r}; write less, or leave the rung out"
                found.append(Finding(("stages", name, "ladder", index, "use", mine[0]), text, True))
    return tuple(found)


def _complaints(ref: ModelRef, manifest: Manifest) -> Iterator[str]:
    if ref.engine == "openvino" and ref.device != "cpu":
        yield f"engine openvino serves the processor, not {ref.device}; add `device: cpu`, or leave `engine` out"
    if ref.model_dir is not None:
        try:
            from_directory(ref, Path(ref.model_dir).expanduser(), manifest)
        except ModelError as e:
            yield str(e).removeprefix(f"{ref.name}: ")
        return
    entry = next((entry for entry in manifest.models if entry.name == ref.name), None)
    if entry is None:
        of_task = [entry.name for entry in manifest.models if entry.task == ref.task]
        yield f"there is no model {ref.name!r}; {_instead(ref.name, of_task)}, or give its `model_dir`"
    elif entry.task != ref.task:
        of_task = [entry.name for entry in manifest.models if entry.task == ref.task]
        yield f"{ref.name} is a model of {entry.task}, not of {ref.task}; {_instead(ref.name, of_task)}"
    elif ref.engine is not None and (complaint := unfit_engine(entry, ref.engine)):
        yield f"{ref.name} {complaint}"


def _instead(name: str, known: Sequence[str]) -> str:
    """Return what was probably meant, or all that there is."""
    return suggest(name, known).removeprefix("; ") or "there are " + ", ".join(known)
