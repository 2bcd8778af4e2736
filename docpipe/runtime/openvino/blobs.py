"""Compiled graphs in docpipe's cache, so that the next process need not compile them.

OpenVINO's own cache (`CACHE_DIR`) tells graphs apart by path and time of change, and takes a damaged file for a good
one. Here the name stands for the graph's bytes and all that the compiled form depends on, and each file begins with the
sha256 of the rest. The folder `openvino` may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docpipe.files.atomic import atomic_path
from docpipe.runtime.file_hashes import sha256_of
from docpipe.runtime.processor import flags, processor

log = logging.getLogger("docpipe.runtime")

FORMAT = 1
"""Counted up when the same graph leads to another file."""

DIGEST_BYTES = 32


def blob_path(cache: Path, graph: Path, version: str, device: str, config: Mapping[str, Any]) -> Path:
    """Return where a compiled graph is kept: its name follows from graph, version, device, settings and processor."""
    settings = " ".join(f"{key}={value}" for key, value in sorted(config.items()))
    parts = [str(FORMAT), sha256_of(graph), version, device, settings, processor(), " ".join(sorted(flags()))]
    digits = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return cache / "openvino" / f"{graph.parent.name}-{graph.stem}-{digits}.blob"


def read_blob(path: Path) -> bytes | None:
    """Return a compiled graph, or None where there is none or its bytes are not those that were written."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as e:
        log.warning("docpipe.blob_unreadable path=%s error=%r", path, e.strerror)
        return None
    digest, blob = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if hashlib.sha256(blob).digest() == digest:
        return blob
    log.warning("docpipe.blob_damaged path=%s instead='compiled again'", path)
    return None


def write_blob(path: Path, blob: bytes) -> None:
    """Keep a compiled graph; where the cache cannot be written, the log says so and the next process compiles again."""
    try:
        with atomic_path(path) as new:
            new.write_bytes(hashlib.sha256(blob).digest() + blob)
    except OSError as e:
        log.warning("docpipe.blob_not_saved path=%s error=%r", path, e.strerror or str(e))
