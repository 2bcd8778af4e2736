"""A what-if against the truth: real models, one run recorded, two other runs predicted from its log and then made.

    python benchmarks/whatif_real.py [--documents 200]

The recorded run reads drawn receipts of half to twice their size; every ten documents memory is short for a moment (an
injected reading), every stage goes one rung down and comes back by a probe each. From its log alone the busy time is
predicted of a run that never gives way, and of one that is pinned one rung down. Both are made as well, document by
document beside the recorded one, each first in turn. Each run is a process of its own: in one process a run finds in
the caches what the one before it has just used. Models have one thread, and times are processor time of the whole
process, so that what else the machine does is not in them, apart from what it does to caches. Bar: within 5 %.
"""

from __future__ import annotations

import argparse
import io
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from machine import describe
from PIL import Image

from docpipe.config import PipelineConfig, load_config
from docpipe.control.controller import PolicyControl
from docpipe.inputs.source import Source
from docpipe.lab.synth.plain import draw_receipts
from docpipe.pipeline import Pipeline
from docpipe.policy.audit.whatif import WhatIf, pools_of, what_if
from docpipe.profiles.prices import call_ms_of
from docpipe.runtime import owner
from docpipe.runtime.paddle import PaddleRuntime

SEED = 11
BAND = {
    "host_used": {"degrade_above": 0.9, "recover_below": 0.7, "degrade_after_s": 0, "recover_after_s": 0},
    "cool_down_s": {"first": 0, "factor": 1, "max": 0},
    "probes": {"count": 1, "pass": 1, "per_s": 1000},
    "ramp": {"shares": []},
}
SHORT_EVERY = 10


def receipts(count: int) -> Iterator[Source]:
    """Yield drawn receipts of several sizes."""
    rng = random.Random(SEED)
    for drawn in draw_receipts(count, SEED):
        page, scale = Image.open(io.BytesIO(drawn.data or b"")), rng.uniform(0.5, 2.0)
        data = io.BytesIO()
        page.resize((max(int(page.width * scale), 64), max(int(page.height * scale), 64))).save(data, "PNG")
        yield Source.of_bytes(data.getvalue(), drawn.path)


def config_of(band: Mapping[str, object], pins: Mapping[str, str]) -> PipelineConfig:
    """Return the shipped pipeline without its own triggers, with a band or with pins."""
    data = load_config("invoice").to_data()
    data["runtime"] = {**data.get("runtime", {}), "cpu_threads": 1}
    data["policy"] = {"ooms": None, "error_ratio": None, "worker_deaths": None, **band}
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for stage, rung in pins.items():
        data["stages"][stage]["pin"] = {"rung": rung, "until": until, "reason": "what if"}
    return PipelineConfig.model_validate(data)


def config_named(name: str) -> PipelineConfig:
    """Return the configuration of one of the three runs."""
    lower = {stage: part.ladder[1].name for stage, part in load_config("invoice").each_stage()}
    return {
        "recorded": lambda: config_of(BAND, {}),
        "never down": lambda: config_of({}, {}),
        "down": lambda: config_of({}, lower),
    }[name]()


def serve(name: str, log: Path, documents: int) -> None:
    """Be one of the runs: read a document for each line that comes, with the share of memory in use that it says."""
    config, used = config_named(name), [0.5]
    owner.time = SimpleNamespace(monotonic_ns=time.process_time_ns)  # type: ignore[assignment]  # one clock for all
    readers = {"host_used": lambda: used[0]}
    policy = PolicyControl(config, event_log=log, readers=readers, clock=time.process_time_ns, tick_s=3600)
    with Pipeline(config, policy=policy, runtime=PaddleRuntime(config.runtime)) as pipeline:
        for source in receipts(3):  # what a first call costs is in no log
            pipeline._executor.run(source, policy.router.preview(), name="warm")
        sources = list(receipts(documents))
        print("ready", flush=True)
        for source, line in zip(sources, sys.stdin, strict=False):
            used[0] = float(line)
            result = pipeline.run(source)
            assert result.status != "failed", result.errors
            policy.read_signals()
            print("read", flush=True)
    if policy._log is not None:
        policy._log.close()


class Run:
    """One of the three runs, in a process of its own."""

    def __init__(self, name: str, log: Path, documents: int) -> None:
        self.log = log
        ours = [sys.executable, "-W", "ignore", str(Path(__file__).resolve()), "--documents", str(documents)]
        command = [*ours, "--serve", name, str(log)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._said("ready")

    def read(self, used: float) -> None:
        """Let it read the next document, and wait for that."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{used}\n")
        self.process.stdin.flush()
        self._said("read")

    def end(self) -> None:
        """Let it close its log."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait() == 0

    def _said(self, word: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == word:
                return
        sys.exit("a run ended early")


def same_calls(one: Path, other: Path) -> float:
    """Return how much longer the calls took in the other run that both made, for the same document on the same rung."""
    times = [
        {(c.document_id, *key): c.duration_ns for key, calls in pools_of(log).calls.items() for c in calls}
        for log in (one, other)
    ]
    common = times[0].keys() & times[1].keys()
    return sum(times[1][key] for key in common) / sum(times[0][key] for key in common) - 1


def said(name: str, predicted: WhatIf, truth: WhatIf) -> float:
    """Print a prediction beside what was measured, and return how far it is off."""
    off = predicted.would_be_busy_ms / truth.was_busy_ms - 1
    print(
        f"{name}: recorded {predicted.was_busy_ms:.0f} ms, predicted {predicted.would_be_busy_ms:.0f} ms give or take "
        f"{predicted.error_ms:.0f}, measured {truth.was_busy_ms:.0f} ms: {off:+.1%} "
        f"({predicted.measured} calls measured, {predicted.borrowed} borrowed, {predicted.profiled} by the profile, "
        f"{predicted.unknown} unknown; pace {predicted.pace[0]:.2f} to {predicted.pace[1]:.2f}, "
        f"{predicted.profile_factor or 0:.2f} times the profile)"
    )
    return abs(off)


def main() -> None:
    """Make the three runs, predict two of them from the first."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--documents", type=int, default=200)
    arguments.add_argument("--serve", nargs=2, metavar=("NAME", "LOG"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        return serve(given.serve[0], Path(given.serve[1]), given.documents)
    print(describe(SEED, f"{given.documents} drawn receipts of mixed size, models of the shipped pipeline, one thread"))
    profile = load_config("invoice").load_profile()
    with tempfile.TemporaryDirectory() as folder:
        names = ("recorded", "never down", "down")
        runs = {name: Run(name, Path(folder) / name.replace(" ", "-"), given.documents) for name in names}
        for number in range(given.documents):
            for turn in range(len(names)):
                name = names[(number + turn) % len(names)]
                runs[name].read(0.95 if name == "recorded" and number % SHORT_EVERY == 0 else 0.5)
        for run in runs.values():
            run.end()
        off = []
        for name in names[1:]:
            config = config_named(name)
            call_ms = [call_ms_of(profile, config.ladders())] if profile is not None else []
            predicted = what_if(runs["recorded"].log, config.plan(), *call_ms)
            off.append(said(name, predicted, what_if(runs[name].log, config.plan())))
            print(f"{name}: calls of both runs took {same_calls(runs['recorded'].log, runs[name].log):+.1%} there")
    sys.exit(max(off) > 0.05)


if __name__ == "__main__":
    main()
