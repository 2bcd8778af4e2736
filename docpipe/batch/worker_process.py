"""One worker process as its supervisor sees it: what it is doing, since when, and until when it may."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from docpipe.batch.worker_messages import CallBegan, ToWorker
from docpipe.config import PipelineConfig
from docpipe.control.canary import ShadowCalls
from docpipe.control.preload import RungKey
from docpipe.execution.executor import failed_result
from docpipe.execution.route import Route
from docpipe.execution.stage_call import Attempt
from docpipe.inputs.source import Source
from docpipe.policy.core.effects import Effect
from docpipe.policy.core.values import Assignment, Outcome
from docpipe.policy.live.clock import now_ns
from docpipe.result import Result
from docpipe.runtime.memory import oom_kills
from docpipe.trace import Failure, Producer


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the supervisor waits, in seconds. A call's own limit comes with it, from the profile or the file."""

    turn_s: float = 0.25
    """One look at what workers say."""
    silent_s: float = 60.0
    """Without a sign of life; they come every second."""
    start_s: float = 300.0
    """The same while a worker loads its models: importing an engine may hold everything else up."""
    progress_s: float = 180.0
    """Between two calls of one document: opening it, drawing its pages, writing its result."""
    call_factor: float = 2.0
    """A call is killed at its own limit times this, plus `grace_s`: the worker itself gives up at the limit."""
    grace_s: float = 5.0
    gap_s: float = 5.0
    """A supervisor that comes back this late was stopped itself."""
    stop_s: float = 5.0
    """For a worker that was asked to end."""


@dataclass
class Job:
    """A document on its way. `hit` are the stages and rungs that took a worker with them on it."""

    source: Source
    document_id: str
    hit: tuple[tuple[str, str], ...] = ()
    assignment: Assignment | None = None
    route: Route = field(default_factory=dict)

    def set_aside(self, reason: str, config: PipelineConfig, producer: Producer) -> Result:
        """Return the result of a document that nobody tries again, as it takes workers with it."""
        message = (
            f"{self.source.path}: set aside: {reason}. Try it alone, with a lower input.max_pixels; "
            "`dmesg` says whether memory ran out"
        )
        failure = Failure("worker_died", message, fatal=True)
        return failed_result(self.source.path, self.route, failure, config, producer)


MOST_FAILED_STARTS = 3
"""How often in a row a successor may fail to start before the others go on without it."""


class WorkerGone(Exception):
    """A worker that died, was killed, or could not start; the text says which. `cannot_start`: it said so itself."""

    def __init__(self, reason: str, outcome: Outcome = Outcome.WORKER_DIED, *, cannot_start: bool = False) -> None:
        super().__init__(reason)
        self.outcome, self.cannot_start = outcome, cannot_start


class KernelKills:
    """Tells processes that the kernel killed for memory from those that died of anything else."""

    def __init__(self) -> None:
        self._counted = oom_kills()

    def kind_of_death(self, exit_code: int | None) -> tuple[Outcome, str]:
        """Return what a worker died of, as an outcome and in words."""
        before, self._counted = self._counted, oom_kills()
        if exit_code == -9 and before is not None and self._counted is not None and self._counted > before:
            return Outcome.OOM, "killed by the kernel: host memory ran out"
        return Outcome.WORKER_DIED, f"exit {exit_code}"


