"""What a worker process and its supervisor say to each other: frozen values that pickle."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from docpipe.config import PipelineConfig
from docpipe.control.preload import RungKey, Unusable
from docpipe.execution.executor import Execution
from docpipe.execution.route import Route
from docpipe.execution.stage_call import Attempt
from docpipe.inputs.source import Source
from docpipe.runtime.protocol import BackgroundRuntime
from docpipe.trace import Producer

MakeRuntime = Callable[[PipelineConfig], BackgroundRuntime]


@dataclass(frozen=True, slots=True)
class Start:
    """What a worker is to serve. `wanted` are rungs to load beside the resident ones.

    `make_runtime` is called in the worker, so it is a function that pickles.
    """

    config: PipelineConfig
    producer: Producer
    wanted: Collection[RungKey]
    make_runtime: MakeRuntime


@dataclass(frozen=True, slots=True)
class Job:
    """A document to read. `queued_ns` is the moment, on the machine's monotonic clock, when it was handed over.

    `hit` are the stages and rungs that took a worker with them on it.
    """

    source: Source
    route: Route
    queued_ns: int
    hit: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Shadow:
    """A document to read again in idle time, whose result nobody wants; None is the bundled one."""

    source: Source | None
    route: Route


@dataclass(frozen=True, slots=True)
class ShadowDone:
    """The worker has done so, and is idle again."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The models of a rung, named as `stage.rung`, are loaded; the worker goes on to the next."""

    name: str


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the worker's log; the supervisor's process writes it, where the run's other lines go."""

    logger: str
    level: int
    message: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker's models are loaded and warm; some rungs cannot serve (yet)."""

    unusable: tuple[Unusable, ...]


@dataclass(frozen=True, slots=True)
class NoStart:
    """The worker cannot start, and ends."""

    message: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A rung can serve now, or cannot any more: it was loaded, or its model is stuck."""

    stage: str
    rung: str
    available: bool
    reason: str


@dataclass(frozen=True, slots=True)
class CallBegan:
    """A call of a stage starts now; beyond `limit_s` it counts as stuck."""

    stage: str
    rung: str
    units: float | None
    limit_s: float


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call of a stage came back."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life, about once a second, with the worker's memory in MB of 2**20 bytes.

    `pool` is what Paddle's allocator in that process reserved and what of it is in use; None without a GPU.
    """

    rss_mb: float
    pool: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Free:
    """Unload a rung's models, where no other rung that may serve uses them."""

    stage: str
    rung: str


@dataclass(frozen=True, slots=True)
class Load:
    """Load a rung's models beside the documents; `Changed` tells when they are ready."""

    stage: str
    rung: str


ToWorker = Start | Job | Shadow | Free | Load | None
"""None ends the worker."""

FromWorker = Loaded | Logged | Ready | NoStart | Changed | CallBegan | CallEnded | Beat | ShadowDone | Execution
