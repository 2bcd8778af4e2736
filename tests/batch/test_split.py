"""A file of several documents gives one result each where `input.split` asks for it; a run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest
from PIL import Image

from docpipe import Pipeline, load_config
from docpipe.batch.journal import Journal
from docpipe.batch.run import RunOptions, Summary, run_batch
from docpipe.inputs.source import Source
from docpipe.result import Result
from tests.building import result_of
from tests.drawing import draw
from tests.inputs.hostile import pdf


class Quiet:
    def on_planned(self, left: int, done: int) -> None:
        self.left = left

    def on_finished(self, source: Source, result: Result, output: Path) -> None:
        """Nothing to show."""


def split() -> Result:
    parts = [result_of(name) for name in ("a.pdf#p1-2", "a.pdf#p3")]
    return result_of("a.pdf").with_parts(parts)


def run(tmp_path: Path, result: Result, *, resume: bool = False, force: bool = False) -> tuple[Summary, int]:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"content")
    sha256 = hashlib.sha256(b"content").hexdigest()

    def with_hash(one: Result) -> Result:
        return one.model_copy(update={"document": one.document.model_copy(update={"sha256": sha256})})

    whole = with_hash(result).with_parts([with_hash(part) for part in result.parts])

    def serve(sources: Iterable[Source]) -> Generator[tuple[Source, Result], None, None]:
        for source in sources:
            yield source, whole

    reporter = Quiet()
    config = whole.produced_by.config_sha256
    options = RunOptions(tmp_path / "out", config, 1 << 20, ("json", "jsonl"), resume=resume, force=force)
    return run_batch([Source("a.pdf", file)], serve, options, reporter), reporter.left


def outputs(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "out").glob("*.json"))


def test_each_part_has_its_file_and_its_line_in_the_tables(tmp_path: Path) -> None:
    summary, _ = run(tmp_path, split())
    assert outputs(tmp_path) == ["a.pdf#p1-2.json", "a.pdf#p3.json"]
    assert summary.documents == 2
    lines = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    assert [line["document"]["path"] for line in lines] == ["a.pdf#p1-2", "a.pdf#p3"]


def test_resume_passes_over_a_file_whose_parts_are_all_there(tmp_path: Path) -> None:
    run(tmp_path, split())
    assert run(tmp_path, split(), resume=True)[1] == 0
    (tmp_path / "out" / "a.pdf#p3.json").unlink()
    assert run(tmp_path, split(), resume=True)[1] == 1


def test_a_run_killed_between_two_parts_reads_the_file_again(tmp_path: Path) -> None:
    run(tmp_path, split())
    Journal(tmp_path / "out").path.unlink()
    assert run(tmp_path, split(), resume=True)[1] == 1


def test_the_whole_and_the_parts_do_not_stand_side_by_side(tmp_path: Path) -> None:
    run(tmp_path, result_of("a.pdf"))
    run(tmp_path, split(), force=True)
    assert outputs(tmp_path) == ["a.pdf#p1-2.json", "a.pdf#p3.json"]


@pytest.mark.models
def test_two_invoices_in_one_pdf_are_read_apart(tmp_path: Path) -> None:
    def draw(canvas, number: int) -> None:
        canvas.setFont("Helvetica", 11)
        lines = (
            "Marlow Finch Ltd", "INVOICE", f"Invoice number: INV-2041{number}",
            f"Invoice date: {13 + number} March 2026",
            "Goods remain the property of the seller", f"Total due  {number}88.00",
        )  # fmt: skip
        for n, line in enumerate(lines):
            canvas.drawString(40, 360 - 30 * n, line)

    data = pdf(pages=2, draw=draw)
    config = load_config("invoice")
    config = config.model_copy(update={"input": config.input.model_copy(update={"split": "auto"})})
    with Pipeline(config) as pipeline:
        result = pipeline.run(data, name="a.pdf")
    assert [(part.document.path, part.document.pages) for part in result.parts] == [("a.pdf#p1", 1), ("a.pdf#p2", 1)]
    assert [part.field("total_gross").value for part in result.parts] == ["188.00", "288.00"]
    assert [part.field("invoice_number").value for part in result.parts] == ["INV-20411", "INV-20412"]
    assert [part.pages[0].page for part in result.parts] == [1, 2]
    assert "several_documents" in [item.reason for item in result.needs_review]
    assert not any(item.reason == "several_documents" for part in result.parts for item in part.needs_review)
    assert Result.model_validate_json(result.to_json()).parts == ()


@pytest.mark.models
def test_rows_of_two_receipts_on_one_photo_do_not_mix(tmp_path: Path) -> None:
    other = ("CORNER BAKERY", "3 WELL STREET", "50450 KUALA LUMPUR", "BILL NO: 7741", "DATE: 02/05/2018",
             "SOURDOUGH              4.20", "CROISSANT             15.00", "TOTAL RM              19.20",
             "CASH                  20.00", "CHANGE                 0.80")  # fmt: skip
    papers = [draw(), draw(other)]
    photo = Image.new("RGB", (1400, papers[0].height + 200), (110, 80, 60))
    for n, paper in enumerate(papers):
        photo.paste(paper, (80 + 680 * n, 90 + 15 * n))
    photo.save(tmp_path / "a.png")
    config = load_config("invoice")
    split = config.model_copy(update={"input": config.input.model_copy(update={"split": "auto"})})
    with Pipeline(split) as pipeline:
        result = pipeline.run(tmp_path / "a.png")
    sold = [row.description.value or "" for row in result.line_items]
    assert len(sold) == 2
    assert not any("SOURDOUGH" in name or "CROISSANT" in name for name in sold)
    assert result.field("total_gross").value == "18.40"
    assert result.field("invoice_number").value == "GH-20417"
    assert {line.text for line in result.pages[0].lines} >= {"CORNER BAKERY"}
    assert [part.field("total_gross").value for part in result.parts] == ["18.40", "19.20"]
