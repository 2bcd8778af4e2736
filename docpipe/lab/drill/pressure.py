"""The slow signals of a drill: the machine's own, or the value that the script has put on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from docpipe.control.controller import Readers
from docpipe.policy.live.monitor import GPU, GpuReading


class Pressure:
    """Readers for a `SignalMonitor`. A value may be set while they are read: each is one reference."""

    def __init__(self, machine: Readers) -> None:
        self._machine = machine
        self._values: dict[str, float] = {}

    def set(self, signals: Mapping[str, float | None]) -> None:
        """Put values on signals; None gives one back to the machine."""
        for name, value in signals.items():
            if value is None:
                self._values.pop(name, None)
            else:
                self._values[name] = value

    def readers(self) -> Readers:
        """Return a reader for each signal that a script may set."""
        return {
            GPU: self._gpu,
            "host_used": self._reader("host_used"),
            "queue_wait_ms": self._reader("queue_wait_ms"),
        }

    def _reader(self, name: str) -> Callable[[], Any]:
        return lambda: self._values[name] if name in self._values else self._read(name)

    def _gpu(self) -> Any:
        used = self._values.get("gpu_used")
        return self._read(GPU) if used is None else GpuReading(total_mb=100.0, used_mb=100.0 * used)

    def _read(self, name: str) -> Any:
        return self._machine[name]() if name in self._machine else None
