"""Pages, their lines of text, and tables with their cells, all in pixels of the original page."""

from __future__ import annotations

from docpipe.result.by_stage import Rungs
from docpipe.result.frozen import Box, Frozen, Polygon


class LineResult(Frozen):
    """A run of text; `text` is never null."""

    id: str
    text: str
    confidence: float
    bbox: Box
    polygon: Polygon
    detection_confidence: float | None
    source: str


class PageResult(Frozen):
    """One page, in pixels of the original page as a viewer shows it."""

    page: int
    width: int
    height: int
    dpi: float | None
    rotation: int
    transform: tuple[float, float, float, float, float, float]
    rungs: Rungs
    lines: tuple[LineResult, ...]
    picture_hash: str | None = None
    """What the page looks like, as 64 hexadecimal digits: near-same pages differ in few bits; null in schema 1.2."""
    text_layer: str | None = None
    """Of a PDF's page: why its own text was used, or why its picture was read; null for an image."""


class CellResult(Frozen):
    """A table cell; rows and columns count from 0."""

    row: int
    col: int
    rowspan: int
    colspan: int
    header: bool
    text: str
    bbox: Box | None
    polygon: Polygon | None
    line_ids: tuple[str, ...]


class TableResult(Frozen):
    """A table found on one page."""

    id: str
    page: int
    bbox: Box
    polygon: Polygon
    rows: int
    cols: int
    html: str
    confidence: float
    source: str
    cells: tuple[CellResult, ...]
