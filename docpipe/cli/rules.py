"""`docpipe rules`: the rule packs, and how one does on labelled documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from docpipe.cli.lab_extra import require_lab

app = typer.Typer(help="The rule packs that read key fields: list, test.", no_args_is_help=True)

MOST_MISTAKES = 40


@app.command("list")
def list_packs() -> None:
    """List the shipped rule packs."""
    from docpipe.files.shipped import shipped_folder

    for path in sorted(shipped_folder("rules").glob("*.yaml")):
        typer.echo(f"{path.stem:<16} {path}")


@app.command("test", epilog="docpipe rules test auto labels.jsonl   ·   docpipe rules test my-pack.yaml labels.jsonl")
def measure(
    pack: Annotated[str, typer.Argument(help="A pack's name, auto, or a YAML file of your own.")],
    labels: Annotated[
        Path, typer.Argument(help="Labelled documents: one JSON object a line, with `lines` and `fields`.")
    ],
    conventions: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="How labels are meant, as for `docpipe evaluate`.")
    ] = None,
    mistakes: Annotated[int, typer.Option(min=0, help="How many mistakes to list.")] = MOST_MISTAKES,
) -> None:
    """Read labelled documents by a rule pack; print what it got right, field by field, and what it got wrong."""
    require_lab("rules test")
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from docpipe.lab.evaluation.labels import read_sets
    from docpipe.lab.evaluation.packs import score_pack

    (labelled,) = read_sets([labels], conventions=[conventions] if conventions else (), without_file=True)
    score = score_pack(pack, labelled)
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("field", "labelled", "found", "right", "share"):
        table.add_column(heading, justify="left" if heading == "field" else "right")
    for name, tally in score.by_field.items():
        counts = (f"{count:g}" for count in (tally.want, tally.got or 0, tally.hits))
        table.add_row(name, *counts, f"{tally.hits / tally.want:.1%}")
    console.print(table)
    console.print(f"{score.documents} documents, micro F1 {score.fields.share or 0:.4f}")
    found = score.mistakes
    for file, seen in found[:mistakes]:
        got, rule = (seen.read.value, seen.read.source_id) if seen.read else (None, "")
        told = f"expected {seen.expected!r}, got {got!r} ({rule or 'no rule'})"
        console.print(escape(f"{file}: {seen.name}: {told}"), soft_wrap=True)
    if len(found) > mistakes:
        console.print(f"… and {len(found) - mistakes} more; --mistakes {len(found)} lists them all")
