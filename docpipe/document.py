"""What the stages hand on: a document, its pages, lines, tables and key fields, as frozen values.

All coordinates are pixels of a page's `image`: origin top left, x right, y down. That is the original page as a viewer
shows it, until a stage turns or levels it: `Page.transform` then says how, and the adapter puts every place back on the
original page. A polygon is four points, clockwise from the text's own top left; a box is (x1, y1, x2, y2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A page as the models see it: height x width x 3, BGR, 8 bits."""

Point = tuple[float, float]
Polygon = tuple[Point, Point, Point, Point]
Box = tuple[float, float, float, float]
Affine = tuple[float, float, float, float, float, float]
"""(a, b, c, d, e, f): x' = a x + c y + e, y' = b x + d y + f, as in PDF and SVG."""

IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

LineSource = Literal["model", "text_layer"]
TableSource = Literal["model", "rule"]
FieldSource = Literal["model", "rule", "table", "embedded_xml", "derived", "none"]


def box_of(polygon: Sequence[Point]) -> Box:
    """Return the upright box around a polygon."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return (min(xs), min(ys), max(xs), max(ys))


def polygon_of(box: Box) -> Polygon:
    """Return the four corners of an upright box, clockwise from the top left."""
    x1, y1, x2, y2 = box
    return ((x1, y1), (x2, y1), (x2, y2), (x1, y2))


def move_polygon(polygon: Polygon, by: Affine) -> Polygon:
    """Return a polygon's four corners, in the same order, where an affine map puts them."""
    a, b, c, d, e, f = by
    one, two, three, four = ((a * x + c * y + e, b * x + d * y + f) for x, y in polygon)
    return (one, two, three, four)


def followed_by(first: Affine, second: Affine) -> Affine:
    """Return the map that does `first` and then `second`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (g * a + i * b, h * a + j * b, g * c + i * d, h * c + j * d, g * e + i * f + k, h * e + j * f + m)


def inverse(of: Affine) -> Affine:
    """Return the map back.

    Raises:
        ZeroDivisionError: there is none.
    """
    a, b, c, d, e, f = of
    area = a * d - b * c
    a, b, c, d = d / area, -b / area, -c / area, a / area
    return (a, b, c, d, -(a * e + c * f), -(b * e + d * f))


@dataclass(frozen=True, slots=True)
class TextRegion:
    """Where text detection found a run of text. Score from 0 to 1."""

    polygon: Polygon
    score: float


@dataclass(frozen=True, slots=True)
class TextLine:
    """A run of text with its place. `id` is `<page>-<position in reading order, from 1>`."""

    id: str
    text: str
    confidence: float
    polygon: Polygon
    detection_confidence: float | None = None
    source: LineSource = "model"

    @property
    def box(self) -> Box:
        return box_of(self.polygon)


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell; rows and columns count from 0. The box may be unknown where a model gives none."""

    row: int
    col: int
    text: str = ""
    rowspan: int = 1
    colspan: int = 1
    header: bool = False
    polygon: Polygon | None = None
    line_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table on one page (numbered from 1). `html` has `<table>`, `<tr>`, `<td>` and spans only."""

    id: str
    page: int
    polygon: Polygon
    rows: int
    cols: int
    cells: tuple[TableCell, ...]
    html: str
    confidence: float
    source: TableSource


@dataclass(frozen=True, slots=True)
class KeyField:
    """A value read off the document: normalised `value`, `raw` as it stands on the page, and where it came from."""

    value: str | None = None
    raw: str | None = None
    confidence: float = 0.0
    source: FieldSource = "none"
    source_id: str | None = None
    page: int | None = None
    polygon: Polygon | None = None
    line_ids: tuple[str, ...] = ()
    label: str | None = None
    """The text of the label beside it, on the same page; None where none is known."""
    label_polygon: Polygon | None = None

    @property
    def box(self) -> Box | None:
        return box_of(self.polygon) if self.polygon else None


MISSING = KeyField()
"""What every field is that was not found."""

Row = Mapping[str, KeyField]
"""One line item or tax line: cell name to field."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a stage asks a person to look at something; the adapter lists it in `needs_review`, whatever the confidence.

    `field` is a dotted path, `line_items`, or `document` for the document as a whole.
    """

    field: str
    reason: str
    """A word of an open list: `contradiction`, `close_choice`, `several_documents`, …"""
    message: str
    """One plain sentence that names the numbers or places it speaks of."""
    rival: str | None = None
    """The value that may be right instead, normalised as the field's own, where there is one."""


