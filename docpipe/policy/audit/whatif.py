"""What another policy file would have made of a recorded run: the same documents, faults and signals, other decisions.

A log knows only what ran. Where the other policy would have run another rung, a call is drawn from what the log has of
that rung, for the same size and the machine's pace at that moment (`call_times.py`): a mean over a run, not a promise
for a document. A rung that never ran here is drawn from the profile, scaled by what the calls of this log took over it.
The report gives an interval. Of a rung that neither knows nothing is known, and then no saving is told.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docpipe.policy.audit.call_times import CallTimes, Expected
from docpipe.policy.audit.codec import load_fact, load_start
from docpipe.policy.audit.history import Historian, History
from docpipe.policy.audit.replay import BadLog, read_log
from docpipe.policy.core import facts
from docpipe.policy.core.context import Context
from docpipe.policy.core.evidence import Evidence, evidence_of
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import Plan
from docpipe.policy.core.state import PolicyState
from docpipe.policy.core.step import initial, step
from docpipe.policy.core.values import Assignment, Choice, Kind, Outcome, Sample


@dataclass(frozen=True)
class WhatIf:
    """Two histories of the same facts. `busy_ms` are the stages' own times summed up, in milliseconds.

    Of the samples of the other history, `measured` ran on that very rung for that very document, `borrowed` were drawn
    from the rung's calls in the log, `profiled` from the profile, and `unknown` had neither and were left out; `unseen`
    names their stages and rungs. `error_ms` is the half of a 95 % interval of `would_be_busy_ms`. `wait_ms` are the
    95th percentiles of what documents would have waited, before and after, with the log's arrivals and workers.
    `pace` is how slow the machine was at its best and at its worst moment (1 on the average), `profile_factor` what the
    log's calls took over what the profile says; None without one.
    """

    was: History
    would_be: History
    was_busy_ms: float
    would_be_busy_ms: float
    measured: int
    borrowed: int
    unknown: int
    unseen: tuple[str, ...] = ()
    error_ms: float = 0.0
    wait_ms: tuple[float, float] = (0.0, 0.0)
    profiled: int = 0
    pace: tuple[float, float] = (1.0, 1.0)
    profile_factor: float | None = None
    undecided: tuple[str, ...] = ()
    """Triggers of the other plan that never had the samples they need."""

    def __str__(self) -> str:
        change = self.would_be_busy_ms - self.was_busy_ms
        time = f"time in stages {self.was_busy_ms:.0f} -> {self.would_be_busy_ms:.0f} ms"
        if self.unknown:
            time = f"time in stages {self.was_busy_ms:.0f} -> unknown: the log has no call of {', '.join(self.unseen)}"
        else:
            time += f" ({change:+.0f}, give or take {self.error_ms:.0f})"
            time += f"\nP95 of waiting  {self.wait_ms[0]:.0f} -> {self.wait_ms[1]:.0f} ms"
        over = "" if self.profile_factor is None else f"; {self.profile_factor:.2f} times the profile"
        never = "".join(f"\n{line}" for line in self.undecided)
        return (
            f"as it was:     {self.was}\nwith the other: {self.would_be}\n{time}\n"
            f"samples: {self.measured} measured, {self.borrowed} borrowed, {self.profiled} by the profile, "
            f"{self.unknown} unknown\n"
            f"pace of the machine: {self.pace[0]:.2f} to {self.pace[1]:.2f} of the log's average{over}{never}"
        )


@dataclass
class Pools:
    """All calls of a log that read their input, by stage and rung; and what a queue needs: arrivals and workers."""

    calls: dict[tuple[str, str], list[Sample]] = field(default_factory=dict)
    arrivals: dict[str, int] = field(default_factory=dict)
    workers: set[str] = field(default_factory=set)

    def waiting_ms(self, service_ns: Mapping[str, int]) -> float:
        """Return the 95th percentile of what documents wait for one of the log's workers, first come first served."""
        free = [0] * max(len(self.workers), 1)
        heapq.heapify(free)
        waited = []
        for document, arrived in sorted(self.arrivals.items(), key=lambda item: item[1]):
            start = max(arrived, heapq.heappop(free))
            waited.append(start - arrived)
            heapq.heappush(free, start + service_ns.get(document, 0))
        return sorted(waited)[len(waited) * 95 // 100] / 1e6 if waited else 0.0


def pools_of(path: Path) -> Pools:
    """Return all calls of a log.

    Raises:
        BadLog: the file is missing, not a policy log, or damaged.
    """
    pools = Pools()
    for line in read_log(path):
        try:
            fact = load_fact(line.body)
        except ValueError as e:
            raise BadLog(f"{line.path}:{line.number}: {e}") from e
        if isinstance(fact, facts.Arrived):
            pools.arrivals.setdefault(fact.document_id, fact.time_ns)
        elif isinstance(fact, facts.Ended):
            sample = fact.sample
            pools.workers.add(sample.worker)
            if sample.outcome is Outcome.OK:
                pools.calls.setdefault((sample.stage, sample.rung), []).append(sample)
    return pools


@dataclass
class _Run:
    """One side of the comparison."""

    plan: Plan
    state: PolicyState
    historian: Historian
    most: dict[tuple[str, str], Evidence] = field(default_factory=dict)
    """By stage and trigger: the moment with most samples."""

    def apply(self, fact: facts.Fact) -> Assignment | None:
        after = step(self.plan, self.state, fact)
        self.plan, self.state = after.plan, after.state
        self.historian.add(fact, after, fact.time_ns)
        if isinstance(fact, facts.Ticked):
            self._weigh_evidence(fact.time_ns)
        return after.assignment

    def _weigh_evidence(self, now: int) -> None:
        for spec, stage in zip(self.plan.stages, self.state.stages, strict=True):
            for each in evidence_of(Context(self.plan, spec, now, self.state.signals), stage):
                known = self.most.get((spec.name, each.key))
                if known is None or each.have > known.have:
                    self.most[spec.name, each.key] = each

    def name_undecided(self) -> Iterator[str]:
        """Yield a line for each trigger that never had the samples that it needs."""
        for (stage, _), each in self.most.items():
            if each.missing and not each.lost:
                yield f"{stage}: {each.key} never had enough evidence: at most {each.have} of {each.need} samples"


@dataclass
class _OtherRun:
    """Translates what ran into what would have run."""

    run: _Run
    times: CallTimes
    chosen: dict[str, tuple[Mapping[str, str], Assignment]] = field(default_factory=dict)
    service_ns: Counter[str] = field(default_factory=Counter)
    unseen: dict[str, None] = field(default_factory=dict)
    busy_ns: int = 0
    measured: int = 0
    borrowed: int = 0
    profiled: int = 0
    unknown: int = 0

    def apply(self, fact: facts.Fact, line: Mapping[str, Any]) -> None:
        self._return_leases(fact.time_ns)
        if isinstance(fact, facts.Arrived):
            assignment = self.run.apply(fact)
            if assignment is not None:
                ran = {stage: rung if isinstance(rung, str) else rung[0] for stage, rung in line["rungs"].items()}
                self.chosen[fact.document_id] = (ran, assignment)
        elif isinstance(fact, facts.Ended):
            sample = self._translate(fact.sample)
            if sample is not None:
                self.busy_ns += sample.duration_ns
                self.service_ns[sample.document_id] += sample.duration_ns
                self.run.apply(replace(fact, sample=sample))
        elif isinstance(fact, facts.Pinned | facts.Available | facts.Unpinned):
            rung = None if isinstance(fact, facts.Unpinned) else fact.rung
            if any(s.name == fact.stage and (rung is None or rung in s.rungs) for s in self.run.plan.stages):
                self.run.apply(fact)
        elif not isinstance(fact, facts.Began | facts.Released | facts.Loaded | facts.WorkerGone):
            self.run.apply(fact)  # calls and leases have other numbers there, so what names them is left out

    def _translate(self, sample: Sample) -> Sample | None:
        known = self.chosen.get(sample.document_id)
        if known is None or not any(choice.stage == sample.stage for choice in known[1].choices):
            return None
        ran, choice = known[0].get(sample.stage), known[1][sample.stage]
        ours = replace(sample, epoch=choice.epoch)
        if choice.rung == sample.rung:
            self.measured += 1
            return replace(ours, kind=choice.kind, lease=choice.lease)
        if choice.rung == ran:  # it failed there too; this is its hard fallback
            self.measured += 1
            return replace(ours, kind=Kind.SERVED, lease=0)
        if sample.outcome not in (Outcome.OK, Outcome.INPUT_ERROR):
            return None  # it would not have run there
        return self._borrow(ours, choice)

    def _borrow(self, sample: Sample, choice: Choice) -> Sample | None:
        drawn = self.times.draw(sample.stage, choice.rung, sample)
        if drawn is None:
            self.unknown += 1
            self.unseen[f"{sample.stage}.{choice.rung}"] = None
            return None
        if drawn.like is None:
            self.profiled += 1
        else:
            self.borrowed += 1
        return replace(
            sample, rung=choice.rung, kind=choice.kind, lease=choice.lease, duration_ns=round(drawn.ms * 1_000_000)
        )

    def _return_leases(self, now: int) -> None:
        """A document without a sample there says nothing of the rung: give its lease back before it would expire."""
        for spec, stage in zip(self.run.plan.stages, self.run.state.stages, strict=True):
            late = tuple((spec.name, lease.id) for lease in stage.leases.values() if lease.expires_ns <= now)
            if late:
                self.run.apply(facts.Released(now, late))


def what_if(path: Path, plan: Plan, expected: Expected = lambda stage, rung, units: None) -> WhatIf:
    """Run a log's facts through another plan and compare; `expected` is what a profile says of a call.

    Raises:
        BadLog: the file is missing, not a policy log, or damaged.
    """
    was: _Run | None = None
    other: _OtherRun | None = None
    pools, was_service = pools_of(path), Counter[str]()
    times = CallTimes.fit(pools.calls, expected)
    for line in read_log(path):
        try:
            fact = load_fact(line.body)
            if line.body.get("kind") == "start":
                was, other = _start_both(line.body, plan, was, other, times)
            if fact is None or was is None or other is None:
                continue
            was.apply(fact)
            other.apply(fact, line.body)
        except (KeyError, ValueError) as e:
            raise BadLog(f"{line.path}:{line.number}: {e}") from e
        if isinstance(fact, facts.Ended):
            was_service[fact.sample.document_id] += fact.sample.duration_ns
    if was is None or other is None:
        raise BadLog(f"{path}: an empty log")
    return WhatIf(
        was.historian.history(),
        other.run.historian.history(),
        was_service.total() / 1_000_000,
        other.busy_ns / 1_000_000,
        other.measured,
        other.borrowed,
        other.unknown,
        tuple(other.unseen),
        times.error_ms(),
        (pools.waiting_ms(was_service), pools.waiting_ms(other.service_ns)),
        other.profiled,
        (min(times.paces, default=1.0), max(times.paces, default=1.0)),
        times.profile_factor,
        tuple(other.run.name_undecided()),
    )


def _start_both(
    body: Mapping[str, Any], plan: Plan, was: _Run | None, other: _OtherRun | None, times: CallTimes
) -> tuple[_Run, _OtherRun]:
    """Begin both sides, or go on where the log only changed its file."""
    if was is not None and other is not None and body["seq"] != 1:
        return was, other
    now = body["t"]
    old_plan, state = load_start(body)
    begun = initial(plan, now, body["unix_ns"])
    if was is None or other is None:
        was = _Run(old_plan, state, Historian(now))
        other = _OtherRun(_Run(plan, begun.state, Historian(now)), times)
    else:  # another process went on with the same log
        was.plan, was.state = old_plan, state
        other.run.plan, other.run.state = plan, begun.state
    was.historian.add(None, replace(begun, plan=old_plan, state=state, events=()), now)
    other.run.historian.add(None, begun, now)
    return was, other
