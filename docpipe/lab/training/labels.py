"""Labelled documents: a file of JSON lines in, documents with the values of their fields out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docpipe.document import Document, Page, TextLine
from docpipe.errors import InputError
from docpipe.stages.key_fields.evaluate import ALIASES
from docpipe.stages.key_fields.pack import FIELD_TYPES


@dataclass(frozen=True, slots=True)
class Labelled:
    """A document and what its labels say: canonical path to text. Fields that are not named are not known."""

    id: str
    document: Document
    fields: Mapping[str, str]


def read_labels(path: Path) -> list[Labelled]:
    """Return the labelled documents of a file that carry their lines; `docs/training.md` describes the format.

    Raises:
        InputError: the file is not there, a line is no JSON object, or lacks `fields`.
    """
    return [labelled(entry, f"{path.stem}:{number}") for number, entry in entries_of(path) if entry.get("lines")]


def entries_of(path: Path) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the objects of a file of JSON lines, each with the number of its line.

    Raises:
        InputError: the file is not there, or a line is no JSON object with `fields`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise InputError(f"{path} cannot be read: {e}; name a labels.jsonl or its folder") from e
    found: list[tuple[int, Mapping[str, Any]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as e:
            raise InputError(f"{path}:{number}: not JSON: {e}") from e
        if not isinstance(entry, dict) or not isinstance(entry.get("fields"), dict):
            raise InputError(f"{path}:{number}: not a labelled document: it needs `fields`; docs/training.md shows one")
        found.append((number, entry))
    return found


def labelled(entry: Mapping[str, Any], name: str) -> Labelled:
    """Return an entry with its typed lines.

    Raises:
        InputError: a line has no text or no polygon.
    """
    try:
        document = document_of(entry["lines"], _sizes(entry), name)
    except (LookupError, TypeError, ValueError) as e:
        raise InputError(f"{name}: its lines need `text` and `polygon`: {e!r}; docs/training.md shows one") from e
    return Labelled(str(entry.get("id") or entry.get("file") or name), document, fields_of(entry))


def fields_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return an entry's labels by canonical path; names that no field has are left out."""
    named = {ALIASES.get(key, key): str(value) for key, value in entry["fields"].items() if value not in (None, "")}
    return {path: value for path, value in named.items() if path in FIELD_TYPES}


def _sizes(entry: Mapping[str, Any]) -> list[tuple[int, int]]:
    if "page_sizes" in entry:
        return [(round(w), round(h)) for w, h in entry["page_sizes"]]
    corners = [point for line in entry["lines"] for point in line["polygon"]]
    width = entry.get("width") or max((x for x, _ in corners), default=1)
    height = entry.get("height") or max((y for _, y in corners), default=1)
    return [(round(width), round(height))]


def document_of(lines: Sequence[Mapping[str, Any]], sizes: Sequence[tuple[int, int]], name: str) -> Document:
    """Return a document of typed lines; `page` of a line counts from 0."""
    pages = []
    for number, (width, height) in enumerate(sizes):
        own = [line for line in lines if line.get("page", 0) == number]
        pages.append(
            Page(
                number + 1, width, height,
                lines=tuple(
                    TextLine(f"{number + 1}-{at}", str(line["text"]), float(line.get("confidence", 1.0)),
                             tuple((float(x), float(y)) for x, y in line["polygon"]))  # type: ignore[arg-type]
                    for at, line in enumerate(own, start=1)
                ),
            )
        )  # fmt: skip
    return Document(name, name, "", "", 0, len(pages), tuple(pages))
