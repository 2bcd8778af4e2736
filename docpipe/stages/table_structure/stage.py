"""The table_structure stage: page image and text lines in, tables out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from docpipe.document import Box, Document, Image, Page, Table, TableCell, TableSource, box_of, polygon_of
from docpipe.runtime.protocol import EngineChoice, ModelRef, Prediction, Runtime
from docpipe.stages.protocol import StageSettings
from docpipe.stages.stage_spec import StageSpec
from docpipe.stages.table_structure.bands import bands_of, join
from docpipe.stages.table_structure.geometry import grid_by_geometry
from docpipe.stages.table_structure.grid import EMPTY, Grid, GridCell, grid_of_tokens
from docpipe.stages.table_structure.layout_regions import layout_boxes, merge_boxes
from docpipe.stages.table_structure.matching import fill, html_of
from docpipe.stages.table_structure.pieces import TextPiece, runs_of, words_of
from docpipe.stages.table_structure.regions import find_regions
from docpipe.stages.table_structure.rows import text_height, text_rows
from docpipe.stages.table_structure.rulings import Rulings, find_rulings

MARGIN = 0.5
"""Of a line's height, left around a table before the model sees it."""
PLAIN_COLUMNS = 3
PLAIN_CELLS = 24
"""Without rulings, a table of so few columns or cells is left to geometry, which costs a tenth of the model."""

FORM_PLACES = 100
"""Rows x columns from which on a box may be a form rather than a table."""
FORM_FILLED = 0.5
"""A table fills more of its places with texts (0.65 to 1.2 a place on ICDAR 2013), a form fewer (0.27 to 0.44)."""


class TableStructureSettings(StageSettings):
    """What a rung may say: a model, or rules that need none. Without either no table is looked for."""

    model_name: str | None = None
    """The manifest's name, such as `SLANet_plus`."""
    model_dir: str | None = None
    engine: EngineChoice | None = None
    device: str | None = None
    rules: Literal["lines"] | None = None
    """`lines`: ruling lines and text alignment."""
    max_tables: int = 8
    """On one page; the tallest are kept."""
    layout_model: str | None = None
    """Looks for tables on the page before their structure is read, such as `PP-DocLayout-S`."""
    layout_model_dir: str | None = None
    layout_threshold: float = Field(default=0.5, gt=0, lt=1)
    """Least score of a table that `layout_model` sees; PaddleX's own default for these models."""

    @model_validator(mode="after")
    def _one_of(self) -> TableStructureSettings:
        if self.model_name and self.rules:
            raise ValueError("`model_name` and `rules` stand for two rungs; write one of them")
        if self.layout_model and not self.model_name:
            raise ValueError("`layout_model` goes with `model_name`: a rung without that asks no model")
        if self.layout_model_dir and not self.layout_model:
            raise ValueError("`layout_model_dir` needs `layout_model`, the name PaddleOCR knows that model by")
        return self

    def models(self) -> Sequence[ModelRef]:
        return tuple(ref for ref in (self.ref, self.layout_ref) if ref)

    def rules_name(self, done: Document) -> str | None:
        return self.rules

    @property
    def ref(self) -> ModelRef | None:
        """The model to ask, if any."""
        if self.model_name is None:
            return None
        return ModelRef("table_structure", self.model_name, self.model_dir, self.engine, self.device)

    @property
    def layout_ref(self) -> ModelRef | None:
        """The model that is asked where tables are, if any."""
        if self.layout_model is None:
            return None
        return ModelRef("layout_detection", self.layout_model, self.layout_model_dir, device=self.device)


