"""`docpipe policy` and `docpipe replay`: what a policy file means, and what the policy did or would have done."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from docpipe.errors import ExitCode, UsageError

app = typer.Typer(help="What a policy file means: diff, schema.", no_args_is_help=True)

EXAMPLES = "docpipe replay run.log   ·   docpipe replay run.log --config other.yaml --picture what-if.html"


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A pipeline file, or the name of a shipped one.")],
    after: Annotated[str, typer.Argument(help="The file to compare with it.")],
) -> None:
    """Say in words what a change of the policy means."""
    from docpipe.config import load_config
    from docpipe.policy.diff import describe

    sentences = describe(load_config(before).plan(), load_config(after).plan())
    for sentence in sentences or ["The policy is the same."]:
        typer.echo(sentence)


@app.command()
def schema() -> None:
    """Print the JSON Schema of pipeline files, for editors that complete and check YAML."""
    from docpipe.config import PipelineConfig

    typer.echo(json.dumps(PipelineConfig.model_json_schema(), ensure_ascii=False, indent=2))


def replay(
    log: Annotated[Path, typer.Argument(help="An event log, as `docpipe run --event-log` writes it.")],
    config: Annotated[
        str | None, typer.Option("--config", "-c", help="Ask what this pipeline file's policy would have done instead.")
    ] = None,
) -> None:
    """Decide everything in a log again: it must come out byte for byte. Or ask what other thresholds would have done.

    Exit codes: 0 the same, 1 a line differs, 2 no log or a wrong file.
    """
    from docpipe.policy.replay import BadLog, replay
    from docpipe.policy.whatif import what_if

    try:
        if config is not None:
            from docpipe.config import load_config

            typer.echo(str(what_if(log, load_config(config).plan())))
            return
        report = replay(log)
    except BadLog as e:
        raise UsageError(str(e)) from e
    typer.echo(str(report))
    sys.exit(ExitCode.OK if report.identical else ExitCode.SOME_FAILED)
