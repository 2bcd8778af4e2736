"""The live policy of a process: reloads under load, pins with an end, signals on demand, a log that replays."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from docpipe.config import load_config
from docpipe.control.controller import PolicyControl, readers_of
from docpipe.files.shipped import find
from docpipe.pipeline import Pipeline
from docpipe.policy.audit.replay import replay
from docpipe.policy.core.values import Event, EventKind, Outcome, Sample, Trigger
from docpipe.policy.live.monitor import GpuReading
from docpipe.testing import FakeClock, FakeRuntime
from tests.reloading import ConfigMap, Heard, Load, Replaced, is_valid

VERSIONS = 6


@pytest.fixture
def heard() -> Heard:
    handler, logger = Heard(), logging.getLogger("docpipe.policy")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.mark.slow
@pytest.mark.parametrize("mount", [Replaced, ConfigMap])
def test_reloads_under_load_mix_lose_and_crash_nothing(
    tmp_path: Path, mount: Callable[[Path], Replaced | ConfigMap], heard: Heard
) -> None:
    """The real watcher sees each swap; every valid version is an epoch of its own, no invalid one ever is."""
    folder = tmp_path / "etc"
    folder.mkdir()
    place = mount(folder)
    place.swap(0)
    control = PolicyControl(load_config(place.file), watch=place.file, event_log=tmp_path / "log")
    loads = [Load(control, name) for name in ("a", "b")]
    done = threading.Event()
    threads = [threading.Thread(target=load.run, args=(done,)) for load in loads]
    with control:
        assert heard.said.wait(60)  # the watcher's first look, at the file that is in force already
        for thread in threads:
            thread.start()
        for version in range(1, VERSIONS + 1):
            heard.said.clear()
            place.swap(version)
            assert heard.said.wait(60), f"version {version} was not seen"
        done.set()
        for thread in threads:
            thread.join()
        valid = [version for version in range(1, VERSIONS + 1) if is_valid(version)]
        assert control.state.config_epoch == len(valid)
        assert heard.refused == VERSIONS - len(valid)
    level_of = {0: 0} | {epoch: version % 2 for epoch, version in enumerate(valid, 1)}
    for load in loads:
        assert (load.crashed, load.mixed) == (None, [])
        assert load.epochs == {epoch: level_of[epoch] for epoch in load.epochs}
    assert control.state.documents == sum(load.documents for load in loads)
    report = replay(tmp_path / "log")
    assert report.identical
    assert report.history.documents == control.state.documents


def quick(**arguments: object) -> PolicyControl:
    return PolicyControl(load_config("drills/quick"), readers={}, **arguments)  # type: ignore[arg-type]


def test_a_changed_ladder_is_refused_with_the_stage(tmp_path: Path, heard: Heard) -> None:
    """Models are not loaded by a reload, so the rungs must be the same; version 15 lacks one."""
    place = Replaced(tmp_path)
    place.swap(0)
    control = PolicyControl(load_config(place.file), watch=place.file, readers={})
    assert not is_valid(15)
    place.swap(15)
    control._watcher.look()
    assert "stages.text_detection.ladder: changed; restart to load other rungs" in str(control._watcher.refused)
    assert control.state.config_epoch == 0


def test_a_reload_changes_how_long_a_price_is_held(tmp_path: Path) -> None:
    """In a pipeline with `consistency: sticky`, at the next request; a file that is refused changes nothing."""
    file = tmp_path / "pipeline.yaml"

    def write(**policy: object) -> None:
        data = load_config("invoice").to_data() | {"consistency": "sticky"}
        data["profile"] = str(find("configs", "profiles/xeon-2core").absolute())
        data["policy"] |= {"degrade_after_s": 1} | policy
        file.write_text(yaml.safe_dump(data), encoding="utf-8")

    write(recover_after_s=60)
    config = load_config(file)
    control = PolicyControl(config, watch=file, readers={})
    with Pipeline(config, policy=control, runtime=FakeRuntime()) as pipeline:
        server = pipeline._server()
        holds = []
        for seconds, after_s in ((1, 7), (2, -1), (3, 90)):
            write(recover_after_s=after_s)
            control._watcher.look()
            server._refresh(control.clock() + seconds * 10**9)
            holds.append(server._scheduler.held._hold_ns)
    assert holds == [7 * 10**9, 7 * 10**9, 90 * 10**9]


def test_a_pin_ends_at_its_moment() -> None:
    clock = FakeClock(10**12)
    control = quick(clock=clock)
    control.pin("table_structure", "rules", until=datetime.now(UTC) + timedelta(hours=1), reason="under review")
    assert (control.state["table_structure"].rung, control.state["table_structure"].pinned) == ("rules", "under review")
    clock.advance(3590)
    control.read_signals()
    assert control.state["table_structure"].pinned == "under review"
    clock.advance(20)
    control.read_signals()
    assert control.state["table_structure"].pinned is None


def test_a_pin_without_an_end_stays_until_it_is_taken_off() -> None:
    control = quick(clock=FakeClock(10**12))
    control.pin("key_fields", "core")
    control.unpin("key_fields")
    assert control.state["key_fields"].pinned is None
    with pytest.raises(KeyError, match="no rung 'nothing'"):
        control.pin("key_fields", "nothing")


def test_pins_of_the_start_hold_before_the_first_document() -> None:
    control = quick(pins={"table_structure": "skip"})
    assignment, route = control.router.assign("a.png")
    assert assignment.rungs["table_structure"] == "skip"
    assert route["table_structure"].rungs == ("skip",)
    assert [step.trigger for step in route["table_structure"].steps] == ["operator"]


def test_signals_are_read_on_demand_and_act() -> None:
    clock, used = FakeClock(10**12), [0.96]
    control = PolicyControl(
        load_config("drills/quick"), readers={"gpu": lambda: GpuReading(100.0, 100 * used[0])}, clock=clock
    )
    for _ in range(4):
        control.read_signals()
        clock.advance(1)
    assert {stage.level for stage in control.state.stages} == {1}
    assert {stage.causes[0].trigger for stage in control.state.stages} == {Trigger.GPU_MEMORY}
    assert control.health.lost == {}


def test_observers_see_every_event_and_the_log_is_closed_at_the_end(tmp_path: Path) -> None:
    seen: list[Event] = []

    class Observer:
        def on_decision(self, event: Event) -> None:
            seen.append(event)

        def on_finished(self, assignment: object, execution: object) -> None:
            raise AssertionError("no document was read")

    with quick(observers=[Observer()], event_log=tmp_path / "log", clock=FakeClock(10**12)) as control:
        choice = control.router.assign("a")[0]["text_detection"]
        control.engine.record(Sample("text_detection", choice.rung, choice.epoch, Outcome.OOM, 1))
    assert [event.kind for event in seen] == [EventKind.DOWN]
    assert '"kind":"event"' in (tmp_path / "log").read_text().splitlines()[-1]
    assert replay(tmp_path / "log").identical


def test_only_signals_that_a_band_asks_for_are_read() -> None:
    """Where no band looks at memory nothing is read, and a GPU only where one is named."""
    assert readers_of(load_config("invoice").model_copy(update={"policy": type(load_config("invoice").policy)()})) == {}
    readers = readers_of(load_config("drills/quick"))
    assert set(readers) == {"host_used", "gpu", "queue_wait_ms"}
    assert 0 < readers["host_used"]() < 1
    assert readers["gpu"]() is None


def test_a_file_that_is_empty_while_it_is_saved_changes_nothing(tmp_path: Path) -> None:
    place = Replaced(tmp_path)
    place.swap(0)
    control = PolicyControl(load_config(place.file), watch=place.file, readers={})
    control._watcher.look()
    before = control.state.config_epoch
    place.file.unlink()
    place.file.write_text("", encoding="utf-8")
    control._watcher.look()
    assert "empty; the policy stays as it is" in str(control._watcher.refused)
    assert control.state.config_epoch == before
