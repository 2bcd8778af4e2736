"""One ONNX graph, ready to run: a session of ONNX Runtime, shared by all models that have the same weights."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from docpipe.runtime.engines import check_provider, require_engine
from docpipe.runtime.ort.optimised import optimised_graph

log = logging.getLogger("docpipe.runtime")

Arrays = Mapping[str, NDArray[Any]]


class Network(Protocol):
    """A graph that takes arrays by name and returns its outputs in order. May be called from several threads."""

    @property
    def inputs(self) -> Sequence[str]:
        """The names of what it takes."""
        ...

    def run(self, feeds: Arrays) -> list[NDArray[Any]]:
        """Return the graph's outputs."""
        ...


class OrtNetwork:
    """A session of ONNX Runtime, which unlike a predictor of Paddle's may be used by several threads at once."""

    def __init__(self, path: Path, device: str, threads: int, cache: Path | None = None) -> None:
        """Load a graph; with a `cache`, as it was optimised for this processor before.

        Raises:
            ModelError: there is no ONNX Runtime, or it cannot use the device.
        """
        require_engine("onnxruntime", device)
        kept = _optimised_session(path, threads, cache) if cache is not None and device == "cpu" else None
        self._session: Any = kept or _session(path, _options(threads), device)
        check_provider(self._session, device)
        self._inputs = tuple(entry.name for entry in self._session.get_inputs())

    @property
    def inputs(self) -> Sequence[str]:
        return self._inputs

    def run(self, feeds: Arrays) -> list[NDArray[Any]]:
        """Return the graph's outputs."""
        outputs: list[NDArray[Any]] = self._session.run(None, dict(feeds))
        return outputs


_shared: weakref.WeakValueDictionary[tuple[str, str, int], OrtNetwork] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def shared_network(path: Path, sha256: str, device: str, threads: int, cache: Path | None = None) -> OrtNetwork:
    """Return the session of a graph: the one that is there for the same weights, device and threads, or a new one.

    `sha256` tells weights apart, so that two names of one file (a recogniser and its narrow twin) share their memory.
    """
    key = (f"{sha256}/{path.name}", device, threads)
    with _lock:
        network = _shared.get(key)
        if network is None:
            _shared[key] = network = OrtNetwork(path, device, threads, cache)
        return network


def _options(threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # plans memory again for every shape and keeps all plans: 240 MB over 40 receipts, and no time gained
    options.enable_mem_pattern = False
    # a thread that spins while it waits costs twice the CPU time as soon as another process wants the core
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _session(path: Path, options: Any, device: str) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), options, providers=_providers(device))


def _optimised_session(path: Path, threads: int, cache: Path) -> Any | None:
    """Return a session of a graph's optimised twin, or None where there is none that loads."""
    import onnxruntime

    def optimise(to: Path) -> None:
        options = _options(threads)
        options.log_severity_level = 4  # that the twin fits this processor alone is what its name says
        options.optimized_model_filepath = str(to)
        _session(path, options, "cpu")

    twin = optimised_graph(path, cache, optimise)
    if twin is None:
        return None
    options = _options(threads)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return _session(twin, options, "cpu")
    except Exception as e:  # ONNX Runtime's own, of many kinds
        log.warning("docpipe.optimised_graph_unusable path=%s error=%r", twin, e)
        return None


def _providers(device: str) -> list[Any]:
    kind, _, number = device.partition(":")
    # by default cuDNN tries every algorithm for each convolution and shape: a third slower on pages of many shapes
    options = {"device_id": int(number or 0), "cudnn_conv_algo_search": "HEURISTIC"}
    cuda = [("CUDAExecutionProvider", options)] if kind == "gpu" else []
    return [*cuda, "CPUExecutionProvider"]
