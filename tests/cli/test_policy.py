"""`docpipe policy` and `docpipe replay` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import UsageError
from tests.lab.drill.playing import play


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run in which recognition ran out of memory and came back."""
    out = tmp_path_factory.mktemp("drill")
    return play(out, "out-of-memory")[0].log


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_diff_says_what_a_change_means() -> None:
    code, text = run("policy", "diff", "published", "drills/quick")
    assert code == 0
    assert "text_detection: gives way later: P95 time above 1500 ms instead of 600 ms." in text
    assert run("policy", "diff", "published", "published")[1] == "The policy is the same.\n"


def test_schema_is_json_with_the_dialect_that_editors_look_for() -> None:
    code, text = run("policy", "schema")
    assert code == 0
    assert json.loads(text)["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_replay_finds_every_line_the_same(log: Path) -> None:
    code, text = run("replay", log)
    assert code == 0
    assert "all the same" in text
    assert "text_recognition: main" in text


def test_replay_stops_at_the_line_that_differs(log: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.log"
    changed.write_text(log.read_text().replace('"text_detection":"main"', '"text_detection":"light"', 1))
    code, text = run("replay", changed)
    assert code == 1
    assert "not the same" in text
    assert "decided now:" in text


def test_a_picture_of_a_replay_is_an_svg_with_each_reason(log: Path, tmp_path: Path) -> None:
    code, text = run("replay", log, "--picture", tmp_path / "run.svg")
    assert (code, str(tmp_path / "run.svg") in text) == (0, True)
    words = "".join(ET.parse(tmp_path / "run.svg").getroot().itertext())
    assert "1 out of memory" in words
    assert "as it was" in words


def test_what_if_is_printed_and_drawn_beside_what_was(log: Path, tmp_path: Path) -> None:
    code, text = run("replay", log, "--config", "published", "--picture", tmp_path / "if.html")
    assert code == 0
    assert "as it was:" in text
    assert "with the other:" in text
    page = (tmp_path / "if.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "as it was" in page
    assert "with published" in page
    assert "samples:" in page


def test_a_picture_has_a_known_kind(log: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in \.html or \.svg"):
        run("replay", log, "--picture", "x.png")


@pytest.mark.parametrize("name", ["folder.svg", "file/what.html"])
def test_a_picture_that_cannot_be_written_is_refused_with_its_name(log: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match=f"--picture {tmp_path / name}: cannot be written there"):
        run("replay", log, "--picture", tmp_path / name)


def test_a_folder_or_a_binary_file_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff\n")
    for name in ("", "scan.png"):
        for more in ([], ["--config", "published"]):
            with pytest.raises(UsageError, match=tmp_path.name):
                run("replay", tmp_path / name, *more)


@pytest.mark.parametrize("text", ["", "no log\n", '{"kind":"ticked"}\n'])
def test_what_is_no_log_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"x\.log"):
        run("replay", path)
    with pytest.raises(UsageError, match="no such log"):
        run("replay", tmp_path / "none.log")
