"""`docpipe evaluate` on results that are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import ConfigError, NothingToDo, UsageError
from tests.lab.evaluation.making import SAMPLES, entry, perfect, result, sample_entries, write_labels, write_results

SHOPS = ("Paper Lantern Cafe", "Blue Harbour Hardware")


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    if isinstance(done.exception, Exception) and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Four receipts of two companies, one of them scanned."""
    entries = [entry(f"{n}.png", fields={"company": SHOPS[n % 2], "total": "9.00"}, scanned=n == 0) for n in range(4)]
    return write_labels(tmp_path / "receipts", entries)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    fields = {"seller.name": SHOPS[1], "total_gross": "9.00"}
    return write_results(tmp_path / "results", [result(f"{n}.png", fields=fields) for n in range(4)])


def test_results_of_the_samples_are_scored_and_pictured(tmp_path: Path) -> None:
    folder = write_results(tmp_path / "results", [perfect(labelled) for labelled in sample_entries()])
    code, text = run(
        SAMPLES.parent, "--results", folder, "--report", tmp_path / "r.html", "--json", tmp_path / "s.json"
    )
    assert code == 0
    assert "samples: 11 documents" in text
    data = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert data["sets"]["samples"]["all"]["results"]["metrics"]["fields"]["value"] == 1.0
    assert "Not one document has a mistake" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_folders_stand_side_by_side_under_names_that_tell_them_apart(
    labels: Path, results: Path, tmp_path: Path
) -> None:
    other = write_results(tmp_path / "old" / "results", [])
    _, text = run(labels, "-r", results, "-r", other)
    assert f"[1] {tmp_path.name}/results (4 ok)" in text
    assert "[2] old/results (4 missing)" in text
    assert "fields                      0.750 " in text


def test_groups_by_key_and_by_company(labels: Path, results: Path, tmp_path: Path) -> None:
    train = write_labels(tmp_path / "train", [{"file": None, "fields": {"company": "BLUE HARBOUR HARD WARE"}}])
    _, text = run(labels, "-r", results, "--by", "scanned", "--by-company", "--train", train)
    assert "receipts, scanned=true: 1 document\n" in text
    parts = {part.split(":")[0]: part for part in text.split("\n\n")}
    assert "field company               1.000" in parts["receipts, company in training"]
    assert "field company               0.000" in parts["receipts, company not in training"]


def test_several_training_sets_are_one(labels: Path, results: Path, tmp_path: Path) -> None:
    trains = [
        write_labels(tmp_path / shop, [{"file": None, "fields": {"seller.name": shop}}])
        for shop in (*SHOPS, "Other Shop")
    ]
    options = [option for train in trains for option in ("--train", train)]
    _, text = run(labels, "-r", results, "--by-company", *options)
    assert "receipts, company in training: 4 documents" in text
    assert "not in training" not in text


def test_a_folder_with_two_runs_in_it_is_doubted(labels: Path, results: Path) -> None:
    write_results(results / "again", [result("0.png")])
    done = CliRunner().invoke(app, ["evaluate", str(labels), "-r", str(results)])
    assert "1 documents have several results, such as 0.png; the first one counts" in done.stderr


def test_the_first_documents_only(labels: Path, results: Path) -> None:
    assert "receipts: 2 documents" in run(labels, "-r", results, "--first", "2")[1]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["-r", "{results}", "--rungs", "main"], "--results reads nothing"),
        (["-r", "{results}", "--by-company"], "--by-company needs --train"),
        (
            ["-r", "{results}", "--as", "sroie"],
            "--as sroie: there are no such conventions; write one of general, month-first",
        ),
        (["-r", "{results}", "--as", "invoices=month-first"], "no labels in a folder invoices are read; receipts are"),
        (["-r", "{results}", "--as", "receipts="], "--as receipts=: write NAME, or FOLDER=NAME for one set"),
        (["-r", "{results}/none"], "there is no such folder"),
        (["--rungs", "light"], "'light' is no combination"),
    ],
)
def test_what_does_not_fit_together_is_said(labels: Path, results: Path, options: list[str], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        run(labels, *(option.format(results=results) for option in options))


def test_labels_and_documents_that_are_missing_are_said(labels: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        run(tmp_path / "none" / "labels.jsonl")
    with pytest.raises(NothingToDo, match=r"no labelled document is there .*0\.png.*relative to the folder.*--results"):
        run(labels, "--out", tmp_path / "out")


def test_help_has_examples() -> None:
    code, text = run("--help")
    assert code == 0
    assert "docpipe evaluate receipts/" in " ".join(text.split())


def test_a_folder_without_any_result_of_the_set_is_refused(labels: Path, tmp_path: Path) -> None:
    other = write_results(tmp_path / "other", [result("elsewhere.png", fields={})])
    with pytest.raises(NothingToDo, match="belongs to a labelled document"):
        run(labels, "--results", other)


@pytest.mark.parametrize(
    ("dates", "options", "told"),
    [
        (["02/13/2018", "01/02/2018"], [], "dates are read day first, but '02/13/2018' is not"),
        (["02/13/2018"], ["--month-first"], ""),
        (["13/02/2018"], ["--as", "month-first"], "dates are read month first, but '13/02/2018' is not"),
        (["02/13/2018", "13/02/2018"], [], ""),
    ],
)
def test_dates_that_contradict_the_conventions_are_doubted(
    tmp_path: Path, results: Path, dates: list[str], options: list[str], told: str
) -> None:
    labels = write_labels(tmp_path / "s", [entry(f"{n}.png", fields={"date": d}) for n, d in enumerate(dates)])
    done = CliRunner().invoke(app, ["evaluate", str(labels), "-r", str(results), *options])
    assert done.exit_code == 0
    assert (told in done.stderr) if told else ("dates are read" not in done.stderr)
