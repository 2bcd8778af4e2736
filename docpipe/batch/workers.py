"""Worker processes: each owns its predictors, the policy stays in the parent.

Workers are spawned, as CUDA does not survive a fork and predictors do not pickle; each builds and warms its models
before the first document. The parent hands out one document at a time, so that a worker's death costs that one only:
it is tried once more, on another worker, and then fails with `worker_died`.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from docpipe.config import PipelineConfig
from docpipe.control.controller import PolicyControl
from docpipe.control.preload import RungKey, Unusable, load_others, load_residents
from docpipe.control.replace_stuck import StuckModelReplacer
from docpipe.errors import DocpipeError, ModelError
from docpipe.execution.executor import Execution, Executor, failed_result
from docpipe.execution.fault_injection import Faults
from docpipe.execution.route import Route
from docpipe.inputs.source import Source
from docpipe.pipeline import producer_of
from docpipe.policy.core.values import Assignment
from docpipe.result import Result
from docpipe.runtime.paddle import PaddleRuntime
from docpipe.trace import Failure, Producer

log = logging.getLogger("docpipe.workers")

MOST_FAILED_STARTS = 3
"""How often a successor of a dead worker may fail to start before the others go on without it."""
TRIES = 2
"""How often a document may be given to a worker: the second death with it is the document's."""
STOP_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class _Ready:
    unusable: tuple[Unusable, ...]


@dataclass(frozen=True, slots=True)
class _Changed:
    """A rung can serve now, or cannot any more: it was loaded, or its model is stuck."""

    stage: str
    rung: str
    available: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _NoStart:
    message: str


class _Gone(Exception):
    """A worker that died, or could not start; the text says which."""


