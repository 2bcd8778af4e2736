"""Workers that are forked before a run has threads: real processes, made by scripts that have one thread themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.batch.stand_in import document

HEAD = """
import json, os, signal, sys, threading
from pathlib import Path
from docpipe.batch.waiting_workers import fork_workers
from docpipe.batch.workers import WorkerPool
from docpipe.control.controller import PolicyControl
from docpipe.inputs.source import source_of
from tests.batch.stand_in import config_of, stand_in

config = config_of(2)
"""
READ = """
with PolicyControl(config) as policy, WorkerPool(config, policy=policy, make_runtime=stand_in, waiting=waiting) as pool:
    used = [worker.process.pid for worker in pool._workers]
    status = [result.status for _, result in pool.run([source_of(path) for path in sys.argv[1:]])]
print(json.dumps({"forked": forked, "used": used, "status": status}))
"""


def run_script(*lines: str, arguments: tuple[Path, ...] = ()) -> Any:
    """Run lines after `HEAD` in a process of their own; return what they print as JSON."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join((HEAD, *lines)), *map(str, arguments)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def pictures(folder: Path, *what: str) -> tuple[Path, ...]:
    return tuple(folder / document(folder, f"{n}.png", do, n).path for n, do in enumerate(what))


def test_forked_workers_read_the_documents(tmp_path: Path) -> None:
    take = "waiting = fork_workers(config); forked = [worker.process.pid for worker in waiting]"
    found = run_script(take, READ, arguments=pictures(tmp_path, "read", "slow", "read"))
    assert len(found["forked"]) == 2
    assert found["used"] == found["forked"]
    assert len(found["status"]) == 3
    assert "failed" not in found["status"]


def test_one_that_was_killed_while_it_waited_is_replaced_by_a_spawned_one(tmp_path: Path) -> None:
    take = """
waiting = fork_workers(config); forked = [worker.process.pid for worker in waiting]
os.kill(forked[0], signal.SIGKILL); waiting[0].process.join()
"""
    found = run_script(take, READ, arguments=pictures(tmp_path, "read", "read"))
    assert found["used"][0] == found["forked"][1]
    assert found["used"][1] not in found["forked"]
    assert "failed" not in found["status"]


def test_a_forked_worker_that_dies_on_a_document_is_replaced(tmp_path: Path) -> None:
    take = "waiting = fork_workers(config); forked = [worker.process.pid for worker in waiting]"
    found = run_script(take, READ, arguments=pictures(tmp_path, "die_on_main", "read", "read"))
    assert len(found["status"]) == 3
    assert "failed" not in found["status"]


def test_nothing_is_forked_beside_a_thread_an_engine_or_a_gpu() -> None:
    found = run_script(
        "made = {}",
        "held = threading.Event(); beside = threading.Thread(target=held.wait); beside.start()",
        "made['thread'] = len(fork_workers(config)); held.set(); beside.join()",
        "made['gpu'] = len(fork_workers(config_of(2, runtime={'device': 'gpu:0'})))",
        "import types; sys.modules['onnxruntime'] = types.ModuleType('onnxruntime')",
        "made['engine'] = len(fork_workers(config)); del sys.modules['onnxruntime']",
        "print(json.dumps(made))",
    )
    assert found == {"thread": 0, "gpu": 0, "engine": 0}


def test_workers_that_nobody_needed_end_with_the_process() -> None:
    """A run that finds nothing to do, or a wrong option, leaves no process behind, and does not wait for one."""
    pids = run_script("print(json.dumps([worker.process.pid for worker in fork_workers(config)]))")
    assert len(pids) == 2
    until = time.monotonic() + 30
    while alive := [pid for pid in pids if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < until, f"still there: {alive}"
        time.sleep(0.02)


def test_workers_end_with_a_parent_that_is_killed() -> None:
    pids = run_script(
        "made = os.fork()",
        "if made == 0:",
        "    print(json.dumps([worker.process.pid for worker in fork_workers(config)]), flush=True)",
        "    os.kill(os.getpid(), signal.SIGKILL)",
        "os.waitpid(made, 0)",
    )
    until = time.monotonic() + 30
    while alive := [pid for pid in pids if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < until, f"still there: {alive}"
        time.sleep(0.02)
