"""Facts, events and states as lines of JSON, and back. The same value always gives the same bytes.

A log starts (each of its files does) with a `start` line: schema version, plan and state. Then comes one line for each
fact, with the digest of the state after it, and one for each event that followed. `docs/policy.md` lists the keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from pydantic import TypeAdapter

from docpipe.policy.core import facts
from docpipe.policy.core.effects import Effect
from docpipe.policy.core.kept import KeptStage
from docpipe.policy.core.plan import Plan
from docpipe.policy.core.state import PolicyState, StageState
from docpipe.policy.core.step import Step
from docpipe.policy.core.values import Event, Kind, Outcome, Sample, Signals

SCHEMA = 2
"""Raised when a reader of an older version could misread a line."""

_FACTS: dict[str, type[Any]] = {
    "arrived": facts.Arrived,
    "began": facts.Began,
    "ended": facts.Ended,
    "worker_gone": facts.WorkerGone,
    "released": facts.Released,
    "ticked": facts.Ticked,
    "pinned": facts.Pinned,
    "unpinned": facts.Unpinned,
    "available": facts.Available,
    "loaded": facts.Loaded,
    "restored": facts.Restored,
}
_NAMES = {kind: name for name, kind in _FACTS.items()}
_DEFAULTS: dict[type[Any], dict[str, Any]] = {
    kind: {f.name: f.default for f in fields(kind) if f.default is not MISSING} for kind in (Sample, Effect)
}
_SIGNALS_EMPTY: dict[str, Any] = {f.name: None for f in fields(Signals)} | {"lost": ()}


@lru_cache(maxsize=1)
def _plan_adapter() -> TypeAdapter[Plan]:
    """Made when it is first used: most runs keep no log, and building it takes longer than many imports."""
    return TypeAdapter(Plan)


@lru_cache(maxsize=1)
def _state_adapter() -> TypeAdapter[PolicyState]:
    return TypeAdapter(PolicyState)


@lru_cache(maxsize=1)
def _kept_adapter() -> TypeAdapter[tuple[KeptStage, ...]]:
    return TypeAdapter(tuple[KeptStage, ...])


def dump(value: Mapping[str, Any]) -> str:
    """Return one line of JSON, keys in the order given, all ASCII, without the line's end."""
    return json.dumps(value, separators=(",", ":"))


class Encoder:
    """Numbers the lines and writes each state's digest. One for a log; a replay uses its own and compares."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self._digests: dict[str, tuple[StageState, bytes]] = {}

    def start(self, time_ns: int, unix_ns: int, plan: Plan, state: PolicyState) -> str:
        """Return the line that a file starts with: everything that a replay needs to begin here."""
        return self._line(
            {
                "kind": "start",
                "t": time_ns,
                "schema": SCHEMA,
                "unix_ns": unix_ns,
                "digest": self.digest(plan, state),
                "plan": _plan_data(plan),
                "state": _state_data(state),
            }
        )

    def fact(self, fact: facts.Fact, after: Step) -> list[str]:
        """Return the line of a fact and those of the events that followed."""
        head = {"kind": _NAMES[type(fact)], "t": fact.time_ns, "config_epoch": after.state.config_epoch}
        lines = [self._line(head | _body(fact, after) | {"digest": self.digest(after.plan, after.state)})]
        lines += [self.event(event) for event in after.events]
        lines += [self._effect(effect, fact.time_ns) for effect in after.effects]
        return lines

    def _effect(self, effect: Effect, time_ns: int) -> str:
        body = _set_fields(effect)
        return self._line({"kind": "effect", "t": time_ns, "effect": body.pop("kind")} | body)

    def event(self, event: Event) -> str:
        """Return the line of one event."""
        body = dict(vars(event))
        kind, time_ns = body.pop("kind"), body.pop("time_ns")
        return self._line({"kind": "event", "t": time_ns, "event": kind} | body)

    def digest(self, plan: Plan, state: PolicyState) -> str:
        """Return 8 bytes of BLAKE2b over what later decisions depend on, in hexadecimal."""
        whole = blake2b(digest_size=8)
        whole.update(repr(_shared_state(state)).encode())
        whole.update(repr((state.ticked_ns, state.unix_offset_ns, vars(state.signals))).encode())
        for spec, stage in zip(plan.stages, state.stages, strict=True):
            known = self._digests.get(spec.name)
            if known is None or known[0] is not stage:
                known = (stage, blake2b(_control(stage).encode(), digest_size=8).digest())
                self._digests[spec.name] = known
            whole.update(known[1])
        return whole.hexdigest()

    def _line(self, body: dict[str, Any]) -> str:
        self.seq += 1
        return dump({"seq": self.seq} | body)


def _plan_data(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data. What only a profile gives, and older logs do not know, is left out if unset."""
    data: dict[str, Any] = _plan_adapter().dump_python(plan, mode="json")
    for stage in data["stages"]:
        for key in ("times_ms", "worths"):
            if not stage[key]:
                del stage[key]
        for key in ("ooms", "deaths"):
            if stage[key] and not stage[key]["forgiven_after"]:
                del stage[key]["forgiven_after"]
    return data


def _state_data(state: PolicyState) -> dict[str, Any]:
    """Return a state as plain data, without what is unset and older logs do not know."""
    data: dict[str, Any] = _state_adapter().dump_python(state, mode="json")
    for rung in (rung for stage in data["stages"] for rung in stage["rungs"]):
        if not rung["answered"]:
            del rung["answered"]
    return data


