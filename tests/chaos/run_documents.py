"""A run as `docpipe run` makes it, with stand-ins for models: real processes, journal, results. For the chaos suite.

    python -m tests.chaos.run_documents FOLDER OUT WORKERS [--resume]

Prints one line for each finished document and ends with the exit code of `docpipe run`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from docpipe.batch.run import RunOptions, run_batch
from docpipe.batch.stopping import Stopping, stop_by_signals
from docpipe.batch.worker_process import Limits
from docpipe.batch.workers import WorkerPool
from docpipe.control.controller import PolicyControl
from docpipe.control.kept_state import kept_state
from docpipe.errors import DocpipeError, ExitCode
from docpipe.inputs.source import Source
from docpipe.result import Result
from tests.batch.stand_in import config_of, stand_in

LIMITS = Limits(turn_s=0.05, silent_s=5, progress_s=20, grace_s=0.5)


class Lines:
    """Prints what is finished."""

    def on_planned(self, left: int, done: int) -> None:
        print(f"planned {left} {done}", flush=True)

    def on_finished(self, source: Source, result: Result, output: Path) -> None:
        print(f"finished {source.path} {result.status}", flush=True)


def say_ready(name: str) -> None:
    """Print which worker has its models warm."""
    if name.startswith("worker "):
        print(f"ready {name.removeprefix('worker ')}", flush=True)


def main(folder: str, out: str, workers: int, *, resume: bool) -> int:
    """Read every picture of a folder."""
    config = config_of(workers)
    root = Path(folder)
    files = sorted(p for p in root.rglob("*.png"))
    sources = [Source(p.relative_to(root).as_posix(), p.absolute()) for p in files]
    options = RunOptions(Path(out), config.sha256(), config.input.max_bytes, resume=resume, force=not resume)
    stopping = Stopping()
    try:
        with (
            stop_by_signals(stopping),
            PolicyControl(config, kept=kept_state(config)) as policy,
            WorkerPool(config, policy=policy, limits=LIMITS, make_runtime=stand_in, announce=say_ready) as pool,
        ):
            print("workers", *(worker.name for worker in pool._workers), flush=True)
            summary = run_batch(sources, lambda left: pool.run(stopping.drain(left)), options, Lines())
    except DocpipeError as e:
        print(f"docpipe: {e}", file=sys.stderr)
        return e.exit_code
    except KeyboardInterrupt:  # before a document was in hand, as in `docpipe.cli.app.main`
        return ExitCode.INTERRUPTED
    summary.interrupted |= stopping.asked
    return summary.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), resume="--resume" in sys.argv))
