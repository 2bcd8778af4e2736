"""Calls are told while they happen, with what they took, what they waited, and why they failed."""

from __future__ import annotations

from docpipe.errors import OutOfMemory
from docpipe.execution.document_run import RunHooks
from docpipe.execution.executor import Executor
from docpipe.execution.stage_call import Attempt
from docpipe.result import STAGE_NAMES
from docpipe.testing import FakeRuntime
from tests.execution.test_executor import CONFIG, PAGE, PRODUCER, ROUTE, Scripted


class Told:
    """Keeps what it is told, in order."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.attempts: list[Attempt] = []
        self.units: dict[str, float | None] = {}

    def on_call_began(self, stage: str, rung: str, units: float | None, limit_s: float) -> None:
        self.seen.append(("began", stage, rung))
        self.units[stage] = units
        assert limit_s > 0

    def on_call_ended(self, attempt: Attempt) -> None:
        self.seen.append((attempt.outcome, attempt.stage, attempt.rung))
        self.attempts.append(attempt)


def test_every_call_is_told_when_it_begins_and_when_it_ends() -> None:
    """A failed call is heard of before the next rung is tried, not at the document's end; with the error's words."""
    told = Told()
    stages = {name: Scripted(name) for name in STAGE_NAMES}
    stages["text_recognition"].errors.append(OutOfMemory("cudaMalloc\n  failed"))
    executor = Executor(CONFIG, FakeRuntime(), PRODUCER, stages=stages)  # type: ignore[arg-type]
    execution = executor.run(PAGE, ROUTE, name="a.png", hooks=RunHooks(told))
    assert told.seen[:6] == [
        ("began", "text_detection", "main"),
        ("ok", "text_detection", "main"),
        ("began", "text_recognition", "main"),
        ("oom", "text_recognition", "main"),
        ("began", "text_recognition", "light"),
        ("ok", "text_recognition", "light"),
    ]
    assert tuple(told.attempts) == execution.attempts
    assert told.attempts[1].cause == "cudaMalloc failed"
    assert told.units["text_detection"] == CONFIG_UNITS
    (step,) = execution.result.degradations
    assert step.cause == "cudaMalloc failed"


CONFIG_UNITS = 0.003072
"""Megapixels that the network sees of a page of 100 x 40 pixels: 96 x 32, multiples of 32."""
