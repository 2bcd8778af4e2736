"""The results of a run as an Excel workbook: Documents, Line items, Tax, Review, Summary.

Rows are written as they come (XlsxWriter's constant memory). What a document says is always written as text, number or
date, never as a formula or link.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docpipe.batch.cells import (
    FIELD_KINDS,
    ITEM_KINDS,
    TAX_KINDS,
    Kind,
    currency_of,
    decimals_of,
    number_of,
    places_of,
    reasons_of,
)
from docpipe.batch.results_folder import REPORT, anchor_of
from docpipe.files.atomic import atomic_path
from docpipe.files.templates import clean_text
from docpipe.result import FIELD_PATHS, Result, ReviewItem, cell_at

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MOST_TEXT = 32_000
"""Characters in a cell; Excel takes 32,767."""
MOST_LINKS = 60_000
"""Links on a sheet; Excel takes 65,530."""
MOST_ROWS = 1_048_576
FIRST = ("seller.name", "buyer.name", "invoice_number", "issue_date", "currency", "total_net", "total_tax",
         "total_gross", "due_date", "document_type")  # fmt: skip
"""What most people look for stands first."""
COLUMNS = (*FIRST, *(path for path in FIELD_PATHS if path not in FIRST))
WIDE = {"document": 32, "seller.name": 30, "buyer.name": 30, "description": 40, "field": 24, "message": 60, "value": 24,
        "review": 40, "link": 22}  # fmt: skip
OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "in_memory": False,
}  # fmt: skip


def write_workbook(path: Path, results: Iterable[Result], *, report: Path | None = None, comes: bool = False) -> None:
    """Write the workbook; its Review sheet links to `report` where that file is there, or `comes` later."""
    from xlsxwriter import Workbook

    with atomic_path(path) as new, closing(Workbook(str(new), OPTIONS)) as book:
        sheets = _Sheets(book, linked=report is not None and (comes or report.is_file()))
        for result in results:
            sheets.add(result)
        sheets.finish()


class _Sheet:
    """One sheet with a frozen head and a filter; rows come one after the other."""

    def __init__(self, book: Workbook, formats: _Formats, name: str, columns: Sequence[str], frozen: int = 1) -> None:
        self._sheet: Worksheet = book.add_worksheet(name)
        self._formats, self._columns, self._row = formats, columns, 0
        self._used: set[int] = set()
        self._links = 0
        self._sheet.freeze_panes(1, frozen)
        for number, column in enumerate(columns):
            self._sheet.set_column(number, number, WIDE.get(column, 14))
            self._sheet.write_string(0, number, column, formats.head)

    def add(self, cells: Iterable[tuple[str | int | None, Kind, int]]) -> None:
        """Add a row of values, their kinds, and the decimals of money. Beyond Excel's rows it is left out."""
        self._row += 1
        if self._row >= MOST_ROWS:
            return
        for number, (value, kind, decimals) in enumerate(cells):
            if value is not None and value != "":
                self._used.add(number)
                self._write(number, value, kind, decimals)

    def _write(self, column: int, value: str | int, kind: Kind, decimals: int) -> None:
        if isinstance(value, int):
            self._sheet.write_number(self._row, column, value)
            return
        number = number_of(value) if kind in ("money", "number") else None
        day = _day(value) if kind == "date" else None
        if number is not None:
            places = places_of(number, decimals if kind == "money" else 0)
            self._sheet.write_number(self._row, column, float(number), self._formats.number(places))
        elif day is not None:
            self._sheet.write_datetime(self._row, column, datetime(day.year, day.month, day.day), self._formats.date)
        else:
            self._sheet.write_string(self._row, column, clean_text(value, MOST_TEXT), self._formats.text)

    def link(self, column: int, target: str, text: str) -> None:
        """Put a link to a file beside the workbook into the row that was added last."""
        self._links += 1
        if self._links <= MOST_LINKS and self._row < MOST_ROWS:
            self._sheet.write_url(self._row, column, f"external:{target}", string=text)
            self._used.add(column)

    def finish(self, *, hide_empty: bool = False) -> None:
        """Set the filter, and hide the columns that no row filled."""
        self._sheet.autofilter(0, 0, min(max(self._row, 1), MOST_ROWS - 1), len(self._columns) - 1)
        for number in range(len(self._columns)) if hide_empty and self._row else ():
            if number not in self._used:
                self._sheet.set_column(number, number, None, None, {"hidden": True})


