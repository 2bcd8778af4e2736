"""What a pipeline file says without effect: it loads, and `check` names the line's key and why."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.config import PipelineConfig, load_config
from docpipe.config.no_effect import sticky_in_vain, without_effect
from docpipe.errors import ConfigError
from docpipe.profiles.model import to_yaml
from tests.control.test_deadline_routes import RULES, configured
from tests.profiles.making import profile


def said(data: dict[str, object]) -> dict[str, str]:
    return {".".join(map(str, f.loc)): f.text for f in without_effect(PipelineConfig.model_validate(data))}


def test_a_file_of_an_older_version_loads_and_is_told_what_is_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "old.yaml"
    path.write_text(
        "policy:\n"
        "  consistency: sticky\n"
        "  error_ratio: {degrade_above: 0.5, recover_after_s: 30}\n"
        "stages:\n"
        "  key_fields: {predicted_load: {degrade_above: 0.9}, ladder: [{name: main, use: {}}]}\n",
        encoding="utf-8",
    )
    with caplog.at_level(logging.WARNING, logger="docpipe.config"):
        config = load_config(path)
    assert config.policy.error_ratio is not None
    assert config.policy.error_ratio.degrade_above == 0.5
    keys = ["policy.consistency", "policy.error_ratio.recover_after_s", "stages.key_fields.predicted_load"]
    assert [f"key={key} " in caplog.text for key in keys] == [True] * 3
    told = CliRunner().invoke(app, ["check", str(path)]).output
    assert [f": {key}: has no effect; leave it out" in told for key in keys] == [True] * 3


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"policy": {"queue_wait_ms": {"degrade_above": 150}}}, "policy.queue_wait_ms"),
        ({"policy": {"gpu_used": {"degrade_above": 0.9}}}, "policy.gpu_used"),
        ({"policy": {"min_samples": 3}}, "policy.min_samples"),
        ({"input": {"text_layer": "ignore", "text_layer_cover": 0.5}}, "input.text_layer_cover"),
        ({"runtime": {"model_dirs": {"PP-OCRv5_server_det": "x"}}}, "runtime.model_dirs.PP-OCRv5_server_det"),
        (
            {"stages": {"key_fields": {"ladder": [{"name": "main", "use": {}}], "weight": 2.0}}},
            "stages.key_fields.weight",
        ),
        (
            {"stages": {"key_fields": {"ladder": [{"name": "main", "use": {}, "resident": False}]}}},
            "stages.key_fields.ladder.0.resident",
        ),
        (
            {
                "stages": {
                    "key_fields": {
                        "ladder": [
                            {"name": "main", "use": {}},
                            {"name": "skip", "mode": "disable", "use": {"rules": "auto"}},
                        ]
                    }
                }
            },
            "stages.key_fields.ladder.1.use",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_have_an_effect_is_named(data: dict[str, object], key: str) -> None:
    assert list(said(data)) == [key]
    assert "no effect" in said(data)[key]


def test_a_target_below_what_was_calibrated_is_told() -> None:
    """It had the thresholds of 0.005 without a word."""
    assert list(said({"review": {"wrong_at_most": 0.001}})) == ["review.wrong_at_most"]
    assert said({"review": {"wrong_at_most": 0.005}}) == {}


def test_what_has_an_effect_is_not_named() -> None:
    assert said({"policy": {"p95_ms": {"degrade_above": 600}, "min_samples": 3, "window_s": 9}}) == {}
    assert said({"policy": {"gpu_used": {"degrade_above": 0.9}}, "runtime": {"device": "gpu:0"}}) == {}


@pytest.mark.parametrize("name", ["invoice", "invoice-gpu"])
def test_nothing_of_the_shipped_files_is_in_vain(name: str) -> None:
    assert list(without_effect(load_config(name))) == []


@pytest.mark.parametrize("asked", [{"deadline_ms": 600}, {"callers": {"teller": {"deadline_ms": 400}}}])
def test_a_band_on_the_queue_counts_where_callers_wait(asked: dict[str, object]) -> None:
    config = PipelineConfig.model_validate({"policy": {"queue_wait_ms": {"degrade_above": 150}}, **asked})
    assert not [finding for finding in without_effect(config) if "queue_wait_ms" in finding.loc]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "without a `profile:` no rung is given up for load"),
        ({"profile": "profile.yaml"}, "the profile knows no two rungs"),
    ],
)
def test_sticky_is_refused_where_it_can_hold_nothing(tmp_path: Path, more: dict[str, str], why: str) -> None:
    (tmp_path / "profile.yaml").write_text(to_yaml(profile({"key_fields": {}})), encoding="utf-8")
    path = tmp_path / "p.yaml"
    path.write_text("\n".join(f"{k}: {v}" for k, v in {"consistency": "sticky", **more}.items()), encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"p\.yaml:1: consistency: {why}"):
        load_config(path)


def test_sticky_where_nobody_has_a_deadline_or_the_profile_is_stale_is_told(tmp_path: Path) -> None:
    plain = {"stages": {name: {"ladder": list(ladder)} for name, ladder in RULES.items()}, "consistency": "sticky"}
    config = configured(tmp_path)
    for changed, why in (
        ({}, "has no effect in this file, where nobody has a deadline"),
        ({"deadline_ms": 4000}, ""),
        ({"callers": {"teller": {"deadline_ms": 400}}}, ""),
        ({"stages": stale()}, "until the profile knows key_fields.rules as it is now"),
    ):
        data = plain | {"input": {"text_layer": "require"}, "profile": config.profile} | changed
        found = list(sticky_in_vain(PipelineConfig.model_validate(data)))
        assert [finding.refused for finding in found] == ([False] if why else [])
        assert why in "".join(finding.text for finding in found)


def stale() -> dict[str, object]:
    """Return the stages with another best rung than was measured."""
    other = [{"name": "rules", "use": {"rules": "minimal"}}, RULES["key_fields"][1]]
    return {name: {"ladder": ladder} for name, ladder in (RULES | {"key_fields": other}).items()}
