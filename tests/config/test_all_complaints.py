"""`docpipe check` names everything that is wrong in one pass, each thing at its line and in words of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.config import PipelineConfig, load_config
from docpipe.config.all_complaints import check_file
from docpipe.config.unusable_models import missing_devices, missing_models
from docpipe.errors import ConfigError
from docpipe.files.shipped import shipped_folder
from docpipe.runtime.gpu import GpuMemory

WRONG = """\
workers: two
profile: profiles/nowhere.yaml
runtime:
  device: gpu:300
  cpu_thread: 2
policy:
  p95_ms: {degrade_above: 600, recover_below: 650}
  probes: {count: 3, pass: 5}
  deegrade_after_s: 5
stages:
  text_detection:
    ladder:
      - {name: main, use: {model_name: PP-OCRv6_medium_dett}}
      - {name: light, mode: swap_model, use: {model_name: PP-OCRv6_small_rec, limit_side_len: 960}}
      - {name: small, mode: reduce_input, use: {model_name: PP-OCRv6_small_rec, limit_side_len: 1960}}
  text_recognition:
    ladder:
      - {name: main, use: {model_name: PP-OCRv6_medium_rec}}
      - {name: main, mode: swap_modle, use: {model_dir: /nowhere/rec}}
  key_fields:
    ladder:
      - {name: main, use: {folder: /nowhere/packs}}
      - {name: light, mode: rules, use: {rules: minimall}}
    pin: {rung: lite, until: 2999-02-01T18:00:00+08:00, reason: x}
callers:
  teller: {deadline_ms: -4, forbid: [table_structure.skipp]}
