"""What each trigger of a stage rests on at a moment, and how much of it is still missing. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docpipe.policy.core.context import Context
from docpipe.policy.core.decide import LATENCY, read_band
from docpipe.policy.core.plan import OomPlan
from docpipe.policy.core.state import StageState


@dataclass(frozen=True)
class Evidence:
    """One trigger on the stage's present rung: how many of the samples (or events) that it needs there are.

    `value` is what it compares with `above`, in the unit of the key; None where nothing is known.
    """

    key: str
    have: int
    need: int
    value: float | None = None
    above: float | None = None
    unit: str = "samples"
    lost: bool = False

    @property
    def missing(self) -> bool:
        """Whether it cannot decide anything: too few samples, or no reading."""
        return self.lost or (self.unit == "samples" and self.have < self.need)

    def __str__(self) -> str:
        if self.lost:
            return f"{self.key}: the signal is lost"
        if self.unit != "samples":
            return f"{self.key}: {self.have} of {self.need} {self.unit}"
        if self.have < self.need:
            return f"{self.key}: not enough evidence: {self.have} of {self.need} samples"
        if self.value is None:
            return f"{self.key}: no reading"
        return f"{self.key}: {self.value:g}, gives way above {self.above:g}"


def evidence_of(context: Context, state: StageState) -> tuple[Evidence, ...]:
    """Return every trigger of a stage, in the order of the policy file's keys."""
    return tuple(_each(context, state))


def _each(context: Context, state: StageState) -> Iterator[Evidence]:
    stage, rung, now = context.stage, state.rungs[state.level], context.now
    for band in stage.bands:
        reading = read_band(context, band, state)
        have, need = (reading.samples, reading.need) if band.key == LATENCY else (0, 0)
        yield Evidence(band.key, have, need, reading.value, band.above, lost=reading.lost)
    if stage.errors is not None:
        window = rung.errors.at(now)
        ratio = window.failed / window.total if window.total else None
        yield Evidence("error_ratio", window.total, stage.errors.min_samples, ratio, stage.errors.above)
    for key, plan, hits in (("ooms", stage.ooms, rung.ooms), ("worker_deaths", stage.deaths, rung.deaths)):
        if plan is not None:
            yield Evidence(key, _within(plan, hits, now), plan.at, unit=f"within {plan.within_ns // 1_000_000_000} s")


def _within(plan: OomPlan, hits: tuple[tuple[int, str], ...], now: int) -> int:
    return sum(1 for moment, _ in hits if now - moment < plan.within_ns)
