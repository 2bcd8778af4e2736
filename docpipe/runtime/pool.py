"""What Paddle's own allocator keeps of a GPU's memory, so that its idle pool is not taken for memory in use.

NVML counts the whole pool, which never shrinks while the process lives (Paddle PR#32654, PaddleOCR#3673).
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

log = logging.getLogger("docpipe.runtime")

_MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Pool:
    """The allocator's counters of one device, in MB of 2**20 bytes."""

    reserved_mb: float
    allocated_mb: float


def pool_of(device: str) -> Pool | None:
    """Return the counters of a device such as `gpu:0`, or None where this process has no Paddle on a GPU.

    Paddle is never imported for it: where nothing has, there is no pool. Counters that stand at nought while a model
    is in use say nothing, either.
    """
    kind, _, number = device.partition(":")
    paddle = sys.modules.get("paddle")
    if kind != "gpu" or paddle is None or not _on_gpu(paddle):
        return None
    index = int(number or 0)
    try:
        reserved = paddle.device.cuda.memory_reserved(index)
        allocated = paddle.device.cuda.memory_allocated(index)
    except (ValueError, RuntimeError) as e:
        _say_once(str(e))
        return None
    return Pool(reserved / _MB, allocated / _MB) if reserved else None


def _on_gpu(paddle: Any) -> bool:
    return bool(paddle.device.is_compiled_with_cuda())


@lru_cache(maxsize=1)
def _say_once(reason: str) -> None:
    log.warning("docpipe.pool_unreadable reason=%r instead=nvml", reason)
