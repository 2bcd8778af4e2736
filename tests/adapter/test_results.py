"""The adapter is total: any document, however it was served, gives every key and follows the one schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from docpipe.adapter import to_result
from docpipe.document import Document, KeyField, Page, Table, TableCell, TextLine, polygon_of
from docpipe.result import FIELD_PATHS, ITEM_CELLS, SCHEMA_VERSION, STAGE_NAMES, Result
from docpipe.trace import Failure, Producer, RungPlace, Served, StageRun, StepDown

PRODUCER = Producer("0", None, None, None, "config", "rules")
GOLDEN = Path(__file__).parent.parent / "golden"
VALIDATOR = Draft202012Validator(Result.model_json_schema(mode="serialization"))

numbers = st.floats(-500, 5000, allow_nan=False)
polygons = st.tuples(numbers, numbers, numbers, numbers).map(polygon_of)
texts = st.text(max_size=12)
shares = st.floats(-0.5, 1.5)
fields = st.builds(
    KeyField,
    value=st.none() | texts,
    raw=texts,
    confidence=shares,
    source=st.sampled_from(["rule", "table", "derived"]),
    source_id=texts,
    page=st.integers(1, 3),
    polygon=st.none() | polygons,
)
lines = st.builds(TextLine, st.just("1-1"), texts, shares, polygons, st.none() | shares)
cells = st.builds(TableCell, row=st.integers(0, 3), col=st.integers(0, 3), text=texts, polygon=st.none() | polygons)
tables = st.builds(
    Table,
    st.just("t1"), st.just(1), polygons, st.integers(0, 4), st.integers(0, 4),
    st.lists(cells, max_size=3).map(tuple), texts, shares, st.sampled_from(["model", "rule"]),
)  # fmt: skip
pages = st.builds(
    Page,
    number=st.integers(1, 3), width=st.integers(1, 3000), height=st.integers(1, 3000),
    lines=st.lists(lines, max_size=3).map(tuple), tables=st.lists(tables, max_size=2).map(tuple),
)  # fmt: skip
documents = st.builds(
    Document,
    id=texts, path=texts, sha256=texts, media_type=texts, bytes=st.integers(0), page_count=st.integers(0, 3),
    pages=st.lists(pages, max_size=3, unique_by=lambda p: p.number).map(tuple),
    fields=st.dictionaries(st.sampled_from(FIELD_PATHS), fields, max_size=5),
    line_items=st.lists(st.dictionaries(st.sampled_from(ITEM_CELLS), fields, max_size=3), max_size=2).map(tuple),
)  # fmt: skip
rungs = st.builds(
    RungPlace, st.sampled_from(["main", "light"]), st.integers(0, 2), st.sampled_from(["none", "swap_model"])
)
runs = st.builds(
    StageRun, st.sampled_from(STAGE_NAMES), rungs, st.sampled_from(["model", "rules", "text_layer", "none"]),
    st.none() | st.integers(1, 3), st.floats(0, 1e5), st.none() | texts, st.none() | texts, st.none() | texts,
)  # fmt: skip
steps = st.builds(
    StepDown, st.sampled_from(STAGE_NAMES), st.just("main"), st.just("light"), st.just("swap_model"), texts,
    st.sampled_from(["errors", "out_of_memory"]),
)  # fmt: skip
serveds = st.builds(
    Served,
    assigned=st.fixed_dictionaries(dict.fromkeys(STAGE_NAMES, rungs)),
    runs=st.lists(runs, max_size=6).map(tuple),
    steps=st.lists(steps, max_size=2).map(tuple),
    failures=st.lists(st.builds(Failure, texts, texts), max_size=2).map(tuple),
)


def keys_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: keys_of(part) for key, part in value.items()}
    return None


@given(documents, serveds)
def test_any_document_gives_every_key_and_follows_the_schema(document: Document, served: Served) -> None:
    result = to_result(document, served, PRODUCER)
    data = json.loads(result.to_json())
    VALIDATOR.validate(data)
    empty = to_result(Document("", "", "", "", 0, 0), Served(assigned=served.assigned), PRODUCER)
    assert keys_of(data) == keys_of(json.loads(empty.to_json()))
    assert Result.model_validate_json(result.to_json()) == result


@given(documents, serveds)
def test_boxes_stand_on_their_page_with_their_corners_in_order(document: Document, served: Served) -> None:
    for page in to_result(document, served, PRODUCER).pages:
        for line in page.lines:
            x1, y1, x2, y2 = line.bbox
            assert 0 <= x1 < x2 <= max(page.width, 0.1)
            assert 0 <= y1 < y2 <= max(page.height, 0.1)
            assert 0 <= line.confidence <= 1


@given(documents, serveds)
def test_the_plain_view_is_one_to_one(document: Document, served: Served) -> None:
    result = to_result(document, served, PRODUCER)
    views = result.ocr_view()
    assert len(views) == len(result.pages)
    for page, view in zip(result.pages, views, strict=True):
        assert [(r["text"], tuple(r["bbox"]), r["confidence"]) for r in view["results"]] == [
            (line.text, line.bbox, line.confidence) for line in page.lines
        ]
        assert view["model_version"] == result.model_version


@given(documents, serveds)
def test_what_gave_something_up_is_never_ok(document: Document, served: Served) -> None:
    result = to_result(document, served, PRODUCER)
    if not result.pages:
        assert result.status == "failed"
    elif result.degradations or any(run.rung.level for run in served.runs):
        assert result.status == "degraded"


def test_several_rungs_of_one_stage_stand_side_by_side_in_the_model_version() -> None:
    main, light = RungPlace("main", 0, "none"), RungPlace("light", 1, "swap_model")
    served = Served(
        assigned=dict.fromkeys(STAGE_NAMES, main),
        runs=(
            StageRun("text_detection", main, "model", 1, 1.0, "A", "0123456789abcdef", "onnxruntime"),
            StageRun("text_detection", light, "model", 2, 1.0, "B", "fedcba9876543210", "paddle_static"),
        ),
    )
    pages = tuple(Page(number, 10, 10) for number in (1, 2))
    result = to_result(Document("", "", "", "", 0, 2, pages), served, PRODUCER)
    assert result.model_version.startswith("text_detection=main:A@01234567+light:B@fedcba98;text_recognition=main:none")
    assert [page.rungs.text_detection for page in result.pages] == ["main", "light"]
    assert (result.stages.text_detection.rung, result.stages.text_detection.runtime) == ("light", "paddle_static")


def test_the_schema_is_the_published_one() -> None:
    """A difference needs a new `schema_version`, a CHANGELOG line, and `docpipe schema > tests/golden/schema.json`."""
    golden = json.loads((GOLDEN / "schema.json").read_text(encoding="utf-8"))
    assert golden == Result.model_json_schema(mode="serialization")
    assert golden["properties"]["schema_version"]["default"] == SCHEMA_VERSION
    assert golden["properties"]["schema_version"]["enum"][-1] == SCHEMA_VERSION


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_results_of_every_minor_version_still_load(version: str) -> None:
    text = (GOLDEN / "results" / f"{version}.json").read_text(encoding="utf-8")
    result = Result.model_validate_json(text)
    assert result.schema_version == version
    assert result.field("total_gross").value == json.loads(text)["fields"]["total_gross"]["value"] is not None
