"""Lets a call start when its device has the memory that it will need, where the file limits it (`runtime.memory_mb`).

What a limit leaves beside the loaded models is handed out as tokens, in the order of asking. A call takes its whole
peak at once; where that stays short, the document goes on with a rung that needs less.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from docpipe.config import PipelineConfig
from docpipe.config.memory_budget import RungMemory, budgets, rung_memories, weights_mb
from docpipe.runtime.protocol import ModelRef, Runtime
from docpipe.runtime.resolve import normal
from docpipe.scheduling.tokens import MemoryTokens, PeakEstimates

log = logging.getLogger("docpipe.execution")

LEAST_PATIENCE_S, MOST_PATIENCE_S = 0.05, 2.0
LOOK_AGAIN_S = 0.05
"""How often one that waits looks whether a lease has expired."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A rung that a document may use: the size of its input (None: not known), and how long a call may take."""

    rung: str
    units: float | None
    limit_s: float


@dataclass(frozen=True, slots=True)
class Claim:
    """The rung that a document goes on with, and the lease that it gives back afterwards."""

    asked: Asked
    needs_mb: float = 0.0
    """Of the rung that was wanted."""
    free_mb: float = 0.0
    """When it was decided."""
    device: str = ""
    lease: int | None = None


@dataclass
class MemoryGate:
    """The tokens of every device with a limit. Safe from any thread."""

    rungs: Mapping[tuple[str, str], RungMemory]
    limits_mb: Mapping[str, float]
    """What weights and calls of this process may take together, by device."""
    loaded: Callable[[], frozenset[ModelRef]]
    """The models that are resident now."""
    clock: Callable[[], int]
    estimates: PeakEstimates = field(default_factory=PeakEstimates)

    def __post_init__(self) -> None:
        self.pools = {device: MemoryTokens(mb) for device, mb in self.limits_mb.items()}
        self._changed = threading.Condition()
        self._lines: dict[str, list[object]] = {device: [] for device in self.limits_mb}

    @classmethod
    def of(cls, config: PipelineConfig, runtime: Runtime, clock: Callable[[], int], processes: int) -> Self | None:
        """Return the gate of one of several processes, or None where the file sets no limit.

        Raises:
            ConfigError: the profile cannot be read.
        """
        if not config.runtime.memory_mb:
            return None

        def loaded() -> frozenset[ModelRef]:
            return frozenset(normal(model.ref, config.runtime) for model in runtime.list_loaded())

        return cls(rung_memories(config), budgets(config, processes), loaded, clock)

    def claim(self, stage: str, asked: Sequence[Asked]) -> Claim:
        """Wait until the first of the rungs has its memory, or a lower one that needs less; return which.

        A rung that needs more than there is at all is passed by where a lower one does not; else it runs alone.
        """
        wanted = asked[0]
        memory = self.rungs.get((stage, wanted.rung))
        if memory is None or memory.device not in self.pools:
            return Claim(wanted)
        device, pool, me = memory.device, self.pools[memory.device], object()
        patience_s = min(max(memory.ms / 1000, LEAST_PATIENCE_S), MOST_PATIENCE_S)
        with self._changed:
            self._fit_weights(device)
            needs = [self._needs_mb(stage, one, device) for one in asked]
            until = self.clock() + int(patience_s * 1e9)
            line = self._lines[device]
            line.append(me)
            try:
                while True:
                    now = self.clock()
                    if pool.expire(now):
                        log.warning("docpipe.memory_lease_expired device=%s stage=%s", device, stage)
                    if line[0] is me and (taken := self._take(now, stage, asked, needs, pool, now >= until)):
                        return taken
                    self._changed.wait(LOOK_AGAIN_S)
            finally:
                line.remove(me)
                self._changed.notify_all()

    def give_back(self, stage: str, claim: Claim, *, ran_out: bool) -> None:
        """End a claim; `ran_out` says that memory ran out on the device all the same."""
        if claim.lease is None:
            return
        with self._changed:
            self.pools[claim.device].give_back(claim.lease)
            memory = self.rungs[stage, claim.asked.rung]
            if ran_out:
                units = memory.largest_units if claim.asked.units is None else claim.asked.units
                self.estimates.ran_out(stage, claim.asked.rung, units, memory.reference_units)
            self._changed.notify_all()

    def _take(
        self, now: int, stage: str, asked: Sequence[Asked], needs: Sequence[float], pool: MemoryTokens, lower: bool
    ) -> Claim | None:
        """Return a claim on the wanted rung, or on the first one below that needs less, where that is free now."""
        free_mb, most_mb = pool.free_mb, needs[0]
        too_large = most_mb > pool.total_mb and min(needs) < most_mb
        for one, need in zip(asked, needs, strict=True):
            if one is asked[0]:
                if too_large:
                    continue
            elif not (lower or too_large) or need >= most_mb:
                continue
            device = self.rungs[stage, one.rung].device if need else ""
            if not need:
                return Claim(one, most_mb, free_mb)
            lease = pool.take(now, need, int(one.limit_s * 1e9))
            if lease is not None:
                return Claim(one, most_mb, free_mb, device, lease)
        return None

    def _needs_mb(self, stage: str, asked: Asked, device: str) -> float:
        """Return what a call needs of a device; 0 for rules, for models elsewhere, and where nobody knows."""
        memory = self.rungs.get((stage, asked.rung))
        if memory is None or memory.device != device:
            return 0.0
        units = memory.largest_units if asked.units is None else asked.units
        return self.estimates.mb(stage, asked.rung, memory.peak_mb_per_unit, units, memory.reference_units)

    def _fit_weights(self, device: str) -> None:
        """Leave to calls what the models that are loaded now do not take."""
        loaded = self.loaded()
        here = [rung for rung in self.rungs.values() if rung.device == device and rung.models <= loaded]
        self.pools[device].resize(self.limits_mb[device] - weights_mb(here))
