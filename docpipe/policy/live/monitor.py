"""Reads the slow signals (memory, queue) every second or so and ticks the engine; a reader that fails stops nothing.

The readers themselves are handed in: this module knows neither NVML nor /proc, and where there is no GPU there is no
reader for one and nothing is spent on it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from docpipe.policy.core.values import Signals

_log = logging.getLogger("docpipe.policy")

GPU = "gpu"
"""A reader of this name returns a `GpuReading`, which gives two signals."""


@dataclass(frozen=True)
class GpuReading:
    """A device's memory in megabytes: what NVML says of all processes, and what our own allocator says of its pool.

    `reserved_mb` and `allocated_mb` are None where the allocator's counters cannot be read or do not move.
    """

    total_mb: float
    used_mb: float
    reserved_mb: float | None = None
    allocated_mb: float | None = None

    @property
    def idle_mb(self) -> float:
        """What our allocator keeps and does not use: NVML counts it as used, we can have it at once."""
        if self.reserved_mb is None or self.allocated_mb is None:
            return 0.0
        return max(self.reserved_mb - self.allocated_mb, 0.0)

    @property
    def used_share(self) -> float:
        """The used part, 0 to 1: our own idle pool is free, a neighbour's memory is not."""
        return (self.used_mb - self.idle_mb) / self.total_mb

    @property
    def free_mb(self) -> float:
        """What a heavier rung could still take."""
        return self.total_mb - self.used_mb + self.idle_mb


@dataclass(frozen=True)
class MonitorHealth:
    """Whether the monitor does its work. `lost` names the signals that could not be read last time, and why."""

    alive: bool
    rounds: int
    lost: Mapping[str, str]
    tick_failed: str | None


class SignalMonitor:
    """Reads all signals, then calls `tick` with them, again and again in a thread of its own.

    Args:
        readers: by the name of a field of `Signals`, or `gpu` for a `GpuReading`. A reader returns None for "not here".
        tick: usually `PolicyEngine.tick`.
        every_s: seconds between two rounds.
    """

    def __init__(
        self,
        readers: Mapping[str, Callable[[], Any]],
        tick: Callable[[Signals], None],
        *,
        every_s: float = 1.0,
    ) -> None:
        unknown = set(readers) - {f.name for f in fields(Signals)} - {GPU}
        if unknown:
            raise ValueError(f"no such signal: {', '.join(sorted(unknown))}")
        self._readers, self._tick, self._every_s = dict(readers), tick, every_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lost: dict[str, str] = {}
        self._tick_failed: str | None = None
        self._rounds = 0

    def start(self) -> None:
        """Start the thread; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="docpipe-signals", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it, at most a few rounds."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5 * self._every_s)

    def health(self) -> MonitorHealth:
        """Return whether the thread runs and which signals are lost."""
        alive = self._thread is not None and self._thread.is_alive()
        return MonitorHealth(alive, self._rounds, dict(self._lost), self._tick_failed)

    def read_once(self) -> Signals:
        """Do one round: read, tick, and return what was read. Never raises."""
        values: dict[str, Any] = {}
        for name, reader in self._readers.items():
            values |= self._value(name, reader)
        signals = Signals(**values)
        try:
            self._tick(signals)
            self._tick_failed = None
        except Exception as e:
            if self._tick_failed is None:
                _log.exception("docpipe.policy tick failed; the monitor goes on")
            self._tick_failed = repr(e)
        self._rounds += 1
        return signals

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.read_once()

    def _value(self, name: str, reader: Callable[[], Any]) -> dict[str, Any]:
        try:
            value = reader()
            read = _signals_of(name, value)
        except Exception as e:
            if name not in self._lost:
                _log.warning("docpipe.policy signal=%s lost: %r", name, e)
            self._lost[name] = repr(e)
            return {}
        if self._lost.pop(name, None) is not None:
            _log.info("docpipe.policy signal=%s is back", name)
        return read


def _signals_of(name: str, value: Any) -> dict[str, Any]:
    """Return the fields of `Signals` that a reading gives.

    Raises:
        ValueError: it is not a number.
    """
    if value is None:
        return {}
    if name == GPU:
        return {"gpu_used": _number(value.used_share), "gpu_free_mb": _number(value.free_mb)}
    return {name: _number(value)}


def _number(value: Any) -> float:
    number = float(value)
    if number - number != 0:  # infinite or not a number
        raise ValueError(f"{number} is no reading")
    return number
