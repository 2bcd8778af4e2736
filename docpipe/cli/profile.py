"""`docpipe profile`: measure what every rung costs and gives up on this machine, and show it."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from docpipe.cli.lab_extra import require_lab
from docpipe.errors import UsageError

EXAMPLES = (
    "docpipe profile labelled/receipts --first 12   ·   "
    "docpipe profile receipts/labels.jsonl tables/labels.jsonl -c my.yaml --out profiles/t4.yaml   ·   "
    "docpipe profile scans/ --repeats 5   ·   docpipe profile receipts --resume   ·   "
    "docpipe profile show profiles/t4.yaml --beside profiles/old.yaml"
)


class _MeasureByDefault(TyperGroup):
    """`docpipe profile LABELS` is short for `docpipe profile measure LABELS`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["measure", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MeasureByDefault,
    help="What every rung costs and gives up on this machine: measure (what `docpipe profile LABELS` does), show.",
    epilog=EXAMPLES,
    no_args_is_help=True,
)


class ClockName(StrEnum):
    """Which time counts."""

    WALL = "wall"
    CPU = "cpu"


@app.command(epilog=EXAMPLES)
def measure(
    labels: Annotated[
        list[Path],
        typer.Argument(
            metavar="LABELS",
            help="Labelled sets: labels.jsonl, or its folder. A folder without one gives times and memory only.",
        ),
    ],
    config: Annotated[
        str, typer.Option("--config", "-c", help="A pipeline file, or the name of a shipped one.")
    ] = "invoice",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The profile to write; configs/profiles/MACHINE.yaml by default.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the profile calls this machine.")] = None,
    first: Annotated[int | None, typer.Option(min=1, help="Only so many documents of each set.")] = None,
    repeats: Annotated[int, typer.Option(min=1, max=100, help="How often each rung runs on each document.")] = 3,
    stages: Annotated[str | None, typer.Option(help="Only these stages, separated by commas.")] = None,
    rungs: Annotated[
        str | None, typer.Option(help="Only these rungs, as STAGE.RUNG, separated by commas; and the best of theirs.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, max=256, help="Threads of a model; else the file's.")] = None,
    clock: Annotated[
        ClockName, typer.Option(help="Which time counts: wall, or cpu where other work disturbs (with 1 thread).")
    ] = ClockName.WALL,
    conventions: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="How labels are meant, as for `docpipe evaluate`.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws that intervals come from.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an earlier measuring stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Discard an unfinished measuring and start over.")] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Keep what --out holds already of rungs that are not measured now.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is loaded and read.")] = False,
) -> None:
    """Measure time, memory and accuracy of every rung on labelled documents, and write a profile.

    Rungs take turns on each document, on the same input, after one document that is not counted. Pages are read from
    their pixels. Every single measurement is kept beside the profile, in a .samples.jsonl file.
    """
    require_lab("profile")
    if threads is not None:
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # before anything that reads it is imported
    from docpipe.cli.log_lines import set_up_logging
    from docpipe.cli.profile_tables import say_profile
    from docpipe.config import load_config
    from docpipe.files.atomic import write_atomic
    from docpipe.lab.profiling.documents import document_sets
    from docpipe.lab.profiling.machine import this_machine
    from docpipe.lab.profiling.measure import Chosen
    from docpipe.lab.profiling.profile_from_samples import update_profile
    from docpipe.lab.profiling.run import ProfilingOptions, run
    from docpipe.profiles import read_profile, to_yaml
    from docpipe.runtime.paddle import PaddleRuntime

    set_up_logging(verbose)
    loaded = load_config(config, measuring=True)
    # on a machine that is busy a slow call is measured, not given up
    settings = loaded.runtime.model_copy(update={"infer_timeout_s": None})
    if threads is not None:
        settings = settings.model_copy(update={"cpu_threads": threads})
    try:
        chosen = Chosen.of(loaded, _names(stages), _names(rungs))
        machine = this_machine(settings.device, settings.threads(), name)
    except ValueError as e:
        raise UsageError(f"docpipe profile: {e}") from e
    path = out or Path("configs") / "profiles" / f"{machine.name}.yaml"
    options = ProfilingOptions(
        config_name=config,
        machine=machine,
        samples=path.with_suffix(".samples.jsonl"),
        repeats=repeats,
        seed=seed,
        clock=clock.value,
        resume=resume,
        force=force,
    )
    before = read_profile(path) if update and path.is_file() else None
    sets = document_sets(labels, loaded.input, first, conventions)
    runtime = PaddleRuntime(settings)
    try:
        with Progress() as progress:
            profile = run(loaded, sets, chosen, runtime, options, progress)
    finally:
        runtime.close()
    if before is not None:
        profile = update_profile(before, profile, loaded)
    write_atomic(path, to_yaml(profile))
    say_profile(profile)
    typer.echo(f"profile: {path}", err=True)


@app.command()
def show(
    profile: Annotated[Path, typer.Argument(metavar="FILE", help="A profile.")],
    beside: Annotated[Path | None, typer.Option(help="Another profile, to compare with.")] = None,
) -> None:
    """Print a profile: time, memory and accuracy of every rung; with another one, both side by side."""
    from docpipe.cli.profile_tables import say_both, say_profile
    from docpipe.files.shipped import find
    from docpipe.profiles import read_profile

    shown = read_profile(find("configs", profile))
    if beside is None:
        say_profile(shown)
    else:
        say_both(shown, read_profile(find("configs", beside)))


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if text else ()


class Progress:
    """How a measuring goes: a bar with the time left on a terminal, JSON lines on stderr anywhere else."""

    def __init__(self) -> None:
        from rich import progress
        from rich.console import Console

        console = Console(stderr=True)
        self._rich = console.is_terminal
        self._bar = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
            progress.TextColumn("[dim]{task.fields[last]}"),
            console=console,
            disable=not self._rich,
        )
        self._task = self._bar.add_task("loading models", total=None, last="")
        self._left, self._done, self._started = 0, 0, monotonic()

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def _say(self, event: str, **facts: Any) -> None:
        if not self._rich:
            print(json.dumps({"event": event, **facts}, ensure_ascii=False), file=sys.stderr, flush=True)

    def on_loading(self, name: str) -> None:
        """Say that a rung is ready."""
        self._bar.update(self._task, last=name)
        self._say("loaded", name=name)

    def on_planned(self, left: int, done: int) -> None:
        """Begin to count documents."""
        self._left, self._done, self._started = left, 0, monotonic()
        self._bar.update(self._task, description="measuring", total=left + done, completed=done, last="")
        self._say("planned", documents=left, done_before=done)

    def on_measured(self, name: str) -> None:
        """Count one document."""
        self._bar.update(self._task, advance=1, last=name)
        self._done += 1
        left = self._left - self._done
        each_s = (monotonic() - self._started) / self._done
        self._say("measured", document=name, left=left, seconds_left=round(left * each_s))

    def on_left_out(self, name: str, why: str) -> None:
        """Say what could not be measured."""
        self._say("left_out", name=name, why=why)
        if self._rich:
            from rich.markup import escape

            self._bar.console.print(f"[yellow]left out[/] {escape(name)}: {escape(why)}")
