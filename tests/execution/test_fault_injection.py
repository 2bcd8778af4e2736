"""Injected faults: how they are written and what they do."""

from __future__ import annotations

import pytest

from docpipe.config.faults import Fault, parse_faults
from docpipe.errors import OutOfMemory, StageError, StageTimeout
from docpipe.execution.fault_injection import Faults


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oom", Fault("oom")),
        (" error*3 ", Fault("error", calls=3)),
        ("slow:2.5x", Fault("slow", 2.5)),
        ("slow:+800ms", Fault("slow", extra_ms=800.0)),
        ("stuck * 1", Fault("stuck", calls=1)),
    ],
)
def test_a_fault_is_read_as_written(text: str, expected: Fault) -> None:
    assert Fault.parse(text) == expected


@pytest.mark.parametrize("text", ["", "ooms", "slow", "slow:x", "slow:3", "slow:+3", "oom*", "oom*-1"])
def test_what_is_no_fault_is_refused_with_the_way_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write oom, error, stuck, die, stop, hang or slow:3x"):
        Fault.parse(text)


def test_a_fault_cannot_make_a_rung_faster() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        Fault.parse("slow:0.5x")


def test_the_environment_holds_several() -> None:
    text = "text_detection.main: oom*3; key_fields.rules: slow:3x;"
    assert parse_faults(text) == {"text_detection.main": Fault("oom", calls=3), "key_fields.rules": Fault("slow", 3.0)}


@pytest.mark.parametrize("text", ["oom", "text_detection: oom", "Text.main: oom", "text_detection.main oom"])
def test_an_entry_without_stage_and_rung_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"stage\.rung"):
        parse_faults(text)


@pytest.mark.parametrize(("kind", "error"), [("oom", OutOfMemory), ("error", StageError)])
def test_a_fault_ends_after_its_calls(kind: str, error: type[Exception]) -> None:
    faults = Faults({"s.r": Fault.parse(f"{kind}*2")})
    for _ in range(2):
        with pytest.raises(error):
            faults.call("s", "r", 1.0, lambda: "never")
    assert faults.call("s", "r", 1.0, lambda: "worked") == "worked"


def test_another_rung_is_left_alone() -> None:
    faults = Faults({"s.r": Fault("oom")})
    assert faults.call("s", "other", 1.0, lambda: 7) == 7


def test_slow_waits_for_the_rest_of_the_factor() -> None:
    moments, waits = iter([10.0, 10.5]), []
    faults = Faults({"s.r": Fault("slow", 3.0)}, wait=waits.append, clock=lambda: next(moments))
    assert faults.call("s", "r", 1.0, lambda: 7) == 7
    assert waits == [1.0]


def test_stuck_waits_for_its_time_and_never_does_the_work() -> None:
    waits: list[float] = []
    faults = Faults({"s.r": Fault("stuck")}, wait=waits.append)
    with pytest.raises(StageTimeout):
        faults.call("s", "r", 9.0, lambda: pytest.fail("the work was done"))
    assert waits == [9.0]


def test_a_fault_can_be_ended_and_begun_anew_while_documents_are_read() -> None:
    faults = Faults({"s.r": Fault("oom", calls=1)})
    with pytest.raises(OutOfMemory):
        faults.call("s", "r", 1.0, lambda: 7)
    faults.set("s.r", Fault("oom", calls=1))
    with pytest.raises(OutOfMemory):
        faults.call("s", "r", 1.0, lambda: 7)
    faults.set("s.r", None)
    assert faults.active() == {}
    assert faults.call("s", "r", 1.0, lambda: 7) == 7
