"""Corrections: read leniently, applied to the document they are about, the last one counts."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from docpipe.batch.corrections import Correction, Corrections, row_text
from docpipe.result import ReviewItem, cell_at
from tests.building import result_of

ONE = Correction("2026-11-26T10:00:00+00:00", "Ada", "a.png.json", "content", "a.png", "total_gross", "18.40", "81.40")


def test_the_last_correction_of_a_field_counts(tmp_path: Path) -> None:
    corrections = Corrections(tmp_path)
    corrections.add(ONE)
    corrections.add(replace(ONE, old="81.40", new="8.14"))
    assert corrections.apply(result_of(), "a.png.json").field("total_gross").value == "8.14"
    assert corrections.apply(result_of(), "b.png.json").field("total_gross").value == "18.40"


def test_a_cell_of_a_row_is_corrected(tmp_path: Path) -> None:
    corrections = Corrections(tmp_path)
    corrections.add(replace(ONE, field="line_items[0].description", old="Tea, black", new="Tea"))
    corrections.add(replace(ONE, field="line_items[4].description", new="a row that is not there"))
    assert cell_at(corrections.apply(result_of(), "a.png.json"), "line_items[0].description").value == "Tea"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "{}",
        '{"at": ',
        "\x00",
        "[" * 100_000,
        json.dumps(asdict(ONE) | {"field": 5}),
        json.dumps(asdict(ONE) | {"new": {"a": 1}}),
        json.dumps(asdict(ONE) | {"bbox": ["x", 1, 2, 3]}),
        json.dumps(asdict(ONE) | {"field": f"line_items[{'9' * 5000}].description"}),
        json.dumps(asdict(ONE) | {"field": "__class__.__init__"}),
    ],
    ids=range(11),
)
def test_a_line_that_is_no_correction_is_passed_over(line: str, tmp_path: Path) -> None:
    corrections = Corrections(tmp_path)
    corrections.path.write_text(f"{line}\n", encoding="utf-8")
    corrections.add(ONE)
    assert corrections.apply(result_of(), "a.png.json").field("total_gross").value == "81.40"


def test_what_another_process_adds_is_seen(tmp_path: Path) -> None:
    mine, theirs = Corrections(tmp_path), Corrections(tmp_path)
    assert mine.documents() == []
    theirs.add(ONE)
    assert mine.documents() == [("a.png.json", "content")]


def test_what_is_to_be_reviewed_goes_by_the_rows_that_are_left(tmp_path: Path) -> None:
    """A row that is removed takes its doubts with it, and those behind it move up."""
    result = result_of()
    (row,) = result.line_items
    doubt = ReviewItem(
        field="line_items[1].description", reason="low_confidence", confidence=0.1, threshold=0.5, rules=(), message="?"
    )
    doubts = (doubt.model_copy(update={"field": "line_items[0].net_amount"}), doubt)
    result = result.model_copy(update={"line_items": (row, row), "needs_review": doubts})
    corrections = Corrections(tmp_path)
    corrections.add(replace(ONE, field="line_items[0]", old=row_text(row), new=None, action="remove"))
    applied = corrections.apply(result, "a.png.json")
    assert applied.line_items == (row,)
    assert [item.field for item in applied.needs_review] == ["line_items[0].description"]
