"""Results for tests, built by hand: what the adapter makes is tested elsewhere."""

from __future__ import annotations

from typing import Any

from docpipe.result import (
    STAGE_NAMES,
    DocumentInfo,
    ErrorResult,
    FieldResult,
    Fields,
    LineItem,
    ProducedBy,
    Result,
    Seller,
    StageResult,
    Stages,
    StageTimings,
    Timings,
)


def result_of(path: str = "a.png", *, status: str = "ok", codes: tuple[str, ...] = (), **changes: Any) -> Result:
    """Return a result of one page without lines, with a seller, a total and one line item."""
    stage = StageResult(rung="main", level=0, action="none", served_by="none")
    values: dict[str, Any] = {
        "model_version": "text_detection=main:none",
        "status": status,
        "document": DocumentInfo(
            id="0", path=path, sha256="content", media_type="image/png", bytes=1, pages=1, pages_read=1
        ),
        "stages": Stages(**dict.fromkeys(STAGE_NAMES, stage)),
        "pages": (),
        "tables": (),
        "fields": Fields(
            total_gross=FieldResult(value="18.40", raw="RM 18.40", confidence=0.9, source="rule"),
            seller=Seller(name=FieldResult(value="=Cheap & Good", source="rule")),
        ),
        "line_items": (LineItem(description=FieldResult(value="Tea, black")),),
        "tax_breakdown": (),
        "degradations": (),
        "validations": (),
        "errors": tuple(ErrorResult(code=code, message=f"{path}: {code}", fatal=True) for code in codes),
        "timings": Timings(total_ms=1.0, queue_ms=0.0, stages=StageTimings()),
        "produced_by": ProducedBy(
            docpipe="0", paddlepaddle=None, paddleocr=None, onnxruntime=None, config_sha256="config", rules_sha256="r"
        ),
    }
    return Result(**(values | changes))