class _Formats:
    """The formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self.head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
        self.text = book.add_format({"num_format": "@"})
        self.date = book.add_format({"num_format": "yyyy-mm-dd"})
        self._numbers: dict[int, Any] = {}

    def number(self, places: int) -> Any:
        """Return the format of a number with so many decimals."""
        if places not in self._numbers:
            self._numbers[places] = self._book.add_format({"num_format": "0" + ("." + "0" * places if places else "")})
        return self._numbers[places]


class _Sheets:
    def __init__(self, book: Workbook, *, linked: bool) -> None:
        formats = _Formats(book)
        self._linked = linked
        self._documents = _Sheet(book, formats, "Documents", ("document", "status", "review", "pages", *COLUMNS))
        self._items = _Sheet(book, formats, "Line items", ("document", "row", *ITEM_KINDS, "currency"))
        self._tax = _Sheet(book, formats, "Tax", ("document", "row", *TAX_KINDS, "currency"))
        columns = ("document", "field", "value", "reason", "rival", "message", "confidence", "page", "link")
        self._review = _Sheet(book, formats, "Review", columns, frozen=2)
        self._summary = _Sheet(book, formats, "Summary", ("what", "of", "currency", "documents", "total_gross"), 0)
        self._statuses: Counter[str] = Counter()
        self._reviewed = 0
        self._totals: dict[tuple[str, str, str], tuple[int, Decimal]] = {}

    def add(self, result: Result) -> None:
        """Write all rows of one document."""
        path, currency = result.document.path, currency_of(result)
        decimals = decimals_of(currency)
        fields = ((result.field(name).value, FIELD_KINDS[name], decimals) for name in COLUMNS)
        head = _texts(path, result.status, reasons_of(result))
        self._documents.add([*head, (result.document.pages, "number", 0), *fields])
        for sheet, rows, kinds in (
            (self._items, result.line_items, ITEM_KINDS),
            (self._tax, result.tax_breakdown, TAX_KINDS),
        ):
            for number, row in enumerate(rows, 1):
                cells = [(getattr(row, cell).value, kind, decimals) for cell, kind in kinds.items()]
                sheet.add([*_texts(path), (number, "number", 0), *cells, *_texts(currency)])
        for item in result.needs_review:
            self._add_review(result, item, decimals)
        self._count(result, currency)

    def _add_review(self, result: Result, item: ReviewItem, decimals: int) -> None:
        field = _at(result, item.field)
        kind = kind_of(item.field)
        page = field.page if field is not None else None
        value = None if field is None else field.value
        self._review.add(
            [
                *_texts(result.document.path, item.field),
                (value, kind, decimals),
                *_texts(item.reason),
                (item.rival, kind, decimals),
                *_texts(item.message),
                (f"{item.confidence:.4f}", "number", 0),
                (page, "number", 0),
            ]
        )
        if self._linked:
            self._review.link(8, f"{REPORT}#{anchor_of(result.document.path)}", f"page {page}" if page else "document")

    def _count(self, result: Result, currency: str | None) -> None:
        self._statuses[result.status] += 1
        self._reviewed += bool(result.needs_review)
        total = number_of(result.field("total_gross").value)
        if total is None:
            return
        seller = result.field("seller.name").value or "?"
        month = (result.field("issue_date").value or "?")[:7]
        for what, of in (("seller", seller), ("month", month)):
            count, so_far = self._totals.get((what, of, currency or "?"), (0, Decimal(0)))
            self._totals[what, of, currency or "?"] = (count + 1, so_far + total)

    def finish(self) -> None:
        """Write the Summary sheet, filters, and hide empty columns."""
        for status, count in sorted(self._statuses.items()):
            self._summary.add([*_texts("status", status, None), (count, "number", 0)])
        self._summary.add([*_texts("to review", "", None), (self._reviewed, "number", 0)])
        for (what, of, currency), (count, total) in sorted(self._totals.items()):
            decimals = decimals_of(currency)
            amount: tuple[str, Kind, int] = (f"{total:f}", "money", decimals)
            self._summary.add([*_texts(what, of, currency), (count, "number", 0), amount])
        self._documents.finish(hide_empty=True)
        for sheet in (self._items, self._tax, self._review, self._summary):
            sheet.finish()


def kind_of(path: str) -> Kind:
    """Return what the value at a path is, whether a field or a cell of a row."""
    cell = path.rsplit(".", 1)[-1]
    return FIELD_KINDS.get(path) or ITEM_KINDS.get(cell) or TAX_KINDS.get(cell) or "text"


def _at(result: Result, path: str) -> Any:
    try:
        return cell_at(result, path)
    except KeyError:
        return None


def _texts(*values: str | None) -> Iterator[tuple[str | None, Kind, int]]:
    for value in values:
        yield value, "text", 0


def _day(value: str) -> date | None:
    """Return a date that Excel can hold: it counts days from 1900."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day.year >= 1901 else None
