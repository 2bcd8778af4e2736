"""From the arguments of a command line to documents, in an order that depends on names alone.

An argument is a file, a directory (walked), a glob (`**` for any depth), `-` (one document on standard input) or
`@FILE` (arguments, one a line or separated by NUL). `docs/inputs.md` states what a walk takes and what it leaves.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import translate
from pathlib import Path
from typing import BinaryIO

from docpipe.errors import NothingToDo
from docpipe.inputs.einvoice.roots import may_be_invoice
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.names import display_path, printable
from docpipe.inputs.sniff import SUFFIXES, XML
from docpipe.inputs.source import Source

MAX_LIST_BYTES = 64 << 20
ROOT_WITHIN = 1 << 16
"""Bytes of an XML file in which its root element is looked for; comments before it may be long."""


class SkipReason(StrEnum):
    """Why a walk left a file or folder out."""

    NOT_A_DOCUMENT = "not_a_document"
    NO_INVOICE = "no_invoice"
    HIDDEN = "hidden"
    SPECIAL_FILE = "special_file"
    LINK_INTO_INPUT = "link_into_input"
    LINK_OUT_OF_INPUT = "link_out_of_input"
    NAMED_TWICE = "named_twice"


SKIP_TEXTS = {
    SkipReason.NOT_A_DOCUMENT: "its suffix is none of a document; name the file itself to have it tried",
    SkipReason.NO_INVOICE: "an XML file that is no e-invoice; name the file itself to have it tried",
    SkipReason.HIDDEN: "its name starts with a dot; name it itself to have it read",
    SkipReason.SPECIAL_FILE: "a pipe, socket or device, which is never opened",
    SkipReason.LINK_INTO_INPUT: "a link to a folder of the input, whose files are read where they are",
    SkipReason.LINK_OUT_OF_INPUT: "a link that leads out of the folder; input.follow_symlinks reads it",
    SkipReason.NAMED_TWICE: "named before; every file is read once",
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is no document, and why."""

    path: str
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class _Place:
    """An argument, resolved: a path, a glob below it, or nothing there."""

    path: str
    pattern: tuple[str, ...] = ()
    missing: bool = False


class Discovery:
    """The documents that arguments name. Iterate once; `skipped` fills meanwhile.

    `root` is the folder that the paths in results are relative to: the one directory that was given, or the closest
    folder above everything that was given, so that equal names below different directories stay apart.
    """

    def __init__(
        self, arguments: Sequence[str], limits: InputLimits | None = None, *, stdin: BinaryIO | None = None
    ) -> None:
        """Look at the arguments; directories are not walked before the iteration.

        Raises:
            NothingToDo: there is no argument, none of them exists, or a list file cannot be read.
        """
        self.limits = limits or InputLimits()
        self.skipped: list[Skipped] = []
        self._stdin = stdin
        arguments = [argument for given in arguments for argument in _expand_list(given)]
        self._piped = "-" in arguments
        self._places = [_resolve(argument) for argument in arguments if argument != "-"]
        if not self._piped and all(place.missing for place in self._places):
            names = ", ".join(printable(place.path) for place in self._places[:5])
            raise NothingToDo(f"no such file or directory: {names}" if names else "no input was named")
        self.root = _common_root(self._places)
        self._files: set[str] = set()
        self._folders: set[tuple[int, int]] = set()

    def __iter__(self) -> Iterator[Source]:
        """Yield the documents.

        Raises:
            NothingToDo: at the end, where there were none.
        """
        found = 0
        for source in self._sources():
            found += 1
            yield source
        if not found:
            counts = Counter(skip.reason for skip in self.skipped)
            left = "; ".join(f"{n} left out: {SKIP_TEXTS[reason]}" for reason, n in sorted(counts.items()))
            raise NothingToDo(f"no document found below {printable(str(self.root))}" + (f" ({left})" if left else ""))

    def _sources(self) -> Iterator[Source]:
        if self._piped:
            stream = self._stdin or sys.stdin.buffer
            yield Source("stdin", data=stream.read(self.limits.max_bytes + 1))
        alone = len(self._places) == 1 and not self._places[0].pattern  # a walk meets no file twice
        for place in self._places:
            for source in self._from_place(place):
                if not alone:
                    if str(source.file) in self._files:
                        self.skipped.append(Skipped(source.path, SkipReason.NAMED_TWICE))
                        continue
                    self._files.add(str(source.file))
                yield source

    def _from_place(self, place: _Place) -> Iterator[Source]:
        if place.pattern:
            yield from self._match(place.path, place.pattern)
        elif os.path.isdir(place.path):
            yield from self._walk(place.path)
        else:
            yield Source(self._display_path(place.path), Path(place.path))

    def _match(self, base: str, pattern: tuple[str, ...]) -> Iterator[Source]:
        """Yield what a glob names: files whatever their suffix, and what is below matching directories."""
        head, rest = pattern[0], pattern[1:]
        for entry in _list_folder(base):
            if head == "**":
                if not _is_plain_directory(entry) or entry.name.startswith("."):
                    continue
                yield from self._match(entry.path, pattern)
            elif not _matches(entry.name, head):
                continue
            elif rest:
                if os.path.isdir(entry.path):
                    yield from self._match(entry.path, rest)
            elif os.path.isdir(entry.path):
                yield from self._walk(entry.path)
            else:
                yield Source(self._display_path(entry.path), Path(entry.path))
        if head == "**":
            yield from self._match(base, rest or ("*",))

    def _walk(self, top: str) -> Iterator[Source]:
        """Yield the documents below a directory, folder by folder in the order of their names' bytes."""
        real_top = os.path.realpath(top)
        pending = [top]
        while pending:
            folder = pending.pop()
            if self._remember(folder):
                self.skipped.append(Skipped(self._display_path(folder), SkipReason.NAMED_TWICE))
                continue
            try:
                entries = _scan(folder)
            except OSError as e:
                problem = f"the folder cannot be listed ({e.strerror}); its files are not read"
                yield Source(self._display_path(folder), Path(folder), problem=problem)
                continue
            below = []
            for entry in entries:
                kind = self._kind(entry, real_top)
                if kind is None:
                    yield Source(self._display_path(entry.path), Path(entry.path))
                elif kind == "folder":
                    below.append(entry.path)
                else:
                    self.skipped.append(Skipped(self._display_path(entry.path), SkipReason(kind)))
            pending.extend(reversed(below))

    def _kind(self, entry: os.DirEntry[str], real_top: str) -> SkipReason | str | None:
        """Return None for a document, `folder`, or why it is neither."""
        if entry.name.startswith("."):
            return SkipReason.HIDDEN
        if entry.is_symlink():
            target = os.path.realpath(entry.path)
            inside = os.path.commonpath((real_top, target)) == real_top
            if not inside and not self.limits.follow_symlinks and os.path.exists(entry.path):
                return SkipReason.LINK_OUT_OF_INPUT
            if os.path.isdir(target):
                return SkipReason.LINK_INTO_INPUT if inside else "folder"
            if os.path.exists(target) and not os.path.isfile(target):
                return SkipReason.SPECIAL_FILE
        elif entry.is_dir(follow_symlinks=False):
            return "folder"
        elif not entry.is_file(follow_symlinks=False):
            return SkipReason.SPECIAL_FILE
        suffix = os.path.splitext(entry.name)[1].lower()
        if suffix not in SUFFIXES:
            return SkipReason.NOT_A_DOCUMENT
        return None if SUFFIXES[suffix] != XML or _may_be_invoice(entry.path) else SkipReason.NO_INVOICE

    def _remember(self, folder: str) -> bool:
        """Remember a folder by its inode: links may lead to one twice, or round in a loop."""
        try:
            info = os.stat(folder)
        except OSError:
            return False  # listing it fails too, and says why
        known = (info.st_dev, info.st_ino) in self._folders
        self._folders.add((info.st_dev, info.st_ino))
        return known

    def _display_path(self, path: str) -> str:
        parts = tuple(part for part in path[len(str(self.root)) :].split("/") if part)
        return display_path(parts or (self.root.name,))


