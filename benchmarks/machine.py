"""What every benchmark prints first: machine, versions, seed and sample, so that a figure can be placed."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "docpipe",
    "paddlepaddle",
    "paddleocr",
    "onnxruntime",
    "openvino",
    "rapidocr",
    "opencv-contrib-python",
    "numpy",
)


def cpu_name() -> str:
    """Return the processor's name as Linux gives it."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def installed(name: str) -> str:
    """Return a package's version, or "-"."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def describe(seed: int | None = None, sample: str = "") -> str:
    """Return the lines that stand above a benchmark's figures."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        f"machine: {len(os.sched_getaffinity(0))} cores of {cpu_name()}, {memory:.0f} GiB, {platform.platform()}",
        f"versions: Python {platform.python_version()}, " + ", ".join(f"{name} {installed(name)}" for name in PACKAGES),
    ]
    if seed is not None:
        lines.append(f"seed: {seed}")
    if sample:
        lines.append(f"sample: {sample}")
    return "\n".join(lines)