class Inbox:
    """What all workers say, in order, and what the policy wants done. Safe from any thread."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[Worker | None, object]] = queue.SimpleQueue()

    def put(self, worker: Worker, message: object) -> None:
        """Add what a worker said; None is the end of its pipe."""
        self._queue.put((worker, message))

    def put_effect(self, effect: Effect) -> None:
        """Add what the policy wants done."""
        self._queue.put((None, effect))

    def take(self, timeout_s: float) -> list[tuple[Worker | None, object]]:
        """Return what has come, waiting a moment for the first."""
        found = []
        try:
            found.append(self._queue.get(timeout=timeout_s))
            while True:
                found.append(self._queue.get_nowait())
        except queue.Empty:
            return found


class Worker:
    """A process and both ends of what is said with it.

    Two threads read from and write to its pipe: a process that is stopped in the middle of a message, or takes none,
    must not hold the supervisor up.
    """

    def __init__(self, process: BaseProcess, pipe: Connection, inbox: Inbox) -> None:
        self.process, self._pipe, self._inbox = process, pipe, inbox
        self.name = str(process.pid)
        self.ready = False
        self.retiring = False
        """Ends when it has nothing in hand."""
        self.leaves_for = ""
        """Why it is to be replaced."""
        self.no_room_beside = ""
        """Why its successor is not warmed beside it: one that was died of that."""
        self._successors_lost = 0
        self.irreplaceable = False
        """No successor of it can start, so it stays, whatever it holds."""
        self.job: Job | None = None
        self.shadow: ShadowCalls | None = None
        """What hears of a document that it reads in idle time, whose result nobody wants."""
        self.call: CallBegan | None = None
        self.call_began = 0.0
        self.call_began_ns = 0
        self.heard = self.progressed = time.monotonic()
        self.missing: set[RungKey] = set()
        """Rungs that it cannot serve (yet)."""
        self.rss_mb = 0.0
        self.pool: tuple[float, float] | None = None
        self.served = 0
        self._outbox: queue.SimpleQueue[ToWorker] = queue.SimpleQueue()
        for target in (self._read, self._write):
            threading.Thread(target=target, name=f"worker-{self.name}-{target.__name__[1:]}", daemon=True).start()

    def send(self, message: ToWorker) -> None:
        """Say something to the worker; returns at once."""
        self._outbox.put(message)

    def take(self, job: Job) -> None:
        """Note that the worker has a document now."""
        self.job, self.call, self.progressed = job, None, time.monotonic()

    def take_shadow(self, calls: ShadowCalls) -> None:
        """Note that the worker reads something that nobody waits for."""
        self.shadow, self.call, self.progressed = calls, None, time.monotonic()

    def end_shadow(self, attempt: Attempt | None = None) -> None:
        """Note that this is over; `attempt` is the call that ended with the process."""
        if self.shadow is None:
            return
        if attempt is not None:
            self.shadow.on_call_ended(attempt)
        self.shadow.end()
        self.shadow, self.call = None, None

    @property
    def idle(self) -> bool:
        """Whether it could take a document."""
        return self.ready and self.job is None and self.shadow is None

    def give_back(self) -> Job:
        """Note that the worker's document is done, and return it."""
        assert self.job is not None
        job, self.job, self.call = self.job, None, None
        self.served += 1
        return job

    def note_failed_successor(self, why: WorkerGone) -> None:
        """Note that one did not live to be ready: short of memory, unable to start, or killed by whoever."""
        self._successors_lost += 1
        if why.outcome is Outcome.OOM:
            self.no_room_beside = f"{why}"
        self.irreplaceable = why.cannot_start or self._successors_lost >= MOST_FAILED_STARTS

    def become_ready(self, missing: set[RungKey]) -> None:
        """Note that its models are warm, apart from the missing rungs."""
        self.ready, self.missing, self.progressed = True, missing, time.monotonic()

    def begin(self, call: CallBegan) -> None:
        """Note that it is in a call now."""
        self.call, self.call_began, self.call_began_ns = call, time.monotonic(), now_ns()

    def call_of(self, outcome: Outcome) -> tuple[Attempt, Outcome] | None:
        """Return the call that ended with the process, and how; None where it was in none."""
        if self.call is None:
            return None
        elapsed = now_ns() - self.call_began_ns
        return Attempt(self.call.stage, self.call.rung, "error", self.call_began_ns, elapsed, units=self.call.units), (
            outcome
        )

    def overdue(self, now: float, limits: Limits) -> str:
        """Return why the worker must be killed: what it does takes too long. "" where it is in time."""
        silent = now - self.heard
        if silent > (limits.silent_s if self.ready else limits.start_s):
            return f"no sign of life for {silent:.0f} s"
        if self.job is None and self.shadow is None:
            return ""
        if self.call is not None:
            took, limit = now - self.call_began, limits.call_factor * self.call.limit_s + limits.grace_s
            return f"{self.call.stage}.{self.call.rung} hung for {took:.0f} s" if took > limit else ""
        idle = now - self.progressed
        return f"no progress between two stages for {idle:.0f} s" if idle > limits.progress_s else ""

    def forgive(self, seconds: float) -> None:
        """Put every time limit off: nobody was there to hear the worker."""
        self.heard += seconds
        self.progressed += seconds
        self.call_began += seconds

    def kill(self) -> None:
        """End the process at once, whatever state it is in."""
        if self.process.is_alive():
            self.process.kill()

    def end(self, wait_s: float) -> None:
        """Wait for the process, kill it where it does not end, and close what leads to it."""
        self.process.join(wait_s)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self._outbox.put(None)
        self._pipe.close()

    def _read(self) -> None:
        try:
            while True:
                self._inbox.put(self, self._pipe.recv())
        except Exception:  # its end, half a message, or bytes that are none: the process is lost in any case
            self._inbox.put(self, None)

    def _write(self) -> None:
        try:
            while True:
                message = self._outbox.get()
                self._pipe.send(message)
                if message is None:
                    return
        except (OSError, ValueError):
            return  # the reader says what became of it
