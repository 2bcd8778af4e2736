"""Finds the fastest way to run a model that works here.

Paddle 3.3.x crashes under oneDNN in every network with an `interpolate` operator, at the first run and not before
(Paddle#77340, #79749; fixed by PR#77430, not yet released). Leaving out one pass avoids it and keeps most of the gain,
so the modes are tried in this order on a blank image: oneDNN, oneDNN without that pass, plain. OpenVINO's modes are
numbers of 16 bits, where the processor multiplies matrices of those, then of 32.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from docpipe.errors import ModelError
from docpipe.runtime.failures import is_out_of_memory
from docpipe.runtime.processor import has_amx_bf16, processor
from docpipe.runtime.protocol import ONNX_ENGINES

log = logging.getLogger("docpipe.runtime")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to run a model: its name in logs and results, and the engine_config keys that make it so."""

    name: str
    config: Mapping[str, Any]


ONEDNN = Mode("onednn", {"run_mode": "mkldnn"})
ONEDNN_WITHOUT_PLACEMENT = Mode(
    "onednn without placement", {"run_mode": "mkldnn", "delete_pass": ["onednn_placement_pass"]}
)
PLAIN = Mode("plain", {"run_mode": "paddle"})
ONNXRUNTIME = Mode("onnxruntime", {})
OPENVINO_BF16 = Mode("openvino bf16", {"INFERENCE_PRECISION_HINT": "bf16"})
OPENVINO_F32 = Mode("openvino f32", {"INFERENCE_PRECISION_HINT": "f32"})

CPU_MODES = (ONEDNN, ONEDNN_WITHOUT_PLACEMENT, PLAIN)

_known: dict[str, str] = {}
"""What worked, by key, in this process."""


def modes_for(engine: str, device: str, *, pictures: bool = True) -> Sequence[Mode]:
    """Return the modes to try, fastest first; docpipe's own small networks run plain, as oneDNN slows them down."""
    if engine == "openvino":
        return (OPENVINO_BF16, OPENVINO_F32) if has_amx_bf16() else (OPENVINO_F32,)
    if engine in ONNX_ENGINES:
        return (ONNXRUNTIME,)
    if not pictures:
        return (PLAIN,)
    return CPU_MODES if device == "cpu" else (PLAIN,)


def choose(key: str, modes: Sequence[Mode], build_and_run: Callable[[Mode], T], cache: Path | None) -> tuple[T, Mode]:
    """Return what `build_and_run` made of the first mode that works, and that mode.

    What worked before under `key` is tried first: see `selftest_key`. Memory running out says nothing about a mode, so
    it is passed on as it is.

    Raises:
        ModelError: no mode works; chained to the last error.
    """
    before = _known.get(key) or _recall(cache).get(key)
    ordered = sorted(modes, key=lambda mode: mode.name != before)
    failure: Exception | None = None
    for mode in ordered:
        try:
            made = build_and_run(mode)
        except Exception as e:
            if is_out_of_memory(e):
                raise
            log.warning("docpipe.selftest_failed key=%s mode=%r error=%r", key, mode.name, _short(e))
            failure = e
            continue
        if len(modes) > 1 and before != mode.name:
            log.info("docpipe.selftest key=%s mode=%r", key, mode.name)
            _remember(cache, key, mode.name)
        _known[key] = mode.name
        return made, mode
    raise ModelError(f"does not run in any mode ({', '.join(mode.name for mode in ordered)}): {_short(failure)}") from (
        failure
    )


def selftest_key(engine: str, version: str, sha256: str) -> str:
    """Return what a result holds for: engine and its version, weights, and kind of processor."""
    return f"{engine}-{version}-{sha256[:16]}-{processor()}"


def _short(error: Exception | None) -> str:
    return " ".join(str(error).split())[:200]


def _file(cache: Path) -> Path:
    return cache / "selftest.json"


def _recall(cache: Path | None) -> dict[str, str]:
    if cache is None:
        return {}
    try:
        content = json.loads(_file(cache).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _remember(cache: Path | None, key: str, mode: str) -> None:
    """Write a result down; losing one to another process costs a repetition, so no lock is held."""
    if cache is None:
        return
    scratch = _file(cache).with_suffix(f".{os.getpid()}.tmp")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        scratch.write_text(json.dumps({**_recall(cache), key: mode}, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(scratch, _file(cache))
    except OSError as e:
        log.warning("docpipe.selftest_not_saved path=%s error=%s", _file(cache), e.strerror)
