"""What a program may hand in as a document, and what is said of anything else."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from docpipe.errors import InputUnreadable
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.names import printable
from docpipe.inputs.source import Source

DocumentInput = Source | str | Path | bytes | bytearray | memoryview | BinaryIO | NDArray[Any] | PIL.Image.Image
"""What may be opened: a source, a path, a file's bytes, a binary stream (read from where it stands), an array (BGR, as
OpenCV has it) or a Pillow image."""

ACCEPTED = (
    "a path (str or pathlib.Path), a file's bytes, a binary stream such as io.BytesIO or open(path, 'rb'), "
    "a numpy array (BGR), a Pillow image, or a docpipe Source"
)


def is_stream(given: object) -> bool:
    """Tell whether something is read like a file opened for bytes."""
    return callable(getattr(given, "read", None)) and not isinstance(given, (io.TextIOBase, PIL.Image.Image))


def check_accepted(given: object) -> None:
    """Refuse what is no document at all: a mistake in the program, not in a file.

    Raises:
        TypeError: naming what is accepted.
    """
    if isinstance(given, (Source, str, Path, bytes, bytearray, memoryview, np.ndarray, PIL.Image.Image)):
        return
    if isinstance(given, io.TextIOBase) or (is_stream(given) and _gives_text(given)):
        raise TypeError(f"a stream of text ({type(given).__name__}): open the file with mode 'rb'. Pass {ACCEPTED}.")
    if not is_stream(given):
        raise TypeError(f"{type(given).__name__} is no document. Pass {ACCEPTED}.")


def _gives_text(stream: Any) -> bool:
    """Tell whether a stream that does not say so by its type, such as a temporary file's wrapper, gives text."""
    try:
        return isinstance(stream.read(0), str)
    except Exception:
        return False  # reading it says why


def name_of(given: object) -> str:
    """Return what results call an input that was given no name: a file's own name, or `document`."""
    if isinstance(given, Source):
        return given.path
    path = given if isinstance(given, (str, Path)) else getattr(given, "name", None) if is_stream(given) else None
    return (os.path.basename(path) if isinstance(path, (str, Path)) else "") or "document"


def read_stream(stream: Any, name: str, limits: InputLimits) -> Source:
    """Return what a binary stream still holds, as a source; no more than one byte over the bound is read.

    Raises:
        InputUnreadable: the stream is closed or fails.
        TypeError: it gives something other than bytes.
    """
    parts: list[bytes] = []
    left = limits.max_bytes + 1
    try:
        while left and (part := stream.read(left)):
            if not isinstance(part, (bytes, bytearray, memoryview)):
                raise TypeError(f"a stream that gives {type(part).__name__}, not bytes. Pass {ACCEPTED}.")
            parts.append(bytes(part))
            left -= min(left, len(part))
    except (OSError, ValueError) as e:
        raise InputUnreadable(f"{name}: the stream cannot be read ({e}).") from e
    return Source(printable(name), data=b"".join(parts))
