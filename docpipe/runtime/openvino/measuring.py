"""Measures models on OpenVINO beside ONNX Runtime: what `engine: auto` chooses by, and what people are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docpipe.errors import DocpipeError
from docpipe.runtime.engines import explain_missing
from docpipe.runtime.openvino.choice import judge
from docpipe.runtime.openvino.comparison import Comparison
from docpipe.runtime.openvino.predictors import measure
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import Download, resolve
from docpipe.runtime.selftest import modes_for
from docpipe.runtime.settings import RuntimeSettings


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
        engine, reason = judge(self.comparison)
        return (
            f"{self.name}: {self.mode}: words differ by {self.comparison.words_points:.2f} points, spotting by "
            f"{self.comparison.spotting_points:.2f}; `engine: auto` takes {engine}: {reason}"
        )


def measure_engines(
    refs: Sequence[ModelRef], settings: RuntimeSettings, download: Download | None = None
) -> list[Measured]:
    """Measure each model that `refs` run on OpenVINO or leave to `auto`, and keep what `auto` chooses by."""
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
