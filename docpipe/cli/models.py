"""`docpipe models`: what models there are, get them ready, check them."""

from __future__ import annotations

import typer

app = typer.Typer(help="The models of the manifest: list, prepare, verify.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """List every model with its task, engine, source and licence."""
    from docpipe.runtime.manifest import load_manifest

    for entry in load_manifest().models:
        typer.echo(f"{entry.name:<28} {entry.task:<17} {entry.engine:<14} {entry.source.kind:<8} {entry.licence}")
