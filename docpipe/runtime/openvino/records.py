"""What comparing a model on OpenVINO with ONNX Runtime came to on this machine, kept in the cache.

One file a model, version and processor, in the folder `openvino`: nobody writes another's.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from docpipe.files.atomic import write_atomic
from docpipe.runtime.engines import ENGINES
from docpipe.runtime.file_hashes import sha256_of
from docpipe.runtime.openvino.comparison import Comparison
from docpipe.runtime.prepare import STAMP, PreparedModel, read_stamp
from docpipe.runtime.processor import processor
from docpipe.runtime.selftest import Mode

log = logging.getLogger("docpipe.runtime")

FORMAT = 1
"""Counted up when the samples or what is asked about them change."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comparison is kept, and what it holds for."""

    path: Path
    about: dict[str, Any]


def place_of(prepared: PreparedModel, mode: Mode, cache: Path) -> Place:
    """Return where a comparison of a model in a mode is kept: all files of the model count, as do both engines."""
    files = read_stamp(prepared.dir) or {
        path.name: sha256_of(path) for path in prepared.dir.iterdir() if path.is_file() and path.name != STAMP
    }
    versions = {name: ENGINES[name].version() for name in ("openvino", "onnxruntime")}
    content = "\n".join(f"{name} {sha256}" for name, sha256 in sorted(files.items()))
    about = {
        "format": FORMAT, "model": prepared.name, "files": hashlib.sha256(content.encode()).hexdigest(),
        "mode": mode.name, **versions, "processor": processor(),
    }  # fmt: skip
    digits = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
    return Place(cache / "openvino" / f"{prepared.name}-{digits}.json", about)


def recall(place: Place) -> Comparison | None:
    """Return a comparison that was made before; None where there is none, or it is damaged."""
    try:
        content = json.loads(place.path.read_text(encoding="utf-8"))
        if {key: content[key] for key in place.about} != place.about:
            return None
        return Comparison(**{key: float(value) for key, value in content["comparison"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def remember(place: Place, comparison: Comparison) -> None:
    """Keep a comparison; where the cache cannot be written, the log says so and it is made again next time."""
    try:
        write_atomic(place.path, json.dumps({**place.about, "comparison": asdict(comparison)}, indent=1) + "\n")
    except OSError as e:
        log.warning("docpipe.comparison_not_saved path=%s error=%r", place.path, e.strerror or str(e))
