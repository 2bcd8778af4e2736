"""What a policy file means, worked out once: for each stage its rungs, bands and holds as plain numbers.

A `Plan` is immutable, pickles, compares by value and goes into the event log as it stands: a replay needs no file.
Times are integer nanoseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from docpipe.policy.core.frontier import Option, worth
from docpipe.policy.core.spec import Band, PolicySpec, RatioBand, SampledBand, StagePolicy, check_holds
from docpipe.policy.core.values import Trigger

NS = 1_000_000_000

Loc = tuple[str | int, ...]
T = TypeVar("T")


class PlanError(ValueError):
    """Blocks that are right by themselves and wrong together. `.complaints` holds (where, what) of each."""

    def __init__(self, complaints: Sequence[tuple[Loc, str]]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(f"{'.'.join(str(part) for part in loc)}: {text}" for loc, text in complaints))


@dataclass(frozen=True)
class BandPlan:
    """One band of one stage. `above` and `below` are in the unit of the key (milliseconds, or a share 0 to 1)."""

    key: str
    trigger: Trigger
    above: float
    below: float
    degrade_ns: int
    recover_ns: int
    min_samples: int = 0
    window_s: int = 0
    max_age_s: int = 0


@dataclass(frozen=True)
class OomPlan:
    """How many out-of-memory errors of a rung close it."""

    at: int
    within_ns: int
    in_a_row: bool
    forgiven_after: int = 0
    """So many answered calls since the last one take one back; 0: never."""


@dataclass(frozen=True)
class TrialPlan:
    """How a better rung is tried: probes, then shares in parts of a million."""

    probes: int
    passes: int
    probe_every_ns: int
    lease_ns: int
    shares_ppm: tuple[int, ...]
    min_samples: int
    min_ns: int
    max_ns: int

    def share_ppm(self, step: int) -> int:
        """Return the share of a step in parts of a million; all documents after the last share, on probation."""
        return self.shares_ppm[step] if step < len(self.shares_ppm) else 1_000_000


@dataclass(frozen=True)
class CoolDownPlan:
    """The waits after 0, 1, 2, … failures; the last one stays. Built once, so that no `pow` runs in a decision."""

    waits_ns: tuple[int, ...]


@dataclass(frozen=True)
class PinPlan:
    """A pin of the file; `until_unix_ns` is wall-clock time."""

    rung: str
    until_unix_ns: int
    reason: str


@dataclass(frozen=True)
class StagePlan:
    """One stage: its ladder, best rung first, and what moves it along."""

    name: str
    rungs: tuple[str, ...]
    bands: tuple[BandPlan, ...]
    errors: BandPlan | None
    ooms: OomPlan | None
    trial: TrialPlan
    cool_down: CoolDownPlan
    deaths: OomPlan | None = None
    recover_ns: int = 0
    weight: float = 1.0
    pin: PinPlan | None = None
    device_mb: tuple[float | None, ...] = ()
    """Device memory that each rung needs, 0 for none, None where nobody knows; empty where nothing is known at all."""
    memory_floor: int | None = None
    """The lowest level that memory pressure may send the stage to; None: the last one."""
    times_ms: tuple[float | None, ...] = ()
    """By a profile: each rung's time for the reference document; empty without one."""
    worths: tuple[float | None, ...] = ()
    """By a profile: each rung's weighted log accuracy. Worked out here, as `log` differs between C libraries."""

    def level_of(self, rung: str) -> int | None:
        """Return the level of a rung, 0 for the best, or None where the ladder has no such rung."""
        return self.rungs.index(rung) if rung in self.rungs else None

    def band(self, key: str) -> BandPlan | None:
        """Return the band of that key, where the stage has one."""
        return next((band for band in self.bands if band.key == key), None)

    def gain(self, level: int, target: int) -> float | None:
        """Return what a climb wins: weighted log accuracy for each millisecond that it costs, or None if not known.

        A climb that costs no time is worth any price.
        """
        if not self.times_ms or not self.worths:
            return None
        before, after = self.times_ms[level], self.times_ms[target]
        worth, better = self.worths[level], self.worths[target]
        if before is None or after is None or worth is None or better is None:
            return None
        return (better - worth) / (after - before) if after > before else float("inf")


