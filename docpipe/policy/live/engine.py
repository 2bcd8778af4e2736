"""The live policy: the pure core with a clock, a lock and hooks around it.

One short lock guards the swap of one reference. Nothing waits under it: models run, hooks are called and the log is
written outside. Facts reach hooks and log in the order in which they were decided.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from docpipe.policy.core import facts
from docpipe.policy.core.effects import Effect
from docpipe.policy.core.kept import KeptStage, keep
from docpipe.policy.core.plan import Plan
from docpipe.policy.core.state import PolicyState
from docpipe.policy.core.step import Step, initial, step
from docpipe.policy.core.values import Assignment, Event, Outcome, Sample, Signals
from docpipe.policy.live.clock import now_ns
from docpipe.policy.live.status import PolicyStatus, status_of

_log = logging.getLogger("docpipe.policy")


class FactLog(Protocol):
    """Where facts and what follows from them are written, in order."""

    def write_start(self, time_ns: int, unix_ns: int, after: Step) -> None:
        """Write the plan and the state that everything starts from."""
        ...

    def write_fact(self, fact: facts.Fact, after: Step) -> None:
        """Write one fact and what followed."""
        ...


class PolicyEngine:
    """Decides for every document which rung each stage takes, and learns from how that went. Safe to use from threads.

    It lives in one process; `Assignment` and `Sample` travel to workers and back.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        clock: Callable[[], int] = now_ns,
        unix_clock: Callable[[], int] = time.time_ns,
        on_event: Callable[[Event], None] | None = None,
        log: FactLog | None = None,
    ) -> None:
        self._clock, self._unix_clock, self._on_event, self._log = clock, unix_clock, on_event, log
        self.on_effect: Callable[[Effect], None] | None = None
        """Carries out what the policy wants done, apart from what `lose_worker` returns; called outside the lock."""
        self._lock, self._outlet = threading.Lock(), threading.Lock()
        self._pending: deque[tuple[facts.Fact | None, Step]] = deque()
        now, unix = clock(), unix_clock()
        first = initial(plan, now, unix)
        self._plan, self._state, self._now = plan, first.state, now
        if log is not None:
            log.write_start(now, unix, first)
        self._pending.append((None, first))
        self._announce()

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self._plan

    def assign(self, document_id: str, hit: tuple[tuple[str, str], ...] = ()) -> Assignment:
        """Return the rung of every stage for one document, from one consistent state.

        `hit` are the stages and rungs that took a worker with them on this document: it starts below them.
        """
        assignment = self._apply(lambda now: facts.Arrived(now, document_id, hit)).assignment
        assert assignment is not None
        return assignment

    def begin(self, stage: str, rung: str, epoch: int, *, worker: str = "", document_id: str = "") -> None:
        """Say that a worker's call started, so that its age counts until the worker's sample comes."""
        self._apply(lambda now: facts.Began(now, stage, rung, epoch, worker, document_id))

    def record(self, sample: Sample) -> None:
        """Count one finished call."""
        self._apply(lambda now: facts.Ended(now, sample))

    def lose_worker(
        self,
        worker: str,
        outcome: Outcome,
        *,
        exit_code: int | None = None,
        document_id: str = "",
        sample: Sample | None = None,
        reason: str = "",
    ) -> tuple[Effect, ...]:
        """Say that a worker died or was killed because it hung; return what becomes of its place and its document."""
        return self._apply(
            lambda now: facts.WorkerGone(now, worker, outcome, exit_code, document_id, sample, reason)
        ).effects

    def release(self, assignment: Assignment) -> None:
        """Give back the leases of what never ran. What did run has returned its lease with its sample; that is fine."""
        leases = tuple((choice.stage, choice.lease) for choice in assignment.choices if choice.lease)
        if leases:
            self._apply(lambda now: facts.Released(now, leases))

    def give_back(self, stage: str, lease: int) -> None:
        """Give back one lease that was not used."""
        self._apply(lambda now: facts.Released(now, ((stage, lease),)))

    def fall_back(self, stage: str, rung: str) -> str | None:
        """Return the next lower usable rung after `rung` failed, never the same one; None where the ladder ends."""
        plan, state = self._snapshot()
        index = next((i for i, spec in enumerate(plan.stages) if spec.name == stage), None)
        if index is None:
            return None
        level = plan.stages[index].level_of(rung)
        below = None if level is None else state.stages[index].lower(level, self._clock())
        return None if below is None else plan.stages[index].rungs[below]

    def tick(self, signals: Signals | None = None) -> None:
        """Let time act: holds, trials, pins. `signals` are the slow signals just read; None keeps the last ones."""
        self._apply(lambda now: facts.Ticked(now, signals))

    def pin(self, stage: str, rung: str, until_ns: int | None = None, reason: str = "pinned by hand") -> None:
        """Fix a stage on a rung until a moment of the clock, or for as long as the process lives.

        Raises:
            KeyError: no such stage or rung.
        """
        self._apply(lambda now: facts.Pinned(now, stage, rung, until_ns, reason))

    def unpin(self, stage: str, reason: str = "unpinned by hand") -> None:
        """Let a stage go where its signals lead. `KeyError` where there is no such stage."""
        self._apply(lambda now: facts.Unpinned(now, stage, reason))

    def set_available(self, stage: str, rung: str, available: bool, reason: str) -> None:
        """Say whether a rung can serve (loaded, healthy). One that cannot is never assigned while another can.

        Raises:
            KeyError: no such stage or rung.
        """
        self._apply(lambda now: facts.Available(now, stage, rung, available, reason))

    def reload(self, plan: Plan) -> bool:
        """Put another plan in force at once: a new config epoch. False where it is the same plan."""
        before = self.state().config_epoch
        after = self._apply(lambda now: facts.Loaded(now, plan, self._unix_clock()))
        return after.state.config_epoch != before

    def restore(self, kept: tuple[KeptStage, ...]) -> None:
        """Take over what an earlier process left; before any document comes."""
        self._apply(lambda now: facts.Restored(now, kept))

    def keep(self) -> tuple[KeptStage, ...]:
        """Return what a later process must know: closed rungs and cool-downs."""
        plan, state = self._snapshot()
        return keep(plan, state, self._clock())

    def state(self) -> PolicyStatus:
        """Return a frozen, printable picture of all stages."""
        plan, state = self._snapshot()
        return status_of(plan, state, self._clock())

    def raw_state(self) -> tuple[Plan, PolicyState]:
        """Return the plan and the core's own state, as one consistent pair."""
        return self._snapshot()

    def _snapshot(self) -> tuple[Plan, PolicyState]:
        with self._lock:
            return self._plan, self._state

    def _apply(self, fact_at: Callable[[int], facts.Fact]) -> Step:
        with self._lock:
            self._now = max(self._now, self._clock())
            fact = fact_at(self._now)
            after = step(self._plan, self._state, fact)
            self._plan, self._state = after.plan, after.state
            if after.events or self._log is not None:
                self._pending.append((fact, after))
        if self._pending:
            self._announce()
        if after.effects and self.on_effect is not None and not isinstance(fact, facts.WorkerGone):
            for effect in after.effects:
                self.on_effect(effect)
        return after

    def _announce(self) -> None:
        """Write and tell what was decided, in order, outside the deciding lock."""
        while self._pending and self._outlet.acquire(blocking=False):  # who holds it sends ours out too
            try:
                while self._pending:
                    self._tell(*self._pending.popleft())
            finally:
                self._outlet.release()

    def _tell(self, fact: facts.Fact | None, after: Step) -> None:
        """Call log and hook; one that fails loses its own line and nobody's document."""
        try:
            if self._log is not None and fact is not None:
                self._log.write_fact(fact, after)
            if self._on_event is not None:
                for event in after.events:
                    self._on_event(event)
        except Exception:
            _log.exception("docpipe.hook_failed")
