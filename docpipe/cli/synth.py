"""`docpipe synth`: make up labelled invoices and receipts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from docpipe.cli.lab_extra import require_lab

EXAMPLES = (
    "docpipe synth made-up --count 50   ·   docpipe synth receipts --kind receipt --noise thermal   ·   "
    "docpipe synth pdfs --kind invoice --format pdf --seed 7   ·   "
    "docpipe synth e-invoices --kind invoice --format pdf --einvoice mixed"
)


def synth(
    out: Annotated[Path, typer.Argument(help="The folder to write: images/, labels.jsonl, overview.png.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many documents.")] = 100,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            "-k",
            help="Comma-separated: receipt, invoice, order, vat_invoice, broadcast, bill, sheet, parties, national. "
            "All but national.",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language", "-l", help="Comma-separated: en, de, fr, zh (all four); national also it, nl, es, pl, pt."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same documents.")] = 0,
    format: Annotated[str, typer.Option("--format", "-f", help="jpg, png, pdf, or labels (no pictures).")] = "jpg",
    noise: Annotated[str, typer.Option("--noise", help="none, scan, photo, fax, thermal, or mixed.")] = "none",
    dpi: Annotated[int, typer.Option("--dpi", help="Resolution of pictures.")] = 150,
    issuers: Annotated[
        int | None, typer.Option("--issuers", help="How many issuers share the documents; each its own if not given.")
    ] = None,
    einvoice: Annotated[
        str | None,
        typer.Option(
            metavar="PROFILE",
            help="Put XML into PDFs: minimum, basicwl, basic, en16931, extended, xrechnung, zugferd1; peppol and ubl "
            "are XML files alone; mixed.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", "-w", min=1, help="Processes; the result is the same.")] = 1,
) -> None:
    """Make up invoices and receipts with exact labels, in the shape that `docpipe evaluate` reads.

    An interrupted run goes on where it stopped. Exit codes: 0 all are there, 2 what was asked for cannot be made.
    """
    require_lab("synth")
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from docpipe.lab.synth.folder import Order, write
    from docpipe.lab.synth.make import KINDS, LANGUAGES

    order = Order(
        seed, tuple(split_list(kind) or KINDS), tuple(split_list(language) or LANGUAGES), format, noise, dpi, issuers,
        einvoice,
    )  # fmt: skip
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        task = progress.add_task("documents", total=count)
        written = write(out, order, count, lambda name: progress.advance(task), workers)
    was = f", {written.kept} were there" if written.kept else ""
    typer.echo(f"{out}: {written.made} documents made{was}; labels in {out / 'labels.jsonl'}")


def split_list(text: str | None) -> list[str]:
    """Return the words of a comma-separated option, each once, in their order."""
    return list(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
