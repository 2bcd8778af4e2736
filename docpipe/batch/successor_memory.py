"""Whether memory has room for one more worker, so that a successor can be warmed beside the one that it replaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from docpipe.batch.worker_count import SPARE, worker_mb
from docpipe.batch.worker_process import Worker
from docpipe.config import PipelineConfig
from docpipe.config.memory_budget import device_of, rung_memories
from docpipe.runtime.gpu import gpu_memory
from docpipe.runtime.memory import host_free_mb
from docpipe.runtime.protocol import ModelRef


class Shortage(NamedTuple):
    """A device on which a successor finds no room beside the others. Both in MB of 2**20 bytes."""

    device: str
    needed_mb: float
    free_mb: float

    def __str__(self) -> str:
        return f"{self.device} has {max(self.free_mb, 0):.0f} MB free, a worker takes {self.needed_mb:.0f} MB"


def find_shortage(config: PipelineConfig, leaving: Worker, workers: Sequence[Worker]) -> Shortage | None:
    """Return where the successor of `leaving` would find no room beside all `workers`; None where it has some.

    It needs what the leaving one holds, at most what a worker is known to take: that one may have grown. What nobody
    can read is no shortage. Free is the least of what the machine, the control group and `runtime.memory_mb` leave.
    """
    return next((found for found in _figures(config, leaving, workers) if found.needed_mb > found.free_mb), None)


def _figures(config: PipelineConfig, leaving: Worker, workers: Sequence[Worker]) -> Iterator[Shortage]:
    usual_mb = worker_mb(config)
    needed_mb = min(leaving.rss_mb or usual_mb, usual_mb)
    held_mb = [worker.rss_mb for worker in workers]
    to_come_mb = sum(max(needed_mb - worker.rss_mb, 0.0) for worker in workers if not worker.ready)
    free_mb = min(host_free_mb() * (1 - SPARE), _left_of_limit(config, "cpu", held_mb)) - to_come_mb
    yield Shortage("the host", needed_mb, free_mb)
    device = device_of(ModelRef("tensor_network", ""), config.runtime.device)
    memory = gpu_memory(device)
    if memory is None or leaving.pool is None:
        return
    held_mb = [worker.pool[0] for worker in workers if worker.pool is not None]
    free_mb = min(memory.total_mb - memory.used_mb, _left_of_limit(config, device, held_mb))
    yield Shortage(device, leaving.pool[0], free_mb)


def _left_of_limit(config: PipelineConfig, device: str, held_mb: Sequence[float]) -> float:
    """Return what `runtime.memory_mb` leaves of a device when every process that holds some is in its dearest call."""
    limits = {
        device_of(ModelRef("tensor_network", "", device=name), "cpu"): limit_mb
        for name, limit_mb in config.runtime.memory_mb.items()
    }
    if device not in limits:
        return float("inf")
    peak_mb = max((one.peak_mb for one in rung_memories(config).values() if one.device == device), default=0.0)
    return limits[device] - sum(held + peak_mb for held in held_mb)