@dataclass(frozen=True, slots=True)
class StructuredInvoice:
    """What an invoice says of itself in XML, exactly: an e-invoice, or one inside a PDF or OFD file."""

    syntax: str
    """`cii`, `zugferd_1`, `ubl`, `cn_digital`, `cn_ofd` or `cn_xbrl`."""
    profile: str
    """The specification that the XML names, such as `urn:factur-x.eu:1p0:minimum`; "" where it names none."""
    file: str
    """The name of the XML file."""
    sha256: str
    fields: Mapping[str, KeyField]
    line_items: tuple[Row, ...] = ()
    tax_breakdown: tuple[Row, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    """What stands in the XML and cannot be read."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A page made easier to read, of the same size: lines in `boxes` are read from both pictures, the surer is kept."""

    image: Image
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `image` is dropped once the stages that look at pixels are done with it.

    `width` and `height` are those of `image`, and all coordinates are its pixels.
    """

    number: int
    width: int
    height: int
    image: Image | None = field(default=None, compare=False, repr=False)
    dpi: float | None = None
    rotation: int = 0
    """Clockwise degrees (0, 90, 180, 270) by which the original page was turned to make its text upright."""
    transform: Affine = IDENTITY
    """From pixels of the original page to those of `image`."""
    original_size: tuple[int, int] | None = None
    """Width and height of the original page, where `image` was turned or levelled; None where it is as it was."""
    text_layer: tuple[TextLine, ...] | None = None
    """The lines of a PDF's own text, where it has any that may serve; None where it has not or must not."""
    text_layer_reason: str = ""
    """Why the text layer may serve, or why not, in words for the result and its reader."""
    text_layer_fonts: tuple[frozenset[str], ...] = ()
    """The names of the fonts that each line of the text layer is set in; empty where its letters need no check."""
    beside_text_layer: tuple[Box, ...] = ()
    """Where something is laid over the page that the text layer does not say, such as a stamp that is a picture."""
    regions: tuple[TextRegion, ...] = ()
    lines: tuple[TextLine, ...] = ()
    tables: tuple[Table, ...] = ()
    picture_hash: str = ""
    """What the original page looks like, as 64 hexadecimal digits: near-same pictures differ in few bits."""
    papers: tuple[Box, ...] = ()
    """Sheets of paper that lie apart on one ground, where there are several."""
    second_look: SecondLook | None = field(default=None, compare=False, repr=False)
    """Another picture of the page to read some places from as well, where print is dotted or lies under a stamp."""
    uncovered_by_text_layer: tuple[Box, ...] = ()
    """Where the page shows ink between or beside the text layer's lines that they do not cover, such as a logo."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document on its way through the stages. `fields` maps dotted paths (`seller.name`) to what was found there."""

    id: str
    path: str
    sha256: str
    media_type: str
    bytes: int
    page_count: int
    pages: tuple[Page, ...] = ()
    fields: Mapping[str, KeyField] = field(default_factory=dict)
    line_items: tuple[Row, ...] = ()
    tax_breakdown: tuple[Row, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What a stage wants to pass on for explanation, such as the rule pack that was chosen."""
    doubts: tuple[Doubt, ...] = ()
    """What stages ask a person to look at, in the order in which they found it."""
    invoice: StructuredInvoice | None = None
    """What the document's own XML says, where it has any that is used."""
    invoice_problem: str = ""
    """Why XML that the document has is not used, in one sentence."""

    @property
    def lines(self) -> tuple[TextLine, ...]:
        """All lines of all pages, in order."""
        return tuple(line for page in self.pages for line in page.lines)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables of all pages, in order."""
        return tuple(table for page in self.pages for table in page.tables)

    def with_pages(self, pages: Sequence[Page]) -> Document:
        """Return the same document with other pages."""
        return replace(self, pages=tuple(pages))
