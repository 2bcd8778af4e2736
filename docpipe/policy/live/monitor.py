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
from docpipe.policy.live.reader import TimedReader

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
    def others_share(self) -> float | None:
        """The part that other programs hold, 0 to 1; None where nobody knows what is ours."""
        if self.reserved_mb is None:
            return None
        return max(self.used_mb - self.reserved_mb, 0.0) / self.total_mb

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
        timeout_s: seconds that a reader may take; then its signal is lost until it answers.
    """

    def __init__(
        self,
        readers: Mapping[str, Callable[[], Any]],
        tick: Callable[[Signals], None],
        *,
        every_s: float = 1.0,
        timeout_s: float = 2.0,
    ) -> None:
        self._readers: dict[str, TimedReader] = {}
        self._tick, self._every_s, self._timeout_s = tick, every_s, timeout_s
        self.use(readers)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lost: dict[str, str] = {}
        self._tick_failed: str | None = None
        self._rounds = 0

    def use(self, readers: Mapping[str, Callable[[], Any]]) -> None:
        """Read these signals from now on; a reader that stays goes on as it is.

        Raises:
            ValueError: there is no such signal.
        """
        unknown = set(readers) - {f.name for f in fields(Signals)} - {GPU}
        if unknown:
            raise ValueError(f"no such signal: {', '.join(sorted(unknown))}")
        known = self._readers
        kept = {name: known[name] for name in readers if name in known and known[name].read == readers[name]}
        self._readers = {name: kept.get(name) or TimedReader(name, read) for name, read in readers.items()}

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
        readers = self._readers
        for name, reader in readers.items():
            values |= self._value(name, reader)
        lost = [signal for name in readers if name in self._lost for signal in _fields_of(name)]
        signals = Signals(**values, lost=tuple(lost))
        try:
            self._tick(signals)
            self._tick_failed = None
        except Exception as e:
            if self._tick_failed is None:
                _log.exception("docpipe.tick_failed")
            self._tick_failed = repr(e)
        self._rounds += 1
        return signals

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.read_once()

    def _value(self, name: str, reader: TimedReader) -> dict[str, Any]:
        try:
            value = reader.value(self._timeout_s)
            read = _signals_of(name, value)
        except Exception as e:
            if name not in self._lost:
                _log.warning("docpipe.signal_lost signal=%s error=%r", name, e)
            self._lost[name] = repr(e)
            return {}
        if self._lost.pop(name, None) is not None:
            _log.info("docpipe.signal_back signal=%s", name)
        return read


def _fields_of(name: str) -> tuple[str, ...]:
    """Return the fields of `Signals` that a reader gives."""
    return ("gpu_used", "gpu_free_mb", "gpu_others") if name == GPU else (name,)


def _signals_of(name: str, value: Any) -> dict[str, Any]:
    """Return the fields of `Signals` that a reading gives.

    Raises:
        ValueError: it is not a number.
    """
    if value is None:
        return {}
    if name == GPU:
        others = {} if value.others_share is None else {"gpu_others": _number(value.others_share)}
        return {"gpu_used": _number(value.used_share), "gpu_free_mb": _number(value.free_mb)} | others
    return {name: _number(value)}


def _number(value: Any) -> float:
    number = float(value)
    if number - number != 0:  # infinite or not a number
        raise ValueError(f"{number} is no reading")
    return number
