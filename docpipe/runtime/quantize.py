"""Makes INT8 versions of ONNX models on this machine, from calibration images of the project's own.

`int8_dynamic` quantises the weights of matrix products and measures activations as it runs: no calibration.
`int8_static` quantises convolutions too, with ranges measured on rendered text: faster on processors with VNNI, at a
greater loss. Both first raise the graph to opset 17, below which ONNX Runtime knows no per-channel quantisation.

A derived model's bytes depend on the versions of onnx and onnxruntime, and with `int8_static` in its last digits on the
processor, so its sha256 stands in its own stamp instead of the manifest; its directory is named after all that goes in.
"""

from __future__ import annotations

import importlib.util
import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docpipe.document import Image
from docpipe.errors import ModelError
from docpipe.files.distributions import installed_version
from docpipe.runtime.calibration import text_crops, text_pages
from docpipe.runtime.file_hashes import hashes_in
from docpipe.runtime.manifest import DerivedSource, ModelEntry
from docpipe.runtime.prepare import (
    Flushed,
    PreparedModel,
    check_prepared,
    describe,
    prepared_dir,
    publish,
    write_inference_yml,
)
from docpipe.runtime.protocol import Task

log = logging.getLogger("docpipe.runtime")

OPSET = 17
CALIBRATION_CROPS = 160
CALIBRATION_PAGES = 12
WEIGHTS = "inference.onnx"


def prepare_derived(entry: ModelEntry, base: PreparedModel, cache: Path) -> PreparedModel:
    """Quantise `base` into the cache; return at once where that is done already.

    Raises:
        ModelError: the base is no ONNX model, onnx is missing, or the cache cannot be written.
    """
    if not isinstance(entry.source, DerivedSource) or base.engine != "onnxruntime":
        raise ModelError(f"{entry.name}: only ONNX models can be quantised, and {base.name} is for {base.engine}")
    target = derived_dir(entry, base.sha256, cache)
    if target.is_dir():
        damage = check_prepared(target, entry, hashes_in(cache).sha256_of)
        if not damage:
            return describe(entry, target)
        log.warning("docpipe.model_repaired name=%s reason=%s", entry.name, damage[0])
    if importlib.util.find_spec("onnx") is None:
        raise ModelError(f"{entry.name} is made by quantising, which needs onnx: pip install onnx")
    recipe = entry.source.recipe

    def fill(directory: Path) -> Flushed:
        log.info("docpipe.model_quantising name=%s recipe=%s", entry.name, recipe)
        raised = directory / "raised.onnx"
        with _silent_root_logger():
            raise_opset(base.dir / WEIGHTS, raised)
            if recipe == "int8_dynamic":
                quantise_dynamic(raised, directory / WEIGHTS)
            else:
                quantise_static(raised, directory / WEIGHTS, calibration_inputs(entry.task))
        raised.unlink()
        write_inference_yml(entry, directory)
        return {}  # the base was flushed

    publish(entry, target, fill)
    return describe(entry, target)


def derived_dir(entry: ModelEntry, base_sha256: str, cache: Path) -> Path:
    """Return where a derived model is kept: its name follows from the recipe, the base and the tools' versions."""
    versions = [f"{name} {installed_version(name) or 'none'}" for name in ("onnx", "onnxruntime", "numpy", "pillow")]
    return prepared_dir(entry, cache, base_sha256, *versions, str(OPSET), str(CALIBRATION_CROPS))


def raise_opset(source: Path, target: Path) -> None:
    """Write an ONNX model again at opset 17, simplified as quantisation wants it. Metadata is kept."""
    import onnx
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model = onnx.load(str(source))
    metadata = {item.key: item.value for item in model.metadata_props}
    if max(opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx")) < OPSET:
        model = onnx.version_converter.convert_version(model, OPSET)
    onnx.save(model, str(target))
    quant_pre_process(str(target), str(target), skip_symbolic_shape=True)
    _add_metadata(target, metadata)


def quantise_dynamic(source: Path, target: Path) -> None:
    """Store the weights of matrix products in 8 bits."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(source), str(target), op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8, per_channel=True
    )


def quantise_static(source: Path, target: Path, inputs: Sequence[NDArray[np.float32]]) -> None:
    """Quantise convolutions and matrix products, with ranges measured on `inputs` (each 1 x 3 x H x W).

    `reduce_range` keeps weights to 7 bits: without VNNI the processor's 16-bit sums would overflow.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left: Iterator[NDArray[np.float32]] = iter(inputs)

        def get_next(self) -> dict[str, Any] | None:
            image = next(self._left, None)
            return None if image is None else {"x": image}

    quantize_static(
        str(source),
        str(target),
        Reader(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "MatMul"],
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )


def calibration_inputs(task: Task) -> list[NDArray[np.float32]]:
    """Return what the network sees of the calibration images, prepared as PaddleX does."""
    if task == "text_recognition":
        return [_recogniser_input(crop) for crop in text_crops(CALIBRATION_CROPS)]
    if task == "text_detection":
        return [_detector_input(page) for page in text_pages(CALIBRATION_PAGES, width=480, height=736)]
    raise ModelError(f"there are no calibration images for {task}")


@contextmanager
def _silent_root_logger() -> Iterator[None]:
    """Keep onnxruntime's quantiser from talking through the root logger and from setting up a handler there."""
    handler = logging.NullHandler()

    def refuse(record: logging.LogRecord) -> bool:
        return False

    logging.root.addHandler(handler)
    logging.root.addFilter(refuse)  # what other loggers propagate does not pass through it
    try:
        yield
    finally:
        logging.root.removeFilter(refuse)
        logging.root.removeHandler(handler)


def _recogniser_input(crop: Image) -> NDArray[np.float32]:
    import cv2

    height, width = crop.shape[:2]
    scaled = math.ceil(48 * width / height)
    resized = np.asarray(cv2.resize(crop, (scaled, 48)), dtype=np.float32) / 127.5 - 1.0
    padded = np.zeros((1, 3, 48, max(320, scaled)), dtype=np.float32)
    padded[0, :, :, :scaled] = resized.transpose(2, 0, 1)
    return padded


def _detector_input(page: Image) -> NDArray[np.float32]:
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    normal: NDArray[np.float32] = ((page / 255.0 - mean) / std).transpose(2, 0, 1)[None].astype(np.float32)
    return normal


def _add_metadata(path: Path, metadata: dict[str, str]) -> None:
    import onnx

    model = onnx.load(str(path))
    present = {item.key: item.value for item in model.metadata_props}
    onnx.helper.set_model_props(model, {**present, **metadata})
    onnx.save(model, str(path))
