"""`docpipe upgrade`: read again, on the best rungs, what a run has read degraded."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from docpipe.errors import ExitCode

EXAMPLES = "docpipe upgrade results --dry-run   ·   docpipe upgrade results"


def upgrade(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results, as `docpipe run --out` wrote it.")],
    config: Annotated[
        str, typer.Option("--config", "-c", help="The pipeline file of that run, or the name of a shipped one.")
    ] = "invoice",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be read again, and its loss.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is loaded and decided.")] = False,
) -> None:
    """Read again what was read on lighter rungs, the largest loss of accuracy first.

    Better results replace those before; docpipe-upgrades.jsonl in OUT says what changed, one line a document. An
    interrupt keeps what is done; the same command goes on. Exit codes as of `docpipe run`; 3: nothing is degraded.
    """
    from docpipe.batch.serving import start_serving
    from docpipe.batch.stopping import Stopping, say_stopping, stop_by_signals
    from docpipe.batch.upgrade import Change, Losses, find_degraded
    from docpipe.batch.upgrade import upgrade as read_again
    from docpipe.cli.log_lines import set_up_logging
    from docpipe.config import load_config
    from docpipe.control.controller import PolicyControl

    set_up_logging(verbose)
    loaded = load_config(config)
    losses = Losses(loaded)
    degraded, problems = find_degraded(out, loaded.sha256(), losses, loaded.input.max_bytes)
    for problem in problems:
        typer.echo(problem, err=True)
    if dry_run:
        for one in degraded:
            typer.echo(f"{one.loss:.4f}  {one.entry.path}")
    if dry_run or not degraded:
        typer.echo(f"{len(degraded)} degraded results can be read again", err=True)
        sys.exit(ExitCode.OK if degraded else ExitCode.NOTHING_TO_DO)
    outcomes: Counter[str] = Counter()

    def tell(change: Change) -> None:
        outcomes[change.outcome] += 1
        typer.echo(json.dumps(asdict(change), ensure_ascii=False), err=True)

    stopping = Stopping(say_stopping)
    with ExitStack() as stack:
        stack.enter_context(stop_by_signals(stopping))
        policy = stack.enter_context(PolicyControl(loaded))
        serve = stack.enter_context(start_serving(loaded, policy, lambda name: None))
        try:
            read_again(out, degraded, lambda sources: serve(stopping.drain(sources)), losses, tell)
        except KeyboardInterrupt:
            stopping.asked = True
    typer.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) or "none", err=True)
    failed = ExitCode.SOME_FAILED if outcomes["failed"] else ExitCode.OK
    sys.exit(ExitCode.INTERRUPTED if stopping.asked else failed)
