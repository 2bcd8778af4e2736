"""The key-field networks as an ONNX graph: the same forward pass as `network.KeyFieldNet`, built node by node.

paddle2onnx is no dependency, as it pins an old onnx. The tests hold the graph to what Paddle answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper, save

from docpipe.stages.key_fields.learned.features import NEAR
from docpipe.stages.key_fields.learned.texts import GRAMS, WORDS

OPSET = 17
IR_VERSION = 8
EPSILON = 1e-5
"""Of Paddle's LayerNorm."""
LINK = 32
"""Numbers of a link's key and query; see `network.KeyFieldNet`."""

Weights = Mapping[str, NDArray[Any]]
"""A network's parameters under the names that Paddle's `named_parameters` gives them."""


def write_onnx(members: Sequence[Weights], heads: int, path: Path) -> None:
    """Write the mean of several networks as one file. Outputs: fields, absent, columns, links."""
    save(build_onnx(members, heads), str(path))


def build_onnx(members: Sequence[Weights], heads: int) -> ModelProto:
    """Return the mean of several networks as an ONNX model, for one document without padding."""
    graph = _Graph()
    outputs = [_member(graph, weights, heads, f"m{number}") for number, weights in enumerate(members)]
    names = ("fields", "absent", "columns", "links")
    for place, name in enumerate(names):
        total = graph.add("Sum", *(output[place] for output in outputs))
        graph.add("Mul", total, graph.constant(np.float32(1.0 / len(members))), output=name)
    dense = members[0]["marks.weight"].shape[0]
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "cells", WORDS + GRAMS]),
        helper.make_tensor_value_info("dense", TensorProto.FLOAT, [1, "cells", dense]),
        helper.make_tensor_value_info("near", TensorProto.INT64, [1, "cells", NEAR]),
        helper.make_tensor_value_info("relation", TensorProto.INT64, [1, "cells", "cells"]),
    ]
    ranks = {"fields": 3, "absent": 2, "columns": 3, "links": 4}
    made = helper.make_graph(
        graph.nodes, "key_fields", inputs,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * ranks[name]) for name in names], graph.tensors,
    )  # fmt: skip
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="docpipe")
    model.ir_version = IR_VERSION
    checker.check_model(model)
    return model


@dataclass
class _Graph:
    """Nodes and constants as they are added; equal constants are kept once."""

    nodes: list[NodeProto] = field(default_factory=list)
    tensors: list[TensorProto] = field(default_factory=list)
    _known: dict[bytes, str] = field(default_factory=dict)

    def constant(self, value: Any) -> str:
        array = np.asarray(value)
        key = f"{array.dtype}{array.shape}".encode() + array.tobytes()
        if key not in self._known:
            self._known[key] = f"c{len(self.tensors)}"
            self.tensors.append(numpy_helper.from_array(array, self._known[key]))
        return self._known[key]

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def linear(self, x: str, weights: Weights, name: str) -> str:
        product = self.add("MatMul", x, self.constant(weights[f"{name}.weight"]))
        bias = weights.get(f"{name}.bias")
        return product if bias is None else self.add("Add", product, self.constant(bias))

    def norm(self, x: str, weights: Weights, name: str) -> str:
        scale, bias = self.constant(weights[f"{name}.weight"]), self.constant(weights[f"{name}.bias"])
        return self.add("LayerNormalization", x, scale, bias, axis=-1, epsilon=EPSILON)

    def gelu(self, x: str) -> str:
        """Return x times the normal distribution's share below x, as Paddle's `gelu` does by default."""
        root = self.add("Erf", self.add("Mul", x, self.constant(np.float32(2**-0.5))))
        return self.add(
            "Mul",
            self.add("Mul", x, self.add("Add", root, self.constant(np.float32(1)))),
            self.constant(np.float32(0.5)),
        )

    def reshape(self, x: str, *shape: int) -> str:
        """Return x in another shape, where 0 keeps a side and -1 is what is left."""
        return self.add("Reshape", x, self.constant(np.array(shape, dtype=np.int64)))

    def times(self, x: str, value: float) -> str:
        return self.add("Mul", x, self.constant(np.float32(value)))


