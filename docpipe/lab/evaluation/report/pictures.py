"""Pictures of pages with their boxes: what was found, what was read wrongly, what was missed."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as Pictures

from docpipe.document import Image
from docpipe.errors import InputError
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from docpipe.inputs.source import Source
from docpipe.lab.evaluation.comparing import bare
from docpipe.lab.evaluation.lines import paired_lines
from docpipe.lab.evaluation.placed import PlacedText, Point
from docpipe.lab.evaluation.report.markup import escaped
from docpipe.lab.evaluation.scoring import ScoredDocument

LONGEST_SIDE = 1200
QUALITY = 55
MOST_PAGES = 3
"""Pages pictured of one document."""
MOST_BOXES = 1500
"""Boxes drawn on one page; a browser is to stay quick."""


class Budget:
    """Bytes that pictures may still take."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, size: int) -> bool:
        """Take so many bytes if they are there."""
        if size > self._left:
            return False
        self._left -= size
        return True


@dataclass(frozen=True, slots=True)
class Box:
    """A box on a page, with what a pointer on it says."""

    kind: str
    """`right`, `misread`, `missed`, `extra`, `read` (where no line is labelled) or `field`."""
    polygon: tuple[Point, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Misread:
    """A labelled line that was read otherwise, or not found."""

    page: int
    """From 1."""
    expected: str
    read: str | None


def boxes_of(document: ScoredDocument, page: int) -> tuple[list[Box], list[Misread]]:
    """Return the boxes of one page (from 0), right ones first, and the lines that went wrong."""
    found = [line for line in document.reading.lines if line.page == page and line.polygon]
    wanted = [line for line in document.label.lines or () if line.page == page]
    if document.label.boxed and document.label.lines is not None:
        boxes, misread = _lines(wanted, found, page)
    else:
        boxes, misread = [Box("read", line.polygon or (), f"read: {line.text}") for line in found], []
    for seen in document.observations:
        value = seen.read
        if value is not None and value.page == page + 1 and value.polygon and not seen.exact:
            told = f"{seen.name}: {value.value}, expected {seen.expected}"
            boxes.append(Box("field", value.polygon, told))
    return boxes, misread


def _lines(wanted: Sequence[PlacedText], found: Sequence[PlacedText], page: int) -> tuple[list[Box], list[Misread]]:
    pairs = paired_lines(wanted, found)
    boxes: dict[str, list[Box]] = {"right": [], "extra": [], "misread": [], "missed": []}
    misread = []
    for i, line in enumerate(wanted):
        read = found[pairs[i]] if i in pairs else None
        polygon = (read or line).polygon or ()
        if read is not None and bare(read.text) == bare(line.text):
            boxes["right"].append(Box("right", polygon, read.text))
        elif line.text.strip():
            kind = "missed" if read is None else "misread"
            told = f"not found: {line.text}" if read is None else f"read: {read.text}, expected: {line.text}"
            boxes[kind].append(Box(kind, polygon, told))
            misread.append(Misread(page + 1, line.text, read.text if read else None))
    taken = set(pairs.values())
    for j, line in enumerate(found):
        if j not in taken:
            boxes["extra"].append(Box("extra", line.polygon or (), f"no label here; read: {line.text}"))
    return [box for kind in boxes.values() for box in kind], misread


def pictured(
    document: ScoredDocument, source: Source, limits: InputLimits, budget: Budget
) -> Iterator[tuple[int, str]]:
    """Yield page number (from 1) and HTML of the first pages; a page that cannot be shown says why."""
    limits = limits.model_copy(update={"text_layer": "ignore", "pages": None})
    try:
        with open_document(source, limits) as opened:
            for number, page in enumerate(opened.pages(), 1):
                if number > MOST_PAGES:
                    yield number, f"<p class=quiet>Pages from {number} on are not pictured.</p>"
                    return
                if isinstance(page, InputError) or page.image is None:
                    yield number, f"<p class=quiet>Page {number} cannot be shown: {escaped(page)}</p>"
                    continue
                data = _webp(page.image)
                if not budget.take(len(data)):
                    yield number, "<p class=quiet>No picture: the report has reached its size.</p>"
                    return
                yield number, _overlaid(document, number, data)
    except (InputError, OSError) as e:
        yield 1, f"<p class=quiet>No picture: {escaped(e)}</p>"


def _webp(image: Image) -> str:
    """Return a page (BGR) as a data URI, scaled down."""
    picture = Pictures.fromarray(np.ascontiguousarray(image[:, :, ::-1]))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _overlaid(document: ScoredDocument, number: int, data: str) -> str:
    boxes, _ = boxes_of(document, number - 1)
    drawn = "".join(
        f'<polygon class="{box.kind}" points="{_points(box.polygon)}"><title>{escaped(box.title)}</title></polygon>'
        for box in boxes[-MOST_BOXES:]  # the wrong ones stand last
    )
    told = f"Page {number} of {document.label.file}"
    return (
        f'<div class="page"><img loading="lazy" alt="{escaped(told)}" src="{data}">'
        f'<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg></div>'
    )


def _points(polygon: Sequence[Point]) -> str:
    return " ".join(f"{min(max(x, -1), 2) * 1000:.1f},{min(max(y, -1), 2) * 1000:.1f}" for x, y in polygon)