@dataclass(frozen=True)
class Plan:
    """All stages, in the order of the pipeline."""

    stages: tuple[StagePlan, ...]
    seed: int = 0
    gap_ns: int = 30 * NS

    def stage(self, name: str) -> StagePlan:
        """Return one stage.

        Raises:
            KeyError: no stage of that name.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(f"no stage {name!r}; there are {', '.join(s.name for s in self.stages)}")

    @classmethod
    def build(
        cls,
        policy: PolicySpec,
        stages: Mapping[str, tuple[Sequence[str], StagePolicy]],
        *,
        device_mb: Mapping[str, Mapping[str, float]] | None = None,
        memory_floor: Mapping[str, str] | None = None,
        priced: Mapping[str, Mapping[str, tuple[float, float]]] | None = None,
        lease_s: Mapping[str, float] | None = None,
    ) -> Plan:
        """Work out every stage from the `policy:` block and what it says itself.

        Args:
            stages: for each stage its rung names, best first, and its own block.
            device_mb: megabytes of device memory that a rung needs, 0 for none; left out where nobody knows.
            memory_floor: the lowest rung of a stage that memory pressure may send it to.
            priced: milliseconds for the reference document and accuracy factor of each rung, where a profile has both.
            lease_s: how long a probe of a stage may take by a profile; a file that writes `lease_s` goes before it.

        Raises:
            PlanError: with every complaint at once; each place starts with `policy` or `stages`.
        """
        complaints: list[tuple[Loc, str]] = []
        built = []
        for name, (rungs, own) in stages.items():
            at: Loc = ("stages", name)
            complaints += _complaints_of_ladder(at, rungs, own)
            bands = [_band(key, trigger, policy, own, at, complaints) for key, trigger in _BANDS]
            needs, prices = (device_mb or {}).get(name, {}), (priced or {}).get(name, {})
            floor = (memory_floor or {}).get(name)
            options = [Option(rung, *prices[rung]) if rung in prices else None for rung in rungs]
            built.append(
                StagePlan(
                    name=name,
                    rungs=tuple(rungs),
                    bands=tuple(band for band in bands if band is not None),
                    errors=_band("error_ratio", Trigger.ERRORS, policy, own, at, complaints),
                    ooms=_ooms(policy, own),
                    deaths=_deaths(policy, own),
                    trial=_trial(policy, own, (lease_s or {}).get(name, 0.0)),
                    cool_down=_cool_down(policy, own),
                    recover_ns=to_ns(_first(own.recover_after_s, policy.recover_after_s)),
                    weight=own.weight,
                    pin=_pin(own),
                    device_mb=tuple(needs.get(rung) for rung in rungs) if needs else (),
                    memory_floor=None if floor is None else list(rungs).index(floor),
                    times_ms=tuple(None if o is None else o.ms for o in options) if prices else (),
                    worths=tuple(None if o is None else worth(o, own.weight) for o in options) if prices else (),
                )
            )
        if complaints:
            raise PlanError(complaints)
        return cls(tuple(built), policy.seed, to_ns(policy.gap_s))


_BANDS = (
    ("p95_ms", Trigger.LATENCY_P95),
    ("gpu_used", Trigger.GPU_MEMORY),
    ("host_used", Trigger.HOST_MEMORY),
    ("queue_wait_ms", Trigger.QUEUE_AGE),
)


def to_ns(seconds: float) -> int:
    """Return seconds of a file as integer nanoseconds."""
    return round(seconds * NS)


def _complaints_of_ladder(at: Loc, rungs: Sequence[str], own: StagePolicy) -> list[tuple[Loc, str]]:
    found: list[tuple[Loc, str]] = []
    if not rungs:
        found.append(((*at, "ladder"), "a ladder needs at least one rung"))
    for index, rung in enumerate(rungs):
        if rung in rungs[:index]:
            found.append(((*at, "ladder", index), f"two rungs are named {rung!r}"))
    if own.pin is not None and own.pin.rung not in rungs:
        found.append(((*at, "pin", "rung"), f"no rung {own.pin.rung!r}; the ladder has {', '.join(rungs)}"))
    return found


def _band(
    key: str, trigger: Trigger, policy: PolicySpec, own: StagePolicy, at: Loc, complaints: list[tuple[Loc, str]]
) -> BandPlan | None:
    mine = key in own.model_fields_set
    band: Band | None = getattr(own if mine else policy, key)
    if band is None:
        return None
    degrade_s = _first(band.degrade_after_s, own.degrade_after_s, policy.degrade_after_s)
    recover_s = _first(band.recover_after_s, own.recover_after_s, policy.recover_after_s)
    if isinstance(band, RatioBand):
        degrade_s = recover_s = 0.0
    try:
        check_holds(degrade_s, recover_s)
    except ValueError as e:
        where = (*at, key) if mine else (*at,)
        complaints.append((where, str(e) if mine else f"with the inherited {key}: {e}"))
    samples = window_s = max_age_s = 0
    if isinstance(band, SampledBand):
        samples = _first(band.min_samples, own.min_samples, policy.min_samples)
        window_s = _first(band.window_s, own.window_s, policy.window_s)
        max_age_s = max(window_s, _first(band.max_age_s, own.max_age_s, policy.max_age_s))
    return BandPlan(
        key=key,
        trigger=trigger,
        above=float(band.degrade_above),
        below=float(band.below),
        degrade_ns=to_ns(degrade_s),
        recover_ns=to_ns(recover_s),
        min_samples=samples,
        window_s=window_s,
        max_age_s=max_age_s,
    )


def _first(*values: T | None) -> T:
    return next(value for value in values if value is not None)


def _ooms(policy: PolicySpec, own: StagePolicy) -> OomPlan | None:
    spec = own.ooms if "ooms" in own.model_fields_set else policy.ooms
    return None if spec is None else OomPlan(spec.degrade_at, to_ns(spec.within_s), spec.in_a_row)


def _deaths(policy: PolicySpec, own: StagePolicy) -> OomPlan | None:
    spec = own.worker_deaths if "worker_deaths" in own.model_fields_set else policy.worker_deaths
    return None if spec is None else OomPlan(spec.degrade_at, to_ns(spec.within_s), False, spec.forgiven_after)


def _trial(policy: PolicySpec, own: StagePolicy, needed_s: float) -> TrialPlan:
    probes, ramp = own.probes or policy.probes, own.ramp or policy.ramp
    written = "lease_s" in probes.model_fields_set
    return TrialPlan(
        probes=probes.count,
        passes=probes.pass_,
        probe_every_ns=round(NS / probes.per_s),
        lease_ns=to_ns(probes.lease_s if written else max(probes.lease_s, needed_s)),
        shares_ppm=tuple(round(share * 1_000_000) for share in ramp.shares),
        min_samples=ramp.min_samples,
        min_ns=to_ns(ramp.min_s),
        max_ns=to_ns(ramp.max_s),
    )


def _cool_down(policy: PolicySpec, own: StagePolicy) -> CoolDownPlan:
    spec = own.cool_down_s or policy.cool_down_s
    waits = [spec.first]
    while waits[-1] < spec.max and len(waits) < 64 and spec.factor > 1 and spec.first > 0:
        waits.append(min(waits[-1] * spec.factor, spec.max))
    return CoolDownPlan(tuple(to_ns(wait) for wait in waits))


def _pin(own: StagePolicy) -> PinPlan | None:
    if own.pin is None or own.pin.until is None:
        return None
    return PinPlan(own.pin.rung, round(own.pin.until.timestamp()) * NS, own.pin.reason)
