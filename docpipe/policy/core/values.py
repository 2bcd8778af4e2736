"""What goes in and out of the policy: samples and signals in; assignments and events out. All frozen, all picklable.

An assignment may be made in one process and its samples come back from another: nothing here holds a lock or a clock.
Times are integer nanoseconds of the engine's monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Trigger(StrEnum):
    """Why a stage moved, in the words of a result's `degradations`."""

    LATENCY_P95 = "latency_p95"
    OUT_OF_MEMORY = "out_of_memory"
    GPU_MEMORY = "gpu_memory"
    HOST_MEMORY = "host_memory"
    QUEUE_AGE = "queue_age"
    DEADLINE = "deadline"
    ERRORS = "errors"
    WORKER_DIED = "worker_died"
    STUCK = "stuck"
    OPERATOR = "operator"


LOAD = frozenset({Trigger.LATENCY_P95, Trigger.GPU_MEMORY, Trigger.HOST_MEMORY, Trigger.QUEUE_AGE})
"""Triggers that say nothing against a rung itself: what passes with the load."""


class Kind(StrEnum):
    """In what role a rung ran."""

    SERVED = "served"
    PROBE = "probe"
    TRIAL = "trial"
    SHADOW = "shadow"


class Outcome(StrEnum):
    """How a call ended. An input error is the document's fault and never counts against a rung."""

    OK = "ok"
    OOM = "oom"
    ERROR = "error"
    TIMEOUT = "timeout"
    WORKER_DIED = "worker_died"
    STUCK = "stuck"
    INPUT_ERROR = "input_error"


class EventKind(StrEnum):
    """What happened to a stage. `down` and `up` change its level, the others say what goes on in between."""

    DOWN = "down"
    UP = "up"
    CLOSED = "closed"
    PROBING = "probing"
    RAMPING = "ramping"
    INCONCLUSIVE = "inconclusive"
    TRIAL_ENDED = "trial_ended"
    PINNED = "pinned"
    UNPINNED = "unpinned"
    AVAILABLE = "available"
    RELOADED = "reloaded"
    NO_RELIEF = "no_relief"
    INPUT_TOO_LARGE = "input_too_large"


@dataclass(frozen=True)
class Sample:
    """One finished call of one stage on one rung.

    `started_ns` is a moment of the engine's clock, `worker` names the thread or process that ran it; both decide which
    success starts a row of out-of-memory errors again. `duration_ns` is what the rung itself took, `waited_ns` how long
    the call waited for its model before; `units` is the size of its input, in the stage's unit, where that is known.
    """

    stage: str
    rung: str
    epoch: int
    outcome: Outcome
    duration_ns: int
    kind: Kind = Kind.SERVED
    document_id: str = ""
    lease: int = 0
    started_ns: int = 0
    worker: str = ""
    waited_ns: int = 0
    units: float | None = None


@dataclass(frozen=True)
class Signals:
    """The slow signals at a tick. `None` is a signal that is not there: it is ignored.

    `gpu_used` and `host_used` are shares 0 to 1, `gpu_others` the share of the device that other programs hold.
    `lost` names signals that are there and cannot be
    read: they are neither hot nor calm.
    """

    gpu_used: float | None = None
    host_used: float | None = None
    queue_wait_ms: float | None = None
    gpu_free_mb: float | None = None
    gpu_others: float | None = None
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """One thing that the policy did to a stage, and the numbers it compared.

    `scope` is `process` (the stage moved for everybody). `metric` is a key of the policy file; `threshold` and
    `observed` are in its unit, `None` where nothing was compared.
    """

    kind: EventKind
    stage: str
    from_rung: str
    to_rung: str
    trigger: Trigger
    metric: str
    threshold: float | None
    observed: float | None
    reason: str
    epoch: int
    time_ns: int
    scope: str = "process"


@dataclass(frozen=True)
class Choice:
    """The rung that one stage takes for one document.

    `causes` are the steps down that brought the stage to this rung, in order; empty on the best rung. `fallbacks` are
    the rungs that take over, in order, where it fails on this document. `skipped` is the rung whose worker died with
    this document before, if that is why it starts lower.
    """

    stage: str
    rung: str
    level: int
    kind: Kind
    epoch: int
    lease: int = 0
    causes: tuple[Event, ...] = ()
    fallbacks: tuple[str, ...] = ()
    skipped: str = ""


@dataclass(frozen=True)
class Assignment:
    """One consistent snapshot: the rung of every stage for one document, in the order of the pipeline."""

    document_id: str
    config_epoch: int
    time_ns: int
    choices: tuple[Choice, ...]

    def __getitem__(self, stage: str) -> Choice:
        """Return the choice of one stage; `KeyError` where the plan has no such stage."""
        for choice in self.choices:
            if choice.stage == stage:
                return choice
        raise KeyError(stage)

    @property
    def rungs(self) -> Mapping[str, str]:
        """The rung's name of every stage."""
        return MappingProxyType({choice.stage: choice.rung for choice in self.choices})
