"""Which engine `engine: auto` takes: the one that was measured as faster on this machine, and never one unmeasured."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docpipe.errors import DocpipeError
from docpipe.runtime.engines import explain_missing
from docpipe.runtime.openvino.comparison import Comparison
from docpipe.runtime.prepare import PreparedModel
from docpipe.runtime.protocol import EngineName, ModelRef
from docpipe.runtime.resolve import Download, resolve
from docpipe.runtime.selftest import modes_for
from docpipe.runtime.settings import RuntimeSettings

log = logging.getLogger("docpipe.runtime")

GAIN = 0.95
"""OpenVINO is taken where it needs at most this share of ONNX Runtime's CPU time; nearer ones are noise."""

UNMEASURED = "not measured here: `docpipe models prepare` or `docpipe doctor` does"


@dataclass(frozen=True, slots=True)
class Measured:
    """One model that a pipeline file runs on OpenVINO or leaves to `auto`: what comparing came to, or why it failed."""

    name: str
    mode: str
    comparison: Comparison | None = None
    problem: str = ""

    def __str__(self) -> str:
        if self.comparison is None:
            return f"{self.name}: {self.problem}"
        if self.comparison.refusal:
            return f"{self.name}: {self.mode} is not used: {self.comparison.refusal}"
        engine, reason = _judge(self.comparison)
        return (
            f"{self.name}: {self.mode}: words differ by {self.comparison.words_points:.2f} points, spotting by "
            f"{self.comparison.spotting_points:.2f}; `engine: auto` takes {engine}: {reason}"
        )


def faster_engine(prepared: PreparedModel, device: str, cache: Path) -> EngineName:
    """Return the engine that `auto` stands for, and log why.

    It is `onnxruntime` wherever OpenVINO cannot be used, was refused, or was not measured on this machine, and the
    engine of the files where those are Paddle's.
    """
    if prepared.engine != "onnxruntime":
        return prepared.engine
    engine, reason = _choose(prepared, device, cache)
    level = logging.WARNING if reason == UNMEASURED else logging.INFO
    log.log(level, "docpipe.engine_chosen name=%s engine=%s reason=%r", prepared.name, engine, reason)
    return engine


def measure_engines(
    refs: Sequence[ModelRef], settings: RuntimeSettings, download: Download | None = None
) -> list[Measured]:
    """Measure each model that `refs` run on OpenVINO or leave to `auto`, and keep what `auto` chooses by."""
    from docpipe.runtime.openvino.predictors import measure

    found: dict[str, Measured] = {}
    for ref in refs:
        if ref.engine not in ("openvino", "auto") or (ref.device or settings.device) != "cpu":
            continue
        try:
            prepared = resolve(_plain(ref), settings, download)
            key = f"{prepared.name} {prepared.sha256}"
            if prepared.engine != "onnxruntime" or key in found:
                continue
            if lacking := explain_missing("openvino"):
                found[key] = Measured(prepared.name, "openvino", problem=lacking)
                continue
            for mode in modes_for("openvino", "cpu"):
                comparison = measure(prepared, mode, settings.cache())
                found[key] = Measured(prepared.name, mode.name, comparison)
                if not comparison.refusal:
                    break
        except DocpipeError as e:
            found[ref.name] = Measured(ref.name, "openvino", problem=str(e))
    return list(found.values())


def _plain(ref: ModelRef) -> ModelRef:
    return ModelRef(ref.task, ref.name, ref.model_dir, "onnxruntime" if ref.engine == "openvino" else None, ref.device)


def _choose(prepared: PreparedModel, device: str, cache: Path) -> tuple[EngineName, str]:
    from docpipe.runtime.openvino.records import place_of, recall

    if device != "cpu":
        return "onnxruntime", f"openvino serves the processor, not {device}"
    if lacking := explain_missing("openvino"):
        return "onnxruntime", lacking
    for mode in modes_for("openvino", device):
        comparison = recall(place_of(prepared, mode, cache))
        if comparison is None or not comparison.openvino_ms:
            return "onnxruntime", UNMEASURED
        if not comparison.refusal:
            return _judge(comparison)
    return "onnxruntime", "openvino reads the samples otherwise"


def _judge(comparison: Comparison) -> tuple[EngineName, str]:
    ours, theirs = comparison.openvino_ms, comparison.onnxruntime_ms
    reason = f"{ours:.0f} ms of CPU on the samples by openvino, {theirs:.0f} by onnxruntime"
    faster = ours <= GAIN * theirs
    return ("openvino" if faster else "onnxruntime"), reason
