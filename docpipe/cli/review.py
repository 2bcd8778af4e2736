"""`docpipe review`: look at doubtful values in a browser, accept or correct them."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from docpipe.errors import UsageError
from docpipe.files.distributions import missing_of_extra

EXAMPLES = "docpipe review results   ·   docpipe review results --port 0 --name Ada"
PORT = 8765
"""The same one each time, so that what a browser keeps of unsaved text is found again."""


def review(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder of results, as `docpipe run --out` wrote it.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")] = PORT,
    name: Annotated[str | None, typer.Option(help="Who reviews, as corrections say it; your login by default.")] = None,
) -> None:
    """Serve a page on this machine alone, on which doubtful values are accepted or corrected.

    Corrections go to corrections.jsonl beside the results, and from there into tables, evaluation and training.
    """
    if missing := missing_of_extra("web"):
        raise UsageError(f"`docpipe review` needs {', '.join(missing)}: pip install 'docpipe[web]'")
    from docpipe.review.folder import ReviewFolder
    from docpipe.review.server import serve

    serve(ReviewFolder(out, name or _login()), port, lambda address: typer.echo(f"review at {address}"))


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "unknown"
