"""`docpipe check` refuses models that cannot serve where they stand, all at once, each at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.config import load_config
from docpipe.config.unusable_models import unusable_models
from docpipe.errors import ConfigError

WRONG = """\
stages:
  text_detection:
    ladder:
      - {name: main, use: {model_name: PP-OCRv6_smal_det}}
      - {name: light, mode: swap_model, use: {model_name: PP-OCRv6_tiny_rec}}
  text_recognition:
    ladder:
      - {name: main, use: {model_name: PP-OCRv6_small_rec, model_dir: /no/such/folder}}
"""


@pytest.mark.parametrize("name", ["invoice", "invoice-gpu", "published"])
def test_shipped_files_name_models_that_there_are(name: str) -> None:
    assert unusable_models(load_config(name)) == ()


def test_check_names_every_wrong_model_with_its_line_and_what_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(WRONG, encoding="utf-8")
    error = CliRunner().invoke(app, ["check", str(path)]).exception
    assert isinstance(error, ConfigError)
    unknown, other_task, no_folder = str(error).splitlines()
    assert f"{path}:4: " in unknown
    assert "did you mean PP-OCRv6_small_det?" in unknown
    assert f"{path}:5: " in other_task
    assert "a model of text_recognition, not of text_detection" in other_task
    assert f"{path}:8: " in no_folder
    assert "/no/such/folder is not a directory" in no_folder


def test_check_refuses_a_reduced_input_that_is_no_smaller(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "stages:\n  text_detection:\n    ladder:\n"
        "      - {name: main, use: {model_name: PP-OCRv6_tiny_det, limit_side_len: 960}}\n"
        "      - {name: more, mode: reduce_input, use: {model_name: PP-OCRv6_tiny_det, limit_side_len: 1280}}\n"
        "      - {name: less, mode: reduce_input, use: {model_name: PP-OCRv6_tiny_det, limit_side_len: 640}}\n",
        encoding="utf-8",
    )
    error = CliRunner().invoke(app, ["check", str(path)]).exception
    assert isinstance(error, ConfigError)
    (line,) = str(error).splitlines()
    assert f"{path}:5: " in line
    assert "1280 is not below the 960 of 'main'" in line
