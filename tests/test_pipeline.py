"""The embedded pipeline with real models: any input, any thread, the same result; every rung the same keys."""

from __future__ import annotations

import io
import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from docpipe import Pipeline, load_config
from docpipe.control.controller import PolicyControl
from docpipe.errors import ModelError, UsageError
from docpipe.execution.executor import Executor
from docpipe.execution.route import StageRoute
from docpipe.result import STAGE_NAMES, Result
from docpipe.testing import FakeRuntime
from tests.drawing import draw, receipt_file

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline.from_config("invoice") as pipeline:
        yield pipeline


def facts_of(result: Result) -> dict[str, Any]:
    return result.model_dump(mode="json", exclude={"timings", "document"})


def keys_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: keys_of(part) for key, part in value.items()}
    return None


def test_a_path_bytes_an_array_and_an_image_are_read_alike(pipeline: Pipeline, tmp_path: Path) -> None:
    path = receipt_file(tmp_path)
    results = [
        pipeline.run(path),
        pipeline.run(str(path)),
        pipeline.run(path.read_bytes()),
        pipeline.run(cv2.imread(str(path))),
        pipeline.run(draw()),
        pipeline.run(io.BytesIO(path.read_bytes())),
    ]
    with path.open("rb") as file:
        results.append(pipeline.run(file))
    for result in results:
        assert result.status == "ok"
        assert facts_of(result) == facts_of(results[0])
    assert results[0].field("total_gross").value == "18.40"
    assert results[0].document.path == "receipt.png"


def test_what_was_found_says_where(pipeline: Pipeline, tmp_path: Path) -> None:
    result = pipeline.run(receipt_file(tmp_path))
    field = result.field("total_gross")
    lines = {line.id: line.text for page in result.pages for line in page.lines}
    assert field.bbox is not None
    assert "18.40" in " ".join(lines[i] for i in field.line_ids)
    assert json.loads(result.to_json())["fields"]["total_gross"]["value"] == "18.40"
    with pytest.raises(KeyError, match="is no field of the schema"):
        result.field("total")


def test_threads_get_the_same_results_as_one_after_the_other(pipeline: Pipeline, tmp_path: Path) -> None:
    paths = [receipt_file(tmp_path, f"{n}.png", [f"SHOP {n} LTD", f"TOTAL {n}0.00"]) for n in range(1, 5)]
    alone = [facts_of(pipeline.run(path)) for path in paths]
    with ThreadPoolExecutor(4) as threads:
        together = [facts_of(result) for result in threads.map(pipeline.run, paths)]
    assert together == alone


def test_run_many_keeps_the_order_and_survives_a_bad_document(pipeline: Pipeline, tmp_path: Path) -> None:
    results = list(pipeline.run_many([receipt_file(tmp_path), b"no image", tmp_path / "gone.png"]))
    assert [result.status for result in results] == ["ok", "failed", "failed"]
    assert [result.document.path for result in results] == ["receipt.png", "document", "gone.png"]


def test_the_policy_can_be_pinned_and_unpinned(pipeline: Pipeline, tmp_path: Path) -> None:
    path = receipt_file(tmp_path)
    pipeline.policy.pin("key_fields", "core", reason="a test")
    try:
        result = pipeline.run(path)
        assert (result.status, result.stages.key_fields.rung) == ("degraded", "core")
        assert [d.trigger for d in result.degradations] == ["operator"]
        assert pipeline.policy.state["key_fields"].pinned
    finally:
        pipeline.policy.unpin("key_fields")
    with pytest.raises(KeyError):
        pipeline.policy.pin("key_fields", "best")


