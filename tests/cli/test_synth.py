"""`docpipe synth` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import UsageError
from docpipe.lab.synth import fonts


def synth(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["synth", *(str(argument) for argument in arguments)])
    if isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_documents_are_made_and_counted(tmp_path: Path) -> None:
    out = tmp_path / "set"
    options = ("-n", 2, "--kind", "receipt", "--language", "de,fr", "--format", "png", "--noise", "scan", "--dpi", 72)
    code, text = synth(out, *options)
    assert (code, text) == (0, f"{out}: 2 documents made; labels in {out / 'labels.jsonl'}\n")
    made = [json.loads(line) for line in (out / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(each["kind"], each["language"]) for each in made] == [("receipt", "de"), ("receipt", "fr")]
    assert all((out / each["file"]).suffix == ".png" for each in made)
    assert (out / "overview.png").is_file()
    code, text = synth(out, *options)
    assert (code, text) == (0, f"{out}: 0 documents made, 2 were there; labels in {out / 'labels.jsonl'}\n")


def test_seeds_make_other_documents(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        synth(tmp_path / name, "-n", 3, "--format", "labels", "--seed", seed)
    a, b, c = ((tmp_path / name / "labels.jsonl").read_bytes() for name in "abc")
    assert a == b != c


def test_what_is_not_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--kind poem: choose from receipt, invoice"):
        synth(tmp_path / "set", "--kind", "receipt,poem")
    assert not (tmp_path / "set").exists()


def test_a_missing_font_is_said_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path_of = fonts.path_of
    monkeypatch.setattr(fonts, "path_of", lambda face: path_of(face, ()))
    with pytest.raises(UsageError, match="Debian packages fonts-wqy-zenhei"):
        synth(tmp_path / "set", "-n", 1, "--kind", "vat_invoice")
    assert not (tmp_path / "set").exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="name another folder"):
        synth(tmp_path / "file" / "below", "-n", 1, "--format", "labels")
