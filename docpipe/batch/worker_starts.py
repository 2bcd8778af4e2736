"""Starts worker processes: those that were forked before this process had a thread, then spawned ones."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from docpipe.batch.waiting_workers import WaitingWorker
from docpipe.batch.worker import work
from docpipe.batch.worker_messages import MakeRuntime, Start
from docpipe.batch.worker_process import MOST_FAILED_STARTS, Inbox, Worker, WorkerGone
from docpipe.config import PipelineConfig
from docpipe.control.preload import RungKey
from docpipe.trace import Producer

MOST_DEATHS_LOADING = 20
"""How many in a row may die while they load: whoever killed them, or the memory that was short, may be gone soon."""

MOST_DEATHS_STARTING = 3
"""The same before any worker has ever been ready: models that kill each process that loads them are told soon."""


class WorkerStarts:
    """Starts the workers of one pool, each with its models to load. Not safe from several threads."""

    def __init__(
        self,
        config: PipelineConfig,
        producer: Producer,
        make_runtime: MakeRuntime,
        inbox: Inbox,
        waiting: Sequence[WaitingWorker] = (),
    ) -> None:
        """`waiting` are taken first; `make_runtime` is called in each worker; what they say goes to `inbox`."""
        self._config, self._producer, self._make_runtime = config, producer, make_runtime
        self._context = multiprocessing.get_context("spawn")
        self._inbox = inbox
        self._waiting = list(waiting)
        self.failed = self.deaths_loading = 0
        """Since the last one that became ready: starts that failed, and those that died while they loaded."""
        self._most_deaths = MOST_DEATHS_STARTING

    @property
    def hopeless(self) -> bool:
        """Whether so many came to nothing that no more are tried."""
        return self.failed >= MOST_FAILED_STARTS or self.deaths_loading >= self._most_deaths

    def note_ready(self) -> None:
        """Note that a worker has its models warm."""
        self.failed = self.deaths_loading = 0
        self._most_deaths = MOST_DEATHS_LOADING

    def start(self, wanted: tuple[RungKey, ...]) -> Worker:
        """Start a worker that loads the wanted rungs beside the resident ones.

        Raises:
            WorkerGone: the system has no process, descriptor or thread left for it.
        """
        start = Start(self._config, self._producer, wanted, self._make_runtime)
        try:
            return self._take_waiting(start) or self._spawn(start)
        except (OSError, RuntimeError) as e:  # RuntimeError: no thread can be started
            reason = e.strerror if isinstance(e, OSError) and e.strerror else str(e)
            raise WorkerGone(f"no worker process can be started: {reason}", cannot_start=True) from e

    def _take_waiting(self, start: Start) -> Worker | None:
        while self._waiting:
            first = self._waiting.pop(0)
            if first.process.is_alive():
                worker = Worker(first.process, first.pipe, self._inbox)
                worker.send(start)
                return worker
            first.pipe.close()  # it was killed while it waited
        return None

    def _spawn(self, start: Start) -> Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=work, args=(theirs, os.getpid(), start), name="docpipe-worker", daemon=True
        )  # fmt: skip
        try:
            process.start()
            return Worker(process, ours, self._inbox)
        except BaseException:
            _undo(process, ours)
            raise
        finally:
            theirs.close()


def _undo(process: BaseProcess, pipe: Connection) -> None:
    """Leave nothing behind of a worker that nobody can listen to."""
    pipe.close()
    if process.pid is not None:
        process.kill()
        process.join()
