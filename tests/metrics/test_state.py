"""What a scrape reads off the policy, the processes and the GPUs."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from docpipe.metrics.memory import MemoryCollector
from docpipe.metrics.pipeline_metrics import Metrics
from docpipe.policy.core.values import Kind, Signals
from docpipe.policy.live.monitor import MonitorHealth
from docpipe.runtime.gpu import GpuMemory
from tests.metrics.reader import Reader, value_in

BANDS = {"gpu_used": {"degrade_above": 0.9}, "host_used": {"degrade_above": 0.9}}


def test_a_quiet_policy_says_so() -> None:
    reader = Reader()
    stage = {"stage": "text_detection"}
    assert reader.value("level", **stage) == 0
    assert reader.value("phase", **stage, phase="steady") == 1
    assert reader.value("phase", **stage, phase="ramping") == 0
    assert reader.value("token_holder", **stage) == 0
    assert reader.value("rung_usable", **stage, rung="main") == 1
    assert reader.value("ramp_share", **stage) == 0
    assert reader.value("config_epoch") == 0


def test_the_way_down_and_back_can_be_followed() -> None:
    reader = Reader()
    reader.read(text_detection__main="oom")
    stage = {"stage": "text_detection"}
    assert reader.value("level", **stage) == 1
    assert reader.value("level", stage="key_fields") == 0
    assert reader.value("epoch", **stage) == 1
    assert reader.value("phase", **stage, phase="quarantined") == 1
    assert reader.value("rung_usable", **stage, rung="main") == 0
    left = reader.value("cool_down_seconds", **stage)
    assert left == pytest.approx(reader.policy.state["text_detection"].cool_down_s)
    assert left
    reader.wait(20)
    assert reader.value("phase", **stage, phase="probing") == 1
    assert reader.value("token_holder", **stage) == 1
    assert reader.value("cool_down_seconds", **stage) == 0
    for _ in range(20):
        if reader.policy.state["text_detection"].phase == "ramping":
            break
        reader.wait(1)
        reader.read()
    assert reader.value("ramp_share", **stage) == 0.5
    reader.until_back("text_detection")
    assert reader.value("level", **stage) == 0
    assert reader.value("phase", **stage, phase="steady") == 1


def test_an_open_lease_is_seen_and_one_that_expires_counted() -> None:
    reader = Reader()
    reader.read(text_detection__main="oom")
    reader.wait(20)
    stage = {"stage": "text_detection"}
    canary = reader.value("leases_open", **stage)
    assert canary == 1, "while nobody asks, a bundled document tries the better rung; nobody runs it here"
    assignment, _ = reader.policy.router.assign("never comes back")
    assert assignment["text_detection"].kind is Kind.PROBE
    assert reader.value("leases_open", **stage) == canary + 1
    reader.wait(31)
    assert reader.value("leases_total", **stage, outcome="expired") == canary + 1


def test_a_late_sample_is_stale() -> None:
    reader = Reader()
    assignment, _ = reader.policy.router.assign("slow")
    execution = reader.read()
    reader.read(text_detection__main="oom")
    before = reader.value("stale_total", stage="text_detection")
    assert before is not None
    reader.policy.router.record(assignment, execution.attempts[0], "late")
    assert reader.value("stale_total", stage="text_detection") == before + 1
    assert reader.value("stale_total", stage="key_fields") == 0


def test_a_pin_shows_with_its_end() -> None:
    reader = Reader()
    end = datetime.now(UTC) + timedelta(hours=1)
    reader.policy.pin("table_structure", "skip", until=end)
    reader.policy.pin("key_fields", "light")
    assert reader.value("pinned", stage="table_structure") == 1
    assert reader.value("pinned", stage="text_detection") == 0
    assert reader.value("pin_until_timestamp_seconds", stage="table_structure") == pytest.approx(end.timestamp(), abs=5)
    assert reader.value("pin_until_timestamp_seconds", stage="key_fields") is None, "it lasts as long as the process"
    reader.policy.unpin("table_structure")
    assert reader.value("pinned", stage="table_structure") == 0
    assert reader.value("pin_until_timestamp_seconds", stage="table_structure") is None


def test_reloads_are_counted_applied_or_refused_and_new_rungs_start_at_zero() -> None:
    reader = Reader()
    reader.metrics.count_refused_file(ValueError("wrong"))
    assert reader.value("reloads_total", outcome="refused") == 1
    assert reader.value("reloads_total", outcome="applied") == 0
    data = reader.config.model_dump(exclude_unset=True, by_alias=True)
    third = {"name": "third", "mode": "disable", "use": {}}
    data["stages"]["key_fields"]["ladder"] = [*data["stages"]["key_fields"]["ladder"], third]
    reader.policy.engine.reload(type(reader.config).model_validate(data).plan())
    assert reader.value("reloads_total", outcome="applied") == 1
    assert reader.value("config_epoch") == 1
    assert reader.value("ooms_total", stage="key_fields", rung="third") == 0


def test_a_signal_counts_as_lost_once_it_was_read_and_then_is_not() -> None:
    reader = Reader(policy=BANDS)
    assert reader.value("signal_lost", signal="gpu_used") == 0, "never there: no GPU"
    assert reader.value("signal_ratio", signal="gpu_used") is None
    reader.policy.engine.tick(Signals(gpu_used=0.5, host_used=0.25))
    assert reader.value("signal_ratio", signal="gpu_used") == 0.5
    assert reader.value("signal_ratio", signal="host_used") == 0.25
    reader.policy.engine.tick(Signals(host_used=0.25))
    assert reader.value("signal_lost", signal="gpu_used") == 1
    assert reader.value("signal_lost", signal="host_used") == 0
    assert reader.value("signal_ratio", signal="gpu_used") is None
    reader.policy.engine.tick(Signals(gpu_used=0.5, host_used=0.25))
    assert reader.value("signal_lost", signal="gpu_used") == 0


@pytest.mark.parametrize(
    ("health", "lost"),
    [
        (MonitorHealth(True, 9, {}, None), {"gpu_used": 0, "host_used": 0}),
        (MonitorHealth(True, 9, {"gpu": "NVMLError()"}, None), {"gpu_used": 1, "host_used": 0}),
        (MonitorHealth(False, 9, {}, None), {"gpu_used": 1, "host_used": 1}),
    ],
    ids=["well", "reader-fails", "monitor-dead"],
)
def test_what_the_monitor_has_lost_is_lost(health: MonitorHealth, lost: dict[str, float]) -> None:
    reader = Reader(policy=BANDS)
    reader.metrics.attach(reader.policy.engine, lambda: health, reader.clock)
    assert {name: reader.value("signal_lost", signal=name) for name in lost} == lost


def test_a_signal_that_no_band_asks_for_is_not_missed() -> None:
    assert Reader().value("signal_lost", signal="gpu_used") is None


def test_memory_of_processes_is_read_and_a_worker_that_ended_left_out() -> None:
    metrics = Metrics()
    started = [sys.executable, "-c", "print('started', flush=True); input()"]
    with subprocess.Popen(started, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()  # before that it may not have taken any memory yet
        metrics.attach_workers(lambda: {"1": worker.pid})
        text = generate_latest(metrics.registry).decode()
        worker.communicate(b"\n")
    for name in ("main", "1"):
        rss = value_in(text, "docpipe_worker_rss_bytes", {"worker": name})
        assert rss is not None
        assert rss > 1e6, "more than a megabyte"
    after = generate_latest(metrics.registry).decode()
    assert value_in(after, "docpipe_worker_rss_bytes", {"worker": "1"}) is None
    assert value_in(after, "docpipe_worker_rss_bytes", {"worker": "main"})


def gpu_page(*found: GpuMemory) -> str:
    registry = CollectorRegistry()
    registry.register(MemoryCollector(lambda: found))
    return generate_latest(registry).decode()


def test_gpu_memory_is_there_only_where_there_is_a_gpu() -> None:
    assert "gpu_bytes" not in gpu_page()
    page = gpu_page(GpuMemory(0, "T4", 1024.0, 256.0))
    assert value_in(page, "docpipe_gpu_bytes", {"gpu": "0", "kind": "used"}) == 256 * 2**20
    assert value_in(page, "docpipe_gpu_bytes", {"gpu": "0", "kind": "total"}) == 2**30


def test_without_an_engine_only_what_needs_none_is_there() -> None:
    text = generate_latest(Metrics().registry).decode()
    assert "docpipe_level" not in text
    assert value_in(text, "docpipe_worker_rss_bytes", {"worker": "main"})
