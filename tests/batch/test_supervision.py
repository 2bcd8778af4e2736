"""Workers that die, stop and hang: real processes, killed and stopped; their documents come through one rung lower."""

from __future__ import annotations

import os
import signal
import time
from errno import EMFILE
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from docpipe.batch.worker_process import Limits
from docpipe.batch.workers import WorkerPool
from docpipe.control.controller import PolicyControl
from docpipe.errors import ModelError
from docpipe.inputs.source import Source
from docpipe.policy.core.values import EventKind, Trigger
from docpipe.result import Result
from tests.batch.stand_in import MARKS, config_of, dies_always, dies_at_first, document, stand_in

pytestmark = pytest.mark.slow


QUICK = Limits(turn_s=0.05, silent_s=8, progress_s=20, grace_s=0.5)
"""Deadlines for processes that do nothing for long: a call of theirs may take 2.5 s."""


class Read:
    """What came of a run: results by path, and what the policy announced."""

    def __init__(self, sources: list[Source], workers: int = 2, limits: Limits = QUICK) -> None:
        config = config_of(workers)
        self.results: dict[str, Result] = {}
        self.events = []
        observer = type(
            "Seen", (), {"on_decision": lambda s, e: self.events.append(e), "on_finished": lambda s, a, e: None}
        )()
        with (
            PolicyControl(config, observers=[observer]) as self.policy,
            WorkerPool(config, policy=self.policy, limits=limits, make_runtime=stand_in) as pool,
        ):
            self.processes = [worker.process for worker in pool._workers]
            for source, result in pool.run(sources):
                assert source.path not in self.results
                self.results[source.path] = result
            self.processes += [worker.process for worker in pool._workers]
        assert not any(process.is_alive() for process in self.processes)

    @property
    def down(self) -> list[tuple[str, str]]:
        return [(e.to_rung, e.trigger.value) for e in self.events if e.kind is EventKind.DOWN]


@pytest.mark.parametrize("how", ["die_on_main", "stop_on_main", "hang_on_main", "spin_on_main"])
def test_what_takes_a_worker_on_main_is_read_by_light(tmp_path: Path, how: str) -> None:
    """A kill, a stopped process, a deadlock and an endless native call: the document goes on one rung lower."""
    read = Read([document(tmp_path, "bad.png", how), document(tmp_path, "good.png", "read")])
    bad = read.results["bad.png"]
    assert (bad.status, bad.stages.text_detection.rung) == ("degraded", "light")
    assert read.results["good.png"].status in ("ok", "degraded")
    (step,) = bad.degradations
    assert (step.from_rung, step.to_rung) == ("main", "light")
    assert step.trigger == ("worker_died" if how == "die_on_main" else "stuck")
    assert step.scope == ("document" if how == "die_on_main" else "process")
    assert step.cause


def test_a_hang_closes_its_rung_and_one_death_alone_does_not(tmp_path: Path) -> None:
    hung = Read([document(tmp_path, "bad.png", "stop_on_main")], workers=1)
    assert hung.down == [("light", Trigger.STUCK.value)]
    died = Read([document(tmp_path, "bad.png", "die_on_main")], workers=1)
    assert died.down == []


def test_two_deaths_on_one_rung_close_it(tmp_path: Path) -> None:
    """The third such document is spared: it starts on the lower rung, and no worker dies."""
    read = Read([document(tmp_path, f"{n}.png", "die_on_main", n) for n in range(3)], workers=1)
    assert read.down == [("light", Trigger.WORKER_DIED.value)]
    assert {r.stages.text_detection.rung for r in read.results.values()} == {"light"}
    assert len({p.pid for p in read.processes}) == 2  # the first one, and the last
    assert [d.trigger for d in read.results["2.png"].degradations] == [Trigger.WORKER_DIED.value]


def test_a_document_that_takes_two_workers_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    todo = [document(tmp_path, f"{n}.png", "die" if n == 1 else "read", n) for n in range(4)]
    read = Read(todo)
    (error,) = read.results["1.png"].errors
    assert (error.code, error.fatal) == ("worker_died", True)
    assert "2 of 2 workers" in error.message
    assert {p for p, r in read.results.items() if r.status != "failed"} == {"0.png", "2.png", "3.png"}


def test_the_last_rung_is_never_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deaths on the lowest rung cost their workers, never the rung; the document is tried once more on it."""
    monkeypatch.setenv(MARKS, str(tmp_path))
    config_pins = {"text_detection": "light"}
    config = config_of(1)
    todo = [document(tmp_path, f"{n}.png", "die_once", n) for n in range(4)]
    with (
        PolicyControl(config, pins=config_pins) as policy,
        WorkerPool(config, policy=policy, limits=QUICK, make_runtime=stand_in) as pool,
    ):
        results = {source.path: result for source, result in pool.run(todo)}
        assert policy.state["text_detection"].closed == ()
    assert {r.stages.text_detection.rung for r in results.values()} == {"light"}
    assert all(r.status != "failed" for r in results.values())


def test_two_files_of_one_name_are_two_documents(tmp_path: Path) -> None:
    """The death count is the content's: an innocent document of the same name is not set aside for it."""
    first, second = document(tmp_path / "a", "x.png", "die", 1), document(tmp_path / "b", "x.png", "read", 2)
    config = config_of(1)
    with (
        PolicyControl(config) as policy,
        WorkerPool(config, policy=policy, limits=QUICK, make_runtime=stand_in) as pool,
    ):
        statuses = [result.status for _, result in pool.run([first, second])]
    assert sorted(s == "failed" for s in statuses) == [False, True]


