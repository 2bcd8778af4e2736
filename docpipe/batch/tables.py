"""The results of a run as tables: JSON Lines, and CSV with one row a document and one row a line item."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from docpipe.batch.cells import FIELD_KINDS, ITEM_KINDS, Kind, currency_of, decimals_of, money, reasons_of
from docpipe.batch.results_folder import REPORT
from docpipe.files.atomic import atomic
from docpipe.result import FIELD_PATHS, ITEM_CELLS, Result
from docpipe.views import azure_view, compact_view, shares_view

DOCUMENT_HEAD = ("path", "status", "pages", "pages_read", "degraded", "errors", "needs_review", "review")
JSONL, DOCUMENTS, ITEMS = "results.jsonl", "documents.csv", "line_items.csv"
BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written."""

    delimiter: str = ","
    line_break: str = "\n"
    bom: bool = False
    """Whether the file begins with a byte order mark, without which Excel does not see that it is UTF-8."""
    point: str = "."
    report_comes: bool = False
    """Whether a workbook may link to a report that is written after it."""


DIALECTS: Mapping[str, Dialect] = {
    "unix": Dialect(),
    "excel": Dialect(line_break="\r\n", bom=True),
    "excel-semicolon": Dialect(delimiter=";", line_break="\r\n", bom=True, point=","),
}
"""For programs; for Excel; for Excel where a comma is the decimal sign, as in most of Europe."""
UNIX = DIALECTS["unix"]


def dialect_of(path: Path) -> Dialect:
    """Return the dialect in which a CSV file is written; the first one for any other file."""
    with path.open("rb") as file:
        head = file.readline(4096)
    return next((d for d in DIALECTS.values() if d.bom and head.startswith(f"{BOM}path{d.delimiter}".encode())), UNIX)


def write_jsonl(path: Path, results: Iterable[Result]) -> None:
    """Write one result a line."""
    with atomic(path) as file:
        for result in results:
            file.write(result.to_json() + "\n")


def write_documents(path: Path, results: Iterable[Result], dialect: Dialect = UNIX) -> None:
    """Write one row a document: what it is, how it went, and the value of every field under its dotted path."""
    with atomic(path, newline="") as file:
        out = _writer(file, dialect)
        out.writerow([*DOCUMENT_HEAD, *FIELD_PATHS])
        for result in results:
            values = {name: result.field(name).value for name in FIELD_PATHS}
            out.writerow([*map(_safe, _head(result)), *_values(values, FIELD_KINDS, result, dialect)])


def write_items(path: Path, results: Iterable[Result], dialect: Dialect = UNIX) -> None:
    """Write one row a line item, with the path of its document."""
    with atomic(path, newline="") as file:
        out = _writer(file, dialect)
        out.writerow(["path", "row", *ITEM_CELLS])
        for result in results:
            for number, item in enumerate(result.line_items, start=1):
                values = {cell: getattr(item, cell).value for cell in ITEM_CELLS}
                out.writerow([_safe(result.document.path), str(number), *_values(values, ITEM_KINDS, result, dialect)])


def _writer(file: IO[str], dialect: Dialect) -> Any:
    if dialect.bom:
        file.write(BOM)
    return csv.writer(file, delimiter=dialect.delimiter, lineterminator=dialect.line_break)


def _head(result: Result) -> Iterator[str]:
    yield result.document.path
    yield result.status
    yield str(result.document.pages)
    yield str(result.document.pages_read)
    yield " ".join(dict.fromkeys(f"{d.stage}={d.to_rung}" for d in result.degradations))
    yield " ".join(dict.fromkeys(e.code for e in result.errors))
    yield " ".join(item.field for item in result.needs_review)
    yield reasons_of(result)


def _values(
    values: Mapping[str, str | None], kinds: Mapping[str, Kind], result: Result, dialect: Dialect
) -> Iterator[str]:
    decimals = decimals_of(currency_of(result))
    for name, value in values.items():
        text = money(value, decimals) if kinds[name] == "money" else value or ""
        text = _safe(text)
        yield text.replace(".", dialect.point) if kinds[name] in ("money", "number") else text


def _safe(text: str) -> str:
    """Keep a spreadsheet from taking a document's text for a formula (OWASP: CSV injection); numbers stay numbers."""
    if text[:1] in ("=", "@", "\t", "\r") or (text[:1] in ("+", "-") and not text[1:].replace(".", "", 1).isdigit()):
        return "'" + text
    return text


Writer = Callable[[Path, Iterable[Result], Dialect], None]


def _plain(write: Callable[[Path, Iterable[Result]], None]) -> Writer:
    """Return a writer that no dialect changes."""
    return lambda path, results, dialect: write(path, results)


def _workbook(path: Path, results: Iterable[Result], dialect: Dialect) -> None:
    from docpipe.batch.workbook import write_workbook

    write_workbook(path, results, report=path.parent / REPORT, comes=dialect.report_comes)


def _view(view: Callable[[Result], Mapping[str, Any]]) -> Writer:
    """Return a writer of one view a line."""

    def write(path: Path, results: Iterable[Result], dialect: Dialect) -> None:
        with atomic(path) as file:
            for result in results:
                file.write(json.dumps(view(result), ensure_ascii=False) + "\n")

    return write


def line_of(format_name: str) -> Callable[[Result], str]:
    """Return what makes a result one line of a format, as standard output gets it."""
    view = VIEWS.get(format_name)
    return Result.to_json if view is None else lambda result: json.dumps(view(result), ensure_ascii=False)


VIEWS: Mapping[str, Callable[[Result], Mapping[str, Any]]] = {
    "compact": compact_view,
    "azure": azure_view,
    "shares": shares_view,
}
"""Other shapes of a result, one object a line."""

WRITERS: dict[str, tuple[tuple[str, Writer], ...]] = {
    "json": (),
    "jsonl": ((JSONL, _plain(write_jsonl)),),
    "csv": ((DOCUMENTS, write_documents), (ITEMS, write_items)),
    "xlsx": (("documents.xlsx", _workbook),),
    **{name: ((f"{name}.jsonl", _view(view)),) for name, view in VIEWS.items()},
}
"""Format to the files it adds to a run's folder. One JSON file a document is always written: resume needs it."""
