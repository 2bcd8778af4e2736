"""Labelled documents: a file of JSON lines in, documents with the values of their fields out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docpipe.document import Document
from docpipe.errors import Complaint, ConfigError
from docpipe.lab.evaluation.conventions import Conventions
from docpipe.lab.evaluation.labels import canonical_fields, entries_of, read_label, stated_conventions
from docpipe.lab.evaluation.typed import document_of


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document and what its labels say: canonical path to text. Fields that are not named are not known."""

    id: str
    document: Document
    fields: Mapping[str, str]


def read_labels(path: Path) -> list[Labelled]:
    """Return the labelled documents of a file that carry their lines; `docs/training.md` describes the format.

    Raises:
        ConfigError: the file is not there, a line is no JSON object, lacks `fields`, or has lines without a place.
    """
    conventions = stated_conventions(path)
    return [
        read_entry(entry, path, number, conventions) for number, entry in training_entries(path) if entry.get("lines")
    ]


def training_entries(path: Path) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the documents of a labels file, each with the number of its line.

    Raises:
        ConfigError: the file is not there, or a document has no `fields`.
    """
    found: list[tuple[int, Mapping[str, Any]]] = []
    for number, entry in entries_of(path):
        if "conventions" in entry and entry.keys() <= {"conventions", "file"}:
            continue
        if not isinstance(entry.get("fields"), dict):
            complaint = "not a labelled document: it needs `fields`; docs/training.md shows one"
            raise ConfigError(path, [Complaint(number, "", complaint)])
        found.append((number, entry))
    return found


def read_entry(entry: Mapping[str, Any], path: Path, number: int, conventions: Conventions) -> Labelled:
    """Return an entry with its typed lines.

    Raises:
        ConfigError: a line has no text or no polygon.
    """
    name = f"{path.stem}:{number}"
    try:
        document = document_of(entry, name)
    except (LookupError, TypeError, ValueError) as e:
        complaint = f"its lines need `text` and `polygon`: {e!r}; docs/training.md shows one"
        raise ConfigError(path, [Complaint(number, "", complaint)]) from e
    return Labelled(str(entry.get("id") or entry.get("file") or name), document, fields_of(entry, conventions))


def fields_of(entry: Mapping[str, Any], conventions: Conventions) -> dict[str, str]:
    """Return an entry's labels by canonical path; names that no field has are left out."""
    return canonical_fields(read_label({"fields": entry["fields"]}), conventions)
