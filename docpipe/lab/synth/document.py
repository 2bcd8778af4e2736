"""A made-up document as its maker knows it: where every run of text stands, and what each character of it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Box = tuple[float, float, float, float]
Point = tuple[float, float]
Polygon = tuple[Point, Point, Point, Point]

VALUE, LABEL = "value", "label"
OTHER = "other."
"""Begins the path of what looks like a field and is none (`other.delivery_date`): the distractors."""


@dataclass(frozen=True, slots=True)
class FieldSpan:
    """Characters `start` to `end` of a run are the value, or the printed label, of a field.

    `field` is a path of docs/result.md, without row numbers (`total_gross`, `line_items.quantity`,
    `tax_breakdown.rate`), or begins with `other.`; `row` counts the rows of `line_items` and `tax_breakdown` from 0.
    `link` is shared by a label and the values it stands for, 0 where there is none.
    """

    start: int
    end: int
    kind: str
    field: str
    row: int | None = None
    link: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Text set in one go: pixels of the page, origin top left.

    `family` is one of `metrics.FAMILIES` or "cjk"; `role` says what it is to a reader: "title", "seller", "buyer",
    "item", "total", "meta", "foot", "noise" and so on.
    """

    text: str
    box: Box
    page: int
    family: str = "sans"
    size: float = 20.0
    bold: bool = False
    italic: bool = False
    role: str = ""
    spans: tuple[FieldSpan, ...] = ()
    colour: str = "black"

    @property
    def polygon(self) -> Polygon:
        """The box as four points, clockwise from the top left."""
        x1, y1, x2, y2 = self.box
        return (x1, y1), (x2, y1), (x2, y2), (x1, y2)


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line or frame: no text. `kind` is "line", "box" or "fill"."""

    kind: str
    box: Box
    page: int
    weight: float = 1.0
    colour: str = "black"
    dash: bool = False


@dataclass(frozen=True, slots=True)
class FieldLabel:
    """A field's value as docs/result.md normalises it, and as printed (parts joined by blanks)."""

    value: str
    raw: str


Row = Mapping[str, FieldLabel]


@dataclass(frozen=True, slots=True)
class SynthDocument:
    """One made-up document.

    `pages` are (width, height) in pixels at `dpi`; `runs` are in the order they were set, page by page. `fields` holds
    every canonical field that is printed, `line_items` and `tax_breakdown` the rows with the columns that are printed.
    Documents of one `issuer_id` share letterhead, layout and formats: split training sets by it.
    """

    seed: int
    kind: str
    language: str
    country: str
    issuer_id: str
    dpi: int
    pages: tuple[tuple[int, int], ...]
    runs: tuple[Run, ...]
    rules: tuple[Rule, ...] = ()
    fields: Mapping[str, FieldLabel] = field(default_factory=dict)
    line_items: tuple[Row, ...] = ()
    tax_breakdown: tuple[Row, ...] = ()
    sums_right: bool = True
    """False: an amount is wrong on purpose."""

    def values(self) -> Iterator[tuple[Run, FieldSpan]]:
        """Iterate over all value spans, distractors included."""
        for run in self.runs:
            for span in run.spans:
                if span.kind == VALUE:
                    yield run, span
