"""A start imports what the run needs, and no more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.cli.commands import COMMANDS, make_app

SAMPLES = Path(__file__).parents[1] / "samples" / "images"

NOT_NEEDED = ("rich", "lxml", "pypdfium2", "docpipe.cli.evaluate", "docpipe.inputs.ofd.pages")


@pytest.mark.models
def test_reading_a_picture_imports_neither_other_formats_nor_other_commands_nor_what_draws_on_terminals(tmp_path: Path):
    code = (
        "import sys; from docpipe.cli import main\n"
        f"sys.argv = ['docpipe', 'run', {str(SAMPLES / 'receipt_cafe.jpg')!r}, '--out', {str(tmp_path)!r}]\n"
        "sys.argv += ['--workers', '0']\n"
        "try: main()\n"
        f"except SystemExit as e: print(e.code, [m for m in {NOT_NEEDED!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "0 []"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_alone_is_what_it_is_among_all(name: str) -> None:
    alone, among = (CliRunner().invoke(each, [name, "--help"]) for each in (make_app(name), app))
    assert (alone.exit_code, alone.output) == (0, among.output)


def test_an_unknown_command_is_answered_from_all() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docpipe", "runn"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "No such command 'runn'" in done.stderr
