"""The run journal: what a killed run leaves behind is still known, and nothing is done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.batch.journal import Entry, Journal
from docpipe.files.atomic import write_atomic
from tests.building import result_of


def finish(folder: Path, output: str = "a.png.json", *, line: bool = True, **changes: object) -> Journal:
    result = result_of(**changes)  # type: ignore[arg-type]
    journal = Journal(folder)
    write_atomic(folder / output, result.to_json())
    if line:
        journal.append(Entry.of(result, output))
    return journal


def done(journal: Journal, sha256: str = "content", config: str = "config") -> Entry | None:
    return journal.find_finished(journal.entries(), "a.png.json", sha256, config)


def test_a_finished_document_is_known(tmp_path: Path) -> None:
    assert done(finish(tmp_path)) is not None


def test_other_content_or_another_configuration_is_another_document(tmp_path: Path) -> None:
    journal = finish(tmp_path)
    assert done(journal, sha256="other") is None
    assert done(journal, config="other") is None


def test_a_result_without_its_line_counts_and_gets_its_line(tmp_path: Path) -> None:
    journal = finish(tmp_path, line=False)
    assert done(journal) is not None
    assert set(journal.entries()) == {"a.png.json"}


def test_a_line_without_its_result_does_not_count(tmp_path: Path) -> None:
    journal = finish(tmp_path)
    (tmp_path / "a.png.json").unlink()
    assert done(journal) is None


def test_a_torn_last_line_is_passed_over_and_the_next_starts_on_its_own(tmp_path: Path) -> None:
    journal = finish(tmp_path)
    with journal.path.open("a") as file:
        file.write('{"path": "b.png", "outp')
    journal.append(Entry.of(result_of("c.png"), "c.png.json"))
    assert set(journal.entries()) == {"a.png.json", "c.png.json"}


@pytest.mark.parametrize("code", ["input_encrypted", "input_unreadable", "input_too_large", "input_unsupported"])
def test_what_fails_for_good_is_not_tried_again(tmp_path: Path, code: str) -> None:
    assert done(finish(tmp_path, status="failed", codes=(code,))) is not None


@pytest.mark.parametrize(
    "code", ["timeout", "worker_died", "out_of_memory", "ladder_exhausted", "internal", "extra_missing"]
)
def test_what_may_pass_is_tried_again(tmp_path: Path, code: str) -> None:
    assert done(finish(tmp_path, status="failed", codes=(code,))) is None
    assert done(finish(tmp_path, line=False, status="failed", codes=(code,))) is None


def test_a_result_that_was_damaged_since_is_read_again(tmp_path: Path) -> None:
    journal = finish(tmp_path)
    (tmp_path / "a.png.json").write_text('{"status": "ok", "pa')
    assert done(journal) is None


def test_a_file_that_is_no_result_is_no_result(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a.png.json", '{"status": "ok"}')
    assert done(Journal(tmp_path)) is None
