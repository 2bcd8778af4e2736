"""`docpipe policy` and `docpipe replay`: what a policy file means, and what the policy did or would have done."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docpipe.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from docpipe.policy.audit.history import History
    from docpipe.policy.core.plan import Plan

app = typer.Typer(
    help="What a policy file means, and what is kept of earlier runs: diff, schema, reset.", no_args_is_help=True
)

EXAMPLES = "docpipe replay run.log   ·   docpipe replay run.log --config other.yaml --picture what-if.html"


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A pipeline file, or the name of a shipped one.")],
    after: Annotated[str, typer.Argument(help="The file to compare with it.")],
) -> None:
    """Say in words what a change of the policy means."""
    from docpipe.config import load_config
    from docpipe.policy.audit.diff import describe

    sentences = describe(load_config(before).plan(), load_config(after).plan())
    for sentence in sentences or ["The policy is the same."]:
        typer.echo(sentence)


@app.command()
def reset(
    config: Annotated[
        str | None, typer.Argument(help="A pipeline file, or the name of a shipped one; without it all are meant.")
    ] = None,
    state_dir: Annotated[
        Path | None, typer.Option("--state-dir", help="Where the state is, if the pipeline file does not say it.")
    ] = None,
) -> None:
    """Forget closed rungs and cool-downs of earlier runs: the next one starts on the best rungs again."""
    from docpipe.config import load_config
    from docpipe.control import kept_state

    loaded = load_config(config or "invoice")
    folder = state_dir or kept_state.state_dir(loaded)
    if folder is None:
        typer.echo("nothing is kept: `state_dir` is off")
        return
    try:
        removed = list(kept_state.reset(folder, loaded if config else None))
    except OSError as e:
        raise UsageError(f"{folder} cannot be cleared: {e.strerror}") from e
    for path in removed:
        typer.echo(f"forgot {path}")
    if not removed:
        typer.echo(f"nothing is kept in {folder}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of pipeline files, for editors that complete and check YAML."""
    from docpipe.config.editor_schema import editor_schema

    typer.echo(json.dumps(editor_schema(), ensure_ascii=False, indent=2))


def replay(
    log: Annotated[Path, typer.Argument(help="An event log, as `docpipe run --event-log` writes it.")],
    config: Annotated[
        str | None, typer.Option("--config", "-c", help="Ask what this pipeline file's policy would have done instead.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", "-p", help="Draw levels, signals, thresholds and reasons: .html or .svg."),
    ] = None,
) -> None:
    """Decide everything in a log again: it must come out byte for byte. Or ask what other thresholds would have done.

    Exit codes: 0 the same, 1 a line differs, 2 no log or a wrong file.
    """
    from docpipe.config import load_config
    from docpipe.policy.audit.explain import plan_of
    from docpipe.policy.audit.replay import BadLog, replay
    from docpipe.policy.audit.whatif import what_if
    from docpipe.profiles.prices import call_ms_of

    if picture is not None and picture.suffix not in (".html", ".svg"):
        raise UsageError(f"--picture {picture}: write a name that ends in .html or .svg")
    try:
        was = plan_of(log)
        if config is None:
            report = replay(log)
            text, drawn, same = str(report), {"as it was": (was, report.history)}, report.identical
        else:
            loaded = load_config(config)
            plan, profile = loaded.plan(), loaded.load_profile()
            both = what_if(log, plan, *([call_ms_of(profile, loaded.ladders())] if profile is not None else []))
            text, same = str(both), True
            drawn = {"as it was": (was, both.was), f"with {config}": (plan, both.would_be)}
    except BadLog as e:
        raise UsageError(str(e)) from e
    typer.echo(text)
    if picture is not None:
        _draw(picture, f"{log.name}: what the policy did", drawn, text)
        typer.echo(f"picture: {picture}")
    sys.exit(ExitCode.OK if same else ExitCode.SOME_FAILED)


def _draw(path: Path, title: str, drawn: dict[str, tuple[Plan, History]], text: str) -> None:
    """Write histories on one time axis: an HTML page with all of them, or an SVG of the last one."""
    from docpipe.files.atomic import write_atomic
    from docpipe.policy.audit.timeline import page_of, svg_of

    first = next(iter(drawn.values()))[1]
    window = (first.from_ns, first.to_ns)
    pictures = [svg_of(plan, history, name, window) for name, (plan, history) in drawn.items()]
    try:
        write_atomic(path, page_of(title, pictures, text) if path.suffix == ".html" else pictures[-1])
    except OSError as e:
        raise UsageError(f"--picture {path}: cannot be written there: {e.strerror}") from e
