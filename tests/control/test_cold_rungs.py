"""A document whose last loaded rung fails waits for the next lower one that still loads; it does not fail."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest

from docpipe.batch.worker_process import Limits
from docpipe.batch.workers import WorkerPool
from docpipe.config import PipelineConfig
from docpipe.control.cold_rungs import ColdRungs
from docpipe.control.controller import PolicyControl
from docpipe.control.preload import Unusable
from docpipe.errors import ModelError, OutOfMemory
from docpipe.pipeline import Pipeline
from docpipe.runtime.protocol import LoadedModel, ModelRef
from docpipe.runtime.settings import default_cache
from docpipe.testing import FakeRuntime
from tests.batch.stand_in import StandIn, config_of, document

MAIN, LIGHT = "PP-OCRv6_medium_det", "PP-OCRv6_small_det"
PAGE = np.full((64, 64, 3), 0, np.uint8)


def behind(**changes: Any) -> PipelineConfig:
    """Return a pipeline whose lower rung of detection loads behind the main one."""
    data = config_of().to_data()
    data["stages"]["text_detection"]["ladder"][1]["resident"] = False
    return PipelineConfig.model_validate(data | changes)


class LoadsLate(StandIn):
    """Its background loads end when `go` is set, on another thread."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def load_in_background(self, ref: ModelRef) -> Future[LoadedModel]:
        future: Future[LoadedModel] = Future()

        def load() -> None:
            self.go.wait(30)
            try:
                future.set_result(self.load(ref))
            except ModelError as e:
                future.set_exception(e)

        threading.Thread(target=load, daemon=True).start()
        return future


class FullOnMain(LoadsLate):
    """Runs out of memory on main; the lower rung begins to load only then."""

    def infer(self, ref: ModelRef, *more: Any, **named: Any) -> Any:
        if ref.name == MAIN:
            self.go.set()
            raise OutOfMemory("device")
        return super().infer(ref, *more, **named)


class Soon(LoadsLate):
    """As a worker has it: the lower rung takes half a second to load."""

    def __init__(self) -> None:
        super().__init__()
        threading.Timer(0.5, self.go.set).start()


def late(config: PipelineConfig) -> Soon:
    """Make the runtime of a worker."""
    return Soon()


def test_a_document_waits_for_the_rung_that_loads_behind():
    with Pipeline(behind(), runtime=FullOnMain()) as pipeline:
        result = pipeline.run(PAGE)
    assert result.status == "degraded"
    assert result.stages["text_detection"].rung == "light"
    assert [(step.from_rung, step.to_rung, step.trigger) for step in result.degradations] == [
        ("main", "light", "out_of_memory")
    ]


def test_no_document_waits_past_its_deadline():
    class Never(FullOnMain):
        def load_in_background(self, ref: ModelRef) -> Future[LoadedModel]:
            return Future()

    with Pipeline(behind(), runtime=Never()) as pipeline:
        result = pipeline.run(PAGE, deadline_ms=300)
    assert [error.code for error in result.errors] == ["ladder_exhausted"]


def test_a_rung_that_cannot_be_loaded_is_not_waited_for_again():
    runtime = FakeRuntime(fail={LIGHT: ModelError("gone")})
    cold = ColdRungs(behind(), runtime, [Unusable("text_detection", "light", "", cold=True)], lambda *rung: None)
    assert cold.lower("text_detection", "main", 60) is None


def test_a_document_that_took_a_worker_with_it_waits_for_the_lower_rung_of_the_next(tmp_path):
    """With nothing but main loaded it would go to main again, and be set aside."""
    source = document(tmp_path, "0.png", "die_on_main")
    config = behind(workers=1)
    limits = Limits(turn_s=0.05)
    with PolicyControl(config) as policy, WorkerPool(config, policy=policy, limits=limits, make_runtime=late) as pool:
        ((_, result),) = pool.run([source])
    assert result.status == "degraded", result.errors
    assert [(step.to_rung, step.trigger) for step in result.degradations] == [("light", "worker_died")]


@pytest.mark.models
def test_real_models_of_two_engines(tmp_path):
    """The key fields' network on ONNX Runtime fails at once; the same on Paddle is still loading then."""
    data = config_of().to_data()
    data["runtime"] = {"cache_dir": str(default_cache())}
    data["stages"]["text_detection"]["ladder"] = [{"name": "main", "use": {"model_name": "PP-OCRv6_tiny_det"}}]
    data["stages"]["text_recognition"]["ladder"] = [{"name": "main", "use": {"model_name": "PP-OCRv6_tiny_rec"}}]
    net = {"model_name": "docpipe-key-fields", "rules": "auto", "device": "cpu"}
    data["stages"]["key_fields"]["ladder"] = [
        {"name": "main", "use": net},
        {"name": "paddle", "mode": "swap_model", "use": net | {"engine": "paddle_static"}},
    ]
    config = PipelineConfig.model_validate(data | {"faults": {"key_fields.main": "oom"}})
    with Pipeline(config) as pipeline:
        result = pipeline.run("tests/samples/images/receipt_cafe.jpg")
    assert result.status == "degraded", result.errors
    assert result.stages["key_fields"].rung == "paddle"
    assert result.fields.total_gross.value
