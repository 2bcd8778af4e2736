"""What the YAML may say: every complaint at its own key, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.errors import ConfigError
from docpipe.files.yaml_file import load_model
from docpipe.policy import Plan, PlanError, PolicySpec, StagePolicy, Trigger

NS = 1_000_000_000


def complaints(text: str, tmp_path: Path, model: type = PolicySpec) -> list[str]:
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_model(model, path)
    return [f"{c.line}: {c.key}: {c.message}" for c in caught.value.complaints]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "p95_ms: {degrade_above: 600, recover_below: 650}",
            "1: p95_ms: recover_below (650) is not below degrade_above (600); write 420 (0.7 x 600)",
        ),
        (
            "gpu_used: {degrade_above: 0.9, recover_below: 0.88}",
            "1: gpu_used: recover_below (0.88) is within 5 % of degrade_above (0.9), so the stage would swing; "
            "write 0.63 (0.7 x 0.9)",
        ),
        (
            "p95_ms: {degrade_above: 600, degrade_after_s: 90, recover_after_s: 60}",
            "1: p95_ms: degrade_after_s (90) is longer than recover_after_s (60); "
            "a stage gives way quickly and comes back slowly",
        ),
        (
            "seed: 1\ndegrade_after_s: 61",
            "1: : degrade_after_s (61) is longer than recover_after_s (60); "
            "a stage gives way quickly and comes back slowly",
        ),
        (
            "error_ratio: {degrade_above: 0.1, degrade_after_s: 5}",
            "1: error_ratio: degrade_after_s has no use here: errors act at once; leave it out",
        ),
        ("probes: {count: 3, pass: 4}", "1: probes: pass (4) is more than count (3); no series could pass"),
        (
            "ramp: {shares: [0.3, 0.1]}",
            "1: ramp: shares [0.3, 0.1] must rise inside (0, 1), as [0.1, 0.3, 0.6]; all follows the last",
        ),
        (
            "ramp: {shares: [0.1, 1.0]}",
            "1: ramp: shares [0.1, 1.0] must rise inside (0, 1), as [0.1, 0.3, 0.6]; all follows the last",
        ),
        ("ramp: {min_s: 10, max_s: 5}", "1: ramp: max_s (5) is before min_s (10)"),
        ("cool_down_s: {first: 30, max: 10}", "1: cool_down_s: max (10) is below first (30)"),
        ("gpu_used: {degrade_above: 92}", "1: gpu_used.degrade_above: 92 is above 1"),
        ("p95_ms: {degrade_above: -1}", "1: p95_ms.degrade_above: -1 is not above 0"),
        ("p95_ms: {degrade_above: .nan}", "1: p95_ms.degrade_above: nan is no number that can be counted with"),
        ("p95_ms: {degrade_above: '600'}", "1: p95_ms.degrade_above: '600' is no number; leave out the quotes"),
        ("p95: {degrade_above: 600}", "1: p95: unknown key; did you mean p95_ms?"),
        (
            "error_ratio: {degrade_above: 0.1, recover_after_s: 5}",
            "1: error_ratio: recover_after_s has no use here: errors act at once; leave it out",
        ),
    ],
)
def test_a_complaint_names_line_key_and_cure(text, expected, tmp_path):
    assert complaints(text, tmp_path) == [expected]


def test_all_complaints_come_at_once(tmp_path):
    text = "p95_ms: {degrade_above: 600, recover_below: 650}\nprobes: {count: 1, pass: 2}\nfoo: 1\n"
    assert [line.split(":")[0] for line in complaints(text, tmp_path)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pin: {rung: a, reason: x}", "a pin without `until` would stay for ever; write its end"),
        ("pin: {rung: a, until: 2030-01-01T00:00:00, reason: x}", "has no time zone"),
        ("pin: {rung: a, until: 2030-01-01T00:00:00+08:00}", "pin.reason: is missing"),
        ("weight: 0", "weight: 0 is not above 0"),
        ("seed: 3", "seed: unknown key"),
    ],
)
def test_a_stage_has_its_own_complaints(text, expected, tmp_path):
    assert expected in "\n".join(complaints(text, tmp_path, StagePolicy))


def build(policy=None, own=None, rungs=("main", "light"), **more):
    return Plan.build(
        PolicySpec.model_validate(policy or {}), {"table": (rungs, StagePolicy.model_validate(own or {}))}, **more
    )


@pytest.mark.parametrize(
    ("policy", "own", "rungs", "expected"),
    [
        ({}, {}, (), "stages.table.ladder: a ladder needs at least one rung"),
        ({}, {}, ("a", "b", "a"), "stages.table.ladder.2: two rungs are named 'a'"),
        (
            {},
            {"pin": {"rung": "c", "until": "2030-01-01T00:00:00Z", "reason": "x"}},
            ("a", "b"),
            "stages.table.pin.rung: no rung 'c'; the ladder has a, b",
        ),
        (
            {"p95_ms": {"degrade_above": 600, "degrade_after_s": 30}},
            {"recover_after_s": 10},
            ("a", "b"),
            "stages.table: with the inherited p95_ms: degrade_after_s (30) is longer than recover_after_s (10)",
        ),
        (
            {"recover_after_s": 10},
            {"p95_ms": {"degrade_above": 600, "degrade_after_s": 30}},
            ("a", "b"),
            "stages.table.p95_ms: degrade_after_s (30) is longer than recover_after_s (10)",
        ),
    ],
)
def test_blocks_that_are_wrong_together(policy, own, rungs, expected):
    with pytest.raises(PlanError) as caught:
        build(policy, own, rungs)
    assert expected in str(caught.value)
    assert [".".join(map(str, loc)) for loc, _ in caught.value.complaints] == [expected.split(": ")[0]]


def test_a_stage_inherits_overrides_and_switches_off():
    policy = {
        "p95_ms": {"degrade_above": 600},
        "gpu_used": {"degrade_above": 0.9},
        "ooms": {"degrade_at": 1},
        "recover_after_s": 40,
        "window_s": 20,
    }
    own = {"p95_ms": {"degrade_above": 300, "min_samples": 7}, "gpu_used": None, "ooms": {"degrade_at": 2}}
    stage = build(policy, own).stage("table")
    (band,) = stage.bands
    assert (band.key, band.trigger, band.above, band.below) == ("p95_ms", Trigger.LATENCY_P95, 300.0, 210.0)
    assert (band.degrade_ns, band.recover_ns, band.min_samples, band.window_s) == (5 * NS, 40 * NS, 7, 20)
    assert stage.ooms.at == 2
    assert build(policy).stage("table").ooms.at == 1
    assert [b.key for b in build(policy).stage("table").bands] == ["p95_ms", "gpu_used"]


def test_the_published_thresholds_can_be_said(tmp_path):
    """P95 above 600 ms for 15 s, or 3 out of memory in a row; memory below 70 % for 60 s; 10, 30, 60, 100 %."""
    path = tmp_path / "published.yaml"
    path.write_text(
        "p95_ms: {degrade_above: 600, degrade_after_s: 15, window_s: 15}\n"
        "ooms: {degrade_at: 3, in_a_row: true, within_s: 60}\n"
        "gpu_used: {degrade_above: 0.92, recover_below: 0.70, recover_after_s: 60}\n"
        "recover_after_s: 60\n"
        "ramp: {shares: [0.1, 0.3, 0.6]}\n"
    )
    stage = Plan.build(load_model(PolicySpec, path), {"s": (("main", "light"), StagePolicy())}).stage("s")
    assert stage.trial.shares_ppm == (100_000, 300_000, 600_000)
    assert (stage.band("p95_ms").above, stage.band("p95_ms").degrade_ns) == (600.0, 15 * NS)
    assert (stage.band("gpu_used").below, stage.band("gpu_used").recover_ns) == (0.7, 60 * NS)
    assert (stage.ooms.at, stage.ooms.in_a_row) == (3, True)


def test_cool_downs_are_worked_out_once():
    waits = build({"cool_down_s": {"first": 30, "factor": 2, "max": 200}}).stage("table").cool_down.waits_ns
    assert waits == tuple(w * NS for w in (30, 60, 120, 200))
    assert build({"cool_down_s": {"first": 30, "factor": 1}}).stage("table").cool_down.waits_ns == (30 * NS,)


def test_an_unknown_stage_is_named():
    with pytest.raises(KeyError, match="no stage 'x'; there are table"):
        build().stage("x")


def test_the_vocabulary_has_a_json_schema():
    """Editors complete and check from it: every key is described or self-explaining, and none is open."""
    schema = PolicySpec.model_json_schema(by_alias=True)
    assert schema["additionalProperties"] is False
    assert all(part["additionalProperties"] is False for part in schema["$defs"].values())
    assert "pass" in schema["$defs"]["Probes"]["properties"]
