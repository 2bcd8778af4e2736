"""Adds lines to a file that several processes may write, so that a kill tears at most the last line."""

from __future__ import annotations

import os
from pathlib import Path


def append_line(path: Path, line: str, *, durable: bool = False) -> None:
    """Add one line, without its line break, in a single write; with `durable` it is on the disk when this returns.

    Where a killed process left the last line torn, the new one begins on a line of its own.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(handle, _missing_break(handle) + f"{line}\n".encode("utf-8", "surrogatepass"))
        if durable:
            os.fsync(handle)
    finally:
        os.close(handle)


def _missing_break(handle: int) -> bytes:
    size = os.fstat(handle).st_size
    return b"\n" if size and os.pread(handle, 1, size - 1) != b"\n" else b""
