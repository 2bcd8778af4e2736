"""A pin that is over starts all the same, and a band that can never act is named with the number to write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from docpipe.config import load_config
from docpipe.config.policy_findings import policy_findings
from docpipe.files.shipped import find
from tests.policy.play import P95, plan_of

FOLDER = find("configs", "invoice").parent
SHIPPED = (*sorted(FOLDER.glob("*.yaml")), FOLDER / "drills" / "quick.yaml")


def test_a_pin_that_is_over_warns_and_is_ignored(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A replica that starts after the pin's end must start."""
    text = find("configs", "drills/quick").read_text(encoding="utf-8")
    pin = '  table_structure:\n    pin: {rung: main, until: 2020-01-01T00:00:00Z, reason: "under review"}\n'
    file = tmp_path / "pinned.yaml"
    file.write_text(text.replace("  table_structure:\n", pin), encoding="utf-8")
    config = load_config(file)
    assert config.stage("table_structure").pin is not None
    assert "the pin is over since 2020-01-01T00:00:00+00:00 and is ignored" in caplog.text


def test_a_band_out_of_reach_is_named_with_the_number_to_write() -> None:
    """At 3 s a document 200 documents come in 600 s: 500 samples never do."""
    plan = plan_of({"p95_ms": P95 | {"min_samples": 500}})
    slow = replace(plan, stages=tuple(replace(stage, times_ms=(3000.0, 100.0, 0.0)) for stage in plan.stages))
    (finding,) = policy_findings(slow, 1, datetime.now(UTC))
    assert finding.loc == ("stages", "table", "p95_ms", "min_samples")
    assert "write 200 or less" in finding.text
    assert not list(policy_findings(plan, 1, datetime.now(UTC)))


def test_a_stage_that_was_not_measured_hides_no_band_that_is_out_of_reach() -> None:
    plan = plan_of({"p95_ms": P95 | {"min_samples": 500}}, table=["main", "light"], fields=["main", "rules"])
    times = {"table": (3000.0, 100.0), "fields": (None, 5.0)}
    slow = replace(plan, stages=tuple(replace(stage, times_ms=times[stage.name]) for stage in plan.stages))
    found = list(policy_findings(slow, 1, datetime.now(UTC)))
    assert [finding.loc[1] for finding in found] == ["table", "fields"]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda path: path.stem)
def test_every_band_of_a_shipped_file_can_reach_its_samples(file: Path) -> None:
    """At a document in three seconds, as two cores of a CPU read them, and at the speed of its own profile."""
    config = load_config(file)
    plan = config.plan()
    slow = replace(plan, stages=tuple(replace(s, times_ms=(3000.0 / len(plan.stages),)) for s in plan.stages))
    assert list(policy_findings(plan, config.workers, datetime.now(UTC))) == []
    assert list(policy_findings(slow, config.workers, datetime.now(UTC))) == []