@dataclass(frozen=True, slots=True)
class TableRegion:
    """A table's place, the words and rulings inside, and the grid that geometry alone shows."""

    box: Box
    words: tuple[TextPiece, ...]
    rulings: Rulings
    geometry: Grid

    @property
    def plain(self) -> bool:
        """True for a few texts with no rulings around them: a receipt's items, not worth a model's time."""
        width = self.box[2] - self.box[0]
        long = sum(1 for r in self.rulings.horizontal if r.length >= 0.6 * width)
        ruled = long >= 3 or (long >= 2 and len(self.rulings.vertical) >= 1)
        few = self.geometry.cols <= PLAIN_COLUMNS or self.geometry.rows * self.geometry.cols < PLAIN_CELLS
        return few and not ruled

    @property
    def form(self) -> bool:
        """True for a page's worth of boxes with few texts each: what stands in them shares no rows and columns.

        The model was made for tables. Of such a form it writes no grid at all, or more rows than there are rows of
        text, and that at several times the cost of a table.
        """
        places = self.geometry.rows * self.geometry.cols
        if places < FORM_PLACES:
            return False
        texts = runs_of(self.words, [(r.at, r.start, r.end) for r in self.rulings.vertical])
        return len(texts) < FORM_FILLED * places


class TableStructure:
    """Fills `page.tables` from `page.image` and `page.lines`.

    Without an image, text alignment alone decides and no model is asked; without lines there is no table, and no model
    is asked either.
    """

    name: ClassVar[str] = "table_structure"
    settings: type[TableStructureSettings] = TableStructureSettings

    def run(self, document: Document, settings: TableStructureSettings, runtime: Runtime) -> Document:
        """Return the document with the tables of each page; ids are `<page>-t<position from 1>`.

        Raises:
            OutOfMemory, StageError: from the model.
        """
        if settings.ref is None and settings.rules is None:
            return document.with_pages([replace(page, tables=()) for page in document.pages])
        return document.with_pages([_with_tables(page, settings, runtime) for page in document.pages])


def find_tables(page: Page, max_tables: int = 8, seen: Sequence[Box] = ()) -> list[TableRegion]:
    """Return where tables stand on a page, top to bottom; no model is asked.

    `seen` are boxes that a layout model gave; see `merge_boxes` for how they meet those of geometry.
    """
    gray = _gray(page.image)
    words = words_of(page.lines, gray)
    if not words:
        return []
    unit = text_height(words)
    rulings = find_rulings(gray, words, unit) if gray is not None else Rulings()
    rows = text_rows(runs_of(words, [(r.at, r.start, r.end) for r in rulings.vertical]))
    boxes = merge_boxes(
        [_around_words(box, words) for box in seen], find_regions(rows, rulings, page.width, page.height, unit)
    )
    boxes = sorted(sorted(boxes, key=lambda b: b[1] - b[3])[:max_tables], key=lambda b: (b[1], b[0]))
    regions = []
    for box in boxes:
        inside = tuple(w for w in words if box[0] <= w.xc <= box[2] and box[1] <= w.yc <= box[3])
        near = rulings.within(box, 0.5 * unit)
        regions.append(TableRegion(box, inside, near, grid_by_geometry(inside, near, box)))
    return [r for r in regions if r.geometry.rows >= 2 and r.geometry.cols >= 2]


def _with_tables(page: Page, settings: TableStructureSettings, runtime: Runtime) -> Page:
    seen_at: Sequence[Box] = ()
    if settings.layout_ref is not None and page.image is not None and any(line.text.strip() for line in page.lines):
        seen_at = layout_boxes(page.image, settings.layout_ref, settings.layout_threshold, runtime)
    regions = find_tables(page, settings.max_tables, seen_at)
    grids: list[tuple[Grid, TableSource]] = [(region.geometry, "rule") for region in regions]
    if settings.ref is not None and page.image is not None:
        for k, region in enumerate(regions):
            seen = EMPTY if region.plain or region.form else _grid_by_model(page.image, region, settings.ref, runtime)
            if seen:
                grids[k] = (seen, "model")
    tables = [
        _table(page, k, region, grid, source)
        for k, (region, (grid, source)) in enumerate(zip(regions, grids, strict=True), start=1)
    ]
    return replace(page, tables=tuple(tables))


