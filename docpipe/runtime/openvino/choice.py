"""Which engine `engine: auto` takes: the one that was measured as faster on this machine, and never one unmeasured."""

from __future__ import annotations

import logging
from pathlib import Path

from docpipe.runtime.engines import explain_missing
from docpipe.runtime.openvino.comparison import Comparison
from docpipe.runtime.openvino.records import place_of, recall
from docpipe.runtime.prepare import PreparedModel
from docpipe.runtime.protocol import EngineName
from docpipe.runtime.selftest import modes_for

log = logging.getLogger("docpipe.runtime")

GAIN = 0.9
"""OpenVINO is taken where it needs at most this share of ONNX Runtime's CPU time; nearer ones are noise."""

UNMEASURED = "not measured here: `docpipe models prepare` or `docpipe doctor` does"


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


def _choose(prepared: PreparedModel, device: str, cache: Path) -> tuple[EngineName, str]:
    if device != "cpu":
        return "onnxruntime", f"openvino serves the processor, not {device}"
    if lacking := explain_missing("openvino"):
        return "onnxruntime", lacking
    for mode in modes_for("openvino", device):
        comparison = recall(place_of(prepared, mode, cache))
        if comparison is None or not comparison.openvino_ms:
            return "onnxruntime", UNMEASURED
        if not comparison.refusal:
            return judge(comparison)
    return "onnxruntime", "openvino reads the samples otherwise"


def judge(comparison: Comparison) -> tuple[EngineName, str]:
    """Return the engine that a comparison speaks for, and the times it took."""
    ours, theirs = comparison.openvino_ms, comparison.onnxruntime_ms
    reason = f"{ours:.0f} ms of CPU on the samples by openvino, {theirs:.0f} by onnxruntime"
    faster = ours <= GAIN * theirs
    return ("openvino" if faster else "onnxruntime"), reason
