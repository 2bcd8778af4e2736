"""Runs a log's facts through the same core again: each line must come out byte for byte."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docpipe.policy.codec import Encoder, load_fact, load_start
from docpipe.policy.facts import Fact
from docpipe.policy.history import Historian, History
from docpipe.policy.log import files_of
from docpipe.policy.plan import Plan
from docpipe.policy.state import PolicyState
from docpipe.policy.step import Step, initial, step


@dataclass(frozen=True)
class Difference:
    """The first line that came out otherwise. `expected` is what this version decides, `found` what the log holds."""

    path: Path
    line: int
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: differs\n  decided now: {self.expected}\n  in the log:  {self.found}"


@dataclass(frozen=True)
class ReplayReport:
    """What a replay found. `torn` says that the last line is cut off, as by a killed process: no difference."""

    lines: int
    facts: int
    difference: Difference | None
    torn: bool
    history: History

    @property
    def identical(self) -> bool:
        """Whether every decision came out the same."""
        return self.difference is None

    def __str__(self) -> str:
        words = f"{self.lines} lines, {self.facts} facts, " + ("all the same" if self.identical else "not the same")
        tail = "\nthe last line is cut off" if self.torn else ""
        return f"{words}{tail}\n{self.difference or self.history}"


@dataclass(frozen=True)
class LogLine:
    """One line of a log: where it stands, its text, and what it says."""

    path: Path
    number: int
    text: str
    body: Mapping[str, Any]


class BadLog(ValueError):
    """A file that is no policy log, or one that is damaged before its last line."""


def read_log(path: Path) -> Iterator[LogLine]:
    """Yield the lines of all files of a log, oldest first; a cut-off last line is left out.

    Raises:
        BadLog: no such file, or a line that is not JSON before the last one.
    """
    files = files_of(path)
    if not files:
        raise BadLog(f"{path}: no such log")
    for file in files:
        with file.open(encoding="utf-8", newline="\n") as lines:
            for number, raw in enumerate(lines, 1):
                if not raw.endswith("\n"):
                    return
                try:
                    body = json.loads(raw)
                except json.JSONDecodeError as e:
                    raise BadLog(f"{file}:{number}: not JSON: {e.msg}") from e
                if not isinstance(body, dict):
                    raise BadLog(f"{file}:{number}: not a line of a policy log")
                yield LogLine(file, number, raw[:-1], body)


def is_torn(path: Path) -> bool:
    """Whether the newest file ends in the middle of a line."""
    with path.open("rb") as file:
        file.seek(0, 2)
        if not file.tell():
            return False
        file.seek(-1, 2)
        return file.read(1) != b"\n"


@dataclass
class _Replayer:
    """The state of a replay between two lines."""

    plan: Plan | None = None
    state: PolicyState | None = None
    encoder: Encoder = field(default_factory=Encoder)
    expected: deque[str] = field(default_factory=deque)
    historian: Historian | None = None
    facts: int = 0

    def differs(self, line: LogLine) -> str | None:
        """Take one line; return what should have stood there where it differs."""
        if not self.expected:
            self._advance(line)
        wanted = self.expected.popleft()
        return None if wanted == line.text else wanted

    def _advance(self, line: LogLine) -> None:
        """Work out the next lines from a fact, or from the start of a file."""
        try:
            fact = load_fact(line.body)
            if fact is not None and self.plan is not None and self.state is not None:
                self.facts += 1
                after = step(self.plan, self.state, fact)
                self.expected += self.encoder.fact(fact, after)
                self._goes_on(fact, after, fact.time_ns)
            elif line.body.get("kind") == "start":
                self._start(line.body)
            else:
                self.expected.append("(a fact, or the start of a file)")
        except (KeyError, ValueError) as e:
            raise BadLog(f"{line.path}:{line.number}: {e}") from e

    def _start(self, body: Mapping[str, Any]) -> None:
        plan, state = load_start(body)
        now, unix_ns = body["t"], body["unix_ns"]
        if body["seq"] == 1:
            after = initial(plan, now, unix_ns)
            self.encoder = Encoder()
            self.expected.append(self.encoder.start(now, unix_ns, after.plan, after.state))
            self.expected += [self.encoder.event(event) for event in after.events]
        elif self.state is not None and self.plan is not None and body["seq"] == self.encoder.seq + 1:
            after = Step(self.plan, self.state)
            self.expected.append(self.encoder.start(now, unix_ns, self.plan, self.state))
        else:
            after = Step(plan, state)
            self.encoder = Encoder(body["seq"] - 1)
            self.expected.append(self.encoder.start(now, unix_ns, plan, state))
        self._goes_on(None, after, now)

    def _goes_on(self, fact: Fact | None, after: Step, now: int) -> None:
        self.plan, self.state = after.plan, after.state
        if self.historian is None:
            self.historian = Historian(now)
        self.historian.saw(fact, after, now)


def replay(path: Path) -> ReplayReport:
    """Decide everything in a log again and compare each line, byte for byte; stop at the first that differs.

    Raises:
        BadLog: the file is missing, not a policy log, or damaged.
    """
    replayer, lines, difference = _Replayer(), 0, None
    for line in read_log(path):
        lines += 1
        wanted = replayer.differs(line)
        if wanted is not None:
            difference = Difference(line.path, line.number, wanted, line.text)
            break
    torn = is_torn(path)
    if difference is None and replayer.expected and not torn:
        difference = Difference(path, lines + 1, replayer.expected[0], "(the end of the log)")
    historian = replayer.historian or Historian(0)
    return ReplayReport(lines, replayer.facts, difference, torn, historian.history())
