"""`docpipe drill` on the command line. Models are stand-ins here: `tests/drill/test_live.py` drills with real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import ConfigError, NothingToDo
from docpipe.lab.synth.plain import draw_receipts
from docpipe.testing import FakeRuntime
from tests.lab.drill.playing import PREDICTIONS

CALM = "{what: failed_documents, most: 0}"


@pytest.fixture(autouse=True)
def no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docpipe.pipeline.PaddleRuntime", lambda settings: FakeRuntime(PREDICTIONS))


def drill(tmp_path: Path, expect: str, *arguments: object) -> tuple[int, str]:
    script = tmp_path / "script.yaml"
    script.write_text(f"about: a short one\nfor_s: 0.2\nexpect: [{expect}]\n", encoding="utf-8")
    words = ["drill", "drills/quick", "--script", script, "--out", tmp_path / "out", *arguments]
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_a_drill_that_goes_as_expected_leaves_log_and_pictures(tmp_path: Path) -> None:
    code, text = drill(tmp_path, CALM)
    assert code == 0
    assert "a short one (0.2 s, 50 drawn receipts)" in text
    assert "met     failed documents at most 0: 0" in text
    assert "all the same, byte for byte" in text
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"events.log", "timeline.svg", "timeline.html"}


def test_one_that_does_not_ends_with_1(tmp_path: Path) -> None:
    code, text = drill(tmp_path, f"{CALM}, {{what: down, stage: key_fields}}")
    assert code == 1
    assert "MISSED  down key_fields (0 to the end): not seen; in that time: nothing" in text


def test_documents_of_ones_own_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for source in draw_receipts(2):
        (folder / source.path).write_bytes(source.data or b"")
    code, text = drill(tmp_path, CALM, "-d", folder)
    assert (code, "2 documents)" in text) == (0, True)


def test_a_folder_without_documents_is_said_before_models_load(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToDo, match="no document found"):
        drill(tmp_path, CALM, "-d", tmp_path / "empty")


def test_a_script_for_another_pipeline_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"script\.yaml:3: expect\.0\.stage: the pipeline has no stage tables"):
        drill(tmp_path, "{what: stays, stage: tables}")
