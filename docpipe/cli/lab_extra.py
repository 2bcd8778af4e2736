"""What the commands of the laboratory say where the extra `docpipe[lab]` is not installed."""

from __future__ import annotations

from docpipe.errors import UsageError


def require_lab(command: str) -> None:
    """See that what `docpipe.lab` needs is there, before a command begins its work.

    Raises:
        UsageError: it is not; the message is one line and names the extra.
    """
    from docpipe.files.distributions import missing_of_extra

    if missing := missing_of_extra("lab"):
        raise UsageError(f"`docpipe {command}` needs {', '.join(missing)}: pip install 'docpipe[lab]'")
