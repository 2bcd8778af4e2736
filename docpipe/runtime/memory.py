"""Memory of this process, in MB of 2**20 bytes: how much it holds, how much it may, and giving some back."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil

_MB = 1 << 20

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
"""Where control groups are mounted, and where the kernel says which ones this process is in."""


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


def host_used(root: Path = ROOT, of: Path = OWN) -> float:
    """Return the share of memory in use, from 0 to 1: of the machine, or of a container's limit where that is fuller.

    File cache that the kernel gives up on demand does not count.
    """
    memory = psutil.virtual_memory()
    shares = [1.0 - memory.available / memory.total]
    for group in _groups(root, of):
        limit, held = _limit(group), _working_set(group)
        if limit and held is not None:
            shares.append(held / limit)
    return min(1.0, max(shares))


def host_free_mb(root: Path = ROOT, of: Path = OWN) -> float:
    """Return what the machine has free, or what this process's control groups leave where that is less."""
    free = [float(psutil.virtual_memory().available)]
    for group in _groups(root, of):
        limit, held = _limit(group), _working_set(group)
        if limit is not None and held is not None:
            free.append(limit - held)
    return min(free) / _MB


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


def cgroup_limit_mb(root: Path = ROOT, of: Path = OWN) -> float | None:
    """Return the memory limit of this process's control group, version 2 or 1; None where there is none."""
    limits = [limit for group in _groups(root, of) if (limit := _limit(group)) is not None]
    return min(limits) / _MB if limits else None


def oom_kills(root: Path = ROOT, of: Path = OWN) -> int | None:
    """Return how many processes of this control group the kernel has killed for memory; None where it does not say."""
    for group in _groups(root, of):
        for name in ("memory.events", "memory.oom_control"):
            try:
                lines = dict(line.split() for line in (group / name).read_text(encoding="ascii").splitlines())
                return int(lines["oom_kill"])
            except (OSError, ValueError, KeyError):
                continue
    return None


def _groups(root: Path, of: Path) -> Iterator[Path]:
    """Yield the directories of this process's memory group and of those above it, up to what is mounted at `root`.

    In a container its own group is the root; a service of the host lies below it, at the path that `/proc` names.
    """
    try:
        lines = [line.split(":", 2) for line in of.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        lines = []
    own = {("memory" if "memory" in names.split(",") else names): path for _, names, path in lines}
    for base, path in ((root, own.get("", "/")), (root / "memory", own.get("memory", "/"))):
        group = base / path.lstrip("/")
        while True:
            if ".." not in group.parts and group.is_dir():
                yield group
            if group == base:
                break
            group = group.parent


def _limit(group: Path) -> int | None:
    for name in ("memory.max", "memory.limit_in_bytes"):
        try:
            text = (group / name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        # version 1 writes the largest number it knows where nothing is set
        return int(text) if text.isdigit() and int(text) < 1 << 60 else None
    return None


def _working_set(group: Path) -> int | None:
    """Return the bytes a control group holds less its inactive file cache, as Kubernetes counts them."""
    for usage, inactive in (("memory.current", "inactive_file"), ("memory.usage_in_bytes", "total_inactive_file")):
        try:
            held = int((group / usage).read_text(encoding="ascii"))
            lines = dict(line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
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
