"""The one thread that may touch a predictor.

A predictor is not thread-safe: two threads on one gave 97 wrong results of 100 without an exception, and a lock has not
been enough for others (PaddleOCR#18268, #14836, #16238). So each lives and dies on a thread of its own.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

LOOK_S = 0.2
"""How often a call that waits for its turn looks whether the one before it is stuck."""

CLOSE_S = 30.0
"""How long closing waits for what is queued: a process that ends must not wait for a native call without an end."""


class _Waited(threading.local):
    ns = 0


_waited = _Waited()


def waited_ns() -> int:
    """Return how long this thread has waited for owners so far, in nanoseconds: a difference of two is one call's."""
    return _waited.ns


class Owner:
    """A thread with a queue. Calls run one after the other, in the order they came in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._stuck: Future[Any] | None = None
        # a daemon: a native call that never returns must not keep the process from ending
        self._thread = threading.Thread(target=self._work, name=f"docpipe-{name}", daemon=True)
        self._thread.start()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Queue a call and return its future.

        Raises:
            RuntimeError: the owner is closed.
        """
        future: Future[T] = Future()
        self._queue(future, call)
        return future

    def call(self, call: Callable[[], T], timeout_s: float | None = None) -> T:
        """Run a call on the thread and return what it returns.

        The time limit starts when the call does: waiting for its turn is not the call's time. `waited_ns` counts it.

        After a timeout the thread may be stuck in native code. It is then asked no more until that call has come back:
        further calls time out at once instead of waiting in a line that does not move. The same holds after an
        interruption (Ctrl-C) of the wait, so that closing does not wait for the call that was given up.

        Raises:
            TimeoutError: it did not come back in time, or an earlier one has not yet.
            RuntimeError: the owner is closed.
        """
        if self.stuck:
            raise TimeoutError(f"{self.name} is still busy with a call that timed out")
        future: Future[T] = Future()
        started = threading.Event()
        began: list[int] = []

        def begin() -> T:
            began.append(time.monotonic_ns())  # here: whoever waits may wake up late, when much of the call has run
            started.set()
            return call()

        queued = time.monotonic_ns()
        try:
            self._queue(future, begin)  # inside, as an interruption may come as soon as the call is queued
            while not started.wait(LOOK_S):
                if self.stuck:
                    raise TimeoutError(f"{self.name} is still busy with a call that timed out")
            _waited.ns += began[0] - queued
            return future.result(timeout_s)
        except TimeoutError:
            if future.done():  # the call's own TimeoutError, or it came back this very moment
                return future.result()
            self._give_up(future)
            raise
        except BaseException:
            self._give_up(future)
            raise

    @property
    def stuck(self) -> bool:
        """Whether a call that timed out or was interrupted is still running."""
        return self._stuck is not None and not self._stuck.done()

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Let the calls queued so far end, then the thread; say whether it did within the time, in seconds."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._calls.put(None)
        self._thread.join(0 if self.stuck else timeout_s)
        return not self._thread.is_alive()

    def _queue(self, future: Future[T], call: Callable[[], T]) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError(f"{self.name} is closed")
            self._calls.put((future, call))

    def _give_up(self, future: Future[Any]) -> None:
        """Take a call out of the queue; one that runs cannot be, and is remembered until it is back."""
        if not future.done() and not future.cancel():
            self._stuck = future

    def _work(self) -> None:
        while (item := self._calls.get()) is not None:
            future, call = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as e:
                future.set_exception(e)
            # nothing of the call may stay alive on this thread until the next one comes
            del item, future, call
