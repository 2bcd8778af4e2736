"""The live policy of a process: the engine with its event log, its monitor of slow signals, and its watched file.

A pipeline and a pool of workers each have one. What is not asked for (log, watching, observers) costs nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from docpipe.config import PipelineConfig, load_config
from docpipe.control.kept_state import KeptState
from docpipe.control.router import Router
from docpipe.errors import Complaint, ConfigError
from docpipe.execution.executor import Execution
from docpipe.metrics.pipeline_metrics import Metrics
from docpipe.metrics.queue import QueueReading
from docpipe.policy.audit.background import BackgroundLog
from docpipe.policy.audit.log import EventLog
from docpipe.policy.core.kept import KEPT
from docpipe.policy.core.plan import Plan
from docpipe.policy.core.values import Assignment, Event, EventKind
from docpipe.policy.live.clock import now_ns
from docpipe.policy.live.engine import PolicyEngine
from docpipe.policy.live.monitor import GpuReading, MonitorHealth, SignalMonitor
from docpipe.policy.live.status import PolicyStatus
from docpipe.policy.live.watcher import PolicyWatcher
from docpipe.runtime.gpu import gpu_memory
from docpipe.runtime.memory import host_used
from docpipe.runtime.pool import pool_of

Readers = Mapping[str, Callable[[], Any]]


class Observer(Protocol):
    """Sees what happens: metrics, a drill's protocol, a user's own dashboard. Must be quick and never raise."""

    def on_decision(self, event: Event) -> None:
        """See one thing that the policy did."""

    def on_finished(self, assignment: Assignment, execution: Execution) -> None:
        """See one document that was read."""


log = logging.getLogger("docpipe.policy")

WORTH_KEEPING = frozenset({EventKind.DOWN, EventKind.UP, EventKind.CLOSED, EventKind.TRIAL_ENDED, EventKind.RELOADED})
"""Events after which what a later process must know is another."""


class PolicyControl:
    """Decides for every document, learns from how it went, and lets a person look and intervene."""

    def __init__(
        self,
        config: PipelineConfig,
        *,
        pins: Mapping[str, str] | None = None,
        event_log: Path | None = None,
        watch: Path | None = None,
        observers: Sequence[Observer] = (),
        readers: Readers | None = None,
        tick_s: float = 1.0,
        clock: Callable[[], int] = now_ns,
        kept: KeptState | None = None,
    ) -> None:
        """Build the engine; `with` starts the monitor and the watcher.

        Args:
            pins: rungs by stage, fixed for as long as the process lives.
            event_log: where every fact and decision is written, for `docpipe replay`.
            watch: the pipeline file whose `policy:` and bands are reloaded when it changes.
            readers: the slow signals; by default those that the configuration's bands ask for.
            kept: where closed rungs and cool-downs are kept for the next process, and read from the one before.

        Raises:
            PlanError: bands or holds of the policy do not fit together.
        """
        self.config = config
        self.pins = dict(pins or {})
        self.metrics = Metrics()
        """Its `registry` is what `run --metrics-port` serves."""
        self._observers: tuple[Observer, ...] = (self.metrics, *observers)
        self._kept: KeptState | None = None  # what the engine tells while it is made is no news
        self.clock = clock
        self._log = BackgroundLog(EventLog(event_log)) if event_log else None
        self.engine = PolicyEngine(config.plan(), clock=clock, on_event=self._on_decision, log=self._log)
        self.router = Router(config, self.engine, self.metrics.chose)
        for stage, rung in self.pins.items():
            self.engine.pin(stage, rung, None, "pinned by --pin or the caller")
        self._kept = kept
        if kept is not None and (left := kept.load(self.engine.plan)):
            self.engine.restore(left)
        self._pools: Callable[[], Sequence[tuple[float, float]]] | None = None
        self._queue: Callable[[], QueueReading] | None = None
        self._given_readers = readers
        self._monitor = SignalMonitor(
            self._readers_of(config) if readers is None else readers, self.engine.tick, every_s=tick_s
        )
        self.metrics.attach(self.engine, self._monitor.health, clock)
        self._watcher = (
            PolicyWatcher(watch, self._load, self._reload, on_refused=self.metrics.count_refused_file)
            if watch
            else None
        )
        self._loaded: PipelineConfig | None = None
        self._hold_ms = 1000 * config.policy.recover_after_s
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._monitor.start()
        self._stack.callback(self._monitor.stop)
        if self._watcher is not None:
            self._watcher.start()
            self._stack.callback(self._watcher.stop)
        if self._log is not None:
            self._stack.callback(self._log.close)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def state(self) -> PolicyStatus:
        """Where every stage stands, and why."""
        return self.engine.state()

    @property
    def hold_ms(self) -> float:
        """How long a held price stays (`consistency: sticky`), by the file that is in force."""
        return self._hold_ms

    @property
    def wanted(self) -> Collection[tuple[str, str]]:
        """Stages and rungs that must be loaded before documents come: pinned ones, and those of lowered stages."""
        return sorted({*self.pins.items(), *((s.stage, s.rung) for s in self.state.stages if s.level)})

    @property
    def health(self) -> MonitorHealth:
        """Whether the monitor runs, and which signals are lost."""
        return self._monitor.health()

    def read_signals(self) -> None:
        """Read the slow signals now instead of at the monitor's next round, and let time act."""
        self._monitor.read_once()

    def pin(
        self, stage: str, rung: str, *, until: datetime | None = None, reason: str = "pinned by the caller"
    ) -> None:
        """Keep a stage on a rung, until a moment (with its time zone) or until `unpin`. Faults still go below it.

        Raises:
            KeyError: there is no such stage or rung.
        """
        left = None if until is None else (until - datetime.now(UTC)) // timedelta(microseconds=1) * 1000
        self.engine.pin(stage, rung, None if left is None else self.clock() + left, reason)

    def unpin(self, stage: str) -> None:
        """Let the policy decide about a stage again.

        Raises:
            KeyError: there is no such stage.
        """
        self.engine.unpin(stage)

    def finish(self, assignment: Assignment, execution: Execution) -> None:
        """Say that a document is done; its calls were told while they happened. An observer that fails harms nobody."""
        self.engine.release(assignment)
        for observer in self._observers:
            try:
                observer.on_finished(assignment, execution)
            except Exception:
                log.exception("docpipe.observer_failed observer=%s hook=on_finished", type(observer).__name__)

    def observe(self, observer: Observer) -> None:
        """Let another observer see what happens from now on."""
        self._observers = (*self._observers, observer)

    def attach_pools(self, pools: Callable[[], Sequence[tuple[float, float]]]) -> None:
        """Read the GPU pools of worker processes, (reserved, used) MB of each, instead of this process's own."""
        self._pools = pools

    def attach_queue(self, read: Callable[[], QueueReading]) -> None:
        """Let policy and metrics see who waits in a pipeline's queue."""
        self._queue = read
        self.metrics.attach_queue(read)

    def _readers_of(self, config: PipelineConfig) -> Readers:
        return readers_of(config, lambda: self._pools, lambda: self._queue)

    def _on_decision(self, event: Event) -> None:
        if event.reason.startswith(KEPT):
            words = "docpipe.policy_state_restored stage=%s from=%s to=%s reason=%r advice='docpipe policy reset'"
            log.warning(words, event.stage, event.from_rung, event.to_rung, event.reason.removeprefix(KEPT))
        if self._kept is not None and event.kind in WORTH_KEEPING:
            self._kept.save(self.engine.keep())
        for observer in self._observers:
            try:
                observer.on_decision(event)
            except Exception:
                log.exception("docpipe.observer_failed observer=%s hook=on_decision", type(observer).__name__)

    def _reload(self, plan: Plan) -> bool:
        """Put a plan in force, and the readers that its bands ask for."""
        if self._given_readers is None and self._loaded is not None:
            self._monitor.use(self._readers_of(self._loaded))
        changed = self.engine.reload(plan)
        if self._loaded is not None:
            self._hold_ms = 1000 * self._loaded.policy.recover_after_s
        return changed

    def _load(self, path: Path) -> Plan:
        """Return the plan of a changed file. Models stay as they are, so its ladders must be the same.

        Raises:
            ConfigError: the file is wrong, changes a ladder, or is empty, as while somebody saves it.
        """
        if path.is_file() and not path.stat().st_size:
            raise ConfigError(path, [Complaint(1, "", "empty; the policy stays as it is")])
        config = load_config(path)
        for name, stage in config.each_stage():
            if stage.ladder != self.config.stage(name).ladder:
                raise ConfigError(path, [Complaint(1, f"stages.{name}.ladder", "changed; restart to load other rungs")])
        self._loaded = config
        return config.plan()


