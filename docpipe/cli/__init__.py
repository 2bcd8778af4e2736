"""The command line: parse, call, return an exit code. Commands import what they need when they run."""

from __future__ import annotations

from docpipe.cli.entry import main

__all__ = ["main"]
