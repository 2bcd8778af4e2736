"""The application with all its commands, for whoever calls it from Python."""

from __future__ import annotations

from docpipe.cli.commands import make_app

app = make_app()
