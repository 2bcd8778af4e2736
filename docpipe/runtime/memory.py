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


def host_used(root: Path = Path("/sys/fs/cgroup")) -> float:
    """Return the share of memory in use, from 0 to 1: of the machine, or of a container's limit where that is fuller.

    File cache that the kernel gives up on demand does not count.
    """
    memory = psutil.virtual_memory()
    used = 1.0 - memory.available / memory.total
    limit_mb = cgroup_limit_mb(root)
    in_group = _cgroup_working_set(root)
    if limit_mb is None or in_group is None:
        return used
    return min(1.0, max(used, in_group / (limit_mb * _MB)))


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


def oom_kills(root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Return how many processes of this control group the kernel has killed for memory; None where it does not say."""
    for name in ("memory.events", "memory/memory.oom_control"):
        try:
            lines = dict(line.split() for line in (root / name).read_text(encoding="ascii").splitlines())
            return int(lines["oom_kill"])
        except (OSError, ValueError, KeyError):
            continue
    return None


def _cgroup_working_set(root: Path) -> int | None:
    """Return the bytes a control group holds less its inactive file cache, as Kubernetes counts them."""
    for usage, stat, inactive in (
        ("memory.current", "memory.stat", "inactive_file"),
        ("memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
    ):
        try:
            held = int((root / usage).read_text(encoding="ascii"))
            lines = dict(line.split() for line in (root / stat).read_text(encoding="ascii").splitlines())
            return held - int(lines.get(inactive, 0))
        except (OSError, ValueError):
            continue
    return None


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL | None:
    try:
        libc = ctypes.CDLL("libc.so.6")
    except OSError:
        return None
    return libc if hasattr(libc, "malloc_trim") else None
