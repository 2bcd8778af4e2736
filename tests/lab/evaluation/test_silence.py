"""What passes without a word, counted by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.lab.evaluation.labels import read_sets
from docpipe.lab.evaluation.readings import ResultFolder
from docpipe.lab.evaluation.scoring import score_set
from docpipe.lab.evaluation.silence import SILENCE_METRICS
from docpipe.lab.evaluation.summary import text_of
from tests.lab.evaluation.making import entry, result, write_labels, write_results

LABELS = {"company": "Paper Lantern Cafe", "date": "5/3/2018", "total": "9.00", "net": "8.00"}
RIGHT = {"seller.name": "Paper Lantern Cafe", "issue_date": "2018-03-05", "total_gross": "9.00", "total_net": "8.00"}


def review(*paths: str) -> dict[str, Any]:
    return {"needs_review": [{"field": path, "reason": "failed_check"} for path in paths]}


DOCUMENTS = {
    "right.png": result("right.png", fields=RIGHT),
    "near.png": result("near.png", fields=RIGHT | {"seller.name": "Paper Lantern Cape"}) | review("line_items[0].x"),
    "said.png": result("said.png", fields=RIGHT | {"total_gross": "1.00"}) | review("total_gross"),
    "silent.png": result("silent.png", fields=RIGHT | {"total_gross": "1.00", "issue_date": "2018-05-03"})
    | review("total_net"),
    "empty.png": result("empty.png", fields={}) | review("total_gross"),
    "failed.png": result("failed.png", fields=RIGHT | {"total_gross": "1.00"}, status="failed") | review("total_gross"),
}


def test_a_wrong_value_is_silent_unless_the_result_asks_about_it(tmp_path: Path) -> None:
    """Alike names, empty fields and failed documents pass nothing; any entry in the list counts as asking."""
    labels = write_labels(tmp_path / "set", [entry(file, fields=LABELS) for file in [*DOCUMENTS, "missing.png"]])
    results = ResultFolder(write_results(tmp_path / "r", list(DOCUMENTS.values())))
    (group,) = score_set(read_sets([labels])[0], {"x": results}, resamples=100)
    scores = group.columns[0].scores
    counts = {name: (scores[name].tally.hits, scores[name].tally.want) for name in SILENCE_METRICS}
    assert counts == {
        "silent": (2, 28), "silent amounts": (1, 14), "silent documents": (1, 7), "review asked": (4, 7),
    }  # fmt: skip
    assert "silent documents            0.143" in text_of(group)


def test_a_field_that_may_stand_in_several_places_is_asked_about_at_any_of_them(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "set", [entry(fields={"contract_num": "17"})])
    for place, silent in (("purchase_order", 0), ("total_gross", 1)):
        data = result(fields={"contract_number": "18"}) | review(place)
        results = ResultFolder(write_results(tmp_path / place, [data]))
        (group,) = score_set(read_sets([labels])[0], {"x": results}, resamples=100)
        assert group.columns[0].scores["silent"].tally.hits == silent


@pytest.mark.parametrize("damage", [None, 3, [3], [{}], {"a": 1}])
def test_a_damaged_review_is_a_failed_document(tmp_path: Path, damage: Any) -> None:
    folder = ResultFolder(write_results(tmp_path, [result() | {"needs_review": damage}]))
    assert folder.read_document("a.png").status == "failed"


def test_the_figures_stand_in_the_json_and_the_report(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "set", [entry(file, fields=LABELS) for file in DOCUMENTS])
    results = write_results(tmp_path / "r", list(DOCUMENTS.values()))
    options = ["--json", str(tmp_path / "s.json"), "--report", str(tmp_path / "r.html"), "--worst", "0"]
    done = CliRunner().invoke(app, ["evaluate", str(labels), "-r", str(results), *options])
    assert done.exit_code == 0
    metrics = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["sets"]["set"]["all"]["r"]["metrics"]
    assert metrics["silent documents"]["counts"] == {"hits": 1, "want": 6}
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert all(f">{name}" in page for name in SILENCE_METRICS)
