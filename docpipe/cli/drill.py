"""`docpipe drill`: make trouble on purpose, and see that the policy does what it promises."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from docpipe.errors import ExitCode

EXAMPLES = (
    "docpipe drill published --script bank --documents invoices/   ·   "
    "docpipe drill invoice --script oom-storm -d scans/"
)


def drill(
    config: Annotated[str, typer.Argument(help="A pipeline file, or the name of a shipped one.")],
    script: Annotated[str, typer.Option("--script", "-s", help="A drill script, or the name of a shipped one.")],
    documents: Annotated[
        list[str], typer.Option("--documents", "-d", help="What to read meanwhile: files or folders; repeatable.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the event log and the picture go.")] = Path(
        "docpipe-drill"
    ),
) -> None:
    """Read documents with real models while a script makes trouble; say for each expectation whether it was met.

    Exit codes: 0 every expectation was met, 1 one was not, 2 configuration.
    """
    from docpipe.batch.files import write_atomic
    from docpipe.cli.console import set_up_logging
    from docpipe.config import load_config
    from docpipe.drill.run import run_drill
    from docpipe.drill.script import load_script
    from docpipe.inputs.discover import Discovery
    from docpipe.policy.replay import replay
    from docpipe.timeline import page_of, svg_of

    set_up_logging(verbose=False)
    loaded = load_config(config)
    play = load_script(script, loaded)
    sources = list(Discovery(documents, loaded.input))
    typer.echo(f"{play.about} ({play.for_s:g} s, {len(sources)} documents)")
    outcome = run_drill(loaded, play, sources, out, say=lambda s, text: typer.echo(f"{s:7.1f} s  {text}"))
    report = replay(outcome.log)
    picture = svg_of(loaded.plan(), report.history, title=play.about)
    write_atomic(out / "timeline.svg", picture)
    lines = [f"{'met ' if v.met else 'MISSED'}  {v.expectation}: {v.found}" for v in outcome.verdicts]
    write_atomic(out / "timeline.html", page_of(play.about, [picture], "\n".join(lines)))
    seen = outcome.seen
    typer.echo(f"{seen.documents} documents, {seen.degraded} degraded, {seen.failed} failed")
    typer.echo("\n".join(lines))
    same = "the same, byte for byte" if report.identical else "DIFFERENT"
    typer.echo(f"replay of {report.lines} log lines: {same}; picture: {out / 'timeline.html'}")
    sys.exit(ExitCode.OK if outcome.passed and report.identical else ExitCode.SOME_FAILED)
