"""A reader of documents with its policy and metrics, on a fake clock: everything real but the models and the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from docpipe.config import PipelineConfig
from docpipe.config.faults import Fault
from docpipe.control.controller import PolicyControl
from docpipe.document import Document
from docpipe.execution.document_run import RunHooks
from docpipe.execution.executor import Execution, Executor
from docpipe.execution.fault_injection import Faults
from docpipe.result import STAGE_NAMES
from docpipe.testing import FakeClock, FakeRuntime
from docpipe.trace import Producer

SECOND = 1_000_000_000
START_NS = 1_000 * SECOND
PAGE = np.full((40, 100, 3), 255, np.uint8)
LADDER = [{"name": "main", "use": {}}, {"name": "light", "mode": "swap_model", "use": {}}]
LADDERS = {
    "text_detection": LADDER,
    "text_recognition": LADDER,
    "table_structure": [*LADDER, {"name": "skip", "mode": "disable", "use": {}}],
    "key_fields": LADDER,
}
QUICK = {
    "ooms": {"degrade_at": 1, "within_s": 60},
    "recover_after_s": 5,
    "cool_down_s": {"first": 5, "factor": 2, "max": 20},
    "probes": {"count": 2, "pass": 2, "per_s": 1, "lease_s": 30},
    "ramp": {"shares": [0.5], "min_samples": 2, "min_s": 1, "max_s": 30},
}


class Slow:
    """A stage that takes a tenth of a second and changes nothing."""

    def __init__(self, name: str, clock: FakeClock) -> None:
        self.name, self._clock = name, clock

    def run(self, document: Document, settings: Any, runtime: Any) -> Document:
        self._clock.advance(0.1)
        return document


class Reader:
    """Reads the same page again and again; `faults` are put on rungs and taken off by hand."""

    def __init__(self, policy: Mapping[str, Any] | None = None, **stages: Mapping[str, Any]) -> None:
        config = {
            "policy": {**QUICK, **(policy or {})},
            "stages": {name: {"ladder": ladder, **stages.get(name, {})} for name, ladder in LADDERS.items()},
        }
        self.config = PipelineConfig.model_validate(config)
        self.clock = FakeClock(START_NS)
        self.policy = PolicyControl(self.config, readers={}, clock=self.clock)
        self.metrics = self.policy.metrics
        self.metrics.attach(self.policy.engine, clock=self.clock)  # nothing reads signals here, so nobody can lose them
        self.faults = Faults(wait=self.clock.advance)
        self._executor = Executor(
            self.config,
            FakeRuntime(),
            Producer("0", None, None, None, "config", "rules"),
            faults=self.faults,
            clock=self.clock,
            stages={name: Slow(name, self.clock) for name in STAGE_NAMES},  # type: ignore[misc]
        )
        self.documents = 0

    def read(self, count: int = 1, **faults: str) -> Execution:
        """Read `count` documents; a fault is `stage__rung="oom"`."""
        for target, fault in faults.items():
            self.faults.set(target.replace("__", "."), Fault.parse(fault))
        for _ in range(count):
            self.documents += 1
            assignment, route = self.policy.router.assign(f"document {self.documents}")
            execution = self._executor.run(
                PAGE, route, name=f"{self.documents}.png", hooks=RunHooks(self.policy.router.calls(assignment))
            )
            self.policy.finish(assignment, execution)
        for target in faults:
            self.faults.set(target.replace("__", "."), None)
        return execution

    def wait(self, seconds: int) -> None:
        """Let time pass, with a tick every second."""
        for _ in range(seconds):
            self.clock.advance(1)
            self.policy.engine.tick()

    def until_back(self, stage: str, limit: int = 200) -> None:
        """Read a document a second until a stage is on its best rung again."""
        for _ in range(limit):
            if self.policy.state[stage].level == 0:
                return
            self.wait(1)
            self.read()
        raise AssertionError(f"{stage} did not come back: {self.policy.state}")

    def text(self) -> str:
        """Return the page that Prometheus reads."""
        return generate_latest(self.metrics.registry).decode()

    def value(self, name: str, **labels: str) -> float | None:
        """Return one sample of that page, by its full name without the prefix; None where there is none."""
        return value_in(self.text(), f"docpipe_{name}", labels)


def value_in(text: str, name: str, labels: Mapping[str, str]) -> float | None:
    """Return the value of one sample of an exposition."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None


def with_models(execution: Execution, **models: tuple[str, str]) -> Execution:
    """Return the execution as if these models, with their SHA-256, had served its stages."""
    stages = execution.result.stages
    changed = {
        stage: getattr(stages, stage).model_copy(update={"model_name": name, "model_version": sha256})
        for stage, (name, sha256) in models.items()
    }
    result = execution.result.model_copy(update={"stages": stages.model_copy(update=changed)})
    return replace(execution, result=result)
