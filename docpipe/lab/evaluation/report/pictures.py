"""Pictures of pages with their boxes: what was found, what was read wrongly, what was missed."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from PIL import Image as Pictures

from docpipe.document import Image
from docpipe.errors import InputError
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.open import open_document
from docpipe.inputs.source import Source
from docpipe.lab.evaluation.comparing import bare
from docpipe.lab.evaluation.lines import paired_lines
from docpipe.lab.evaluation.placed import PlacedText, Point
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


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page with its boxes, or a note why there is none."""

    number: int
    """From 1."""
    picture: Markup | None = None
    """A data URI."""
    boxes: Sequence[Box] = ()
    note: str = ""


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


def picture_pages(
    document: ScoredDocument, source: Source, limits: InputLimits, budget: Budget
) -> Iterator[PagePicture]:
    """Yield the first pages with their boxes; a page that cannot be shown says why."""
    limits = limits.model_copy(update={"text_layer": "ignore", "pages": None})
    try:
        with open_document(source, limits) as opened:
            for number, page in enumerate(opened.pages(), 1):
                if number > MOST_PAGES:
                    yield PagePicture(number, note=f"Pages from {number} on are not pictured.")
                    return
                if isinstance(page, InputError) or page.image is None:
                    yield PagePicture(number, note=f"Page {number} cannot be shown: {page}")
                    continue
                data = _webp(page.image)
                if not budget.take(len(data)):
                    yield PagePicture(number, note="No picture: the report has reached its size.")
                    return
                boxes, _ = boxes_of(document, number - 1)
                yield PagePicture(number, data, boxes[-MOST_BOXES:])  # the wrong ones stand last
    except (InputError, OSError) as e:
        yield PagePicture(1, note=f"No picture: {e}")


def _webp(image: Image) -> Markup:
    """Return a page (BGR) as a data URI, scaled down."""
    picture = Pictures.fromarray(np.ascontiguousarray(image[:, :, ::-1]))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=4)
    encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Markup(f"data:image/webp;base64,{encoded}")  # noqa: S704 - base64 has nothing to escape
