"""Models whose call never returns: left at once, loaded again in the background, given up after a few times."""

from __future__ import annotations

import logging

import pytest

from docpipe.config import PipelineConfig
from docpipe.control.replace_stuck import MOST, StuckModelReplacer
from docpipe.errors import ModelError
from docpipe.execution.stage_call import Attempt
from docpipe.runtime.protocol import ModelRef
from docpipe.testing import FakeRuntime

LADDER = [
    {"name": "main", "use": {"model_name": "PP-OCRv6_small_det"}},
    {"name": "light", "mode": "swap_model", "use": {"model_name": "PP-OCRv4_mobile_det"}},
    {"name": "small", "mode": "reduce_input", "use": {"model_name": "PP-OCRv4_mobile_det", "limit_side_len": 640}},
]
ONE = [{"name": "main", "use": {}}]
CONFIG = PipelineConfig.model_validate(
    {
        "stages": {
            "text_detection": {"ladder": LADDER},
            "text_recognition": {"ladder": ONE},
            "table_structure": {"ladder": ONE},
            "key_fields": {"ladder": [*ONE, {"name": "core", "mode": "rules", "use": {"fields": "core"}}]},
        }
    }
)
LIGHT, SMALL = CONFIG.stages.text_detection.ladder[1:3]
(MODEL,) = LIGHT.use.models()


class Stuck(FakeRuntime):
    """Whatever is asked to be is stuck until it is freed."""

    def __init__(self) -> None:
        super().__init__()
        self.in_call: set[ModelRef] = set()
        self.freed: list[ModelRef] = []

    def is_stuck(self, ref: ModelRef) -> bool:
        return ref in self.in_call

    def free(self, ref: ModelRef) -> float:
        self.freed.append(ref)
        self.in_call.discard(ref)
        return super().free(ref)


def attempt(outcome: str = "timeout", rung: str = "light") -> Attempt:
    return Attempt("text_detection", rung, outcome, 0, 1)


def replacer() -> tuple[Stuck, list[tuple[str, str, bool]], StuckModelReplacer]:
    runtime = Stuck()
    told: list[tuple[str, str, bool]] = []
    return (
        runtime,
        told,
        StuckModelReplacer(CONFIG, runtime, lambda stage, rung, can, why: told.append((stage, rung, can))),
    )


def test_all_rungs_of_a_stuck_model_are_left_and_come_back_with_another_one() -> None:
    """Two rungs share the model; the third has its own."""
    assert SMALL.use.models() == (MODEL,)
    runtime, told, made = replacer()
    runtime.in_call.add(MODEL)
    made.look_at([attempt("ok", "main"), attempt()])
    both = [("text_detection", "light"), ("text_detection", "small")]
    assert told == [(*rung, False) for rung in both] + [(*rung, True) for rung in both]
    assert (runtime.freed, [model.ref for model in runtime.list_loaded()]) == ([MODEL], [MODEL])


@pytest.mark.parametrize("outcome", ["ok", "oom", "error", "timeout"])
def test_a_model_that_is_not_stuck_is_left_alone(outcome: str) -> None:
    """Its call came back in the meantime, or the timeout was only injected."""
    runtime, told, made = replacer()
    made.look_at([attempt(outcome)])
    assert (told, runtime.freed) == ([], [])


def test_a_rung_without_a_model_has_nothing_to_replace() -> None:
    runtime, told, made = replacer()
    made.look_at([Attempt("key_fields", "core", "timeout", 0, 1)])
    assert (told, runtime.freed) == ([], [])


def test_after_a_few_times_it_is_given_up_and_said_so(caplog: pytest.LogCaptureFixture) -> None:
    runtime, told, made = replacer()
    for _ in range(MOST + 2):
        runtime.in_call.add(MODEL)
        made.look_at([attempt()])
    assert [can for _, rung, can in told if rung == "light"] == [False, True] * MOST + [False]
    assert len(runtime.freed) == MOST + 1
    assert f"docpipe.model_given_up name={MODEL.name} stuck={MOST + 1} advice=restart" in caplog.text


def test_a_model_that_cannot_be_loaded_again_stays_away(caplog: pytest.LogCaptureFixture) -> None:
    runtime, told, made = replacer()
    runtime._fail[MODEL.name] = ModelError("its files are gone")
    runtime.in_call.add(MODEL)
    with caplog.at_level(logging.ERROR):
        made.look_at([attempt()])
    assert [can for _, _, can in told] == [False, False]
    assert "docpipe.model_not_replaced" in caplog.text
