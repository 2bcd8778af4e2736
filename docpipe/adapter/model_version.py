"""The `model_version` of a result: every stage as it was served, so that it can key a cache."""

from __future__ import annotations

from docpipe.trace import Served, StageRun

DIGITS = 8


def model_version_of(run: StageRun) -> str | None:
    """Return the first digits of the hash of what served a stage."""
    return run.model_version[:DIGITS] if run.model_version else None


def model_version(served: Served) -> str:
    """Return `<stage>=<rung>:<model>@<8 hex>` of all stages joined by `;`, several rungs of one by `+`."""
    return ";".join(f"{stage}={_describe_stage(stage, served)}" for stage in served.assigned)


def _describe_stage(stage: str, served: Served) -> str:
    seen: dict[str, None] = {}  # keeps the order of the pages
    for run in served.runs:
        if run.stage == stage:
            version = model_version_of(run)
            name = run.model_name or run.served_by
            seen[f"{run.rung.name}:{name}{'@' + version if version else ''}"] = None
    return "+".join(seen) or f"{served.assigned[stage].name}:none"
