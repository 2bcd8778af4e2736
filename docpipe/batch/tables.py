"""The results of a run as tables: JSON Lines, and CSV with one row a document and one row a line item."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from docpipe.files.atomic import atomic
from docpipe.result import FIELD_PATHS, ITEM_CELLS, Result

DOCUMENT_HEAD = ("path", "status", "pages", "pages_read", "degraded", "errors", "needs_review")
JSONL, DOCUMENTS, ITEMS = "results.jsonl", "documents.csv", "line_items.csv"


def write_jsonl(path: Path, results: Iterable[Result]) -> None:
    """Write one result a line."""
    with atomic(path) as file:
        for result in results:
            file.write(result.to_json() + "\n")


def write_documents(path: Path, results: Iterable[Result]) -> None:
    """Write one row a document: what it is, how it went, and the value of every field under its dotted path."""
    with atomic(path, newline="") as file:
        out = csv.writer(file)
        out.writerow([*DOCUMENT_HEAD, *FIELD_PATHS])
        for result in results:
            out.writerow([_safe(value) for value in (*_head(result), *_values(result))])


def write_items(path: Path, results: Iterable[Result]) -> None:
    """Write one row a line item, with the path of its document."""
    with atomic(path, newline="") as file:
        out = csv.writer(file)
        out.writerow(["path", "row", *ITEM_CELLS])
        for result in results:
            for number, item in enumerate(result.line_items, start=1):
                cells = (getattr(item, cell).value or "" for cell in ITEM_CELLS)
                out.writerow([_safe(value) for value in (result.document.path, str(number), *cells)])


def _head(result: Result) -> Iterator[str]:
    yield result.document.path
    yield result.status
    yield str(result.document.pages)
    yield str(result.document.pages_read)
    yield " ".join(dict.fromkeys(f"{d.stage}={d.to_rung}" for d in result.degradations))
    yield " ".join(dict.fromkeys(e.code for e in result.errors))
    yield " ".join(item.field for item in result.needs_review)


def _values(result: Result) -> Iterator[str]:
    for path in FIELD_PATHS:
        yield result.field(path).value or ""


def _safe(text: str) -> str:
    """Keep a spreadsheet from taking a document's text for a formula (OWASP: CSV injection); numbers stay numbers."""
    if text[:1] in ("=", "@", "\t", "\r") or (text[:1] in ("+", "-") and not text[1:].replace(".", "", 1).isdigit()):
        return "'" + text
    return text


WRITERS: dict[str, tuple[tuple[str, Callable[[Path, Iterable[Result]], None]], ...]] = {
    "json": (),
    "jsonl": ((JSONL, write_jsonl),),
    "csv": ((DOCUMENTS, write_documents), (ITEMS, write_items)),
}
"""Format to the files it adds to a run's folder. One JSON file a document is always written: resume needs it."""
