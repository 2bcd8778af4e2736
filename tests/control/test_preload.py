"""What is loaded before the first answer, and what behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.config import load_config
from docpipe.control.cold_rungs import ColdRungs
from docpipe.control.preload import load_residents
from docpipe.errors import ModelError
from docpipe.runtime.protocol import ModelRef
from docpipe.runtime.resolve import runs_on_paddle
from docpipe.runtime.settings import RuntimeSettings
from docpipe.testing import FakeRuntime

FILE = """
stages:
  text_detection:
    ladder:
      - {name: main, use: {model_name: PP-OCRv6_small_det}}
      - {name: small, mode: swap_model, use: {model_name: PP-OCRv4_mobile_det, limit_side_len: 640}}
  text_recognition: {ladder: [{name: main, use: {model_name: PP-OCRv6_small_rec}}]}
  table_structure: {ladder: [{name: rules, use: {rules: lines}}]}
  key_fields: {ladder: [{name: main, use: {model_name: docpipe-key-fields%s}}, {name: r, mode: rules, use: {}}]}
"""


def _config(tmp_path: Path, more: str = ""):
    (tmp_path / "file.yaml").write_text(FILE % more, encoding="utf-8")
    return load_config(tmp_path / "file.yaml")


def _names(runtime: FakeRuntime) -> list[str]:
    return [model.ref.name for model in runtime.list_loaded()]


def test_rungs_on_paddle_load_behind_the_main_ones(tmp_path):
    config, runtime = _config(tmp_path), FakeRuntime()
    unusable = load_residents(config, runtime)
    assert [(u.stage, u.rung, u.cold) for u in unusable] == [("text_detection", "small", True)]
    assert _names(runtime) == ["PP-OCRv6_small_det", "PP-OCRv6_small_rec", "docpipe-key-fields"]
    ready: list[tuple[str, str]] = []
    ColdRungs(config, runtime, unusable, lambda *rung: ready.append(rung))
    assert ready == [("text_detection", "small")]
    assert "PP-OCRv4_mobile_det" in _names(runtime)


def test_a_pinned_rung_is_there_at_once(tmp_path):
    runtime = FakeRuntime()
    assert load_residents(_config(tmp_path), runtime, wanted=[("text_detection", "small")]) == []
    assert "PP-OCRv4_mobile_det" in _names(runtime)


def test_where_a_main_rung_needs_paddle_anyway_nothing_waits(tmp_path):
    runtime = FakeRuntime()
    assert load_residents(_config(tmp_path, ", engine: paddle_static"), runtime) == []
    assert "PP-OCRv4_mobile_det" in _names(runtime)


def test_what_could_wait_comes_at_once_where_nothing_else_is_left(tmp_path):
    runtime = FakeRuntime(fail={"PP-OCRv6_small_det": ModelError("its files are gone")})
    unusable = load_residents(_config(tmp_path), runtime)
    assert [(u.rung, u.reason, u.cold) for u in unusable] == [("main", "its files are gone", False)]
    assert "PP-OCRv4_mobile_det" in _names(runtime)


def test_a_stage_without_any_rung_ends_the_start(tmp_path):
    fail = {name: ModelError(f"{name} is gone") for name in ("PP-OCRv6_small_det", "PP-OCRv4_mobile_det")}
    with pytest.raises(ModelError, match="text_detection has no rung that can serve"):
        load_residents(_config(tmp_path), FakeRuntime(fail=fail))


def test_which_engine_a_directory_is_for_is_told_by_its_files(tmp_path):
    settings = RuntimeSettings()
    for name, files in {"p": ("inference.pdmodel", "inference.pdiparams"), "o": ("inference.onnx",)}.items():
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).touch()
    told = [runs_on_paddle(ModelRef("text_detection", "own", str(tmp_path / name)), settings) for name in "po"]
    assert told == [True, False]
    assert not runs_on_paddle(ModelRef("text_detection", "own", str(tmp_path / "nowhere")), settings)
