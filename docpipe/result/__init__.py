"""The result: one JSON schema, versioned, with the same keys on every rung and after every failure.

`Result.model_json_schema()` is published by `docpipe schema` and kept in `tests/golden/schema.json`. A minor version
only adds; readers ignore what they do not know.
"""

from docpipe.result.by_stage import STAGE_NAMES, Action, Rungs, ServedBy, StageResult, Stages, StageTimings
from docpipe.result.fields import (
    CORE_PATHS,
    DOCUMENT_TYPES,
    FIELD_PATHS,
    ITEM_CELLS,
    TAX_CELLS,
    Buyer,
    FieldResult,
    Fields,
    LineItem,
    Payment,
    Seller,
    TaxLine,
)
from docpipe.result.findings import CheckOutcome, Degradation, ErrorResult, ReviewItem, Validation
from docpipe.result.frozen import Box, Polygon
from docpipe.result.origin import DocumentInfo, EInvoiceInfo, ProducedBy, Timings
from docpipe.result.pages import CellResult, LineResult, PageResult, TableResult
from docpipe.result.result import SCHEMA_VERSION, Result, SchemaVersion, Status, cell_at, cells_of

__all__ = [
    "CORE_PATHS",
    "DOCUMENT_TYPES",
    "FIELD_PATHS",
    "ITEM_CELLS",
    "SCHEMA_VERSION",
    "STAGE_NAMES",
    "TAX_CELLS",
    "Action",
    "Box",
    "Buyer",
    "CellResult",
    "CheckOutcome",
    "Degradation",
    "DocumentInfo",
    "EInvoiceInfo",
    "ErrorResult",
    "FieldResult",
    "Fields",
    "LineItem",
    "LineResult",
    "PageResult",
    "Payment",
    "Polygon",
    "ProducedBy",
    "Result",
    "ReviewItem",
    "Rungs",
    "SchemaVersion",
    "Seller",
    "ServedBy",
    "StageResult",
    "StageTimings",
    "Stages",
    "Status",
    "TableResult",
    "TaxLine",
    "Timings",
    "Validation",
    "cell_at",
    "cells_of",
]
