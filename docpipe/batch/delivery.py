"""Tells other programs of a result: a command, or an HTTP POST with a signed body. Tried again with growing pauses."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import logging
import os
import shlex
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docpipe.errors import UsageError

log = logging.getLogger("docpipe.batch")

SECRET = "DOCPIPE_WEBHOOK_SECRET"  # noqa: S105 - a name
"""The environment variable with the key of the signature."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Delivery:
    """Who is told of each result; nobody where both are left out."""

    command: tuple[str, ...] = ()
    """Called with the path of the result's file as its last argument."""
    url: str = ""
    secret: str = ""
    sleep: Callable[[float], None] = lambda seconds: None
    pauses_s: Sequence[float] = PAUSES_S
    timeout_s: float = TIMEOUT_S

    @classmethod
    def of(cls, command: str | None, url: str | None, secret: str, sleep: Callable[[float], None]) -> Delivery:
        """Return what a command line asks for.

        Raises:
            UsageError: a URL that is none of HTTP, or an empty command.
        """
        if url and not url.startswith(("http://", "https://")):
            raise UsageError(f"--webhook {url}: write http://… or https://…")
        words = tuple(shlex.split(command)) if command is not None else ()
        if command is not None and not words:
            raise UsageError("--exec is empty; name a command")
        return cls(words, url or "", secret, sleep)

    def deliver(self, output: Path, key: str) -> bool:
        """Tell of one result, with a `key` that stays the same when it is told again; False where that failed."""
        reached = True
        if self.command:
            reached = self._try("exec", lambda: self._run(output))
        if self.url:
            reached = self._try("webhook", lambda: self._post(output, key)) and reached
        return reached

    def _try(self, what: str, attempt: Callable[[], str]) -> bool:
        for pause in (*self.pauses_s, None):
            problem = attempt()
            if not problem:
                return True
            log.warning("docpipe.not_delivered by=%s again_in_s=%s reason=%r", what, pause, problem)
            if pause is not None:
                self.sleep(pause)
        return False

    def _run(self, output: Path) -> str:
        """Return why the command failed, "" where it did not."""
        with tempfile.TemporaryFile() as said:  # no pipe: what the command leaves behind may hold it open
            try:
                done = subprocess.run(
                    [*self.command, str(output)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    timeout=self.timeout_s,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as e:
                return str(e)
            said.seek(max(0, said.seek(0, os.SEEK_END) - 200))
            return "" if done.returncode == 0 else f"it ended with {done.returncode}: {said.read(200)!r}"

    def _post(self, output: Path, key: str) -> str:
        """Return why the POST failed, "" where the answer was 2xx."""
        try:
            body = output.read_bytes()
        except OSError as e:
            return f"the result is gone: {e.strerror}"
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if self.secret:
            headers["X-Docpipe-Signature"] = sign(body, self.secret)
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")  # noqa: S310 - checked in `of`
        try:
            with _OPENER.open(request, timeout=self.timeout_s):
                return ""
        except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as e:
            return str(e) or type(e).__name__


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for a failure: it would be followed by a GET without the body, and its 200 says nothing."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def sign(body: bytes, secret: str) -> str:
    """Return `sha256=` and the HMAC (RFC 2104) of a body, as hexadecimal digits."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
