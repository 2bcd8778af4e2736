"""Pipeline files: the shipped ones are right, and a wrong one says what is wrong, where, and how to put it right."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from docpipe.config import PipelineConfig, load_config
from docpipe.config.faults import Fault
from docpipe.errors import ConfigError
from docpipe.files.shipped import shipped_folder

SHIPPED = sorted(path.stem for path in shipped_folder("configs").glob("*.yaml"))
STAGES = """\
stages:
  text_detection: {ladder: [{name: main, use: {}}]}
  text_recognition: {ladder: [{name: main, use: {}}]}
  table_structure: {ladder: [{name: main, use: {}}]}
  key_fields: {ladder: [{name: main, use: {}}]}
"""


def complaints(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return str(caught.value).replace(str(path), "p.yaml").splitlines()


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_file_is_right_and_starts_every_ladder_at_its_best(name: str) -> None:
    config = load_config(name)
    for _, stage in config.each_stage():
        assert stage.ladder[0].mode == "none"
        assert all(rung.mode != "none" for rung in stage.ladder[1:])


def test_the_three_configurations_are_there() -> None:
    assert {"invoice", "invoice-gpu", "published"} <= set(SHIPPED)


def test_the_case_it_started_from_is_stated_in_its_own_numbers() -> None:
    policy = load_config("published").policy
    assert policy.p95_ms is not None
    assert (policy.p95_ms.degrade_above, policy.p95_ms.degrade_after_s) == (600, 15)
    assert policy.ooms is not None
    assert (policy.ooms.degrade_at, policy.ooms.in_a_row) == (3, True)
    assert policy.gpu_used is not None
    assert (policy.gpu_used.recover_below, policy.gpu_used.recover_after_s) == (0.70, 60)
    assert policy.ramp.shares == (0.1, 0.3, 0.6)


def test_every_complaint_comes_at_once_with_its_line(tmp_path: Path) -> None:
    text = "inputs: {}\npolicy:\n  p95_ms: {degrade_above: 600, recover_below: 650}\n" + STAGES.replace(
        "key_fields: {ladder: [{name: main, use: {}}]}", "key_fields: {ladder: [{name: main, use: {rule: auto}}]}"
    )
    assert complaints(tmp_path, text) == [
        "p.yaml:1: inputs: unknown key; did you mean input?",
        "p.yaml:3: policy.p95_ms: recover_below (650) is not below degrade_above (600); write 420 (0.7 x 600)",
        "p.yaml:8: stages.key_fields.ladder.0.use.rule: unknown key; did you mean rules?",
    ]


@pytest.mark.parametrize(
    ("ladder", "message"),
    [
        ("[{name: a, use: {}}, {name: a, mode: rules, use: {}}]", "two rungs are called 'a'"),
        ("[{name: a, mode: rules, use: {}}]", "leave out its `mode`"),
        ("[{name: a, use: {}}, {name: b, use: {}}]", "'b' needs a `mode`"),
        ("[{name: a, use: {}}, {name: b, mode: disable, use: {}}, {name: c, mode: rules, use: {}}]", "the last rung"),
        ("[]", "at least 1 item"),
    ],
)
def test_a_ladder_that_is_none_is_refused(tmp_path: Path, ladder: str, message: str) -> None:
    text = STAGES.replace("key_fields: {ladder: [{name: main, use: {}}]}", f"key_fields: {{ladder: {ladder}}}")
    (complaint,) = complaints(tmp_path, text)
    assert complaint.startswith("p.yaml:5: ")
    assert message in complaint


def test_reduced_input_must_be_of_the_same_model(tmp_path: Path) -> None:
    ladder = "[{name: a, use: {model_name: A}}, {name: b, mode: reduce_input, use: {model_name: B}}]"
    text = STAGES.replace("text_detection: {ladder: [{name: main, use: {}}]}", f"text_detection: {{ladder: {ladder}}}")
    assert "its mode is swap_model" in complaints(tmp_path, text)[0]


def test_reduced_input_may_leave_out_what_prepares_a_page(tmp_path: Path) -> None:
    """The model that reads counts; the one that is asked about a page's orientation beside it may go."""
    ladder = "[{name: a, use: {prepare: [orientation]}}, {name: b, mode: reduce_input, use: {limit_side_len: 640}}]"
    text = STAGES.replace("text_detection: {ladder: [{name: main, use: {}}]}", f"text_detection: {{ladder: {ladder}}}")
    path = tmp_path / "good.yaml"
    path.write_text(text)
    assert [len(rung.use.models()) for rung in load_config(path).stages.text_detection.ladder] == [2, 1]


