"""The result: one JSON schema, versioned, with the same keys on every rung and after every failure.

`Result.model_json_schema()` is published by `docpipe schema` and kept in `tests/golden/schema.json`. A minor version
only adds; readers ignore what they do not know.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, create_model

SchemaVersion = Literal["1.0", "1.1", "1.2", "1.3"]
SCHEMA_VERSION: SchemaVersion = "1.3"
"""What is written. Results of earlier minor versions still load."""

Status = Literal["ok", "degraded", "failed", "refused"]
"""`refused`: nobody read the document, as it could not be answered in time; `retry_after_s` says when to ask again."""
Action = Literal["none", "swap_model", "reduce_input", "rules", "disable"]
ServedBy = Literal["model", "rules", "text_layer", "embedded_xml", "none"]
CheckOutcome = Literal["pass", "fail", "not_checked"]
Box = tuple[float, float, float, float]
Polygon = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]

STAGE_NAMES = ("text_detection", "text_recognition", "table_structure", "key_fields")
"""The stages that every result names, in this order, as schema 1 says; those of plugins follow."""

DOCUMENT_TYPES = ("invoice", "credit_note", "receipt", "order", "other")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class FieldResult(_Frozen):
    """A value read off the document, and where it came from. Missing: `value` null, `source` `none`."""

    value: str | None = None
    raw: str | None = None
    confidence: float = 0.0
    source: str = "none"
    source_id: str | None = None
    page: int | None = None
    bbox: Box | None = None
    polygon: Polygon | None = None
    line_ids: tuple[str, ...] = ()
    label: str | None = None
    """The text of the label beside it, such as `Invoice no.`; null where none was found, and before schema 1.3."""
    label_bbox: Box | None = None
    """Where the label stands, on the value's page."""


_NONE = FieldResult()


class Seller(_Frozen):
    """Who sent the invoice or gave the receipt (EN 16931: BG-4)."""

    name: FieldResult = _NONE
    tax_id: FieldResult = _NONE
    address: FieldResult = _NONE
    registration_id: FieldResult = _NONE
    phone: FieldResult = _NONE
    bank_name: FieldResult = _NONE
    bank_account: FieldResult = _NONE


class Buyer(_Frozen):
    """Who is asked to pay (BG-7)."""

    name: FieldResult = _NONE
    tax_id: FieldResult = _NONE
    address: FieldResult = _NONE
    customer_id: FieldResult = _NONE
    phone: FieldResult = _NONE
    bank_name: FieldResult = _NONE
    bank_account: FieldResult = _NONE


class Payment(_Frozen):
    """Where to pay (BG-16)."""

    iban: FieldResult = _NONE
    bic: FieldResult = _NONE


class Fields(_Frozen):
    """Every canonical field; docs/result.md maps them to EN 16931 and to other services."""

    document_type: FieldResult = _NONE
    invoice_number: FieldResult = _NONE
    invoice_code: FieldResult = _NONE
    check_code: FieldResult = _NONE
    machine_code: FieldResult = _NONE
    issue_date: FieldResult = _NONE
    due_date: FieldResult = _NONE
    period_start: FieldResult = _NONE
    period_end: FieldResult = _NONE
    currency: FieldResult = _NONE
    purchase_order: FieldResult = _NONE
    contract_number: FieldResult = _NONE
    payment_terms: FieldResult = _NONE
    remarks: FieldResult = _NONE
    seller: Seller = Seller()
    buyer: Buyer = Buyer()
    total_lines: FieldResult = _NONE
    total_discount: FieldResult = _NONE
    total_charges: FieldResult = _NONE
    total_net: FieldResult = _NONE
    total_tax: FieldResult = _NONE
    total_gross: FieldResult = _NONE
    total_gross_in_words: FieldResult = _NONE
    amount_paid: FieldResult = _NONE
    rounding: FieldResult = _NONE
    amount_due: FieldResult = _NONE
    payment: Payment = Payment()
    payee: FieldResult = _NONE
    reviewer: FieldResult = _NONE
    issuer: FieldResult = _NONE


