"""What the policy remembers between two facts: frozen values, so that a step returns a new state and changes none.

Mappings are never changed in place: whoever needs another one builds it. Times are integer nanoseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from docpipe.policy.core.context import Context
from docpipe.policy.core.plan import BandPlan, StagePlan
from docpipe.policy.core.values import Choice, Event, Kind, Signals
from docpipe.policy.core.window import Window

SIDES = 64
"""Documents in one chunk of a trial's memory, and how many chunks it keeps: 4096 documents stay on their side."""


class Phase(StrEnum):
    """What a stage is busy with."""

    STEADY = "steady"
    PROBING = "probing"
    RAMPING = "ramping"
    QUARANTINED = "quarantined"
    PINNED = "pinned"


@dataclass(frozen=True)
class Hold:
    """Since when a band has been above its upper end without a break, and since when it has been calm.

    `told`: that nothing can be done about it has been announced.
    """

    hot_since: int | None = None
    calm_since: int | None = None
    told: bool = False


@dataclass(frozen=True)
class Lease:
    """A permit to run one document on the rung under trial. Granted = returned + expired + open, always."""

    id: int
    document: int
    kind: Kind
    expires_ns: int


@dataclass(frozen=True)
class Call:
    """A worker's call in flight, for its age: one that never ends is in no percentile."""

    level: int
    epoch: int
    began_ns: int
    document_id: str = ""


@dataclass(frozen=True)
class RungState:
    """What is known of one rung in the present epoch. `ooms` and `deaths` hold (moment, worker) of those that count."""

    available: bool = True
    closed_until: int | None = None
    times: Window = field(default_factory=lambda: Window(1))
    errors: Window = field(default_factory=lambda: Window(1))
    ooms: tuple[tuple[int, str], ...] = ()
    deaths: tuple[tuple[int, str], ...] = ()
    answered: int = 0
    """Calls answered since the last of `deaths`, as far as they take none back yet."""
    cold: bool = False
    """Unloaded to give memory back: loaded again before it is tried."""
    loading_since: int | None = None
    largest_ok: int | None = None
    """The largest size class (power of two) that it has answered."""
    normal_ms: float | None = None
    """Its P95 while all was well: what it is compared with on the way back."""
    normal_errors: float | None = None
    """The failed part of its calls, likewise."""


@dataclass(frozen=True)
class Trial:
    """The attempt to climb to `target`. `step` is -1 while probing, then the index of the ramp's share.

    `first_lease` tells its own leases from those of earlier trials: ids only rise. `offered_ppm` carries the rest of
    the error diffusion, `sides` remembers which documents went where, by the hash of their id, oldest chunk first.
    """

    target: int
    began_ns: int
    step_began_ns: int
    first_lease: int
    next_probe_ns: int
    step: int = -1
    passed: int = 0
    failed: int = 0
    counts: Mapping[int, int] = field(default_factory=dict)
    offered_ppm: int = 0
    sides: tuple[Mapping[int, bool], ...] = ()
    expired_leases: tuple[int, ...] = ()
    inconclusive: bool = False

    @property
    def samples(self) -> int:
        """How many verdicts this step has so far."""
        return self.passed + self.failed


@dataclass(frozen=True)
class Pin:
    """A rung that somebody fixed. `until_ns` is None for as long as the process lives."""

    level: int
    until_ns: int | None
    reason: str
    by_file: bool = False


