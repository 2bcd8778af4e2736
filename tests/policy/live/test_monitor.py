"""The monitor of slow signals: survives whatever a reader does, and says what it lost."""

from __future__ import annotations

import logging
import threading

import pytest

from docpipe.policy import Signals
from docpipe.policy.live.monitor import GpuReading, SignalMonitor
from tests.policy.play import GPU, QUICK, Player, plan_of


def test_our_own_idle_pool_counts_as_free():
    """90 % of the device is used, 70 % of it by blocks that our allocator keeps and does not use."""
    reading = GpuReading(total_mb=16000, used_mb=14400, reserved_mb=11700, allocated_mb=500)
    assert reading.used_share == pytest.approx(0.2)
    assert reading.free_mb == pytest.approx(12800)


def test_a_neighbours_memory_does_not():
    reading = GpuReading(total_mb=16000, used_mb=14400, reserved_mb=500, allocated_mb=500)
    assert reading.used_share == pytest.approx(0.9)
    assert GpuReading(16000, 14400).used_share == pytest.approx(0.9)
    assert GpuReading(16000, 14400, reserved_mb=1, allocated_mb=2).idle_mb == 0


@pytest.mark.parametrize(
    ("reserved_mb", "level"), [pytest.param(11700, 0, id="own-idle-pool"), pytest.param(500, 1, id="a-neighbours")]
)
def test_recovery_looks_at_whose_memory_it_is(reserved_mb, level):
    """NVML says 90 % in both cases; only the idle pool lets the stage come back."""
    player = Player(plan_of({"gpu_used": GPU | {"degrade_above": 0.95}, "ooms": {}, "recover_after_s": 5} | QUICK))
    player.oom()
    reading = GpuReading(16000, 14400, reserved_mb=reserved_mb, allocated_mb=500)
    monitor = SignalMonitor({"gpu": lambda: reading}, player.engine.tick)
    for _ in range(60):
        player.run(1, signals=monitor.read_once())
    assert player.level() == level


def test_a_reader_that_fails_loses_its_signal_only(caplog):
    """Ticking goes on, the signal is None, health says why, the log says it once; and it may come back."""
    ticks, broken = [], True

    def nvml():
        if broken:
            raise OSError("driver gone")
        return GpuReading(100, 50)

    monitor = SignalMonitor({"gpu": nvml, "host_used": lambda: 0.5}, ticks.append)
    with caplog.at_level(logging.INFO, logger="docpipe.policy"):
        for _ in range(3):
            monitor.read_once()
        assert monitor.health().lost == {"gpu": "OSError('driver gone')"}
        broken = False
        monitor.read_once()
    assert ticks[:3] == [Signals(host_used=0.5, lost=("gpu_used", "gpu_free_mb", "gpu_others"))] * 3
    assert ticks[3] == Signals(host_used=0.5, gpu_used=0.5, gpu_free_mb=50)
    assert monitor.health().lost == {}
    assert caplog.text.count("docpipe.signal_lost signal=gpu") == 1
    assert caplog.text.count("docpipe.signal_back signal=gpu") == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "much"])
def test_what_is_no_number_is_lost(value):
    ticks = []
    monitor = SignalMonitor({"host_used": lambda: value}, ticks.append)
    monitor.read_once()
    assert ticks == [Signals(lost=("host_used",))]
    assert "host_used" in monitor.health().lost


def test_none_is_not_here_rather_than_lost():
    """A machine without a GPU has nothing to complain of."""
    monitor = SignalMonitor({"gpu": lambda: None, "host_used": lambda: 0.5}, lambda s: None)
    assert monitor.read_once() == Signals(host_used=0.5)
    assert monitor.health().lost == {}


def test_a_tick_that_fails_does_not_end_the_monitor(caplog):
    calls = []

    def tick(signals):
        calls.append(signals)
        if len(calls) < 3:
            raise RuntimeError("bug")

    monitor = SignalMonitor({}, tick)
    with caplog.at_level(logging.ERROR, logger="docpipe.policy"):
        for _ in range(2):
            monitor.read_once()
        assert monitor.health().tick_failed == "RuntimeError('bug')"
        monitor.read_once()
    assert monitor.health().tick_failed is None
    assert caplog.text.count("docpipe.tick_failed") == 1


def test_an_unknown_signal_is_refused():
    with pytest.raises(ValueError, match="no such signal: temperature"):
        SignalMonitor({"temperature": lambda: 1.0}, lambda s: None)


def test_the_thread_goes_on_after_exceptions():
    """Readers and ticks that raise again and again: the thread lives, ticks, and ends when told."""
    ticked = threading.Semaphore(0)

    def tick(signals):
        ticked.release()
        raise RuntimeError("bug")

    def broken():
        raise OSError("gone")

    monitor = SignalMonitor({"gpu": broken}, tick, every_s=0.001)
    assert not monitor.health().alive
    monitor.start()
    monitor.start()
    assert all(ticked.acquire(timeout=60) for _ in range(5))
    health = monitor.health()
    assert health.alive
    assert "gpu" in health.lost
    monitor.stop()
    assert not monitor.health().alive


def test_a_monitor_that_never_ran_stops():
    monitor = SignalMonitor({}, lambda s: None)
    monitor.stop()
    assert monitor.health().rounds == 0


def test_a_reader_that_hangs_is_lost_and_stops_nothing():
    """It is not asked again before it has come back, and then its signal is there again."""
    ticks, release, asked = [], threading.Event(), []

    def hangs():
        asked.append(1)
        release.wait(60)
        return 0.25

    monitor = SignalMonitor({"host_used": hangs}, ticks.append, timeout_s=0.05)
    for _ in range(3):
        monitor.read_once()
    assert [tick.lost for tick in ticks] == [("host_used",)] * 3
    assert "TimeoutError" in monitor.health().lost["host_used"]
    assert len(asked) == 1
    release.set()
    while monitor.health().lost:
        monitor.read_once()
    assert ticks[-1] == Signals(host_used=0.25)


def test_readers_change_while_it_runs():
    """A reload that adds a band starts its reader; what stays goes on."""
    monitor = SignalMonitor({}, lambda signals: None)
    assert monitor.read_once() == Signals()
    monitor.use({"host_used": lambda: 0.5})
    assert monitor.read_once() == Signals(host_used=0.5)
    with pytest.raises(ValueError, match="no such signal"):
        monitor.use({"weather": lambda: 1})
