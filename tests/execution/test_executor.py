"""One document through its stages: fallbacks inside the request, the same keys whatever happens."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from docpipe.config import PipelineConfig
from docpipe.config.faults import Fault
from docpipe.document import Document, KeyField, TextLine, polygon_of
from docpipe.errors import OutOfMemory, StageError, StageTimeout
from docpipe.execution.executor import Execution, Executor
from docpipe.execution.fault_injection import Faults
from docpipe.execution.route import StageRoute
from docpipe.result import STAGE_NAMES, Result
from docpipe.testing import FakeClock, FakeRuntime
from docpipe.trace import Producer

PRODUCER = Producer("0", None, None, None, "config", "rules")
LADDER = {
    "text_detection": [{"name": "main", "use": {}}, {"name": "light", "mode": "swap_model", "use": {}}],
    "text_recognition": [{"name": "main", "use": {}}, {"name": "light", "mode": "swap_model", "use": {}}],
    "table_structure": [{"name": "main", "use": {}}, {"name": "skip", "mode": "disable", "use": {}}],
    "key_fields": [{"name": "main", "use": {}}, {"name": "skip", "mode": "disable", "use": {}}],
}
CONFIG = PipelineConfig.model_validate({"stages": {name: {"ladder": ladder} for name, ladder in LADDER.items()}})
ROUTE = {name: StageRoute(tuple(str(rung["name"]) for rung in ladder)) for name, ladder in LADDER.items()}
PAGE = np.full((40, 100, 3), 255, np.uint8)


class Scripted:
    """A stage that leaves its mark, or fails as often as told."""

    def __init__(self, name: str, *errors: Exception) -> None:
        self.name, self.errors, self.calls = name, list(errors), 0

    def run(self, document: Document, settings: Any, runtime: Any) -> Document:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        if self.name == "key_fields":
            return replace(document, fields={"total_gross": KeyField("9.00", "9.00", 0.9, "rule", "r")})
        if self.name == "text_recognition":
            line = TextLine("1-1", "TOTAL 9.00", 0.98765, polygon_of((-3.0, 1.04, 50.0, 20.0)), 0.9)
            return document.with_pages([replace(document.pages[0], lines=(line,))])
        return document


def execute(
    faults: Mapping[str, str] | None = None, **errors: list[Exception]
) -> tuple[Execution, dict[str, Scripted]]:
    stages = {name: Scripted(name, *errors.get(name, [])) for name in STAGE_NAMES}
    injected = Faults({k: Fault.parse(v) for k, v in (faults or {}).items()}, wait=lambda seconds: None)
    executor = Executor(CONFIG, FakeRuntime(), PRODUCER, faults=injected, stages=stages)  # type: ignore[arg-type]
    return executor.run(PAGE, ROUTE, name="a.png"), stages


def keys_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: keys_of(part) for key, part in value.items()}
    return type(value).__name__ if isinstance(value, list) else None


def test_without_a_fault_nothing_is_degraded() -> None:
    execution, stages = execute()
    result = execution.result
    assert (result.status, result.degradations, result.errors) == ("ok", (), ())
    assert [stage.calls for stage in stages.values()] == [1, 1, 1, 1]
    assert [(a.stage, a.outcome) for a in execution.attempts] == [(name, "ok") for name in STAGE_NAMES]


@pytest.mark.parametrize(
    ("error", "outcome", "trigger"),
    [
        (OutOfMemory("full"), "oom", "out_of_memory"),
        (MemoryError("full"), "oom", "out_of_memory"),
        (StageTimeout("late"), "timeout", "deadline"),
        (StageError("broken"), "error", "errors"),
        (ValueError("a bug"), "error", "errors"),
    ],
)
@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_failed_rung_is_replaced_inside_the_request(stage: str, error: Exception, outcome: str, trigger: str) -> None:
    execution, stages = execute(**{stage: [error]})
    result = execution.result
    (step,) = result.degradations
    assert result.status == "degraded"
    assert (step.stage, step.from_rung, step.to_rung, step.trigger) == (stage, "main", ROUTE[stage].rungs[1], trigger)
    assert getattr(result.stages, stage).level == 1
    assert [a.outcome for a in execution.attempts if a.stage == stage] == [outcome, "ok"]
    assert stages[stage].calls == (1 if step.action == "disable" else 2), "a rung is never tried twice"


def test_a_failure_and_its_fallback_are_timed_apart() -> None:
    """Main fails after 500 ms, light takes 80: two samples, each under its own rung, and a document of 580."""
    clock = FakeClock()

    class Slow(Scripted):
        def run(self, document: Document, settings: Any, runtime: Any) -> Document:
            clock.advance(0.5 if self.errors else 0.08)
            return super().run(document, settings, runtime)

    stages = {name: Scripted(name) for name in STAGE_NAMES}
    stages["text_detection"] = Slow("text_detection", StageError("broken"))
    executor = Executor(CONFIG, FakeRuntime(), PRODUCER, clock=clock, stages=stages)  # type: ignore[arg-type]
    execution = executor.run(PAGE, ROUTE, name="a.png")
    times = [(a.rung, a.outcome, a.elapsed_ns // 10**6) for a in execution.attempts if a.stage == "text_detection"]
    assert times == [("main", "error", 500), ("light", "ok", 80)]
    assert execution.result.timings.total_ms == 580
    assert execution.result.timings.stages.text_detection == 80, "what served the stage, not what failed before"


def test_a_text_stage_that_fails_on_every_rung_fails_the_document() -> None:
    execution, _ = execute(text_recognition=[StageError("one"), OutOfMemory("two")])
    result = execution.result
    assert (result.status, result.pages) == ("failed", ())
    assert [(e.code, e.stage) for e in result.errors] == [("ladder_exhausted", "text_recognition")]
    assert "two" in result.errors[0].message


def test_an_injected_fault_on_a_rung_without_a_model_counts_too() -> None:
    execution, _ = execute({"table_structure.main": "oom", "table_structure.skip": "error"})
    result = execution.result
    assert result.status == "degraded"
    assert [e.code for e in result.errors] == ["ladder_exhausted"]
    assert result.field("total_gross").value == "9.00", "the other stages go on"


def test_coordinates_stay_on_the_page_and_are_rounded() -> None:
    (line,) = execute()[0].result.pages[0].lines
    assert line.bbox == (0.0, 1.0, 50.0, 20.0)
    assert line.confidence == 0.9877


def test_every_outcome_has_the_same_keys_and_follows_the_schema() -> None:
    good = keys_of(execute()[0].result.model_dump(mode="json"))
    for failing in itertools.product([0, 1, 2], repeat=4):
        errors: dict[str, list[Exception]] = {
            name: [OutOfMemory("full")] * count for name, count in zip(STAGE_NAMES, failing, strict=True)
        }
        result = execute(**errors)[0].result
        data = result.model_dump(mode="json")
        assert keys_of(data) == good
        assert Result.model_validate(data) == result


def test_the_plain_view_has_every_line_as_it_stands() -> None:
    result = execute()[0].result
    (page,) = result.ocr_view()
    assert page["model_version"] == result.model_version
    assert page["results"] == [{"text": "TOTAL 9.00", "bbox": [0.0, 1.0, 50.0, 20.0], "confidence": 0.9877}]


def test_an_input_that_is_no_document_never_reaches_a_stage() -> None:
    stages = {name: Scripted(name) for name in STAGE_NAMES}
    executor = Executor(CONFIG, FakeRuntime(), PRODUCER, stages=stages)  # type: ignore[arg-type]
    execution = executor.run(b"not an image", ROUTE, name="a.png")
    assert (execution.result.status, execution.attempts) == ("failed", ())
    assert [e.fatal for e in execution.result.errors] == [True]
    assert [stage.calls for stage in stages.values()] == [0, 0, 0, 0]
