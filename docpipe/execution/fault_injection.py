"""Makes a stage's rung fail, slow down or hang on purpose: `config/faults.py` says which there are."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from docpipe.config.faults import Fault
from docpipe.errors import OutOfMemory, StageError, StageTimeout

T = TypeVar("T")


class Faults:
    """The faults in force. May be changed while documents are read; safe from any thread."""

    def __init__(
        self,
        faults: Mapping[str, Fault] | None = None,
        *,
        wait: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.perf_counter,
        process_of_its_own: bool = False,
    ) -> None:
        """`process_of_its_own` lets `die`, `stop` and `hang` do what they say to this process."""
        self._faults = dict(faults or {})
        self._calls: dict[str, int] = {}
        self._lock = threading.Lock()
        self._wait = wait
        self._clock = clock
        self._process_of_its_own = process_of_its_own

    def set(self, target: str, fault: Fault | None) -> None:
        """Put a fault on `stage.rung`, or end it with None; its count of calls starts again."""
        with self._lock:
            self._calls.pop(target, None)
            if fault is None:
                self._faults.pop(target, None)
            else:
                self._faults[target] = fault

    def active(self) -> dict[str, Fault]:
        """Return the faults in force by `stage.rung`."""
        with self._lock:
            return dict(self._faults)

    def call(self, stage: str, rung: str, timeout_s: float, work: Callable[[], T]) -> T:
        """Do the work as the fault on this rung lets it.

        Raises:
            OutOfMemory, StageError, StageTimeout: the fault's own.
        """
        fault = self._due(f"{stage}.{rung}")
        if fault is None:
            return work()
        if fault.kind == "oom":
            raise OutOfMemory(f"{stage}.{rung}: out of memory (injected)", stage=stage, rung=rung)
        if fault.kind == "error":
            raise StageError(f"{stage}.{rung}: failed (injected)", stage=stage, rung=rung)
        if fault.kind == "stuck":
            self._wait(timeout_s)
            raise StageTimeout(f"{stage}.{rung}: no answer within {timeout_s:g} s (injected)", stage=stage, rung=rung)
        if fault.kind in ("die", "stop", "hang"):
            self._end_process(fault.kind, f"{stage}.{rung}")
        started = self._clock()
        result = work()
        self._wait((fault.factor - 1.0) * (self._clock() - started) + fault.extra_ms / 1000)
        return result

    def _end_process(self, kind: str, target: str) -> None:
        if not self._process_of_its_own:
            raise StageError(f"{target}: {kind} is for worker processes; this is none (injected)")
        if kind == "hang":
            ctypes.PyDLL(None).pause()  # as a deadlock in native code: it keeps the interpreter's lock
        os.kill(os.getpid(), signal.SIGKILL if kind == "die" else signal.SIGSTOP)

    def _due(self, target: str) -> Fault | None:
        with self._lock:
            fault = self._faults.get(target)
            if fault is None:
                return None
            self._calls[target] = self._calls.get(target, 0) + 1
            if fault.calls is not None and self._calls[target] > fault.calls:
                return None
            return fault
