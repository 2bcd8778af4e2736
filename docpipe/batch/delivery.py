"""Tells other programs of a result: a command, or an HTTP POST with a signed body. Tried again with growing pauses."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import logging
import os
import shlex
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from docpipe.errors import UsageError

log = logging.getLogger("docpipe.batch")

SECRET = "DOCPIPE_WEBHOOK_SECRET"  # noqa: S105 - a name
"""The environment variable with the key of the signature."""
Target = Literal["exec", "webhook"]
HANGS = "it takes"
"""How the problem of a call that does not come back begins."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0)
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Delivery:
    """Who is told of each result; nobody where both are left out."""

    command: tuple[str, ...] = ()
    """Called with the path of the result's file as its last argument."""
    url: str = ""
    secret: str = ""
    sleep: Callable[[float], object] = lambda seconds: None
    stopping: Callable[[], bool] = lambda: False
    """Whether there is no time left to try again."""
    pauses_s: Sequence[float] = PAUSES_S
    timeout_s: float = TIMEOUT_S

    @classmethod
    def of(
        cls,
        command: str | None,
        url: str | None,
        secret: str,
        sleep: Callable[[float], object],
        stopping: Callable[[], bool] = lambda: False,
    ) -> Delivery:
        """Return what a command line asks for.

        Raises:
            UsageError: a URL that is none of HTTP, or an empty command.
        """
        if url and not url.startswith(("http://", "https://")):
            raise UsageError(f"--webhook {url}: write http://… or https://…")
        words = tuple(shlex.split(command)) if command is not None else ()
        if command is not None and not words:
            raise UsageError("--exec is empty; name a command")
        return cls(words, url or "", secret, sleep, stopping)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Who is told, in order."""
        return (*(("exec",) if self.command else ()), *(("webhook",) if self.url else ()))

    def deliver(self, target: Target, output: Path, key: str, *, repeated: bool = False) -> bool:
        """Tell one of the targets of one result; False where that failed.

        Args:
            target: one of `targets`.
            output: the result's file.
            key: stays the same when the result is told again.
            repeated: whether it may have been told before; so is every try but the first.
        """
        for number, pause in enumerate((*self.pauses_s, None)):
            again = repeated or number > 0
            problem = self._run(output, key, again) if target == "exec" else self._post(output, key, again)
            if not problem:
                return True
            left = None if problem.startswith(HANGS) else pause  # a call that hangs would hold up all others
            log.warning("docpipe.not_delivered by=%s again_in_s=%s reason=%r", target, left, problem)
            if left is None or self.stopping():
                return False
            self.sleep(left)
        return False

    def _run(self, output: Path, key: str, again: bool) -> str:
        """Return why the command failed, "" where it did not. One that hangs is ended with all that it started."""
        environment = os.environ | {"DOCPIPE_IDEMPOTENCY_KEY": key, "DOCPIPE_REPEATED": "1" if again else "0"}
        with tempfile.TemporaryFile() as said:  # no pipe: what the command leaves behind may hold it open
            try:
                process = subprocess.Popen(
                    [*self.command, str(output)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    env=environment,
                    start_new_session=True,
                )
            except OSError as e:
                return str(e)
            try:
                code = process.wait(self.timeout_s)
            except subprocess.TimeoutExpired:
                _end_session(process)
                return f"{HANGS} longer than {self.timeout_s:g} s, and was ended"
            said.seek(max(0, said.seek(0, os.SEEK_END) - 200))
            return "" if code == 0 else f"it ended with {code}: {said.read(200)!r}"

    def _post(self, output: Path, key: str, again: bool) -> str:
        """Return why the POST failed, "" where the answer was 2xx."""
        try:
            body = output.read_bytes()
        except OSError as e:
            return f"the result is gone: {e.strerror}"
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        headers["X-Docpipe-Repeated"] = "1" if again else "0"
        if self.secret:
            headers["X-Docpipe-Signature"] = sign(body, self.secret)
        request = urllib.request.Request(self.url, data=body, headers=headers, method="POST")  # noqa: S310 - checked in `of`
        try:
            with _OPENER.open(request, timeout=self.timeout_s):
                return ""
        except TimeoutError:
            return f"{HANGS} longer than {self.timeout_s:g} s"
        except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as e:
            return str(e) or type(e).__name__


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """End a command and what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, OSError):  # no such thing as groups here, or it is gone by now
        process.kill()
    process.wait()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for a failure: it would be followed by a GET without the body, and its 200 says nothing."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def sign(body: bytes, secret: str) -> str:
    """Return `sha256=` and the HMAC (RFC 2104) of a body, as hexadecimal digits."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
