"""The application: its commands, what all of them share, and how an error becomes a line and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from docpipe import __version__
from docpipe.cli import (
    check,
    doctor,
    drill,
    evaluate,
    explain,
    export,
    metrics,
    models,
    policy,
    profile,
    report,
    review,
    rules,
    run,
    simulate,
    synth,
    train,
    tune,
    upgrade,
    watch,
)
from docpipe.errors import DocpipeError, ExitCode

app = typer.Typer(
    name="docpipe",
    help="Read invoices and receipts, and keep reading them when the machine is in trouble.",
    epilog="Start with:  docpipe run FOLDER --out results",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"docpipe {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


app.command("run", epilog=run.EXAMPLES)(run.run)
app.command("watch", epilog=watch.EXAMPLES)(watch.watch)
app.command("upgrade", epilog=upgrade.EXAMPLES)(upgrade.upgrade)
app.command("check", epilog=check.EXAMPLES)(check.check)
app.command("schema")(check.schema)
app.add_typer(models.app, name="models")
app.add_typer(rules.app, name="rules")
app.command("explain", epilog=explain.EXAMPLES)(explain.explain)
app.command("report", epilog=report.EXAMPLES)(report.report)
app.command("review", epilog=review.EXAMPLES)(review.review)
app.command("export", epilog=export.EXAMPLES)(export.export)
app.command("doctor")(doctor.doctor)
app.command("evaluate", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.add_typer(policy.app, name="policy")
app.add_typer(profile.app, name="profile")
app.command("synth", epilog=synth.EXAMPLES)(synth.synth)
app.add_typer(train.app, name="train")
app.command("simulate", epilog=simulate.EXAMPLES)(simulate.simulate)
app.command("tune", epilog=tune.EXAMPLES)(tune.tune)
app.command("drill", epilog=drill.EXAMPLES)(drill.drill)
app.add_typer(metrics.app, name="metrics")
app.command("replay", epilog=policy.EXAMPLES)(policy.replay)


def main() -> None:
    """Run the command line; a `DocpipeError` becomes one message on stderr and its exit code."""
    try:
        app()
    except DocpipeError as e:
        print(f"docpipe: {e}" if "\n" not in str(e) else str(e), file=sys.stderr)
        sys.exit(e.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.OK)
