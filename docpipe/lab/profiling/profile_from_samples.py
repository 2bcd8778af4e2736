"""From samples to a profile: sizes, costs, memory and accuracy of every rung."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

from docpipe.config import PipelineConfig
from docpipe.errors import UsageError
from docpipe.lab.profiling.accuracy import Counts, accuracies
from docpipe.lab.profiling.measure import Chosen
from docpipe.lab.profiling.samples import Samples, TimeSample
from docpipe.lab.profiling.time_fit import Timed, cost
from docpipe.profiles.model import (
    Clock,
    Machine,
    Measured,
    Profile,
    RungProfile,
    Sizes,
    StageProfile,
)


def profile_of(
    samples: Samples,
    config: PipelineConfig,
    chosen: Chosen,
    *,
    machine: Machine,
    versions: Mapping[str, str | None],
    measured: Measured,
    clock: Clock,
) -> Profile:
    """Return the profile that the samples show. The same samples give the same profile."""
    stages = {}
    for stage, rungs in chosen.rungs.items():
        best = config.stage(stage).ladder[0].name
        before = _counts(samples, stage, best)
        stages[stage] = StageProfile(
            unit=config.specs[stage].unit,
            rungs={rung: _rung(samples, config, stage, rung, before, measured.seed) for rung in rungs},
        )
    walls, cpus = sum(time.wall_ms for time in samples.times), sum(time.cpu_ms for time in samples.times)
    measured = measured.model_copy(update={"wall_over_cpu": round(walls / cpus, 2) if cpus > 0 else None})
    return Profile(clock=clock, machine=machine, versions=versions, measured=measured, stages=stages)


def update_profile(old: Profile, new: Profile, config: PipelineConfig) -> Profile:
    """Return a profile with what was measured now, and of an older one the other rungs that the file still has.

    Raises:
        UsageError: they are of different machines, threads, clocks or engines, so their times do not belong together.
    """
    for what, before, after in (
        ("machine", old.machine, new.machine),
        ("clock", old.clock, new.clock),
        ("versions", dict(old.versions), dict(new.versions)),
    ):
        if before != after:
            raise UsageError(f"--update: the profile that is there was measured with another {what}: {before}")
    stages = {}
    for name, stage in config.each_stage():
        found = {p.name: new.rung(name, p.name) or old.rung(name, p.name) for p in stage.ladder}
        rungs = {rung: known for rung, known in found.items() if known is not None}
        if rungs:
            stages[name] = StageProfile(unit=config.specs[name].unit, rungs=rungs)
    sets = tuple(dict.fromkeys((*new.measured.sets, *old.measured.sets)))
    measured = new.measured.model_copy(update={"sets": sets})
    return new.model_copy(update={"stages": stages, "measured": measured})


def _rung(
    samples: Samples,
    config: PipelineConfig,
    stage: str,
    rung: str,
    before: Mapping[str, Mapping[str, Counts]],
    seed: int,
) -> RungProfile:
    times = [time for time in samples.times if (time.stage, time.rung) == (stage, rung)]
    units = sizes(times)
    models = samples.models.get((stage, rung))
    told = config.stage(stage).rung(rung)
    return RungProfile(
        settings=told.digest(),
        rules=told.rules_digest(),
        models={} if models is None else models.models,
        samples=len(times),
        units=units,
        wall=cost([Timed(t.what, t.units, t.wall_ms) for t in times], units.reference, seed),
        cpu=cost([Timed(t.what, t.units, t.cpu_ms) for t in times], units.reference, seed),
        weights_mb=None if models is None else models.weights_mb,
        resident_mb=None if models is None or models.resident_mb is None else max(models.resident_mb, 0.0),
        peak_mb_per_unit=peak_per_unit(times),
        accuracy=accuracies(config.specs[stage].measures, before, _counts(samples, stage, rung), seed),
    )


def sizes(times: Sequence[TimeSample]) -> Sizes:
    """Return the mean, smallest and largest size that was measured, each page or document once."""
    units = list({time.what: time.units for time in times}.values()) or [0.0]
    return Sizes(reference=round(mean(units), 3), smallest=min(units), largest=max(units))


def peak_per_unit(times: Sequence[TimeSample]) -> float | None:
    """Return the MB for each unit of the call after which the process had grown most; None where it was not seen."""
    seen = [(time.growth_mb, time.units) for time in times if time.growth_mb is not None and time.units > 0]
    if not seen:
        return None
    growth, _ = max(seen)
    return round(max(growth, 0.0) / max(units for _, units in seen), 2)


def _counts(samples: Samples, stage: str, rung: str) -> dict[str, Mapping[str, Counts]]:
    return {
        score.document: {measure: _four(counts) for measure, counts in score.counts.items()}
        for score in samples.scores
        if (score.stage, score.rung) == (stage, rung)
    }


def _four(counts: Sequence[float]) -> Counts:
    hits, want, hits_got, got = counts
    return hits, want, hits_got, got
