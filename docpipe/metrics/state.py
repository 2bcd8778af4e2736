"""What is read off the policy at a scrape: where every stage stands. Nothing is copied between scrapes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Lock

from prometheus_client.metrics_core import Metric

from docpipe.metrics import definitions as d
from docpipe.metrics.registry import family
from docpipe.policy.core.plan import NS, Plan
from docpipe.policy.core.state import Phase, PolicyState
from docpipe.policy.core.values import Signals
from docpipe.policy.live.engine import PolicyEngine
from docpipe.policy.live.monitor import MonitorHealth
from docpipe.policy.live.status import PolicyStatus, status_of

SIGNALS = {"gpu_used": "gpu", "host_used": "host_used"}
"""The signals that are shares, each by the key of the band that needs it, and which reader gives it."""


class StateCollector:
    """Reads one consistent picture of the policy per scrape.

    `on_plan` is called before anything is read whenever another plan is in force, so that counters of new stages and
    rungs stand at 0 before they count: Prometheus sees no increase in a series that starts at 1.
    """

    def __init__(self, on_plan: Callable[[Plan], None]) -> None:
        self._on_plan = on_plan
        self._engine: PolicyEngine | None = None
        self._clock: Callable[[], int] = time.monotonic_ns
        self._health: Callable[[], MonitorHealth] | None = None
        self._plan: Plan | None = None
        self._seen: set[str] = set()
        self._refused = 0
        self._lock = Lock()

    def attach(
        self, engine: PolicyEngine, health: Callable[[], MonitorHealth] | None, clock: Callable[[], int]
    ) -> None:
        """Read this engine and its monitor from now on; `clock` is the one that the engine was given."""
        self._engine, self._health, self._clock = engine, health, clock
        self._prepare(engine.plan)

    def count_refused_file(self) -> None:
        """Count a pipeline file that was not put in force."""
        with self._lock:
            self._refused += 1

    def describe(self) -> Iterator[Metric]:
        """Name nothing: what there is depends on the plan."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of this moment."""
        if self._engine is None:
            return
        plan, state = self._engine.raw_state()
        self._prepare(plan)
        status = status_of(plan, state, self._clock())
        yield from _stages(status)
        yield from _rungs(plan, state)
        yield from _policy_metrics(status)
        yield family(d.RELOADS, [(("applied",), status.config_epoch), (("refused",), self._refused)])
        yield from self._signals(plan, state.signals)

    def _prepare(self, plan: Plan) -> None:
        if plan is not self._plan:
            self._plan = plan
            self._on_plan(plan)

    def _signals(self, plan: Plan, signals: Signals) -> Iterator[Metric]:
        values = {name: getattr(signals, name) for name in SIGNALS}
        yield family(d.SIGNAL, [((name,), value) for name, value in values.items() if value is not None])
        self._seen.update(name for name, value in values.items() if value is not None)
        gone = {name for name in self._seen if values[name] is None}
        if self._health is not None:
            health = self._health()
            gone |= {name for name, reader in SIGNALS.items() if reader in health.lost or not health.alive}
        needed = [name for name in SIGNALS if any(stage.band(name) is not None for stage in plan.stages)]
        yield family(d.SIGNAL_LOST, [((name,), float(name in gone)) for name in needed])


def _stages(status: PolicyStatus) -> Iterator[Metric]:
    stages = status.stages
    yield family(d.LEVEL, (((s.stage,), s.level) for s in stages))
    yield family(d.PHASE, (((s.stage, phase.value), float(s.phase is phase)) for s in stages for phase in Phase))
    yield family(d.RAMP_SHARE, (((s.stage,), s.ramp_share) for s in stages))
    yield family(d.EPOCH, (((s.stage,), s.epoch) for s in stages))
    yield family(d.COOL_DOWN, (((s.stage,), s.cool_down_s) for s in stages))
    yield family(d.PINNED, (((s.stage,), float(s.pinned is not None)) for s in stages))
    yield family(d.LEASES_OPEN, (((s.stage,), s.open_leases) for s in stages))
    leases = [(s.stage, how, getattr(s, how)) for s in stages for how in ("granted", "returned", "expired")]
    yield family(d.LEASES, (((stage, how), count) for stage, how, count in leases))
    yield family(d.STALE, (((s.stage,), s.stale) for s in stages))


def _rungs(plan: Plan, state: PolicyState) -> Iterator[Metric]:
    pairs = list(zip(plan.stages, state.stages, strict=True))
    usable = [
        ((spec.name, name), float(rung.available and rung.closed_until is None))
        for spec, stage in pairs
        for name, rung in zip(spec.rungs, stage.rungs, strict=True)
    ]
    yield family(d.RUNG_USABLE, usable)
    ends = [(spec.name, stage.pin.until_ns) for spec, stage in pairs if stage.pin is not None]
    yield family(
        d.PIN_UNTIL, (((name,), (until + state.unix_offset_ns) / NS) for name, until in ends if until is not None)
    )


def _policy_metrics(status: PolicyStatus) -> Iterator[Metric]:
    yield family(d.CONFIG_EPOCH, [((), status.config_epoch)])
    yield family(d.TOKEN_HOLDER, (((s.stage,), float(s.stage == status.token_holder)) for s in status.stages))
