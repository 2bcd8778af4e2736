"""Documents for tests, written as rows of texts with the x where each begins."""

from __future__ import annotations

from collections.abc import Sequence

from docpipe.document import Document, Page, TextLine, polygon_of
from docpipe.stages.key_fields.compiled_pack import shipped_packs
from docpipe.stages.key_fields.extract import Extraction, extract_fields

HEIGHT, WIDE = 20, 11
Placed = Sequence[tuple[int, str]]


def document(*rows: Placed | str, step: int = 30) -> Document:
    """Return a document of one page: a text is a row at the left, `""` an empty row."""
    lines = []
    for number, row in enumerate(rows):
        y = 20 + number * step
        for x, text in [(20, row)] if isinstance(row, str) else row:
            if text:
                wide = sum(2 * WIDE if c > "\u2e80" else WIDE for c in text)
                lines.append(TextLine(f"1-{len(lines) + 1}", text, 1.0, polygon_of((x, y, x + wide, y + HEIGHT))))
    page = Page(1, 1200, 40 + step * len(rows), lines=tuple(lines))
    return Document("id", "a.png", "", "image/png", 1, 1, (page,))


def reading(*rows: Placed | str, pack: str = "auto") -> Extraction:
    """Return what the shipped rules read from such a document."""
    return extract_fields(document(*rows), shipped_packs(), pack)


def values(found: Extraction) -> dict[str, str | None]:
    """Return the value of each field."""
    return {path: field.value for path, field in found.fields.items()}


def items(found: Extraction) -> list[dict[str, str | None]]:
    """Return the values of each line item."""
    return [{name: cell.value for name, cell in row.items()} for row in found.line_items]
