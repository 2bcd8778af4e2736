"""The last documents that were read, to be read again in idle time on a rung that is to come back.

A bundled page says that a rung works; whether it is quick enough on what is read here only such documents say.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from docpipe.execution.executor import Execution
from docpipe.inputs.source import Source

MOST = 5
"""Documents that are kept: as many as a series of probes asks for by default."""

MOST_BYTES = 4 << 20
"""Of a document; a larger one takes longer than an idle moment, and more memory than it is worth."""


class RecentDocuments:
    """Keeps a few small documents of one page each. Safe from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Source] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, source: Source | None, execution: Execution) -> None:
        """Keep a document that was read, if it is small and no call failed on it: that one would fail again.

        What is neither a file nor bytes cannot be read again.
        """
        document = execution.result.document
        if source is None or source.problem or execution.result.status == "failed":
            return
        if document.pages != 1 or document.bytes > MOST_BYTES:
            return
        if any(attempt.outcome != "ok" for attempt in execution.attempts):
            return
        with self._lock:
            self._kept.pop(document.sha256, None)
            self._kept[document.sha256] = source
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def next(self) -> Source | None:
        """Return the document that has waited longest for its turn; None where there is none."""
        with self._lock:
            if not self._kept:
                return None
            sha256 = next(iter(self._kept))
            self._kept.move_to_end(sha256)
            return self._kept[sha256]

    def forget(self, source: Source) -> None:
        """Leave a document out from now on: its file is gone, or it takes too much."""
        with self._lock:
            self._kept = OrderedDict((key, kept) for key, kept in self._kept.items() if kept is not source)