Pools = Callable[[], Sequence[tuple[float, float]]]


def readers_of(
    config: PipelineConfig,
    pools: Callable[[], Pools | None] = lambda: None,
    queue: Callable[[], Callable[[], QueueReading] | None] = lambda: None,
) -> Readers:
    """Return readers for the slow signals that some band of the configuration asks for; none costs anything else.

    `queue` returns what reads the queue of a pipeline that answers requests; None where documents do not wait in one.
    """
    bands = (config.policy, *(stage for _, stage in config.each_stage()))
    readers: dict[str, Callable[[], Any]] = {}
    if any(band.host_used for band in bands):
        readers["host_used"] = host_used
    if any(band.gpu_used for band in bands):
        readers["gpu"] = lambda: _gpu_reading(config.runtime.device, pools())
    if any(band.queue_wait_ms for band in bands):
        readers["queue_wait_ms"] = lambda: None if (read := queue()) is None else read().oldest_s * 1000
    return readers


def _gpu_reading(device: str, pools: Pools | None) -> GpuReading | None:
    """Return the device's memory, with the pools of the processes that have models on it: workers, else this one."""
    memory = gpu_memory(device)
    if memory is None:
        return None
    if pools is not None:
        found = pools()
        if not found:
            return GpuReading(total_mb=memory.total_mb, used_mb=memory.used_mb)
        reserved, allocated = sum(r for r, _ in found), sum(a for _, a in found)
        return GpuReading(memory.total_mb, memory.used_mb, reserved, allocated)
    pool = pool_of(device)
    if pool is None:
        return GpuReading(total_mb=memory.total_mb, used_mb=memory.used_mb)
    return GpuReading(memory.total_mb, memory.used_mb, pool.reserved_mb, pool.allocated_mb)
