"""The outside world as the stages see it: load, infer, free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Image

Task = Literal[
    "text_detection", "text_orientation", "text_recognition", "layout_detection", "table_structure", "tensor_network"
]
EngineName = Literal["paddle_static", "onnxruntime", "paddleocr_onnx", "openvino"]
"""`onnxruntime`: docpipe's own predictors over ONNX files; `paddleocr_onnx`: PaddleOCR's classes over the same;
`openvino`: docpipe's own predictors with Intel's OpenVINO below them."""
EngineChoice = Literal["paddle_static", "onnxruntime", "paddleocr_onnx", "openvino", "auto"]
"""What a rung may ask for: an engine, or `auto` for the faster one of `onnxruntime` and `openvino`, by measurement."""
ONNX_ENGINES: frozenset[EngineName] = frozenset({"onnxruntime", "paddleocr_onnx", "openvino"})
"""Those that take ONNX files."""
Tensors = Mapping[str, NDArray[np.int64] | NDArray[np.float32]]
"""What a network of docpipe's own takes of one document: its inputs by name."""
Input = Image | Tensors
Prediction = Mapping[str, Any]
"""What one image gave, under PaddleOCR's own keys: `dt_polys`, `rec_text`, `boxes`, `structure`, …"""


@dataclass(frozen=True, slots=True, order=True)
class ModelRef:
    """Names a model the way the configuration does. Two rungs with equal references share one predictor."""

    task: Task
    name: str
    """The manifest's name, such as `PP-OCRv6_small_det` or `PP-OCRv6_small_rec_int8`."""
    model_dir: str | None = None
    """A directory of the user's own; None takes the manifest's source."""
    engine: EngineChoice | None = None
    """None takes the manifest's engine, or whichever the files in `model_dir` are for."""
    device: str | None = None
    """PaddleOCR's device string (`cpu`, `gpu:0`, `npu`, `xpu`); None takes the runtime's default."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What is known of a model once it is resident."""

    ref: ModelRef
    sha256: str
    """Of its weights; the first 8 digits stand in `model_version`."""
    engine: EngineName
    device: str
    mode: str
    """How it runs, such as `onednn`, `onednn without placement`, `plain`, `onnxruntime`."""
    load_s: float
    memory_mb: float
    """Growth of the process's resident memory while it was loaded and warmed."""


class Runtime(Protocol):
    """Keeps models resident, each owned by one thread of its own. Safe to call from any thread."""

    def load(self, ref: ModelRef) -> LoadedModel:
        """Load and warm a model; a second call returns what is there.

        Raises:
            ModelError: files missing, changed, not to be downloaded, or not loadable.
            OutOfMemory: there was no room.
        """
        ...

    def list_loaded(self) -> Sequence[LoadedModel]:
        """Return what is resident, in order of loading."""
        ...

    def infer(
        self,
        ref: ModelRef,
        images: Sequence[Input],
        options: Mapping[str, object] | None = None,
        limit_s: float | None = None,
    ) -> list[Prediction]:
        """Return one prediction per input, in order: pictures, or arrays by name for a `tensor_network`.

        `options` are keywords of PaddleOCR's `predict`. `limit_s` is how long the call may take, where that is less
        than what the runtime allows anyway.

        Raises:
            OutOfMemory: memory ran out, on the host or the device.
            StageError: the engine failed, or the model is not loaded.
        """
        ...

    def free(self, ref: ModelRef) -> float:
        """Unload a model and return the memory given back, in MB."""
        ...


class BackgroundRuntime(Runtime, Protocol):
    """A runtime that a pipeline owns: it can also load beside the requests, knows who is stuck, and ends."""

    def is_stuck(self, ref: ModelRef) -> bool:
        """Whether a model's call has timed out and still not come back."""
        ...

    def load_in_background(self, ref: ModelRef) -> Future[LoadedModel]:
        """Start loading a model and return at once; what `load` raises is in the future."""
        ...

    def close(self) -> None:
        """Unload everything."""
        ...
