"""What the YAML may say about giving way and coming back: frozen models, every complaint at its own key.

`policy:` holds a `PolicySpec`, what all stages inherit. A stage says a `StagePolicy` beside its ladder:
only what differs. A band that is left out is ignored; an explicit `null` switches an inherited one off.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

DEFAULT_RATIO = 0.7
"""`recover_below` where it is left out, times `degrade_above`: the factor of the published design."""

CLOSEST = 0.95
"""Two ends of a band nearer than this would swing on noise alone."""

Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1, le=100_000)]


class Spec(BaseModel):
    """A frozen piece of the vocabulary; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Band(Spec):
    """A measured value with two ends: above one the stage gives way, below the other it may come back."""

    degrade_above: Positive = Field(description="Give way when the value stays above this.")
    recover_below: NotNegative | None = Field(
        default=None, description="Come back only while below this; 0.7 x degrade_above where left out."
    )
    degrade_after_s: NotNegative | None = Field(default=None, description="Seconds above before a step down.")
    recover_after_s: NotNegative | None = Field(default=None, description="Seconds below before a way back is tried.")

    @property
    def below(self) -> float:
        """The lower end, written or by default."""
        return self.degrade_above * DEFAULT_RATIO if self.recover_below is None else self.recover_below

    @model_validator(mode="after")
    def _ends_apart(self) -> Self:
        default = f"write {self.degrade_above * DEFAULT_RATIO:g} ({DEFAULT_RATIO:g} x {self.degrade_above:g})"
        if self.below >= self.degrade_above:
            raise ValueError(
                f"recover_below ({self.below:g}) is not below degrade_above ({self.degrade_above:g}); {default}"
            )
        if self.below > self.degrade_above * CLOSEST:
            raise ValueError(
                f"recover_below ({self.below:g}) is within 5 % of degrade_above ({self.degrade_above:g}), "
                f"so the stage would swing; {default}"
            )
        if self.degrade_after_s is not None and self.recover_after_s is not None:
            check_holds(self.degrade_after_s, self.recover_after_s)
        return self


class SampledBand(Band):
    """A band over a window of samples, which is ignored before it holds enough of them."""

    min_samples: Count | None = Field(default=None, description="Below this many samples the value is ignored.")
    window_s: Annotated[int, Field(strict=True, ge=1, le=3600)] | None = Field(
        default=None, description="Seconds that a sample counts; the last `min_samples` count longer."
    )
    max_age_s: Annotated[int, Field(strict=True, ge=1, le=86_400)] | None = Field(
        default=None, description="Seconds after which no sample counts, however few there are."
    )


class ShareBand(Band):
    """A band over a part of a whole, 0 to 1."""

    degrade_above: Share


class RatioBand(SampledBand):
    """A band over the failed part of the calls, 0 to 1. It acts at once, without a hold."""

    degrade_above: Share

    @model_validator(mode="after")
    def _no_hold(self) -> Self:
        for key in ("degrade_after_s", "recover_after_s"):
            if getattr(self, key) is not None:
                raise ValueError(f"{key} has no use here: errors act at once; leave it out")
        return self


class Ooms(Spec):
    """Out-of-memory errors of one rung. It acts at once and closes the rung until it has proved itself again."""

    degrade_at: Count = 1
    within_s: Positive = Field(default=60.0, description="Seconds that one of them counts.")
    in_a_row: bool = Field(
        default=False,
        description="Only a success of the same rung and worker, begun after the error, starts the count again.",
    )


class Deaths(Spec):
    """Workers that died in a call of one rung. It acts at once and closes the rung; a hung one needs no second.

    Deaths are weighed against the calls that the rung answers, as in a CUSUM (Page, 1954): workers that are killed at
    random die in the calls of every rung, and no rung is to blame; one that kills does so again within a few calls.
    """

    degrade_at: Count = 2
    within_s: Positive = Field(default=600.0, description="Seconds that one of them counts.")
    forgiven_after: Annotated[int, Field(strict=True, ge=0, le=100_000)] = Field(
        default=20,
        description="So many calls answered by the rung since the last death take one back: who dies now and then, in "
        "whatever call, does not die of the rung. 0: none is taken back.",
    )


class Probes(Spec):
    """How a better rung is tried on real documents, one by one, before it gets a share of them."""

    count: Count = 5
    pass_: Count = Field(default=4, alias="pass", description="How many of `count` must succeed in time.")
    per_s: Annotated[float, Field(strict=True, gt=0, le=1000, allow_inf_nan=False)] = 0.5
    lease_s: Positive = Field(default=30.0, description="A probe not back by then has failed.")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.pass_ > self.count:
            raise ValueError(f"pass ({self.pass_}) is more than count ({self.count}); no series could pass")
        return self


