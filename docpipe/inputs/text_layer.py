"""From the placed characters of a PDF page to its lines, in reading order.

Characters that share a baseline make a line, cut where the gap is wider than 0.9 of the type size, so that columns
stay apart. Words are parted by spaces in the file or by gaps. Text at any angle is put together in its own frame, so
vertical and upside-down text comes out in its own reading direction.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docpipe.document import Point, Polygon, TextLine

LINE_GAP = 0.9
"""Type sizes between two words beyond which they are two lines, such as cells of a table."""
WORD_GAP = 0.2
"""Type sizes between two characters that make a space: spaces are 0.25 to 0.33 wide, letter-spacing under 0.1."""
OVERLAP = 0.5
"""Type sizes by which a word may start before the last one ended and still stand on the same line."""
BASELINE = 0.15
"""Type sizes by which baselines of one line may differ."""
ASCENT, DESCENT = 0.82, 0.20
"""What a line's box reaches above and below the baseline, in type sizes; what fonts state differs too much."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character as it is shown: pixels of the page, y down. White space has a text of " ".

    A ligature is one glyph, whose text has several letters.
    """

    text: str
    origin: Point
    """Where its baseline starts."""
    angle: float
    """Direction of its baseline in degrees, clockwise from rightwards."""
    advance: float
    size: float
    font: str = ""


@dataclass(slots=True)
class _Run:
    """Characters without a gap, in the frame of their own baseline: `start` and `end` along it, `base` across."""

    text: str
    start: float
    end: float
    base: float
    size: float
    spaced: bool
    """Whether white space stands before it in the file."""
    fonts: set[str]


@dataclass(frozen=True, slots=True)
class LayerLine:
    """A line of a text layer, and the names of the fonts it is set in."""

    line: TextLine
    fonts: frozenset[str]


def lines_of(glyphs: Iterable[Glyph], page: int) -> tuple[LayerLine, ...]:
    """Return the lines that the glyphs of one page make, with ids `<page>-<n>`: upright text first, by rows."""
    by_angle: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        by_angle.setdefault(round(glyph.angle / 2) * 2 % 360, []).append(glyph)
    found: list[tuple[str, Polygon, frozenset[str]]] = []
    for angle in sorted(by_angle):
        lines = _in_rows(_join(_runs(by_angle[angle], angle)))
        found.extend((_text(line), _polygon(line, angle), _fonts(line)) for line in lines)
    return tuple(
        LayerLine(TextLine(f"{page}-{n}", text, 1.0, polygon, None, "text_layer"), fonts)
        for n, (text, polygon, fonts) in enumerate((each for each in found if each[0]), start=1)
    )


def _runs(glyphs: Sequence[Glyph], angle: int) -> list[_Run]:
    """Put together what the file wrote together, leaving out what it wrote twice to look bold."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    runs: list[_Run] = []
    seen: dict[tuple[str, int, int], Point] = {}
    spaced = True
    for glyph in glyphs:
        if glyph.text == " ":
            spaced = True
            continue
        x, y = glyph.origin
        along, across = x * cos + y * sin, y * cos - x * sin
        if _seen_before(seen, glyph, along, across):
            continue
        last = runs[-1] if runs and not spaced else None
        if last is not None and abs(across - last.base) <= 0.05 * glyph.size:
            gap = along - last.end
            if -OVERLAP * glyph.size <= gap <= WORD_GAP * glyph.size and 0.8 < glyph.size / last.size < 1.25:
                last.text += glyph.text
                last.fonts.add(glyph.font)
                last.end = max(last.end, along + glyph.advance)
                continue
        runs.append(_Run(glyph.text, along, along + glyph.advance, across, glyph.size, spaced, {glyph.font}))
        spaced = False
    return runs


def _seen_before(seen: dict[tuple[str, int, int], Point], glyph: Glyph, along: float, across: float) -> bool:
    """Say whether the same character stands here already, up to a tenth of its size, and remember it if not."""
    near = 0.1 * glyph.size
    column, row = int(along // near), int(across // near)
    for dx in (0, -1, 1):
        for dy in (0, -1, 1):
            other = seen.get((glyph.text, column + dx, row + dy))
            if other is not None and abs(other[0] - along) <= near and abs(other[1] - across) <= near:
                return True
    seen[glyph.text, column, row] = (along, across)
    return False


def _join(runs: Sequence[_Run]) -> list[list[_Run]]:
    """Gather runs on one baseline, left to right, and cut them at wide gaps."""
    bands: list[list[_Run]] = []
    for run in sorted(runs, key=lambda r: (r.base, r.start)):
        band = bands[-1] if bands else None
        if band is not None and run.base - band[0].base <= BASELINE * min(run.size, band[0].size):
            band.append(run)
        else:
            bands.append([run])
    lines: list[list[_Run]] = []
    for band in bands:
        line: list[_Run] = []
        end = 0.0
        for run in sorted(band, key=lambda r: r.start):
            size = max(run.size, line[-1].size) if line else run.size
            if line and -OVERLAP * size <= run.start - end <= LINE_GAP * size:
                line.append(run)
                end = max(end, run.end)
                continue
            line = [run]
            lines.append(line)
            end = run.end
    return lines


def _in_rows(lines: list[list[_Run]]) -> list[list[_Run]]:
    """Order lines by rows from the top, each from the left; baselines half a line apart are one row."""
    ordered: list[list[_Run]] = []
    row: list[list[_Run]] = []
    for line in sorted(lines, key=lambda runs: (runs[0].base, runs[0].start)):
        if row and line[0].base - row[0][0].base > 0.5 * min(line[0].size, row[0][0].size):
            ordered.extend(sorted(row, key=lambda runs: runs[0].start))
            row = []
        row.append(line)
    return ordered + sorted(row, key=lambda runs: runs[0].start)


def _text(line: Sequence[_Run]) -> str:
    text, end = "", 0.0
    for run in line:
        if text and (run.spaced or run.start - end > WORD_GAP * run.size):
            text += " "
        text += run.text
        end = run.end
    return text.strip()


def _fonts(line: Sequence[_Run]) -> frozenset[str]:
    return frozenset(font for run in line for font in run.fonts)


def _polygon(line: Sequence[_Run], angle: int) -> Polygon:
    """Return the line's box, turned back into the page's frame."""
    size = max(run.size for run in line)
    left, right = min(run.start for run in line), max(run.end for run in line)
    top, bottom = line[0].base - ASCENT * size, line[0].base + DESCENT * size
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def back(along: float, across: float) -> Point:
        return (along * cos - across * sin, along * sin + across * cos)

    return (back(left, top), back(right, top), back(right, bottom), back(left, bottom))