def discover(
    arguments: Sequence[str], limits: InputLimits | None = None, *, stdin: BinaryIO | None = None
) -> Discovery:
    """Return the documents that the arguments name; see `Discovery`."""
    return Discovery(arguments, limits, stdin=stdin)


def _expand_list(argument: str) -> Iterator[str]:
    """Yield the arguments in a list file, or the argument itself. A file whose name starts with @ is `./@name`."""
    if not argument.startswith("@"):
        yield argument
        return
    name = argument[1:]
    try:
        if not stat.S_ISREG(os.stat(name).st_mode):
            raise NothingToDo(f"{printable(name)}: a list of inputs must be an ordinary file")
        with open(name, "rb") as file:
            raw = file.read(MAX_LIST_BYTES + 1)
    except OSError as e:
        raise NothingToDo(f"{printable(name)}: the list of inputs cannot be read: {e.strerror}") from e
    if len(raw) > MAX_LIST_BYTES:
        raise NothingToDo(f"{printable(name)}: a list of inputs has at most {MAX_LIST_BYTES >> 20} MiB")
    if b"\0" in raw:
        yield from (os.fsdecode(part) for part in raw.split(b"\0") if part)
        return
    for line in raw.removeprefix(b"\xef\xbb\xbf").splitlines():
        if line.strip() and not line.startswith(b"#"):
            yield os.path.join(".", entry) if (entry := os.fsdecode(line)) == "-" else entry


def _resolve(argument: str) -> _Place:
    """Find out what an argument is. An existing path is never taken for a glob."""
    path = os.path.abspath(argument)
    if os.path.lexists(path):
        return _Place(path)
    parts = path.split("/")
    magic = next((i for i, part in enumerate(parts) if re.search(r"[*?\[]", part)), None)
    if magic is None:
        return _Place(path, missing=True)
    base = "/".join(parts[:magic]) or "/"
    return _Place(base, tuple(parts[magic:]), missing=not os.path.isdir(base))


def _common_root(places: Sequence[_Place]) -> Path:
    """Return the folder that shown paths are relative to."""
    if not places:
        return Path.cwd()
    if len(places) == 1:
        place = places[0]
        alone = place.pattern or os.path.isdir(place.path)
        return Path(place.path if alone else os.path.dirname(place.path))
    tops = {place.path if place.pattern else os.path.dirname(place.path) for place in places}
    return Path(os.path.commonpath(sorted(tops)))


def _may_be_invoice(path: str) -> bool:
    """Tell XML files that are something else, such as settings, from e-invoices; what cannot be read may be one."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            return may_be_invoice(file.read(ROOT_WITHIN))
    except OSError:
        return True  # opening it says why


def _scan(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: os.fsencode(entry.name))


def _list_folder(folder: str) -> list[os.DirEntry[str]]:
    try:
        return _scan(folder)
    except OSError:
        return []  # as a shell does: what cannot be listed matches nothing


def _is_plain_directory(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _matches(name: str, pattern: str) -> bool:
    if name.startswith(".") and not pattern.startswith("."):
        return False
    return re.fullmatch(translate(pattern), name) is not None
