"""What stands on an OFD page: characters with their places, ruled lines and pictures. Millimetres become pixels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docpipe.document import IDENTITY, Affine, Point, followed_by
from docpipe.inputs.einvoice.elements import local_name, text_of
from docpipe.inputs.text_layer import Glyph
from docpipe.values.text import is_cjk

MOST_OBJECTS = 50_000
NARROW = 0.5
"""Width of a Latin letter in type sizes, where the file does not say where the next one stands."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_STEP = re.compile(r"([MSLQBACZ])|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)", re.IGNORECASE)
_DELTA = re.compile(r"g\s+(\d+)\s+(\S+)|(\S+)")


@dataclass
class Content:
    """What a page shows, in pixels."""

    glyphs: list[Glyph] = field(default_factory=list)
    strokes: list[tuple[list[Point], float]] = field(default_factory=list)
    """Straight strokes as runs of points, and their widths. Curves are left out: they are seals and logos."""
    pictures: list[tuple[str, tuple[float, float, float, float]]] = field(default_factory=list)
    """Resource and box of each picture."""


def read_content(root: Any, scale: float, content: Content) -> None:
    """Add what a page, or its template, shows; `scale` is pixels per millimetre."""
    to_pixels: Affine = (scale, 0.0, 0.0, scale, 0.0, 0.0)
    for number, element in enumerate(root.iter()):
        if number > MOST_OBJECTS:
            return
        kind = local_name(element)
        if kind not in ("TextObject", "PathObject", "ImageObject") or element.get("Visible") == "false":
            continue
        box = numbers(element.get("Boundary", ""))
        if len(box) != 4:
            continue
        own = numbers(element.get("CTM", ""))
        matrix = (own[0], own[1], own[2], own[3], own[4], own[5]) if len(own) == 6 else IDENTITY
        placed = followed_by(followed_by(matrix, (1.0, 0.0, 0.0, 1.0, box[0], box[1])), to_pixels)
        if kind == "TextObject":
            content.glyphs.extend(_glyphs(element, placed))
        elif kind == "PathObject":
            width = max(1.0, _number(element.get("LineWidth"), 0.353) * scale)
            content.strokes.extend((run, width) for run in _strokes(element, placed))
        elif resource := element.get("ResourceID"):
            x, y, w, h = (value * scale for value in box)
            content.pictures.append((resource, (x, y, x + w, y + h)))


def _glyphs(element: Any, placed: Affine) -> Iterator[Glyph]:
    """Yield the characters of a text object, each where `DeltaX` and `DeltaY` put it."""
    size = _number(element.get("Size"), 0.0)
    a, b = placed[0], placed[1]
    stretch = math.hypot(placed[2], placed[3])
    if not (size > 0 and stretch > 0 and math.hypot(a, b) > 0):
        return
    angle = math.degrees(math.atan2(b, a))
    across = math.hypot(a, b)
    x = y = 0.0
    for code in element:
        if local_name(code) != "TextCode":
            continue
        text = text_of(code)
        x, y = _number(code.get("X"), x), _number(code.get("Y"), y)
        wide, deep = _deltas(code.get("DeltaX"), len(text)), _deltas(code.get("DeltaY"), len(text))
        for n, character in enumerate(text):
            natural = size if is_cjk(character) or ord(character) > 0x2E7F else NARROW * size
            advance = wide[n] if n < len(wide) else natural
            origin = (placed[0] * x + placed[2] * y + placed[4], placed[1] * x + placed[3] * y + placed[5])
            width = min(advance, natural) if advance > 0 else natural
            yield Glyph(" " if character.isspace() else character, origin, angle, width * across, size * stretch)
            x += wide[n] if n < len(wide) else (0.0 if deep else natural)
            y += deep[n] if n < len(deep) else 0.0


def _deltas(text: str | None, most: int) -> list[float]:
    """Return the distances between characters; `g 3 1.5` stands for 1.5 three times (GB/T 33190, 11.3)."""
    found: list[float] = []
    for match in _DELTA.finditer(text or ""):
        count, value = (int(match[1]), match[2]) if match[1] else (1, match[3])
        found.extend([_number(value, 0.0)] * min(count, most))
        if len(found) >= most:
            break
    return found


def _strokes(element: Any, placed: Affine) -> Iterator[list[Point]]:
    """Yield the straight runs of a path."""
    data = next((text_of(child) for child in element if local_name(child) == "AbbreviatedData"), "")
    run: list[Point] = []
    letter, values = "", list[float]()
    for match in _STEP.finditer(data):
        if match[1]:
            letter, values = match[1].upper(), []
            if letter in "ZC" and len(run) > 2:
                run.append(run[0])
            continue
        values.append(float(match[2]))
        if len(values) < 2 or letter not in "MSL":
            continue
        x, y = values
        values = []
        if letter != "L":
            if len(run) > 1:
                yield run
            run = []
        run.append((placed[0] * x + placed[2] * y + placed[4], placed[1] * x + placed[3] * y + placed[5]))
    if len(run) > 1:
        yield run


def numbers(text: str) -> list[float]:
    """Return the numbers of a text such as `0 0 210 140`."""
    found = [float(each) for each in _NUMBER.findall(text)]
    return found if all(math.isfinite(each) and abs(each) < 1e6 for each in found) else []


def _number(text: str | None, default: float) -> float:
    found = numbers(text or "")
    return found[0] if found else default
