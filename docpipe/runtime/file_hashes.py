"""The sha256 of files, remembered for as long as a file is the same by size, times and inode.

Hashing the prepared models of `invoice` takes a tenth of a second at every start, for files that hardly ever change.
Git's index trusts the same signs (its documentation, `racy-git`), and as there a file is remembered only once it has
been left alone for a moment, so that a change within one tick of the file system's clock cannot hide.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from docpipe.files.atomic import write_atomic

log = logging.getLogger("docpipe.runtime")

FILE = "file-hashes.json"
SETTLED_NS = 2_000_000_000
"""A file that changed less than this ago, in nanoseconds, is hashed again next time."""

Signs = tuple[int, int, int, int]
"""Size in bytes, times of the last change of content and of anything at all in nanoseconds, inode."""


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FileHashes:
    """Remembers hashes in a file of the cache. Safe from any thread; of two processes the later one's memory stays."""

    def __init__(self, cache: Path, now_ns: Callable[[], int] = time.time_ns) -> None:
        """Read what is remembered; what cannot be read is forgotten."""
        self._file, self._now_ns = cache / FILE, now_ns
        self._lock = threading.Lock()
        self._known = self._read()

    def sha256_of(self, path: Path) -> str:
        """Return the sha256 of a file, without reading it where it is the one that was hashed before.

        Raises:
            OSError: it cannot be read.
        """
        signs, key = _signs_of(path), str(path)
        with self._lock:
            known = self._known.get(key)
        if known is not None and known[0] == signs:
            return known[1]
        sha256 = sha256_of(path)
        if _signs_of(path) == signs and max(signs[1], signs[2]) + SETTLED_NS < self._now_ns():
            with self._lock:
                self._known[key] = (signs, sha256)
                self._write()
        return sha256

    def _read(self) -> dict[str, tuple[Signs, str]]:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
            return {
                str(path): ((int(size), int(changed), int(touched), int(inode)), str(sha256))
                for path, (size, changed, touched, inode, sha256) in content.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self) -> None:
        kept = {path: [*signs, sha256] for path, (signs, sha256) in self._known.items() if Path(path).exists()}
        try:
            write_atomic(self._file, json.dumps(kept, indent=0) + "\n", durable=False)
        except OSError as e:
            log.info("docpipe.file_hashes_not_saved path=%s error=%s", self._file, e.strerror)


@lru_cache(maxsize=8)
def hashes_in(cache: Path) -> FileHashes:
    """Return the memory of a cache directory, one a process."""
    return FileHashes(cache)


def _signs_of(path: Path) -> Signs:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
