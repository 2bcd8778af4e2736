"""Parts a line where it holds two columns: a detector joins what stands close, such as `2.10` and a tax code after it.

The gap alone does not tell. Words of a wide-set title stand further apart than a price and its code, so a gap counts by
what stands on its sides, and by whether other lines begin or end at the same place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from docpipe.document import Box
from docpipe.stages.text_lines.characters import Character
from docpipe.stages.text_lines.spacing import Gap

AFTER_NUMBER, AT_COLUMN, ANYWHERE, BETWEEN_WORDS = 0.73, 0.78, 0.95, 1.73
"""The least gap that parts a line, as a share of the region's height (about 1.45 times the letters'): after a number;
where at least two other lines begin or end; anywhere but between two words; between two words of letters alone."""
NEAR_ROWS = 4.5
"""Lines as far above or below as this many heights tell about columns."""
AT_EDGE = 0.35
"""An edge stands at a gap when it is this share of a height away at most."""
MARGIN = 0.12
"""White that a part keeps beyond its ink, as a share of the height."""
COLUMN_LINES = 2


@dataclass(frozen=True, slots=True)
class LinePart:
    """A stretch of a line: its characters, and where it starts and ends in pixels of the crop's width."""

    characters: tuple[Character, ...]
    start: float
    end: float


def parts(
    characters: Sequence[Character], measured: Sequence[Gap], box: Box, width: int, others: Sequence[Box]
) -> list[LinePart]:
    """Return the line cut at its column gaps; one part where it has none.

    `characters` carry their spaces, `box` is the line's on the page, `width` the crop's, and `others` are the boxes of
    the page's lines.
    """
    height, scale = box[3] - box[1], (box[2] - box[0]) / max(width, 1)
    margin = MARGIN * height / max(scale, 1e-6)
    found: list[LinePart] = []
    first, start = 0, 0.0
    for i, gap in enumerate(measured):
        if gap.share < AFTER_NUMBER or not characters[i + 1].spaced:
            continue
        left, right = _word_before(characters, i), _word_after(characters, i + 1)
        place = (box[0] + gap.start * scale, box[0] + gap.end * scale)
        if gap.share >= _least_gap(left, right, _lines_at(place, box, others)):
            kept = min(margin, (gap.end - gap.start) / 2)
            found.append(LinePart(_from_start(characters[first : i + 1]), start, gap.start + kept))
            first, start = i + 1, gap.end - kept
    return [*found, LinePart(_from_start(characters[first:]), start, float(width))]


def _least_gap(left: str, right: str, lines_at: int) -> float:
    if left.isalpha() and right.isalpha():
        return BETWEEN_WORDS
    if not any(c.isalpha() for c in left) and any(c.isdigit() for c in left):
        return AFTER_NUMBER
    return AT_COLUMN if lines_at >= COLUMN_LINES else ANYWHERE


def _lines_at(place: tuple[float, float], box: Box, others: Sequence[Box]) -> int:
    """Count the lines nearby that end where a gap starts, or begin where it ends."""
    height, middle = box[3] - box[1], (box[1] + box[3]) / 2
    count = 0
    for x1, y1, x2, y2 in others:
        away = abs((y1 + y2) / 2 - middle)
        if 0.5 * height < away < NEAR_ROWS * height:
            count += (abs(x1 - place[1]) < AT_EDGE * height) + (abs(x2 - place[0]) < AT_EDGE * height)
    return count


def _word_before(characters: Sequence[Character], last: int) -> str:
    first = last
    while first > 0 and not characters[first].spaced:
        first -= 1
    return "".join(c.text for c in characters[first : last + 1])


def _word_after(characters: Sequence[Character], first: int) -> str:
    last = first + 1
    while last < len(characters) and not characters[last].spaced:
        last += 1
    return "".join(c.text for c in characters[first:last])


def _from_start(characters: Sequence[Character]) -> tuple[Character, ...]:
    return (replace(characters[0], spaced=False), *characters[1:])
