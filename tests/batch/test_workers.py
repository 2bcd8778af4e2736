"""Worker processes with real models: a death costs no document, and what is not resident comes later."""

from __future__ import annotations

import multiprocessing
import os
import signal
import struct
from pathlib import Path

import pytest

from docpipe.batch.worker_process import Inbox, Worker
from docpipe.batch.workers import WorkerPool
from docpipe.config import PipelineConfig, load_config
from docpipe.control.controller import PolicyControl
from docpipe.errors import ModelError
from docpipe.inputs.source import Source
from tests.drawing import receipt_file

pytestmark = pytest.mark.models


def small(**changes: object) -> PipelineConfig:
    """Return a pipeline of one model a stage, so that workers start quickly."""
    data = {
        "workers": 2,
        "stages": {
            "text_detection": {"ladder": [{"name": "main", "use": {"model_name": "PP-OCRv6_small_det"}}]},
            "text_recognition": {"ladder": [{"name": "main", "use": {}}]},
            "table_structure": {"ladder": [{"name": "main", "use": {"rules": "lines"}}]},
            "key_fields": {"ladder": [{"name": "main", "use": {}}]},
        },
    }
    return PipelineConfig.model_validate(data | changes)


def sources(folder: Path, count: int) -> list[Source]:
    files = [receipt_file(folder, f"{n}.png", [f"SHOP {n} LTD", f"TOTAL {n}0.00"]) for n in range(1, count + 1)]
    return [Source.of_file(file) for file in files]


def test_a_worker_that_is_killed_is_replaced_and_its_document_read_again(tmp_path: Path) -> None:
    config, todo = small(), sources(tmp_path, 5)
    with PolicyControl(config) as policy, WorkerPool(config, policy=policy) as pool:
        found, pids = {}, {worker.process.pid for worker in pool._workers}
        for source, result in pool.run(todo):
            if not found:
                victim = next(worker for worker in pool._workers if worker.job is not None)
                assert victim.process.pid is not None
                os.kill(victim.process.pid, signal.SIGKILL)
            found[source.path] = result
        assert {worker.process.pid for worker in pool._workers} != pids
    assert sorted(found) == [source.path for source in todo]
    assert {result.status for result in found.values()} == {"ok"}


def test_a_message_cut_short_is_a_worker_that_is_gone() -> None:
    """Killed while it sent its result: half a message on the pipe, then its end."""
    inbox = Inbox()
    ours, theirs = multiprocessing.Pipe()
    os.write(theirs.fileno(), struct.pack("!i", 1000) + b"half")
    theirs.close()
    process = multiprocessing.get_context("spawn").Process(target=print)
    process.start()
    worker = Worker(process, ours, inbox)
    assert inbox.take(timeout_s=30) == [(worker, None)]
    worker.end(30)


def test_successors_that_never_start_leave_the_work_to_the_others(tmp_path: Path) -> None:
    config = small()
    with PolicyControl(config) as policy, WorkerPool(config, policy=policy) as pool:
        pool._config = config.model_copy(
            update={"runtime": config.runtime.model_copy(update={"model_dirs": {"PP-OCRv6_small_rec": str(tmp_path)}})}
        )
        os.kill(pool._workers[0].process.pid, signal.SIGKILL)  # type: ignore[arg-type]
        found = {source.path: result.status for source, result in pool.run(sources(tmp_path, 6))}
    assert set(found.values()) == {"ok"}
    assert len(found) == 6


def test_a_worker_that_cannot_start_says_why(tmp_path: Path) -> None:
    config = small(runtime={"model_dirs": {"PP-OCRv6_small_rec": str(tmp_path)}})
    with (
        PolicyControl(config) as policy,
        pytest.raises(ModelError, match="text_recognition has no rung"),
        WorkerPool(config, policy=policy),
    ):
        pass


def test_a_rung_that_is_not_resident_is_not_waited_for(tmp_path: Path) -> None:
    config = load_config("invoice")
    data = config.to_data()
    data["stages"]["text_detection"]["ladder"][0]["resident"] = False
    data["workers"] = 1
    cold = PipelineConfig.model_validate(data)
    with PolicyControl(cold) as policy, WorkerPool(cold, policy=policy) as pool:
        first = next(result for _, result in pool.run(sources(tmp_path, 1)))
        assert first.stages.text_detection.rung == "light"
        assert first.status == "degraded"
