"""`docpipe evaluate` with real models: reads, scores, and goes on where it stopped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_run import docpipe, events_of, results_in
from tests.lab.evaluation.making import SAMPLES, sample_entries, write_labels

pytestmark = pytest.mark.models


def test_combinations_are_read_once_and_scored_side_by_side(tmp_path: Path) -> None:
    wanted = [e for e in sample_entries() if "receipt_cafe" in e["file"]]
    labels = write_labels(tmp_path / "set", [*wanted, {**wanted[0], "file": "images/gone.jpg"}])
    (labels.parent / "images").mkdir()
    shutil.copy(SAMPLES.parent / wanted[0]["file"], labels.parent / "images")
    light = "text_detection=light,key_fields=core"
    command = ["evaluate", labels, "--rungs", "main", "--rungs", light, "--out", tmp_path / "out",
               "--json", tmp_path / "scores.json", "--report", tmp_path / "report.html"]  # fmt: skip
    done = docpipe(*command)
    assert done.returncode == 0, done.stderr
    assert "missing, counted as wrong" in done.stderr
    assert "gone.jpg" in done.stderr
    results = results_in(tmp_path / "out")
    assert sorted(results) == [f"{name}/set/images/receipt_cafe.jpg.json" for name in ("main", light)]
    assert results[f"{light}/set/images/receipt_cafe.jpg.json"].stages.text_detection.rung == "light"
    columns = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["sets"]["set"]["all"]
    assert list(columns) == ["main", light]
    assert columns["main"]["statuses"] == {"missing": 1, "ok": 1}
    assert columns["main"]["metrics"]["field total_gross"]["counts"]["hits"] == 1
    assert columns["main"]["median_ms"]["text_recognition"] > 0
    assert "data:image/webp" in (tmp_path / "report.html").read_text(encoding="utf-8")
    again = docpipe(*command)
    assert again.stdout == done.stdout
    assert events_of(again.stderr, "loaded") == []
    assert [event["done_before"] for event in events_of(again.stderr, "planned")] == [1, 1]
