"""Whole drills on a clock that only they move: every shipped script ends as it says, and its log replays."""

from __future__ import annotations

from pathlib import Path

import pytest

from docpipe.config import load_config
from docpipe.lab.drill.pressure import Pressure
from docpipe.lab.drill.report import draw_report
from docpipe.lab.drill.run import LOADING
from docpipe.lab.drill.script import Script
from docpipe.policy.audit.replay import replay
from docpipe.policy.core.values import Signals
from docpipe.policy.live.monitor import SignalMonitor
from tests.lab.drill.playing import play

pytestmark = pytest.mark.slow


QUICK = ["errors", "gpu-memory", "independent", "latency-p95", "operator-pin", "out-of-memory", "stuck"]


@pytest.mark.parametrize(("name", "config"), [(name, "drills/quick") for name in QUICK] + [("bank", "published")])
def test_a_shipped_drill_ends_as_it_expects(name: str, config: str, tmp_path: Path) -> None:
    outcome, _ = play(tmp_path, name, config)
    assert [str(verdict) for verdict in outcome.verdicts if not verdict.met] == []
    assert outcome.passed
    report = draw_report(load_config(config).plan(), name, outcome)
    assert report.replayed
    assert f"{outcome.seen.documents} documents" in report.text
    assert "all the same, byte for byte" in report.html


def script(**changes: object) -> Script:
    values = {"about": "x", "for_s": 6, "documents_per_s": 2, "expect": [{"what": "failed_documents", "most": 0}]}
    return Script.model_validate(values | changes)


def test_documents_come_at_the_rate_that_the_script_says(tmp_path: Path) -> None:
    """Ten are due in five seconds; the one that warms the models before is not among them."""
    outcome, told = play(tmp_path, script(for_s=5))
    assert (outcome.seen.documents, outcome.seen.failed, outcome.seen.degraded) == (10, 0, 0)
    assert (outcome.seen.end_ns - outcome.seen.start_ns) == 5 * 10**9
    assert {text for second, text in told if second == LOADING} >= {"loaded text_detection.main"}


def test_without_a_rate_each_document_follows_the_one_before(tmp_path: Path) -> None:
    """Two calls of 50 ms each."""
    outcome, _ = play(tmp_path, script(documents_per_s=None, for_s=2))
    assert outcome.seen.documents == 20


def test_trouble_comes_at_its_moment_and_is_told(tmp_path: Path) -> None:
    steps = [
        {"at_s": 1, "fault": {"text_detection.main": "oom*1"}, "note": "once"},
        {"at_s": 2, "fault": {"text_detection.main": "none"}, "host_used": 0.5, "pin": {"key_fields": "core"}},
        {"at_s": 3, "host_used": None, "pin": {"key_fields": "none"}},
    ]
    outcome, told = play(tmp_path, script(steps=steps))
    said = [(round(second, 1), text) for second, text in told if second >= 0]
    assert (1.0, "script: text_detection.main oom*1 (once)") in said
    assert (2.0, "script: text_detection.main well, host_used 0.5, key_fields pinned to core") in said
    assert (3.0, "script: host_used as the machine says, key_fields unpinned") in said
    assert (1.0, "down text_detection: main -> light, 1 out of memory") in said
    assert outcome.seen.rungs["text_detection"] == "light"
    assert outcome.seen.failed == 0


def test_a_missed_expectation_fails_the_drill(tmp_path: Path) -> None:
    outcome, _ = play(tmp_path, script(expect=[{"what": "down", "stage": "key_fields"}]))
    assert not outcome.passed
    assert "MISSED  down key_fields" in draw_report(load_config("drills/quick").plan(), "x", outcome).text


def test_a_drill_is_judged_by_its_own_log(tmp_path: Path) -> None:
    """What an earlier one left in the folder is no part of it."""
    play(tmp_path, script())
    outcome, _ = play(tmp_path, script(for_s=2))
    assert replay(outcome.log).history.documents == outcome.seen.documents + 1  # and the one before the clock started


def test_a_log_that_was_changed_is_not_called_the_same(tmp_path: Path) -> None:
    outcome, _ = play(tmp_path, script())
    text = outcome.log.read_text()
    outcome.log.write_text(text.replace('"text_detection":"main"', '"text_detection":"light"', 1))
    report = draw_report(load_config("drills/quick").plan(), "x", outcome)
    assert (report.replayed, "NOT THE SAME" in report.text) == (False, True)


def test_pressure_puts_values_in_place_of_the_machines_and_takes_them_back() -> None:
    pressure = Pressure({"host_used": lambda: 0.3})
    monitor = SignalMonitor(pressure.readers(), lambda signals: None)
    assert monitor.read_once() == Signals(host_used=0.3)
    pressure.set({"host_used": 0.9, "gpu_used": 0.8, "queue_wait_ms": 250.0})
    assert monitor.read_once() == Signals(host_used=0.9, gpu_used=0.8, gpu_free_mb=20.0, queue_wait_ms=250.0)
    pressure.set({"host_used": None, "gpu_used": None, "queue_wait_ms": None})
    assert monitor.read_once() == Signals(host_used=0.3)
