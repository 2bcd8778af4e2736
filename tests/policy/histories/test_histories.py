"""A recorded history of each trigger is decided again in the same way, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.policy import EventKind, Trigger
from docpipe.policy.audit.replay import replay


@pytest.mark.parametrize("trigger", Trigger)
def test_each_trigger_moves_the_stage_and_lets_it_come_back_as_recorded(trigger: Trigger) -> None:
    report = replay(Path(__file__).parent / f"{trigger.value}.jsonl")
    assert report.identical, report
    downs = [event for event in report.history.events if event.kind is EventKind.DOWN]
    assert {event.trigger for event in downs} == {trigger}
    assert [event for event in report.history.events if event.kind is EventKind.UP]
    assert report.history.spans[-1].level == 0
