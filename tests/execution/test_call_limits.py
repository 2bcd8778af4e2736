"""When a call counts as stuck: by the profile, for the size of what is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from docpipe.config import PipelineConfig, load_config
from docpipe.config.faults import Fault
from docpipe.document import Document, Page, TextRegion, polygon_of
from docpipe.execution.call_limits import LEAST_S, TIMES, CallLimits
from docpipe.execution.executor import Executor
from docpipe.execution.fault_injection import Faults
from docpipe.execution.route import StageRoute
from docpipe.profiles import to_yaml
from docpipe.result import STAGE_NAMES
from docpipe.runtime.bounded import Bounded
from docpipe.runtime.protocol import ModelRef, Prediction
from docpipe.testing import FakeRuntime
from docpipe.trace import Producer
from tests.profiles.making import invoice_without_profile, profile, rung

P99_OVER_P50 = 1.5
"""Of the profiles made here."""


def config_with(folder: Path, ms_per_unit: float, timeout_s: int = 120, digest: str | None = None) -> PipelineConfig:
    """Return the shipped configuration with a profile in which every rung takes so long for each unit."""
    stages = {
        name: {r.name: rung(ms_per_unit, 1.0, settings=digest or r.digest()) for r in stage.ladder}
        for name, stage in load_config("invoice").each_stage()
    }
    (folder / "box.yaml").write_text(to_yaml(profile(stages)), encoding="utf-8")
    text = invoice_without_profile()
    text = text.replace("infer_timeout_s: 120", f"infer_timeout_s: {timeout_s}").replace(", lease_s: 120", "")
    (folder / "mine.yaml").write_text(f"profile: box.yaml\n{text}", encoding="utf-8")
    return load_config(folder / "mine.yaml")


def page_with(regions: int) -> Document:
    """Return a page with so many units to recognise."""
    region = TextRegion(polygon_of((0, 0, 320, 48)), 0.9)
    return Document("1", "a.png", "", "", 0, 1, (Page(1, 960, 640, regions=(region,) * regions),))


def limit_s(config: PipelineConfig, stage: str, document: Document) -> float | None:
    rung = config.stage(stage).ladder[0]
    return CallLimits.of(config).limit_s(stage, rung, config.specs[stage].size(rung.use, document, None))


def test_without_a_profile_the_file_alone_says_how_long(tmp_path):
    (tmp_path / "bare.yaml").write_text(invoice_without_profile(), encoding="utf-8")
    assert limit_s(load_config(tmp_path / "bare.yaml"), "text_recognition", page_with(3)) is None


def test_more_to_read_may_take_longer(tmp_path):
    config = config_with(tmp_path, 1000)
    for regions in (3, 10):
        expected = TIMES * P99_OVER_P50 * regions
        assert limit_s(config, "text_recognition", page_with(regions)) == pytest.approx(expected)


def test_a_small_page_may_take_what_the_reference_takes(tmp_path):
    assert limit_s(config_with(tmp_path, 4000), "text_recognition", page_with(0)) == pytest.approx(30)


def test_nothing_is_stuck_sooner_than_a_busy_machine_takes(tmp_path):
    assert limit_s(config_with(tmp_path, 1), "text_recognition", page_with(3)) == LEAST_S


def test_the_file_says_how_long_at_most(tmp_path):
    assert limit_s(config_with(tmp_path, 1000, timeout_s=20), "text_recognition", page_with(10)) == 20


def test_tables_are_not_counted_before_they_are_found(tmp_path):
    assert limit_s(config_with(tmp_path, 4000), "table_structure", page_with(10)) == pytest.approx(30)


def test_rules_and_changed_rungs_have_no_limit(tmp_path):
    config = config_with(tmp_path, 1000)
    rules = next(r for r in config.stages.table_structure.ladder if r.mode == "rules")
    assert CallLimits.of(config).limit_s("table_structure", rules, 1.0) is None
    assert limit_s(config_with(tmp_path, 1000, digest="ffffffffffff"), "text_recognition", page_with(1)) is None


class Noting(FakeRuntime):
    """Notes how long each call may take."""

    def __init__(self) -> None:
        super().__init__()
        self.limits: list[float | None] = []
        self.tasks: list[str] = []

    def infer(
        self,
        ref: ModelRef,
        images: Sequence[Any],
        options: Mapping[str, object] | None = None,
        limit_s: float | None = None,
    ) -> list[Prediction]:
        self.limits.append(limit_s)
        self.tasks.append(ref.task)
        return []


class Calling:
    """A stage that calls its model and finds something."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, document: Document, settings: Any, runtime: Any) -> Document:
        for ref in settings.models():
            runtime.infer(ref, [])
        if self.name != "text_detection":
            return document
        return document.with_pages([replace(document.pages[0], regions=page_with(8).pages[0].regions)])


def execute(config: PipelineConfig, faults: Mapping[str, str] | None = None) -> tuple[Noting, list[float]]:
    runtime, waits = Noting(), list[float]()
    injected = Faults({k: Fault.parse(v) for k, v in (faults or {}).items()}, wait=waits.append)
    stages: Any = {name: Calling(name) for name in STAGE_NAMES}
    route = {name: StageRoute(tuple(r.name for r in stage.ladder)) for name, stage in config.each_stage()}
    page = np.full((640, 960, 3), 255, np.uint8)
    Executor(config, runtime, Producer("0", None, None, None, "", ""), faults=injected, stages=stages).run(
        page, route, name="a.png"
    )
    return runtime, waits


def test_a_documents_calls_are_bounded_by_its_size(tmp_path):
    runtime, _ = execute(config_with(tmp_path, 4000))
    by_task = dict(zip(runtime.tasks, runtime.limits, strict=True))
    assert by_task["text_detection"] == pytest.approx(TIMES * P99_OVER_P50 * 4)
    assert by_task["text_recognition"] == pytest.approx(min(120, TIMES * P99_OVER_P50 * 4 * 8))


def test_without_a_profile_calls_are_as_they_were(tmp_path):
    (tmp_path / "bare.yaml").write_text(invoice_without_profile(), encoding="utf-8")
    runtime, _ = execute(load_config(tmp_path / "bare.yaml"))
    assert set(runtime.limits) == {None}


def test_an_injected_stuck_call_is_noticed_as_a_real_one(tmp_path):
    _, waits = execute(config_with(tmp_path, 4000), {"text_detection.main": "stuck"})
    assert waits == [pytest.approx(30)]


def test_the_shorter_limit_counts():
    runtime = Noting()
    bounded = Bounded(runtime, 20)
    ref = ModelRef("text_detection", "det")
    bounded.infer(ref, [])
    bounded.infer(ref, [], None, 5)
    bounded.infer(ref, [], None, 50)
    assert runtime.limits == [20, 5, 20]
    assert bounded.load(ref) in bounded.list_loaded()
    bounded.free(ref)
    assert not bounded.list_loaded()


def test_a_profile_of_processor_time_leaves_calls_time_to_wait_for_a_core(tmp_path):
    config = config_with(tmp_path, 100)
    by_cpu = replace(CallLimits.of(config), profile=CallLimits.of(config).profile.model_copy(update={"clock": "cpu"}))
    rung = config.stage("text_recognition").ladder[0]
    assert CallLimits.of(config).limit_s("text_recognition", rung, 1.0) == 10
    assert by_cpu.limit_s("text_recognition", rung, 1.0) == 60