class TaxLine(_Frozen):
    """Tax at one rate (BG-23)."""

    category: FieldResult = _NONE
    rate: FieldResult = _NONE
    taxable: FieldResult = _NONE
    tax: FieldResult = _NONE


class LineItem(_Frozen):
    """One row of the goods table (BG-25)."""

    line_no: FieldResult = _NONE
    description: FieldResult = _NONE
    product_code: FieldResult = _NONE
    specification: FieldResult = _NONE
    unit: FieldResult = _NONE
    quantity: FieldResult = _NONE
    unit_price: FieldResult = _NONE
    discount: FieldResult = _NONE
    net_amount: FieldResult = _NONE
    tax_rate: FieldResult = _NONE
    tax_amount: FieldResult = _NONE
    gross_amount: FieldResult = _NONE


def _paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not FieldResult:
            yield from _paths(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


FIELD_PATHS = tuple(_paths(Fields))
"""The dotted path of every canonical field, in the order of the JSON."""

CORE_PATHS = ("invoice_number", "issue_date", "seller.name", "buyer.name", "total_gross")
"""What every rung of key_fields but `disable` tries."""

TAX_CELLS = tuple(TaxLine.model_fields)
ITEM_CELLS = tuple(LineItem.model_fields)


class EInvoiceInfo(_Frozen):
    """The XML that the fields come from."""

    syntax: str
    """`cii`, `zugferd_1`, `ubl`, `cn_digital`, `cn_ofd` or `cn_xbrl`; the list is open."""
    profile: str
    """The specification that the XML names (EN 16931: BT-24); empty where it names none."""
    file: str
    """The name of the XML file."""
    sha256: str


class DocumentInfo(_Frozen):
    """Which document this is. `id` is a hash of the content; `path` is relative to the input root."""

    id: str
    path: str
    sha256: str
    media_type: str
    bytes: int
    pages: int
    pages_read: int
    einvoice: EInvoiceInfo | None = None
    """Of a document whose fields come from its own XML; null for every other, and in results of schema 1.2."""


class StageResult(_Frozen):
    """Which rung served a stage: `level` 0 is the best; the lowest one where pages were served differently."""

    rung: str
    level: int
    action: Action
    served_by: ServedBy
    model_name: str | None = None
    model_version: str | None = None
    runtime: str | None = None


T = TypeVar("T")


class _ByStage(_Frozen, Generic[T]):
    """An ordered mapping by stage: the names that every result has come first, those of plugins after them.

    `stages["key_fields"]` and `stages.key_fields` are the same.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra=lambda schema: schema.pop("additionalProperties", None))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> T: ...

    def _all(self) -> dict[str, T]:
        return {name: getattr(self, name) for name in type(self).model_fields} | (self.model_extra or {})

    def __getitem__(self, stage: str) -> T:
        return self._all()[stage]

    def __contains__(self, stage: object) -> bool:
        return stage in self._all()

    def __len__(self) -> int:
        return len(self._all())

    def keys(self) -> KeysView[str]:
        """Return the names of the stages."""
        return self._all().keys()

    def values(self) -> ValuesView[T]:
        """Return what is said of each stage."""
        return self._all().values()

    def items(self) -> ItemsView[str, T]:
        """Return names and what is said of them."""
        return self._all().items()


class _StageResults(_ByStage[StageResult]):
    """The four stages, in order."""

    __pydantic_extra__: dict[str, StageResult]


class _RungNames(_ByStage[str]):
    """The rung of each stage that served a page."""

    __pydantic_extra__: dict[str, str]


class _StageTimes(_ByStage[float | None]):
    """Milliseconds by stage; null where it did not run."""

    __pydantic_extra__: dict[str, float | None]


if TYPE_CHECKING:

    class Stages(_StageResults): ...

    class Rungs(_RungNames): ...

    class StageTimings(_StageTimes): ...

else:

    def _named(name: str, base: type[_Frozen], field: tuple[Any, Any]) -> type[_Frozen]:
        """Return the model with a field for each of the stages that every result names."""
        fields = dict.fromkeys(STAGE_NAMES, field)
        return create_model(name, __base__=base, __module__=__name__, __doc__=base.__doc__, **fields)

    Stages = _named("Stages", _StageResults, (StageResult, ...))
    Rungs = _named("Rungs", _RungNames, (str, ...))
    StageTimings = _named("StageTimings", _StageTimes, (float | None, None))


class LineResult(_Frozen):
    """A run of text; `text` is never null."""

    id: str
    text: str
    confidence: float
    bbox: Box
    polygon: Polygon
    detection_confidence: float | None
    source: str


class PageResult(_Frozen):
    """One page, in pixels of the original page as a viewer shows it."""

    page: int
    width: int
    height: int
    dpi: float | None
    rotation: int
    transform: tuple[float, float, float, float, float, float]
    rungs: Rungs
    lines: tuple[LineResult, ...]
    picture_hash: str | None = None
    """What the page looks like, as 64 hexadecimal digits: near-same pages differ in few bits; null in schema 1.2."""
    text_layer: str | None = None
    """Of a PDF's page: why its own text was used, or why its picture was read; null for an image."""


class CellResult(_Frozen):
    """A table cell; rows and columns count from 0."""

    row: int
    col: int
    rowspan: int
    colspan: int
    header: bool
    text: str
    bbox: Box | None
    polygon: Polygon | None
    line_ids: tuple[str, ...]


class TableResult(_Frozen):
    """A table found on one page."""

    id: str
    page: int
    bbox: Box
    polygon: Polygon
    rows: int
    cols: int
    html: str
    confidence: float
    source: str
    cells: tuple[CellResult, ...]


class Degradation(_Frozen):
    """One step down that touched this document, and what is lost by it."""

    stage: str
    from_rung: str
    to_rung: str
    action: Action
    trigger: str
    metric: str | None
    threshold: float | None
    observed: float | None
    scope: Literal["page", "document", "process"]
    pages: tuple[int, ...] | None
    effect: str
    cause: str | None = None
    """What the error said, or what the policy compared; None in results of schema 1.1 and before."""


class Validation(_Frozen):
    """One check between fields. It never changes a value."""

    rule: str
    outcome: CheckOutcome
    fields: tuple[str, ...]
    expected: str | None
    actual: str | None
    tolerance: str | None
    message: str


class ReviewItem(_Frozen):
    """What a person should look at.

    `field` is a dotted path, `line_items[<row from 0>].<cell>`, `line_items`, or `document` for all of it.
    """

    field: str
    reason: str
    """`missing`, `low_confidence`, `failed_check`, `contradiction` …; the list is open."""
    confidence: float
    threshold: float
    rules: tuple[str, ...]
    """The validations that failed on it."""
    message: str | None = None
    """The reason in one plain sentence; null in results of schema 1.1."""
    rival: str | None = None
    """Another value that the document itself speaks for, normalised as the field's own; null where there is none."""


class ErrorResult(_Frozen):
    """What went wrong, where, and what to do next."""

    code: str
    message: str
    stage: str | None = None
    page: int | None = None
    fatal: bool = False


class Timings(_Frozen):
    """Milliseconds. The only part of a result, beside degradations and errors, that may differ between two runs."""

    total_ms: float
    queue_ms: float
    stages: StageTimings


class ProducedBy(_Frozen):
    """Versions of what made the result; null where it is not installed."""

    docpipe: str
    paddlepaddle: str | None
    paddleocr: str | None
    onnxruntime: str | None
    config_sha256: str
    rules_sha256: str


class Result(_Frozen):
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

    def called(self, path: str) -> Result:
        """Return the same result of a document of another name, its parts renamed with it."""
        before = self.document.path
        copy = self.model_copy(update={"document": self.document.model_copy(update={"path": path})})
        copy._parts = tuple(part.called(path + part.document.path.removeprefix(before)) for part in self._parts)
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
