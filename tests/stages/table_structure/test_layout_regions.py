"""A layout model that says where tables are: what becomes of its boxes, and of what geometry saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from docpipe.document import Box, Document, Page, Table, box_of
from docpipe.errors import OutOfMemory
from docpipe.runtime.protocol import ModelRef
from docpipe.stages.table_structure import TableStructure, TableStructureSettings
from docpipe.stages.table_structure.layout_regions import layout_boxes, merge_boxes
from docpipe.testing import FakeRuntime

from .drawn import GOODS, document, line, table, texts

USE = {"model_name": "SLANet_plus", "layout_model": "PP-DocLayout-S"}
SETTINGS = TableStructureSettings.model_validate(USE)
REF = ModelRef("layout_detection", "PP-DocLayout-S")
NOTHING = {"structure": ["<html>", "</html>"], "bbox": [], "structure_score": 0.1}
"""What SLANet_plus says where it sees no table: the grid is geometry's."""
GOODS_AT: Box = (80.0, 120.0, 780.0, 320.0)
"""Where `table` draws its five rows."""


def box(at: Sequence[float], score: float = 0.9, label: str = "table") -> dict[str, Any]:
    """Return one box as PaddleOCR's LayoutDetection gives it; its coordinates are numbers of numpy."""
    return {"cls_id": 8, "label": label, "score": score, "coordinate": [np.float32(v) for v in at]}


def seeing(*boxes: dict[str, Any]) -> FakeRuntime:
    return FakeRuntime({"PP-DocLayout-S": {"boxes": list(boxes)}, "SLANet_plus": NOTHING})


def run(page: Document, *boxes: dict[str, Any]) -> Document:
    return TableStructure().run(page, SETTINGS, seeing(*boxes))


def two_tables(*, ruled: bool) -> Document:
    """Return a page with the goods at the top and again further down."""
    above, below = table(ruled=ruled, at=(80, 60)), table(ruled=ruled, at=(80, 340))
    assert above.pages[0].image is not None
    assert below.pages[0].image is not None
    both = np.minimum(above.pages[0].image, below.pages[0].image)
    lines = [
        line(k, item.text, *item.box) for k, item in enumerate([*above.pages[0].lines, *below.pages[0].lines], start=1)
    ]
    page = document(None, lines, (900, 600))
    return page.with_pages([Page(1, 900, 600, np.ascontiguousarray(both), lines=page.pages[0].lines)])


def cells(item: Table) -> list[list[str]]:
    return [[cell.text for cell in item.cells if cell.row == r] for r in range(item.rows)]


def places(found: Document) -> list[Box]:
    return [box_of(item.polygon) for item in found.pages[0].tables]


def test_a_table_is_read_where_the_model_sees_it() -> None:
    """Two rows of two columns are too little for geometry; the model's word makes a table of them."""
    page = table((("Tea", "2"), ("Rice", "10")), ruled=False)
    assert run(page).pages[0].tables == ()
    found = run(page, box((80, 118, 420, 200)))
    assert texts(found) == [["Tea", "2"], ["Rice", "10"]]
    assert found.pages[0].tables[0].id == "1-t1"


def test_the_models_box_takes_the_place_of_what_geometry_saw() -> None:
    """The model leaves the last two rows out: they are not in the table, though geometry had them in."""
    whole = run(table(ruled=False))
    part = run(table(ruled=False), box((80, 118, 780, 238)))
    assert texts(whole) == [list(row) for row in GOODS]
    assert texts(part) == [list(row) for row in GOODS[:3]]


def test_two_tables_that_geometry_joins_are_told_apart() -> None:
    page = two_tables(ruled=False)
    assert len(places(run(page))) == 1
    found = run(page, box((80, 60, 780, 260)), box((80, 340, 780, 540)))
    assert [cells(item) for item in found.pages[0].tables] == [[list(row) for row in GOODS]] * 2


def test_what_only_geometry_sees_stays() -> None:
    """The model sees the lower table alone, and of that two rows only: the upper one is geometry's."""
    page = two_tables(ruled=True)
    assert len(places(run(page))) == 2
    above, below = run(page, box((80, 340, 780, 422))).pages[0].tables
    assert cells(above) == [list(row) for row in GOODS]
    assert cells(below) == [list(row) for row in GOODS[:2]]


def test_other_labels_low_scores_and_empty_places_make_no_table() -> None:
    page = document(None, [line(1, "Dear Sir or Madam,", 80, 100, 400, 120)], (900, 600))
    page = page.with_pages([Page(1, 900, 600, table((), ruled=False).pages[0].image, lines=page.pages[0].lines)])
    unsure, other = box((70, 90, 500, 200), 0.49), box((70, 90, 500, 200), 0.99, "text")
    blank = box((500, 300, 800, 500))
    assert run(page, unsure, other, blank).pages[0].tables == ()


