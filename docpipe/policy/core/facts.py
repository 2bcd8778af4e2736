"""What can happen to the policy: each fact carries its own moment, so that a step reads no clock."""

from __future__ import annotations

from dataclasses import dataclass

from docpipe.policy.core.kept import KeptStage
from docpipe.policy.core.plan import Plan
from docpipe.policy.core.values import Outcome, Sample, Signals


@dataclass(frozen=True)
class Arrived:
    """A document asks for its rungs. `hit` are the stages and rungs that took a worker with them on it before."""

    time_ns: int
    document_id: str
    hit: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Began:
    """A call of a stage started; its age counts until its worker's next fact. A worker runs one call at a time."""

    time_ns: int
    stage: str
    rung: str
    epoch: int
    worker: str = ""
    document_id: str = ""


@dataclass(frozen=True)
class Ended:
    """A call of a stage ended."""

    time_ns: int
    sample: Sample


@dataclass(frozen=True)
class WorkerGone:
    """A worker died or was killed because it hung; `outcome` says which, `exit_code` as the system gave it.

    `sample` is the call that it was in, if it was in one; `document_id` is empty where it had no document.
    """

    time_ns: int
    worker: str
    outcome: Outcome
    exit_code: int | None = None
    document_id: str = ""
    sample: Sample | None = None
    reason: str = ""


@dataclass(frozen=True)
class Released:
    """Leases come back from runs that never happened: (stage, lease) of each."""

    time_ns: int
    leases: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Ticked:
    """Time went on. `signals` is None where nothing was read since the last tick."""

    time_ns: int
    signals: Signals | None = None


@dataclass(frozen=True)
class Pinned:
    """A person fixed a stage on a rung."""

    time_ns: int
    stage: str
    rung: str
    until_ns: int | None
    reason: str


@dataclass(frozen=True)
class Unpinned:
    """A person let a stage go."""

    time_ns: int
    stage: str
    reason: str


@dataclass(frozen=True)
class Available:
    """A rung was loaded, or cannot be."""

    time_ns: int
    stage: str
    rung: str
    available: bool
    reason: str


@dataclass(frozen=True)
class Loaded:
    """A policy file was loaded. `unix_ns` is the wall clock at that moment, for the ends of pins."""

    time_ns: int
    plan: Plan
    unix_ns: int


@dataclass(frozen=True)
class Restored:
    """What an earlier process left is taken over: its closed rungs and cool-downs."""

    time_ns: int
    stages: tuple[KeptStage, ...]


Fact = Arrived | Began | Ended | WorkerGone | Released | Ticked | Pinned | Unpinned | Available | Loaded | Restored