def test_a_worker_killed_between_documents_is_replaced(tmp_path: Path) -> None:
    config = config_of(2)
    todo = [document(tmp_path, f"{n}.png", "slow", n) for n in range(6)]
    with (
        PolicyControl(config) as policy,
        WorkerPool(config, policy=policy, limits=QUICK, make_runtime=stand_in) as pool,
    ):
        os.kill(int(pool._workers[0].name), signal.SIGKILL)
        results = {source.path: result.status for source, result in pool.run(todo)}
    assert len(results) == 6
    assert "failed" not in results.values()


def test_a_worker_that_dies_while_the_run_starts_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARKS, str(tmp_path))
    config = config_of(workers=2)
    todo = [document(tmp_path / "in", f"{n}.png", number=n) for n in range(3)]
    with (
        PolicyControl(config) as policy,
        WorkerPool(config, policy=policy, limits=QUICK, make_runtime=dies_at_first) as pool,
    ):
        statuses = [result.status for _, result in pool.run(todo)]
    assert len(statuses) == 3
    assert "failed" not in statuses


def test_where_no_process_can_be_started_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two workers is killed when the system has no process or descriptor left for a successor."""
    config = config_of(2)
    todo = [document(tmp_path, f"{n}.png", "slow", n) for n in range(6)]
    with (
        PolicyControl(config) as policy,
        WorkerPool(config, policy=policy, limits=QUICK, make_runtime=stand_in) as pool,
    ):
        monkeypatch.setattr(SpawnProcess, "start", no_descriptor_is_left)
        os.kill(int(pool._workers[0].name), signal.SIGKILL)
        results = {source.path: result.status for source, result in pool.run(todo)}
        assert len(pool._workers) == 1
    assert len(results) == 6
    assert "failed" not in results.values()


def test_where_no_process_can_be_started_the_last_workers_death_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(1)
    with (
        PolicyControl(config) as policy,
        WorkerPool(config, policy=policy, limits=QUICK, make_runtime=stand_in) as pool,
    ):
        monkeypatch.setattr(SpawnProcess, "start", no_descriptor_is_left)
        os.kill(int(pool._workers[0].name), signal.SIGKILL)
        with pytest.raises(ModelError, match="no worker is left: no worker process can be started: Too many open"):
            list(pool.run([document(tmp_path, "0.png")]))


def no_descriptor_is_left(process: SpawnProcess) -> None:
    """Fail as a system does that has run out of them."""
    raise OSError(EMFILE, os.strerror(EMFILE))


def test_workers_that_all_die_while_they_load_end_the_start_soon() -> None:
    config = config_of(workers=2)
    with (
        PolicyControl(config) as policy,
        pytest.raises(ModelError, match="died while it loaded its models"),
        WorkerPool(config, policy=policy, limits=QUICK, make_runtime=dies_always),
    ):
        pass


QUICK_BACK = {
    "worker_deaths": {"degrade_at": 1, "within_s": 60},
    "recover_after_s": 0.2,
    "degrade_after_s": 0,
    "cool_down_s": {"first": 0.2, "factor": 1, "max": 0.2},
    "probes": {"count": 3, "pass": 3, "per_s": 20},
    "ramp": {"shares": []},
}


class Idle:
    """A pool with nothing to do, and what its policy made of that."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
        """Main falls by a document that kills its worker; then `last` is read, and nobody asks for anything more."""
        monkeypatch.setattr("docpipe.policy.core.step.CANARY_AFTER_NS", 0)
        self.config = config_of(1, policy={"ooms": {}, "error_ratio": None, **QUICK_BACK})
        self.events: list[object] = []
        self.results: list[Result] = []
        self.sources = [document(folder, "a.png", "die_on_main"), document(folder, "b.png", last, 1)]

    def until(self, *wanted: EventKind) -> EventKind:
        """Look after the workers until the policy has said one of these."""
        observer = type(
            "Seen", (), {"on_decision": lambda s, e: self.events.append(e), "on_finished": lambda s, a, e: None}
        )()
        until = time.monotonic() + 60
        with (
            PolicyControl(self.config, observers=[observer], tick_s=0.05) as policy,
            WorkerPool(self.config, policy=policy, limits=QUICK, make_runtime=stand_in) as pool,
        ):
            self.results = [result for _, result in pool.run(self.sources)]
            while time.monotonic() < until:
                pool.look()
                time.sleep(0.02)
                for event in self.events:
                    if event.stage == "text_detection" and event.kind in wanted:
                        return event.kind
        raise AssertionError([event.kind for event in self.events])


def test_a_rung_comes_back_while_no_document_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In idle time a worker reads one of the last documents once more on main; no result of that is seen."""
    idle = Idle(tmp_path, monkeypatch, last="read")
    assert idle.until(EventKind.UP, EventKind.TRIAL_ENDED) is EventKind.UP
    assert len(idle.results) == 2


def test_a_shadow_run_that_kills_its_worker_keeps_the_rung_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read once more is a document that light has read; on main it takes the worker with it."""
    idle = Idle(tmp_path, monkeypatch, last="die_on_main")
    assert idle.until(EventKind.UP, EventKind.TRIAL_ENDED) is EventKind.TRIAL_ENDED