def _member(graph: _Graph, weights: Weights, heads: int, mark: str) -> tuple[str, str, str, str]:
    """Add one network; return its fields, absent, columns and links."""
    width = weights["words.weight"].shape[1]
    x = graph.gelu(graph.add("Add", _words(graph, weights), graph.linear("dense", weights, "marks")))
    # the cell of number `cells` is the padding of `near`: a row of zeros after the last
    row = graph.reshape(x, -1, width)
    padded = graph.add("Concat", row, graph.constant(np.zeros((1, width), np.float32)), axis=0)
    around = graph.reshape(graph.add("Gather", padded, "near", axis=0), 0, 0, NEAR * width)
    x = graph.add("Add", x, graph.gelu(graph.linear(graph.add("Concat", x, around, axis=-1), weights, "around")))
    layers = len({name.split(".")[1] for name in weights if name.startswith("blocks.")})
    for number in range(layers):
        block = {
            n.removeprefix(f"blocks.{number}."): w for n, w in weights.items() if n.startswith(f"blocks.{number}.")
        }
        x = _block(graph, block, heads, x)
    x = graph.norm(x, weights, "last")
    fields = graph.add("Add", graph.linear(x, weights, "fields"), graph.linear("dense", weights, "shortcut"))
    mean = graph.add("ReduceMean", x, axes=[1], keepdims=0)
    columns = graph.linear(x, weights, "columns")
    ends = [
        graph.add("Transpose", graph.reshape(graph.linear(x, weights, name), 0, 0, 2, LINK), perm=perm)
        for name, perm in (("link_from", [0, 2, 1, 3]), ("link_to", [0, 2, 3, 1]))
    ]
    links = graph.times(graph.add("MatMul", *ends), LINK**-0.5)
    return fields, graph.linear(mean, weights, "absent"), columns, links


def _words(graph: _Graph, weights: Weights) -> str:
    """Add the text of each cell: the mean of its words' vectors beside that of its grams'."""
    halves = np.array([[1.0] * WORDS + [0.0] * GRAMS, [0.0] * WORDS + [1.0] * GRAMS], dtype=np.float32)
    used = graph.add("Cast", graph.add("Greater", "ids", graph.constant(np.int64(0))), to=TensorProto.FLOAT)
    there = graph.add(
        "Mul", graph.add("Unsqueeze", used, graph.constant(np.array([2], np.int64))), graph.constant(halves)
    )
    count = graph.add("ReduceSum", there, graph.constant(np.array([3], np.int64)), keepdims=1)
    share = graph.add("Div", there, graph.add("Sqrt", graph.add("Add", count, graph.constant(np.float32(1)))))
    table = np.array(weights["table.weight"])
    table[0] = 0  # padding
    vectors = graph.add("Gather", graph.constant(table), "ids", axis=0)
    text = graph.reshape(graph.add("MatMul", share, vectors), 0, 0, 2 * table.shape[1])
    return graph.linear(text, weights, "words")


def _block(graph: _Graph, weights: Weights, heads: int, x: str) -> str:
    """Add a block of attention; see `network.Block`."""
    width = weights["out.weight"].shape[0]
    each = width // heads
    seen = graph.norm(x, weights, "before")
    query, key, value = (
        graph.add("Transpose", graph.reshape(graph.linear(seen, weights, name), 0, 0, heads, each), perm=perm)
        for name, perm in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3]))
    )
    scores = graph.times(graph.add("MatMul", query, key), each**-0.5)
    bias = graph.add("Gather", graph.constant(weights["bias.weight"]), "relation", axis=0)
    scores = graph.add("Add", scores, graph.add("Transpose", bias, perm=[0, 3, 1, 2]))
    mixed = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    joined = graph.reshape(graph.add("Transpose", mixed, perm=[0, 2, 1, 3]), 0, 0, width)
    x = graph.add("Add", x, graph.linear(joined, weights, "out"))
    wide = graph.gelu(graph.linear(graph.norm(x, weights, "middle"), weights, "wide"))
    return graph.add("Add", x, graph.linear(wide, weights, "narrow"))
