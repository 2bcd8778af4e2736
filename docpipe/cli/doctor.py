"""`docpipe doctor`: what is installed, what works, what is missing."""

from __future__ import annotations

import typer


def doctor() -> None:
    """Say what is installed, what works, and what is missing."""
    from docpipe.runtime.paddle import engine_version

    typer.echo(f"paddlepaddle {engine_version('paddle_static')}, onnxruntime {engine_version('onnxruntime')}")
