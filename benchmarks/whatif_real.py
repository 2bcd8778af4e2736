"""A what-if against the truth: real models, one run recorded, two other runs predicted from its log and then made.

    python benchmarks/whatif_real.py [--documents 60]

The recorded run reads drawn receipts of half to twice their size; every ten documents memory is short for a moment (an
injected reading), every stage goes one rung down and comes back by a probe each. From its log alone the busy time is
predicted of a run that never gives way, and of one that is pinned one rung down. Both are made as well, document by
document beside the recorded one, each first in turn. Times are processor time of the whole process, so that what else
the machine does is not in them, apart from what it does to caches. Bar: within 5 %.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from machine import describe
from PIL import Image

from docpipe.config import PipelineConfig, load_config
from docpipe.control.controller import PolicyControl
from docpipe.inputs.source import Source
from docpipe.lab.synth.plain import draw_receipts
from docpipe.pipeline import Pipeline
from docpipe.policy.audit.whatif import WhatIf, pools_of, what_if
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
    data["policy"] = {"ooms": None, "error_ratio": None, "worker_deaths": None, **band}
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for stage, rung in pins.items():
        data["stages"][stage]["pin"] = {"rung": rung, "until": until, "reason": "what if"}
    return PipelineConfig.model_validate(data)


class Run:
    """One of the three runs: a pipeline on the shared models, its log, and a memory that is short when told."""

    def __init__(self, config: PipelineConfig, log: Path, runtime: PaddleRuntime) -> None:
        self.config, self.log, self.used = config, log, 0.5
        readers = {"host_used": lambda: self.used}
        self.policy = PolicyControl(config, event_log=log, readers=readers, clock=time.process_time_ns, tick_s=3600)
        self.pipeline = Pipeline(config, policy=self.policy, runtime=runtime)

    def read(self, source: Source) -> None:
        """Read a document, then let time act."""
        result = self.pipeline.run(source)
        assert result.status != "failed", result.errors
        self.policy.read_signals()


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
        f"({predicted.measured} calls measured, {predicted.borrowed} borrowed, {predicted.unknown} unknown)"
    )
    return abs(off)


def main() -> None:
    """Make the three runs, predict two of them from the first."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--documents", type=int, default=100)
    documents = arguments.parse_args().documents
    print(describe(SEED, f"{documents} drawn receipts of mixed size, models of the shipped pipeline"))
    lower = {name: stage.ladder[1].name for name, stage in load_config("invoice").each_stage()}
    with tempfile.TemporaryDirectory() as folder:
        configs = {"recorded": config_of(BAND, {}), "never down": config_of({}, {}), "down": config_of({}, lower)}
        runtime = PaddleRuntime(load_config("invoice").runtime)
        runs = {name: Run(config, Path(folder) / name, runtime) for name, config in configs.items()}
        for source in receipts(3):  # what a first call costs is in no log
            for run in runs.values():
                run.pipeline._executor.run(source, run.policy.router.preview(), name="warm")
        for number, source in enumerate(receipts(documents)):
            order = [list(runs)[(number + turn) % len(runs)] for turn in range(len(runs))]
            for name in order:
                run = runs[name]
                run.used = 0.95 if name == "recorded" and number % SHORT_EVERY == 0 else 0.5
                run.read(source)
        for run in runs.values():
            run.policy._log.close() if run.policy._log else None
        plans = {name: run.config.plan() for name, run in runs.items()}
        off = [
            said(name, what_if(runs["recorded"].log, plans[name]), what_if(runs[name].log, plans[name]))
            for name in ("never down", "down")
        ]
        for name in ("never down", "down"):
            print(f"{name}: calls of both runs took {same_calls(runs['recorded'].log, runs[name].log):+.1%} there")
        for run in runs.values():
            run.pipeline.close()
    sys.exit(max(off) > 0.05)


if __name__ == "__main__":
    main()
