"""A folder of results with pictures, doubtful fields, a degraded stage, and texts that would like to be HTML."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PIL import Image

from docpipe.batch.journal import Entry, Journal
from docpipe.result import (
    STAGE_NAMES,
    Degradation,
    FieldResult,
    Fields,
    LineItem,
    LineResult,
    PageResult,
    Result,
    ReviewItem,
    Rungs,
    Seller,
    StageResult,
    Stages,
)
from tests.building import result_of

HOSTILE = """<script>alert(1)</script><img src=x onerror=alert(2)>"'`{{7*7}}</template>"""
BOX = (10.0, 20.0, 110.0, 40.0)


def line(number: int, text: str) -> LineResult:
    y = 20.0 * number
    polygon = ((10.0, y), (110.0, y), (110.0, y + 20), (10.0, y + 20))
    return LineResult(
        id=f"1-{number}", text=text, confidence=0.9, bbox=(10.0, y, 110.0, y + 20), polygon=polygon,
        detection_confidence=0.9, source="model",
    )  # fmt: skip


def page() -> PageResult:
    lines = (line(1, "18.40"), line(2, "81.40"), line(3, HOSTILE))
    return PageResult(
        page=1, width=200, height=300, dpi=None, rotation=0, transform=(1, 0, 0, 1, 0, 0),
        rungs=Rungs(**dict.fromkeys(STAGE_NAMES, "main")), lines=lines,
    )  # fmt: skip


def doubtful(path: str, seller: str = "Shop", sha256: str = "content") -> Result:
    item = ReviewItem(
        field="total_gross",
        reason="contradiction",
        confidence=0.4,
        threshold=0.9,
        rules=(),
        message=HOSTILE,
        rival="81.40",
    )
    fields = Fields(
        seller=Seller(
            name=FieldResult(value=seller, confidence=0.9, source="rule", page=1, bbox=BOX, line_ids=("1-3",))
        ),
        total_gross=FieldResult(
            value="18.4", raw="18,4", confidence=0.4, source="rule", page=1, bbox=BOX, line_ids=("1-1",)
        ),
        issue_date=FieldResult(value="2026-03-31", source="rule", confidence=0.9),
        currency=FieldResult(value="EUR", source="rule", confidence=0.9),
    )
    step = Degradation(
        stage="text_detection", from_rung="main", to_rung="light", action="swap_model", trigger="out_of_memory",
        metric=None, threshold=None, observed=None, scope="page", pages=None, effect="Small print may be missed.",
        cause=HOSTILE,
    )  # fmt: skip
    light = StageResult(rung="light", level=1, action="swap_model", served_by="model")
    main = StageResult(rung="main", level=0, action="none", served_by="none")
    result = result_of(
        path, status="degraded", pages=(page(),), fields=fields, needs_review=(item,), degradations=(step,),
        stages=Stages(**(dict.fromkeys(STAGE_NAMES, main) | {"text_detection": light})),
        line_items=(LineItem(description=FieldResult(value=seller), net_amount=FieldResult(value="5")),),
    )  # fmt: skip
    return result.model_copy(update={"document": result.document.model_copy(update={"sha256": sha256})})


def write_result(out: Path, result: Result, file: Path | str = "") -> str:
    output = f"{result.document.path}.json"
    (out / output).parent.mkdir(parents=True, exist_ok=True)
    (out / output).write_text(result.to_json(), encoding="utf-8")
    Journal(out).append(Entry.of(result, output, str(file)))
    return output


def results_folder(tmp_path: Path, names: tuple[str, ...] = ("a.png", "b.png")) -> Path:
    """Return a folder: the first document doubtful and degraded, others fine; all of them with a picture."""
    out = tmp_path / "out"
    for number, name in enumerate(names):
        picture = tmp_path / name
        Image.new("RGB", (200, 300), (255, 255, 250 - number)).save(picture)
        sha256 = hashlib.sha256(picture.read_bytes()).hexdigest()
        result = doubtful(name, HOSTILE, sha256)
        if number:
            result = result.model_copy(update={"status": "ok", "needs_review": (), "degradations": ()})
        write_result(out, result, picture)
    return out
