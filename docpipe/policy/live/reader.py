"""Reads one signal within a time limit: a reader that hangs (a driver that does not answer) stops nobody."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any


class TimedReader:
    """A reader on a thread of its own. One that has not come back is not asked again before it has."""

    def __init__(self, name: str, read: Callable[[], Any]) -> None:
        self.read = read
        self._name = name
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[Any, Exception | None]] = queue.SimpleQueue()
        self._waiting = False
        self._thread: threading.Thread | None = None

    def value(self, timeout_s: float) -> Any:
        """Return what the reader says.

        Raises:
            TimeoutError: it has not answered in time, now or since an earlier call.
            Exception: what the reader raised.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"docpipe-signal-{self._name}", daemon=True)
            self._thread.start()
        if not self._waiting:
            self._waiting = True
            self._asked.put(None)
        try:
            value, error = self._answers.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError(f"no answer within {timeout_s:g} s") from None
        self._waiting = False
        if error is not None:
            raise error
        return value

    def _work(self) -> None:
        while True:
            self._asked.get()
            try:
                self._answers.put((self.read(), None))
            except Exception as e:
                self._answers.put((None, e))