faults: {text_detection.maim: oom}
"""

SAID = (
    (1, "'two' is no whole number"),
    (2, "no such file"),
    (4, "gpu:300: this machine has"),
    (5, "unknown key; did you mean cpu_threads?"),
    (7, "recover_below (650) is not below degrade_above (600); write 420"),
    (8, "pass (5) is more than count (3)"),
    (9, "unknown key; did you mean degrade_after_s?"),
    (13, "there is no model 'PP-OCRv6_medium_dett'; did you mean PP-OCRv6_medium_det?"),
    (14, "PP-OCRv6_small_rec is a model of text_recognition, not of text_detection"),
    (15, "limit_side_len 1960 is not below the 960 of 'light'"),
    (19, "'swap_modle' is none of none, swap_model"),
    (19, "did you mean swap_model?"),
    (19, "two rungs are called 'main'"),
    (19, "/nowhere/rec is not a directory"),
    (22, "/nowhere/packs is not a directory"),
    (23, "there is no rule pack 'minimall'; did you mean minimal?"),
    (24, "no rung 'lite'; the ladder has main, light"),
    (26, "-4 is not above 0"),
    (26, "there is no rung table_structure.skipp; did you mean table_structure.skip?"),
    (27, "there is no rung text_detection.maim; did you mean text_detection.main?"),
)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_mistake_of_a_file_is_named_in_one_pass_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, WRONG)
    error = CliRunner().invoke(app, ["check", str(path)]).exception
    assert isinstance(error, ConfigError)
    lines = str(error).splitlines()
    for number, text in SAID:
        assert any(line.startswith(f"{path}:{number}: ") and text in line for line in lines), (number, text)
    assert len(lines) == len(SAID)  # one holds two of these, and line 15 has another wrong model
    assert not re.search(r"Input should|pydantic|valid (integer|dictionary)|\bvalue_error\b|instance of", str(error))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("workers: yes please", "'yes please' is no whole number"),
        ("workers: -1", "-1 is below 0"),
        ("workers: 1000", "1000 is above 64"),
        ("policy: 3", "3 is no block of `key: value`"),
        ("stages: [1]", "no block of `key: value`"),
        ("stages: {text_detection: {ladder: 5}}", "5 is no list"),
        ("stages: {text_detection: {ladder: []}}", "needs at least 1 item"),
        ("stages: {text_detection: {ladder: [{use: {}}]}}", "ladder.0.name: is missing"),
        ("stages: {text_detecion: {ladder: []}}", "unknown key; did you mean text_detection?"),
        ("runtime: {warm: perhaps}", "'perhaps' is neither true nor false"),
        ("runtime: {device: cuda}", "'cuda' is not written as it must be"),
        ("runtime: {infer_timeout_s: soon}", "'soon' is no number"),
        ("runtime: {state_dir: [1]}", "no text"),
        ("runtime: {model_dirs: 3}", "3 is no block of `key: value`"),
        ("policy: {p95_ms: {degrade_above: .nan}}", "p95_ms.degrade_above"),
        ("callers: {a: {forbid: text_detection.light}}", "is no list"),
        ("refuse: sometimes", "'sometimes' is none of costliest_first, only_hopeless"),
        ("stages: {key_fields: {pin: {rung: main, until: tomorrow, reason: x}}}", "'tomorrow' is no moment"),
    ],
)
def test_words_are_docpipes_own(tmp_path: Path, text: str, said: str) -> None:
    found = "\n".join(f"{each.key}: {each.message}" for each in check_file(write(tmp_path, text)).complaints)
    assert said in found
    assert not re.search(r"Input should|pydantic|instance of|\[type=", found)


def test_a_mistake_hides_no_warning_and_is_no_cause_of_another_complaint(tmp_path: Path) -> None:
    """A rung that cannot be read is left out; the one below it is not taken for the best one."""
    path = write(
        tmp_path,
        "policy: {gpu_used: {degrade_above: 0.9}}\nstages:\n  text_detection:\n    ladder:\n"
        "      - {name: main, use: 3}\n      - {name: light, mode: swap_model, use: {}}\n",
    )
    checked = check_file(path)
    assert [(each.line, each.key) for each in checked.complaints] == [(5, "stages.text_detection.ladder.0.use")]
    assert any(each.key == "policy.gpu_used" and each.line == 1 for each in checked.warnings)


def test_a_plugin_that_is_missing_is_named_once_and_two_mistakes_of_one_block_both(tmp_path: Path) -> None:
    ramp = "policy: {ramp: {shares: [0.5, 0.2], min_s: 10, max_s: 1}}"
    checked = check_file(write(tmp_path, f"plugins: [none_such]\nstages: {{none_such: {{ladder: []}}}}\n{ramp}\n"))
    plugin, both = checked.complaints
    assert plugin.key == "plugins.0"
    assert "must rise inside (0, 1)" in both.message
    assert "max_s (1) is before min_s (10)" in both.message


def test_places_are_those_of_the_file_though_entries_before_were_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "stages:\n  text_detection:\n    ladder:\n      - {name: main, use: {}}\n      - 7\n"
        "      - {name: light, mode: swap_model, use: {model_name: PP-OCRv6_smal_det}}\n",
    )
    assert [(each.line, each.key.split(".")[3]) for each in check_file(path).complaints] == [(5, "1"), (6, "2")]


def test_devices_are_compared_with_those_that_there_are() -> None:
    gpu = GpuMemory(0, "made up", 1000.0, 0.0)
    config = PipelineConfig.model_validate({"runtime": {"device": "gpu:1"}})
    assert not missing_devices(config, [gpu, gpu])
    (none,) = missing_devices(config, [])
    assert none.loc == ("runtime", "device")
    assert "no NVIDIA GPU" in none.text
    (beyond,) = missing_devices(config, [gpu])
    assert beyond.text == "gpu:1: this machine has one GPU, gpu:0"
    rung = {"name": "main", "use": {"device": "gpu:2"}}
    of_a_rung = PipelineConfig.model_validate({"stages": {"text_detection": {"ladder": [rung]}}})
    assert [found.loc[-1] for found in missing_devices(of_a_rung, [gpu, gpu])] == ["device"]
    assert not missing_devices(PipelineConfig(), [])


def test_a_device_that_is_not_here_is_refused_only_where_no_rung_is_left_without_it() -> None:
    rungs = [
        {"name": "main", "use": {"device": "gpu:0"}},
        {"name": "light", "mode": "swap_model", "use": {"device": "cpu"}},
    ]
    of_both = PipelineConfig.model_validate({"stages": {"text_detection": {"ladder": rungs}}})
    assert [found.refused for found in missing_devices(of_both, [])] == [False]
    of_one = PipelineConfig.model_validate({"stages": {"text_detection": {"ladder": rungs[:1]}}})
    assert [found.refused for found in missing_devices(of_one, [])] == [True]


def test_models_that_would_have_to_be_fetched_are_said(tmp_path: Path) -> None:
    config = load_config("invoice-gpu").model_copy()
    runtime = config.runtime.model_copy(update={"cache_dir": str(tmp_path)})
    found = missing_models(config.model_copy(update={"runtime": runtime}))
    assert found
    assert all("cannot start" in each.text and not each.refused for each in found)


@pytest.mark.parametrize("file", sorted(shipped_folder("configs").glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_files_have_no_complaint(file: Path) -> None:
    assert not check_file(file).complaints
