"""What people corrected: `corrections.jsonl` beside the results, one line a correction, never rewritten.

A correction names the file's content, so it also holds for a later result of the same document; the last one about a
field counts. `accept` says that the value was looked at and is right.

Whole rows are added and removed, too. A row that was read keeps its number in here whatever happens to others, as
`line_items[2]`; one that a person added has a number of its own, as `line_items[+0]`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from docpipe.files.append import append_line
from docpipe.result import FIELD_PATHS, Box, FieldResult, Fields, LineItem, Result, ReviewItem, TaxLine

NAME = "corrections.jsonl"
PERSON = "person"
"""The `source` of a value that a person wrote or confirmed."""
MOST_CHARACTERS = 10_000
"""Of a corrected value."""

MOST_ADDED = 1000
"""Rows that are added to one table of a document."""

Action = Literal["correct", "accept", "add", "remove"]
_ROW = re.compile(r"(line_items|tax_breakdown)\[(\+?)(\d{1,6})\](?:\.(\w+))?")
ROW_TYPES: dict[str, type[LineItem | TaxLine]] = {"line_items": LineItem, "tax_breakdown": TaxLine}


@dataclass(frozen=True, slots=True)
class RowPlace:
    """A row, or a cell of one."""

    table: str
    added: bool
    number: int
    cell: str | None = None

    @property
    def row(self) -> str:
        """The path of the row."""
        return f"{self.table}[{'+' if self.added else ''}{self.number}]"


def row_place(path: str) -> RowPlace | None:
    """Return the row that a path such as `line_items[2].quantity` or `line_items[+0]` is of; None for a field."""
    match = _ROW.fullmatch(path)
    return None if match is None else RowPlace(match[1], bool(match[2]), int(match[3]), match[4])


def row_text(row: LineItem | TaxLine) -> str:
    """Return what a row says, to know it again: a document that is read again may come out with other rows."""
    return " | ".join(getattr(row, cell).value or "" for cell in type(row).model_fields)[:MOST_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Correction:
    """One field of one document: who changed it when, from what, to what; `new` is None where nothing stands there."""

    at: str
    """The moment, UTC, as ISO 8601."""
    who: str
    output: str
    """The result's file, below the folder of results."""
    sha256: str
    """Of the document."""
    path: str
    """The document's own."""
    field: str
    """A dotted path, or a cell as `line_items[0].net_amount`."""
    old: str | None
    new: str | None
    action: Action = "correct"
    page: int | None = None
    bbox: Box | None = None
    line_ids: tuple[str, ...] = ()


