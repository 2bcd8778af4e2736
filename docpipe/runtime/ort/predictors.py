"""Which predictor of docpipe's own runs a prepared ONNX model, if any does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from docpipe.runtime.inference_yml import FILE_NAME
from docpipe.runtime.ort.config import operators_of, read_config
from docpipe.runtime.ort.detection import Detector
from docpipe.runtime.ort.network import Network, shared_network
from docpipe.runtime.ort.orientation import Classifier
from docpipe.runtime.ort.recognition import CUT_FILE, HEAD_FILE, CutHead, Recogniser
from docpipe.runtime.ort.table import TableReader
from docpipe.runtime.ort.tensors import TensorNetwork
from docpipe.runtime.prepare import PreparedModel
from docpipe.runtime.protocol import Prediction
from docpipe.runtime.tasks import TASKS

WEIGHTS = "inference.onnx"

Connect = Callable[[Path, str], Network]
"""Makes a network of a graph's file, whose second argument names its weights."""


class Predictor(Protocol):
    """What answers for one model: PaddleOCR's objects do, and docpipe's own."""

    @property
    def predict(self) -> Callable[..., Sequence[Prediction]]:
        """Takes inputs, and keywords of PaddleOCR's; returns one prediction an input."""
        ...


_KNOWN: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "DBPostProcess": (
        frozenset({"DecodeImage", "DetResizeForTest", "NormalizeImage", "ToCHWImage"}),
        frozenset({"DetLabelEncode", "KeepKeys"}),
    ),
    "CTCLabelDecode": (frozenset({"DecodeImage", "RecResizeImg"}), frozenset({"MultiLabelEncode", "KeepKeys"})),
    "TableLabelDecode": (
        frozenset({"DecodeImage", "TableLabelEncode", "ResizeTableImage", "PaddingTableImage"}),
        frozenset({"TableBoxEncode", "NormalizeImage", "ToCHWImage", "KeepKeys"}),
    ),
    "Topk": (frozenset({"ResizeImage", "NormalizeImage", "ToCHWImage"}), frozenset({"KeepKeys"})),
}
"""By what comes after a network: the operators that must come before it, and those that may."""


def own_predictor(
    prepared: PreparedModel,
    device: str,
    threads: int,
    connect: Connect | None = None,
    cache: Path | None = None,
    width_step: int = 1,
) -> Predictor | None:
    """Return docpipe's own predictor for a model, or None where its `inference.yml` asks for what only PaddleOCR does.

    `connect` makes its networks where not ONNX Runtime shall, whose graphs are optimised into `cache`, where there is
    one; `width_step` is `Recogniser`'s.

    Raises:
        ModelError: a file of the directory is damaged, or the device cannot be used.
    """
    join = connect or (lambda path, name: shared_network(path, name, device, threads, cache))
    weights = prepared.dir / WEIGHTS
    if not TASKS[prepared.task].takes_pictures:
        return TensorNetwork(join(weights, prepared.sha256), prepared.dir)
    config = read_config(prepared.dir / FILE_NAME)
    kind = known_kind(config, prepared.paddle_name)
    if kind is None:
        return None
    if (prepared.dir / CUT_FILE).is_file():
        head = join(prepared.dir / HEAD_FILE, prepared.sha256)
        network = join(weights, prepared.sha256)
        return Recogniser(network, config, head, CutHead.read(prepared.dir), width_step)
    made: dict[str, Callable[[Network, Mapping[str, Any]], Predictor]] = {
        "DBPostProcess": Detector, "TableLabelDecode": TableReader, "Topk": Classifier,
        "CTCLabelDecode": partial(Recogniser, width_step=width_step),
    }  # fmt: skip
    return made[kind](join(weights, prepared.sha256), config)


def known_kind(config: Mapping[str, Any], paddle_name: str) -> str | None:
    """Return what comes after the network, where docpipe does all that the file asks for; else None."""
    try:
        operators = operators_of(config)
        after = config["PostProcess"]
        kind = "Topk" if "Topk" in after else str(after["name"])
        must, may = _KNOWN[kind]
    except (KeyError, TypeError, AttributeError):
        return None
    if not must <= set(operators) <= must | may or operators.get("DecodeImage", {}).get("img_mode", "BGR") != "BGR":
        return None
    special = {
        "DBPostProcess": after.get("use_dilation") or after.get("score_mode", "fast") != "fast"
        or after.get("box_type", "quad") != "quad" or "image_shape" in operators.get("DetResizeForTest", {}),
        "CTCLabelDecode": paddle_name.startswith("arabic_"),  # read from right to left
        "TableLabelDecode": paddle_name != "SLANet_plus",  # others scale their cells differently
        "Topk": "size" not in operators.get("ResizeImage", {}) or len(after) > 1,
    }  # fmt: skip
    return None if special[kind] else kind
