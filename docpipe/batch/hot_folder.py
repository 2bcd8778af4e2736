"""Reads whatever is put into a folder: each file once, through crashes and restarts, with memory that does not grow.

A result is written before the journal says so, and the journal says so before anybody is told, and again afterwards;
what was read and not told of is told at the next start. So a document is read once. Each program is told of it once,
but for a kill between its answer and the journal's line: then once more, with the same key and a word that says so.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from docpipe.batch.delivery import Delivery
from docpipe.batch.duplicates import Duplicates, Seen
from docpipe.batch.journal import Entry, Journal, read_result
from docpipe.batch.run import Serve
from docpipe.batch.telling import Telling, Untold
from docpipe.batch.whole_files import Identity, WholeFile, WholeFiles, identity_of, read_whole
from docpipe.errors import OutputError
from docpipe.files.append import append_line
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

    state: Literal["known", "read", "telling", "told"]
    """`known`: a result of an earlier run; `read`: its result is there; `telling`: it begins; `told`: they know."""
    path: str
    output: str
    sha256: str = ""
    inode: int = 0
    size: int = 0
    mtime_ns: int = 0
    by: str = ""
    """Who is told: `line`, `exec`, `webhook`; everybody where it is empty."""
    seen: dict[str, Any] | None = None
    """What later documents are compared with, in lines that say `known` or `read`."""


LINE = "line"
"""Standard output, as one of those that are told."""


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
        self._writing = threading.Lock()
        self._telling = Telling(self._deliver, self._unheard) if delivery.targets else None
        self._duplicates = Duplicates(REMEMBERED)
        for sha256, seen in self._iter_seen():
            self._duplicates.remember(sha256, seen)

    def start(self) -> None:
        """Go on where an earlier watch stopped: what is there and was read is left, what nobody was told of is told."""
        present = {identity: (path, file) for path, file, identity in self._files.present()}
        for line in self._lines():
            identity = Identity(line.inode, line.size, line.mtime_ns)
            if identity in present:
                self._files.mark_done(identity)
        for one in self._untold():
            if self._telling is not None and LINE in one.told:
                self._telling.add(one)
            elif (result := read_result(self._folder.out / one.output)) is not None:
                self._announce(one, result)
        if self._folder.move:
            for identity, (path, file) in present.items():
                if self._files.is_done(identity):
                    self._move(WholeFile(path, file, identity), self._status_of(path))

    def close(self) -> None:
        """Tell what waits as far as that goes quickly."""
        if self._telling is not None:
            self._telling.close()

    def wait_until_told(self) -> None:
        """Return when everybody was told of what was read, or could not be reached."""
        if self._telling is not None:
            self._telling.wait()

    def _iter_seen(self) -> Iterator[tuple[str, Seen]]:
        """Yield what is known of the latest documents, in their order; a result is read where no line tells of it."""
        latest: OrderedDict[str, tuple[str, Seen | None]] = OrderedDict()
        for entry in self._journal.lines():
            for output in entry.outputs:
                latest.pop(output, None)
                latest[output] = (entry.sha256, None)
            while len(latest) > REMEMBERED:
                latest.popitem(last=False)
        for line in self._lines():
            if line.output in latest and (seen := Seen.read(line.seen)) is not None:
                latest[line.output] = (line.sha256, seen)
        for output, (sha256, known) in latest.items():
            if known is None and (result := read_result(self._folder.out / output)) is not None:
                sha256, known = result.document.sha256, Seen.of(result)
                self._append(_Line("known", result.document.path, output, sha256, seen=asdict(known)))
            if known is not None:
                yield sha256, known

    def _untold(self) -> list[Untold]:
        """Return what the journal says somebody was not told of, in its order."""
        found: dict[str, Untold] = {}
        for line in self._lines():
            if line.state == "read":
                found.pop(line.output, None)
                found[line.output] = Untold(line.output, line.sha256, frozenset(), frozenset())
                continue
            one = found.get(line.output)
            if one is None or one.sha256 != line.sha256:
                continue  # of content that was written over since
            if line.state == "telling":
                found[line.output] = replace(one, begun=one.begun | {line.by})
            elif line.state == "told" and line.by:
                found[line.output] = replace(one, told=one.told | {line.by})
            elif line.state == "told":
                del found[line.output]
        return list(found.values())

    def _unheard(self) -> list[Untold]:
        """Return what programs were not told of; a result whose line was not printed yet comes to them after that."""
        return [one for one in self._untold() if LINE in one.told]

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
            seen=asdict(Seen.of(result)),
        )
        self._append(line)
        self._files.mark_done(found.identity)
        if self._folder.move:
            self._move(found, result.status)
        self._announce(Untold(line.output, line.sha256, frozenset(), frozenset()), result)

    def _announce(self, one: Untold, result: Result) -> None:
        """Print a result's line, and have programs told of it."""
        shown = {
            "event": "document",
            "path": result.document.path,
            "status": result.status,
            "output": str(self._folder.out / one.output),
            "sha256": result.document.sha256,
            "needs_review": len(result.needs_review),
            "duplicate_of": next((i.rival for i in result.needs_review if i.reason == "duplicate_of"), None),
        }
        self._tell(json.dumps(shown, ensure_ascii=False))
        if self._telling is None:
            self._append(_Line("told", result.document.path, one.output, one.sha256))
            return
        with self._telling.lock:  # no look into the journal between the two
            self._append(_Line("told", result.document.path, one.output, one.sha256, by=LINE))
            self._telling.add(replace(one, told=one.told | {LINE}))

    def _deliver(self, one: Untold) -> bool:
        """Tell programs of one result, and write down who was reached."""
        if not self._is_current(one):
            return True  # a later result stands there, and is told of under its own key
        left = [target for target in self._delivery.targets if target not in one.told]
        key = f"{one.sha256}-{self._folder.config_sha256[:16]}"
        reached = 0
        for target in left:
            self._append(_Line("telling", "", one.output, one.sha256, by=target))
            if self._delivery.deliver(target, self._folder.out / one.output, key, repeated=target in one.begun):
                reached += 1
                if len(left) > 1:
                    self._append(_Line("told", "", one.output, one.sha256, by=target))
        if reached == len(left):
            self._append(_Line("told", "", one.output, one.sha256))
        return reached == len(left)

    def _is_current(self, one: Untold) -> bool:
        try:
            return one.sha256.encode() in (self._folder.out / one.output).read_bytes()
        except OSError:
            return True  # delivering says what is wrong

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
                        yield _Line(**({"path": ""} | json.loads(text)))
                    except (ValueError, TypeError):
                        continue
        except FileNotFoundError:
            return

    def _append(self, line: _Line) -> None:
        data = {name: value for name, value in asdict(line).items() if value not in ("", 0, None)}
        with self._writing:
            append_line(self._folder.out / NAME, json.dumps(data, ensure_ascii=False))


def _output(source: Source) -> str:
    return f"{source.output}.json"
