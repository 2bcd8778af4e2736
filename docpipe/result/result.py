"""The result as a whole: everything that docpipe says about one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import PrivateAttr

from docpipe.result.by_stage import Stages
from docpipe.result.fields import FIELD_PATHS, FieldResult, Fields, LineItem, TaxLine
from docpipe.result.findings import Degradation, ErrorResult, ReviewItem, Validation
from docpipe.result.frozen import Frozen
from docpipe.result.origin import DocumentInfo, ProducedBy, Timings
from docpipe.result.pages import PageResult, TableResult

SchemaVersion = Literal["1.0", "1.1", "1.2", "1.3"]
SCHEMA_VERSION: SchemaVersion = "1.3"
"""What is written. Results of earlier minor versions still load."""

Status = Literal["ok", "degraded", "failed", "refused"]
"""`refused`: nobody read the document, as it could not be answered in time; `retry_after_s` says when to ask again."""


class Result(Frozen):
    """Everything that docpipe says about one document."""

    schema_version: SchemaVersion = SCHEMA_VERSION
    model_version: str
    status: Status
    document: DocumentInfo
    stages: Stages
    pages: tuple[PageResult, ...]
    tables: tuple[TableResult, ...]
    fields: Fields
    line_items: tuple[LineItem, ...]
    tax_breakdown: tuple[TaxLine, ...]
    degradations: tuple[Degradation, ...]
    validations: tuple[Validation, ...]
    needs_review: tuple[ReviewItem, ...] = ()
    errors: tuple[ErrorResult, ...]
    retry_after_s: float | None = None
    """Seconds after which a refused document is worth asking for again; null for every other status."""
    timings: Timings
    produced_by: ProducedBy
    _parts: tuple[Result, ...] = PrivateAttr(default=())

    @property
    def parts(self) -> tuple[Result, ...]:
        """One result for each document in the file, where `input.split` asks for them; else none. Not in the JSON."""
        return self._parts

    def with_parts(self, parts: Sequence[Result]) -> Result:
        """Return the same result with those of its parts."""
        copy = self.model_copy()
        copy._parts = tuple(parts)
        return copy

    def with_path(self, path: str) -> Result:
        """Return the same result of a document of another name, its parts renamed with it."""
        before = self.document.path
        copy = self.model_copy(update={"document": self.document.model_copy(update={"path": path})})
        copy._parts = tuple(part.with_path(path + part.document.path.removeprefix(before)) for part in self._parts)
        return copy

    def to_json(self, indent: int | None = None) -> str:
        """Return the JSON text, keys in the order of the schema."""
        return self.model_dump_json(indent=indent)

    def field(self, path: str) -> FieldResult:
        """Return the field at a dotted path such as `seller.name`.

        Raises:
            KeyError: there is no such field in the schema.
        """
        if path not in FIELD_PATHS:
            raise KeyError(f"{path} is no field of the schema; `docpipe schema` lists them")
        node: Any = self.fields
        for part in path.split("."):
            node = getattr(node, part)
        assert isinstance(node, FieldResult)
        return node

    def found(self) -> Iterator[tuple[str, FieldResult]]:
        """Yield path and field of everything that was found, in the order of the schema."""
        for path in FIELD_PATHS:
            field = self.field(path)
            if field.value is not None:
                yield path, field

    def ocr_view(self) -> list[Mapping[str, Any]]:
        """Return the plain view of a bare OCR service, one a page: every line in order, nothing filtered or rounded."""
        return [
            {
                "results": [
                    {"text": line.text, "bbox": list(line.bbox), "confidence": line.confidence} for line in page.lines
                ],
                "model_version": self.model_version,
            }
            for page in self.pages
        ]


def cell_at(result: Result, path: str) -> FieldResult:
    """Return the field at a dotted path, or the cell at a path such as `line_items[0].net_amount`, counted from 0.

    Raises:
        KeyError: the schema has no such field, or the result no such row.
    """
    name, _, rest = path.partition("[")
    if name not in ("line_items", "tax_breakdown"):
        return result.field(path)
    number, _, cell = rest.partition("].")
    rows: Sequence[LineItem | TaxLine] = getattr(result, name)
    known = (
        number.isascii()
        and number.isdigit()
        and len(number) < 10
        and int(number) < len(rows)
        and cell in type(rows[0]).model_fields
    )
    if not known:
        raise KeyError(f"{path}: the result has {len(rows)} {name}; a cell is written as {name}[0].CELL")
    found = getattr(rows[int(number)], cell)
    assert isinstance(found, FieldResult)
    return found


def cells_of(result: Result) -> Iterator[tuple[str, FieldResult]]:
    """Yield path and field of everything found: fields, then rows as `line_items[0].net_amount`, counted from 0."""
    yield from result.found()
    for name in ("line_items", "tax_breakdown"):
        for number, row in enumerate(getattr(result, name)):
            for cell in type(row).model_fields:
                field = getattr(row, cell)
                if field.value is not None:
                    yield f"{name}[{number}].{cell}", field
