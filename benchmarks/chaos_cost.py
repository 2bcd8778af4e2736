"""What killed processes cost a run: stand-ins for models, real processes, journal and results.

    PYTHONPATH=. python benchmarks/chaos_cost.py [--documents 1000] [--kills 200] [--parents 20]

Reads the documents undisturbed, then with a worker killed by SIGKILL, chosen at random, whenever as many documents
are finished as make that many kills over the run. Then the supervising process is killed, after 1 to 4 documents of
its own, and goes on with `--resume`. After each run every input has one whole result and one true record, and no
process is left. Bars: none lost, doubled or torn; at most 1.3 times the undisturbed time plus the reloads that the
kills made necessary: for each successor the time from its start until it was ready, or was killed itself while it
loaded, shared by the workers.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from machine import describe

from tests.chaos.test_processes import assert_complete, children_of, draw, finished_lines, gone, start

SEED, WORKERS = 11, 2


@dataclass
class Cost:
    """What a run took, in seconds: from the first ready workers to its end, and each load of a later worker."""

    took_s: float = 0.0
    killed: int = 0
    code: int = 0
    first_load_s: float = 0.0
    reloads_s: list[float] = field(default_factory=list)


def read_all(folder: Path, out: Path, documents: int, kills: int) -> Cost:
    """Read a folder while workers are killed, each at random."""
    cost, rng, finished, began = Cost(), random.Random(SEED), 0, time.monotonic()
    run = start(folder, out, workers=WORKERS)
    assert run.stdout is not None
    loading: dict[int, float] = {}
    for line in run.stdout:
        if line.startswith("workers"):
            cost.first_load_s = time.time() - min(worker.create_time() for worker in children_of(run))
            began = time.monotonic()
            continue
        if line.startswith("ready") and (since := loading.pop(int(line.split()[1]), None)) is not None:
            cost.reloads_s.append(time.time() - since)
        finished += line.startswith("finished")
        workers = children_of(run)
        if cost.killed < kills and finished * kills >= (cost.killed + 1) * documents and workers:
            with contextlib.suppress(psutil.NoSuchProcess):
                victim = rng.choice(workers)
                if (since := loading.pop(victim.pid, None)) is not None:
                    cost.reloads_s.append(time.time() - since)
                victim.kill()
                cost.killed += 1
                loading.update(successors_of(run, {worker.pid for worker in workers}))
    cost.code = run.wait()
    cost.took_s = time.monotonic() - began
    return cost


def successors_of(run: subprocess.Popen[str], before: set[int]) -> dict[int, float]:
    """Return the worker that was started for one that died, with the moment of its start; wait for it a moment."""
    until = time.monotonic() + 5
    while time.monotonic() < until and run.poll() is None:
        found = {}
        for worker in children_of(run):
            with contextlib.suppress(psutil.NoSuchProcess):
                if worker.pid not in before:
                    found[worker.pid] = worker.create_time()
        if found:
            return found
        time.sleep(0.01)
    return {}


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
        calm = read_all(folder, Path(name) / "calm", given.documents, 0)
        assert calm.code == 0
        assert_complete(folder, Path(name) / "calm")
        print(f"undisturbed: {calm.took_s:.1f} s; the first workers load for {calm.first_load_s:.1f} s", flush=True)
        cost = read_all(folder, Path(name) / "killed", given.documents, given.kills)
        assert_complete(folder, Path(name) / "killed", set_aside=cost.code * (cost.killed // 2))
        allowed = 1.3 * calm.took_s + sum(cost.reloads_s) / WORKERS
        print(
            f"{cost.killed} workers killed: {cost.took_s:.1f} s, allowed {allowed:.1f} s (1.3 x undisturbed and "
            f"{len(cost.reloads_s)} reloads of {sum(cost.reloads_s):.0f} s over {WORKERS} workers); 0 lost, doubled or "
            f"torn; exit {cost.code}",
            flush=True,
        )
        started = time.monotonic()
        kill_parents(folder, Path(name) / "parents", given.parents)
        assert_complete(folder, Path(name) / "parents")
        took = time.monotonic() - started
        print(f"{given.parents} parents killed: complete after {took:.0f} s; 0 lost, doubled, torn")
    sys.exit(cost.took_s > allowed)


if __name__ == "__main__":
    main()
