"""Documents of typed lines: what the key_fields stage would get, taken from labels instead of from pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docpipe.document import Document, Page, TextLine


def document_of(entry: Mapping[str, Any], name: str) -> Document:
    """Return the document of a labels entry's `lines`.

    Without a size, the page ends where its last line does.

    Raises:
        LookupError, TypeError, ValueError: a line has no text or no polygon of four points.
    """
    return document_of_lines(entry["lines"], _sizes(entry), name)


def document_of_lines(lines: Sequence[Mapping[str, Any]], sizes: Sequence[tuple[int, int]], name: str) -> Document:
    """Return a document of lines, each an object with `text`, `polygon` (pixels) and perhaps `page`, from 0."""
    pages = []
    for number, (width, height) in enumerate(sizes, 1):
        own = [line for line in lines if line.get("page", 0) == number - 1]
        texts = tuple(_line(line, f"{number}-{at}") for at, line in enumerate(own, 1))
        pages.append(Page(number, width, height, lines=texts))
    return Document(name, name, "", "", 0, len(pages), tuple(pages))


def _line(line: Mapping[str, Any], name: str) -> TextLine:
    a, b, c, d = ((float(x), float(y)) for x, y in line["polygon"])
    return TextLine(name, str(line["text"]), float(line.get("confidence", 1.0)), (a, b, c, d))


def _sizes(entry: Mapping[str, Any]) -> list[tuple[int, int]]:
    if "page_sizes" in entry:
        return [(round(w), round(h)) for w, h in entry["page_sizes"]]
    corners = [point for line in entry["lines"] for point in line["polygon"]]
    width = entry.get("width") or max((x for x, _ in corners), default=1)
    height = entry.get("height") or max((y for _, y in corners), default=1)
    return [(round(width), round(height))]
