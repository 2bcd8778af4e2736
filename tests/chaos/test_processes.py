"""Kills, stops and full disks at random moments of real runs.

Whatever happens, every input has exactly one true record, results are whole, `--resume` completes, no process is left.
`DOCPIPE_CHAOS=long` (`make chaos`) takes the numbers of the release bar; else a few minutes.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest

from docpipe.batch.journal import NAME
from docpipe.result import Result
from tests.batch.stand_in import HOG_MB, document

pytestmark = pytest.mark.slow


LONG = os.environ.get("DOCPIPE_CHAOS") == "long"
DOCUMENTS, KILLS, PARENT_KILLS = (1000, 200, 20) if LONG else (60, 8, 3)
SEED = 11
LIMIT_S = 3000 if LONG else 240


def draw(folder: Path, count: int) -> Path:
    """Draw so many different documents, each slow enough that a kill can hit it."""
    for number in range(count):
        document(folder, f"{number:04}.png", "slow", number)
    return folder


def start(folder: Path, out: Path, *more: str, workers: int = 2, **popen: object) -> subprocess.Popen[str]:
    """Start a run in a process of its own."""
    command = [sys.executable, "-m", "tests.chaos.run_documents", str(folder), str(out), str(workers), *more]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **popen)  # type: ignore[call-overload]
    STARTED.append(run)
    return run  # type: ignore[no-any-return]


STARTED: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """End every run of a test, and close what leads to it."""
    yield
    for run in STARTED:
        run.kill()
        run.wait()
        for end in (run.stdout, run.stderr):
            if end is not None:
                end.close()
    STARTED.clear()


def assert_complete(folder: Path, out: Path, *, set_aside: int = 0) -> None:
    """Every input has one whole result and one record that says the same, and nothing else lies about.

    None has failed, but for `set_aside` that two strikes hit.
    """
    inputs = {p.relative_to(folder).as_posix() for p in folder.rglob("*.png")}
    results = {p.relative_to(out).as_posix().removesuffix(".json") for p in out.rglob("*.json")}
    assert results == inputs
    records: dict[str, list[dict[str, object]]] = {}
    for line in (out / NAME).read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):  # a line torn by a kill
            record = json.loads(line)
            records.setdefault(record["path"], []).append(record)
    assert set(records) == inputs
    for path in inputs:
        result = Result.model_validate_json((out / f"{path}.json").read_bytes())
        assert result.document.path == path
        if set_aside and result.status == "failed" and "set aside: 2" in result.errors[0].message:
            set_aside -= 1
        else:
            assert result.status != "failed", result.errors
        assert records[path][-1]["sha256"] == result.document.sha256
    assert not list(out.rglob("*.tmp"))


def children_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the worker processes of a run: not those of Python's own resource tracker."""
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children()
        return [child for child in children if "spawn_main" in " ".join(_command(child))]
    return []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def gone(processes: list[psutil.Process], within_s: float = 5.0) -> list[psutil.Process]:
    """Return those that are still there after a while; a zombie is gone."""
    _, alive = psutil.wait_procs(processes, timeout=within_s)
    return [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def finished_lines(process: subprocess.Popen[str], wanted: int) -> None:
    """Wait until so many documents are finished."""
    assert process.stdout is not None
    while wanted:
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        wanted -= line.startswith("finished")


def drain(process: subprocess.Popen[str]) -> list[str]:
    """Read what the run prints on a thread, so that it never waits for us."""
    lines: list[str] = []
    assert process.stdout is not None
    out = process.stdout
    threading.Thread(target=lambda: _take(out, lines), daemon=True).start()
    return lines


def _take(out: IO[str], lines: list[str]) -> None:
    with contextlib.suppress(ValueError):  # closed at the test's end
        lines.extend(out)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_workers_struck_at_random_cost_no_document(tmp_path: Path, number: signal.Signals) -> None:
    folder, out, rng = draw(tmp_path / "in", DOCUMENTS), tmp_path / "out", random.Random(SEED)
    strikes = KILLS if number is signal.SIGKILL else max(KILLS // 20, 2)
    run = start(folder, out)
    lines = drain(run)
    struck: set[int] = set()
    due = 1  # strikes are spread over the run: nothing can be read where workers are killed faster than they load
    began = time.monotonic()
    while run.poll() is None and time.monotonic() - began < LIMIT_S:
        workers = [child for child in children_of(run) if child.pid not in struck]
        finished = sum(line.startswith("finished") for line in lines)
        if workers and len(struck) < strikes and finished >= due:
            victim = rng.choice(workers)
            struck.add(victim.pid)
            due = DOCUMENTS * 4 * len(struck) // (5 * strikes)  # the last one well before the end
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.send_signal(number)
        time.sleep(rng.uniform(0.2, 0.8))
    code = run.wait(10)
    assert code in (0, 1), run.stderr.read() if run.stderr else ""
    print(f"strikes={len(struck)} of={strikes} documents={DOCUMENTS} wall_s={time.monotonic() - began:.0f}")
    assert len(struck) >= (0.9 * strikes if LONG else 1)  # a run that is over takes no more
    assert_complete(folder, out, set_aside=code * (len(struck) // 2))  # exit code 1 says that some were


def test_a_parent_killed_again_and_again_loses_nothing_and_leaves_nobody(tmp_path: Path) -> None:
    folder, out, rng = draw(tmp_path / "in", DOCUMENTS), tmp_path / "out", random.Random(SEED)
    for _ in range(PARENT_KILLS):
        run = start(folder, out, "--resume")
        finished_lines(run, rng.randint(1, 4))
        workers = children_of(run)
        assert workers
        run.kill()
        run.wait()
        assert gone(workers) == []
    run = start(folder, out, "--resume")
    drain(run)
    assert run.wait(LIMIT_S) == 0
    assert_complete(folder, out)


def test_a_run_that_was_killed_does_not_climb_back_to_the_rung_that_kills(tmp_path: Path) -> None:
    """Two workers die on main, the parent is killed: the next run starts below it, and says why; until `reset`."""
    folder, out, state = tmp_path / "in", tmp_path / "out", tmp_path / "state"
    for number in range(2):
        document(folder, f"00-{number}.png", "die_on_main", number)
    draw(folder, 30)
    environment = os.environ | {"DOCPIPE_STATE": str(state)}
    run = start(folder, out, env=environment)
    finished_lines(run, 12)
    workers = children_of(run)
    run.kill()
    run.wait()
    assert gone(workers) == []
    assert len(list(state.iterdir())) == 1
    before = set(out.rglob("*.json"))

    again = start(folder, out, "--resume", env=environment)
    drain(again)
    assert again.wait(LIMIT_S) == 0
    assert "docpipe.policy_state_restored" in (again.stderr.read() if again.stderr else "")
    for path in set(out.rglob("*.json")) - before:
        (step,) = Result.model_validate_json(path.read_bytes()).degradations
        assert (step.stage, step.to_rung, step.trigger) == ("text_detection", "light", "worker_died")
        assert step.cause == "kept over a restart: 2 workers died in its calls"

    command = [sys.executable, "-m", "docpipe", "policy", "reset", "--state-dir", str(state)]
    subprocess.run(command, check=True, capture_output=True)
    assert list(state.iterdir()) == []
    fresh = start(draw(tmp_path / "fresh", 3), tmp_path / "fresh-out", env=environment)
    drain(fresh)
    assert fresh.wait(LIMIT_S) == 0
    results = [Result.model_validate_json(p.read_bytes()) for p in (tmp_path / "fresh-out").rglob("*.json")]
    assert [result.degradations for result in results] == [()] * 3


def test_sigterm_finishes_what_is_in_hand(tmp_path: Path) -> None:
    folder, out = draw(tmp_path / "in", 40), tmp_path / "out"
    run = start(folder, out, "--resume")
    finished_lines(run, 3)
    workers = children_of(run)
    run.send_signal(signal.SIGTERM)
    drain(run)
    assert run.wait(60) == 130
    assert gone(workers) == []
    done = len(list(out.rglob("*.json")))
    assert 3 <= done < 40
    again = start(folder, out, "--resume")
    drain(again)
    assert again.wait(LIMIT_S) == 0
    assert_complete(folder, out)


def test_a_second_sigterm_stops_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    document(folder, "0.png", "spin_on_main")
    draw(folder, 1)
    run = start(folder, tmp_path / "out", workers=1)
    assert run.stdout is not None
    while not run.stdout.readline().startswith("planned"):
        pass
    workers = children_of(run)
    run.send_signal(signal.SIGTERM)
    time.sleep(0.3)  # two signals at once are one to the kernel
    run.send_signal(signal.SIGTERM)
    # Where the first one came before a document was in hand, the second meets a process that is ending already.
    assert run.wait(30) in (130, -signal.SIGTERM)
    assert gone(workers) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="a tmpfs needs root")
def test_a_disk_that_fills_up_stops_the_run_and_resume_goes_on(tmp_path: Path) -> None:
    folder, out = draw(tmp_path / "in", 40), tmp_path / "out"
    out.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(out)], check=False)
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        run = start(folder, out, "--resume")
        drain(run)
        code = run.wait(LIMIT_S)
        said = run.stderr.read() if run.stderr else ""
        assert code == 5, said
        assert "--resume" in said
        for path in out.rglob("*.json"):
            Result.model_validate_json(path.read_bytes())
        subprocess.run(["mount", "-o", "remount,size=64m", str(out)], check=True)
        again = start(folder, out, "--resume")
        drain(again)
        assert again.wait(LIMIT_S) == 0
        assert_complete(folder, out)
    finally:
        subprocess.run(["umount", "-l", str(out)], check=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="a read-only mount needs root, and permissions stop nobody else")
def test_an_output_made_read_only_in_mid_run_stops_it_and_resume_goes_on(tmp_path: Path) -> None:
    folder, out = draw(tmp_path / "in", 30), tmp_path / "out"
    out.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(out)], check=False).returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        run = start(folder, out, "--resume")
        finished_lines(run, 5)
        workers = children_of(run)
        # a file that is being written at this very moment keeps the mount busy
        while subprocess.run(["mount", "-o", "remount,ro", str(out)], check=False, capture_output=True).returncode:
            time.sleep(0.01)
        drain(run)
        assert run.wait(LIMIT_S) == 5
        said = run.stderr.read() if run.stderr else ""
        assert "--resume" in said
        assert "Traceback" not in said
        assert gone(workers) == []
        kept = len([Result.model_validate_json(p.read_bytes()) for p in out.rglob("*.json")])
        assert 5 <= kept < 30
        subprocess.run(["mount", "-o", "remount,rw", str(out)], check=True)
        again = start(folder, out, "--resume")
        drain(again)
        assert again.wait(LIMIT_S) == 0
        assert_complete(folder, out)
    finally:
        subprocess.run(["umount", "-l", str(out)], check=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="a read-only mount needs root, and permissions stop nobody else")
