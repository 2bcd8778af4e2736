"""`docpipe drill`: make trouble on purpose, and see that the policy does what it promises."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from docpipe.cli.lab_extra import require_lab
from docpipe.errors import ExitCode

EXAMPLES = (
    "docpipe drill published --script bank   ·   docpipe drill invoice --script oom-storm -d scans/   ·   "
    "docpipe drill drills/quick --script errors"
)

DRAWN = 50
"""How many receipts are drawn where no documents are named."""


def _list(wanted: bool) -> None:
    if not wanted:
        return
    from docpipe.files.shipped import shipped_folder
    from docpipe.files.yaml_file import read_yaml

    for file in sorted((shipped_folder("configs") / "drills").glob("*.yaml")):
        data, _ = read_yaml(file)
        if isinstance(data, dict) and "about" in data:  # others there are pipeline files to drill
            typer.echo(f"{file.stem:<14} {data['about']}")
    raise typer.Exit


def drill(
    config: Annotated[str, typer.Argument(help="A pipeline file, or the name of a shipped one.")],
    script: Annotated[str, typer.Option("--script", "-s", help="A drill script, or the name of a shipped one.")],
    documents: Annotated[
        list[str] | None,
        typer.Option("--documents", "-d", help="What to read meanwhile: files or folders; small receipts by default."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the event log and the picture go.")] = Path(
        "docpipe-drill"
    ),
    list_scripts: Annotated[
        bool, typer.Option("--list", callback=_list, is_eager=True, help="List the shipped scripts, and end.")
    ] = False,
) -> None:
    """Read documents with real models while a script makes trouble; say for each expectation whether it was met.

    Exit codes: 0 every expectation was met, 1 one was not, 2 configuration, 3 no documents.
    """
    require_lab("drill")
    from docpipe.cli.log_lines import set_up_logging
    from docpipe.config import load_config
    from docpipe.files.atomic import write_atomic
    from docpipe.inputs.discover import Discovery
    from docpipe.lab.drill.report import draw_report
    from docpipe.lab.drill.run import run_drill
    from docpipe.lab.drill.script import load_script
    from docpipe.lab.synth.plain import draw_receipts

    set_up_logging(verbose=False)
    loaded = load_config(config)
    play = load_script(script, loaded)
    sources = list(Discovery(documents, loaded.input)) if documents else list(draw_receipts(DRAWN))
    typer.echo(f"{play.about} ({play.for_s:g} s, {len(sources)} {'documents' if documents else 'drawn receipts'})")
    outcome = run_drill(loaded, play, sources, out, say=lambda s, text: typer.echo(f"{s:7.1f} s  {text}"))
    report = draw_report(loaded.plan(), play.about, outcome)
    write_atomic(out / "timeline.svg", report.svg)
    write_atomic(out / "timeline.html", report.html)
    typer.echo(report.text)
    typer.echo(f"picture: {out / 'timeline.html'}")
    sys.exit(ExitCode.OK if outcome.passed and report.replayed else ExitCode.SOME_FAILED)
