"""What killed processes cost a run: stand-ins for models, real processes, journal and results.

    PYTHONPATH=. python benchmarks/chaos_cost.py [--documents 1000] [--kills 200] [--parents 20]

Reads the documents undisturbed, then with a worker killed by SIGKILL, chosen at random, whenever as many documents
are finished as make that many kills over the run. Then the supervising process is killed, after 1 to 4 documents of
its own, and goes on with `--resume`. After each run every input has one whole result and one true record, and no
process is left. Bars: none lost, doubled or torn; at most 1.3 times the undisturbed time plus the reloads that the
kills made necessary, each as long as the first workers took until they were ready, shared by the workers.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from pathlib import Path

import psutil
from machine import describe

from tests.chaos.test_processes import assert_complete, children_of, draw, finished_lines, gone, start

SEED, WORKERS = 11, 2


def read_all(folder: Path, out: Path, documents: int, kills: int) -> tuple[float, float, int, int]:
    """Read a folder while workers are killed; return the seconds a worker loads and all took, kills, and exit code."""
    rng, killed, finished = random.Random(SEED), 0, 0
    load_s, began = 0.0, time.monotonic()
    run = start(folder, out, workers=WORKERS)
    assert run.stdout is not None
    for line in run.stdout:
        if line.startswith("workers"):
            load_s = time.time() - min(worker.create_time() for worker in children_of(run))
            began = time.monotonic()
        finished += line.startswith("finished")
        if killed < kills and finished * kills >= (killed + 1) * documents and (workers := children_of(run)):
            with contextlib.suppress(psutil.NoSuchProcess):
                rng.choice(workers).kill()
                killed += 1
    code = run.wait()
    return load_s, time.monotonic() - began, killed, code


def kill_parents(folder: Path, out: Path, times: int) -> None:
    """Kill the supervising process so many times, then let it end."""
    rng = random.Random(SEED)
    for _ in range(times):
        run = start(folder, out, "--resume", workers=WORKERS)
        finished_lines(run, rng.randint(1, 4))
        workers = children_of(run)
        run.kill()
        run.wait()
        assert gone(workers) == []
    run = start(folder, out, "--resume", workers=WORKERS)
    for _ in run.stdout or ():
        pass
    assert run.wait() == 0


def main() -> None:
    """Run all three and print what they cost."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--documents", type=int, default=1000)
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--parents", type=int, default=20)
    given = arguments.parse_args()
    print(describe(SEED, f"{given.documents} drawn pages of 50 ms, {WORKERS} workers with stand-ins for models"))
    with tempfile.TemporaryDirectory() as name:
        folder = draw(Path(name) / "in", given.documents)
        load_s, calm_s, _, code = read_all(folder, Path(name) / "calm", given.documents, 0)
        assert code == 0
        assert_complete(folder, Path(name) / "calm")
        print(f"undisturbed: {calm_s:.1f} s; a worker loads for {load_s:.1f} s", flush=True)
        _, s, killed, code = read_all(folder, Path(name) / "killed", given.documents, given.kills)
        assert_complete(folder, Path(name) / "killed", set_aside=code * (killed // 2))
        allowed = 1.3 * calm_s + killed * load_s / WORKERS
        print(
            f"{killed} workers killed: {s:.1f} s, allowed {allowed:.1f} s; 0 lost, doubled or torn; exit {code}",
            flush=True,
        )
        started = time.monotonic()
        kill_parents(folder, Path(name) / "parents", given.parents)
        assert_complete(folder, Path(name) / "parents")
        took = time.monotonic() - started
        print(f"{given.parents} parents killed: complete after {took:.0f} s; 0 lost, doubled, torn")
    sys.exit(s > allowed)


if __name__ == "__main__":
    main()
