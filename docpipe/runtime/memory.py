"""Memory of this process, in MB of 2**20 bytes: how much it holds, how much it may, and giving some back."""

from __future__ import annotations

import ctypes
import gc
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil

_MB = 1 << 20


@dataclass(frozen=True, slots=True)
class HostMemory:
    """What the machine has and what this process may take of it."""

    total_mb: float
    available_mb: float
    limit_mb: float | None
    """The control group's limit (a container's), or None where there is none."""
    rss_mb: float


def host_memory() -> HostMemory:
    """Return the figures of this moment."""
    memory = psutil.virtual_memory()
    limit = cgroup_limit_mb()
    return HostMemory(memory.total / _MB, memory.available / _MB, limit, rss_mb())


def rss_mb() -> float:
    """Return the resident memory of this process."""
    return float(psutil.Process().memory_info().rss) / _MB


def trim() -> float:
    """Collect garbage, hand freed pages back to the system, and return how much less this process holds.

    Without `malloc_trim` glibc keeps most of what a closed model has freed. Elsewhere only garbage is collected.
    """
    before = rss_mb()
    gc.collect()
    libc = _libc()
    if libc is not None:
        libc.malloc_trim(0)
    return before - rss_mb()


def cgroup_limit_mb(root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """Return the memory limit of this process's control group, version 2 or 1; None where there is none."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            text = (root / name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        # version 1 writes the largest number it knows where nothing is set
        return int(text) / _MB if text.isdigit() and int(text) < 1 << 60 else None
    return None


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL | None:
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return None
    return libc if hasattr(libc, "malloc_trim") else None
