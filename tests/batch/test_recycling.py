"""Workers that are replaced while they still work: real processes, with or without memory for two at once."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from docpipe.batch.worker_messages import MakeRuntime
from docpipe.batch.worker_process import Limits
from docpipe.batch.workers import WorkerPool
from docpipe.config import PipelineConfig
from docpipe.control.controller import PolicyControl
from docpipe.inputs.source import Source
from docpipe.policy.core.values import Event
from tests.batch.stand_in import MARKS, config_of, document, little_memory, stand_in, starts_no_more

pytestmark = pytest.mark.slow

QUICK = Limits(turn_s=0.05, silent_s=20, progress_s=20, grace_s=0.5)
SCARCE = {"memory_mb": {"cpu": 100.0}}
"""Less than two workers take."""
ENOUGH = 60


class Read:
    """One worker reads documents until it has been replaced; who lived when its successor was ready."""

    def __init__(
        self, sources: list[Source], runtime: dict[str, Any], make_runtime: MakeRuntime = stand_in, workers: int = 1
    ) -> None:
        config = config_of(workers, runtime={"infer_timeout_s": 1, **runtime})
        self.alive_at_ready: dict[str, int] = {}
        self.results = {}
        with (
            PolicyControl(config) as self.policy,
            WorkerPool(
                config, policy=self.policy, limits=QUICK, make_runtime=make_runtime, announce=self._on_ready
            ) as pool,
        ):
            self.first = {worker.name for worker in pool._workers}
            for source, result in pool.run(self._until_replaced(sources)):
                assert source.path not in self.results
                self.results[source.path] = result
            self.last = {worker.name for worker in pool._workers}

    def _until_replaced(self, sources: list[Source]) -> Iterator[Source]:
        """Yield the documents; of those that are many only until a successor is there, as starting takes its time."""
        for number, source in enumerate(sources):
            if number >= ENOUGH and self.alive_at_successor:
                return
            yield source

    def _on_ready(self, name: str) -> None:
        if name.startswith("worker "):
            children = [p for p in psutil.Process(os.getpid()).children() if "spawn_main" in " ".join(p.cmdline())]
            self.alive_at_ready[name.removeprefix("worker ")] = len(children)

    @property
    def alive_at_successor(self) -> list[int]:
        """How many workers lived when each successor was ready."""
        return [alive for name, alive in self.alive_at_ready.items() if name not in self.first]


def slow(folder: Path, count: int) -> list[Source]:
    return [document(folder, f"{number:03}.png", "slow", number) for number in range(count)]


def replaced(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "docpipe.worker_recycled" in record.getMessage()]


def test_after_an_oom_the_successor_is_warmed_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    read = Read([document(tmp_path, "much.png", "hog_on_main"), *slow(tmp_path, 600)], {}, little_memory)
    assert read.results["much.png"].stages.text_detection.rung == "light"
    assert read.alive_at_successor == [2]
    assert read.last.isdisjoint(read.first)
    assert all(result.status != "failed" for result in read.results.values())
    (event,) = replaced(caplog)
    assert event.endswith("reason=it ran out of memory successor=warmed_first")


@pytest.mark.parametrize(
    "why", [{"recycle_above_mb": 1.0}, {"recycle_after_documents": 4}], ids=["memory", "documents"]
)
def test_a_planned_successor_is_warmed_first(
    tmp_path: Path, why: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    read = Read(slow(tmp_path, 600), why)
    assert read.alive_at_successor
    assert set(read.alive_at_successor) == {2}
    assert all(event.endswith("successor=warmed_first") for event in replaced(caplog))


@pytest.mark.parametrize("why", ["oom", "memory", "documents"])
def test_without_room_for_two_the_old_one_ends_first_and_the_event_says_so(
    tmp_path: Path, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    todo = slow(tmp_path, 40)
    if why == "oom":
        read = Read([document(tmp_path, "much.png", "hog_on_main"), *todo], SCARCE, little_memory)
    else:
        asked = {"recycle_above_mb": 1.0} if why == "memory" else {"recycle_after_documents": 15}
        read = Read(todo, SCARCE | asked)
    assert read.alive_at_successor
    assert set(read.alive_at_successor) == {1}
    assert all(result.status != "failed" for result in read.results.values())
    assert len(read.results) == len(todo) + (why == "oom")
    events = replaced(caplog)
    assert events
    assert all("successor=after_it why='the host has " in event for event in events)


def test_a_successor_that_is_killed_while_it_loads_is_followed_by_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The one before it stays until the next is warm."""
    config = config_of(1, runtime={"infer_timeout_s": 1})

    def documents() -> Iterator[Source]:
        for number in range(600):
            if pool._workers[0].name not in first:
                return
            yield document(tmp_path, f"{number:04}.png", "slow", number)

    first: set[str] = set()
    with (
        PolicyControl(config) as policy,
        WorkerPool(config, policy=policy, limits=QUICK, make_runtime=stand_in) as pool,
    ):
        first.update(worker.name for worker in pool._workers)
        pool._recycle(pool._workers[0], "it ran out of memory", "out_of_memory")
        killed = next(iter(pool._successors.values())).name
        os.kill(int(killed), signal.SIGKILL)
        results = [result.status for _, result in pool.run(documents())]
        assert pool._workers[0].name not in first | {killed}
        assert pool._workers[0].ready
    assert "failed" not in results
    assert len(replaced(caplog)) == 2


def test_a_worker_whose_successors_cannot_start_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One try, not one a second; the worker that can read goes on."""
    caplog.set_level(logging.INFO)
    monkeypatch.setenv(MARKS, str(tmp_path))
    read = Read(slow(tmp_path / "in", 60), {"recycle_above_mb": 1.0}, starts_no_more)
    assert len(read.results) == 60
    assert read.last == read.first
    assert len(replaced(caplog)) == 1


def test_a_successors_cold_start_moves_no_stage(tmp_path: Path) -> None:
    """Main is loaded in the background; once it serves, a new worker has it before it takes a document."""
    data = config_of(1).to_data()
    data["stages"]["text_detection"]["ladder"][0]["resident"] = False
    config = PipelineConfig.model_validate(data)
    events: list[Event] = []
    seen = type("Seen", (), {"on_decision": lambda s, e: events.append(e), "on_finished": lambda s, a, e: None})()
    with (
        PolicyControl(config, observers=[seen]) as policy,
        WorkerPool(config, policy=policy, limits=QUICK, make_runtime=stand_in) as pool,
    ):
        while policy.state["text_detection"].rung != "main":
            pool.look()
        events.clear()
        os.kill(int(pool._workers[0].name), signal.SIGKILL)
        rungs = [result.stages.text_detection.rung for _, result in pool.run(slow(tmp_path, 3))]
    assert rungs == ["main"] * 3
    assert [event.kind for event in events] == []
