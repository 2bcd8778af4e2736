"""Why a document ran on the rungs it ran on: its part of an event log, told in sentences.

The log's facts go through the policy's own core again, so that what is told is what was decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from docpipe.policy.audit.codec import load_fact, load_start
from docpipe.policy.audit.replay import BadLog, LogLine, read_log
from docpipe.policy.core.context import Context
from docpipe.policy.core.evidence import evidence_of
from docpipe.policy.core.facts import Arrived, Ended, Fact
from docpipe.policy.core.plan import NS, Plan
from docpipe.policy.core.state import PolicyState
from docpipe.policy.core.step import Step, initial, step
from docpipe.policy.core.values import Assignment, Choice, Event, Kind, Outcome, Sample

_ROLES = {
    Kind.PROBE: "as a probe of the better rung",
    Kind.TRIAL: "in the share that tries the better rung",
    Kind.SHADOW: "as a shadow run",
}
_OUTCOMES = {
    Outcome.OK: "answered",
    Outcome.OOM: "ran out of memory",
    Outcome.ERROR: "failed",
    Outcome.TIMEOUT: "did not answer in time",
    Outcome.WORKER_DIED: "took its worker process with it",
    Outcome.STUCK: "hung until its worker was killed",
    Outcome.INPUT_ERROR: "could not read the input",
}


@dataclass(frozen=True, slots=True)
class ReplayedFact:
    """One fact of a log and what the policy made of it."""

    fact: Fact
    after: Step


def replay_facts(path: Path) -> Iterator[ReplayedFact]:
    """Yield every fact of a log with what followed, oldest first.

    Raises:
        BadLog: the file is missing, not a policy log, or damaged.
    """
    plan: Plan | None = None
    state: PolicyState | None = None
    for line in read_log(path):
        try:
            fact = load_fact(line.body)
            if line.body.get("kind") == "start":
                plan, state = _start_of(line)
            elif fact is not None and plan is not None and state is not None:
                after = step(plan, state, fact)
                plan, state = after.plan, after.state
                yield ReplayedFact(fact, after)
        except (KeyError, ValueError) as e:
            raise BadLog(f"{line.path}:{line.number}: {e}") from e


def _start_of(line: LogLine) -> tuple[Plan, PolicyState]:
    plan, state = load_start(line.body)
    if line.body["seq"] == 1:
        state = initial(plan, line.body["t"], line.body["unix_ns"]).state
    return plan, state


def plan_of(path: Path) -> Plan:
    """Return the plan that a log starts with.

    Raises:
        BadLog: the file is missing, empty or not a policy log.
    """
    for line in read_log(path):
        try:
            return load_start(line.body)[0]
        except (KeyError, ValueError) as e:
            raise BadLog(f"{line.path}:{line.number}: {e}") from e
    raise BadLog(f"{path}: an empty log")


def explain_document(log: Path, document: str) -> list[str]:
    """Return sentences on one document: the rung each stage took and why, then how each call went.

    `document` is its path as results show it. A document that came several times is told each time; one that the log
    does not have gives no sentence.

    Raises:
        BadLog: the file is missing, not a policy log, or damaged.
    """
    told: list[str] = []
    assignment: Assignment | None = None
    for replayed in replay_facts(log):
        fact, after = replayed.fact, replayed.after
        if isinstance(fact, Arrived) and fact.document_id == document and after.assignment is not None:
            assignment = after.assignment
            told += _describe_assignment(assignment, after)
        elif isinstance(fact, Ended) and fact.sample.document_id == document and assignment is not None:
            told.append(_describe_call(fact.sample, assignment))
            told += [f"    so the policy decided: {_describe_event(event)}" for event in after.events]
    return told


def _describe_assignment(assignment: Assignment, after: Step) -> Iterator[str]:
    seconds = (assignment.time_ns + after.state.unix_offset_ns) // NS
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    yield f"{assignment.document_id} came at {moment}, config epoch {assignment.config_epoch}"
    for choice, spec, stage in zip(assignment.choices, after.plan.stages, after.state.stages, strict=True):
        yield f"  {choice.stage}: {_describe_choice(choice)}"
        for cause in choice.causes:
            ago = (assignment.time_ns - cause.time_ns) / NS
            yield f"    {_describe_event(cause)}, {ago:.1f} s before"
        for trigger in evidence_of(Context(after.plan, spec, assignment.time_ns, after.state.signals), stage):
            if trigger.missing:
                yield f"    {trigger}"


def _describe_choice(choice: Choice) -> str:
    if choice.kind in _ROLES:
        return f"rung {choice.rung} (level {choice.level}), {_ROLES[choice.kind]}"
    if choice.level == 0:
        return f"rung {choice.rung}, the best; nothing was given up"
    return f"rung {choice.rung} (level {choice.level}), because"


def _describe_event(event: Event) -> str:
    return f"{event.kind.value} {event.from_rung} -> {event.to_rung} by {event.trigger.value}: {event.reason}"


def _describe_call(sample: Sample, assignment: Assignment) -> str:
    words = f"{sample.stage}: {sample.rung} {_OUTCOMES[sample.outcome]} after {sample.duration_ns / 1e6:.0f} ms"
    if all(choice.stage != sample.stage or choice.rung == sample.rung for choice in assignment.choices):
        return f"  {words}"
    return f"  {words}; it was taken after a rung above it had failed on this document"
