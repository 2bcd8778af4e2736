"""What a policy file says that cannot work, or works no longer: told by `docpipe check`, and no reason to refuse it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from docpipe.policy.core.plan import NS, Plan
from docpipe.profiles.judge import Finding


def policy_findings(plan: Plan, workers: int, now: datetime) -> Iterator[Finding]:
    """Yield pins that are over, and bands that cannot reach their samples at the profile's speed."""
    for stage in plan.stages:
        if stage.pin is not None and stage.pin.until_unix_ns <= now.timestamp() * NS:
            ended = datetime.fromtimestamp(stage.pin.until_unix_ns / NS, now.tzinfo)
            text = f"the pin is over since {ended.isoformat()} and is ignored; remove it"
            yield Finding(("stages", stage.name, "pin", "until"), text, False)
    yield from _out_of_reach(plan, workers)


def _out_of_reach(plan: Plan, workers: int) -> Iterator[Finding]:
    """Compare how many calls a stage sees before a sample is too old with how many its bands ask for.

    Stages whose time nobody knows count as none: a band that is out of reach then is so all the more with them.
    """
    times = [stage.times_ms[0] for stage in plan.stages if stage.times_ms]
    document_ms = sum(ms for ms in times if ms is not None)
    if not document_ms:
        return
    per_s = max(workers, 1) * 1000 / document_ms
    for stage in plan.stages:
        for band in (stage.band("p95_ms"), stage.errors):
            if band is None or band.min_samples <= per_s * band.max_age_s:
                continue
            text = (
                f"{band.min_samples} samples take {band.min_samples / per_s:.0f} s at {document_ms:.0f} ms a document, "
                f"and none counts after {band.max_age_s} s: the band never acts; write "
                f"{max(int(per_s * band.max_age_s), 1)} or less"
            )
            yield Finding(("stages", stage.name, band.key, "min_samples"), text, False)
