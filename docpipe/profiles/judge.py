"""What is wrong with a pipeline file in the light of its profile: what is refused, and what is only said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from docpipe.profiles.model import Profile, RungProfile
from docpipe.profiles.prices import (
    Ladder,
    RungDigest,
    counts_alike,
    lease_needed_s,
    match_rungs,
    measured_with_other_rules,
)

LESS_MEMORY = 0.8
"""A rung below with at most this share of the memory is worth having for that alone, however slow it is."""

NOISE = 0.1
"""Times nearer than this share are taken for equal, whatever their intervals say."""

FEW = 5
"""Of fewer labelled documents no ladder is refused: their intervals are no intervals."""

ENGINES = ("docpipe", "paddlepaddle", "paddleocr", "onnxruntime")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say: where in the pipeline file, what, and whether the file is refused for it."""

    loc: tuple[str | int, ...]
    text: str
    refused: bool


def judge(
    profile: Profile, ladders: Sequence[Ladder], versions: Mapping[str, str | None], again: str
) -> tuple[Finding, ...]:
    """Compare ladders with what was measured.

    Args:
        ladders: the stages of the pipeline file, in order.
        versions: what is installed now, by package.
        again: the command that measures again, for the messages.
    """
    found = [*_versions(profile, versions, again)]
    found += _of_no_stage(profile, ladders)
    for ladder in ladders:
        if not counts_alike(profile, ladder):
            unit = profile.stages[ladder.stage].unit
            text = f"the profile counts in {unit}, the stage in {ladder.unit}; measure again: {again}"
            found.append(Finding(("stages", ladder.stage), text, True))
            continue
        found += _unknown(profile, ladder, again)
        found += _find_dominated(profile, ladder)
    leases = {finding.loc: finding for ladder in ladders for finding in _lease(profile, ladders, ladder)}
    return (*found, *leases.values())  # of those that share the policy's lease the last stage needs most


def _versions(profile: Profile, versions: Mapping[str, str | None], again: str) -> Iterator[Finding]:
    changed = [
        f"{name} {profile.versions[name] or 'missing'}, now {versions.get(name) or 'missing'}"
        for name in ENGINES
        if name in profile.versions and profile.versions[name] != versions.get(name)
    ]
    if changed:
        yield Finding(("profile",), f"measured with {'; '.join(changed)}; measure again: {again}", False)


def _of_no_stage(profile: Profile, ladders: Sequence[Ladder]) -> Iterator[Finding]:
    names = {ladder.stage for ladder in ladders}
    for stage in profile.stages:
        if stage not in names:
            yield Finding(("profile",), f"it measured {stage}, which is no stage of this file", False)


def _unknown(profile: Profile, ladder: Ladder, again: str) -> Iterator[Finding]:
    missing = [rung.name for rung in ladder.rungs if profile.rung(ladder.stage, rung.name) is None]
    if missing:
        text = f"the profile has no {', '.join(missing)}; measure again: {again}"
        yield Finding(("stages", ladder.stage, "ladder"), text, False)
    fresh = match_rungs(profile, ladder)
    stale = [rung.name for rung in ladder.rungs if rung.name not in missing and rung.name not in fresh]
    if stale:
        text = f"{', '.join(stale)}: measured with other settings, so the figures do not count; measure again: {again}"
        yield Finding(("stages", ladder.stage, "ladder"), text, False)
    changed = measured_with_other_rules(profile, ladder)
    if changed:
        names = ", ".join(changed)
        text = f"{names}: measured with other rules; the figures count, and may be off; measure again: {again}"
        yield Finding(("stages", ladder.stage, "ladder"), text, False)


