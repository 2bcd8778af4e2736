"""Real models in trouble: each stage degrades by itself, and a call that never returns holds up nobody else."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from docpipe.config import PipelineConfig, load_config
from docpipe.config.faults import Fault
from docpipe.control.controller import PolicyControl
from docpipe.execution.fault_injection import Faults
from docpipe.lab.drill.run import run_drill
from docpipe.lab.drill.script import load_script
from docpipe.lab.synth.plain import draw_receipts
from docpipe.pipeline import Pipeline
from docpipe.policy.audit.replay import replay
from docpipe.policy.core.values import Event, EventKind
from docpipe.result import STAGE_NAMES, Result
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.resolve import normal
from docpipe.testing import FakeClock

pytestmark = [
    pytest.mark.models,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of PaddleX's and Paddle's own imports
]

CONFIG = "drills/quick"
START_NS = 10**12


class Kept(PaddleRuntime):
    """A real runtime that outlives the pipelines of this file: loading is what takes time."""

    def close(self) -> None:
        """Keep the models."""


@pytest.fixture(scope="module")
def config() -> PipelineConfig:
    return load_config(CONFIG)


@pytest.fixture(scope="module")
def runtime(config: PipelineConfig) -> Iterator[Kept]:
    made = Kept(config.runtime)
    yield made
    PaddleRuntime.close(made)


def keys_of(value: Any) -> Any:
    """Return the keys of a result's fixed parts, lists left out."""
    return {k: keys_of(v) for k, v in value.items()} if isinstance(value, dict) else None


def test_the_four_stages_degrade_independently(config: PipelineConfig, runtime: Kept) -> None:
    """Detection down, recognition on main, tables off, key fields on rules; the result has the same keys."""
    clock, faults, receipts = FakeClock(START_NS), Faults(), list(draw_receipts(9))
    with Pipeline(config, policy=PolicyControl(config, readers={}, clock=clock), runtime=runtime, faults=faults) as p:
        before = p.run(receipts[0])
        while any(stage.unavailable for stage in p.policy.state.stages):  # lower rungs load behind the main ones
            time.sleep(0.05)
        for target in ("text_detection.main", "table_structure.main", "table_structure.rules", "key_fields.main"):
            faults.set(target, Fault("oom"))
        for receipt in receipts[1:5]:
            clock.advance(0.1)
            assert p.run(receipt).status == "degraded"
        clock.advance(0.1)
        after = p.run(receipts[5])
        state = p.policy.state
    rungs = {name: getattr(after.stages, name).rung for name in STAGE_NAMES}
    assert rungs == {
        "text_detection": "light",
        "text_recognition": "main",
        "table_structure": "skip",
        "key_fields": "core",
    }
    assert {s.stage: s.rung for s in state.stages} == rungs
    assert before.status == "ok"
    assert {step.scope for step in after.degradations} == {"process"}
    assert {step.stage for step in after.degradations} == {"text_detection", "table_structure", "key_fields"}
    assert len(after.pages[0].lines) == 3
    assert after.pages[0].lines[2].text.startswith("TOTAL")
    assert keys_of(json.loads(after.model_dump_json())) == keys_of(json.loads(before.model_dump_json()))
    jsonschema.validate(json.loads(after.model_dump_json()), Result.model_json_schema())


class Back:
    """Notes when a rung is said to serve again."""

    def __init__(self) -> None:
        self.available: list[tuple[str, str, float | None]] = []
        self.again = threading.Event()

    def on_decision(self, event: Event) -> None:
        if event.kind is EventKind.AVAILABLE and event.to_rung == "main":  # lower rungs load behind
            self.available.append((event.stage, event.to_rung, event.observed))
            if event.observed:
                self.again.set()

    def on_finished(self, assignment: object, execution: object) -> None:
        pass


def test_a_call_that_never_returns_holds_up_nobody_else(
    config: PipelineConfig, runtime: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its document goes on one rung lower, the monitor ticks, other models answer, and the rung is left at once.

    Another predictor is loaded in its place and proves itself, while the call still has not come back.
    """
    entered, release, back = threading.Event(), threading.Event(), Back()
    clock, receipts = FakeClock(START_NS), list(draw_receipts(80))
    model = config.stages.text_detection.ladder[0].use.models()[0]
    recognition = config.stages.text_recognition.ladder[0].use.models()[0]

    def stuck(*images: object, **options: object) -> list[object]:
        entered.set()
        release.wait()
        return []

    control = PolicyControl(config, readers={}, clock=clock, tick_s=0.01, observers=[back])
    results: list[Result] = []
    with control, Pipeline(config, policy=control, runtime=runtime) as pipeline:
        while any(stage.unavailable for stage in control.state.stages):
            time.sleep(0.05)
        predictor = runtime._residents[normal(model, runtime.settings)].predictor[0]
        monkeypatch.setattr(predictor, "predict", stuck)
        monkeypatch.setattr(runtime, "settings", config.runtime.model_copy(update={"infer_timeout_s": 3.0}))
        document = threading.Thread(target=lambda: results.append(pipeline.run(receipts[0])))
        document.start()
        assert entered.wait(60)
        rounds = control.health.rounds
        blank = np.full((48, 160, 3), 255, np.uint8)
        assert len(runtime.infer(recognition, [blank], {"return_word_box": True})) == 1
        assert control.router.assign("beside")[0].rungs["text_recognition"] == "main"
        document.join()
        assert control.health.rounds > rounds
        assert (results[0].status, results[0].stages.text_detection.rung) == ("degraded", "light")
        assert [step.trigger for step in results[0].degradations] == ["deadline"]
        assert len(results[0].pages[0].lines) == 3
        assert [stage.level for stage in control.state.stages] == [1, 0, 0, 0]

        monkeypatch.undo()
        assert back.again.wait(120)
        assert back.available == [("text_detection", "main", 0.0), ("text_detection", "main", 1.0)]
        assert runtime._residents[normal(model, runtime.settings)].predictor[0] is not predictor
        for receipt in receipts[1:]:
            clock.advance(0.5)
            results.append(pipeline.run(receipt))
            if control.state["text_detection"].level == 0:
                break
        assert control.state["text_detection"].level == 0
        assert results[-1].stages.text_detection.rung == "main"
        assert "failed" not in {result.status for result in results}
    release.set()


def test_a_drill_with_real_models_is_judged_and_replays(config: PipelineConfig, runtime: Kept, tmp_path: Path) -> None:
    clock = FakeClock(START_NS)
    script = load_script("out-of-memory", config).model_copy(update={"documents_per_s": 1.0})
    outcome = run_drill(
        config,
        script,
        list(draw_receipts(5)),
        tmp_path,
        clock=clock,
        wait=clock.advance,
        runtime=runtime,
        tick_s=3600,
    )
    assert [str(verdict) for verdict in outcome.verdicts if not verdict.met] == []
    assert outcome.seen.documents == 40
    assert replay(outcome.log).identical