def _table(page: Page, number: int, region: TableRegion, grid: Grid, source: TableSource) -> Table:
    filled = fill(grid, region.words, region.rulings, page.lines)
    cells = tuple(_on_paper(cell, page.width, page.height) for cell in filled)
    box = _clip(region.box, page.width, page.height)
    return Table(
        f"{page.number}-t{number}",
        page.number,
        polygon_of(box),
        grid.rows,
        grid.cols,
        cells,
        html_of(cells, grid.rows),
        grid.confidence,
        source,
    )


def _on_paper(cell: TableCell, width: int, height: int) -> TableCell:
    """Cut a cell's place to the page; without a place where nothing of it is left."""
    if cell.polygon is None:
        return cell
    box = _clip(box_of(cell.polygon), width, height)
    sound = box[2] > box[0] and box[3] > box[1]
    return replace(cell, polygon=polygon_of(box) if sound else None)


def _grid_by_model(image: Image, region: TableRegion, ref: ModelRef, runtime: Runtime) -> Grid:
    """Return the model's grid in page coordinates; an empty one where it saw none or its bands do not fit together."""
    unit = text_height(region.words)
    x1, y1, x2, y2 = region.box
    h, w = image.shape[:2]
    margin = MARGIN * unit
    outer = _clip((x1 - margin, y1 - margin, x2 + margin, y2 + margin), w, h)
    bands = bands_of(outer, region.geometry)
    crops = []
    for a, b, c, d in bands:
        crops.append(
            np.ascontiguousarray(image[int(b) : max(int(b) + 1, round(d)), int(a) : max(int(a) + 1, round(c))])
        )
    seen = runtime.infer(ref, crops)
    return join([_on_page(p, (int(band[0]), int(band[1]))) for p, band in zip(seen, bands, strict=True)])


def _on_page(prediction: Prediction, at: tuple[int, int]) -> Grid:
    boxes = [[float(v) for v in box] for box in prediction.get("bbox", ())]
    grid = grid_of_tokens(list(prediction["structure"]), boxes, float(prediction.get("structure_score", 0.0)))
    if grid.cols < 1 or grid.rows < 1:
        return EMPTY
    return replace(grid, cells=tuple(_move(cell, at) for cell in grid.cells))


def _move(cell: GridCell, at: tuple[int, int]) -> GridCell:
    if cell.box is None:
        return cell
    x1, y1, x2, y2 = cell.box
    return replace(cell, box=(x1 + at[0], y1 + at[1], x2 + at[0], y2 + at[1]))


def _around_words(box: Box, words: Sequence[TextPiece]) -> Box:
    """Widen a box to hold the words whose middles lie in it: a detector's edges may cut through letters."""
    held = [w.box for w in words if box[0] <= w.xc <= box[2] and box[1] <= w.yc <= box[3]]
    x1, y1, x2, y2 = zip(box, *held, strict=True)
    return (min(x1), min(y1), max(x2), max(y2))


def _gray(image: Image | None) -> NDArray[np.uint8] | None:
    if image is None or image.size == 0:
        return None
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _clip(box: Box, width: float, height: float) -> Box:
    return (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))


def _size(settings: TableStructureSettings, document: Document, done: Document | None) -> float | None:
    """Return the number of cells that the best rung found; nobody knows them before."""
    return None if done is None else float(sum(len(table.cells) for table in done.tables))


SPEC = StageSpec(
    TableStructure(),
    per="page",
    effects={
        "swap_model": "A lighter table model ran: spans may be wrong.",
        "reduce_input": "Tables were read at a smaller size: spans may be wrong.",
        "rules": "Tables come from rulings and alignment: spans may be wrong.",
        "disable": "No table was read; line items may be missing.",
    },
    unit="cells",
    size=_size,
    measures=("line_items", "tables", "fields"),
    default_ladder=(
        {"name": "main", "use": {"model_name": "SLANet_plus"}},
        {"name": "rules", "mode": "rules", "use": {"rules": "lines"}},
        {"name": "skip", "mode": "disable", "use": {}},
    ),
)
