"""`docpipe rules`: the rule packs, and how one does on labelled documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The rule packs that read key fields: list, test.", no_args_is_help=True)

MOST_MISTAKES = 40


@app.command("list")
def list_packs() -> None:
    """List the shipped rule packs."""
    from docpipe.files.shipped import shipped

    for path in sorted(shipped("rules").glob("*.yaml")):
        typer.echo(f"{path.stem:<16} {path}")


@app.command("test", epilog="docpipe rules test auto labels.jsonl   ·   docpipe rules test my-pack.yaml labels.jsonl")
def measure(
    pack: Annotated[str, typer.Argument(help="A pack's name, auto, or a YAML file of your own.")],
    labels: Annotated[
        Path, typer.Argument(help="Labelled documents: one JSON object a line, with `lines` and `fields`.")
    ],
    mistakes: Annotated[int, typer.Option(min=0, help="How many mistakes to list.")] = MOST_MISTAKES,
) -> None:
    """Read labelled documents by a rule pack; print what it got right, field by field, and what it got wrong."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from docpipe.stages.key_fields.evaluate import evaluate

    found = evaluate(pack, labels)
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("field", "labelled", "found", "right", "share"):
        table.add_column(heading, justify="left" if heading == "field" else "right")
    for path, labelled in found.labelled.items():
        right = found.right.get(path, 0)
        table.add_row(path, str(labelled), str(found.found.get(path, 0)), str(right), f"{right / labelled:.1%}")
    console.print(table)
    console.print(f"{found.documents} documents, micro F1 {found.f1:.4f}")
    for mistake in found.mistakes[:mistakes]:
        told = f"expected {mistake.expected!r}, got {mistake.got!r} ({mistake.rule or 'no rule'})"
        console.print(escape(f"{mistake.document}: {mistake.field}: {told}"), soft_wrap=True)
    if len(found.mistakes) > mistakes:
        console.print(f"… and {len(found.mistakes) - mistakes} more; --mistakes {len(found.mistakes)} lists them all")
