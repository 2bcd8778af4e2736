"""A rule pack on labelled documents whose lines are typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from docpipe.cli.app import app
from docpipe.errors import ConfigError
from docpipe.lab.evaluation.labels import read_sets
from docpipe.lab.evaluation.packs import score_pack
from tests.lab.evaluation.making import box, write_labels

ENTRY = {
    "width": 500, "height": 200,
    "fields": {"total": "RM 36.10", "date": "13/02/2018", "company": "X"},
    "lines": [{"text": "DATE: 13/02/18", "polygon": box(0, 0, 150, 20)},
              {"text": "TOTAL 36.10", "polygon": box(0, 30, 120, 50)}],
}  # fmt: skip


def test_a_pack_is_tested_on_labels(tmp_path: Path) -> None:
    """Counts by field, equal as date and as number; mistakes say what was expected; a `file` is not needed."""
    (labelled,) = read_sets([write_labels(tmp_path, [ENTRY])], without_file=True)
    score = score_pack("receipt-en", labelled)
    assert score.documents == 1
    assert {name: tally.hits for name, tally in score.by_field.items()} == {"total": 1, "date": 1, "company": 0}
    assert [(seen.name, seen.expected) for _, seen in score.mistakes] == [("company", "X")]
    assert 0 < (score.fields.share or 0) < 1


def test_lines_without_a_place_are_named(tmp_path: Path) -> None:
    broken = {**ENTRY, "file": "a.png", "lines": [{"text": "TOTAL 1.00"}]}
    (labelled,) = read_sets([write_labels(tmp_path, [broken])])
    with pytest.raises(ConfigError, match=r"a\.png: its lines need `text` and `polygon`"):
        score_pack("auto", labelled)


def test_the_command_prints_field_by_field_under_the_conventions_asked_for(tmp_path: Path) -> None:
    labels = write_labels(tmp_path, [ENTRY | {"fields": {"date": "02/13/2018", "total": "36.10"}}])
    done = CliRunner().invoke(app, ["rules", "test", "receipt-en", str(labels), "--as", "month-first"])
    assert done.exit_code == 0
    assert "1 documents, micro F1 1.0000" in done.stdout
