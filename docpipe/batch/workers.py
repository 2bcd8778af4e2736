"""The supervisor of worker processes: each owns its predictors, the policy stays here.

Workers are spawned, as CUDA does not survive a fork and predictors do not pickle, or were forked before this process
had a thread (`waiting_workers`). Each builds and warms its models before the first document, and is handed one document
at a time. Everything that happens in one is told to the policy at once: a call that begins, ends, hangs or takes its
process with it. No wait here is without an end: a worker that is stopped, deadlocked or in an endless loop is killed at
its time limit; its document goes on elsewhere, one rung lower.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from docpipe.batch.successor_memory import find_shortage
from docpipe.batch.waiting_workers import WaitingWorker
from docpipe.batch.worker import paddle_runtime
from docpipe.batch.worker_messages import (
    Beat,
    CallBegan,
    CallEnded,
    Changed,
    Free,
    Load,
    Loaded,
    Logged,
    MakeRuntime,
    NoStart,
    Ready,
    Shadow,
    ShadowDone,
)
from docpipe.batch.worker_messages import Job as Order
from docpipe.batch.worker_process import Inbox, Job, KernelKills, Limits, Worker, WorkerGone
from docpipe.batch.worker_starts import WorkerStarts
from docpipe.config import PipelineConfig
from docpipe.control.canary import ShadowCalls
from docpipe.control.controller import PolicyControl
from docpipe.control.preload import RungKey, Unusable
from docpipe.control.recent_documents import RecentDocuments
from docpipe.control.router import document_id_of
from docpipe.errors import ModelError
from docpipe.execution.executor import Execution
from docpipe.inputs.source import Source
from docpipe.pipeline import producer_of
from docpipe.policy.core.effects import Effect, EffectKind
from docpipe.policy.core.values import Assignment, Outcome
from docpipe.result import Result

log = logging.getLogger("docpipe.workers")

Answer = tuple[Source, Result]


class WorkerPool:
    """Reads documents on one or more processes. A context manager; leaving it ends the workers.

    Use it from one thread, and let that thread live as long as the pool: the kernel ends the workers with it.
    """

    def __init__(
        self,
        config: PipelineConfig,
        *,
        policy: PolicyControl,
        announce: Callable[[str], None] = lambda name: None,
        limits: Limits | None = None,
        make_runtime: MakeRuntime = paddle_runtime,
        waiting: Sequence[WaitingWorker] = (),
    ) -> None:
        """`waiting` are taken before others are spawned; `make_runtime` is called in each worker, so it must pickle."""
        self._config = config
        self._policy = policy
        self._producer = producer_of(config, policy.pins)
        self._announce = announce
        self._limits = limits or Limits()
        self._inbox = Inbox()
        self._starts = WorkerStarts(config, self._producer, make_runtime, self._inbox, waiting)
        self._workers: list[Worker] = []
        self._successors: dict[Worker, Worker] = {}
        """Workers that warm up to take the place of one that still works."""
        self._again: deque[Job] = deque()
        self._answers: deque[Answer] = deque()
        self._recent = RecentDocuments()
        self._kernel_kills = KernelKills()
        self._turned = time.monotonic()

    def __enter__(self) -> Self:
        """Start the workers and wait until each has loaded and warmed its models.

        Raises:
            ModelError: a worker could not start.
        """
        self._policy.metrics.attach_workers(
            lambda: {str(number): worker.process.pid or 0 for number, worker in enumerate(self._workers, 1)}
        )
        self._policy.engine.on_effect = self._inbox.put_effect
        self._policy.attach_pools(lambda: [worker.pool for worker in self._workers if worker.pool is not None])
        try:
            self._workers = [self._starts.start(self._wanted()) for _ in range(max(self._config.workers, 1))]
            while not all(worker.ready for worker in self._workers):
                self._turn(starting=True)
        except WorkerGone as e:
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

    def run(self, sources: Iterable[Source]) -> Generator[Answer, None, None]:
        """Yield every document with its result, in the order in which they are finished.

        Raises:
            ModelError: all workers died, and none of their successors could start.
        """
        queue = iter(sources)
        exhausted = False
        while True:
            for worker in [w for w in self._workers if w.idle]:
                job = self._again.popleft() if self._again else self._next_job(queue)
                if job is None:
                    exhausted = True
                    break
                self._give(worker, job)
            if exhausted and not self._again and not any(worker.job for worker in self._workers):
                return
            self._turn()
            while self._answers:
                yield self._answers.popleft()

    def look(self) -> None:
        """Hear what workers and policy have to say while no document is at hand, and do it; returns at once.

        Raises:
            ModelError: no worker is left.
        """
        self._turn(wait_s=0.0)

    def close(self) -> None:
        """End the workers: asked first, then killed."""
        workers = [*self._workers, *self._successors.values()]
        for worker in workers:
            if worker.job is not None and worker.job.assignment is not None:
                self._policy.router.drop(worker.job.assignment)
            if not worker.idle:
                worker.end_shadow()
                worker.kill()
            else:
                worker.send(None)
        for worker in workers:
            worker.end(self._limits.stop_s)
        self._workers, self._successors = [], {}
        self._policy.engine.on_effect = None

    def _next_job(self, queue: Iterable[Source]) -> Job | None:
        source = next(iter(queue), None)
        if source is None:
            return None
        return Job(source, document_id_of(source, self._config.input.max_bytes))

    def _wanted(self) -> tuple[RungKey, ...]:
        """Return the rungs to load at once beside the resident ones: for a successor all that documents are given now.

        Else its cold start would send a stage down for everybody.
        """
        given = self._policy.router.usable() if any(worker.ready for worker in self._workers) else {}
        return tuple(sorted({*self._policy.wanted, *((stage, rungs[0]) for stage, rungs in given.items())}))

    def _give(self, worker: Worker, job: Job) -> None:
        job.assignment, job.route = self._policy.router.assign(job.document_id, job.hit)
        worker.take(job)
        worker.send(Order(job.source, job.route, time.monotonic_ns(), job.hit))

    def _turn(self, *, starting: bool = False, wait_s: float | None = None) -> None:
        """Hear what is said within a moment, then look who is over the time.

        Raises:
            WorkerGone: a worker could not start, where the pool itself is `starting`.
            ModelError: no worker is left.
        """
        before = self._turned
        heard = self._inbox.take(self._limits.turn_s if wait_s is None else wait_s)
        self._turned = now = time.monotonic()
        if now - before > self._limits.turn_s + self._limits.gap_s:
            # this process was stopped, or whoever takes the results was slow: nobody else is to blame
            for worker in self._everybody():
                worker.forgive(now - before)
        for worker_or_none, message in heard:
            if isinstance(message, Effect):
                self._carry_out(message)
            elif worker_or_none is not None and worker_or_none in self._everybody():
                self._hear(worker_or_none, message, starting)
        for worker in self._everybody():
            late = worker.overdue(time.monotonic(), self._limits)
            if late:
                worker.kill()
                self._lose(worker, WorkerGone(late, Outcome.STUCK), starting)

    def _everybody(self) -> list[Worker]:
        return [*self._workers, *self._successors.values()]

    def _hear(self, worker: Worker, message: object, starting: bool) -> None:
        worker.heard = time.monotonic()
        match message:
            case None:
                worker.process.join(self._limits.stop_s)
                doing = "read documents" if worker.ready else "loaded its models"
                outcome, why = self._kernel_kills.kind_of_death(worker.process.exitcode)
                self._lose(worker, WorkerGone(f"a worker died while it {doing} ({why})", outcome))
            case NoStart(text):
                self._starts.failed += 1
                self._lose(worker, WorkerGone(text, cannot_start=True), starting)
            case Loaded(name):
                self._announce(name)
            case Logged(logger, level, text):
                logging.getLogger(logger).log(level, "%s pid=%s", text, worker.name)
            case Ready(unusable):
                self._welcome(worker, unusable)
            case Changed(stage, rung, available, reason):
                (worker.missing.discard if available else worker.missing.add)((stage, rung))
                self._agree(stage, rung, available, reason)
            case Beat(rss_mb, pool):
                worker.rss_mb, worker.pool = rss_mb, pool
                limit = self._config.runtime.recycle_above_mb
                if limit is not None and rss_mb > limit and worker.served:  # a fresh one would be no smaller
                    self._recycle(worker, f"{rss_mb:.0f} MB is above recycle_above_mb {limit:g}", "memory")
            case CallBegan() | CallEnded() | ShadowDone() if worker.shadow is not None:
                self._follow_shadow(worker, worker.shadow, message)
            case CallBegan(stage, rung) if worker.job is not None and worker.job.assignment is not None:
                worker.begin(message)
                self._policy.router.begin(worker.job.assignment, stage, rung, worker.name)
            case CallEnded(attempt) if worker.job is not None and worker.job.assignment is not None:
                worker.call, worker.progressed = None, worker.heard
                self._policy.router.record(worker.job.assignment, attempt, worker.name)
            case Execution() if worker.job is not None and worker.job.assignment is not None:
                self._finish(worker, worker.job.assignment, message)
            case _:
                log.warning("docpipe.worker_out_of_turn pid=%s message=%s", worker.name, type(message).__name__)

    def _welcome(self, worker: Worker, unusable: Sequence[Unusable]) -> None:
        """Take in a worker that has loaded what it can."""
        for rung in unusable:
            self._policy.engine.set_available(rung.stage, rung.rung, False, rung.reason)
        worker.become_ready({(rung.stage, rung.rung) for rung in unusable})
        self._starts.note_ready()
        self._announce(f"worker {worker.name}")
        self._take_over(worker)

    def _follow_shadow(self, worker: Worker, shadow: ShadowCalls, message: CallBegan | CallEnded | ShadowDone) -> None:
        match message:
            case CallBegan():
                worker.begin(message)
            case CallEnded(attempt):
                worker.call, worker.progressed = None, worker.heard
                shadow.on_call_ended(attempt)
            case ShadowDone():
                if shadow.again is not None and not shadow.seen:
                    self._recent.forget(shadow.again)  # it is gone, or does not come through this stage
                worker.end_shadow()
                self._retire(worker)

    def _finish(self, worker: Worker, assignment: Assignment, execution: Execution) -> None:
        """Hand out a document's result, and end the worker where its time has come."""
        job = worker.give_back()
        self._policy.finish(assignment, execution)
        if not job.hit:  # what took a worker with it would do so again
            self._recent.add(job.source, execution)
        self._answers.append((job.source, execution.result))
        served = self._config.runtime.recycle_after_documents
        if served is not None and worker.served >= served:
            self._recycle(worker, f"it has read {worker.served} documents", "documents")
        self._retire(worker)

    def _lose(self, worker: Worker, why: WorkerGone, starting: bool = False) -> None:
        """Tell the policy that a worker is gone, and do what it decides about its place and its document.

        Raises:
            WorkerGone: the pool itself is `starting`, and this worker says that it cannot.
        """
        if starting and not worker.ready:
            raise why
        log.error("docpipe.worker_gone pid=%s outcome=%s reason=%s", worker.name, why.outcome.value, why)
        job = worker.job
        if worker.shadow is not None and (call := worker.call_of(why.outcome)) is not None:
            worker.end_shadow(replace(call[0], outcome=why.outcome.value))
        worker.end_shadow()
        worker.kill()
        worker.end(self._limits.stop_s)
        self._policy.metrics.count_replaced_worker("stuck" if why.outcome is Outcome.STUCK else "died")
        effects = self._policy.router.lose(
            worker.name,
            why.outcome,
            exit_code=worker.process.exitcode,
            reason=str(why),
            job=None if job is None or job.assignment is None else (job.assignment, worker.call_of(why.outcome)),
        )
        if self._forget(worker, why):
            for effect in effects:
                self._after_loss(effect, worker, job, why)

    def _forget(self, worker: Worker, why: WorkerGone) -> bool:
        """Take a worker out of what only waits for it; say whether it had a place of its own."""
        waiting = self._predecessor_of(worker)
        if waiting is not None:
            del self._successors[waiting]
            waiting.note_failed_successor(why)
            waiting.retiring = False
            self._warm_successor(waiting, f"{waiting.leaves_for}; {why}")
        return waiting is None

    def _predecessor_of(self, successor: Worker) -> Worker | None:
        return next((old for old, new in self._successors.items() if new is successor), None)

    def _after_loss(self, effect: Effect, worker: Worker, job: Job | None, why: WorkerGone) -> None:
        if effect.kind is EffectKind.START:
            self._replace(worker, why)
        elif job is not None and effect.kind is EffectKind.RETRY:
            hit = ((effect.stage, effect.rung),) if effect.stage else ()
            self._again.append(Job(job.source, job.document_id, (*job.hit, *hit)))
        elif job is not None and effect.kind is EffectKind.SET_ASIDE:
            result = job.set_aside(effect.reason, self._config, self._producer)
            self._policy.metrics.count_result(result)
            self._answers.append((job.source, result))

    def _replace(self, worker: Worker, why: WorkerGone) -> None:
        """Start a successor, or go on without one where those of this place keep failing to start.

        Raises:
            ModelError: no worker is left.
        """
        self._starts.deaths_loading += not worker.ready
        self._fill_place(worker, why, start=not self._starts.hopeless)
        for stage, rung in sorted(worker.missing):  # what only the dead one could not serve can be served again
            self._agree(stage, rung, True, "the worker without it was replaced")

    def _fill_place(self, gone: Worker, why: WorkerGone, *, start: bool = True) -> None:
        """Put the successor of a worker in its place, one that is warming or a new one; else give the place up.

        Raises:
            ModelError: no worker is left.
        """
        successor = self._successors.pop(gone, None)
        if successor is None and start:
            try:
                successor = self._starts.start(self._wanted())
            except WorkerGone as e:
                why = e
        place = self._workers.index(gone)
        if successor is not None:
            self._workers[place] = successor
            return
        del self._workers[place]
        log.error("docpipe.workers_fewer left=%d reason=%s", len(self._workers), why)
        if not self._workers:
            raise ModelError(f"no worker is left: {why}") from why

    def _agree(self, stage: str, rung: str, available: bool, reason: str) -> None:
        """Tell the policy about a rung where all workers that serve say the same of it."""
        everywhere = not any((stage, rung) in worker.missing for worker in self._workers if worker.ready)
        if everywhere == available:
            self._policy.engine.set_available(stage, rung, available, reason)

    def _carry_out(self, effect: Effect) -> None:
        """Do what the policy asks for between two documents."""
        log.info("docpipe.effect kind=%s reason=%s", effect.kind.value, effect.reason)
        if effect.kind is EffectKind.RECYCLE:
            found = next((worker for worker in self._workers if worker.name == effect.worker), None)
            if found is not None:
                self._recycle(found, effect.reason, "out_of_memory")
        elif effect.kind is EffectKind.CANARY:
            self._read_shadow(effect)
        elif effect.kind is EffectKind.FREE:
            for worker in self._everybody():
                worker.send(Free(effect.stage, effect.rung))
        elif effect.kind is EffectKind.LOAD:
            for worker in self._workers:
                worker.missing.add((effect.stage, effect.rung))
                worker.send(Load(effect.stage, effect.rung))

    def _read_shadow(self, effect: Effect) -> None:
        """Let an idle worker try a rung that may come back, on one of the last documents; never while one waits."""
        idle = next((worker for worker in self._workers if worker.idle), None)
        if idle is None or self._again:
            self._policy.engine.give_back(effect.stage, effect.lease)
            return
        idle.take_shadow(ShadowCalls(self._policy.router, effect, self._recent.next()))
        assert idle.shadow is not None
        idle.send(Shadow(idle.shadow.again, self._policy.router.canary_route(effect)))

    def _recycle(self, worker: Worker, reason: str, kind: str) -> None:
        """Let a successor take the place of a worker, unless that is under way, or cannot be."""
        if worker in self._successors or worker not in self._workers or worker.retiring or worker.irreplaceable:
            return
        worker.leaves_for = reason
        self._policy.metrics.count_replaced_worker(kind)
        self._warm_successor(worker, reason)

    def _warm_successor(self, worker: Worker, reason: str) -> None:
        """Start the successor of a worker, which goes on until that one is warm.

        Where memory has no room for both, the worker ends first, after the document that it has; the others go on.
        """
        if worker.irreplaceable:
            return
        short = worker.no_room_beside or find_shortage(self._config, worker, self._everybody())
        log.warning(
            "docpipe.worker_recycled pid=%s reason=%s successor=%s", worker.name, reason,
            f"after_it why={str(short)!r}" if short else "warmed_first",
        )  # fmt: skip
        if short:
            worker.retiring = True
            self._retire(worker)
            return
        try:
            self._successors[worker] = self._starts.start(self._wanted())
        except WorkerGone as e:
            log.error("docpipe.worker_stays pid=%s reason=%s", worker.name, e)
            worker.note_failed_successor(e)

    def _take_over(self, successor: Worker) -> None:
        """Put a warm successor in the place of the one before it, which ends when its document is done."""
        old = self._predecessor_of(successor)
        if old is not None:
            old.retiring = True
            self._retire(old)

    def _retire(self, worker: Worker) -> None:
        """End a worker whose successor is to take its place, once it has nothing in hand."""
        if not worker.retiring or not worker.idle or worker not in self._workers:
            return
        worker.send(None)
        worker.end(self._limits.stop_s)
        self._fill_place(worker, WorkerGone("it ended so that another can take its place"))
