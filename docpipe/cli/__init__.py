"""The command line: parse, call, return an exit code. Commands import what they need when they run."""

from __future__ import annotations

from docpipe.cli.app import main

__all__ = ["main"]
