"""The versions that a profile was measured with: another docpipe or engine may take another time, or read otherwise."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from docpipe import __version__
from docpipe.files.distributions import installed_version

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
        found[name] = next(filter(None, map(installed_version, distributions)), None)
    return found
