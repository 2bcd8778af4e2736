"""A folder of results, as `docpipe run --out` wrote it: read back one at a time, in the order of its journal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docpipe.batch.corrections import Corrections
from docpipe.batch.journal import Entry, Journal, read_result
from docpipe.errors import UsageError
from docpipe.result import Result

REPORT = "report.html"
"""The report's first page, beside the results; all else of it lies in a folder of the same name without the suffix."""
NOT_RESULTS = ("report",)
"""Folders beside the results that hold something else."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A result and where it lies: `output` below the folder, `file` the document's own path, empty where not known."""

    output: str
    result: Result
    file: str = ""


def stored_results(out: Path, *, corrected: bool = False) -> Iterator[Stored]:
    """Yield the results of a folder, by the path of their files; damaged ones are passed over.

    Raises:
        UsageError: there is no such folder, or it holds no result.
    """
    if not out.is_dir():
        raise UsageError(f"{out}: there is no such folder; name one that `docpipe run --out` wrote")
    corrections = Corrections(out) if corrected else None
    found = False
    for output, entry in sorted(_outputs(out).items()):
        result = read_result(out / output)
        if result is None:
            continue
        found = True
        if corrections is not None:
            result = corrections.apply(result, output)
        yield Stored(output, result, "" if entry is None else entry.file)
    if not found:
        raise UsageError(f"{out} holds no results; name a folder that `docpipe run --out` wrote")


def open_results(out: str | Path, *, corrected: bool = False) -> Iterator[Result]:
    """Yield the results in a folder of `docpipe run --out`, one at a time; with `corrected` as people left them.

    Raises:
        UsageError: there is no such folder, or it holds no result.
    """
    for stored in stored_results(Path(out), corrected=corrected):
        yield stored.result


def anchor_of(path: str) -> str:
    """Return where a report shows the document of that path."""
    return f"d-{hashlib.sha256(path.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def _outputs(out: Path) -> dict[str, Entry | None]:
    entries = Journal(out).entries()
    if entries:
        return {output: entry for entry in entries.values() for output in entry.outputs}
    files = (file.relative_to(out) for file in out.rglob("*.json"))
    return {file.as_posix(): None for file in files if file.parts[0] not in NOT_RESULTS}
