"""ONNX graphs as OpenVINO can read them."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docpipe.errors import ModelError


def readable(path: Path) -> str | bytes:
    """Return a graph as OpenVINO can read it: its path or, where it had to be changed, the changed graph.

    Raises:
        ModelError: onnx is missing, which looks for what must be changed.
    """
    if importlib.util.find_spec("onnx") is None:
        raise ModelError("an ONNX model needs onnx to be compiled for OpenVINO: pip install onnx")
    import onnx

    model = onnx.load(str(path))
    loops = [node for node in model.graph.node if node.op_type == "Loop"]
    dropped = sum(_drop_invariants(loop, model.graph) for loop in loops)
    if not dropped:
        return str(path)
    changed: bytes = model.SerializeToString()
    return changed


def _drop_invariants(loop: Any, graph: Any) -> int:
    """Take what a loop only hands on, such as its weights, from outside it instead; return how many those were.

    A body sees the names around it, and OpenVINO counts an input that has such a name twice.
    """
    body = next(attribute.g for attribute in loop.attribute if attribute.name == "body")
    used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    results = [output.name for output in body.output]
    carried = len(loop.input) - 2  # after the number of rounds and the condition
    invariant: dict[int, str] = {}
    for place in range(carried):
        inner = body.input[2 + place].name
        if results[1 + place] == inner and results.count(inner) == 1 and loop.output[place] not in used:
            invariant[place] = inner
    _rename(body, {inner: loop.input[2 + place] for place, inner in invariant.items()})
    for place in sorted(invariant, reverse=True):
        del loop.input[2 + place], loop.output[place], body.input[2 + place], body.output[1 + place]
    return len(invariant)


def _rename(graph: Any, names: Mapping[str, str]) -> None:
    """Let the nodes of a graph, and of those inside it, take their inputs under other names."""
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)
        for attribute in node.attribute:
            if attribute.HasField("g"):
                own = {entry.name for entry in attribute.g.input}
                _rename(attribute.g, {old: new for old, new in names.items() if old not in own})
