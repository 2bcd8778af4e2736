"""Writes files so that a reader sees the old one or the new one whole, never a torn one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil

PREFIX, SUFFIX = ".writing-", ".tmp"
"""What a file is called until it is whole; the number of the process that writes it stands between."""


@contextmanager
def atomic(path: Path, newline: str | None = None, *, durable: bool = True) -> Iterator[IO[str]]:
    """Open a text file that takes its place at `path` when the block ends well, and vanishes when it does not.

    Without `durable` it survives the end of the process, however that ends, but perhaps not a power failure.
    """
    with (
        atomic_path(path) as new,
        new.open("w", encoding="utf-8", errors="surrogatepass", newline=newline) as file,
    ):
        yield file
        file.flush()
        if durable:
            os.fsync(file.fileno())


def write_atomic(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a whole text file at once."""
    with atomic(path, durable=durable) as file:
        file.write(text)


def remove_unfinished(folder: Path) -> int:
    """Remove what killed processes of this machine had not finished writing in a folder or below; return how many.

    A file whose process lives stays: it is being written.
    """
    removed = 0
    for path in folder.rglob(f"{PREFIX}*{SUFFIX}"):
        writer = path.name.removeprefix(PREFIX).partition("-")[0]
        if not (writer.isdigit() and psutil.pid_exists(int(writer))):
            with _ignore(OSError):
                path.unlink()
                removed += 1
    return removed


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield the name of a new file, for a library to write, that takes its place at `path` when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{PREFIX}{os.getpid()}-", suffix=SUFFIX, dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        with _ignore(FileNotFoundError):
            os.unlink(name)
        raise


@contextmanager
def _ignore(kind: type[OSError]) -> Iterator[None]:
    try:
        yield
    except kind:
        return


def _umask() -> int:
    """Return the process's umask; `mkstemp` makes files that only their owner may read."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
