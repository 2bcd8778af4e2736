"""Reads whatever is put into a folder: each file once, through crashes and restarts, with memory that does not grow.

A result is written before the journal says so, and the journal says so before anybody is told; what was read and not
told of is told at the next start. So a document is read once, and told of at least once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from docpipe.batch.delivery import Delivery
from docpipe.batch.duplicates import Duplicates, results_in
from docpipe.batch.journal import Entry, Journal, read_result
from docpipe.batch.run import Serve
from docpipe.batch.whole_files import Identity, WholeFile, WholeFiles, identity_of, read_whole
from docpipe.errors import OutputError
from docpipe.files.atomic import write_atomic
from docpipe.inputs.names import printable
from docpipe.inputs.source import Source
from docpipe.result import Result

NAME = "docpipe-watch.jsonl"
DONE, FAILED = "done", "failed"
AT_ONCE = 8
"""Files that are in memory at a time."""
REMEMBERED = 20_000
"""Documents that a new one is compared with as a duplicate."""


@dataclass(frozen=True, slots=True)
class HotFolder:
    """Where files come from and results go."""

    inbox: Path
    out: Path
    config_sha256: str
    max_bytes: int
    move: bool = False
    """Whether files that were read go to `done/`, and those that failed to `failed/`."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the journal: a file as it was, and how far it came."""

    state: Literal["read", "told"]
    """`read`: its result is there; `told`: everybody knows."""
    path: str
    output: str
    sha256: str
    inode: int
    size: int
    mtime_ns: int


class HotFolderReader:
    """Takes what is whole, reads it, and tells of it."""

    def __init__(
        self,
        folder: HotFolder,
        files: WholeFiles,
        serve: Serve,
        delivery: Delivery,
        tell: Callable[[str], None],
    ) -> None:
        """`tell` is given one JSON line a document."""
        self._folder, self._files, self._serve = folder, files, serve
        self._delivery, self._tell = delivery, tell
        self._journal = Journal(folder.out)
        self._duplicates = Duplicates(REMEMBERED)
        for _, result in results_in(folder.out):
            self._duplicates.add(result)

    def start(self) -> None:
        """Go on where an earlier watch stopped: what is there and was read is left, what nobody was told of is told."""
        present = {identity: (path, file) for path, file, identity in self._files.present()}
        untold: dict[str, _Line] = {}
        for line in self._lines():
            identity = Identity(line.inode, line.size, line.mtime_ns)
            if identity in present:
                self._files.done(identity)
            if line.state == "told":
                untold.pop(line.output, None)
            else:
                untold[line.output] = line
        for line in untold.values():
            result = read_result(self._folder.out / line.output)
            if result is not None:
                self._announce(line, result)
        if self._folder.move:
            for identity, (path, file) in present.items():
                if self._files.is_done(identity):
                    self._move(WholeFile(path, file, identity), self._status_of(path))

    def batches(self, wait: Callable[[], None]) -> Iterator[list[WholeFile]]:
        """Yield whole files, a few at a time, for ever; an empty list where there is none, after a `wait`."""
        while True:
            ready = iter(self._files.look())
            some = False
            while batch := list(islice(ready, AT_ONCE)):
                some = True
                yield batch
            if not some:
                wait()
                yield []

    def read(self, batch: Sequence[WholeFile]) -> None:
        """Read some files.

        Raises:
            OutputError: a result cannot be written.
        """
        taken: dict[str, WholeFile] = {}
        sources = []
        for found in batch:
            try:
                data = read_whole(found, self._folder.max_bytes)
            except PermissionError:
                data = None  # opened once more below, its result says so
            else:
                if data is None and found.identity.size <= self._folder.max_bytes:
                    continue  # it changes again, or is gone: a later look says
            source = Source(printable(found.path), None if data is not None else found.file, data)
            taken[source.path] = found
            if not self._is_read(source, found):
                sources.append(source)
        if not sources:
            return
        with closing(self._serve(sources)) as results:
            for source, result in results:
                self._finish(source, taken[source.path], result)

    def _is_read(self, source: Source, found: WholeFile) -> bool:
        """Tell whether the very content was read before, as after a crash between result and line; announce it."""
        before = read_result(self._folder.out / _output(source))
        if before is None or source.data is None:
            return False
        same = before.document.sha256 == hashlib.sha256(source.data).hexdigest()
        if not same or before.produced_by.config_sha256 != self._folder.config_sha256:
            return False
        self._note(source, found, before)
        return True

    def _finish(self, source: Source, found: WholeFile, result: Result) -> None:
        result = self._duplicates.add(result)
        try:
            write_atomic(self._folder.out / _output(source), result.to_json(indent=1) + "\n")
            self._journal.append(Entry.of(result, _output(source), str(found.file)))
            self._note(source, found, result)
        except OSError as e:
            raise OutputError(f"{self._folder.out} cannot be written: {e.strerror}; start again when it can") from e

    def _note(self, source: Source, found: WholeFile, result: Result) -> None:
        line = _Line(
            "read",
            found.path,
            _output(source),
            result.document.sha256,
            found.identity.inode,
            found.identity.size,
            found.identity.mtime_ns,
        )
        self._append(line)
        self._files.done(found.identity)
        if self._folder.move:
            self._move(found, result.status)
        self._announce(line, result)

    def _announce(self, line: _Line, result: Result) -> None:
        """Tell of one result, and write down that it was told, where everybody was reached."""
        shown = {
            "event": "document",
            "path": result.document.path,
            "status": result.status,
            "output": str(self._folder.out / line.output),
            "sha256": result.document.sha256,
            "needs_review": len(result.needs_review),
            "duplicate_of": next((i.rival for i in result.needs_review if i.reason == "duplicate_of"), None),
        }
        self._tell(json.dumps(shown, ensure_ascii=False))
        if self._delivery.deliver(self._folder.out / line.output, f"{line.sha256}-{self._folder.config_sha256[:16]}"):
            self._append(_Line(**(asdict(line) | {"state": "told"})))

    def _move(self, found: WholeFile, status: str) -> None:
        """Put a file aside, unless it is no more the one that was read. A name that is taken gets a number."""
        if identity_of(found.file) != found.identity:
            return
        to = self._folder.inbox / (FAILED if status == "failed" else DONE) / found.path
        to.parent.mkdir(parents=True, exist_ok=True)
        free = to
        number = 1
        while free.exists():
            free = to.with_name(f"{to.stem}.{number}{to.suffix}")
            number += 1
        shutil.move(found.file, free)

    def _status_of(self, path: str) -> str:
        result = read_result(self._folder.out / _output(Source(printable(path))))
        return "" if result is None else result.status

    def _lines(self) -> Iterator[_Line]:
        """Yield the journal's lines, one at a time; a torn last one, left by a killed process, is passed over."""
        try:
            with (self._folder.out / NAME).open(encoding="utf-8", errors="surrogatepass") as file:
                for text in file:
                    try:
                        yield _Line(**json.loads(text))
                    except (ValueError, TypeError):
                        continue
        except FileNotFoundError:
            return

    def _append(self, line: _Line) -> None:
        self._folder.out.mkdir(parents=True, exist_ok=True)
        path = self._folder.out / NAME
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            size = os.fstat(handle).st_size
            torn = bool(size) and os.pread(handle, 1, size - 1) != b"\n"
            text = ("\n" if torn else "") + json.dumps(asdict(line), ensure_ascii=False) + "\n"
            os.write(handle, text.encode("utf-8", "surrogatepass"))
        finally:
            os.close(handle)


def _output(source: Source) -> str:
    return f"{source.output}.json"