def _shared_state(state: PolicyState) -> tuple[object, ...]:
    return state.config_epoch, state.next_lease, state.documents, state.arrived_ns, state.deaths, state.recycled_ns


def _control(stage: StageState) -> str:
    """Everything of a stage that decides, as text; of a trial's memory of sides only the sizes, it is long."""
    rungs = [
        (
            r.available,
            r.closed_until,
            r.times.counts,
            r.times.total,
            r.errors.ok,
            r.errors.failed,
            r.ooms,
            (r.deaths, r.answered) if r.answered else r.deaths,
            r.cold,
            r.loading_since,
            r.largest_ok,
            r.normal_ms,
            r.normal_errors,
        )
        for r in stage.rungs
    ]
    trial = None
    if stage.trial is not None:
        body = dict(vars(stage.trial))
        body["sides"] = [len(chunk) for chunk in body["sides"]]
        trial = body
    kept = {k: v for k, v in vars(stage).items() if k not in ("rungs", "trial", "choice", "causes", "leases", "calls")}
    return repr((kept, rungs, trial, list(stage.leases), list(stage.calls), len(stage.causes)))


def _body(fact: facts.Fact, after: Step) -> dict[str, Any]:
    if isinstance(fact, facts.Arrived):
        choices = after.assignment.choices if after.assignment is not None else ()
        rungs = {c.stage: [c.rung, c.kind, c.epoch, c.lease] if c.lease else c.rung for c in choices}
        below = {c.stage: c.fallbacks for c in choices if c.fallbacks}
        hit = {"hit": fact.hit} if fact.hit else {}
        return {"document_id": fact.document_id} | hit | {"rungs": rungs, "fallbacks": below}
    if isinstance(fact, facts.Ended):
        return {"sample": _set_fields(fact.sample)}
    if isinstance(fact, facts.WorkerGone):
        body = {k: v for k, v in vars(fact).items() if k != "time_ns"}
        return body | {"sample": None if fact.sample is None else _set_fields(fact.sample)}
    if isinstance(fact, facts.Ticked):
        if fact.signals is None:
            return {"signals": None}
        signals = vars(fact.signals)
        return {"signals": {k: signals[k] for k in signals if signals[k] != _SIGNALS_EMPTY[k]}}
    if isinstance(fact, facts.Loaded):
        return {"unix_ns": fact.unix_ns, "plan": _plan_data(fact.plan)}
    if isinstance(fact, facts.Restored):
        return {"stages": _kept_adapter().dump_python(fact.stages, mode="json")}
    return {k: v for k, v in vars(fact).items() if k != "time_ns"}


def _set_fields(value: Sample | Effect) -> dict[str, Any]:
    """Return the fields of a value that are not at their defaults, to keep lines short."""
    defaults = _DEFAULTS[type(value)]
    return {k: v for k, v in vars(value).items() if k not in defaults or v != defaults[k]}


def load_start(line: Mapping[str, Any]) -> tuple[Plan, PolicyState]:
    """Return plan and state of a `start` line.

    Raises:
        ValueError: the line is of a later schema, or none of ours.
    """
    if line.get("kind") != "start":
        raise ValueError("the log does not begin with a `start` line; is it a docpipe policy log?")
    if line.get("schema") != SCHEMA:
        raise ValueError(f"the log has schema {line.get('schema')}; this version of docpipe reads {SCHEMA}")
    return _plan_adapter().validate_python(line["plan"]), _state_adapter().validate_python(line["state"])


def load_fact(line: Mapping[str, Any]) -> facts.Fact | None:
    """Return the fact of a line, or None for a line that only tells what followed.

    Raises:
        ValueError: an unknown kind or a missing key.
    """
    name = line.get("kind")
    if name in ("event", "effect", "start"):
        return None
    try:
        return _load(str(name), line)
    except (KeyError, TypeError) as e:
        raise ValueError(f"not a line of a policy log: {e}") from e


def _sample(body: Mapping[str, Any]) -> Sample:
    kind = Kind(body.get("kind", Kind.SERVED))
    return Sample(**{**body, "outcome": Outcome(body["outcome"]), "kind": kind})


def _load(name: str, line: Mapping[str, Any]) -> facts.Fact:
    now = line["t"]
    if name == "arrived":
        return facts.Arrived(now, line["document_id"], tuple((stage, rung) for stage, rung in line.get("hit", ())))
    if name == "ended":
        return facts.Ended(now, _sample(line["sample"]))
    if name == "worker_gone":
        sample = None if line["sample"] is None else _sample(line["sample"])
        known = {k: line[k] for k in ("worker", "exit_code", "document_id", "reason")}
        return facts.WorkerGone(now, outcome=Outcome(line["outcome"]), sample=sample, **known)
    if name == "ticked":
        signals = line["signals"]
        return facts.Ticked(
            now, None if signals is None else Signals(**signals | {"lost": tuple(signals.get("lost", ()))})
        )
    if name == "released":
        return facts.Released(now, tuple((stage, lease) for stage, lease in line["leases"]))
    if name == "loaded":
        return facts.Loaded(now, _plan_adapter().validate_python(line["plan"]), line["unix_ns"])
    if name == "restored":
        return facts.Restored(now, _kept_adapter().validate_python(line["stages"]))
    kind = _FACTS[name]
    loaded: facts.Fact = kind(now, **{f.name: line[f.name] for f in fields(kind) if f.name != "time_ns"})
    return loaded
