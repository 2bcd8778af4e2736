"""How much a call makes the process grow, by the kernel's own high-water mark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from docpipe.runtime.memory import rss_mb

T = TypeVar("T")

_CLEAR = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_RESET_PEAK = "5"
"""Written to `clear_refs`, sets the high-water mark back to what is held now (proc_pid_clear_refs(5))."""


class Growth:
    """Growth of the process during calls, added up for each model: what a call left behind belongs to the next, too."""

    def __init__(self) -> None:
        self._kept: dict[object, float] = {}

    def of(self, key: object, work: Callable[[], T]) -> tuple[T, float | None]:
        """Do the work; return with it the MB held at its peak beyond what was held before `key`'s first call.

        None where the kernel does not say (no Linux, or no leave to set the mark back).
        """
        before = rss_mb()
        marked = _reset()
        result = work()
        peak = _peak_mb() if marked else None
        kept = self._kept.get(key, 0.0)
        self._kept[key] = max(0.0, kept + rss_mb() - before)
        return result, None if peak is None else max(0.0, kept + peak - before)


def _reset() -> bool:
    try:
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


def _peak_mb() -> float | None:
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), None)
