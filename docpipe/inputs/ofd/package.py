"""The files inside an OFD file, each read within bounds."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from io import BytesIO
from typing import Any

from docpipe.errors import InputTooLarge, InputUnreadable
from docpipe.inputs.einvoice.xml_parser import MAX_BYTES, parse_xml

ROOT = "OFD.xml"
MOST_FILES = 5_000
MOST_UNPACKED = 256 << 20
"""Bytes unpacked of one package in all; a ZIP may claim a thousand times its size."""


class Package:
    """An OFD file's parts by their paths. Holds the file's bytes."""

    def __init__(self, path: str, data: bytes) -> None:
        """Open the package.

        Raises:
            InputUnreadable: no ZIP, or damaged.
            InputTooLarge: too many files inside.
        """
        self._path, self._left = path, MOST_UNPACKED
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as e:
            raise InputUnreadable(f"{path}: the OFD file is cut short or damaged ({e}).") from e
        names = self._zip.namelist()
        if len(names) > MOST_FILES:
            raise InputTooLarge(f"{path}: {len(names):,} files inside, over the bound of {MOST_FILES:,}.")
        self._names = {name.lower(): name for name in names}

    def has(self, name: str) -> bool:
        """Tell whether there is a part of that path, in capitals or not."""
        return name.lower() in self._names

    def read(self, name: str) -> bytes:
        """Return a part's bytes.

        Raises:
            InputUnreadable: missing, encrypted or damaged.
            InputTooLarge: over a bound.
        """
        try:
            with self._zip.open(self._names[name.lower()]) as file:
                data = file.read(min(MAX_BYTES, self._left) + 1)
        except KeyError as e:
            raise InputUnreadable(f"{self._path}: the part {name} is missing.") from e
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as e:
            raise InputUnreadable(f"{self._path}: the part {name} cannot be unpacked ({e}).") from e
        self._left -= len(data)
        if len(data) > MAX_BYTES or self._left < 0:
            raise InputTooLarge(f"{self._path}: the part {name} unpacks to more than the bounds allow.")
        return data

    def xml(self, name: str) -> Any:
        """Return the root element of a part; raises as `read` does, and where it is no XML."""
        return parse_xml(self.read(name), f"{self._path}, {name}")

    def close(self) -> None:
        """Free the bytes."""
        self._zip.close()


def is_ofd(data: bytes) -> bool:
    """Tell an OFD file from other ZIP archives by the part that every one has."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return any(name.lower() == ROOT.lower() for name in archive.namelist()[:MOST_FILES])
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def resolve_path(name: str, beside: str) -> str:
    """Return the path of a part that another one names: from the root where it starts with `/`, else beside it."""
    if name.startswith("/"):
        return posixpath.normpath(name.lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(beside), name))
