"""Memory of processes and GPUs, read at a scrape and never in between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

import psutil
from prometheus_client.metrics_core import Metric

from docpipe.metrics import definitions as d
from docpipe.metrics.registry import family
from docpipe.runtime.gpu import GpuMemory, gpus

_MB = 1 << 20


class MemoryCollector:
    """Reads the memory of this process, of its workers, and of the GPUs that there are."""

    def __init__(self, read_gpus: Callable[[], Sequence[GpuMemory]] = gpus) -> None:
        self._read_gpus = read_gpus
        self._workers: Callable[[], Mapping[str, int]] = dict

    def attach(self, workers: Callable[[], Mapping[str, int]]) -> None:
        """Read these processes too: `workers` returns the present process id by a worker's name."""
        self._workers = workers

    def describe(self) -> Iterator[Metric]:
        """Name nothing: reading memory to learn names would be for nothing."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the memory of this moment. A worker that has just ended is left out."""
        read = [((name,), rss) for name, pid in self._pids().items() if (rss := _rss_bytes(pid)) is not None]
        yield family(d.RSS, read)
        found = self._read_gpus()
        if found:
            samples = [(str(gpu.index), kind, mb) for gpu in found for kind, mb in _kinds(gpu)]
            yield family(d.GPU_BYTES, (((index, kind), mb * _MB) for index, kind, mb in samples))

    def _pids(self) -> Mapping[str, int]:
        return {"main": os.getpid(), **self._workers()}


def _kinds(gpu: GpuMemory) -> tuple[tuple[str, float], ...]:
    return ("used", gpu.used_mb), ("total", gpu.total_mb)


def _rss_bytes(pid: int) -> float | None:
    try:
        return float(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None
