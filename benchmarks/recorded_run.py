"""Record a real run with faults, replay it in other processes, and ask what other thresholds would have done.

    python benchmarks/recorded_run.py [--documents 400] [--log FILE]

Real models read drawn receipts while faults come and go. Two fresh Python processes, each with another hash seed, then
decide everything again: every line of the log must come out byte for byte. The what-if of the same log is timed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from machine import describe

from docpipe.config import PipelineConfig, load_config
from docpipe.config.faults import Fault
from docpipe.control.controller import PolicyControl
from docpipe.execution.fault_injection import Faults
from docpipe.lab.drill.pressure import Pressure
from docpipe.lab.synth.plain import draw_receipts
from docpipe.pipeline import Pipeline
from docpipe.policy.audit.whatif import what_if

CONFIG = "drills/quick"
OTHERS = ("published", "drills/quick")
TROUBLE: Mapping[int, tuple[str, str]] = {
    10: ("text_detection.main", "slow:+2000ms"),
    17: ("text_detection.main", "none"),
    28: ("text_recognition.main", "oom*1"),
    40: ("table_structure.main", "error"),
    52: ("table_structure.main", "none"),
    60: ("host_used", "0.96"),
    66: ("host_used", "0.5"),
    80: ("key_fields.main", "error*2"),
}
"""At which percent of the run what happens."""


def record(config: PipelineConfig, documents: int, log: Path) -> tuple[float, dict[str, int]]:
    """Read the documents with trouble on the way; return the seconds and how many results had which status."""
    faults, pressure = Faults(), Pressure({})
    pressure.set({"host_used": 0.5})
    policy = PolicyControl(config, event_log=log, readers=pressure.readers())
    due = {documents * percent // 100: change for percent, change in TROUBLE.items()}
    statuses: dict[str, int] = {}
    with policy, Pipeline(config, policy=policy, faults=faults) as pipeline:
        started = time.perf_counter()
        for number, source in enumerate(draw_receipts(documents)):
            target, value = due.get(number, ("", ""))
            if target == "host_used":
                pressure.set({target: float(value)})
            elif target:
                faults.set(target, None if value == "none" else Fault.parse(value))
            status = pipeline.run(source).status
            statuses[status] = statuses.get(status, 0) + 1
        return time.perf_counter() - started, statuses


def replay(log: Path, hash_seed: int) -> str:
    """Replay in a process of its own and return what it printed; a difference ends the benchmark."""
    command = [sys.executable, "-m", "docpipe", "replay", str(log)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    )
    if done.returncode:
        sys.exit(f"replay differs:\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    """Record, replay twice, ask twice."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--documents", type=int, default=400)
    arguments.add_argument("--log", type=Path, help="keep the log there")
    given = arguments.parse_args()
    print(describe(seed=0, sample=f"{given.documents} drawn receipts, configuration {CONFIG}"))
    with tempfile.TemporaryDirectory() as folder:
        log = given.log or Path(folder) / "run.log"
        seconds, statuses = record(load_config(CONFIG), given.documents, log)
        lines = log.read_bytes().count(b"\n")
        counts = ", ".join(f"{n} {status}" for status, n in sorted(statuses.items()))
        print(f"recorded: {given.documents} documents in {seconds:.0f} s: {counts}; {lines} lines")
        first, second = replay(log, 1), replay(log, 2)
        assert first == second
        print(f"replay in two other processes (hash seeds 1, 2): {first.splitlines()[0]}, both times")
        print(first.partition("\n")[2].rstrip())
        for other in OTHERS:
            plan = load_config(other).plan()
            started = time.process_time()
            answer = what_if(log, plan)
            spent = time.process_time() - started
            print(f"what if {other}: {spent:.2f} s, {spent / lines * 10_000:.2f} s for 10,000 lines")
            print(f"  {answer}".replace("\n", "\n  "))


if __name__ == "__main__":
    main()
