"""The versions that a profile was measured with: another docpipe or engine may take another time, or read otherwise."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from docpipe import __version__

PACKAGES = {
    "paddlepaddle": ("paddlepaddle", "paddlepaddle-gpu"),
    "paddleocr": ("paddleocr",),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu"),
    "opencv": ("opencv-contrib-python", "opencv-python", "opencv-python-headless"),
    "numpy": ("numpy",),
}
"""What is named, and the distributions that bring it."""


def installed_versions() -> Mapping[str, str | None]:
    """Return docpipe's, Python's and the engines' versions; None for what is not installed."""
    found: dict[str, str | None] = {"docpipe": __version__, "python": platform.python_version()}
    for name, distributions in PACKAGES.items():
        found[name] = next(filter(None, map(_version, distributions)), None)
    return found


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