@pytest.mark.parametrize("stage", ["text_detection", "text_recognition"])
def test_text_may_be_switched_off_only_where_a_text_layer_must_serve(tmp_path: Path, stage: str) -> None:
    ladder = "[{name: main, use: {}}, {name: skip, mode: disable, use: {}}]"
    text = STAGES.replace(f"{stage}: {{ladder: [{{name: main, use: {{}}}}]}}", f"{stage}: {{ladder: {ladder}}}")
    assert "text_layer: require" in complaints(tmp_path, text)[0]
    path = tmp_path / "good.yaml"
    path.write_text(text + "input: {text_layer: require}\n")
    assert load_config(path).stage(stage).ladder[-1].mode == "disable"


def test_a_pin_that_is_over_warns_and_does_not_stop_a_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pin = "pin: {rung: main, until: 2020-01-01T00:00:00+00:00, reason: old}"
    path = tmp_path / "p.yaml"
    path.write_text(STAGES.replace("key_fields: {ladder:", f"key_fields: {{{pin}, ladder:"), encoding="utf-8")
    assert load_config(path).stage("key_fields").ladder[0].name == "main"
    assert "docpipe.pin_over" in caplog.text
    assert "key=stages.key_fields.pin.until" in caplog.text


def test_faults_of_the_environment_come_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCPIPE_FAULTS", "key_fields.main: oom*2")
    assert load_config("invoice").faults == {"key_fields.main": Fault("oom", calls=2)}
    monkeypatch.setenv("DOCPIPE_FAULTS", "key_fields.best: oom")
    with pytest.raises(ConfigError, match=r"DOCPIPE_FAULTS:1: .*there is no rung key_fields\.best"):
        load_config("invoice")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_configuration_travels_to_another_process_and_stays_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCPIPE_FAULTS", "text_detection.main: slow:2.5x*3")
    config = load_config(name)
    there = pickle.loads(pickle.dumps(config))
    assert there == config
    assert there.sha256() == config.sha256()
    assert PipelineConfig.model_validate(yaml.safe_load(yaml.safe_dump(config.to_data()))) == config


def test_the_hash_covers_what_can_change_a_result_only() -> None:
    config = load_config("invoice")
    threads = config.runtime.model_copy(update={"cpu_threads": 7})
    assert config.model_copy(update={"workers": 2, "runtime": threads}).sha256() == config.sha256()
    assert config.sha256({"key_fields": "core"}) != config.sha256()
    assert config.with_faults({"key_fields.main": Fault("oom")}).sha256() != config.sha256()


@given(st.sampled_from(["oom", "error", "stuck", "slow:2x", "slow:2.5x"]), st.none() | st.integers(1, 9))
def test_a_fault_reads_back_as_it_is_written(kind: str, calls: int | None) -> None:
    text = kind if calls is None else f"{kind}*{calls}"
    assert str(Fault.parse(text)) == text


def test_a_stage_that_is_left_out_has_the_ladder_of_the_shipped_file(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("stages:\n  key_fields: {ladder: [{name: only, use: {}}]}\n", encoding="utf-8")
    config, shipped_one = load_config(path), load_config("invoice")
    assert [rung.name for rung in config.stages.key_fields.ladder] == ["only"]
    for name in ("text_detection", "text_recognition", "table_structure"):
        assert config.stage(name).ladder == shipped_one.stage(name).ladder
    assert PipelineConfig.model_validate({}).stages.key_fields.ladder == shipped_one.stages.key_fields.ladder
    assert PipelineConfig.model_validate({}).to_data() == {}


def test_a_stage_that_there_is_not_is_told_with_its_line(tmp_path: Path) -> None:
    assert complaints(tmp_path, STAGES + "  stamps: {ladder: [{name: main, use: {}}]}\n") == [
        "p.yaml:6: stages.stamps: unknown key"
    ]
