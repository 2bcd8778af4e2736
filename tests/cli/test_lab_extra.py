"""Without the extra `docpipe[lab]`, its commands say in one line what to install, before they do anything."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import ExitCode, UsageError

COMMANDS = [
    ("evaluate", "labels"),
    ("drill", "invoice", "--script", "bank"),
    ("profile", "measure", "labels"),
    ("synth", "out"),
    ("train", "key-fields", "labels"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_of_the_laboratory_names_the_extra(command, tmp_path, monkeypatch):
    folder = tmp_path / "docpipe-9.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        'Metadata-Version: 2.1\nName: docpipe\nVersion: 9\nRequires-Dist: not-there>=5 ; extra == "lab"\n',
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, UsageError), done.output
    assert str(done.exception) == f"`docpipe {command[0]}` needs not-there: pip install 'docpipe[lab]'"
    assert done.exception.exit_code == ExitCode.CONFIG
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
