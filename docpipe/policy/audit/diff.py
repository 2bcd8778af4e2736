"""Says in words what another policy file would change, stage by stage, and in which direction."""

from __future__ import annotations

from collections.abc import Iterator

from docpipe.policy.core.plan import NS, BandPlan, Plan, StagePlan

_UNITS = {"p95_ms": " ms", "queue_wait_ms": " ms"}
_NAMES = {
    "p95_ms": "P95 time",
    "error_ratio": "part of failed calls",
    "gpu_used": "used GPU memory",
    "host_used": "used host memory",
    "queue_wait_ms": "age of the oldest waiting document",
}


def describe(before: Plan, after: Plan) -> list[str]:
    """Return one sentence for each difference, in the order of the pipeline; none where the plans mean the same."""
    words = list(_common(before, after))
    old = {stage.name: stage for stage in before.stages}
    new = {stage.name: stage for stage in after.stages}
    words += [f"{name}: the stage is gone." for name in old if name not in new]
    for name, stage in new.items():
        if name not in old:
            words.append(f"{name}: a new stage, with {' > '.join(stage.rungs)}.")
        else:
            words += [f"{name}: {sentence}." for sentence in _stage(old[name], stage)]
    return words


def _common(before: Plan, after: Plan) -> Iterator[str]:
    if before.seed != after.seed:
        yield f"The seed is {after.seed} instead of {before.seed}: other jitter, nothing else."
    if before.gap_ns != after.gap_ns:
        yield f"A gap between ticks clears the windows after {_s(after.gap_ns)} instead of {_s(before.gap_ns)}."
    shared = [s.name for s in after.stages if any(b.name == s.name for b in before.stages)]
    if shared != [s.name for s in before.stages if s.name in shared]:
        yield "The stages stand in another order."


def _stage(before: StagePlan, after: StagePlan) -> Iterator[str]:
    yield from _ladder(before, after)
    keys = list(dict.fromkeys([b.key for b in before.bands] + [b.key for b in after.bands]))
    for key in keys:
        yield from _band(before.band(key), after.band(key))
    yield from _band(before.errors, after.errors)
    yield from _ooms(before, after)
    yield from _way_back(before, after)
    if before.weight != after.weight:
        yield f"counts {after.weight:g} instead of {before.weight:g} when several stages could climb"
    if before.pin != after.pin:
        if after.pin is None:
            yield "is no longer pinned by the file"
        else:
            yield f"is pinned to {after.pin.rung} ({after.pin.reason})"
    if (before.device_mb, before.memory_floor) != (after.device_mb, after.memory_floor):
        yield "needs other amounts of device memory"
    if (before.times_ms, before.worths) != (after.times_ms, after.worths):
        yield "has other times or accuracies in its profile, which may change the stage that climbs first"


def _ladder(before: StagePlan, after: StagePlan) -> Iterator[str]:
    gone = [rung for rung in before.rungs if rung not in after.rungs]
    added = [rung for rung in after.rungs if rung not in before.rungs]
    if gone:
        yield f"loses {', '.join(gone)}; a stage standing there moves to the rung of the same level"
    if added:
        yield f"gains {', '.join(added)}: now {' > '.join(after.rungs)}"
    kept = [rung for rung in after.rungs if rung in before.rungs]
    if kept != [rung for rung in before.rungs if rung in kept]:
        yield f"has its rungs in another order: {' > '.join(after.rungs)}"


def _band(before: BandPlan | None, after: BandPlan | None) -> Iterator[str]:
    if before == after:
        return
    if after is None:
        assert before is not None
        yield f"no longer looks at the {_NAMES[before.key]}"
        return
    name, unit = _NAMES[after.key], _UNITS.get(after.key, "")
    if before is None:
        held = f" for {_s(after.degrade_ns)}" if after.degrade_ns else ""
        yield f"now gives way when the {name} is above {after.above:g}{unit}{held}"
        return
    if before.above != after.above:
        when = "sooner" if after.above < before.above else "later"
        yield f"gives way {when}: {name} above {after.above:g}{unit} instead of {before.above:g}{unit}"
    if before.below != after.below:
        when = "later" if after.below < before.below else "sooner"
        yield f"may come back {when}: {name} below {after.below:g}{unit} instead of {before.below:g}{unit}"
    if before.degrade_ns != after.degrade_ns:
        when = "more quickly" if after.degrade_ns < before.degrade_ns else "more slowly"
        yield f"gives way {when}: {name} held {_s(after.degrade_ns)} instead of {_s(before.degrade_ns)}"
    if before.recover_ns != after.recover_ns:
        when = "more quickly" if after.recover_ns < before.recover_ns else "more slowly"
        yield f"comes back {when}: {name} calm for {_s(after.recover_ns)} instead of {_s(before.recover_ns)}"
    if before.max_age_s != after.max_age_s:
        yield f"forgets a sample after {after.max_age_s} s instead of {before.max_age_s} s, however few there are"
    if (before.min_samples, before.window_s) != (after.min_samples, after.window_s):
        yield (
            f"judges the {name} over {after.window_s} s and at least {after.min_samples} samples "
            f"instead of {before.window_s} s and {before.min_samples}"
        )


def _ooms(before: StagePlan, after: StagePlan) -> Iterator[str]:
    old, new = before.ooms, after.ooms
    if old == new:
        return
    if new is None:
        yield "no longer counts out-of-memory errors"
        return
    row = " in a row" if new.in_a_row else ""
    then = f"; before: {old.at} within {_s(old.within_ns)}{' in a row' if old.in_a_row else ''}" if old else ""
    yield f"closes a rung after {new.at} out-of-memory errors{row} within {_s(new.within_ns)}{then}"


def _way_back(before: StagePlan, after: StagePlan) -> Iterator[str]:
    old, new = before.trial, after.trial
    if (old.probes, old.passes) != (new.probes, new.passes):
        yield f"needs {new.passes} of {new.probes} probes instead of {old.passes} of {old.probes}"
    if old.probe_every_ns != new.probe_every_ns:
        yield f"probes every {_s(new.probe_every_ns)} instead of {_s(old.probe_every_ns)}"
    if old.lease_ns != new.lease_ns:
        yield f"gives up on a probe after {_s(new.lease_ns)} instead of {_s(old.lease_ns)}"
    if old.shares_ppm != new.shares_ppm:
        yield f"comes back over {_shares(new.shares_ppm)} of the documents instead of {_shares(old.shares_ppm)}"
    if (old.min_samples, old.min_ns, old.max_ns) != (new.min_samples, new.min_ns, new.max_ns):
        yield (
            f"judges a share by {new.min_samples} samples, {_s(new.min_ns)} to {_s(new.max_ns)}, "
            f"instead of {old.min_samples}, {_s(old.min_ns)} to {_s(old.max_ns)}"
        )
    if before.cool_down != after.cool_down:
        waits, was = after.cool_down.waits_ns, before.cool_down.waits_ns
        yield f"cools down {_s(waits[0])} up to {_s(waits[-1])} instead of {_s(was[0])} up to {_s(was[-1])}"
    if before.recover_ns != after.recover_ns:
        yield f"holds {_s(after.recover_ns)} instead of {_s(before.recover_ns)} before it comes back"


def _s(ns: int) -> str:
    return f"{ns / NS:g} s"


def _shares(ppm: tuple[int, ...]) -> str:
    return ", ".join(f"{share / 10_000:g} %" for share in (*ppm, 1_000_000))
