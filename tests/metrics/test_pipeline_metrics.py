"""What is counted of documents, calls, fallbacks and moves, read back from the page that Prometheus gets."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY, generate_latest

from docpipe.metrics.pipeline_metrics import Metrics
from docpipe.policy.core.values import Event, EventKind, Trigger
from docpipe.result import ErrorResult
from tests.building import result_of
from tests.metrics.reader import Reader, value_in, with_models

MODEL_LABELS = ("stage", "rung", "model", "version")


def test_a_document_is_counted_with_its_pages_and_every_call() -> None:
    reader = Reader()
    reader.read(3)
    assert reader.value("documents_total", outcome="ok") == 3
    assert reader.value("documents_total", outcome="failed") == 0
    assert reader.value("pages_total") == 3
    calls = {"stage": "text_recognition", "rung": "main", "outcome": "ok"}
    assert reader.value("inference_latency_seconds_count", **calls) == 3
    assert reader.value("inference_latency_seconds_sum", **calls) == pytest.approx(0.3)
    assert reader.value("inference_latency_seconds_bucket", **calls, le="0.05") == 0
    assert reader.value("inference_latency_seconds_bucket", **calls, le="0.15") == 3
    assert reader.value("document_seconds_sum", outcome="ok") == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [("oom", "oom", "out_of_memory"), ("error", "error", "errors"), ("stuck", "timeout", "deadline")],
)
def test_a_fallback_is_one_failed_call_one_good_one_and_its_reason(fault: str, outcome: str, reason: str) -> None:
    reader = Reader()
    reader.read(text_detection__main=fault)
    stage = {"stage": "text_detection"}
    assert reader.value("fallbacks_total", **stage, reason=reason) == 1
    assert reader.value("inference_latency_seconds_count", **stage, rung="main", outcome=outcome) == 1
    assert reader.value("inference_latency_seconds_count", **stage, rung="light", outcome="ok") == 1
    assert reader.value("documents_total", outcome="degraded") == 1
    assert reader.value("ooms_total", **stage, rung="main") == (1 if fault == "oom" else 0)


def test_a_failure_that_nothing_answers_is_no_fallback() -> None:
    reader = Reader()
    reader.read(text_detection__main="error", text_detection__light="error")
    assert reader.value("fallbacks_total", stage="text_detection", reason="errors") == 1, "main to light, not beyond"
    assert reader.value("documents_total", outcome="failed") == 1
    assert reader.value("failures_total", reason="ladder_exhausted") == 1


def test_a_failed_document_counts_under_its_fatal_error() -> None:
    metrics = Metrics()
    errors = (ErrorResult(code="timeout", message="late"), ErrorResult(code="worker_died", message="", fatal=True))
    metrics.count_result(result_of(status="failed").model_copy(update={"errors": errors}))
    metrics.count_result(result_of(status="failed", codes=("input_unreadable",)))
    metrics.count_result(result_of(status="degraded", codes=("page_unreadable",)))
    text = generate_latest(metrics.registry).decode()
    found = {
        reason: value_in(text, "docpipe_failures_total", {"reason": reason}) for reason in ("worker_died", "timeout")
    }
    assert found == {"worker_died": 1, "timeout": 0}
    assert value_in(text, "docpipe_failures_total", {"reason": "input_unreadable"}) == 1
    assert value_in(text, "docpipe_failures_total", {"reason": "page_unreadable"}) is None


def test_the_version_of_a_model_is_there_until_another_one_serves_its_rung() -> None:
    reader = Reader()
    assignment, _ = reader.policy.router.assign("a")
    execution = reader.read()

    def versions(**models: tuple[str, str]) -> set[tuple[str, ...]]:
        """Return (stage, rung, model, version) of everything shown, after these models have served a document."""
        reader.metrics.on_finished(assignment, with_models(execution, **models))
        found = re.findall(r"^docpipe_model_version_info{(.*)} 1\.0$", reader.text(), re.MULTILINE)
        return {tuple(dict(re.findall(r'(\w+)="(.*?)"', labels))[name] for name in MODEL_LABELS) for labels in found}

    english, chinese = ("invoice_en", "c" * 64), ("invoice_zh", "c" * 64)
    first = versions(text_detection=("medium", "a" * 64), key_fields=english)
    assert first == {("text_detection", "main", "medium", "a" * 8), ("key_fields", "main", "invoice_en", "c" * 8)}
    both = versions(text_detection=("medium", "a" * 64), key_fields=chinese)
    assert both == first | {("key_fields", "main", "invoice_zh", "c" * 8)}, "rule packs share a version"
    assert versions(text_detection=("medium", "b" * 64), key_fields=("invoice_zh", "d" * 64)) == {
        ("text_detection", "main", "medium", "b" * 8),
        ("key_fields", "main", "invoice_zh", "d" * 8),
    }


def test_a_climb_is_told_by_moves_trials_probes_and_leases() -> None:
    reader = Reader()
    reader.read(text_recognition__main="oom")
    stage = {"stage": "text_recognition"}
    assert reader.value("moves_total", **stage, direction="down", trigger="out_of_memory") == 1
    reader.until_back("text_recognition")
    assert reader.value("moves_total", **stage, direction="up", trigger="out_of_memory") == 1
    assert reader.value("trials_total", **stage, outcome="began") == 1
    assert reader.value("trials_total", **stage, outcome="climbed") == 1
    assert reader.value("trials_total", **stage, outcome="ended") == 0
    assert reader.value("probes_total", **stage, outcome="ok") == 2
    granted = reader.value("leases_total", **stage, outcome="granted")
    assert granted is not None
    assert granted >= 4, "two probes, and at least two documents of the ramp"
    assert reader.value("leases_total", **stage, outcome="returned") == granted


def test_a_probe_that_fails_is_counted_by_how_it_failed() -> None:
    reader = Reader()
    reader.read(text_recognition__main="oom")
    reader.wait(20)
    assert reader.policy.state["text_recognition"].phase == "probing"
    reader.read(text_recognition__main="error")
    assert reader.value("probes_total", stage="text_recognition", outcome="error") == 1
    assert reader.value("probes_total", stage="text_recognition", outcome="ok") is None


def told(
    *moves: tuple[int, EventKind], trigger: Trigger = Trigger.LATENCY_P95, metric: str = "p95_ms"
) -> Iterator[Event]:
    event = Event(EventKind.DOWN, "table_structure", "main", "light", trigger, metric, 1.0, 2.0, "", 1, 0)
    for second, kind in moves:
        yield replace(event, kind=kind, time_ns=second * 1_000_000_000)


DOWN, UP = EventKind.DOWN, EventKind.UP


@pytest.mark.parametrize(
    ("moves", "reversals"),
    [
        pytest.param([(0, DOWN), (30, UP), (60, DOWN)], 1, id="within-a-minute"),
        pytest.param([(0, DOWN), (30, UP), (61, DOWN)], 0, id="a-minute-over"),
        pytest.param([(0, DOWN), (10, DOWN), (20, DOWN)], 0, id="down-the-ladder"),
        pytest.param([(0, UP), (10, DOWN), (20, UP)], 0, id="up-down-up"),
        pytest.param([(0, DOWN), (10, DOWN), (40, UP), (69, DOWN)], 1, id="from-the-last-step-down"),
        pytest.param([(0, DOWN), (9, UP), (10, DOWN), (19, UP), (20, DOWN)], 2, id="twice"),
        pytest.param([(0, DOWN), (5, EventKind.TRIAL_ENDED), (10, DOWN)], 0, id="a-failed-trial-is-no-way-up"),
    ],
)
def test_a_stage_that_goes_down_up_and_down_within_a_minute_swings(
    moves: list[tuple[int, EventKind]], reversals: int
) -> None:
    reader = Reader()
    for event in told(*moves):
        reader.metrics.on_decision(event)
    assert reader.value("reversals_total", stage="table_structure") == reversals
    assert reader.value("reversals_total", stage="key_fields") == 0


@pytest.mark.parametrize("why", [{"trigger": Trigger.OPERATOR}, {"metric": "available"}], ids=["operator", "loading"])
def test_what_people_and_loading_models_do_is_no_swing(why: dict[str, str]) -> None:
    reader = Reader()
    for event in told((0, DOWN), (10, UP), (20, DOWN), **why):  # type: ignore[arg-type]
        reader.metrics.on_decision(event)
    assert reader.value("reversals_total", stage="table_structure") == 0


def test_every_series_of_a_stage_starts_at_zero() -> None:
    """Prometheus sees no increase in a series that begins at 1."""
    text = Reader().text()
    for name, labels in [
        ("reversals_total", {"stage": "key_fields"}),
        ("fallbacks_total", {"stage": "key_fields", "reason": "errors"}),
        ("moves_total", {"stage": "key_fields", "direction": "down", "trigger": "latency_p95"}),
        ("ooms_total", {"stage": "table_structure", "rung": "skip"}),
        ("reloads_total", {"outcome": "refused"}),
        ("recycles_total", {"reason": "died"}),
        ("failures_total", {"reason": "worker_died"}),
        ("leases_total", {"stage": "key_fields", "outcome": "expired"}),
    ]:
        assert value_in(text, f"docpipe_{name}", labels) == 0, name


def test_the_library_s_global_registry_is_left_alone() -> None:
    before = generate_latest(REGISTRY)
    reader = Reader()
    reader.read()
    Reader()  # a second one in the same process
    assert b"docpipe" not in generate_latest(REGISTRY)
    assert [line for line in generate_latest(REGISTRY).splitlines() if line.startswith(b"# HELP")] == [
        line for line in before.splitlines() if line.startswith(b"# HELP")
    ]
    assert "_created" not in reader.text()


def test_threads_lose_no_count() -> None:
    reader, threads = Reader(), 8
    assignment, _ = reader.policy.router.assign("a")
    execution = with_models(reader.read(), text_detection=("medium", "a" * 64))
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        running = [
            threading.Thread(target=lambda: [reader.metrics.on_finished(assignment, execution) for _ in range(100)])
            for _ in range(threads)
        ]
        for thread in running:
            thread.start()
        pages = [reader.text() for _ in range(5)]
        for thread in running:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert reader.value("documents_total", outcome="ok") == threads * 100 + 1
    assert all("docpipe_level" in page for page in pages), "a scrape in between works"
