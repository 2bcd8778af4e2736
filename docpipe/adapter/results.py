"""Builds the result from what the stages left behind, with the same keys whatever happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docpipe.adapter.model_version import model_version, model_version_of
from docpipe.adapter.needs_review import ReviewSettings, review
from docpipe.adapter.original_page import on_original_pages
from docpipe.adapter.validators import validate
from docpipe.document import Affine, Box, Document, KeyField, Page, Polygon, Row, Table, TextLine, box_of
from docpipe.result import (
    ITEM_CELLS,
    TAX_CELLS,
    CellResult,
    Degradation,
    DocumentInfo,
    EInvoiceInfo,
    ErrorResult,
    FieldResult,
    Fields,
    LineItem,
    LineResult,
    PageResult,
    ProducedBy,
    Result,
    Rungs,
    StageResult,
    Stages,
    StageTimings,
    Status,
    TableResult,
    TaxLine,
    Timings,
    Validation,
)
from docpipe.trace import Producer, Served, StageRun

COORDINATE_DECIMALS = 1
CONFIDENCE_DECIMALS = 4
TRANSFORM_DECIMALS = 6
DEFAULT_REVIEW = ReviewSettings()
OWN_TEXT = ("application/pdf", "application/ofd")
"""Formats whose pages may have text of their own."""
MIN_SIDE = 0.1
"""The least side of a box, in pixels: one step of the rounded coordinates."""


def to_result(
    document: Document, served: Served, producer: Producer, settings: ReviewSettings = DEFAULT_REVIEW
) -> Result:
    """Return the result of a document. `document.pages` holds only the pages that could be read."""
    document = on_original_pages(document)
    fields = _fields(document)
    line_items = tuple(LineItem(**_row(row, ITEM_CELLS, document)) for row in document.line_items)
    validations = _validations(document)
    return Result(
        model_version=model_version(served),
        status=_status(document, served),
        document=DocumentInfo(
            id=document.id,
            path=document.path,
            sha256=document.sha256,
            media_type=document.media_type,
            bytes=document.bytes,
            pages=document.page_count,
            pages_read=len(document.pages),
            einvoice=_einvoice(document),
        ),
        stages=Stages(**{name: _stage(name, served) for name in served.assigned}),
        pages=tuple(_page(page, served, document.media_type) for page in document.pages),
        tables=tuple(_table(table, page) for page in document.pages for table in page.tables),
        fields=fields,
        line_items=line_items,
        tax_breakdown=tuple(TaxLine(**_row(row, TAX_CELLS, document)) for row in document.tax_breakdown),
        degradations=tuple(
            Degradation(
                stage=step.stage,
                from_rung=step.from_rung,
                to_rung=step.to_rung,
                action=step.action,
                trigger=step.trigger,
                metric=step.metric,
                threshold=step.threshold,
                observed=step.observed,
                scope=step.scope,
                pages=step.pages,
                effect=step.effect,
                cause=step.cause,
            )
            for step in served.steps
        ),
        validations=validations,
        needs_review=review(settings, fields, line_items, validations, document.doubts),
        errors=tuple(
            ErrorResult(code=f.code, message=f.message, stage=f.stage, page=f.page, fatal=f.fatal)
            for f in served.failures
        ),
        retry_after_s=served.retry_after_s,
        timings=_timings(served),
        produced_by=ProducedBy(
            docpipe=producer.docpipe,
            paddlepaddle=producer.paddlepaddle,
            paddleocr=producer.paddleocr,
            onnxruntime=producer.onnxruntime,
            config_sha256=producer.config_sha256,
            rules_sha256=producer.rules_sha256,
        ),
    )


def _einvoice(document: Document) -> EInvoiceInfo | None:
    found = document.invoice
    if found is None:
        return None
    return EInvoiceInfo(syntax=found.syntax, profile=found.profile, file=found.file, sha256=found.sha256)


def _validations(document: Document) -> tuple[Validation, ...]:
    return tuple(
        validate(
            {path: field.value for path, field in document.fields.items()},
            [_values(row) for row in document.line_items],
            [_values(row) for row in document.tax_breakdown],
            derived={path for path, f in document.fields.items() if f.source == "derived" or _is_no_vat(f)},
        )
    )


def _is_no_vat(field: KeyField) -> bool:
    """Tell whether a tax number is none of VAT (EN 16931: BT-32): BR-CO-09 is not about it."""
    return field.source == "embedded_xml" and field.source_id == "BT-32"


def _values(row: Row) -> dict[str, str | None]:
    return {cell: field.value for cell, field in row.items()}


def _status(document: Document, served: Served) -> Status:
    if served.retry_after_s is not None:
        return "refused"
    if not document.pages and (document.invoice is None or any(failure.fatal for failure in served.failures)):
        return "failed"
    stepped = any(run.rung.level > 0 for run in served.runs) or any(f.stage for f in served.failures)
    return "degraded" if stepped or served.steps or any(f.page for f in served.failures) else "ok"


def _stage(name: str, served: Served) -> StageResult:
    """Describe a stage by the lowest rung that served a page; one that did not run keeps the rung it was given."""
    runs = [run for run in served.runs if run.stage == name]
    if not runs:
        rung = served.assigned[name]
        return StageResult(rung=rung.name, level=rung.level, action=rung.action, served_by="none")
    run = max(runs, key=lambda r: (r.rung.level, r.served_by == "model"))
    return StageResult(
        rung=run.rung.name,
        level=run.rung.level,
        action=run.rung.action,
        served_by=run.served_by,
        model_name=run.model_name,
        model_version=model_version_of(run),
        runtime=run.runtime,
    )


def _page(page: Page, served: Served, media_type: str) -> PageResult:
    return PageResult(
        page=page.number,
        width=page.width,
        height=page.height,
        dpi=None if page.dpi is None else round(page.dpi, 2),
        rotation=page.rotation,
        transform=_affine(page.transform),
        rungs=Rungs(**{name: _rung_of(name, page.number, served) for name in served.assigned}),
        lines=tuple(_line(line, page) for line in page.lines),
        picture_hash=page.picture_hash or None,
        text_layer=(page.text_layer_reason or None) if media_type in OWN_TEXT else None,
    )


def _rung_of(stage: str, page: int, served: Served) -> str:
    here: Sequence[StageRun] = [r for r in served.runs if r.stage == stage and r.page in (page, None)]
    return here[-1].rung.name if here else served.assigned[stage].name


def _line(line: TextLine, page: Page) -> LineResult:
    return LineResult(
        id=line.id,
        text=line.text,
        confidence=_confidence(line.confidence),
        bbox=_clip_box(line.box, page),
        polygon=_round_polygon(line.polygon),
        detection_confidence=None if line.detection_confidence is None else _confidence(line.detection_confidence),
        source=line.source,
    )


def _table(table: Table, page: Page) -> TableResult:
    return TableResult(
        id=table.id,
        page=table.page,
        bbox=_clip_box(box_of(table.polygon), page),
        polygon=_round_polygon(table.polygon),
        rows=table.rows,
        cols=table.cols,
        html=table.html,
        confidence=_confidence(table.confidence),
        source=table.source,
        cells=tuple(
            CellResult(
                row=cell.row,
                col=cell.col,
                rowspan=cell.rowspan,
                colspan=cell.colspan,
                header=cell.header,
                text=cell.text,
                bbox=None if cell.polygon is None else _clip_box(box_of(cell.polygon), page),
                polygon=None if cell.polygon is None else _round_polygon(cell.polygon),
                line_ids=cell.line_ids,
            )
            for cell in table.cells
        ),
    )


def _fields(document: Document) -> Fields:
    tree: dict[str, Any] = {}
    for path, field in document.fields.items():
        *groups, name = path.split(".")
        node = tree
        for group in groups:
            node = node.setdefault(group, {})
        node[name] = _field(field, document)
    return Fields(**tree)


def _row(row: Row, cells: Sequence[str], document: Document) -> Mapping[str, FieldResult]:
    return {cell: _field(row[cell], document) for cell in cells if cell in row}


def _field(field: KeyField, document: Document) -> FieldResult:
    if field.value is None:
        return FieldResult()
    page = next((p for p in document.pages if p.number == field.page), None)
    box = field.box
    return FieldResult(
        value=field.value,
        raw=field.raw,
        confidence=_confidence(field.confidence),
        source=field.source,
        source_id=field.source_id,
        page=field.page,
        bbox=None if box is None or page is None else _clip_box(box, page),
        polygon=None if field.polygon is None else _round_polygon(field.polygon),
        line_ids=field.line_ids,
        label=field.label,
        label_bbox=None
        if field.label_polygon is None or page is None
        else _clip_box(box_of(field.label_polygon), page),
    )


def _timings(served: Served) -> Timings:
    spent: dict[str, float] = {}
    for run in served.runs:
        spent[run.stage] = spent.get(run.stage, 0.0) + run.elapsed_ms
    return Timings(
        total_ms=round(served.total_ms, 2),
        queue_ms=round(served.queue_ms, 2),
        stages=StageTimings(**{name: round(ms, 2) for name, ms in spent.items()}),
    )


def _clip_box(box: Box, page: Page) -> Box:
    """Round and clip a box to its page, and keep x1 < x2 and y1 < y2."""
    x1, x2 = _side(box[0], box[2], page.width)
    y1, y2 = _side(box[1], box[3], page.height)
    return x1, y1, x2, y2


def _side(low: float, high: float, limit: int) -> tuple[float, float]:
    low = min(max(low, 0.0), limit - MIN_SIDE)
    high = max(min(high, float(limit)), low + MIN_SIDE)
    return round(low, COORDINATE_DECIMALS), round(high, COORDINATE_DECIMALS)


def _round_polygon(polygon: Polygon) -> Polygon:
    a, b, c, d = ((round(x, COORDINATE_DECIMALS), round(y, COORDINATE_DECIMALS)) for x, y in polygon)
    return a, b, c, d


def _affine(transform: Affine) -> Affine:
    a, b, c, d, e, f = (round(value, TRANSFORM_DECIMALS) + 0.0 for value in transform)  # + 0.0: no -0.0
    return a, b, c, d, e, f


def _confidence(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), CONFIDENCE_DECIMALS)