def test_every_combination_of_rungs_gives_the_same_keys_and_follows_the_schema(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    path = receipt_file(tmp_path, lines=("SHOP LTD", "DATE 14/03/2018", "TOTAL 18.40"))
    executor: Executor = pipeline._executor
    shape = None
    ladders = [[rung.name for rung in stage.ladder] for _, stage in pipeline.config.each_stage()]
    for rungs in itertools.product(*ladders):
        route = {name: StageRoute((rung,)) for name, rung in zip(STAGE_NAMES, rungs, strict=True)}
        result = executor.run(path, route, name="a.png").result
        data = result.model_dump(mode="json")
        assert Result.model_validate(data) == result
        shape = shape or keys_of(data)
        assert keys_of(data) == shape, rungs
        assert tuple(getattr(result.stages, name).rung for name in STAGE_NAMES) == rungs
        assert result.status == ("ok" if rungs == tuple(ladder[0] for ladder in ladders) else "degraded")


def test_the_policy_knows_a_document_by_its_content(pipeline: Pipeline, tmp_path: Path) -> None:
    """A retry falls on the same side of a trial, whatever its path; pixels in memory are told by their number."""
    before = pipeline.policy.state.documents
    ids: list[str] = []
    assign = pipeline.policy.router.assign
    pipeline.policy.router.assign = lambda told: ids.append(told) or assign(told)  # type: ignore[func-returns-value, method-assign, assignment]
    try:
        results = [pipeline.run(b"no image") for _ in range(3)]
        results += [pipeline.run(receipt_file(tmp_path / folder, "scan.png", [folder])) for folder in "ab"]
        pipeline.run(tmp_path / "a" / "scan.png")
        pipeline.run(np.full((40, 100, 3), 255, np.uint8))
        pipeline.run(np.full((40, 100, 3), 255, np.uint8))
    finally:
        pipeline.policy.router.assign = assign  # type: ignore[method-assign]
    assert pipeline.policy.state.documents == before + 8
    assert [ids.index(told) for told in ids] == [0, 0, 0, 3, 4, 3, 6, 7]
    assert [result.document.path for result in results] == ["document"] * 3 + ["scan.png"] * 2


def test_a_model_that_cannot_be_had_starts_the_stage_one_rung_lower(tmp_path: Path) -> None:
    with Pipeline.from_config(_with_a_hub_model(tmp_path)) as pipeline:
        result = pipeline.run(receipt_file(tmp_path))
        assert (result.status, result.stages.text_detection.rung) == ("degraded", "light")
        (step,) = result.degradations
        assert (step.stage, step.from_rung, step.to_rung) == ("text_detection", "main", "light")


def _with_a_hub_model(folder: Path) -> Path:
    path = folder / "hub.yaml"
    path.write_text(
        "stages:\n"
        "  text_detection:\n    ladder:\n"
        "      - {name: main, use: {model_name: PP-OCRv5_server_det}}\n"
        "      - {name: light, mode: swap_model, use: {model_name: PP-OCRv4_mobile_det}}\n"
        "  text_recognition: {ladder: [{name: main, use: {}}]}\n"
        "  table_structure: {ladder: [{name: main, use: {rules: lines}}]}\n"
        "  key_fields: {ladder: [{name: main, use: {}}]}\n",
        encoding="utf-8",
    )
    return path


def test_a_stage_without_any_model_says_so_at_once() -> None:
    config = load_config("invoice")
    gone = ModelError("its file is gone")
    models = {ref.name for rung in config.stage("text_recognition").ladder for ref in rung.use.models()}
    runtime = FakeRuntime(fail=dict.fromkeys(models, gone))
    with pytest.raises(ModelError, match=r"text_recognition has no rung.*its file is gone.*docpipe doctor"):
        Pipeline(config, runtime=runtime, policy=PolicyControl(config))


def test_pixels_of_the_caller_are_left_alone(pipeline: Pipeline) -> None:
    pixels = np.asarray(draw().convert("RGB"))[:, :, ::-1].copy()
    before = pixels.copy()
    pipeline.run(pixels)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("given", [None, 7, 2.5, [], {}, io.StringIO("text")], ids=lambda given: type(given).__name__)
def test_what_is_no_document_is_a_mistake_of_the_program(pipeline: Pipeline, given: Any) -> None:
    with pytest.raises(TypeError, match="a binary stream such as"):
        pipeline.run(given)


def test_a_stream_is_read_from_where_it_stands_and_a_broken_one_is_a_bad_document(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    path = receipt_file(tmp_path)
    stream = io.BytesIO(b"before" + path.read_bytes())
    stream.seek(6)
    assert pipeline.run(stream).document.pages_read == 1
    with path.open("rb") as file:
        assert pipeline.run(file).document.path == "receipt.png"
    closed = path.open("rb")
    closed.close()
    assert [error.code for error in pipeline.run(closed).errors] == ["input_unreadable"]
    with tempfile.NamedTemporaryFile("w+") as text, pytest.raises(TypeError, match="'rb'"):
        pipeline.run(text)


def test_a_closed_pipeline_says_so() -> None:
    pipeline = Pipeline(load_config("invoice"), runtime=FakeRuntime())
    pipeline.close()
    with pytest.raises(UsageError, match="is closed"):
        pipeline.run(b"%PDF-1.4")
    pipeline.close()


def test_a_forked_child_fails_at_once_and_names_the_fork() -> None:
    """A fork copies neither threads nor what holds their locks: it would wait for them."""
    pipeline = Pipeline(load_config("invoice"), runtime=FakeRuntime())
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            pipeline.run(b"x")
            said = "read"
        except UsageError as e:
            said = str(e)
        os.write(writer, said.encode())
        pipeline.close()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said_by_child:
        said = said_by_child.read()
    assert os.waitpid(child, 0)[1] == 0
    assert "is a fork of it" in said
    assert str(os.getpid()) in said
    pipeline.close()
