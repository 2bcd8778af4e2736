"""GPU memory through NVML, or None where there is no NVIDIA GPU, driver or library."""

from __future__ import annotations

import importlib
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_MB = 1 << 20
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class GpuMemory:
    """One GPU at one moment. `used_mb` counts every process on it; Paddle's pool keeps what freed models held."""

    index: int
    name: str
    total_mb: float
    used_mb: float

    @property
    def used(self) -> float:
        """The share in use, from 0 to 1."""
        return self.used_mb / self.total_mb if self.total_mb else 0.0


def gpu_memory(device: str = "gpu:0") -> GpuMemory | None:
    """Return the memory of the GPU that a device string names; None where it has none or NVML does not answer."""
    kind, _, number = device.partition(":")
    if kind != "gpu":
        return None
    index = int(number or 0)
    found = gpus()
    return found[index] if index < len(found) else None


def gpus() -> Sequence[GpuMemory]:
    """Return every GPU that NVML shows; empty where there is none."""
    nvml = _nvml()
    if nvml is None:
        return ()
    try:
        return tuple(_read(nvml, index) for index in range(nvml.nvmlDeviceGetCount()))
    except nvml.NVMLError:
        return ()


def driver_version() -> str | None:
    """Return the version of NVIDIA's driver, or None."""
    nvml = _nvml()
    if nvml is None:
        return None
    try:
        return _text(nvml.nvmlSystemGetDriverVersion())
    except nvml.NVMLError:
        return None


def cuda_version() -> str | None:
    """Return the newest version of CUDA that NVIDIA's driver can serve, such as `12.8`, or None."""
    nvml = _nvml()
    if nvml is None:
        return None
    try:
        number = int(nvml.nvmlSystemGetCudaDriverVersion())  # 12080 is 12.8
    except (nvml.NVMLError, AttributeError):
        return None
    return f"{number // 1000}.{number % 1000 // 10}"


def _read(nvml: Any, index: int) -> GpuMemory:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    return GpuMemory(index, _text(nvml.nvmlDeviceGetName(handle)), memory.total / _MB, memory.used / _MB)


def _nvml() -> Any | None:
    with _lock:
        return _started_nvml()


@lru_cache(maxsize=1)
def _started_nvml() -> Any | None:
    try:
        with warnings.catch_warnings():
            # where the package pynvml is installed beside nvidia-ml-py, it says on import that it is no longer wanted
            warnings.simplefilter("ignore", FutureWarning)
            nvml = importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return None
    return nvml


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
