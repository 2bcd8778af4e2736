"""The sheet that layouts write on: places text and lines, and keeps what every piece means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from docpipe.lab.synth.document import LABEL, VALUE, Box, FieldSpan, Rule, Run
from docpipe.lab.synth.text_widths import ASCENT, DESCENT, width_of


@dataclass(frozen=True, slots=True)
class Face:
    """A typeface at a size in pixels."""

    family: str
    size: float
    bold: bool = False
    italic: bool = False
    colour: str = "black"

    def scale(self, factor: float) -> Face:
        return replace(self, size=self.size * factor)

    def strong(self, bold: bool = True) -> Face:
        return replace(self, bold=bold)

    def width(self, text: str) -> float:
        return width_of(text, self.family, self.size, self.bold)


@dataclass(frozen=True, slots=True)
class TextPart:
    """Some characters of a run, with their meaning: nothing, a field's value, or its label."""

    text: str
    field: str | None = None
    row: int | None = None
    kind: str = VALUE
    link: int = 0


Pieces = Sequence[TextPart | str]
Parts = Pieces | str


def value(path: str, text: str, row: int | None = None, link: int = 0) -> TextPart:
    """Characters that are the value of a field."""
    return TextPart(text, path, row, VALUE, link)


def label(path: str, text: str, row: int | None = None, link: int = 0) -> TextPart:
    """Characters that name a field."""
    return TextPart(text, path, row, LABEL, link)


class Sheet:
    """Pages under construction; `y` is the cursor that layouts move down. All numbers are pixels."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.page = 0
        self.runs: list[Run] = []
        self.rules: list[Rule] = []
        self.y = 0.0
        self._links = 0

    def link(self) -> int:
        """Return a new number that a label and its values share."""
        self._links += 1
        return self._links

    def turn(self) -> None:
        """Begin a new page."""
        self.page += 1
        self.y = 0.0

    def put(self, x: float, y: float, parts: Parts, face: Face, align: str = "left", role: str = "") -> Box | None:
        """Set a run whose line box begins at `y`; `x` is its left, middle or right by `align`. Returns its box.

        Nothing is set for blank text. A run is moved to stay on the page.
        """
        text, spans = join([parts] if isinstance(parts, str) else parts)
        if not text.strip():
            return None
        width = width_of(text, face.family, face.size, face.bold)
        left = x - width * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
        left = max(2.0, min(left, self.width - width - 2))
        if left + width > self.width - 1:  # too long for the page: set smaller, as a printer would
            face = face.scale((self.width - 4) / width)
            left, width = 2.0, self.width - 4
        top = y + face.size * 0.12
        box = (
            round(left, 1),
            round(top, 1),
            round(left + width, 1),
            round(top + face.size * (ASCENT + DESCENT), 1),
        )
        self.runs.append(
            Run(
                text, box, self.page, face.family, round(face.size, 2), face.bold, face.italic, role, spans, face.colour
            )
        )
        return box

    def line(
        self, x1: float, y1: float, x2: float, y2: float, weight: float = 1.0, dash: bool = False, colour: str = "black"
    ) -> None:
        self.rules.append(Rule("line", (x1, y1, x2, y2), self.page, weight, colour, dash))

    def box(self, x1: float, y1: float, x2: float, y2: float, weight: float = 1.0, colour: str = "black") -> None:
        self.rules.append(Rule("box", (x1, y1, x2, y2), self.page, weight, colour))

    def fill(self, x1: float, y1: float, x2: float, y2: float, colour: str) -> None:
        self.rules.append(Rule("fill", (x1, y1, x2, y2), self.page, 0.0, colour))


def join(parts: Sequence[TextPart | str]) -> tuple[str, tuple[FieldSpan, ...]]:
    """Return the text of parts and the spans of those that mean something."""
    text, spans = "", []
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if part.field and part.text.strip():
            lead = len(part.text) - len(part.text.lstrip())
            end = len(text) + len(part.text.rstrip())
            spans.append(FieldSpan(len(text) + lead, end, part.kind, part.field, part.row, part.link))
        text += part.text
    cut = len(text) - len(text.lstrip())
    if cut:
        spans = [replace(span, start=span.start - cut, end=span.end - cut) for span in spans]
    return text.strip(), tuple(spans)


def text_of(parts: Parts) -> str:
    """Return the text of parts as it will be set."""
    return join([parts] if isinstance(parts, str) else parts)[0]


def relink(parts: Pieces, link: int) -> list[TextPart | str]:
    """Return the parts with their values linked to a label."""
    return [replace(part, link=link) if isinstance(part, TextPart) and part.kind == VALUE else part for part in parts]
