"""Graphs as ONNX Runtime has optimised them, kept for the next start on this machine.

Optimising takes two thirds of the time of building a session (0.13 of 0.19 s for the best rungs of `invoice`). What
comes out depends on the version of ONNX Runtime and on the processor (its blocked layout of convolutions), so both
stand in the file's name, beside the hash of the graph; it gives the same numbers to the last bit.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from docpipe.files.atomic import atomic_path, write_atomic
from docpipe.runtime.engines import ENGINES
from docpipe.runtime.file_hashes import hashes_in
from docpipe.runtime.processor import describe_processor

log = logging.getLogger("docpipe.runtime")

FOLDER = "optimised"


def optimised_graph(path: Path, cache: Path, optimise: Callable[[Path], None]) -> Path | None:
    """Return the optimised twin of a graph; `optimise` writes one to a path where there is none, or a damaged one.

    None where it cannot be kept: then the graph itself is loaded, as ever.
    """
    hashes = hashes_in(cache)
    digits = hashlib.sha256(f"{hashes.sha256_of(path)} {_environment()}".encode()).hexdigest()[:16]
    twin = cache / FOLDER / f"{digits}.onnx"
    stamp = twin.with_suffix(".sha256")
    try:
        if twin.is_file():
            if stamp.is_file() and hashes.sha256_of(twin) == stamp.read_text(encoding="ascii").strip():
                return twin
            log.warning("docpipe.optimised_graph_repaired path=%s", twin)
        with atomic_path(twin) as new:
            optimise(new)
            sha256 = hashes.sha256_of(new)
        write_atomic(stamp, sha256 + "\n", durable=False)
    except Exception as e:  # whatever it is, the graph can still be loaded as it came
        log.info("docpipe.optimised_graph_not_kept path=%s error=%r", twin, e)
        return None
    return twin


@lru_cache(maxsize=1)
def _environment() -> str:
    """Return what an optimised graph holds for: the build of ONNX Runtime, and the processor with what it can do."""
    return " ".join([*(f"{b} {v}" for b, v in ENGINES["onnxruntime"].list_installed().items()), describe_processor()])
