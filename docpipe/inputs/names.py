"""The names of documents and of their results: one line, UTF-8, inside the output folder, and never two alike."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import PurePosixPath

MAX_NAME_BYTES = 200
"""File systems allow 255; what is left is for suffixes and for the name of a temporary file."""

_HEX_PAIR = re.compile(rb"%(?=[0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\udc80-\udcff]")
_LIKE_A_RESULT = re.compile(r"\.(json|jsonl|csv)~*")


def printable(name: str) -> str:
    """Return a file's name as valid UTF-8 on one line.

    Control characters, line separators and bytes that are not UTF-8 become `%XX`, as in a URL, and so does a `%` which
    could be taken for the start of one. No two names become the same, and ordinary names stay as they are.
    """
    raw = _HEX_PAIR.sub(b"%25", os.fsencode(name))
    text = raw.decode("utf-8", "surrogateescape")
    return _CONTROL.sub(lambda m: "".join(f"%{b:02X}" for b in os.fsencode(m[0])), text)


def display_path(parts: tuple[str, ...]) -> str:
    """Return the path of a document below its root as results show it."""
    return "/".join(printable(part) for part in parts)


def output_name(path: str) -> PurePosixPath:
    """Return where the result of the document shown as `path` goes, below the output folder and without a suffix.

    The input's own suffix stays, so `a.png` and `a.jpg` do not collide. Parts that would leave the folder (`..`) or
    exceed a file system's limit are replaced by names that end in a hash.
    """
    *folders, name = [part for part in path.split("/") if part] or ["document"]
    return PurePosixPath(*(_safe(_folder(part)) for part in folders), _safe(name))


def _folder(part: str) -> str:
    """Keep a folder called `a.png.json` out of the way of the result of `a.png`."""
    return f"{part}~" if _LIKE_A_RESULT.search(part, max(0, part.rfind("."))) else part


def _safe(part: str) -> str:
    raw = part.encode()
    if part in (".", ".."):
        return "%2E" * len(part)
    if len(raw) <= MAX_NAME_BYTES:
        return part
    digest = hashlib.sha256(raw).hexdigest()[:12]
    return f"{raw[: MAX_NAME_BYTES - 13].decode('utf-8', 'ignore')}~{digest}"
