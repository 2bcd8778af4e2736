"""What the page of one document shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from docpipe.batch.cells import currency_of, decimals_of, money
from docpipe.batch.corrections import CorrectedRows, row_place
from docpipe.batch.workbook import kind_of
from docpipe.inputs.sniff import OFD
from docpipe.report.pictures import Picture
from docpipe.report.translations import field_words
from docpipe.result import (
    ITEM_CELLS,
    TAX_CELLS,
    Box,
    Degradation,
    FieldResult,
    LineItem,
    PageResult,
    Result,
    ReviewItem,
    TaxLine,
    cells_of,
)
from docpipe.stages.key_fields.rule_text import rule_text

MOST_LINES = 2500
"""Lines of a page that can be clicked; a browser is to stay quick."""
LETTERS = 0.75
"""Size of letters in heights of their line."""
ALWAYS_EDITED = frozenset({"description", "quantity", "unit_price", "net_amount", "rate", "taxable", "tax"})
"""Columns in which a person can write although no row has anything there."""


@dataclass(frozen=True, slots=True)
class Place:
    """A box in percent of its page."""

    left: float
    top: float
    width: float
    height: float

    @property
    def style(self) -> Markup:
        """Return it as CSS."""
        sides = (self.left, self.top, self.width, self.height)
        return Markup("left:{}%;top:{}%;width:{}%;height:{}%").format(*(f"{side:.3f}" for side in sides))


@dataclass(frozen=True, slots=True)
class FieldView:
    """One value: what it is, how sure, by which rule and rung, where."""

    path: str
    name: Markup
    value: str | None
    stored: str | None
    """The value as the result holds it, before it is written with its currency's decimals."""
    raw: str | None
    confidence: float
    origin: str
    rule: str | None
    rungs: str
    page: int | None
    place: Place | None
    doubts: tuple[ReviewItem, ...]

    @property
    def doubtful(self) -> bool:
        """Whether a person should look at it."""
        return bool(self.doubts)

    @property
    def by_person(self) -> bool:
        """Whether a person wrote or confirmed it."""
        return self.origin.startswith("person")


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of text that can be clicked to take its text."""

    id: str
    text: str
    place: Place
    bbox: Box


@dataclass(frozen=True, slots=True)
class PrintView:
    """A line of text, with its height in percent of the page's width."""

    text: str
    place: Place
    height: float

    @property
    def style(self) -> Markup:
        """Return it as CSS."""
        return Markup("{};font-size:{}cqw").format(self.place.style, f"{self.height * LETTERS:.3f}")


@dataclass(frozen=True, slots=True)
class PageView:
    """One page with its boxes."""

    number: int
    width: int
    height: int
    picture: Picture | None
    fields: Sequence[FieldView]
    lines: Sequence[LineView] = ()
    print: Sequence[PrintView] = ()
    """What the picture does not show, as an OFD file's characters are not drawn: the browser draws them."""


