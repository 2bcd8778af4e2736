"""What happened in a drill held against what was expected."""

from __future__ import annotations

from typing import Any

import pytest

from docpipe.lab.drill.script import Script
from docpipe.lab.drill.verdict import DrillObservations, judge, reversals
from docpipe.policy.core.values import Event, EventKind, Trigger

START, NS = 50 * 10**9, 10**9


def event(second: float, kind: str, source: str = "main", target: str = "light", **more: Any) -> Event:
    values: dict[str, Any] = {
        "stage": "text_detection", "trigger": Trigger.LATENCY_P95, "metric": "p95_ms", "threshold": 600.0,
        "observed": 900.0, "reason": "too slow", "epoch": 1,
    }  # fmt: skip
    time_ns = START + round(second * NS)
    return Event(EventKind(kind), from_rung=source, to_rung=target, time_ns=time_ns, **(values | more))


EVENTS = (
    event(10, "down"),
    event(20, "closed", stage="table_structure", trigger=Trigger.ERRORS),
    event(40, "ramping", "light", "main", metric="ramp", threshold=0.1, reason="10%"),
    event(50, "ramping", "light", "main", metric="ramp", threshold=0.3, reason="5 samples at 10%: 30%"),
    event(60, "up", "light", "main"),
)
SEEN = DrillObservations(
    START, START + 90 * NS, EVENTS, 100, 0, 30, {"text_detection": "main", "table_structure": "rules"}
)


@pytest.mark.parametrize(
    ("expectation", "met", "found"),
    [
        ({"what": "down", "stage": "text_detection"}, True, "10.0 s, down main -> light: too slow"),
        ({"what": "down", "stage": "text_detection", "to": "light", "trigger": "latency_p95"}, True, "10.0 s"),
        ({"what": "down", "stage": "text_detection", "trigger": "errors"}, False, "not seen; in that time: 10.0 s"),
        ({"what": "down", "stage": "text_detection", "to": "small"}, False, "not seen"),
        ({"what": "down", "stage": "text_detection", "from_s": 11}, False, "not seen"),
        ({"what": "down", "stage": "text_detection", "from_s": 5, "to_s": 9.9}, False, "in that time: nothing"),
        ({"what": "down", "stage": "table_structure"}, True, "20.0 s, closed"),
        ({"what": "up", "stage": "table_structure"}, False, "not seen"),
        ({"what": "stays", "stage": "text_detection", "from_s": 11, "to_s": 59}, True, "it stayed"),
        ({"what": "stays", "stage": "text_detection"}, False, "10.0 s, down"),
        ({"what": "stays", "stage": "key_fields"}, True, "it stayed"),
        ({"what": "ramping", "stage": "text_detection", "share": 0.1, "from_s": 45}, False, "not seen"),
        ({"what": "ramping", "stage": "text_detection", "share": 0.3, "from_s": 45}, True, "50.0 s"),
        ({"what": "ends", "stage": "text_detection", "to": "main"}, True, "main"),
        ({"what": "ends", "stage": "table_structure", "to": "main"}, False, "rules"),
        ({"what": "failed_documents", "most": 0}, True, "0"),
        ({"what": "degraded_documents", "least": 31}, False, "30"),
        ({"what": "documents", "least": 100, "most": 100}, True, "100"),
    ],
)
def test_a_verdict(expectation: dict[str, Any], met: bool, found: str) -> None:
    (verdict,) = judge(Script.model_validate({"about": "x", "for_s": 90, "expect": [expectation]}), SEEN)
    assert verdict.met is met
    assert verdict.found.startswith(found) or found in verdict.found
    assert str(verdict).startswith("met " if met else "MISSED")


def test_an_expectation_reads_as_a_sentence() -> None:
    expect = [
        {"what": "down", "stage": "text_detection", "to": "light", "trigger": "errors", "from_s": 1, "to_s": 2.5},
        {"what": "ramping", "stage": "text_detection", "share": 0.1},
        {"what": "ends", "stage": "text_detection", "to": "main"},
        {"what": "failed_documents", "most": 0},
    ]
    assert [str(e) for e in Script.model_validate({"about": "x", "for_s": 9, "expect": expect}).expect] == [
        "down text_detection to light by errors (1 to 2.5 s)",
        "ramping text_detection at 10% (0 to the end)",
        "ends text_detection on main",
        "failed documents at most 0",
    ]


@pytest.mark.parametrize(
    ("moves", "count"),
    [
        ([(0, "down"), (20, "up"), (59, "down")], 1),
        ([(0, "down"), (20, "up"), (61, "down")], 0),
        ([(0, "down"), (5, "down"), (20, "up")], 0),
        ([(0, "up"), (5, "down"), (20, "up")], 0),
        ([(0, "down"), (5, "up"), (9, "down"), (12, "up"), (20, "down")], 2),
    ],
)
def test_a_reversal_is_down_up_and_down_within_a_minute(moves: list[tuple[float, str]], count: int) -> None:
    assert reversals([event(second, kind) for second, kind in moves]) == count
    others = [event(second, kind, stage=f"stage {n}") for n, (second, kind) in enumerate(moves)]
    assert reversals(others) == 0
