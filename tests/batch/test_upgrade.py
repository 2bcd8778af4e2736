"""Reading again what was read degraded, through a pipeline of rules. Needs no model."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from docpipe.batch.journal import Entry, Journal, read_result
from docpipe.batch.upgrade import RECORD, Losses, find_degraded
from docpipe.cli.app import app
from docpipe.config import load_config
from docpipe.errors import ExitCode
from tests.control.test_finish_in_time import folder, run

__all__ = ["folder"]


def degraded_run(folder: Path) -> Path:
    out = folder / "out"
    assert run(folder, "--out", str(out), "--finish-within", "0.001s", "--format", "csv")[0] == ExitCode.OK
    return out


def upgrade(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["upgrade", str(folder / "out"), "-c", str(folder / "p.yaml"), *more])


def test_what_was_read_degraded_is_read_again_and_what_changed_is_recorded(folder: Path) -> None:
    out = degraded_run(folder)
    table = (out / "documents.csv").read_text(encoding="utf-8")
    listed = upgrade(folder, "--dry-run")
    assert (listed.exit_code, len(listed.stdout.splitlines())) == (ExitCode.OK, 3)
    assert not (out / RECORD).exists()
    assert upgrade(folder).exit_code == ExitCode.OK
    changes = [json.loads(line) for line in (out / RECORD).read_text(encoding="utf-8").splitlines()]
    assert [change["outcome"] for change in changes] == ["better"] * 3
    for change in changes:
        assert change["rungs"]["key_fields"] == ["core", "rules"]
        assert change["loss_before"] > change["loss_after"] == 0
        result = read_result(out / change["output"])
        assert result is not None
        assert result.status == "ok"
    assert (out / "documents.csv").read_text(encoding="utf-8") != table
    assert upgrade(folder).exit_code == ExitCode.NOTHING_TO_DO


def test_a_run_goes_on_after_an_upgrade(folder: Path) -> None:
    out = degraded_run(folder)
    upgrade(folder)
    code, events, _ = run(folder, "--out", str(out), "--resume")
    assert code == ExitCode.OK
    assert next(e for e in events if e["event"] == "planned")["documents"] == 0


def test_the_largest_loss_comes_first(folder: Path) -> None:
    out = degraded_run(folder)
    config = load_config(folder / "p.yaml")
    journal = Journal(out)
    entry = journal.entries()["01.pdf.json"]
    result = read_result(out / entry.output)
    assert result is not None
    only_tables = tuple(d for d in result.degradations if d.stage == "table_structure")
    (out / entry.output).write_text(result.model_copy(update={"degradations": only_tables}).to_json())
    found, _ = find_degraded(out, config.sha256(), Losses(config), config.input.max_bytes)
    losses = [one.loss for one in found]
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == 2


def test_what_cannot_be_read_again_is_said_and_its_result_stays(folder: Path) -> None:
    out = degraded_run(folder)
    (folder / "in" / "00.pdf").unlink()
    with (folder / "in" / "01.pdf").open("ab") as file:
        file.write(b"changed")
    before = (out / "00.pdf.json").read_bytes()
    answer = upgrade(folder)
    assert answer.exit_code == ExitCode.OK
    assert "00.pdf is gone, or was changed" in answer.stderr
    assert "01.pdf is gone, or was changed" in answer.stderr
    assert (out / "00.pdf.json").read_bytes() == before


def test_results_of_another_configuration_or_no_results_are_a_wrong_command(folder: Path, tmp_path: Path) -> None:
    assert "no results" in str(upgrade(folder).exception)
    degraded_run(folder)
    text = (folder / "p.yaml").read_text(encoding="utf-8")
    (folder / "p.yaml").write_text(text.replace("input:", "review: {}\ninput:\n  max_pages: 7"), encoding="utf-8")
    assert "another configuration" in str(upgrade(folder).exception)


def test_a_journal_of_an_older_version_is_read_and_says_what_is_missing(folder: Path) -> None:
    out = degraded_run(folder)
    journal = Journal(out)
    for entry in journal.entries().values():
        journal.append(Entry(entry.path, entry.output, entry.sha256, entry.config_sha256, entry.status))
    answer = upgrade(folder)
    assert (answer.exit_code, "where it lay is not known" in answer.stderr) == (ExitCode.NOTHING_TO_DO, True)
