"""The processor of this machine: its name, and what it can do."""

from __future__ import annotations

import platform
from functools import lru_cache
from pathlib import Path

_INFO = Path("/proc/cpuinfo")


def processor() -> str:
    """Return the processor's name, as far as the system tells."""
    return _line("model name") or platform.processor() or platform.machine()


def flags() -> frozenset[str]:
    """Return the processor's features under Linux's names, such as `avx512f`; none where the system does not tell."""
    return frozenset(_line("flags").split())


def has_amx_bf16() -> bool:
    """Say whether the processor multiplies matrices of bfloat16 (Intel's AMX), and the system lets it."""
    return {"amx_tile", "amx_bf16"} <= flags()


@lru_cache(maxsize=8)
def _line(name: str) -> str:
    """Return the value of the first line of that name."""
    try:
        for line in _INFO.read_text(encoding="utf-8").splitlines():
            if line.partition(":")[0].strip() == name:
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return ""