def _work(pipe: Connection, config: PipelineConfig, producer: Producer, wanted: Collection[RungKey]) -> None:
    """Serve documents until told to stop. Runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    runtime = PaddleRuntime(config.runtime, workers=config.workers)
    try:
        unusable = load_residents(config, runtime, wanted=wanted)
    except DocpipeError as e:
        pipe.send(_NoStart(str(e)))
        return
    executor = Executor(config, runtime, producer, faults=Faults(config.faults))
    pipe.send(_Ready(tuple(unusable)))
    news: deque[_Changed] = deque()
    stuck_models = StuckModelReplacer(config, runtime, lambda *change: news.append(_Changed(*change)))
    load_others(config, runtime, unusable, lambda stage, rung: news.append(_Changed(stage, rung, True, "loaded")))
    try:
        while (job := pipe.recv()) is not None:
            source, route, queued_ns = job
            execution = executor.run(source, route, name=source.path, queued_ns=time.monotonic_ns() - queued_ns)
            stuck_models.look_at(execution.attempts)
            while news:
                pipe.send(news.popleft())
            pipe.send(execution)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone
    finally:
        runtime.close()


@dataclass
class _Job:
    source: Source
    assignment: Assignment
    route: Route


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    ready: bool = False
    job: _Job | None = None
    missing: set[RungKey] = field(default_factory=set)
    """Rungs that this worker cannot serve (yet)."""


class WorkerPool:
    """Reads documents on several processes. A context manager; leaving it ends the workers."""

    def __init__(
        self,
        config: PipelineConfig,
        *,
        policy: PolicyControl,
        announce: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._config = config
        self._policy = policy
        self._producer = producer_of(config, policy.pins)
        self._announce = announce
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []
        self._deaths: dict[str, int] = {}
        self._failed_starts = 0

    def __enter__(self) -> Self:
        """Start the workers and wait until each has loaded and warmed its models.

        Raises:
            ModelError: a worker could not start.
        """
        self._policy.metrics.watch_workers(
            lambda: {str(number): worker.process.pid or 0 for number, worker in enumerate(self._workers, 1)}
        )
        try:
            self._workers = [self._start() for _ in range(self._config.workers)]
            while waiting := [worker for worker in self._workers if not worker.ready]:
                for worker in self._heard(waiting):
                    self._receive(worker)
        except _Gone as e:
            self.close()
            raise ModelError(str(e)) from e
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, sources: Iterable[Source]) -> Generator[tuple[Source, Result], None, None]:
        """Yield every document with its result, in the order in which they are finished.

        Raises:
            ModelError: all workers died, and none of their successors could start.
        """
        queue = iter(sources)
        again: deque[Source] = deque()
        exhausted = False
        while True:
            for worker in [w for w in self._workers if w.ready and w.job is None]:
                source = again.popleft() if again else next(queue, None)
                if source is None:
                    exhausted = True
                    break
                self._give(worker, source)
            busy = [worker for worker in self._workers if worker.job or not worker.ready]
            if exhausted and not again and not any(worker.job for worker in busy):
                return
            for worker in self._heard(busy):
                job = worker.job
                try:
                    execution = self._receive(worker)
                except _Gone as e:
                    self._replace(worker, e)
                    if job is None:
                        continue
                    self._policy.router.drop(job.assignment)
                    self._deaths[job.source.path] = self._deaths.get(job.source.path, 0) + 1
                    if self._deaths[job.source.path] < TRIES:
                        again.append(job.source)
                    else:
                        yield job.source, self._lost(job)
                    continue
                if execution is not None and job is not None:
                    worker.job = None
                    self._policy.learn(job.assignment, execution, worker=str(worker.process.pid))
                    yield job.source, execution.result

    def close(self) -> None:
        """End the workers: asked first, then killed."""
        for worker in self._workers:
            if worker.job is not None:
                self._policy.router.drop(worker.job.assignment)
                worker.process.kill()
            else:
                try:
                    worker.pipe.send(None)
                except OSError:
                    worker.process.kill()
        for worker in self._workers:
            worker.process.join(STOP_WAIT_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
        self._workers = []

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work,
            args=(theirs, self._config, self._producer, tuple(self._policy.pins.items())),
            name="docpipe-worker",
            daemon=True,
        )
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _heard(self, workers: list[_Worker]) -> list[_Worker]:
        """Wait until a worker says something or dies."""
        found = wait([worker.pipe for worker in workers])
        return [worker for worker in workers if worker.pipe in found]

    def _receive(self, worker: _Worker) -> Execution | None:
        """Take one message. Raises `_Gone` where the worker died, be it in the middle of a message, or cannot start."""
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError) as e:
            worker.process.join(STOP_WAIT_S)
            doing = "read documents" if worker.ready else "loaded its models"
            raise _Gone(f"a worker died while it {doing} (exit {worker.process.exitcode})") from e
        match message:
            case _Ready(unusable):
                worker.ready = True
                worker.missing = {(u.stage, u.rung) for u in unusable}
                for rung in unusable:
                    self._policy.engine.set_available(rung.stage, rung.rung, False, rung.reason)
                self._announce(f"worker {worker.process.pid}")
            case _Changed(stage, rung, available, reason):
                (worker.missing.discard if available else worker.missing.add)((stage, rung))
                everywhere = not any((stage, rung) in other.missing for other in self._workers)
                if everywhere == available:
                    self._policy.engine.set_available(stage, rung, available, reason)
            case _NoStart(text):
                raise _Gone(text)
            case Execution():
                return message
        return None

    def _give(self, worker: _Worker, source: Source) -> None:
        assignment, route = self._policy.router.assign(source.path)
        worker.job = _Job(source, assignment, route)
        try:
            worker.pipe.send((source, route, time.monotonic_ns()))
        except OSError:
            log.warning("docpipe.worker_gone pid=%s", worker.process.pid)  # its end is heard by `_receive`

    def _replace(self, worker: _Worker, why: _Gone) -> None:
        """Start a successor, or go on without one where those of this place keep failing to start.

        Raises:
            ModelError: no worker is left.
        """
        log.error("docpipe.worker_died pid=%s reason=%s", worker.process.pid, why)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._policy.metrics.recycled("died")
        self._failed_starts = 0 if worker.ready else self._failed_starts + 1
        place = self._workers.index(worker)
        if self._failed_starts < MOST_FAILED_STARTS:
            self._workers[place] = self._start()
        else:
            del self._workers[place]
            if not self._workers:
                raise ModelError(f"no worker is left: {why}") from why
        for stage, rung in sorted(worker.missing):  # what only the dead one could not serve can be served again
            if not any((stage, rung) in other.missing for other in self._workers):
                self._policy.engine.set_available(stage, rung, True, "the worker without it was replaced")

    def _lost(self, job: _Job) -> Result:
        message = (
            f"{job.source.path}: the worker process died {TRIES} times while it read this document, "
            "most likely for want of memory; try it alone with --workers 1, or with a lower input.max_pixels"
        )
        failure = Failure("worker_died", message, fatal=True)
        result = failed_result(job.source.path, job.route, failure, self._config, self._producer)
        self._policy.metrics.answered(result)
        return result
