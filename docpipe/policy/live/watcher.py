"""Watches a policy file and puts a changed one in force; an invalid one changes nothing.

What counts is the content, not the file's time or inode: a Kubernetes ConfigMap is swapped by a symbolic link. The
directory is watched, and the content looked at every few seconds besides, for mounts that send no event. (A ConfigMap
mounted with `subPath` never changes at all, kubernetes#50345.)
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from docpipe.policy.core.plan import Plan

_log = logging.getLogger("docpipe.policy")


class PolicyWatcher:
    """Looks at a file, or at all files of a directory, and reloads what changed.

    Args:
        path: what `load` reads; watched with its directory.
        load: reads and checks it; whatever it raises refuses the file.
        apply: puts a plan in force, usually `PolicyEngine.reload`.
        on_refused: is told why a file was refused, once for each content; the log is told too.
        look_every_s: how often the content is looked at when no event comes.
    """

    def __init__(
        self,
        path: Path,
        load: Callable[[Path], Plan],
        apply: Callable[[Plan], bool],
        *,
        on_refused: Callable[[Exception], None] | None = None,
        look_every_s: float = 5.0,
    ) -> None:
        self._path, self._load, self._apply, self._on_refused = path, load, apply, on_refused
        self._look_every_ms = round(look_every_s * 1000)
        self._seen: bytes | None = None  # the first look loads, so that no change since start-up is missed
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None
        self.refused: Exception | None = None
        """Why the present content is not in force, or None."""

    def start(self) -> None:
        """Start watching in a thread of its own; a second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="docpipe-policy-file", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2 * self._look_every_ms / 1000)

    def look(self) -> bool:
        """Look at the content now; return whether another plan was put in force. Never raises."""
        with self._lock:
            content = content_of(self._path)
            if content == self._seen:
                return False
            self._seen = content
            try:
                changed = self._apply(self._load(self._path))
            except Exception as e:
                self.refused = e
                _log.error("docpipe.policy_refused file=%s error=%r", self._path, str(e))
            else:
                self.refused = None
                _log.info("docpipe.policy_loaded file=%s changed=%s", self._path, changed)
                return changed
        if self._on_refused is not None:
            self._on_refused(self.refused)
        return False

    def _run(self) -> None:
        import watchfiles  # brings asyncio along, which a run that watches nothing does without

        where = self._path if self._path.is_dir() else self._path.parent
        for _ in watchfiles.watch(
            where,
            watch_filter=None,
            stop_event=self._stop,
            rust_timeout=self._look_every_ms,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            self.look()


def content_of(path: Path) -> bytes:
    """Return a hash of a file, or of a directory's visible files and their names; empty where it cannot be read."""
    whole = blake2b(digest_size=16)
    try:
        files = sorted(p for p in path.iterdir() if not p.name.startswith(".")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() or file == path:
                whole.update(file.name.encode("utf-8", "surrogateescape") + b"\0" + file.read_bytes() + b"\0")
    except OSError:
        return b""
    return whole.digest()
