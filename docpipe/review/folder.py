"""The documents of a folder as the review shows them; read again at each look, as a run may write there meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from markupsafe import Markup

from docpipe.batch.corrections import (
    MOST_ADDED,
    Action,
    CorrectedRows,
    Correction,
    Corrections,
    RowPlace,
    row_place,
)
from docpipe.batch.journal import Journal, read_result
from docpipe.batch.results_folder import anchor_of, stored_results
from docpipe.report.document_view import DocumentView, view_document
from docpipe.report.overview import Card, Overview, card_of
from docpipe.report.pictures import Picture, picture_pages
from docpipe.report.progress import moment_of, svg_of
from docpipe.result import FIELD_PATHS, Box, FieldResult, Result, cell_at
from docpipe.review.typed_value import typed_value

_OTHERS = "somebody changed the rows meanwhile; reload the page"
_REMOVED = "this row was removed meanwhile; reload the page"
WHOLE = ("document", "line_items", "tax_breakdown")
"""What a reason may be about that is no single field: it can be accepted only."""


class Conflict(Exception):
    """Somebody else changed the field, or the document was read again. Carries the value that stands there now."""

    def __init__(self, message: str, now: str | None) -> None:
        super().__init__(message)
        self.now = now


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants: `old` is the value that the page showed."""

    field: str
    old: str | None
    text: str
    sha256: str
    action: Action = "correct"
    page: int | None = None
    bbox: Box | None = None
    line_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    output: str
    file: str
    sha256: str


class ReviewFolder:
    """Documents and corrections of one folder. Safe from any thread."""

    def __init__(self, out: Path, who: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Read which documents there are.

        Raises:
            UsageError: the folder holds no results.
        """
        self.out, self._who, self._clock = out, who, clock
        self.corrections = Corrections(out)
        self._lock = threading.RLock()
        self._places: dict[str, _Place] = {}
        self.cards()

    def cards(self) -> tuple[list[Card], Overview, list[Result]]:
        """Return a card for each document, those to review first, and the counts."""
        with self._lock:
            entries = Journal(self.out).entries()
            known = {output: entry for entry in entries.values() for output in entry.outputs}
            overview, found, results = Overview(), [], []
            for stored in stored_results(self.out, corrected=True):
                path = stored.result.document.path
                entry = known.get(stored.output)
                sha256 = stored.result.document.sha256 if entry is None else entry.sha256
                self._places[anchor_of(path)] = _Place(stored.output, stored.file, sha256)
                first = next((page.page for page in stored.result.pages), 1)
                thumb = f"pages/{sha256[:16]}-t{first}.jpg" if stored.file else ""
                found.append(card_of(stored.result, anchor_of(path), thumb))
                overview.add(stored.result)
                results.append(stored.result)
            return sorted(found, key=lambda card: card.order), overview, results

    def progress(self, results: list[Result]) -> Markup:
        """Return the picture of how the run went."""
        return svg_of([moment_of(result) for result in results])

    def result(self, anchor: str) -> tuple[Result, Result]:
        """Return a document's result as it was read, and as it is corrected.

        Raises:
            KeyError: there is no such document, or its result is gone.
        """
        place = self._places[anchor]
        result = read_result(self.out / place.output)
        if result is None:
            raise KeyError(anchor)
        return result, self.corrections.apply(result, place.output)

    def view(self, anchor: str) -> DocumentView:
        """Return what the page of a document shows.

        Raises:
            KeyError: there is no such document.
        """
        with self._lock:
            read, _ = self.result(anchor)
            result, rows = self.corrections.apply_to_all_rows(read, self._places[anchor].output)
        pictures, note = self.pictures(anchor)
        view = view_document(result, anchor, pictures, note, lines=True, all_fields=FIELD_PATHS, edited=rows)
        view.extra.update(sha256=read.document.sha256, anchor=anchor)
        return view

    def pictures(self, anchor: str) -> tuple[list[Picture], str]:
        """Return the pictures of a document's pages, made now where they are not there, or why there are none."""
        place = self._places[anchor]
        return picture_pages(place.file, place.sha256, self.out / "report")

    def picture(self, name: str) -> Path | None:
        """Return the file of a picture; None where there is none of that name."""
        file = self.out / "report" / "pages" / name
        if not file.is_file():
            for anchor, place in list(self._places.items()):
                if place.sha256[:16] == name.split("-")[0]:
                    self.pictures(anchor)
                    break
        return file if file.is_file() else None

    def change(self, anchor: str, wish: Wish) -> str | None:
        """Write a correction and return the value that stands there now; it is on the disk when this returns.

        Raises:
            KeyError: there is no such document or field.
            Conflict: the page showed another value, or another reading of other content.
            ValueError: the text is no value of that field.
            OSError: it cannot be written.
        """
        with self._lock, self.corrections.lock():
            read, result = self.result(anchor)
            if read.document.sha256 != wish.sha256:
                raise Conflict("the document was read again with other content; reload the page", None)
            place = self._places[anchor]
            rows = self.corrections.apply_to_all_rows(read, place.output)[1]
            now, new = _values(wish, result, rows)
            self.corrections.add(
                Correction(
                    at=self._clock().isoformat(timespec="seconds"),
                    who=self._who,
                    output=place.output,
                    sha256=read.document.sha256,
                    path=read.document.path,
                    field=wish.field,
                    old=now,
                    new=new,
                    action=wish.action,
                    page=wish.page,
                    bbox=wish.bbox,
                    line_ids=wish.line_ids,
                )
            )
            return new


def _values(wish: Wish, result: Result, rows: Mapping[str, CorrectedRows]) -> tuple[str | None, str | None]:
    """Return what stands there now and what is to stand there.

    Raises:
        KeyError: there is no such field or row.
        Conflict: the page showed something else.
        ValueError: it is no value of that field, or nothing that can be done with it.
    """
    at = row_place(wish.field)
    if at is not None and at.cell is None:
        return _row_values(wish, at, rows[at.table]), None
    if wish.action not in ("correct", "accept"):
        raise ValueError("only whole rows are added and removed")
    if at is None and (wish.field in WHOLE or wish.field.startswith("document.")):
        if wish.action != "accept":
            raise ValueError("this can be accepted only")
        return None, None
    now = cell_at(result, wish.field).value if at is None else _cell_value(at, rows[at.table])
    new = now if wish.action == "accept" else typed_value(wish.field, wish.text)
    if now != wish.old and now != new:
        raise Conflict(f"somebody wrote {now or 'nothing'} meanwhile; save again to replace it", now)
    return now, new


def _cell_value(at: RowPlace, table: CorrectedRows) -> str | None:
    row = table.row(at)
    if row is None or at.cell is None or at.cell not in type(row).model_fields:
        raise KeyError(at.row)
    if (at.added, at.number) in table.removed:
        raise Conflict(_REMOVED, None)
    found: FieldResult = getattr(row, at.cell)
    return found.value


def _row_values(wish: Wish, at: RowPlace, table: CorrectedRows) -> str | None:
    """Return what the row said when it was read."""
    if wish.action == "add" and at.added and at not in table.places():
        if at.number >= MOST_ADDED:
            raise ValueError(f"at most {MOST_ADDED} rows can be added")
        if at != table.next_added():
            raise Conflict(_OTHERS, None)
        return None
    if wish.action == "add" and (at.added, at.number) not in table.removed:
        raise Conflict(_OTHERS, None)
    if wish.action not in ("add", "remove"):
        raise ValueError("a row is added or removed; its cells are corrected")
    if table.row(at) is None:
        raise KeyError(at.row)
    return table.text(at)
