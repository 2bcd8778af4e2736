"""Cuts a recogniser's last product to the classes of the scripts in use, and keeps the full one beside it.

The head of PP-OCRv6_small_rec multiplies the features of every step with 18,710 columns, nearly all of them Chinese
characters: a fifth of the time of reading Latin text. The cut graph knows Latin letters, digits and signs. It hands out
the features, too, so that where it is unsure (`docpipe.runtime.ort.recognition.CutHead`) the full head alone reads on.
"""

from __future__ import annotations

import importlib.util
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from docpipe.errors import ModelError
from docpipe.files.distributions import installed_version
from docpipe.runtime import prepare
from docpipe.runtime.file_hashes import hashes_in
from docpipe.runtime.inference_yml import read_characters
from docpipe.runtime.manifest import CutSource, ModelEntry
from docpipe.runtime.ort.recognition import CUT_FILE, HEAD_FILE

log = logging.getLogger("docpipe.runtime")

WEIGHTS = "inference.onnx"

FORMAT = 2
"""Counted up when a cut leads to other bytes: OpenVINO wants to know how many axes the head's input has."""

LATIN = (
    (0x0000, 0x024F),  # ASCII, Latin-1, Latin Extended A and B
    (0x1E00, 0x1EFF),  # Latin Extended Additional
    (0x2010, 0x206F),  # dashes, quotation marks, bullets
    (0x20A0, 0x20CF),  # currencies
    (0x2100, 0x214F),  # №, ℃, ™
)
"""Blocks of Unicode, first and last code point: Latin letters, digits and the signs that stand among them."""


def prepare_cut(entry: ModelEntry, base: prepare.PreparedModel, cache: Path) -> prepare.PreparedModel:
    """Cut `base` into the cache; return at once where that is done already.

    Raises:
        ModelError: the base is no recogniser of the known shape, onnx is missing, or the cache cannot be written.
    """
    source = entry.source
    if not isinstance(source, CutSource) or base.task != "text_recognition" or not (base.dir / WEIGHTS).is_file():
        raise ModelError(f"{entry.name}: only recognisers in ONNX files can be cut, and {base.name} is none")
    target = cut_dir(entry, base.sha256, cache)
    if target.is_dir():
        damage = prepare.check_prepared(target, entry, hashes_in(cache).sha256_of)
        if not damage:
            return prepare.describe(entry, target)
        log.warning("docpipe.model_repaired name=%s reason=%s", entry.name, damage[0])
    if importlib.util.find_spec("onnx") is None:
        raise ModelError(f"{entry.name} is made by cutting an ONNX file, which needs onnx: pip install onnx")

    def fill(directory: Path) -> prepare.Flushed:
        log.info("docpipe.model_cutting name=%s scripts=%s", entry.name, source.scripts)
        (directory / WEIGHTS).write_bytes((base.dir / WEIGHTS).read_bytes())
        prepare.write_inference_yml(entry, directory)
        characters = ["", *read_characters(directory / WEIGHTS), " "]
        classes = classes_of(characters)
        write_cut(base.dir / WEIGHTS, classes, directory)
        content = {"scripts": source.scripts, "sure_logit": source.sure_logit, "classes": classes}
        (directory / CUT_FILE).write_text(json.dumps(content) + "\n", encoding="utf-8")
        return {}  # the base was flushed

    prepare.publish(entry, target, fill)
    return prepare.describe(entry, target)


def cut_dir(entry: ModelEntry, base_sha256: str, cache: Path) -> Path:
    """Return where a cut model is kept: its name follows from the manifest's entry, the base and onnx's version."""
    version = installed_version("onnx") or "none"
    return prepare.prepared_dir(entry, cache, base_sha256, f"onnx {version}", f"cut {FORMAT}")


def classes_of(characters: Sequence[str]) -> list[int]:
    """Return the classes of Latin text in a dictionary whose first entry is the blank."""
    return [
        number
        for number, character in enumerate(characters)
        if number == 0 or (len(character) == 1 and any(low <= ord(character) <= high for low, high in LATIN))
    ]


def write_cut(source: Path, classes: Sequence[int], directory: Path) -> None:
    """Write the cut graph as `inference.onnx` and the full head alone as `head.onnx`.

    Outputs of the cut graph: best class (a place in `classes`), its probability and its logit at each step, N x T; and
    the features N x T x F that the head takes. `head.onnx` turns features into probabilities N x T x classes.

    Raises:
        ModelError: the graph does not end in product, bias and softmax.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(source))
    graph = model.graph
    product, bias, logits = _head_of(graph, source)
    features, weights = product.input
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    head = onnx.ModelProto()
    head.CopyFrom(model)
    at = [node.output[0] for node in graph.node].index(product.output[0])
    del head.graph.node[:at]
    del head.graph.input[:]
    width = numpy_helper.to_array(tensors[weights]).shape[0]
    head.graph.input.append(helper.make_tensor_value_info(features, TensorProto.FLOAT, ["N", "T", width]))
    _drop_unused(head.graph)
    for name in (weights, bias):
        array = numpy_helper.to_array(tensors[name])
        tensors[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(array[..., list(classes)]), name))
    probabilities = graph.output[0].name
    del graph.output[:]
    del graph.value_info[:]
    graph.node.extend([
        helper.make_node("ArgMax", [probabilities], ["best"], axis=2, keepdims=0),
        helper.make_node("ReduceMax", [probabilities], ["share"], axes=[2], keepdims=0),
        helper.make_node("ReduceMax", [logits], ["logit"], axes=[2], keepdims=0),
    ])  # fmt: skip
    graph.output.extend([
        helper.make_tensor_value_info("best", TensorProto.INT64, None),
        helper.make_tensor_value_info("share", TensorProto.FLOAT, None),
        helper.make_tensor_value_info("logit", TensorProto.FLOAT, None),
        helper.make_tensor_value_info(features, TensorProto.FLOAT, None),
    ])  # fmt: skip
    del head.metadata_props[:]
    onnx.save(model, str(directory / WEIGHTS))
    onnx.save(head, str(directory / HEAD_FILE))


def _head_of(graph: Any, source: Path) -> tuple[Any, str, str]:
    """Return the last product, the name of its bias, and the name of the logits."""
    made = {output: node for node in graph.node for output in node.output}
    constants = {tensor.name for tensor in graph.initializer}

    def back(name: str, kind: str) -> Any:
        node = made.get(name)
        while node is not None and node.op_type == "Identity":
            node = made.get(node.input[0])
        if node is None or node.op_type != kind:
            raise ModelError(f"{source} does not end in a product, a bias and a softmax: it cannot be cut")
        return node

    softmax = back(graph.output[0].name, "Softmax")
    add = back(softmax.input[0], "Add")
    product = back(add.input[0], "MatMul")
    if add.input[1] not in constants or product.input[1] not in constants:
        raise ModelError(f"{source}: the weights of its last product are computed, so cannot be cut")
    return product, add.input[1], softmax.input[0]


def _drop_unused(graph: Any) -> None:
    """Remove the weights that no node of a graph takes."""
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    del graph.value_info[:]
