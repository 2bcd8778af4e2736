"""Rungs of a pipeline file that cannot work: models unknown, of another task or in no folder, inputs not reduced."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from docpipe.profiles.judge import Finding
from docpipe.runtime.manifest import Manifest, load_manifest
from docpipe.runtime.protocol import ModelRef

if TYPE_CHECKING:
    from docpipe.config.pipeline_file import PipelineConfig


def unusable_models(config: PipelineConfig, manifest: Manifest | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with the models of each rung, by the manifest alone: nothing is loaded or downloaded."""
    manifest = manifest or load_manifest()
    found: list[Finding] = []
    for name, stage in config.each_stage():
        for index, rung in enumerate(stage.ladder):
            loc = ("stages", name, "ladder", index, "use")
            for ref in rung.use.models() if rung.mode != "disable" else ():
                found += [Finding(loc, f"rung {rung.name!r}: {text}", True) for text in _complaints(ref, manifest)]
    return tuple(found)


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
    if ref.model_dir is not None:
        if not Path(ref.model_dir).is_dir():
            yield f"model_dir {ref.model_dir} is not a directory"
        return
    entry = next((entry for entry in manifest.models if entry.name == ref.name), None)
    if entry is None:
        of_task = [entry.name for entry in manifest.models if entry.task == ref.task]
        yield f"there is no model {ref.name!r}; {_instead(ref.name, of_task)}, or give its `model_dir`"
    elif entry.task != ref.task:
        of_task = [entry.name for entry in manifest.models if entry.task == ref.task]
        yield f"{ref.name} is a model of {entry.task}, not of {ref.task}; {_instead(ref.name, of_task)}"


def _instead(name: str, known: Sequence[str]) -> str:
    """Return what was probably meant, or all that there is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else "there are " + ", ".join(known)
