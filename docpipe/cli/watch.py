"""`docpipe watch`: read whatever is put into a folder, for as long as it runs."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from docpipe.errors import ExitCode, UsageError

EXAMPLES = (
    "docpipe watch inbox --out results   ·   docpipe watch inbox --out results --move   ·   "
    "docpipe watch inbox --out results --webhook https://books.example/invoices"
)
LOOK_S = 0.5
"""Seconds after which a folder is looked at again where no event of the file system came before."""


def watch(
    inbox: Annotated[Path, typer.Argument(metavar="IN", help="The folder that files are put into.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where results go: they mirror the folder.")],
    config: Annotated[
        str, typer.Option("--config", "-c", help="A pipeline file, or the name of a shipped one.")
    ] = "invoice",
    settle: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="A file is whole when size and time stay for so long.")
    ] = 2.0,
    move: Annotated[
        bool, typer.Option("--move", help="Move files that were read to IN/done, failed ones to IN/failed.")
    ] = False,
    exec_: Annotated[
        str | None, typer.Option("--exec", metavar="COMMAND", help="Call it with the path of each result's file.")
    ] = None,
    webhook: Annotated[
        str | None,
        typer.Option(metavar="URL", help="POST each result there, signed with DOCPIPE_WEBHOOK_SECRET if that is set."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=0, max=64, help="Processes side by side; 0: this one.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is loaded and decided.")] = False,
) -> None:
    """Read each file that is put into a folder, once, and print one JSON line for it.

    Goes on after a restart where it stopped. The first SIGINT or SIGTERM finishes the documents in hand. Exit codes: 0
    stopped, 2 configuration or usage, 5 the output could not be written.
    """
    from docpipe.batch.delivery import SECRET, Delivery
    from docpipe.batch.hot_folder import DONE, FAILED, HotFolder, HotFolderReader
    from docpipe.batch.serving import start_serving
    from docpipe.batch.stopping import Stopping, say_stopping, stop_by_signals
    from docpipe.batch.waiting_workers import fork_workers
    from docpipe.batch.whole_files import WholeFiles
    from docpipe.cli.log_lines import set_up_logging
    from docpipe.cli.run import apply_options
    from docpipe.config import load_config
    from docpipe.control.controller import PolicyControl

    set_up_logging(verbose)
    if not inbox.is_dir():
        raise UsageError(f"{inbox} is no folder; make it, then watch it")
    inbox, out = inbox.resolve(), out.resolve()
    if out == inbox or inbox in out.parents or out in inbox.parents:
        raise UsageError(f"{out} and {inbox}: one may not lie in the other")
    at_end = Event()
    delivery = Delivery.of(exec_, webhook, os.environ.get(SECRET, ""), at_end.wait, at_end.is_set)
    loaded = apply_options(load_config(config), workers, None, None)
    waiting = fork_workers(loaded)
    folder = HotFolder(inbox, out, loaded.sha256({}), loaded.input.max_bytes, move)
    files = WholeFiles(inbox, settle, time.monotonic, (DONE, FAILED))
    stopping = Stopping(say_stopping)
    with ExitStack() as stack:
        stack.enter_context(stop_by_signals(stopping))
        policy = stack.enter_context(PolicyControl(loaded))
        serve = stack.enter_context(start_serving(loaded, policy, lambda name: None, waiting))
        reader = HotFolderReader(folder, files, serve, delivery, _say)
        stack.callback(reader.close)
        stack.callback(at_end.set)
        reader.start()
        for batch in stopping.drain(reader.batches(lambda: _wait(inbox))):
            reader.read(batch)
            serve.look()
    sys.exit(ExitCode.OK)


def _say(line: str) -> None:
    print(line, flush=True)


def _wait(folder: Path) -> None:
    """Return when something happens in the folder, or after a moment, as files become whole by nothing happening."""
    from watchfiles import watch as changes

    started = time.monotonic()
    next(changes(folder, rust_timeout=int(LOOK_S * 1000), yield_on_timeout=True, step=50, raise_interrupt=False), None)
    time.sleep(max(0.0, min(LOOK_S, 0.2 - (time.monotonic() - started))))
