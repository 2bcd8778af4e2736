"""The hash of a document's bytes, without opening the document: what `--resume` compares."""

from __future__ import annotations

import hashlib
import os
import stat

from docpipe.inputs.source import Source

CHUNK = 1 << 20


def content_sha256(source: Source, max_bytes: int) -> str:
    """Return the SHA-256 of a source's bytes, or "" where there are none to read, or more than `max_bytes`.

    Never waits and never raises: pipes, sockets and devices have no content here.
    """
    if source.data is not None:
        return hashlib.sha256(source.data).hexdigest() if len(source.data) <= max_bytes else ""
    if source.file is None:
        return ""
    digest = hashlib.sha256()
    try:
        handle = os.open(source.file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode) or info.st_size > max_bytes:
                return ""
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except (OSError, ValueError):
        return ""
    return digest.hexdigest()
