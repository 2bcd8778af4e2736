"""What setting a model's denormal weights to 0 gains on this processor: measured, as it differs between makers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from docpipe.errors import DocpipeError
from docpipe.runtime.manifest import ModelEntry, load_manifest
from docpipe.runtime.prepare import source_file
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import resolve
from docpipe.runtime.settings import RuntimeSettings

ROUNDS = 3
FREE_SIDE = 320
"""Pixels of a side that the manifest leaves open."""


@dataclass(frozen=True, slots=True)
class FlushGain:
    """One model: how many weights were flushed, and the CPU time of one call before and after, in milliseconds."""

    name: str
    weights: int
    before_ms: float | None = None
    """None where the model was not timed: only ONNX files of packages are, by one thread of ONNX Runtime."""
    after_ms: float | None = None


def flush_gains(refs: Sequence[ModelRef], settings: RuntimeSettings) -> list[FlushGain]:
    """Return the gain of every model that came with denormals; what cannot be resolved is left out."""
    entries = {entry.name: entry for entry in load_manifest().models}
    found = {}
    for ref in refs:
        try:
            prepared = resolve(ref, settings)
        except DocpipeError:
            continue  # the engine test of the same model says why
        if prepared.flushed and prepared.sha256 not in found:
            entry = entries.get(ref.name)
            if entry is not None and prepared.engine == "onnxruntime" and entry.source.kind == "package":
                source = source_file(entry, next(file for file in entry.files if file.name == "inference.onnx"))
                before, after = time_both(source, prepared.dir / "inference.onnx", entry)
                found[prepared.sha256] = FlushGain(ref.name, prepared.flushed, before, after)
            else:
                found[prepared.sha256] = FlushGain(ref.name, prepared.flushed)
    return list(found.values())


def time_both(before: Path, after: Path, entry: ModelEntry) -> tuple[float, float]:
    """Return the median CPU milliseconds of a call of two versions of a network, in turns on the same noise."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    sessions = [onnxruntime.InferenceSession(str(p), options, ["CPUExecutionProvider"]) for p in (before, after)]
    random = np.random.default_rng(20)
    inputs = {name: random.standard_normal([_side(axis, side) for axis, side in enumerate(shape)], dtype=np.float32)
              for name, shape in entry.input.items()}  # fmt: skip
    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 1):
        for session, times in zip(sessions, took, strict=True):
            spent = _cpu_ms(session, inputs)
            if turn:  # the first call meets the shape for the first time
                times.append(spent)
    return median(took[0]), median(took[1])


def _cpu_ms(session: Any, inputs: dict[str, Any]) -> float:
    started = time.process_time()
    session.run(None, inputs)
    return 1000 * (time.process_time() - started)


def _side(axis: int, side: int | str) -> int:
    return side if isinstance(side, int) else 1 if axis == 0 else FREE_SIDE
