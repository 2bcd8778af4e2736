"""Where docpipe's own log goes: above the progress bar on a terminal, one JSON object a line elsewhere."""

from __future__ import annotations

import json
import logging
import sys


class StderrLines(logging.Handler):
    """Writes to the `sys.stderr` of the moment: a progress bar puts its own there, which keeps lines above it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(line_of(record, terminal=sys.stderr.isatty()), file=sys.stderr, flush=True)
        except (OSError, ValueError):  # nobody reads it any more
            self.handleError(record)


def line_of(record: logging.LogRecord, *, terminal: bool) -> str:
    """Return a log record as one line."""
    message = " ".join(record.getMessage().splitlines())
    if terminal:
        return f"{record.levelname} {record.name} {message}"
    facts = {"event": "log", "level": record.levelname.lower(), "logger": record.name, "message": message}
    return json.dumps(facts, ensure_ascii=False)


def set_up_logging(verbose: bool) -> None:
    """Send docpipe's own log to stderr; other libraries' logging is left as it is."""
    logger = logging.getLogger("docpipe")
    logger.handlers[:] = [StderrLines()]
    logger.setLevel(logging.INFO if verbose else logging.ERROR)
    logger.propagate = False
    logging.getLogger("docpipe.config").setLevel(logging.INFO if verbose else logging.WARNING)
