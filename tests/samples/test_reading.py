"""The samples are read with real models as their labels say, at best and when a main model fails."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from docpipe import Pipeline, Result
from docpipe.config.faults import Fault

FOLDER = Path(__file__).parent
LABELS = [json.loads(line) for line in (FOLDER / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
each = pytest.mark.parametrize("label", LABELS, ids=lambda label: Path(label["file"]).name)
SURE = ("issue_date", "total_gross", "invoice_number")
"""Clean print, plain labels: nothing excuses a miss."""

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline.from_config("invoice") as pipeline:
        yield pipeline


def letters(text: str) -> Counter[str]:
    return Counter(character for character in text if character.isalnum())


def share_read(result: Result, label: dict) -> float:
    """Return the share of the labelled letters and digits that the result has, wherever they stand."""
    wanted = sum((letters(line["text"]) for line in label["lines"]), Counter())
    found = sum((letters(line.text) for page in result.pages for line in page.lines), Counter())
    return (wanted & found).total() / wanted.total()


@pytest.fixture(scope="module")
def read(pipeline) -> Callable[[str], Result]:
    """Read each sample once."""
    return cache(lambda file: pipeline.run(FOLDER / file))


@each
def test_a_sample_is_read(read, label):
    """Nearly all of its text, on every page, no stage below its best rung."""
    result = read(label["file"])
    assert result.status == "ok", result.degradations
    assert result.document.pages_read == label.get("pages", 1)
    assert share_read(result, label) > 0.95


@each
def test_sure_fields_of_a_sample_are_found(read, label):
    result = read(label["file"])
    expected = {name: label["fields"][name] for name in SURE if name in label["fields"]}
    assert {name: result.field(name).value for name in expected} == expected


def test_lines_stand_where_the_label_says(read):
    """A photograph whose EXIF tag turns it: places are those of the picture as it is viewed."""
    (label,) = (label for label in LABELS if "market" in label["file"])
    result = read(label["file"])
    (page,) = result.pages
    assert (page.width, page.height) == (label["width"], label["height"])
    (drawn,) = (line["polygon"] for line in label["lines"] if line["text"] == "PINE HOLLOW MARKET")
    (x1, y1, x2, y2) = next(line.bbox for line in page.lines if "PINE" in line.text)
    middle = [sum(point[k] for point in drawn) / 4 for k in (0, 1)]
    assert x1 < middle[0] < x2
    assert y1 < middle[1] < y2


def test_a_failing_main_model_costs_quality_and_no_document(pipeline):
    """Out of memory in the main detector: the receipt is read by the next rung, and the result says why."""
    pipeline.faults.set("text_detection.main", Fault.parse("oom*1"))
    result = pipeline.run(FOLDER / "images" / "receipt_cafe.jpg")
    assert result.status == "degraded"
    (step,) = result.degradations
    assert (step.stage, step.from_rung, step.to_rung, step.trigger) == (
        "text_detection",
        "main",
        "light",
        "out_of_memory",
    )
    assert result.field("total_gross").value == "18.80"
