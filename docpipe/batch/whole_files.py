"""Which files of a folder are whole: somebody may still be writing them, under their name or under another one."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from docpipe.inputs.sniff import SUFFIXES

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", ".download")
"""Endings of names that programs give to what they still write, and take away by renaming."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A file as it is: renaming keeps it, writing changes it."""

    inode: int
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file that has been steady for long enough. `path` is below the folder."""

    path: str
    file: Path
    identity: Identity


class WholeFiles:
    """Looks at a folder again and again. Memory grows with the files that are in it now, and with nothing else."""

    def __init__(
        self, folder: Path, settle_s: float, clock: Callable[[], float], leave_out: Collection[str] = ()
    ) -> None:
        """`leave_out` are names of folders at the top that are not looked into."""
        self._folder, self._settle_s, self._clock = folder, settle_s, clock
        self._leave_out = frozenset(leave_out)
        self._since: dict[str, tuple[Identity, float]] = {}
        self._done: set[Identity] = set()
        self._gone: set[Identity] = set()
        """What was dealt with and not there at the last look."""

    def mark_done(self, identity: Identity) -> None:
        """Remember that a file was dealt with, as it is."""
        self._done.add(identity)

    def is_done(self, identity: Identity) -> bool:
        """Tell whether a file was dealt with, be it under another name."""
        return identity in self._done

    def look(self) -> list[WholeFile]:
        """Return the files that are whole and not dealt with, in the order of their paths' bytes."""
        now = self._clock()
        seen: dict[str, tuple[Identity, float]] = {}
        ready = []
        for path, file, identity in self._files():
            before = self._since.get(path)
            since = before[1] if before is not None and before[0] == identity else now
            seen[path] = (identity, since)
            if identity not in self._done and identity.size and now - since >= self._settle_s:
                ready.append(WholeFile(path, file, identity))
        self._since = seen
        self._forget_gone({identity for identity, _ in seen.values()})
        return sorted(ready, key=lambda each: os.fsencode(each.path))

    def _forget_gone(self, present: set[Identity]) -> None:
        """Forget what is gone at two looks in a row: one that is renamed during a look is seen under neither name."""
        gone = self._done - present
        self._done -= gone & self._gone
        self._gone = gone & self._done

    def present(self) -> Iterator[tuple[str, Path, Identity]]:
        """Yield what is in the folder now, whole or not."""
        return self._files()

    def _files(self) -> Iterator[tuple[str, Path, Identity]]:
        for top, folders, names in os.walk(self._folder):
            at_top = Path(top) == self._folder
            folders[:] = [f for f in folders if not f.startswith(".") and not (at_top and f in self._leave_out)]
            for name in names:
                low = name.lower()
                if name.startswith(".") or low.endswith(UNFINISHED) or os.path.splitext(low)[1] not in SUFFIXES:
                    continue
                file = Path(top) / name
                if (identity := identity_of(file)) is not None:
                    yield file.relative_to(self._folder).as_posix(), file, identity


def identity_of(file: Path) -> Identity | None:
    """Return what a file is now; None where it is gone, a link or no ordinary file."""
    try:
        info = file.lstat()
    except OSError:
        return None
    return (
        Identity(info.st_ino, info.st_size, info.st_mtime_ns)
        if os.path.isfile(file) and not file.is_symlink()
        else None
    )


def read_whole(found: WholeFile, most: int) -> bytes | None:
    """Return a file's bytes; None where it is no more what was found, or has more than `most`.

    Raises:
        PermissionError: nobody may read it.
    """
    try:
        with found.file.open("rb") as file:
            if found.identity.size > most:
                return None
            data = file.read(most + 1)
            info = os.fstat(file.fileno())
    except PermissionError:
        raise
    except OSError:
        return None
    same = Identity(info.st_ino, info.st_size, info.st_mtime_ns) == found.identity
    return data if same and len(data) == found.identity.size else None
