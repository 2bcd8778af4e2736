"""The stage as the pipeline calls it: what it finds, what it leaves alone, how long it can take."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from docpipe.document import Document
from docpipe.errors import OutOfMemory
from docpipe.runtime.protocol import ModelRef
from docpipe.stages.table_structure import TableStructure, TableStructureSettings
from docpipe.testing import FakeRuntime

from .drawn import GOODS, document, line, table, texts

RULES = TableStructureSettings(rules="lines")
MAIN = TableStructureSettings(model_name="SLANet_plus")


def run(page: Document, settings: TableStructureSettings = RULES) -> Document:
    return TableStructure().run(page, settings, FakeRuntime())


@pytest.mark.parametrize(
    ("filled", "calls"), [((0, 3), []), ((0, 1, 2, 3, 4), [("SLANet_plus", 1)])], ids=["form", "table"]
)
def test_no_model_is_asked_about_a_form(filled: tuple[int, ...], calls: list[tuple[str, int]]) -> None:
    """A page of boxes most of which are empty is no table: geometry reads it, at a fraction of the model's cost."""
    rows = [["word" if (c + r) % 5 in filled else "" for c in range(5)] for r in range(25)]
    runtime = FakeRuntime({"SLANet_plus": {"structure": ["<html>", "</html>"], "bbox": [], "structure_score": 0.1}})
    found = TableStructure().run(table(rows, ruled=True, size=(900, 1200)), MAIN, runtime)
    (only,) = found.pages[0].tables
    assert (only.rows, only.cols, only.source) == (25, 5, "rule")
    assert runtime.calls == calls


@pytest.mark.parametrize("whole_rows", [False, True], ids=["lines-by-cell", "lines-by-row"])
@pytest.mark.parametrize("ruled", [True, False], ids=["ruled", "unruled"])
def test_rules_read_a_goods_table(ruled: bool, whole_rows: bool) -> None:
    """With rulings or without, with one line a cell or one a row, each cell has its own text."""
    found = run(table(ruled=ruled, whole_rows=whole_rows))
    assert texts(found) == [list(row) for row in GOODS]
    assert found.pages[0].tables[0].source == "rule"


def test_a_merged_cell_spans_its_columns() -> None:
    """A frame without the inner ruling is one cell, and the HTML says so."""
    rows = (("Goods", "", "Figures", "", ""), *GOODS)
    found = run(table(rows, ruled=True, spans=[(0, 0, 1), (0, 2, 4)])).pages[0].tables[0]
    assert [(c.col, c.colspan, c.text) for c in found.cells if c.row == 0] == [(0, 2, "Goods"), (2, 3, "Figures")]
    assert found.html.startswith('<table><tr><td colspan="2">Goods</td><td colspan="3">Figures</td></tr>')


def test_cells_stay_on_the_page_and_name_their_lines() -> None:
    """Every text's line is named by exactly one cell, and cells lie inside the page."""
    page = table(ruled=True)
    found = run(page).pages[0]
    named = [i for cell in found.tables[0].cells for i in cell.line_ids]
    assert sorted(named) == sorted(item.id for item in page.pages[0].lines)
    for cell in found.tables[0].cells:
        assert cell.polygon is not None
        assert all(0 <= x <= found.width and 0 <= y <= found.height for x, y in cell.polygon)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(document(Image.new("RGB", (300, 200), "white"), []), id="no-lines"),
        pytest.param(document(None, []), id="no-image"),
        pytest.param(document(Image.new("RGB", (1, 1)), [line(1, "x", 0, 0, 1, 1)]), id="one-pixel"),
        pytest.param(document(Image.new("RGB", (300, 9)), [line(1, "a b c", 0, 0, 300, 9)]), id="a-strip"),
        pytest.param(document(None, [line(1, "", 5, 5, 50, 20), line(2, " ", 5, 30, 50, 30)]), id="empty-texts"),
        pytest.param(
            document(None, [line(k, "TOTAL 5.00", 5, 30 * k, 150, 30 * k + 20) for k in range(9)]), id="prose"
        ),
    ],
)
@pytest.mark.parametrize("settings", [RULES, MAIN], ids=["rules", "main"])
def test_a_page_without_a_table_gives_none_and_asks_no_model(page: Document, settings: TableStructureSettings) -> None:
    runtime = FakeRuntime()
    assert TableStructure().run(page, settings, runtime).pages[0].tables == ()
    assert runtime.calls == []


def test_without_an_image_alignment_alone_finds_the_table() -> None:
    """Lines of a text layer need no pixels."""
    page = document(None, table(ruled=False).pages[0].lines)
    assert texts(run(page)) == [list(row) for row in GOODS]
    assert texts(run(page, MAIN)) == [list(row) for row in GOODS]