def test_a_threshold_decides_and_reaches_the_model() -> None:
    asked: list[object] = []

    class Listening(FakeRuntime):
        def infer(self, ref: ModelRef, images: Any, options: Any = None, limit_s: Any = None) -> Any:
            asked.append((ref, options))
            return super().infer(ref, images, options, limit_s)

    runtime = Listening({"PP-DocLayout-S": {"boxes": [box(GOODS_AT, 0.4)]}, "SLANet_plus": NOTHING})
    image = table(ruled=False).pages[0].image
    assert image is not None
    assert layout_boxes(image, REF, 0.3, runtime) == [GOODS_AT]
    assert layout_boxes(image, REF, 0.5, runtime) == []
    assert asked == [(REF, {"threshold": 0.3}), (REF, {"threshold": 0.5})]


@pytest.mark.parametrize(
    ("seen", "left"),
    [
        pytest.param([box((-50, -9, 950, 700))], [(0.0, 0.0, 900.0, 600.0)], id="cut-to-the-page"),
        pytest.param([box((950, 10, 990, 60)), box((10, 10, 10.5, 60))], [], id="outside-and-thin"),
        pytest.param([box((float("nan"), 10, 90, 60))], [], id="no-number"),
        pytest.param([box((10, 10, 90, 60), label="Table")], [(10.0, 10.0, 90.0, 60.0)], id="old-spelling"),
        pytest.param(
            [box((10, 10, 400, 60), 0.6), box((10, 10, 410, 300), 0.8)], [(10.0, 10.0, 410.0, 300.0)], id="nested"
        ),
        pytest.param(
            [box((10, 300, 90, 400)), box((10, 10, 90, 60))],
            [(10.0, 10.0, 90.0, 60.0), (10.0, 300.0, 90.0, 400.0)],
            id="sorted",
        ),
    ],
)
def test_boxes_are_cut_and_freed_of_doubles(seen: list[dict[str, Any]], left: list[Box]) -> None:
    image = np.full((600, 900, 3), 255, dtype=np.uint8)
    assert layout_boxes(image, REF, 0.5, seeing(*seen)) == left
    assert layout_boxes(image, REF, 0.5, seeing(*reversed(seen))) == left


def test_a_region_over_several_boxes_of_the_model_goes() -> None:
    seen = [(0.0, 0.0, 100.0, 50.0), (0.0, 60.0, 100.0, 100.0)]
    assert merge_boxes(seen, [(0.0, 0.0, 100.0, 100.0), (0.0, 300.0, 100.0, 400.0)]) == [
        *seen,
        (0.0, 300.0, 100.0, 400.0),
    ]
    assert merge_boxes([], [(0.0, 0.0, 1.0, 1.0)]) == [(0.0, 0.0, 1.0, 1.0)]


def test_words_at_the_edge_of_a_box_are_held_whole() -> None:
    """The model's box ends inside the last column's amounts; the table's place does not."""
    page = table(ruled=False)
    right = max(item.box[2] for item in page.pages[0].lines)
    found = run(page, box((84, 124, right - 10, 316)))
    assert texts(found) == [list(row) for row in GOODS]
    assert places(found)[0][2] >= right - 4


def test_the_same_boxes_in_any_order_give_the_same_tables() -> None:
    boxes = [box((80, 60, 780, 260), 0.7), box((80, 340, 780, 540), 0.7), box((80, 60, 780, 250), 0.7)]
    assert (
        run(two_tables(ruled=False), *boxes)
        == run(two_tables(ruled=False), *reversed(boxes))
        == run(two_tables(ruled=False), *boxes)
    )


def test_out_of_memory_of_the_layout_model_is_passed_on() -> None:
    class Full(FakeRuntime):
        def infer(self, ref: ModelRef, *_: object, **__: object) -> list[dict[str, object]]:
            assert ref == REF
            raise OutOfMemory("full")

    with pytest.raises(OutOfMemory):
        TableStructure().run(table(ruled=True), SETTINGS, Full())


@pytest.mark.parametrize("lines", [0, 20])
def test_no_model_is_asked_without_an_image_or_without_text(lines: int) -> None:
    page = table(ruled=True).pages[0]
    bare = Page(1, 900, 600, None if lines else page.image, lines=page.lines[:lines])
    runtime = seeing(box(GOODS_AT))
    TableStructure().run(table(ruled=True).with_pages([bare]), SETTINGS, runtime)
    assert runtime.calls == []


def test_settings_name_both_models_and_refuse_what_would_do_nothing() -> None:
    own = TableStructureSettings.model_validate({**USE, "layout_model_dir": "/mine", "device": "gpu:0"})
    assert own.models() == (
        ModelRef("table_structure", "SLANet_plus", device="gpu:0"),
        ModelRef("layout_detection", "PP-DocLayout-S", "/mine", device="gpu:0"),
    )
    for use, message in (
        ({"rules": "lines", "layout_model": "PP-DocLayout-S"}, "goes with `model_name`"),
        ({"model_name": "SLANet_plus", "layout_model_dir": "/mine"}, "needs `layout_model`"),
        ({**USE, "layout_threshold": 0}, "greater than 0"),
        ({**USE, "layout_threshold": 1}, "less than 1"),
    ):
        with pytest.raises(ValidationError, match=message):
            TableStructureSettings.model_validate(use)
