"""`docpipe models`: what models there are, get them ready, check them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from docpipe.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docpipe.runtime.inventory import ModelStatus

app = typer.Typer(help="The models of the manifest: list, prepare, verify.", no_args_is_help=True)

Config = Annotated[
    str, typer.Option("--config", "-c", help="The pipeline file whose `runtime:` says where models come from.")
]


@app.command("list")
def list_models(config: Config = "invoice") -> None:
    """List every model: what it is for, where it comes from, and whether it is ready here."""
    from docpipe.config import load_config
    from docpipe.runtime.inventory import list_models

    show(list_models(load_config(config).runtime))


@app.command()
def prepare(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models to prepare; none for all that need no download.")
    ] = None,
    config: Config = "invoice",
) -> None:
    """Put models where PaddleOCR can load them, with their files checked; make the derived ones.

    Compare those that the pipeline file runs on `engine: openvino` or `auto` with ONNX Runtime, and time both.

    Exit codes: 0 all named are prepared, 1 some are not.
    """
    from docpipe.config import load_config
    from docpipe.runtime.inventory import prepare_models
    from docpipe.runtime.openvino.measuring import measure_engines
    from docpipe.runtime.paddle import download

    failed = False
    loaded = load_config(config)
    for outcome in prepare_models(names or [], loaded.runtime, download):
        if outcome.prepared is not None:
            typer.echo(f"{outcome.name}: {outcome.prepared.dir}")
        else:
            passed_over = outcome.refused and not names
            failed = failed or not passed_over
            typer.echo(f"{outcome.name}: {'left out: ' if passed_over else ''}{outcome.error}", err=True)
    for measured in measure_engines([ref for ref in loaded.models() if not names or ref.name in names], loaded.runtime):
        typer.echo(measured)
    sys.exit(ExitCode.SOME_FAILED if failed else ExitCode.OK)


@app.command()
def verify(config: Config = "invoice") -> None:
    """Compare every model's files with the manifest's sha256.

    Exit codes: 0 nothing is damaged, 1 something is.
    """
    from docpipe.config import load_config
    from docpipe.runtime.inventory import verify_models

    found = verify_models(load_config(config).runtime)
    show(found)
    sys.exit(ExitCode.SOME_FAILED if any(m.status == "damaged" for m in found) else ExitCode.OK)


def show(models: Sequence[ModelStatus]) -> None:
    """Print models as a table on a terminal, as columns of plain text anywhere else."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("model", "task", "engine", "source", "licence", "status", "note"):
        table.add_column(heading, overflow="fold")
    for model in models:
        entry = model.entry
        style = "green" if model.usable else "red" if model.status == "damaged" else "yellow"
        table.add_row(
            entry.name, entry.task, entry.engine, entry.source.kind, entry.licence,
            f"[{style}]{model.status}[/]", escape(model.note),
        )  # fmt: skip
    console = Console()
    console.width = max(console.width, 160) if not console.is_terminal else console.width
    console.print(table)