@pytest.mark.parametrize("settings", [RULES, MAIN, TableStructureSettings()], ids=["rules", "main", "none"])
def test_the_input_is_left_unchanged(settings: TableStructureSettings) -> None:
    page = table(ruled=True)
    before, pixels = copy.deepcopy(page), np.array(page.pages[0].image)
    runtime = FakeRuntime({"SLANet_plus": {"structure": ["<tr>", "<td></td>", "</tr>"], "bbox": [[0, 0, 9, 9]]}})
    found = TableStructure().run(page, settings, runtime)
    assert page == before
    assert np.array_equal(pixels, page.pages[0].image)
    assert found.pages[0].lines is page.pages[0].lines


def test_the_same_page_gives_the_same_tables() -> None:
    assert run(table(ruled=True)) == run(table(ruled=True))


def test_a_model_that_sees_nothing_leaves_the_table_to_geometry() -> None:
    """An empty prediction is no table; the rung still gives what the rulings show."""
    runtime = FakeRuntime({"SLANet_plus": {"structure": ["<html>", "</html>"], "bbox": [], "structure_score": 0.1}})
    found = TableStructure().run(table(ruled=True), MAIN, runtime)
    assert texts(found) == [list(row) for row in GOODS]
    assert found.pages[0].tables[0].source == "rule"
    assert runtime.calls == [("SLANet_plus", 1)]


def test_boxes_of_a_model_are_cut_to_the_page() -> None:
    """A model's box may lie partly or wholly outside; the first is cut, the second dropped."""
    boxes = [[-500, -500, 5000, 5000], [9000, 9000, 9500, 9500]]
    structure = ["<tr>", "<td></td>", "<td></td>", "</tr>"]
    runtime = FakeRuntime({"SLANet_plus": {"structure": structure, "bbox": boxes, "structure_score": 0.9}})
    (only,) = TableStructure().run(table(ruled=True), MAIN, runtime).pages[0].tables
    for cell in (c for c in only.cells if c.polygon):
        assert all(0 <= x <= 900 and 0 <= y <= 600 for x, y in cell.polygon or ())


def test_out_of_memory_is_passed_on() -> None:
    class Full(FakeRuntime):
        def infer(self, *_: object, **__: object) -> list[dict[str, object]]:
            raise OutOfMemory("full")

    with pytest.raises(OutOfMemory):
        TableStructure().run(table(ruled=True), MAIN, Full())


def test_a_page_of_ten_thousand_lines_is_bounded() -> None:
    """A hostile page gives tables of a bounded size, or none, and does not raise."""
    lines = [
        line(k, f"{k} {k}", 10 + 83 * (k % 100), 10 + 7 * (k // 100), 80 + 83 * (k % 100), 16 + 7 * (k // 100))
        for k in range(10_000)
    ]
    found = run(document(None, lines, (8400, 800)))
    assert sum(len(t.cells) for t in found.pages[0].tables) <= 12_000


@pytest.mark.parametrize("angle", [90, 2])
def test_a_turned_page_does_not_raise(angle: int) -> None:
    """Text that stands on its side or slants is no table, or a poor one, never an error."""
    upright = table(ruled=True).pages[0]
    image = Image.fromarray(np.ascontiguousarray(upright.image)).rotate(angle, expand=True, fillcolor="white")
    lines = [
        line(k, item.text, item.box[1], 900 - item.box[2], item.box[3], 900 - item.box[0])
        for k, item in enumerate(upright.lines)
    ]
    assert len(run(document(image, lines)).pages) == 1


def test_settings_name_the_model_and_refuse_two_rungs_in_one() -> None:
    assert MAIN.models() == (ModelRef("table_structure", "SLANet_plus"),)
    assert RULES.models() == TableStructureSettings().models() == ()
    with pytest.raises(ValidationError, match="two rungs"):
        TableStructureSettings(model_name="SLANet_plus", rules="lines")


@pytest.mark.models
def test_slanet_plus_reads_a_goods_table(tmp_path: Path) -> None:
    """The packaged model, through PaddleOCR's own class, on a table with a merged head."""
    from docpipe.runtime.paddle import PaddleRuntime
    from docpipe.runtime.settings import RuntimeSettings

    runtime = PaddleRuntime(RuntimeSettings(cache_dir=str(tmp_path), cpu_threads=1))
    try:
        runtime.load(MAIN.models()[0])
        rows = (("Goods", "", "Figures", "", ""), *GOODS)
        found = TableStructure().run(table(rows, ruled=True, spans=[(0, 0, 1), (0, 2, 4)]), MAIN, runtime)
    finally:
        runtime.close()
    assert texts(found)[1:] == [list(row) for row in GOODS]
    (only,) = found.pages[0].tables
    assert only.source == "model"
    assert [(c.col, c.colspan, c.text) for c in only.cells if c.row == 0] == [(0, 2, "Goods"), (2, 3, "Figures")]
