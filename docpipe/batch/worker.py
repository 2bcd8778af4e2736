"""What runs in a worker process: it loads the models, reads the documents it is handed, and tells what happens.

Calls are told as they begin and end, and a thread says every second that the process lives. A worker never outlives its
parent: the kernel kills it (Linux), and the thread looks besides, for other systems.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection
from multiprocessing.connection import Connection

from docpipe.batch.protocol import (
    Beat,
    CallBegan,
    CallEnded,
    Changed,
    Free,
    FromWorker,
    Job,
    Load,
    Loaded,
    Logged,
    NoStart,
    Ready,
)
from docpipe.config import PipelineConfig
from docpipe.control.preload import RungKey, load_others, load_residents, models_only_of
from docpipe.control.replace_stuck import StuckModelReplacer
from docpipe.errors import DocpipeError
from docpipe.execution.executor import Executor
from docpipe.execution.fault_injection import Faults
from docpipe.execution.stage_call import Attempt
from docpipe.policy.live.clock import now_ns
from docpipe.runtime.memory import rss_mb
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.pool import pool_of
from docpipe.runtime.protocol import BackgroundRuntime
from docpipe.trace import Producer

log = logging.getLogger("docpipe.worker")

BEAT_S = 1.0
"""Seconds between two signs of life."""

_PR_SET_PDEATHSIG = 1

MakeRuntime = Callable[[PipelineConfig], BackgroundRuntime]


def paddle_runtime(config: PipelineConfig) -> BackgroundRuntime:
    """Return the runtime of a worker: real models, and a fair part of the machine's cores."""
    return PaddleRuntime(config.runtime, workers=max(config.workers, 1))


class _Line:
    """The pipe to the supervisor, for several threads. Ends the process where nobody listens any more."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def send(self, message: FromWorker) -> None:
        try:
            with self._lock:
                self._pipe.send(message)
        except (OSError, ValueError):
            os._exit(0)  # the parent is gone, and with it everybody who could want an answer

    def began(self, stage: str, rung: str, units: float | None, limit_s: float) -> None:
        self.send(CallBegan(stage, rung, units, limit_s))

    def ended(self, attempt: Attempt) -> None:
        self.send(CallEnded(attempt))


class _LogLines(logging.Handler):
    """Hands docpipe's log lines to the supervisor."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        self._line.send(Logged(record.name, record.levelno, record.getMessage()))


def work(
    pipe: Connection,
    parent: int,
    config: PipelineConfig,
    producer: Producer,
    wanted: Collection[RungKey],
    make_runtime: MakeRuntime = paddle_runtime,
) -> None:
    """Serve documents until told to stop. Runs in a process of its own; `parent` is the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # sent to a whole group it would stop what the parent lets finish
    _die_with(parent)
    line = _Line(pipe)
    threading.Thread(target=_beat, args=(line, parent, config.runtime.device), name="beat", daemon=True).start()
    root = logging.getLogger("docpipe")
    root.handlers[:], root.propagate = [_LogLines(line)], False
    root.setLevel(logging.INFO)  # the supervisor's level decides what is written
    runtime = make_runtime(config)
    try:
        unusable = load_residents(config, runtime, lambda name: line.send(Loaded(name)), wanted=wanted)
    except DocpipeError as e:
        line.send(NoStart(str(e)))
        return
    executor = Executor(config, runtime, producer, faults=Faults(config.faults, process_of_its_own=True), clock=now_ns)
    line.send(Ready(tuple(unusable)))
    stuck_models = StuckModelReplacer(config, runtime, lambda *change: line.send(Changed(*change)))
    load_others(config, runtime, unusable, lambda stage, rung: line.send(Changed(stage, rung, True, "loaded")))
    try:
        while (message := pipe.recv()) is not None:
            _do(message, config, runtime, executor, stuck_models, line)
    except (EOFError, OSError):
        return  # the parent is gone
    finally:
        runtime.close()


def _do(
    message: Job | Free | Load,
    config: PipelineConfig,
    runtime: BackgroundRuntime,
    executor: Executor,
    stuck_models: StuckModelReplacer,
    line: _Line,
) -> None:
    match message:
        case Job(source, route, queued_ns):
            waited = time.monotonic_ns() - queued_ns
            execution = executor.run(source, route, name=source.path, queued_ns=waited, observer=line)
            stuck_models.look_at(execution.attempts)
            line.send(execution)
        case Free(stage, rung):
            for model in models_only_of(config, stage, rung):
                runtime.free(model)
        case Load(stage, rung):
            for model in config.stage(stage).rung(rung).use.models():
                loading = runtime.load_in_background(model)
                loading.add_done_callback(
                    lambda future: line.send(Changed(stage, rung, future.exception() is None, "loaded again"))
                )


def _die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent dies, however that happens. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before
        os._exit(0)


def _beat(line: _Line, parent: int, device: str) -> None:
    while True:
        time.sleep(BEAT_S)
        if os.getppid() != parent:
            os._exit(0)
        pool = pool_of(device)
        line.send(Beat(rss_mb(), None if pool is None else (pool.reserved_mb, pool.allocated_mb)))
