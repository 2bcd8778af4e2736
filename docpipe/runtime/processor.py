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


def describe_processor() -> str:
    """Return all that tells this processor from another: kind of machine, name and features, each once.

    Arm's processors have no name there, but a part number; their features stand under `Features`.
    """
    signs = ("model name", "flags", "Features", "CPU part")
    found = [line for line in dict.fromkeys(_lines()) if line.startswith(signs)]
    return "\n".join([platform.machine(), platform.processor(), *found])


def has_amx_bf16() -> bool:
    """Say whether the processor multiplies matrices of bfloat16 (Intel's AMX), and the system lets it."""
    return {"amx_tile", "amx_bf16"} <= flags()


@lru_cache(maxsize=8)
def _line(name: str) -> str:
    """Return the value of the first line of that name."""
    for line in _lines():
        if line.partition(":")[0].strip() == name:
            return line.partition(":")[2].strip()
    return ""


def _lines() -> list[str]:
    try:
        return _INFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
