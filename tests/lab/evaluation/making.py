"""Labelled documents and results for tests, as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "samples" / "labels.jsonl"

Data = dict[str, Any]


def sample_entries() -> list[Data]:
    """Return the labels of the project's own sample documents."""
    return [json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines()]


def box(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    """Return a polygon, clockwise from the top left."""
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def entry(file: str = "a.png", *, size: tuple[float, float] = (100, 100), **more: Any) -> Data:
    """Return one labelled document of one page."""
    return {"file": file, "width": size[0], "height": size[1], **more}


def field(value: str | None, confidence: float = 0.9) -> Data:
    """Return a field object of a result."""
    return {"value": value, "raw": value, "confidence": confidence, "source": "rule", "source_id": "pack.rule"}


def nested(fields: Mapping[str, Any]) -> Data:
    """Return fields by dotted path as the tree that a result has."""
    tree: Data = {}
    for path, value in fields.items():
        *above, last = path.split(".")
        node = tree
        for part in above:
            node = node.setdefault(part, {})
        node[last] = value if isinstance(value, dict) else field(value)
    return tree


def result(
    path: str = "a.png",
    *,
    sizes: Sequence[Sequence[float]] = ((100, 100),),
    lines: Sequence[Data] = (),
    fields: Mapping[str, Any] = {},
    items: Sequence[Mapping[str, str]] = (),
    tables: Sequence[Data] = (),
    status: str = "ok",
    ms: float = 100.0,
) -> Data:
    """Return a result; `lines` are as labels have them, `fields` by dotted path."""
    return {
        "status": status,
        "document": {"path": path},
        "pages": [
            {
                "page": number + 1, "width": width, "height": height,
                "lines": [{"text": line["text"], "polygon": line["polygon"], "bbox": [0, 0, 1, 1]}
                          for line in lines if line.get("page", 0) == number],
            }
            for number, (width, height) in enumerate(sizes)
        ],
        "fields": nested(fields),
        "line_items": [{name: field(value) for name, value in row.items()} for row in items],
        "tables": list(tables),
        "timings": {"total_ms": ms, "stages": {"text_detection": ms / 2, "key_fields": None}},
        "errors": [],
    }  # fmt: skip


def perfect(labelled: Data) -> Data:
    """Return the result that says just what a label of canonical fields says."""
    return result(
        f"some/folder/{labelled['file']}",
        sizes=labelled.get("page_sizes") or [[labelled["width"], labelled["height"]]],
        lines=labelled.get("lines", ()),
        fields=labelled.get("fields", {}),
        items=labelled.get("line_items", ()),
        tables=[{"html": labelled["table_html"]}] if "table_html" in labelled else (),
    )


def write_labels(folder: Path, entries: Sequence[Data]) -> Path:
    """Write `labels.jsonl` into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "labels.jsonl"
    file.write_text("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in entries), encoding="utf-8")
    return file


def write_results(folder: Path, results: Sequence[Data]) -> Path:
    """Write results into a folder under names that say nothing, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(results):
        (folder / f"{number}.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return folder