@dataclass(frozen=True)
class StageState:
    """One stage. `level` is the best rung it may use; `epoch` goes up by one at every move."""

    level: int
    since_ns: int
    holds: tuple[Hold, ...]
    rungs: tuple[RungState, ...]
    choice: Choice
    epoch: int = 0
    failures: int = 0
    healthy_since_ns: int = 0
    climbed_ns: int | None = None
    cool_until_ns: int = 0
    proved_ns: int = 0
    """Until then a better rung that load made it leave serves on probation only."""
    fell_ns: int | None = None
    """When it last gave way."""
    waited_since_ns: int = 0
    put_off: bool = False
    trial: Trial | None = None
    pin: Pin | None = None
    causes: tuple[Event, ...] = ()
    leases: Mapping[int, Lease] = field(default_factory=dict)
    calls: Mapping[str, Call] = field(default_factory=dict)
    """What each worker is in, by the worker's name."""
    granted: int = 0
    returned: int = 0
    expired: int = 0
    stale: int = 0

    @property
    def phase(self) -> Phase:
        """What the stage is busy with, read off its parts."""
        if self.trial is not None:
            return Phase.PROBING if self.trial.step < 0 else Phase.RAMPING
        if self.pin is not None and self.pin.level == self.level:
            return Phase.PINNED
        above = self.better()
        if above is not None and self.rungs[above].closed_until is not None:
            return Phase.QUARANTINED
        return Phase.STEADY

    @property
    def top(self) -> int:
        """The best level that it may ever climb to at present."""
        return 0 if self.pin is None else self.pin.level

    def better(self) -> int | None:
        """Return the next better level that could be tried, or None at the top."""
        return next((i for i in range(self.level - 1, self.top - 1, -1) if self.rungs[i].available), None)

    def lower(self, level: int, now: int) -> int | None:
        """Return the next usable level below `level`, or None where the ladder ends."""
        return next((i for i in range(level + 1, len(self.rungs)) if self.usable(i, now)), None)

    def below(self, level: int, now: int) -> tuple[int, ...]:
        """Return all usable levels below `level`, best first."""
        return tuple(i for i in range(level + 1, len(self.rungs)) if self.usable(i, now))

    def usable(self, level: int, now: int) -> bool:
        """Whether documents may be sent to that rung."""
        rung = self.rungs[level]
        return (
            rung.available
            and not rung.cold
            and (rung.closed_until is None or (level > self.level and rung.closed_until <= now))
        )


@dataclass(frozen=True)
class PolicyState:
    """All stages and what they share. `unix_offset_ns` turns wall-clock ends of pins into moments of the clock."""

    stages: tuple[StageState, ...]
    config_epoch: int = 0
    signals: Signals = field(default_factory=Signals)
    ticked_ns: int | None = None
    next_lease: int = 1
    documents: int = 0
    arrived_ns: int | None = None
    """When the last document came."""
    recycled_ns: int | None = None
    deaths: Mapping[str, int] = field(default_factory=dict)
    """How many workers each document took with it: of the last documents that took any."""
    unix_offset_ns: int = 0

    @property
    def climbing(self) -> int | None:
        """The index of the stage that holds the token to climb; at most one does."""
        return next((i for i, stage in enumerate(self.stages) if stage.trial is not None), None)


def fresh_rung(stage: StagePlan) -> RungState:
    """Return a rung of which nothing is known yet."""
    return RungState(times=_window(stage.band("p95_ms")), errors=_window(stage.errors))


def _window(band: BandPlan | None) -> Window:
    return Window(1) if band is None else Window(band.window_s, band.min_samples, band.max_age_s)


def fresh_stage(stage: StagePlan, now: int) -> StageState:
    """Return a stage on its best rung."""
    return StageState(
        level=0,
        since_ns=now,
        holds=tuple(Hold() for _ in stage.bands),
        rungs=tuple(fresh_rung(stage) for _ in stage.rungs),
        choice=Choice(stage.name, stage.rungs[0], 0, Kind.SERVED, 0),
        healthy_since_ns=now,
        waited_since_ns=now,
    )


def hash_of(*parts: str | int) -> int:
    """Return 64 bits that only depend on the parts: BLAKE2b, the same on every machine and in every process."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def cool_down_ns(context: Context, state: StageState, failures: int) -> int:
    """Return the wait before the next climb: capped backoff, 10 % up or down by the hash of stage and epoch.

    Replicas so do not probe together, and a replay gets the same number.
    """
    stage = context.stage
    waits = stage.cool_down.waits_ns
    wait = waits[min(failures, len(waits) - 1)]
    spread = hash_of("cool-down", context.plan.seed, stage.name, state.epoch, failures) % 200_001 - 100_000
    return wait + wait * spread // 1_000_000
