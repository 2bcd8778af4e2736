"""Results as tables: what a spreadsheet gets to see."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from docpipe.batch.tables import _safe, write_documents, write_items, write_jsonl
from docpipe.result import FIELD_PATHS, ITEM_CELLS
from tests.building import result_of

NAME = 'a "quoted", name.png'


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_a_document_with_every_field(tmp_path: Path) -> None:
    write_documents(tmp_path / "d.csv", [result_of(NAME), result_of("b.png", status="failed", codes=("timeout",))])
    first, second = rows_of(tmp_path / "d.csv")
    assert set(FIELD_PATHS) <= set(first)
    assert (first["path"], first["total_gross"], first["due_date"]) == (NAME, "18.40", "")
    assert (second["status"], second["errors"]) == ("failed", "timeout")


def test_one_row_a_line_item(tmp_path: Path) -> None:
    write_items(tmp_path / "i.csv", [result_of(NAME)])
    (row,) = rows_of(tmp_path / "i.csv")
    assert set(ITEM_CELLS) <= set(row)
    assert (row["path"], row["row"], row["description"]) == (NAME, "1", "Tea, black")


def test_one_result_a_line(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "r.jsonl", [result_of("a\u2028b.png"), result_of("c.png")])
    lines = (tmp_path / "r.jsonl").read_text(encoding="utf-8").split("\n")
    assert [json.loads(line)["document"]["path"] for line in lines if line] == ["a\u2028b.png", "c.png"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-x", "'-x"), ("-9.00", "-9.00"), ("+", "'+"), ("a=b", "a=b"), ("", "")],
)
def test_text_of_a_document_is_never_a_formula(text: str, expected: str) -> None:
    assert _safe(text) == expected
