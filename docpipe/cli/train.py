"""`docpipe train key-fields`: fit the key-field model to labelled documents of one's own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from docpipe.cli.lab_extra import require_lab
from docpipe.errors import UsageError

EXAMPLES = (
    "docpipe train key-fields labelled/ --out my-model   ·   "
    "docpipe train key-fields labels.jsonl --base none --synth 1200 --epochs 14   ·   "
    "docpipe train key-fields train.jsonl --exclude test.jsonl"
)

app = typer.Typer(help="Fit models to labelled documents of your own, on a CPU.", no_args_is_help=True)


@app.callback()
def _common() -> None:
    """Hold what is trained apart as a word of its own."""


@app.command("key-fields", epilog=EXAMPLES)
def key_fields(
    labels: Annotated[list[Path], typer.Argument(metavar="LABELS", help="Labelled sets: labels.jsonl, or its folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The model directory to write.")] = Path(
        "docpipe-key-fields"
    ),
    base: Annotated[
        str, typer.Option(help="Go on from `shipped`, from a model directory, or start over with `none`.")
    ] = "shipped",
    epochs: Annotated[int, typer.Option(min=1, max=500, help="How often each document is shown.")] = 8,
    synth: Annotated[int, typer.Option(min=0, help="So many made-up documents beside the labelled ones.")] = 200,
    members: Annotated[int, typer.Option(min=1, max=4, help="So many networks are averaged.")] = 2,
    folds: Annotated[
        int, typer.Option(min=0, max=10, help="Rounds of held-out measuring, by issuer; 0 measures nothing.")
    ] = 3,
    exclude: Annotated[
        list[Path] | None, typer.Option(help="Leave out training documents of issuers that these labels name.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and data give the same weights here.")] = 0,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads; more than one may change last digits.")] = 1,
    config: Annotated[
        str, typer.Option("--config", "-c", help="The pipeline that reads documents labelled without lines.")
    ] = "invoice",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is loaded and read.")] = False,
) -> None:
    """Fit the key-field model to labelled documents, and say what it gained on issuers it had not seen.

    Writes a model directory with a card of its scores; a rung uses it by `use: {model_dir: DIR}`. Labels that name a
    file but no lines are read first, into OUT.lines, and not again. Minutes on one core.
    """
    require_lab("train")
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # before anything that reads it is imported
    from docpipe.cli.console import Terminal
    from docpipe.cli.log_lines import set_up_logging
    from docpipe.config import load_config
    from docpipe.files.shipped import shipped_folder
    from docpipe.lab.training.reading import read_all
    from docpipe.lab.training.train import train
    from docpipe.lab.training.training_plan import TrainingPlan
    from docpipe.runtime.paddle import import_paddle
    from docpipe.stages.key_fields.compiled_pack import shipped_packs

    set_up_logging(verbose)
    start = None if base == "none" else shipped_folder("models") / "key_fields" if base == "shipped" else Path(base)
    if start is not None and not start.is_dir():
        raise UsageError(f"--base {base}: {start} is no model directory; name one, or say --base none")
    if folds == 1:
        raise UsageError("--folds 1 leaves nothing to train on; give 2 or more, or 0")
    if folds == 0 and start is None:
        raise UsageError(
            "--folds 0 with --base none: nothing would say where the model may speak; measure, or take a base"
        )
    _check_out(out, [*labels, *(exclude or [])])
    loaded = load_config(config)
    terminal = Terminal()
    with terminal:
        kept = out.with_name(f"{out.name}.lines")
        documents = read_all(labels, loaded, kept, terminal, terminal.on_loading)
        others = read_all(exclude or [], loaded, kept, terminal, terminal.on_loading)
    import_paddle(loaded.runtime.cache(), "paddle_static", pictures=False)
    plan = TrainingPlan(
        epochs=epochs, folds=folds, members=members, made_up=synth, made_up_an_epoch=min(synth, 250), seed=seed,
        threads=threads, base=start,
    )  # fmt: skip
    with Bar() as bar:
        trained = train(documents, shipped_packs(None), plan, out, exclude=others, say=bar.say)
    typer.echo((out / "README.md").read_text(encoding="utf-8"))
    typer.echo(f"{out}: trained on {trained.documents} documents of {trained.issuers} issuers. In a pipeline file:")
    typer.echo(f"  key_fields: {{ladder: [{{name: main, use: {{model_dir: {out}}}}}, …]}}")


def _check_out(out: Path, labels: Sequence[Path]) -> None:
    """See that a directory may be written there before anything is read: what stands there is replaced at the end.

    Raises:
        UsageError: something stands there that this command did not write, or nothing can be written there.
    """
    from docpipe.stages.key_fields.learned.about import ABOUT

    there = out.exists() or out.is_symlink()
    ours = (
        out.is_dir()
        and not out.is_symlink()
        and (not any(out.iterdir()) or ((out / ABOUT).is_file() and (out / "inference.json").is_file()))
    )
    holds = [path for path in labels if path.exists() and path.resolve().is_relative_to(out.resolve())]
    if (there and not ours) or holds:
        raise UsageError(f"--out {out} is no model directory that this command wrote; name another folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as e:
        raise UsageError(f"--out {out} cannot be written: {e.strerror}; name another folder") from e


class Bar:
    """How a training goes: a bar with the time left on a terminal, a line on stderr for each part anywhere else."""

    def __init__(self) -> None:
        from rich import progress
        from rich.console import Console

        console = Console(stderr=True)
        self._rich = console.is_terminal
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(), progress.TimeRemainingColumn(), console=console, disable=not self._rich,
        )  # fmt: skip
        self._tasks: dict[str, progress.TaskID] = {}

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def say(self, what: str, done: int, whole: int) -> None:
        """Show that `done` of `whole` steps of a part are done; what follows a comma changes from step to step."""
        part = what.partition(",")[0]
        if part not in self._tasks:
            self._tasks[part] = self._bar.add_task(what, total=whole)
        self._bar.update(self._tasks[part], completed=done, description=what)
        if not self._rich and done == whole:
            typer.echo(f"{what}: {done} of {whole}", err=True)
