"""What people corrected: `corrections.jsonl` beside the results, one line a correction, never rewritten.

A correction names the file's content, so it also holds for a later result of the same document; the last one about a
field counts. `accept` says that the value was looked at and is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from docpipe.files.append import append_line
from docpipe.result import FIELD_PATHS, Box, FieldResult, Result, cell_at

NAME = "corrections.jsonl"
PERSON = "person"
"""The `source` of a value that a person wrote or confirmed."""
MOST_CHARACTERS = 10_000
"""Of a corrected value."""

Action = Literal["correct", "accept"]


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
    def locked(self) -> Iterator[None]:
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
        return corrected(result, self.of(result, output).values())

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
        for correction in _parsed(data[:whole].split(b"\n")):
            found = self._by_document.setdefault((correction.output, correction.sha256), {})
            found.pop(correction.field, None)
            found[correction.field] = correction


def _parsed(lines: Iterable[bytes]) -> Iterator[Correction]:
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


def corrected(result: Result, corrections: Iterable[Correction]) -> Result:
    """Return a result with values as people wrote them: source `person`, confidence 1, and no longer to be reviewed.

    A row that the result lacks is passed over.
    """
    data: dict[str, Any] | None = None
    seen: set[str] = set()
    for one in corrections:
        if one.action == "accept" and one.new is None:
            seen.add(one.field)
        try:
            before = cell_at(result, one.field)
        except KeyError:
            continue
        data = data or {name: getattr(result, name) for name in ("fields", "line_items", "tax_breakdown")}
        _put(data, one.field, _value(one, before))
        seen.add(one.field)
    if data is None and not seen:
        return result
    left = tuple(item for item in result.needs_review if item.field not in seen)
    return result.model_copy(update={**(data or {}), "needs_review": left})


def _value(one: Correction, before: FieldResult) -> FieldResult:
    if one.new is None:
        return FieldResult()
    if one.action == "accept" or one.new == before.value:
        return before.model_copy(update={"value": one.new, "confidence": 1.0, "source": PERSON, "source_id": one.who})
    return FieldResult(
        value=one.new, raw=one.new, confidence=1.0, source=PERSON, source_id=one.who,
        page=one.page, bbox=one.bbox, line_ids=one.line_ids,
    )  # fmt: skip


def _put(data: dict[str, Any], path: str, value: FieldResult) -> None:
    """Replace one field in the (frozen) parts of a result."""
    if path in FIELD_PATHS:
        *groups, name = path.split(".")
        fields = data["fields"]
        if groups:
            group = getattr(fields, groups[0]).model_copy(update={name: value})
            data["fields"] = fields.model_copy(update={groups[0]: group})
        else:
            data["fields"] = fields.model_copy(update={name: value})
        return
    rows, _, rest = path.partition("[")
    number, _, cell = rest.partition("].")
    changed = list(data[rows])
    changed[int(number)] = changed[int(number)].model_copy(update={cell: value})
    data[rows] = tuple(changed)
