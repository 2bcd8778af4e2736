"""Runs the command line: only the command that is wanted is imported, and an error becomes a line and an exit code."""

from __future__ import annotations

import sys

from docpipe.cli.commands import COMMANDS, make_app
from docpipe.errors import DocpipeError, ExitCode


def main() -> None:
    """Run the command line; a `DocpipeError` becomes one message on stderr and its exit code."""
    first = sys.argv[1] if len(sys.argv) > 1 else None
    try:
        make_app(first if first in COMMANDS else None)()
    except DocpipeError as e:
        print(f"docpipe: {e}" if "\n" not in str(e) else str(e), file=sys.stderr)
        sys.exit(e.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.OK)
