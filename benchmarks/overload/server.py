"""A pipeline's policy engine and scheduler together in virtual time, with faults: what T5 and `levels` play."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchmarks.overload.workload import BASE_ACCURACY, DEADLINE_MS, REFERENCE, WORKERS
from docpipe.metrics.reversals import Reversals
from docpipe.policy import Event, Kind, Outcome, Plan, PolicyEngine, PolicySpec, Sample, Signals, StagePolicy
from docpipe.policy.core.effects import Effect, EffectKind
from docpipe.policy.core.values import Assignment
from docpipe.scheduling.ladder import JointLadder, build_ladder
from docpipe.scheduling.price import NS_PER_MS
from docpipe.scheduling.queue import Request
from docpipe.scheduling.scheduler import Refusal, Scheduler, SchedulerSettings
from docpipe.scheduling.simulation import Arrival
from docpipe.testing import FakeClock

SECOND = 1000 * NS_PER_MS
FAULT_S = 60.0
TICK = SECOND // 4
LOAD_NS = 2 * SECOND
"""How long a successor, or the models of a rung, take to be ready."""
STUCK_NS = 1500 * NS_PER_MS
"""After which a call that does not come back is given up: five times what 99 of 100 take."""
POLICY = {
    "p95_ms": {"degrade_above": 600, "recover_below": 420, "degrade_after_s": 5},
    "error_ratio": {"degrade_above": 0.5, "recover_below": 0.1, "min_samples": 10},
    "gpu_used": {"degrade_above": 0.92, "recover_below": 0.7},
    "ooms": {"degrade_at": 1, "within_s": 60},
    "degrade_after_s": 5,
    "recover_after_s": 10,
    "cool_down_s": {"first": 10, "factor": 2, "max": 120},
    "probes": {"count": 5, "pass": 4, "per_s": 0.5, "lease_s": 10},
    "ramp": {"shares": [0.3], "min_samples": 10, "min_s": 5, "max_s": 60},
}
ARRIVE, END, TICKED, READY = range(4)


@dataclass(frozen=True)
class Fault:
    """What goes wrong from `FAULT_S` on, and until when."""

    name: str
    ends_s: float
    rung: tuple[str, str] | None = None
    """The stage and rung that it hits."""
    outcome: Outcome = Outcome.OK
    times: float = 1.0
    """How much slower a call of that rung is."""
    once: bool = False
    one_in: int = 1
    """Of how many calls of that rung one is hit."""
    every_s: float = 0.0
    """How often a worker is killed."""
    signals: Signals | None = None
    size: float = 0.0
    """Of giant documents that come beside the others, every half second."""

    def at(self, now: int) -> bool:
        """Whether it is there at a moment."""
        return FAULT_S <= now / SECOND < self.ends_s


@dataclass
class Document:
    """One in progress."""

    number: int
    assignment: Assignment
    worker: str
    stage: int = 0
    accuracy: float = BASE_ACCURACY
    tries: int = 1
    call: int = 0
    rung: str = ""
    began: int = 0


@dataclass
class Report:
    """What came of a run."""

    offered: int = 0
    ended: int = 0
    full: int = 0
    degraded: int = 0
    late: int = 0
    refused: int = 0
    failed: int = 0
    score: float = 0.0
    hit: bool = False
    first_failure: int | None = None
    events: list[Event] = field(default_factory=list)
    best_again: int | None = None


class Server:
    """The engine and the scheduler of a pipeline, on a clock that events move."""

    def __init__(self, fault: Fault, documents: Sequence[Arrival]) -> None:
        self.fault, self.documents = fault, documents
        self.clock, self.report = FakeClock(), Report(len(documents))
        stages = {s.stage: ([o.rung for o in s.options], StagePolicy()) for s in REFERENCE}
        priced = {s.stage: {o.rung: (o.ms, o.accuracy) for o in s.options} for s in REFERENCE}
        plan = Plan.build(PolicySpec.model_validate(POLICY), stages, priced=priced)
        self.engine = PolicyEngine(plan, clock=self.clock, unix_clock=self.clock, on_event=self.report.events.append)
        self.engine.on_effect = self.effect
        self.options = {(s.stage, o.rung): o for s in REFERENCE for o in s.options}
        self.known: tuple[Mapping[str, tuple[str, ...]], JointLadder] | None = None
        self.scheduler = Scheduler(self.ladder(), SchedulerSettings(WORKERS, DEADLINE_MS))
        self.last = round(max(d.at_s for d in documents) * SECOND)
        self.queue: list[tuple[int, int, int, Callable[[], None]]] = []
        self.order = 0
        self.free = [f"w{n}" for n in range(WORKERS)]
        self.running: dict[str, Document] = {}
        self.killed = self.calls = 0

    def later(self, at: int, kind: int, what: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        self.order += 1
        heapq.heappush(self.queue, (at, kind, self.order, what))

    def ladder(self) -> JointLadder:
        """Return the ladder of the rungs that the policy lets serve."""
        plan, state = self.engine.raw_state()
        usable = {
            spec.name: (stage.choice.rung, *stage.choice.fallbacks)
            for spec, stage in zip(plan.stages, state.stages, strict=True)
        }
        if self.known is None or self.known[0] != usable:
            stages = [replace(s, options=tuple(o for o in s.options if o.rung in usable[s.stage])) for s in REFERENCE]
            self.known = usable, build_ladder(stages, BASE_ACCURACY)
        return self.known[1]

    def play(self) -> Report:
        """Play all documents to their end."""
        for number, document in enumerate(self.documents):
            at = round(document.at_s * 1000) * NS_PER_MS
            self.later(at, ARRIVE, lambda number=number: self.arrive(number))  # type: ignore[misc]
        self.later(TICK, TICKED, self.tick)
        while self.queue:
            at, _, _, what = heapq.heappop(self.queue)
            self.clock.now_ns = max(self.clock.now_ns, at)
            what()
            self.serve()
        return self.report

    def tick(self) -> None:
        """Let the policy's time pass; kill a worker where the fault does."""
        now = self.clock()
        self.engine.tick(self.fault.signals if self.fault.signals and self.fault.at(now) else Signals(gpu_used=0.5))
        if (ladder := self.ladder()) != self.scheduler.ladder:
            self.scheduler.replace_ladder(ladder)
        due = int((now / SECOND - FAULT_S) / self.fault.every_s) + 1 if self.fault.every_s and self.fault.at(now) else 0
        if self.killed < due and self.running:
            self.killed += 1
            self.lose(self.running[min(self.running)], Outcome.WORKER_DIED)
        if now < self.last or self.running or len(self.scheduler.queue):
            self.later(now + TICK, TICKED, self.tick)

    def arrive(self, number: int) -> None:
        """Let a document wait, or refuse it."""
        now = self.clock()
        request = Request(number, now, self.documents[number].seen_size, now + int(DEADLINE_MS * NS_PER_MS))
        if self.scheduler.arrive(now, request) is not None:
            self.end("refused")

    def serve(self) -> None:
        """Give free workers their next documents."""
        while self.free:
            decided = self.scheduler.start(self.clock())
            if decided is None:
                return
            if isinstance(decided, Refusal):
                self.end("refused")
                continue
            number, worker = decided.request.number, self.free.pop()
            self.running[worker] = Document(number, self.engine.assign(str(number)), worker)
            self.enter(self.running[worker])

    def enter(self, document: Document, below: str | None = None) -> None:
        """Begin a stage of a document; `below` is the lower rung that takes over from one that failed."""
        now, stage = self.clock(), REFERENCE[document.stage].stage
        choice = document.assignment[stage]
        wanted = self.scheduler.next_stage(now, document.number, document.stage).rungs[document.stage]
        usable = (choice.rung, *choice.fallbacks)
        rung = below or (wanted if wanted in usable and choice.kind is Kind.SERVED else choice.rung)
        over = now >= self.fault.ends_s * SECOND and choice.kind is Kind.SERVED
        if (stage, rung) == self.fault.rung and over and self.report.best_again is None:
            self.report.best_again = now
        document.rung, document.began, document.call = rung, now, document.call + 1
        self.engine.begin(stage, rung, choice.epoch, worker=document.worker, document_id=str(document.number))
        took, outcome = self.call(now, stage, rung, self.documents[document.number].size)
        call = document.call
        self.later(now + took, END, lambda: self.ended(document, call, outcome))

    def call(self, now: int, stage: str, rung: str, size: float) -> tuple[int, Outcome]:
        """Return how long a call takes and how it ends."""
        took = int(self.options[stage, rung].ms * size * NS_PER_MS)
        if (stage, rung) != self.fault.rung or not self.fault.at(now):
            return took, Outcome.OK
        if self.fault.once and self.report.hit:
            return took, Outcome.OK
        self.report.hit = True
        self.calls += 1
        if self.calls % self.fault.one_in:
            return took, Outcome.OK
        if self.fault.outcome is Outcome.WORKER_DIED:
            return took // 2, Outcome.WORKER_DIED
        if self.fault.outcome is Outcome.OOM:
            return took // 2, Outcome.OOM
        return (
            (STUCK_NS, Outcome.STUCK)
            if self.fault.outcome is Outcome.STUCK
            else (int(took * self.fault.times), Outcome.OK)
        )

    def ended(self, document: Document, call: int, outcome: Outcome) -> None:
        """Tell the policy how a call went, and go on."""
        if self.running.get(document.worker) is not document or call != document.call:
            return  # its worker was killed meanwhile
        if outcome in (Outcome.STUCK, Outcome.WORKER_DIED):
            self.lose(document, outcome)
            return
        stage = REFERENCE[document.stage].stage
        self.engine.record(self.sample(document, outcome))
        if outcome is not Outcome.OK:
            self._failed()
            below = self.engine.fall_back(stage, document.rung)
            if below is None:
                self.finish(document, "failed")
            else:
                self.enter(document, below)
            return
        document.accuracy *= self.options[stage, document.rung].accuracy
        document.stage += 1
        if document.stage < len(REFERENCE):
            self.enter(document)
        else:
            self.finish(document, "served")

    def sample(self, document: Document, outcome: Outcome) -> Sample:
        """Return a call as the policy counts it."""
        stage = REFERENCE[document.stage].stage
        choice = document.assignment[stage]
        assigned = document.rung == choice.rung
        return Sample(
            stage, document.rung, choice.epoch, outcome, self.clock() - document.began,
            choice.kind if assigned else Kind.SERVED, str(document.number), choice.lease if assigned else 0,
            document.began, document.worker,
        )  # fmt: skip

    def lose(self, document: Document, outcome: Outcome) -> None:
        """Take a worker away with its document; the policy says what becomes of both."""
        del self.running[document.worker]
        self._failed()
        effects = self.engine.lose_worker(
            document.worker, outcome, document_id=str(document.number), sample=self.sample(document, outcome),
            reason=str(outcome),
        )  # fmt: skip
        self.engine.release(document.assignment)
        for effect in effects:
            if effect.kind is EffectKind.START:
                self.later(self.clock() + LOAD_NS, READY, lambda worker=effect.worker: self.free.append(worker))  # type: ignore[misc]
            elif effect.kind is EffectKind.RETRY:
                self.retry(document, (effect.stage, effect.rung))
            elif effect.kind is EffectKind.SET_ASIDE:
                self.scheduler.finish(document.number)
                self.end("failed")

    def retry(self, document: Document, hit: tuple[str, str]) -> None:
        """Read a document again on the next free worker, below the rung that took its worker."""
        if not self.free:
            self.later(self.clock() + 5 * NS_PER_MS, READY, lambda: self.retry(document, hit))
            return
        worker = self.free.pop()
        again = Document(document.number, self.engine.assign(str(document.number), (hit,)), worker)
        again.call = document.call + 1
        self.running[worker] = again
        self.enter(again)

    def _failed(self) -> None:
        if self.report.first_failure is None:
            self.report.first_failure = self.clock()

    def finish(self, document: Document, how: str) -> None:
        """Let a worker go, and count its document."""
        now = self.clock()
        del self.running[document.worker]
        self.free.append(document.worker)
        self.scheduler.finish(document.number, now if how == "served" else None)
        arrived = round(self.documents[document.number].at_s * 1000) * NS_PER_MS
        if how != "served":
            self.end(how)
        elif now - arrived > DEADLINE_MS * NS_PER_MS:
            self.end("late")
        else:
            self.end("full" if document.accuracy == BASE_ACCURACY else "degraded", document.accuracy)

    def end(self, how: str, accuracy: float = 0.0) -> None:
        """Count a document that is over."""
        setattr(self.report, how, getattr(self.report, how) + 1)
        self.report.ended += 1
        self.report.score += accuracy

    def effect(self, effect: Effect) -> None:
        """Carry out what the policy wants done."""
        if effect.kind is EffectKind.LOAD:
            at = self.clock() + LOAD_NS
            self.later(at, READY, lambda: self.engine.set_available(effect.stage, effect.rung, True, "loaded again"))
        elif effect.kind is EffectKind.CANARY:
            self.later(self.clock() + 200 * NS_PER_MS, READY, lambda: self.canary(effect))

    def canary(self, effect: Effect) -> None:
        """Read a bundled document on the rung under trial."""
        took, outcome = self.call(self.clock(), effect.stage, effect.rung, 0.5)
        self.engine.record(
            Sample(effect.stage, effect.rung, effect.epoch, outcome, took, Kind.SHADOW, "canary", effect.lease)
        )


def reversals(events: Sequence[Event]) -> int:
    """Return how often a stage went down, up and down again within 60 s by itself."""
    seen = Reversals()
    return sum(seen.is_one(event) for event in events)
