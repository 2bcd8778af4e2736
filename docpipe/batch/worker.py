"""What runs in a worker process: it loads the models, reads the documents it is handed, and tells what happens.

Calls are told as they begin and end, and a thread says every second that the process lives. A worker never outlives its
parent: the kernel kills it (Linux), and the thread looks besides, for other systems.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection

from docpipe.batch.worker_messages import (
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
    Shadow,
    ShadowDone,
    Start,
)
from docpipe.config import PipelineConfig
from docpipe.control.canary import WORKER as CANARY
from docpipe.control.canary import canary_page
from docpipe.control.cold_rungs import ColdRungs
from docpipe.control.preload import load_residents, models_only_of
from docpipe.control.replace_stuck import StuckModelReplacer
from docpipe.control.router import skipped_step
from docpipe.errors import DocpipeError
from docpipe.execution.document_run import RunHooks
from docpipe.execution.executor import Executor
from docpipe.execution.fault_injection import Faults
from docpipe.execution.route import Route, StageRoute
from docpipe.execution.stage_call import Attempt
from docpipe.policy.live.clock import now_ns
from docpipe.runtime.memory import rss_mb
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.runtime.pool import pool_of
from docpipe.runtime.protocol import BackgroundRuntime, LoadedModel

log = logging.getLogger("docpipe.worker")

BEAT_S = 1.0
"""Seconds between two signs of life."""

NEW_OBJECTS = 20_000
"""Objects made between two collections of garbage until the first document is read: what is made then, models, rule
packs and modules, stays, and looking through it every 700 objects takes a fiftieth of the start."""

_PR_SET_PDEATHSIG = 1


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

    def on_call_began(self, stage: str, rung: str, units: float | None, limit_s: float) -> None:
        self.send(CallBegan(stage, rung, units, limit_s))

    def on_call_ended(self, attempt: Attempt) -> None:
        self.send(CallEnded(attempt))


class _LogLines(logging.Handler):
    """Hands docpipe's log lines to the supervisor."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        self._line.send(Logged(record.name, record.levelno, record.getMessage()))


def work(pipe: Connection, parent: int, start: Start) -> None:
    """Serve documents until told to stop. Runs in a process of its own; `parent` is the process that started it."""
    config = start.config
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # sent to a whole group it would stop what the parent lets finish
    die_with(parent)
    usual = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *usual[1:])
    line = _Line(pipe)
    threading.Thread(target=_beat, args=(line, parent, config.runtime.device), name="beat", daemon=True).start()
    root = logging.getLogger("docpipe")
    root.handlers[:], root.propagate = [_LogLines(line)], False
    root.setLevel(logging.INFO)  # the supervisor's level decides what is written
    runtime = start.make_runtime(config)
    try:
        processes = max(config.workers, 1)
        unusable = load_residents(
            config, runtime, lambda name: line.send(Loaded(name)), wanted=start.wanted, processes=processes
        )
    except DocpipeError as e:
        line.send(NoStart(str(e)))
        return
    faults = Faults(config.faults, process_of_its_own=True)
    executor = Executor(config, runtime, start.producer, faults=faults, clock=now_ns, processes=processes)
    line.send(Ready(tuple(unusable)))
    stuck_models = StuckModelReplacer(config, runtime, lambda *change: line.send(Changed(*change)))
    cold = ColdRungs(config, runtime, unusable, lambda stage, rung: line.send(Changed(stage, rung, True, "loaded")))
    worker = _Work(config, runtime, executor, stuck_models, cold, line)
    try:
        while (message := pipe.recv()) is not None:
            worker.do(message)
            if gc.get_threshold() != usual:
                gc.freeze()
                gc.set_threshold(*usual)
    except (EOFError, OSError):
        return  # the parent is gone
    # models go with the process, which need not free them one by one


@dataclass(frozen=True)
class _Work:
    """What a worker does with what it is told."""

    config: PipelineConfig
    runtime: BackgroundRuntime
    executor: Executor
    stuck_models: StuckModelReplacer
    cold: ColdRungs
    line: _Line

    def do(self, message: Job | Shadow | Free | Load) -> None:
        match message:
            case Job(source, route, queued_ns, hit):
                waited = time.monotonic_ns() - queued_ns
                for stage, rung in hit:
                    route = self._below(route, stage, rung)
                hooks = RunHooks(self.line, late=self.cold.lower)
                execution = self.executor.run(source, route, name=source.path, queued_ns=waited, hooks=hooks)
                self.stuck_models.look_at(execution.attempts)
                self.line.send(execution)
            case Shadow(given, route):
                again = canary_page() if given is None else given
                self.stuck_models.look_at(
                    self.executor.run(again, route, name=CANARY, hooks=RunHooks(self.line)).attempts
                )
                self.line.send(ShadowDone())
            case Free(stage, rung):
                for model in models_only_of(self.config, stage, rung):
                    self.runtime.free(model)
            case Load(stage, rung):
                for model in self.config.stage(stage).rung(rung).use.models():
                    loading = self.runtime.load_in_background(model)
                    loading.add_done_callback(lambda future: self._tell_loaded(stage, rung, future))

    def _below(self, route: Route, stage: str, rung: str) -> Route:
        """Return the route of a document that took a worker with it on a rung, where all lower ones were still cold."""
        way = route[stage]
        if way.rungs != (rung,) or (lower := self.cold.lower(stage, rung)) is None:
            return route
        step = skipped_step(self.config, stage, rung, lower)
        return {**route, stage: StageRoute((lower,), (*way.steps, step))}

    def _tell_loaded(self, stage: str, rung: str, future: Future[LoadedModel]) -> None:
        self.line.send(Changed(stage, rung, future.exception() is None, "loaded again"))


def die_with(parent: int) -> None:
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
