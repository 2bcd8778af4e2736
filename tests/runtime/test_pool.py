"""The allocator's counters: read where Paddle runs on a GPU in this process, never a reason to import it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from docpipe.config import load_config
from docpipe.control.controller import readers_of
from docpipe.runtime import gpu
from docpipe.runtime.pool import Pool, pool_of

MB = 1 << 20


def paddle(reserved: int, allocated: int = 0, cuda: bool = True, error: Exception | None = None) -> SimpleNamespace:
    def read(value: int):
        def of(index: int) -> int:
            if error is not None:
                raise error
            return (value + index) * MB

        return of

    memory = SimpleNamespace(memory_reserved=read(reserved), memory_allocated=read(allocated))
    return SimpleNamespace(device=SimpleNamespace(is_compiled_with_cuda=lambda: cuda, cuda=memory))


@pytest.mark.parametrize(
    ("device", "module", "expected"),
    [
        ("gpu:0", paddle(3000, 1000), Pool(3000, 1000)),
        ("gpu:1", paddle(3000, 1000), Pool(3001, 1001)),
        ("gpu", paddle(3000, 1000), Pool(3000, 1000)),
        ("cpu", paddle(3000, 1000), None),
        ("gpu:0", paddle(3000, 1000, cuda=False), None),
        ("gpu:0", paddle(0), None),
        ("gpu:0", paddle(3000, error=ValueError("no such device")), None),
        ("gpu:0", None, None),
    ],
)
def test_counters(device, module, expected, monkeypatch):
    monkeypatch.setitem(sys.modules, "paddle", module)
    assert pool_of(device) == expected


def test_our_idle_pool_counts_as_free_and_a_neighbours_memory_does_not(monkeypatch):
    """90 % used by NVML's word: 70 % of it our idle pool is a calm device, a neighbour's is not."""
    monkeypatch.setattr("docpipe.control.controller.gpu_memory", lambda device: gpu.GpuMemory(0, "fake", 10_000, 9_000))
    config = load_config("drills/quick")
    config = config.model_copy(update={"runtime": config.runtime.model_copy(update={"device": "gpu:0"})})
    reader = readers_of(config)["gpu"]
    monkeypatch.setitem(sys.modules, "paddle", paddle(7500, 500))
    assert (reader().used_share, reader().free_mb) == (0.2, 8000)
    monkeypatch.setitem(sys.modules, "paddle", paddle(0))
    assert (reader().used_share, reader().free_mb) == (0.9, 1000)
