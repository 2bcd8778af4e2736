"""Tables whose texts stand apart from each other: in the middle of each its numbers, or on its first line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docpipe.stages.key_fields.line_items.table_rows import BodyRow
from docpipe.stages.key_fields.line_items.vocabulary import NUMERIC

WIDEST = 0.9
"""Lines of one text stand closer than this many line heights."""
IN_MIDDLE = 0.3
"""Numbers stand in the middle of a text where their middles are apart by less than so many line heights."""
OFF_FIRST = 0.4
"""And below its first line by more than so many."""

APART = 0.35
"""Texts whose numbers stand on their first lines are apart by so many line heights more than their lines are."""

Words = tuple[int, float, float]
"""A row's place in the table, and the top and bottom of its words in pixels."""


@dataclass(frozen=True)
class Texts:
    """The rows that the text of each row of goods runs over, by its number, and where its numbers stand."""

    rows: Mapping[int, range]
    centred: bool


def find_texts(rows: Sequence[BodyRow], heads: Sequence[int]) -> Texts | None:
    """Return the texts of a table, or None where none has several lines or they do not stand apart.

    Lines are parted into texts where they stand further apart; each text must hold the numbers of one row at most,
    and each row of goods must stand in one.
    """
    lines = [_words_of(rows, n) for n, row in enumerate(rows) if row.placed.get("description")]
    if len(lines) <= len(heads) or len({row.page for row in rows}) > 1:
        return None
    height = median(bottom - top for _, top, bottom in lines)
    gaps = sorted({b[1] - a[2] for a, b in pairwise(lines)}, reverse=True)
    for gap in gaps:
        if gap > WIDEST * height:
            continue
        found = _assign(rows, heads, _part(lines, gap))
        if found is not None:
            return _checked(rows, found, lines, height)
    return None


def _words_of(rows: Sequence[BodyRow], n: int) -> Words:
    boxes = [piece.cell.box for piece in rows[n].placed["description"]]
    return n, min(box[1] for box in boxes), max(box[3] for box in boxes)


def _part(lines: Sequence[Words], gap: float) -> list[list[Words]]:
    """Return the texts: lines go on with the one above where they stand no further apart than `gap`."""
    texts = [[lines[0]]]
    for above, line in pairwise(lines):
        if line[1] - above[2] > gap:
            texts.append([])
        texts[-1].append(line)
    return texts


def _assign(
    rows: Sequence[BodyRow], heads: Sequence[int], texts: Sequence[Sequence[Words]]
) -> dict[int, Sequence[Words]] | None:
    found: dict[int, Sequence[Words]] = {}
    for text in texts:
        inside = [n for n in heads if text[0][1] < _middle_of(rows[n]) < text[-1][2]]
        if len(inside) > 1:
            return None
        if inside:
            found[inside[0]] = text
    return found if len(found) == len(heads) else None


def _checked(
    rows: Sequence[BodyRow], found: Mapping[int, Sequence[Words]], lines: Sequence[Words], height: float
) -> Texts | None:
    """Return the texts where all of several lines have their numbers in the middle, or all on the first line."""
    longer = {n: text for n, text in found.items() if len(text) > 1}
    spans = {n: range(text[0][0], text[-1][0] + 1) for n, text in found.items()}
    centred = first = 0
    for n, text in longer.items():
        middle, top = (text[0][1] + text[-1][2]) / 2, (text[0][1] + text[0][2]) / 2
        numbers = _middle_of(rows[n])
        off = numbers - top
        centred += abs(numbers - middle) <= IN_MIDDLE * height and off >= OFF_FIRST * height
        first += abs(off) < IN_MIDDLE * height
    if longer and centred == len(longer):
        return Texts(spans, True)
    inside = [b[1] - a[2] for text in longer.values() for a, b in pairwise(text)]
    apart = [b[0][1] - a[-1][2] for a, b in pairwise(sorted(found.values(), key=lambda text: text[0][0]))]
    if longer and first == len(longer) and apart and min(apart) - max(inside) > APART * height:
        return Texts(spans, False)
    return None


def _middle_of(row: BodyRow) -> float:
    """Return the height at which a row's numbers stand, in pixels from the top."""
    boxes = [piece.cell.box for name in NUMERIC for piece in row.placed.get(name, ())]
    return median((box[1] + box[3]) / 2 for box in boxes) if boxes else (row.top + row.bottom) / 2