@pytest.mark.parametrize("how", ["ro", "size=4k"], ids=["read-only", "full"])
def test_an_output_that_cannot_be_written_is_told_before_a_model_loads(tmp_path: Path, how: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(out)], check=False).returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        picture = document(tmp_path / "in", "0.png").file
        done = subprocess.run(
            [sys.executable, "-m", "docpipe", "run", str(picture), "--out", str(out)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        subprocess.run(["umount", "-l", str(out)], check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "cannot be written" in line


def test_few_descriptors_and_flipped_bytes_fail_documents_by_name_at_most(tmp_path: Path) -> None:
    """Corrupt files between good ones, in a process that may open few files."""
    folder, out, rng = draw(tmp_path / "in", 10), tmp_path / "out", random.Random(SEED)
    good = (folder / "0000.png").read_bytes()
    for number in range(20):
        data = bytearray(good)
        for _ in range(rng.randint(1, 40)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        (folder / f"corrupt{number:02}.png").write_bytes(data)
    run = start(folder, out, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    drain(run)
    assert run.wait(LIMIT_S) in (0, 1)
    results = [Result.model_validate_json(p.read_bytes()) for p in out.rglob("*.json")]
    assert len(results) == 30
    assert all(r.status != "failed" for r in results if not r.document.path.startswith("corrupt"))
    assert all(error.code.startswith("input") for r in results for error in r.errors)


def asks_for_much(folder: Path) -> list[str]:
    """Draw documents of which some ask for more memory than there is, on main only; return their paths."""
    draw(folder, 10)
    names = [f"much{number}.png" for number in range(2)]
    for number, name in enumerate(names):
        document(folder, name, "hog_on_main", number)
    return names


def test_memory_that_a_process_may_not_have_costs_a_rung_and_no_document(tmp_path: Path) -> None:
    """By rlimit: the allocation fails in the worker, and the document goes on one rung lower in it."""
    folder, out = tmp_path / "in", tmp_path / "out"
    names, limit = asks_for_much(folder), (HOG_MB + 256) << 20
    run = start(folder, out, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    drain(run)
    assert run.wait(LIMIT_S) == 0, run.stderr.read() if run.stderr else ""
    assert_complete(folder, out)
    for name in names:
        result = Result.model_validate_json((out / f"{name}.json").read_bytes())
        assert result.stages.text_detection is not None
        assert result.stages.text_detection.rung == "light"
        assert {step.trigger for step in result.degradations} == {"out_of_memory"}


@contextlib.contextmanager
def memory_group(limit_mb: int) -> Iterator[Path]:
    """Make a control group with a limit, of version 2 or 1; skip where that is not allowed."""
    root = Path("/sys/fs/cgroup")
    first = (root / "memory").is_dir()
    group = (root / "memory" if first else root) / f"docpipe-chaos-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as e:
        pytest.skip(f"no control group can be made here: {e.strerror}")
    try:
        try:
            (group / ("memory.limit_in_bytes" if first else "memory.max")).write_text(f"{limit_mb << 20}\n")
        except OSError as e:
            pytest.skip(f"no memory can be limited here: {e.strerror}")
        yield group
    finally:
        for pid in (group / "cgroup.procs").read_text().split():
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(int(pid)).kill()
        for _ in range(100):
            with contextlib.suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.05)


def test_the_kernel_kills_for_memory_and_no_document_is_lost(tmp_path: Path) -> None:
    """By a control group: a worker is killed, for which its document's size is to blame; that goes on lower."""
    folder, out = tmp_path / "in", tmp_path / "out"
    names = asks_for_much(folder)
    with memory_group(HOG_MB // 2) as group:

        def join() -> None:
            (group / "cgroup.procs").write_text(f"{os.getpid()}\n")

        run = start(folder, out, preexec_fn=join)
        drain(run)
        assert run.wait(LIMIT_S) == 0, run.stderr.read() if run.stderr else ""
        said = run.stderr.read() if run.stderr else ""
    assert "killed by the kernel: host memory ran out" in said
    assert_complete(folder, out)
    for name in names:
        result = Result.model_validate_json((out / f"{name}.json").read_bytes())
        assert result.stages.text_detection is not None
        assert result.stages.text_detection.rung == "light"
