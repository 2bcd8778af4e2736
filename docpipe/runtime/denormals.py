"""Sets weights too small for a normal number to 0, so that no processor stumbles over them.

A float32 below 1.18e-38 is a *denormal*: Intel's processors handle each in microcode, some hundred times slower than
any other number. As weights they add nothing that a sum of float32 could show, but PP-OCRv6_small_det as published
holds 255,958 of them and spends two thirds of its time there. Only float32 is touched: denormals of float16 are
ordinary numbers of a network.
"""

from __future__ import annotations

import importlib.util
import logging
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docpipe.errors import ModelError

log = logging.getLogger("docpipe.runtime")

LEAST = float(np.finfo(np.float32).tiny)
"""The smallest normal float32."""

_PADDLE_FLOAT32 = 5
"""`VarType.Type.FP32` in Paddle's framework.proto."""


def flush(name: str, content: bytes) -> tuple[bytes, int]:
    """Return a file of weights with its denormals set to 0, and how many there were.

    A file without any, of another kind or in a layout that is not known comes back as it is, with 0.

    Raises:
        ModelError: it is called an ONNX file and is damaged, or onnx is not installed.
    """
    change = _FLUSHERS.get(name)
    return change(content) if change else (content, 0)


def _flush_onnx(content: bytes) -> tuple[bytes, int]:
    if importlib.util.find_spec("onnx") is None:
        raise ModelError("an ONNX model needs onnx to be prepared: pip install onnx")
    import onnx

    try:
        model = onnx.load_model_from_string(content)
    except Exception as e:  # what it raises is protobuf's own
        raise ModelError(f"its ONNX file is damaged: {e}") from e
    count = sum(_flush_tensor(tensor) for tensor in _tensors(model.graph))
    return (model.SerializeToString(deterministic=True), count) if count else (content, 0)


def _tensors(graph: Any) -> Iterator[Any]:
    """Yield the tensors of a graph: its initialisers, and those that stand in constants and in graphs within it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            for inner in (*((attribute.g,) if attribute.HasField("g") else ()), *attribute.graphs):
                yield from _tensors(inner)


def _flush_tensor(tensor: Any) -> int:
    import onnx

    if tensor.data_type != onnx.TensorProto.FLOAT or tensor.data_location == onnx.TensorProto.EXTERNAL:
        return 0
    values = np.array(onnx.numpy_helper.to_array(tensor))
    count = _zero(values)
    if count:
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    return count


def _flush_paddle(content: bytes) -> tuple[bytes, int]:
    """Flush Paddle's combined parameters: one tensor after the other, each behind a header (`SerializeToStream`)."""
    changed = bytearray(content)
    count = 0
    try:
        for start, size in _paddle_floats(content):
            values = np.frombuffer(changed, np.float32, size, start)
            count += _zero(values)
            del values
    except (struct.error, ValueError) as e:
        log.info("docpipe.denormals_unknown_layout reason=%r", str(e))
        return content, 0
    return (bytes(changed), count) if count else (content, 0)


def _paddle_floats(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield offset and number of values of each float32 tensor.

    Raises:
        ValueError, struct.error: the file is laid out otherwise.
    """
    at = 0
    while at < len(content):
        version, levels = struct.unpack_from("<IQ", content, at)
        at += 12
        if version != 0 or levels > 8:
            raise ValueError(f"no tensor begins at byte {at - 12}")
        for _ in range(levels):
            at += 8 + struct.unpack_from("<Q", content, at)[0]
        version, size = struct.unpack_from("<Ii", content, at)
        kind, shape = _description(content[at + 8 : at + 8 + size])
        at += 8 + size
        values = int(np.prod(shape, dtype=np.int64))
        width = {_PADDLE_FLOAT32: 4, 0: 1, 1: 2, 2: 4, 3: 8, 4: 2, 6: 8, 20: 1, 21: 1, 22: 2}.get(kind)
        if version != 0 or width is None or values < 0 or at + values * width > len(content):
            raise ValueError(f"a tensor of kind {kind} and shape {shape} does not end within the file")
        if kind == _PADDLE_FLOAT32:
            yield at, values
        at += values * width


def _description(message: bytes) -> tuple[int, list[int]]:
    """Return data type and shape of a `VarType.TensorDesc`: field 1, and field 2 repeated, packed or not."""
    kind, shape, at = -1, [], 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        if tag == 0x08:
            kind = value
        elif tag == 0x10:
            shape.append(value)
        elif tag == 0x12:
            end = at + value
            while at < end:
                side, at = _varint(message, at)
                shape.append(side)
        else:
            raise ValueError(f"unknown field {tag:#x} in a tensor's description")
    return kind, shape


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("a number is cut off")
        value |= (message[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not message[at - 1] & 0x80:
            return value, at


def _zero(values: NDArray[np.float32]) -> int:
    """Set the denormals of an array to 0 in place; return their number."""
    small = (np.abs(values) < LEAST) & (values != 0)
    values[small] = 0
    return int(np.count_nonzero(small))


_FLUSHERS: Mapping[str, Callable[[bytes], tuple[bytes, int]]] = {
    "inference.onnx": _flush_onnx,
    "inference.pdiparams": _flush_paddle,
}
