"""What another policy file would have made of a recorded run: the same documents, faults and signals, other decisions.

A log knows only what ran. Where the other policy would have run another rung, that rung is taken to behave as it was
last seen to behave in the log; one that was never seen by then proves nothing. The report counts both, so that nobody
takes a guess for a measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docpipe.policy.audit.codec import load_fact, load_start
from docpipe.policy.audit.history import Historian, History
from docpipe.policy.audit.replay import BadLog, read_log
from docpipe.policy.core.facts import (
    Arrived,
    Available,
    Began,
    Ended,
    Fact,
    Loaded,
    Pinned,
    Released,
    Unpinned,
    WorkerGone,
)
from docpipe.policy.core.frozen import replace
from docpipe.policy.core.plan import Plan
from docpipe.policy.core.state import PolicyState
from docpipe.policy.core.step import initial, step
from docpipe.policy.core.values import Assignment, Choice, Kind, Outcome, Sample


@dataclass(frozen=True)
class WhatIf:
    """Two histories of the same facts. `busy_ms` are the stages' own times summed up, in milliseconds.

    Of the samples of the other history, `measured` ran on that very rung for that very document, `borrowed` take the
    rung's last seen behaviour, and `unknown` had none to take and were left out.
    """

    was: History
    would_be: History
    was_busy_ms: float
    would_be_busy_ms: float
    measured: int
    borrowed: int
    unknown: int

    def __str__(self) -> str:
        saved = self.was_busy_ms - self.would_be_busy_ms
        return (
            f"as it was:     {self.was}\nwith the other: {self.would_be}\n"
            f"time in stages {self.was_busy_ms:.0f} -> {self.would_be_busy_ms:.0f} ms ({-saved:+.0f})\n"
            f"samples: {self.measured} measured, {self.borrowed} borrowed, {self.unknown} unknown"
        )


@dataclass
class _Run:
    """One side of the comparison."""

    plan: Plan
    state: PolicyState
    historian: Historian

    def happened(self, fact: Fact) -> Assignment | None:
        after = step(self.plan, self.state, fact)
        self.plan, self.state = after.plan, after.state
        self.historian.saw(fact, after, fact.time_ns)
        return after.assignment


@dataclass
class _Other:
    """Translates what ran into what would have run."""

    run: _Run
    chosen: dict[str, tuple[Mapping[str, str], Assignment]] = field(default_factory=dict)
    seen: dict[tuple[str, str], Sample] = field(default_factory=dict)
    busy_ns: int = 0
    measured: int = 0
    borrowed: int = 0
    unknown: int = 0

    def happened(self, fact: Fact, line: Mapping[str, Any]) -> None:
        self._return_leases(fact.time_ns)
        if isinstance(fact, Arrived):
            assignment = self.run.happened(fact)
            if assignment is not None:
                ran = {stage: rung if isinstance(rung, str) else rung[0] for stage, rung in line["rungs"].items()}
                self.chosen[fact.document_id] = (ran, assignment)
        elif isinstance(fact, Ended):
            sample = self._translated(fact.sample)
            self.seen[fact.sample.stage, fact.sample.rung] = fact.sample
            if sample is not None:
                self.busy_ns += sample.duration_ns
                self.run.happened(replace(fact, sample=sample))
        elif isinstance(fact, Pinned | Available | Unpinned):
            rung = None if isinstance(fact, Unpinned) else fact.rung
            if any(s.name == fact.stage and (rung is None or rung in s.rungs) for s in self.run.plan.stages):
                self.run.happened(fact)
        elif not isinstance(fact, Began | Released | Loaded | WorkerGone):  # calls and leases have other numbers there
            self.run.happened(fact)

    def _translated(self, sample: Sample) -> Sample | None:
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
        return self._borrowed(ours, choice)

    def _borrowed(self, sample: Sample, choice: Choice) -> Sample | None:
        seen = self.seen.get((sample.stage, choice.rung))
        if seen is None:
            self.unknown += 1
            return None
        self.borrowed += 1
        return replace(
            sample,
            rung=choice.rung,
            kind=choice.kind,
            lease=choice.lease,
            outcome=seen.outcome,
            duration_ns=seen.duration_ns,
        )

    def _return_leases(self, now: int) -> None:
        """A document without a sample there says nothing of the rung: give its lease back before it would expire."""
        for spec, stage in zip(self.run.plan.stages, self.run.state.stages, strict=True):
            late = tuple((spec.name, lease.id) for lease in stage.leases.values() if lease.expires_ns <= now)
            if late:
                self.run.happened(Released(now, late))


def what_if(path: Path, plan: Plan) -> WhatIf:
    """Run a log's facts through another plan and compare.

    Raises:
        BadLog: the file is missing, not a policy log, or damaged.
    """
    was: _Run | None = None
    other: _Other | None = None
    was_ns = 0
    for line in read_log(path):
        try:
            fact = load_fact(line.body)
            if line.body.get("kind") == "start":
                was, other = _started(line.body, plan, was, other)
            if fact is None or was is None or other is None:
                continue
            was.happened(fact)
            other.happened(fact, line.body)
        except (KeyError, ValueError) as e:
            raise BadLog(f"{line.path}:{line.number}: {e}") from e
        if isinstance(fact, Ended):
            was_ns += fact.sample.duration_ns
    if was is None or other is None:
        raise BadLog(f"{path}: an empty log")
    return WhatIf(
        was.historian.history(),
        other.run.historian.history(),
        was_ns / 1_000_000,
        other.busy_ns / 1_000_000,
        other.measured,
        other.borrowed,
        other.unknown,
    )


def _started(body: Mapping[str, Any], plan: Plan, was: _Run | None, other: _Other | None) -> tuple[_Run, _Other]:
    """Begin both sides, or go on where the log only changed its file."""
    if was is not None and other is not None and body["seq"] != 1:
        return was, other
    now = body["t"]
    old_plan, state = load_start(body)
    begun = initial(plan, now, body["unix_ns"])
    if was is None or other is None:
        was = _Run(old_plan, state, Historian(now))
        other = _Other(_Run(plan, begun.state, Historian(now)))
    else:  # another process went on with the same log
        was.plan, was.state = old_plan, state
        other.run.plan, other.run.state = plan, begun.state
    was.historian.saw(None, replace(begun, plan=old_plan, state=state, events=()), now)
    other.run.historian.saw(None, begun, now)
    return was, other