def _find_dominated(profile: Profile, ladder: Ladder) -> Iterator[Finding]:
    rungs = match_rungs(profile, ladder)
    for index, (above, below) in enumerate(pairwise(ladder.rungs), 1):
        if above.name in rungs and below.name in rungs:
            finding = _pair(profile, above, below, rungs[above.name], rungs[below.name])
            if finding:
                yield Finding(("stages", ladder.stage, "ladder", index), *finding)
    for index, above in enumerate(ladder.rungs):
        beaten = (
            _beaten(profile, above, below, rungs[above.name], rungs[below.name])
            for below in ladder.rungs[index + 1 :]
            if above.name in rungs and below.name in rungs
        )
        finding = next(filter(None, beaten), None)
        if finding:
            yield Finding(("stages", ladder.stage, "ladder", index), *finding)


def _pair(
    profile: Profile, above: RungDigest, below: RungDigest, up: RungProfile, down: RungProfile
) -> tuple[str, bool] | None:
    """Return what speaks against a step down: that it saves no time and wins nothing else. Refused if beyond noise."""
    slower = profile.ms(down) - profile.ms(up)
    if slower <= 0:
        return None
    known_both = up.factor is not None and down.factor is not None
    better = up.factor is not None and down.factor is not None and down.factor > up.factor
    lighter = down.peak_mb is not None and up.peak_mb is not None and down.peak_mb <= LESS_MEMORY * up.peak_mb
    if better or lighter:
        return None
    noise = max(profile.cost(down).error_ms + profile.cost(up).error_ms, NOISE * profile.ms(up))
    text = (
        f"{below.name} is slower than {above.name} ({profile.ms(down):.0f} ms against {profile.ms(up):.0f} ms) "
        "and no more accurate"
    )
    if not known_both:
        return text.replace("and no more accurate", "and their accuracy was not measured"), False
    if slower <= noise:
        return f"{text}, within the noise of {noise:.0f} ms", False
    if min(up.accuracy[0].documents, down.accuracy[0].documents) < FEW:
        return f"{text}, by fewer than {FEW} documents", False
    return f"{text}; remove it, or put it above", True


def _beaten(
    profile: Profile, above: RungDigest, below: RungDigest, up: RungProfile, down: RungProfile
) -> tuple[str, bool] | None:
    """Return what speaks against a rung that a lower one beats in time and accuracy. Refused if beyond noise."""
    faster = profile.ms(up) - profile.ms(down)
    one, other = ({accuracy.measure: accuracy for accuracy in rung.accuracy} for rung in (up, down))
    both = [(one[measure], other[measure]) for measure in one if measure in other]
    as_good = all(theirs.factor >= ours.factor for ours, theirs in both)
    better = [theirs.measure for ours, theirs in both if theirs.factor > ours.factor]
    more_memory = (down.peak_mb or 0.0) > (up.peak_mb or 0.0)
    if faster <= 0 or not as_good or not better or more_memory:
        return None
    text = (
        f"{below.name}, which stands lower, is faster than {above.name} ({profile.ms(down):.0f} ms against "
        f"{profile.ms(up):.0f} ms) and more accurate ({', '.join(better)})"
    )
    noise = max(profile.cost(down).error_ms + profile.cost(up).error_ms, NOISE * profile.ms(up))
    if faster <= noise or not any(theirs.low > ours.high for ours, theirs in both):
        return f"{text}, within the noise", False
    if min(accuracy.documents for pair in both for accuracy in pair) < FEW:
        return f"{text}, by fewer than {FEW} documents", False
    return f"{text}; remove {above.name}, or put it below", True


def _lease(profile: Profile, ladders: Sequence[Ladder], ladder: Ladder) -> Iterator[Finding]:
    needed = lease_needed_s(profile, ladders, ladder.stage)
    if ladder.lease_s is None or needed is None or ladder.lease_s >= needed:
        return
    loc = ("stages", ladder.stage) if ladder.lease_in_stage else ("policy",)
    text = (
        f"{ladder.lease_s:g} s is shorter than a probe of {ladder.stage} takes on the largest page measured "
        f"(P99 {needed:.1f} s from the document's start), so it would fail for being slow; write {_round_up(needed):g}"
    )
    yield Finding((*loc, "probes", "lease_s"), text, True)


def _round_up(seconds: float) -> float:
    return float(int(seconds * 1.5) + 1)
