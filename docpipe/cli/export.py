"""`docpipe export`: tables and other views of results that are there already, with what people corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from docpipe.cli.run import CsvDialect, Format
from docpipe.errors import OutputError

EXAMPLES = (
    "docpipe export results --format xlsx   ·   docpipe export results -f csv --csv-dialect excel   ·   "
    "docpipe export results -f jsonl --to corrected"
)


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results, as `docpipe run --out` wrote it.")],
    formats: Annotated[list[Format], typer.Option("--format", "-f", help="What to write; repeatable.")],
    to: Annotated[Path | None, typer.Option(help="Where the files go; OUT by default.")] = None,
    csv_dialect: Annotated[CsvDialect, typer.Option(help="How CSV files are written.")] = CsvDialect.UNIX,
) -> None:
    """Write results of an earlier run as other files, with values as people corrected them; nothing is read again."""
    from docpipe.batch.results_folder import open_results
    from docpipe.batch.tables import DIALECTS, WRITERS

    folder = to or out
    for name in dict.fromkeys(formats):
        for file, write in WRITERS[name.value]:
            try:
                write(folder / file, open_results(out, corrected=True), DIALECTS[csv_dialect.value])
            except OSError as e:
                raise OutputError(f"{folder / file} cannot be written: {e.strerror}; name a folder with --to") from e
            typer.echo(str(folder / file), err=True)