class Corrections:
    """The corrections of one folder of results."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._read_until = 0
        self._by_document: dict[tuple[str, str], dict[str, Correction]] = {}

    def add(self, correction: Correction) -> None:
        """Write a correction to the disk before this returns.

        Raises:
            OSError: it cannot be written; nothing is changed then.
        """
        append_line(self.path, json.dumps(asdict(correction), ensure_ascii=False), durable=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from adding corrections in the meantime, where the system has such locks (POSIX)."""
        try:
            import fcntl
        except ImportError:
            yield
            return
        with open(self.path, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def of(self, result: Result, output: str) -> Mapping[str, Correction]:
        """Return the last correction of each field of a result that lies in `output`."""
        self._refresh()
        return self._by_document.get((output, result.document.sha256), {})

    def apply(self, result: Result, output: str) -> Result:
        """Return a result as people corrected it."""
        return apply_corrections(result, self.of(result, output).values())

    def apply_to_all_rows(self, result: Result, output: str) -> tuple[Result, Mapping[str, CorrectedRows]]:
        """Return the same with every row in its place, also removed and empty ones, and what became of the rows."""
        found = list(self.of(result, output).values())
        tables = {name: CorrectedRows(result, name, found) for name in ROW_TYPES}
        return apply_corrections(result, found, all_rows=True), tables

    def documents(self) -> Sequence[tuple[str, str]]:
        """Return output and content hash of each document that somebody looked at."""
        self._refresh()
        return list(self._by_document)

    def _refresh(self) -> None:
        """Take in the lines that were added since; a torn one is passed over."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._read_until)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data.rfind(b"\n") + 1
        self._read_until += whole
        for correction in _parse(data[:whole].split(b"\n")):
            found = self._by_document.setdefault((correction.output, correction.sha256), {})
            found.pop(correction.field, None)
            found[correction.field] = correction


def _parse(lines: Iterable[bytes]) -> Iterator[Correction]:
    for line in lines:
        try:
            data: dict[str, Any] = json.loads(line)
            box = data.get("bbox")
            x1, y1, x2, y2 = map(float, box) if box else (0.0, 0.0, 0.0, 0.0)
            data |= {"bbox": (x1, y1, x2, y2) if box else None, "line_ids": tuple(data.get("line_ids") or ())}
            correction = Correction(**data)
            if _whole(correction):
                yield correction
        except (ValueError, TypeError, AttributeError, RecursionError):
            continue


def _whole(correction: Correction) -> bool:
    """Say whether a line that somebody may have edited holds texts where texts belong."""
    texts = (correction.at, correction.who, correction.output, correction.sha256, correction.path, correction.field)
    values = (correction.old, correction.new)
    return all(isinstance(text, str) for text in texts) and all(v is None or isinstance(v, str) for v in values)


def apply_corrections(result: Result, corrections: Iterable[Correction], *, all_rows: bool = False) -> Result:
    """Return a result as people left it: their values have source `person` and confidence 1, and need no review.

    Rows that were removed are gone, unless `all_rows`; those that were added stand last. A cell of a row that the
    result lacks is passed over.
    """
    corrections = list(corrections)
    if not corrections:
        return result
    tables = {name: CorrectedRows(result, name, corrections) for name in ROW_TYPES}
    fields = result.fields
    seen: set[str] = set()
    for one in corrections:
        if row_place(one.field) is not None:
            continue
        if one.field in FIELD_PATHS:
            fields = _with_field(fields, one)
            seen.add(one.field)
        elif one.action == "accept":  # of the document, or of all rows
            seen.add(one.field)
    left = []
    for item in result.needs_review:
        place = row_place(item.field)
        kept = item if place is None else tables[place.table].renumber(item, place, all_rows)
        if kept is not None and item.field not in seen:
            left.append(kept)
    rows = {name: table.all() if all_rows else table.left() for name, table in tables.items()}
    return result.model_copy(update={"fields": fields, **rows, "needs_review": tuple(left)})


class CorrectedRows:
    """The line items, or the tax lines, of one result with what people made of them, by their lasting numbers."""

    def __init__(self, result: Result, table: str, corrections: Iterable[Correction]) -> None:
        self._table = table
        self._as_read = getattr(result, table)
        self.read: list[Any] = list(self._as_read)
        self.added: dict[int, Any] = {}
        self.removed: set[tuple[bool, int]] = set()
        self._seen: set[str] = set()
        empty = ROW_TYPES[table]()
        for one in corrections:
            place = row_place(one.field)
            if place is None or place.table != table:
                continue
            if place.added and place.number < MOST_ADDED:
                self.added.setdefault(place.number, empty)
            row = self.row(place)
            if row is None:
                continue
            if place.cell is None:
                same = place.added or one.old == self.text(place)
                if one.action == "remove" and same:  # else it is another row by now
                    self.removed.add((place.added, place.number))
            elif place.cell in type(row).model_fields:
                self._put(place, row.model_copy(update={place.cell: _value(one, getattr(row, place.cell))}))
                self._seen.add(one.field)

    def row(self, place: RowPlace) -> Any:
        """Return a row, removed or not; None where there is none of that number."""
        if place.added:
            return self.added.get(place.number)
        return self.read[place.number] if place.number < len(self.read) else None

    def _put(self, place: RowPlace, row: Any) -> None:
        if place.added:
            self.added[place.number] = row
        else:
            self.read[place.number] = row

    def places(self) -> list[RowPlace]:
        """Return where all rows stand, in order, removed ones included."""
        read = [RowPlace(self._table, False, n) for n in range(len(self.read))]
        return [*read, *(RowPlace(self._table, True, n) for n in sorted(self.added))]

    def text(self, place: RowPlace) -> str:
        """Return what a row said as it was read, by which it is known again; "" for one that was added."""
        return "" if place.added else row_text(self._as_read[place.number])

    def next_added(self) -> RowPlace:
        """Return where the next row that is added will stand."""
        return RowPlace(self._table, True, max(self.added, default=-1) + 1)

    def all(self) -> tuple[Any, ...]:
        """Return every row, in the order of `places`."""
        return (*self.read, *(row for _, row in sorted(self.added.items())))

    def left(self) -> tuple[Any, ...]:
        """Return the rows that stand in the end: none that was removed, none that was added and left empty."""
        read = [row for n, row in enumerate(self.read) if (False, n) not in self.removed]
        added = [row for n, row in sorted(self.added.items()) if (True, n) not in self.removed]
        return (*read, *(row for row in added if any(getattr(row, cell).value for cell in type(row).model_fields)))

    def renumber(self, item: ReviewItem, place: RowPlace, all_rows: bool) -> ReviewItem | None:
        """Return what is to be reviewed of a row, by its number among those left; None where that is done."""
        if item.field in self._seen or (False, place.number) in self.removed:
            return None
        if all_rows:
            return item
        before = sum((False, n) in self.removed for n in range(place.number))
        cell = f".{place.cell}" if place.cell else ""
        return item.model_copy(update={"field": f"{place.table}[{place.number - before}]{cell}"}) if before else item


def _value(one: Correction, before: FieldResult) -> FieldResult:
    if one.new is None:
        return FieldResult()
    if one.action == "accept" or one.new == before.value:
        return before.model_copy(update={"value": one.new, "confidence": 1.0, "source": PERSON, "source_id": one.who})
    return FieldResult(
        value=one.new, raw=one.new, confidence=1.0, source=PERSON, source_id=one.who,
        page=one.page, bbox=one.bbox, line_ids=one.line_ids,
    )  # fmt: skip


def _with_field(fields: Fields, one: Correction) -> Fields:
    *groups, name = one.field.split(".")
    holder = getattr(fields, groups[0]) if groups else fields
    changed = holder.model_copy(update={name: _value(one, getattr(holder, name))})
    return fields.model_copy(update={groups[0]: changed}) if groups else changed
