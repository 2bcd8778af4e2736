"""The event log: JSON Lines of everything that happened to the policy, in bounded files that each can be replayed."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from errno import ENOENT
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from docpipe.errors import UsageError
from docpipe.policy.audit.codec import Encoder
from docpipe.policy.core.facts import Fact
from docpipe.policy.core.step import Step

_BEGINNING = re.compile(rb'\{"seq":\d+,"kind":"start",')
"""What every file of a log begins with."""


class EventLog:
    """Writes facts and events to `path`; a full file becomes `path.1`, that one `path.2`, and so on.

    At most `keep` old files of about `max_bytes` stay. Every file starts with plan and state, so that the oldest
    one can go and the rest still replays. Not safe from threads by itself: the engine calls it from one at a time.
    """

    def __init__(self, path: Path, *, max_bytes: int = 16 << 20, keep: int = 4) -> None:
        self.path, self._max_bytes, self._keep = path, max_bytes, keep
        self._encoder = Encoder()
        self._file: TextIO | None = None
        self._bytes = 0

    def write_start(self, time_ns: int, unix_ns: int, after: Step) -> None:
        """Begin a new file, beside what an earlier process left.

        Raises:
            UsageError: something else stands at the path, or where an old file would go, or nothing can be written.
        """
        try:
            self._spare_others()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size:
                self._shift()
            self._open()
        except OSError as e:
            raise UsageError(f"{self.path}: an event log cannot be written there: {e.strerror}") from e
        self._write([self._encoder.start(time_ns, unix_ns, after.plan, after.state)])
        self._write([self._encoder.event(event) for event in after.events])

    def write_fact(self, fact: Fact, after: Step) -> None:
        """Write one fact and what followed; start the next file where this one is full."""
        self._write(self._encoder.fact(fact, after))
        if self._bytes >= self._max_bytes:
            unix_ns = fact.time_ns + after.state.unix_offset_ns
            self.close()
            self._shift()
            self._open()
            self._write([self._encoder.start(fact.time_ns, unix_ns, after.plan, after.state)])

    def resume(self, time_ns: int, after: Step) -> None:
        """Go on after facts that were dropped: number one line too many, and tell the state of this moment.

        Raises:
            OSError: nothing can be written there, still.
        """
        if self._file is None:
            self._open_again()
        self._encoder.seq += 1
        unix_ns = time_ns + after.state.unix_offset_ns
        self._write([self._encoder.start(time_ns, unix_ns, after.plan, after.state)])

    def close(self) -> None:
        """Flush and close the file; a second call does nothing."""
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        self._file = self.path.open("w", encoding="ascii", newline="\n", buffering=1)
        self._bytes = 0

    def _open_again(self) -> None:
        """Go on in the file that stands there, without the line that was torn; or in a new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size > self._bytes:
            os.truncate(self.path, self._bytes)
        self._file = self.path.open("a", encoding="ascii", newline="\n", buffering=1)
        self._bytes = self._file.tell()

    def _spare_others(self) -> None:
        """Refuse what is no log of ours: a full log's files are renamed and in the end deleted."""
        for path in (numbered_path(self.path, number) for number in range(self._keep + 1)):
            if path.exists() and not path.is_file():
                raise UsageError(f"{path}: not a file; name a new file for the event log")
            if path.exists() and not _is_log(path):
                raise UsageError(f"{path}: holds something else; name a new file for the event log")

    def _shift(self) -> None:
        numbered_path(self.path, self._keep).unlink(missing_ok=True)
        for number in range(self._keep - 1, -1, -1):
            if numbered_path(self.path, number).exists():
                os.replace(numbered_path(self.path, number), numbered_path(self.path, number + 1))

    def _write(self, lines: list[str]) -> None:
        if self._file is not None and lines:
            text = "\n".join(lines) + "\n"  # all of it ASCII
            try:
                if not os.fstat(self._file.fileno()).st_nlink:
                    raise FileNotFoundError(ENOENT, "was deleted", str(self.path))
                self._file.write(text)
            except OSError:
                with suppress(OSError):  # what is left in its buffer
                    self.close()
                raise
            self._bytes += len(text)


def _is_log(path: Path) -> bool:
    """Whether a file is empty or begins as a log does."""
    with path.open("rb") as file:
        head = file.read(64)
    return not head or _BEGINNING.match(head) is not None


def numbered_path(path: Path, number: int) -> Path:
    """Return the name of an old file; number 0 is the present one."""
    return path.with_name(f"{path.name}.{number}") if number else path


def missing_between(path: Path) -> Path | None:
    """Return the file of a log that is not there although an older one is; None where none is missing."""
    older = [int(p.suffix[1:]) for p in path.parent.glob(f"{path.name}.*") if p.suffix[1:].isdigit()]
    wanted = (numbered_path(path, number) for number in range(max(older, default=-1)))
    return next((file for file in wanted if not file.exists()), None)


def files_of(path: Path) -> list[Path]:
    """Return all files of a log, oldest first."""
    number, found = 0, []
    while numbered_path(path, number).exists():
        found.append(numbered_path(path, number))
        number += 1
    return found[::-1]
