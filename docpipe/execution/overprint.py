"""Lines of a text layer that lie over each other: one of them hides the other, and only the picture says which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docpipe.document import Box, Page, TextLine

OVER = 0.3
"""Share of the smaller line that lies over another; lines set close share less."""
ALIKE = 2.0
"""A line so many times higher than another, such as a watermark, hides nothing."""
MOST_PLACES = 12
"""A page with more of them is set so: stripes of shadow, say."""


def read_overprint_apart(page: Page) -> Page:
    """Return a page without the lines of its text layer that lie over each other; what is seen there is to be read.

    A new amount stands on a white bar over an old one, or a note is pasted over it: the layer has both.
    """
    lines = page.text_layer or ()
    places = list(_places(lines))
    if not places or len(places) > MOST_PLACES:
        return page
    hidden = {number for pair in places for number in pair}
    kept = [number for number in range(len(lines)) if number not in hidden]
    fonts = page.text_layer_fonts
    return replace(
        page,
        text_layer=tuple(lines[number] for number in kept),
        text_layer_fonts=tuple(fonts[number] for number in kept) if fonts else (),
        beside_text_layer=(*page.beside_text_layer, *_around(lines, places)),
    )


def _places(lines: Sequence[TextLine]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of lines, by their numbers, that lie over each other and say something."""
    boxes = [line.box for line in lines]
    order = sorted(range(len(lines)), key=lambda number: boxes[number][1])
    for at, first in enumerate(order):
        for second in order[at + 1 :]:
            if boxes[second][1] >= boxes[first][3]:
                break
            if _overlap(boxes[first], boxes[second]) and all(_says(lines[number]) for number in (first, second)):
                yield first, second


def _overlap(one: Box, other: Box) -> bool:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return False
    high = sorted((one[3] - one[1], other[3] - other[1]))
    least = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return high[1] < ALIKE * high[0] and width * height > OVER * least


def _says(line: TextLine) -> bool:
    return any(character.isalnum() for character in line.text)


def _around(lines: Sequence[TextLine], places: Sequence[tuple[int, int]]) -> Iterator[Box]:
    """Yield a box around each group of lines that lie over each other."""
    groups: list[set[int]] = []
    for pair in places:
        near = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if not group & set(pair)] + [set(pair).union(*near)]
    for group in groups:
        x1, y1, x2, y2 = zip(*(lines[number].box for number in group), strict=True)
        yield (min(x1), min(y1), max(x2), max(y2))
