"""`docpipe rules`: the rule packs, and how one does on labelled documents."""

from __future__ import annotations

import typer

app = typer.Typer(help="The rule packs that read key fields: list, test.", no_args_is_help=True)


@app.command("list")
def list_packs() -> None:
    """List the shipped rule packs."""
    from docpipe.resources import shipped

    for path in sorted(shipped("rules").glob("*.yaml")):
        typer.echo(f"{path.stem:<16} {path}")
