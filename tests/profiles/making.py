"""Profiles for tests, made of a few numbers a rung."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docpipe.files.shipped import shipped_folder
from docpipe.profiles.model import Profile
from docpipe.profiles.prices import Ladder, RungDigest
from docpipe.stages import STAGES

DIGEST = "0123456789ab"


def rung(ms: float, factor: float | None = None, **changes: Any) -> dict[str, Any]:
    """Return a rung that takes `ms` for one unit, the only size measured."""
    cost = {"fixed_ms": 0.0, "ms_per_unit": ms, "p99_over_p50": 1.5, "error_ms": changes.pop("error_ms", 0.0)}
    accuracy = []
    if factor is not None:
        documents = changes.pop("documents", 20)
        accuracy = [
            {"measure": "fields", "factor": factor, "low": factor, "high": factor, "score": 0.9, "documents": documents}
        ]
    units = {"reference": 1.0, "smallest": 1.0, "largest": 1.0}
    plain = {"settings": DIGEST, "samples": 60, "units": units, "wall": cost, "cpu": cost, "accuracy": accuracy}
    return plain | changes


def profile(stages: Mapping[str, Mapping[str, dict[str, Any]]], **changes: Any) -> Profile:
    """Return a profile with those rungs."""
    machine = {"name": "box", "processor": "a CPU", "cores": 2, "memory_mb": 8000, "threads": 1}
    data: dict[str, Any] = {
        "machine": machine | changes.pop("machine", {}),
        "versions": {"docpipe": "1"},
        "measured": {
            "config": "invoice",
            "config_sha256": "ab" * 32,
            "sets": [{"name": "receipts", "sha256": "cd" * 32, "documents": 20, "labelled": 20}],
            "repeats": 3,
        },
        "stages": {stage: {"unit": STAGES[stage].unit, "rungs": dict(rungs)} for stage, rungs in stages.items()},
    }
    return Profile.model_validate(data | changes)


def ladder(
    stage: str, *rungs: str, lease_s: float | None = None, digest: str = DIGEST, rules: str | None = None
) -> Ladder:
    """Return a stage of a pipeline file whose rungs were measured as they are."""
    return Ladder(stage, tuple(RungDigest(name, digest, rules) for name in rungs), lease_s)


def invoice_without_profile() -> str:
    """Return the text of the shipped `invoice.yaml` without the profile that it names."""
    text = (shipped_folder("configs") / "invoice.yaml").read_text(encoding="utf-8")
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("profile:"))
