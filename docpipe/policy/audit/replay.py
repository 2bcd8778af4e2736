"""Runs a log's facts through the same core again: each line must come out byte for byte."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docpipe.policy.audit.codec import Encoder, load_fact, load_start
from docpipe.policy.audit.history import Historian, History
from docpipe.policy.audit.log import files_of, missing_between
from docpipe.policy.core.facts import Fact
from docpipe.policy.core.plan import Plan
from docpipe.policy.core.state import PolicyState
from docpipe.policy.core.step import Step, initial, step


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
    """What a replay found. The last line of the files in `cut` is cut off, as by a killed process: no difference."""

    lines: int
    facts: int
    difference: Difference | None
    cut: tuple[Path, ...]
    history: History

    @property
    def torn(self) -> bool:
        """Whether the last line of a file is cut off."""
        return bool(self.cut)

    @property
    def identical(self) -> bool:
        """Whether every decision came out the same."""
        return self.difference is None

    def __str__(self) -> str:
        words = f"{self.lines} lines, {self.facts} facts, " + ("all the same" if self.identical else "not the same")
        tail = "".join(f"\nthe last line of {file} is cut off" for file in self.cut)
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
    """Yield the lines of all files of a log, oldest first; a cut-off last line of a file is left out.

    Raises:
        BadLog: no such file, one that cannot be read or is missing between others, or a line that is not JSON before a
            file's last one.
    """
    files = files_of(path)
    if not files:
        raise BadLog(f"{path}: no such log")
    missing = missing_between(path)
    if missing is not None:
        raise BadLog(f"{missing}: missing between the files of the log; put it back, or move the older ones away")
    for file in files:
        try:
            with file.open("rb") as lines:
                for number, raw in enumerate(lines, 1):
                    if not raw.endswith(b"\n") or not raw.strip(b"\0\n"):
                        break  # of this file only: the next one starts with its own state
                    yield _parse(file, number, raw[:-1])
        except OSError as e:
            raise BadLog(f"{file}: cannot be read: {e.strerror}") from e


def _parse(file: Path, number: int, raw: bytes) -> LogLine:
    try:
        text = raw.decode("utf-8")
        body = json.loads(text)
    except json.JSONDecodeError as e:
        raise BadLog(f"{file}:{number}: not JSON: {e.msg}") from e
    except (ValueError, RecursionError) as e:  # bytes that are no text, a number or a nesting without end
        raise BadLog(f"{file}:{number}: not JSON: {e}") from e
    if not isinstance(body, dict):
        raise BadLog(f"{file}:{number}: not a line of a policy log")
    return LogLine(file, number, text, body)


def cut_files(path: Path) -> tuple[Path, ...]:
    """Return those files of a log that end in the middle of a line, oldest first.

    Raises:
        BadLog: a file cannot be read.
    """
    return tuple(file for file in files_of(path) if _is_cut(file))


def _is_cut(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            if not file.seek(0, os.SEEK_END):
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"  # a machine that lost power leaves NULs, which end in none either
    except OSError as e:
        raise BadLog(f"{path}: cannot be read: {e.strerror}") from e


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
        self.historian.add(fact, after, now)


def replay(path: Path) -> ReplayReport:
    """Decide everything in a log again and compare each line, byte for byte; stop at the first that differs.

    Raises:
        BadLog: the file is missing, not a policy log, or damaged.
    """
    replayer, lines, difference = _Replayer(), 0, None
    cut, file = cut_files(path), None
    for line in read_log(path):
        if line.path != file:
            if file in cut:
                replayer.expected.clear()  # what followed was lost with the end of that file
            file = line.path
        lines += 1
        wanted = replayer.differs(line)
        if wanted is not None:
            difference = Difference(line.path, line.number, wanted, line.text)
            break
    if difference is None and replayer.expected and path not in cut:
        difference = Difference(path, lines + 1, replayer.expected[0], "(the end of the log)")
    historian = replayer.historian or Historian(0)
    return ReplayReport(lines, replayer.facts, difference, cut, historian.history())
