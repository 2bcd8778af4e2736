"""The `profile:` key of a pipeline file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import yaml

from docpipe.config.pipeline_file import LEASE_MARGIN, PipelineConfig, findings, load_config
from docpipe.errors import ConfigError
from docpipe.files.shipped import find
from docpipe.policy.core.plan import NS
from docpipe.profiles import to_yaml
from tests.profiles.making import invoice_without_profile, profile, rung

SHIPPED = invoice_without_profile()
STEP = 0.01


def write(folder: Path, text: str = SHIPPED, **times: float) -> Path:
    """Write a pipeline file and its profile: each rung faster by 100 ms and worse by a point than the one above it.

    `times` are the milliseconds of rungs, as `text_detection_light=900`.
    """
    config = PipelineConfig.model_validate(yaml.safe_load(text))
    stages: dict[str, dict[str, Any]] = {}
    for name, stage in config.each_stage():
        stages[name] = {
            r.name: rung(times.get(f"{name}_{r.name}", 1000 - 100 * level), 1 - STEP * level, settings=r.digest())
            for level, r in enumerate(stage.ladder)
        }
    (folder / "profiles").mkdir(parents=True, exist_ok=True)
    (folder / "profiles" / "box.yaml").write_text(to_yaml(profile(stages)), encoding="utf-8")
    file = folder / "mine.yaml"
    file.write_text(f"profile: profiles/box.yaml\n{text}", encoding="utf-8")
    return file


def test_a_profile_is_found_beside_the_pipeline_file(tmp_path, monkeypatch):
    file = write(tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    config = load_config(file.relative_to(tmp_path))
    again = pickle.loads(pickle.dumps(config))
    monkeypatch.chdir("/")
    assert config.load_profile() is not None
    assert again.load_profile() == config.load_profile()


def test_the_plan_holds_times_worths_and_a_lease_that_is_long_enough(tmp_path):
    plan = load_config(write(tmp_path, SHIPPED.replace(", lease_s: 120", ""))).plan()
    detection = plan.stage("text_detection")
    assert detection.times_ms[:2] == (1000, 900)
    assert detection.worths[0] == 0
    assert detection.worths[1] == pytest.approx(-STEP, rel=0.02)
    assert detection.trial.lease_ns == 30 * NS
    slow = SHIPPED.replace(", lease_s: 120", "")
    lease = load_config(write(tmp_path, slow, text_detection_main=40_000)).plan().stage("text_detection").trial.lease_ns
    assert lease == round(LEASE_MARGIN * 60 * NS)


def test_a_lease_that_the_file_writes_stays(tmp_path):
    plan = load_config(write(tmp_path, text_detection_main=40_000)).plan()
    assert plan.stage("text_detection").trial.lease_ns == 120 * NS


def test_a_profile_changes_no_result_so_it_changes_no_hash(tmp_path):
    assert load_config(write(tmp_path)).sha256() == load_config("invoice").sha256()


def test_a_ladder_that_the_profile_speaks_against_is_refused_at_its_line(tmp_path):
    file = write(tmp_path, text_detection_light=1200)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    (complaint,) = caught.value.complaints
    line = file.read_text(encoding="utf-8").splitlines()[complaint.line - 1]
    assert "name: light" in line
    assert "is slower than main" in complaint.message


def test_it_is_still_loaded_for_measuring_anew(tmp_path):
    assert load_config(write(tmp_path, text_detection_light=1200), measuring=True).profile is None


def test_a_missing_profile_is_told_with_its_line(tmp_path):
    file = write(tmp_path)
    (tmp_path / "profiles" / "box.yaml").unlink()
    with pytest.raises(ConfigError, match=rf"{file}:1: profile: no such file: .*`docpipe profile LABELS` makes one"):
        load_config(file)


def test_a_broken_profile_is_told_with_its_own_line(tmp_path):
    file = write(tmp_path)
    box = tmp_path / "profiles" / "box.yaml"
    box.write_text(box.read_text(encoding="utf-8").replace("cores: 2", "cores: none"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"box\.yaml:4: machine\.cores"):
        load_config(file)


def test_a_changed_rung_counts_as_not_measured(tmp_path):
    file = write(tmp_path, text_detection_light=1200)
    text = file.read_text(encoding="utf-8").replace("tiny_det, limit_side_len: 1024", "tiny_det, limit_side_len: 928")
    file.write_text(text, encoding="utf-8")
    detection = load_config(file).plan().stage("text_detection")
    assert detection.times_ms[:2] == (1000, None)
    assert detection.gain(1, 0) is None


def test_the_shipped_ladders_are_measured_and_no_rung_is_beaten():
    """What is said of the shipped file is at most that versions and rules have changed since."""
    config = load_config("invoice")
    said = [
        f.text for f in findings(config, find("configs", "invoice.yaml")) if f.loc[0] == "stages" and len(f.loc) > 2
    ]
    assert [text for text in said if "measured with other rules" not in text] == []
