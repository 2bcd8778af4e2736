"""Imports OpenVINO without letting it send anything."""

from __future__ import annotations

import importlib
import sys
import threading
from functools import lru_cache
from typing import Any

TELEMETRY = "openvino_telemetry"
"""What OpenVINO's package imports to tell its makers that it was imported; without it a stub does nothing."""

_lock = threading.Lock()


def import_openvino() -> Any:
    """Return the module `openvino`; it sends no event and writes nothing into the user's home.

    Raises:
        ImportError: it is not installed, or cannot be imported.
    """
    with _lock:
        if "openvino" in sys.modules or TELEMETRY in sys.modules:
            return importlib.import_module("openvino")
        sys.modules[TELEMETRY] = None  # type: ignore[assignment]  # Python's own way to make an import fail
        try:
            return importlib.import_module("openvino")
        finally:
            del sys.modules[TELEMETRY]


@lru_cache(maxsize=1)
def core() -> Any:
    """Return OpenVINO's core, of which a process needs one.

    Raises:
        ImportError: OpenVINO is not installed, or cannot be imported.
    """
    return import_openvino().Core()
