"""The commands by name, and the application that holds all of them or the one that is wanted.

Importing every command and building its options takes a tenth of a second, for which `docpipe run` need not wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import typer

from docpipe import __version__


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command stands: the module in `docpipe.cli`, and the function there, or none for a group of commands."""

    module: str
    function: str | None = None
    examples: bool = True
    """Whether the module's `EXAMPLES` end its help."""


COMMANDS: Mapping[str, Command] = {
    "run": Command("run", "run"),
    "watch": Command("watch", "watch"),
    "upgrade": Command("upgrade", "upgrade"),
    "check": Command("check", "check"),
    "schema": Command("check", "schema", examples=False),
    "models": Command("models"),
    "rules": Command("rules"),
    "explain": Command("explain", "explain"),
    "report": Command("report", "report"),
    "review": Command("review", "review"),
    "export": Command("export", "export"),
    "doctor": Command("doctor", "doctor", examples=False),
    "evaluate": Command("evaluate", "evaluate"),
    "policy": Command("policy"),
    "profile": Command("profile"),
    "synth": Command("synth", "synth"),
    "train": Command("train"),
    "simulate": Command("simulate", "simulate"),
    "tune": Command("tune", "tune"),
    "drill": Command("drill", "drill"),
    "metrics": Command("metrics"),
    "replay": Command("policy", "replay"),
}
"""In the order of the help."""


def make_app(only: str | None = None) -> typer.Typer:
    """Return the application with all commands, or with `only` the one of that name."""
    app = typer.Typer(
        name="docpipe",
        help="Read invoices and receipts, and keep reading them when the machine is in trouble.",
        epilog="Start with:  docpipe run FOLDER --out results",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_common)
    for name, command in COMMANDS.items():
        if only in (None, name):
            _add(app, name, command)
    return app


def _add(app: typer.Typer, name: str, command: Command) -> None:
    module = import_module(f"docpipe.cli.{command.module}")
    if command.function is None:
        app.add_typer(module.app, name=name)
    else:
        epilog = module.EXAMPLES if command.examples else None
        app.command(name, epilog=epilog)(getattr(module, command.function))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"docpipe {__version__}")
        raise typer.Exit


def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options that stand before a command."""
