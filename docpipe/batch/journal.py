"""The run journal: one JSON line for each document that a run has finished, so that `--resume` is exact.

A result file is written before its line, both whole. A process killed between the two leaves a result without a line;
it is recognised by the content and configuration hashes that the result itself holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from docpipe.files.append import append_line
from docpipe.result import Result

NAME = "docpipe-run.jsonl"
PASSING = frozenset({"timeout", "worker_died", "out_of_memory", "ladder_exhausted", "internal", "extra_missing"})
"""Codes of failures that another try, or an installation, may mend; every other result is final for what was read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished document."""

    path: str
    output: str
    sha256: str
    config_sha256: str
    status: str
    codes: tuple[str, ...] = ()
    file: str = ""
    """Where the document lay, absolute, so that it can be read again; empty where it came from standard input."""
    parts: tuple[str, ...] = ()
    """The outputs of the documents that a file was split into; it has none of its own then."""

    @classmethod
    def of(cls, result: Result, output: str, file: str = "") -> Entry:
        return cls(
            path=result.document.path,
            output=output,
            sha256=result.document.sha256,
            config_sha256=result.produced_by.config_sha256,
            status=result.status,
            codes=tuple(dict.fromkeys(error.code for error in result.errors)),
            file=file,
        )

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files that hold its results, below the output folder."""
        return self.parts or (self.output,)

    @property
    def final(self) -> bool:
        """False where another try may do better."""
        return self.status != "failed" or not PASSING.intersection(self.codes)


class Journal:
    """Appends to the journal of one output folder, and knows what earlier runs finished there."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._folder = folder

    def entries(self) -> dict[str, Entry]:
        """Return the last entry of each output. A torn last line, left by a killed process, is passed over."""
        return {entry.output: entry for entry in self.lines()}

    def lines(self) -> Iterator[Entry]:
        """Yield the entries as they were written, one at a time."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="surrogatepass") as file:
            for line in file:
                try:
                    data: dict[str, Any] = json.loads(line)
                    yield Entry(**(data | {"codes": tuple(data["codes"]), "parts": tuple(data.get("parts", ()))}))
                except (ValueError, TypeError, KeyError):
                    continue

    def find_finished(self, known: dict[str, Entry], output: str, sha256: str, config_sha256: str) -> Entry | None:
        """Return the entry of a document that is finished with this content and configuration, else None."""
        entry = known.get(output)
        if entry is not None and entry.parts:
            if any(read_result(self._folder / part) is None for part in entry.outputs):
                return None
        elif (result := read_result(self._folder / output)) is None:
            return None  # gone, or damaged since
        elif entry is None:
            entry = Entry.of(result, output)
            self.append(entry)
        if entry.final and (entry.sha256, entry.config_sha256) == (sha256, config_sha256):
            return entry
        return None

    def append(self, entry: Entry) -> None:
        """Add one line, in a single write, so that a kill tears at most the last line."""
        append_line(self.path, json.dumps(asdict(entry), ensure_ascii=False))


def read_result(path: Path) -> Result | None:
    """Return the result in a file; None where there is none, or none that is whole."""
    try:
        return Result.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