class Ramp(Spec):
    """The shares of documents that a better rung gets before it gets them all."""

    shares: tuple[Annotated[float, Field(strict=True)], ...] = Field(default=(0.1, 0.3, 0.6), max_length=20)
    min_samples: Count = 20
    min_s: NotNegative = Field(default=10.0, description="A share lasts at least so long.")
    max_s: Positive = Field(
        default=120.0,
        description="By then a share is decided: by how the rung ran before, or, with too few samples, `inconclusive`.",
    )

    @model_validator(mode="after")
    def _check_rising(self) -> Self:
        shares = self.shares
        wrong = []
        if any(not 0 < share < 1 for share in shares) or any(b <= a for a, b in pairwise(shares)):
            wrong.append(f"shares {list(shares)} must rise inside (0, 1), as [0.1, 0.3, 0.6]; all follows the last")
        if self.max_s < self.min_s:
            wrong.append(f"max_s ({self.max_s:g}) is before min_s ({self.min_s:g})")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class CoolDown(Spec):
    """How long a stage that fell waits before it tries to climb; longer after every failed try."""

    first: NotNegative = 30.0
    factor: Annotated[float, Field(strict=True, ge=1, le=10, allow_inf_nan=False)] = 2.0
    max: NotNegative = 600.0

    @model_validator(mode="after")
    def _check_cap(self) -> Self:
        if self.max < self.first:
            raise ValueError(f"max ({self.max:g}) is below first ({self.first:g})")
        return self


class PinSpec(Spec):
    """A rung that a person fixed for a while; faults still go below it."""

    rung: str
    until: AwareDatetime | None = None
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.until is None:
            raise ValueError("a pin without `until` would stay for ever; write its end, as 2030-02-01T18:00:00+08:00")
        return self


class Triggers(Spec):
    """What may move a stage; the same keys for all stages and for one."""

    p95_ms: SampledBand | None = Field(default=None, description="95th percentile of the stage's own time per call.")
    error_ratio: RatioBand | None = Field(default=None, description="Failed part of the calls of a rung.")
    ooms: Ooms | None = Field(default=None, description="Out-of-memory errors of a rung.")
    worker_deaths: Deaths | None = Field(default=None, description="Worker processes that died in a call of a rung.")
    gpu_used: ShareBand | None = Field(default=None, description="Used part of the device's memory, idle pool free.")
    host_used: ShareBand | None = Field(default=None, description="Used part of the host's (or cgroup's) memory.")
    queue_wait_ms: Band | None = Field(default=None, description="Age of the oldest document that waits.")


class PolicySpec(Triggers):
    """The `policy:` block: what every stage inherits."""

    worker_deaths: Deaths | None = Field(
        default=Deaths(), description="Worker processes that died in a call of a rung; null: they only count as errors."
    )
    seed: Annotated[int, Field(strict=True, ge=0)] = Field(
        default=0, description="Feeds the jitter of cool-downs and the start of ramps; there is no other randomness."
    )
    degrade_after_s: NotNegative = 5.0
    recover_after_s: NotNegative = 60.0
    min_samples: Count = 5
    window_s: Annotated[int, Field(strict=True, ge=1, le=3600)] = 15
    max_age_s: Annotated[int, Field(strict=True, ge=1, le=86_400)] = 600
    probes: Probes = Field(default_factory=Probes)
    ramp: Ramp = Field(default_factory=Ramp)
    cool_down_s: CoolDown = Field(default_factory=CoolDown)
    gap_s: Positive = Field(
        default=30.0, description="Ticks further apart (machine suspended) clear windows and holds and move nothing."
    )

    @model_validator(mode="after")
    def _slow_up(self) -> Self:
        check_holds(self.degrade_after_s, self.recover_after_s)
        return self


class StagePolicy(Triggers):
    """What a stage says beside its ladder: only what differs from the `policy:` block."""

    degrade_after_s: NotNegative | None = None
    recover_after_s: NotNegative | None = None
    min_samples: Count | None = None
    window_s: Annotated[int, Field(strict=True, ge=1, le=3600)] | None = None
    max_age_s: Annotated[int, Field(strict=True, ge=1, le=86_400)] | None = None
    probes: Probes | None = None
    ramp: Ramp | None = None
    cool_down_s: CoolDown | None = None
    weight: Positive = Field(default=1.0, description="How much accuracy counts here: the heavier stage climbs first.")
    pin: PinSpec | None = None


def check_holds(degrade_after_s: float, recover_after_s: float) -> None:
    """Refuse a stage that would come back sooner than it gives way.

    Raises:
        ValueError: the way down is held longer than the way up.
    """
    if degrade_after_s > recover_after_s:
        raise ValueError(
            f"degrade_after_s ({degrade_after_s:g}) is longer than recover_after_s ({recover_after_s:g}); "
            "a stage gives way quickly and comes back slowly"
        )
