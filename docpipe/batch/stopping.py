"""What SIGINT and SIGTERM mean to a run: the first one finishes what is in hand, the second one stops at once."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOPPING = "Finishing the documents in hand; once more stops at once."


class Stopping:
    """Whether somebody has asked the run to stop. Before `drain` there is nothing in hand: the first signal ends it."""

    def __init__(self, announce: Callable[[], None] = lambda: None) -> None:
        """`announce` is called at the first signal."""
        self.asked = False
        self._draining = False
        self._announce = announce

    def drain(self, items: Iterable[T]) -> Iterator[T]:
        """Yield items until somebody asks to stop; then end, so that whoever takes them finishes what it has."""
        self._draining = True
        for item in items:
            if self.asked:
                return
            yield item

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Take a signal.

        Raises:
            KeyboardInterrupt: it is the second one, or nothing is in hand yet.
        """
        if self.asked or not self._draining:
            raise KeyboardInterrupt
        self.asked = True
        try:
            self._announce()
        except RuntimeError:  # the signal came while this thread wrote to stderr, whose buffer takes no second writer
            os.write(sys.stderr.fileno(), json.dumps({"event": "stopping", "message": STOPPING}).encode() + b"\n")


@contextmanager
def stop_by_signals(stopping: Stopping) -> Iterator[None]:
    """Let SIGINT and SIGTERM ask for a stop, from the main thread. A signal that is ignored stays ignored."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stopping.on_signal)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say_stopping() -> None:
    """Tell a person, on stderr, that the run finishes what it has."""
    print(f"docpipe: {STOPPING}", file=sys.stderr, flush=True)