@dataclass(frozen=True, slots=True)
class RowView:
    """One row; `path` and `text` are how a correction names it."""

    cells: Sequence[FieldView | None]
    path: str = ""
    text: str = ""
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of line items or tax lines, with the columns that any of them fills."""

    columns: Sequence[tuple[str, Markup]]
    rows: Sequence[RowView]
    new: str = ""
    """The path of the next row that is added."""


@dataclass(frozen=True, slots=True)
class DocumentView:
    """Everything that the page of one document shows."""

    path: str
    anchor: str
    status: str
    fields: Sequence[FieldView]
    pages: Sequence[PageView]
    items: Rows
    tax: Rows
    degradations: Sequence[Degradation]
    stages: Sequence[tuple[str, str, int, str]]
    checks: Sequence[tuple[str, str]]
    errors: Sequence[tuple[str, str]]
    whole: Sequence[ReviewItem] = ()
    note: str = ""
    extra: dict[str, str] = field(default_factory=dict)


def view_document(
    result: Result,
    anchor: str,
    pictures: Sequence[Picture] = (),
    note: str = "",
    *,
    lines: bool = False,
    all_fields: Sequence[str] = (),
    edited: Mapping[str, CorrectedRows] | None = None,
) -> DocumentView:
    """Return what to show of a result; with `lines` also the lines of text, and of `all_fields` also missing ones.

    With `edited`, what became of its rows, it holds all of them, and their cells are shown in them alone.
    """
    by_page = {picture.page: picture for picture in pictures}
    items = _rows(result, "line_items", ITEM_CELLS, edited)
    tax = _rows(result, "tax_breakdown", TAX_CELLS, edited)
    in_rows = [cell for rows in (items, tax) for row in rows.rows if not row.removed for cell in row.cells if cell]
    views = {path: _view(result, path, found) for path, found in cells_of(result) if "[" not in path}
    views |= {view.path: view for view in in_rows}
    listed = [item.field for item in result.needs_review]
    for path in (*all_fields, *listed):
        if (
            path not in views
            and "[" not in path
            and path not in ("document", "line_items", "tax_breakdown")
            and _is_known(path)
        ):
            views[path] = _view(result, path, result.field(path))
    fields = [view for path, view in views.items() if "[" not in path or (view.doubtful and edited is None)]
    order = {path: n for n, path in enumerate(_paths())}
    fields.sort(key=lambda view: (not view.doubtful, order.get(view.path, len(order))))
    shown = {view.path for view in views.values()}
    return DocumentView(
        path=result.document.path,
        anchor=anchor,
        status=result.status,
        fields=fields,
        pages=[
            _page(page, by_page.get(page.page), list(views.values()), lines, result.document.media_type == OFD)
            for page in result.pages
        ],
        items=items,
        tax=tax,
        degradations=result.degradations,
        stages=[(name, stage.rung, stage.level, stage.served_by) for name, stage in result.stages.items()],
        checks=[(check.rule, check.message) for check in result.validations if check.outcome == "fail"],
        errors=[(error.code, error.message) for error in result.errors],
        whole=[item for item in result.needs_review if item.field not in shown],
        note=note,
    )


def _paths() -> tuple[str, ...]:
    from docpipe.batch.workbook import COLUMNS

    return COLUMNS


def _is_known(path: str) -> bool:
    return path in _paths()


def _view(result: Result, path: str, found: FieldResult) -> FieldView:
    page = next((page for page in result.pages if page.page == found.page), None)
    value = (
        money(found.value, decimals_of(currency_of(result)))
        if found.value and kind_of(path) == "money"
        else found.value
    )
    return FieldView(
        path=path,
        name=field_words(path),
        value=value,
        stored=found.value,
        raw=found.raw,
        confidence=found.confidence,
        origin=" ".join(filter(None, (found.source, found.source_id))),
        rule=rule_text(found.source_id) if found.source_id else None,
        rungs=rungs_of(result, found, page),
        page=found.page,
        place=_place(found.bbox, page),
        doubts=tuple(item for item in result.needs_review if item.field == path),
    )


def rungs_of(result: Result, found: FieldResult, page: PageResult | None) -> str:
    """Return the rungs that a value came through: of key_fields, and of those that read the text of its page."""
    if page is None:
        return f"key_fields {result.stages.key_fields.rung}"
    sources = {line.source for line in page.lines if line.id in found.line_ids}
    read = [f"text_recognition {page.rungs.text_recognition}"] if "model" in sources else []
    layer = ["text layer"] if "text_layer" in sources else []
    return ", ".join([f"key_fields {page.rungs.key_fields}", *read, *layer])


def _place(box: Box | None, page: PageResult | None) -> Place | None:
    if box is None or page is None:
        return None
    x1, y1, x2, y2 = box
    return Place(
        100 * x1 / page.width, 100 * y1 / page.height, 100 * (x2 - x1) / page.width, 100 * (y2 - y1) / page.height
    )


def _page(page: PageResult, picture: Picture | None, views: Sequence[FieldView], lines: bool, drawn: bool) -> PageView:
    return PageView(
        page.page,
        page.width,
        page.height,
        picture,
        [view for view in views if view.page == page.page and view.place is not None],
        list(_lines(page)) if lines else (),
        [PrintView(line.text, line.place, 100 * (line.bbox[3] - line.bbox[1]) / page.width) for line in _lines(page)]
        if drawn
        else (),
    )


def _lines(page: PageResult) -> Iterator[LineView]:
    for line in page.lines[:MOST_LINES]:
        place = _place(line.bbox, page)
        if place is not None:
            yield LineView(line.id, line.text, place, line.bbox)


def _rows(result: Result, name: str, cells: Sequence[str], edited: Mapping[str, CorrectedRows] | None = None) -> Rows:
    found: Sequence[LineItem | TaxLine] = getattr(result, name)
    used = {cell for row in found for cell in cells if getattr(row, cell).value is not None}
    used |= {
        place.cell or "" for item in result.needs_review if (place := row_place(item.field)) and place.table == name
    }
    if edited is not None:
        used |= ALWAYS_EDITED & set(cells)
    columns = [cell for cell in cells if cell in used]
    tables = edited[name] if edited is not None else CorrectedRows(result, name, ())
    rows = []
    for number, place in enumerate(tables.places()):
        views = []
        for cell in columns:
            field = getattr(found[number], cell)
            view = _view(result, f"{name}[{number}].{cell}", field)
            shown = edited is not None or view.value is not None or view.doubtful
            views.append(replace(view, path=f"{place.row}.{cell}") if shown else None)
        removed = (place.added, place.number) in tables.removed
        rows.append(RowView(views, place.row, tables.text(place), removed))
    return Rows([(cell, field_words(cell)) for cell in columns], rows, tables.next_added().row)
