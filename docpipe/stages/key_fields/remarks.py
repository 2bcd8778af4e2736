"""A note to the document, behind its label: `Notes:`, `Uwagi:`. What asks for payment or thanks is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.layout import Cell, join_polygons
from docpipe.stages.key_fields.payment_terms import stands_as_label
from docpipe.stages.key_fields.term_words import fold_marks, term_patterns

PATH = "remarks"
INLINE, BELOW, LONG = 0.85, 0.75, 0.6
"""How sure a note is in the line of its label, below it, and over several lines."""
MOST_LINES = 3
NEAR = 0.8
LONGEST = 300
FEWEST = 8
"""So many letters a note has at least."""


def with_remarks(page: PageView, fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields with the note of an invoice, where exactly one stands behind a label."""
    if page.compiled.pack.family != "invoice" or page.compiled.pack.language == "zh" or PATH in fields:
        return dict(fields)
    found = list(_notes(page))
    if len({text for text, *_ in found}) != 1:
        return dict(fields)
    text, score, cells = found[0]
    note = KeyField(
        value=text,
        raw=text,
        confidence=round(score * min(1.0, 0.5 + min(cell.confidence for cell in cells) / 2), 4),
        source="rule",
        source_id=f"{page.compiled.name}.{PATH}",
        page=cells[0].page,
        polygon=join_polygons(cells),
        line_ids=tuple(line for cell in cells for line in cell.line_ids),
    )
    return {**fields, PATH: note}


def _notes(page: PageView) -> Iterator[tuple[str, float, tuple[Cell, ...]]]:
    words = term_patterns()
    for cell in page.layout.cells:
        label = words.note.begins(cell.folded)
        if label is None:
            continue
        inline = cell.text[label.end() :].strip(" :")
        below = None if inline else next(iter(page.layout.below(cell, 1)), None)
        first = cell if inline else below
        if first is None or (below is not None and below.box[1] - cell.box[3] > 2 * cell.height):
            continue
        cells = (first, *_lines_below(page, first, cell))
        text = " ".join((inline or first.text, *(other.text for other in cells[1:])))
        folded = fold_marks(text)
        said = words.asks.search(folded) or words.span.search(folded) or words.no_note.search(folded)
        if not said and sum(c.isalpha() for c in text) >= FEWEST and len(text) <= LONGEST and " " in text:
            yield text, LONG if len(cells) > 1 else INLINE if inline else BELOW, cells


def _lines_below(page: PageView, first: Cell, label: Cell) -> Iterator[Cell]:
    """Yield the lines right below a note's first line, in its column, up to a gap or a label."""
    last = first
    for _ in range(MOST_LINES - 1):
        below = next(iter(page.layout.below(last, 1)), None)
        if below is None or below.box[1] - last.box[3] > NEAR * last.height:
            return
        if any(stands_as_label(below, hit) for hit in page.hits[below.index]):
            return
        if min(abs(below.box[0] - at.box[0]) for at in (first, label)) > 1.5 * last.height:
            return
        yield below
        last = below
