"""Files are there whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from docpipe.files.atomic import atomic, remove_unfinished, write_atomic


def test_a_file_is_written_whole_with_the_usual_rights(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.json"
    write_atomic(path, "Rechnung ü\n")
    assert path.read_text(encoding="utf-8") == "Rechnung ü\n"
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask
    assert list(path.parent.iterdir()) == [path]


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomic(path, "old")

    def fail() -> None:
        with atomic(path) as file:
            file.write("new, but torn")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_was_writing_is_removed_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "in" / "a.json"
    program = (
        "import os, signal, sys; from pathlib import Path; from docpipe.files.atomic import atomic\n"
        "with atomic(Path(sys.argv[1])) as file: os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(out)], check=False).returncode == -signal.SIGKILL
    (left,) = out.parent.iterdir()
    (tmp_path / "notes.tmp").touch()
    with atomic(tmp_path / "b.json") as file:  # this process lives
        assert remove_unfinished(tmp_path) == 1
        file.write("b")
    assert not left.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.json", "in", "notes.tmp"]
