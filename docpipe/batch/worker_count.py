"""How many worker processes a machine bears: by its cores, its free memory, and what one worker takes."""

from __future__ import annotations

from docpipe.config import PipelineConfig
from docpipe.runtime.memory import HostMemory

BASE_MB = 220.0
"""Of a worker with nothing loaded: Python, numpy, OpenCV, ONNX Runtime, docpipe; see benchmarks/RESULTS.md."""
UNKNOWN_MB = 900.0
"""Of a worker whose rungs no profile knows: the peak over 40 receipts with the shipped `invoice`, rounded up."""
SPARE = 0.2
"""Share of the free memory that is left to others."""


def worker_mb(config: PipelineConfig) -> float:
    """Return what one worker takes at its peak, by the file's profile, or what `invoice` was measured to take."""
    profile = config.load_profile()
    if profile is None:
        return UNKNOWN_MB
    peaks = [
        [found.peak_mb for rung in stage.ladder if (found := profile.rung(name, rung.name)) and found.peak_mb]
        for name, stage in config.each_stage()
    ]
    known = sum(sum(stage) for stage in peaks)
    return BASE_MB + known if known else UNKNOWN_MB


def count_workers(each_mb: float, cores: int, memory: HostMemory) -> int:
    """Return one worker a core, or as many as fit into the free memory of the machine and of its control group."""
    free = memory.available_mb if memory.limit_mb is None else min(memory.available_mb, memory.limit_mb - memory.rss_mb)
    return max(1, min(cores, 64, int(free * (1 - SPARE) // each_mb)))
