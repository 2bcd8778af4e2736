"""One ONNX graph compiled by OpenVINO, shared by all models that have the same weights."""

from __future__ import annotations

import io
import logging
import threading
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docpipe.errors import ModelError
from docpipe.runtime.engines import ENGINES, require_engine
from docpipe.runtime.failures import is_out_of_memory
from docpipe.runtime.openvino.blobs import blob_path, read_blob, write_blob
from docpipe.runtime.openvino.graphs import readable
from docpipe.runtime.openvino.library import core, import_openvino
from docpipe.runtime.ort.network import Arrays
from docpipe.runtime.selftest import Mode

log = logging.getLogger("docpipe.runtime")

DEVICE = "CPU"


class OpenVinoNetwork:
    """A compiled graph. May be called from several threads: each call takes an inference request of its own."""

    def __init__(self, path: Path, mode: Mode, threads: int, cache: Path) -> None:
        """Compile a graph, or take what was compiled before from the cache.

        Raises:
            ModelError: OpenVINO is not installed or cannot compile the graph, or onnx is missing, which that needs.
        """
        require_engine("openvino", "cpu")
        config = {
            **mode.config,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            # workers are processes that know nothing of each other: pinned, all would sit on the same cores
            "ENABLE_CPU_PINNING": False,
        }
        blob = blob_path(cache, path, ENGINES["openvino"].version(), DEVICE, config)
        imported = _import_blob(blob, config)
        self._compiled = _compile(path, blob, config) if imported is None else imported
        self._inputs = tuple(entry.any_name for entry in self._compiled.inputs)
        self._outputs = range(len(self._compiled.outputs))
        self._tensor = import_openvino().Tensor
        self._idle: deque[Any] = deque()

    @property
    def inputs(self) -> Sequence[str]:
        return self._inputs

    def run(self, feeds: Arrays) -> list[NDArray[Any]]:
        """Return the graph's outputs.

        Raises:
            RuntimeError: OpenVINO failed, memory running out among its reasons.
        """
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        arrays = {name: np.ascontiguousarray(array) for name, array in feeds.items()}
        for name, array in arrays.items():
            request.set_tensor(name, self._tensor(array, shared_memory=True))
        # not `infer`: where memory runs out, OpenVINO 2026.4 returns from it without an error, with the last outputs
        request.start_async()
        request.wait()
        outputs = [np.array(request.get_output_tensor(number).data) for number in self._outputs]
        self._idle.append(request)  # not after an error: what state that left is not known
        return outputs


_shared: weakref.WeakValueDictionary[tuple[str, str, int], OpenVinoNetwork] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def shared_openvino(path: Path, sha256: str, mode: Mode, threads: int, cache: Path) -> OpenVinoNetwork:
    """Return the network of a graph: the one that is there for the same weights, mode and threads, or a new one."""
    key = (f"{sha256}/{path.name}", mode.name, threads)
    with _lock:
        network = _shared.get(key)
        if network is None:
            _shared[key] = network = OpenVinoNetwork(path, mode, threads, cache)
        return network


def _import_blob(blob: Path, config: Mapping[str, Any]) -> Any:
    content = read_blob(blob)
    if content is None:
        return None
    try:
        return core().import_model(io.BytesIO(content), DEVICE, dict(config))
    except RuntimeError as e:
        log.warning("docpipe.blob_refused path=%s error=%r instead='compiled again'", blob, _shorten_error(e)[:200])
        return None


def _compile(path: Path, blob: Path, config: Mapping[str, Any]) -> Any:
    try:
        made = core().compile_model(core().read_model(readable(path)), DEVICE, dict(config))
    except RuntimeError as e:
        if is_out_of_memory(e):
            raise
        raise ModelError(f"OpenVINO cannot compile {path}: {_shorten_error(e)}") from e
    write_blob(blob, made.export_model().getvalue())
    return made


def _shorten_error(error: RuntimeError) -> str:
    """Return what OpenVINO says, without the lines that say only where in its source."""
    lines = (line.strip() for line in str(error).splitlines())
    return " ".join(
        line for line in lines if line and " failed at src/" not in line and "Exception from src/" not in line
    )
