"""Documents as a recogniser might have read them: letters taken for others, lines cut and joined, a crooked page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from docpipe.document import Document, Page, TextLine, box_of, polygon_of

LIKE = {
    "0": "O", "O": "0D", "1": "lI", "I": "1l", "L": "I", "5": "S", "S": "5", "8": "B", "B": "8", "2": "Z", "Z": "2",
    "6": "G", "G": "6C", "D": "O", "E": "F", "F": "E", "H": "N", "N": "M", "M": "N", "U": "V", "V": "U", "C": "G",
    "A": "4", ",": ".", ".": ",", ":": ".", "-": "", "'": "", "W": "VV", "R": "K", "T": "I", "Y": "V",
}  # fmt: skip


def noisy(document: Document, random: Random, strength: float = 1.0) -> Document:
    """Return the document as if read with errors; the lines keep their ids, a joined one that of its first."""
    return replace(document, pages=tuple(_page(page, random, strength) for page in document.pages))


def _page(page: Page, random: Random, strength: float) -> Page:
    lines = list(page.lines)
    lines = _joined(lines, random, 0.35 * strength)
    lines = [part for line in lines for part in _cut(line, random, 0.012 * strength)]
    letters = random.choice((0.0, 0.002, 0.006, 0.015)) * strength
    spaces = random.choice((0.0, 0.01, 0.05, 0.3)) * strength
    stretch, lean = random.uniform(0.9, 1.1), random.gauss(0, 0.004) * strength
    shaken = []
    for line in lines:
        if random.random() < 0.01 * strength:
            continue
        text = _letters(line.text, random, letters, spaces)
        x1, y1, x2, y2 = box_of(line.polygon)
        height = y2 - y1
        shake = [random.gauss(0, 0.04 * height * strength) for _ in range(4)]
        box = (x1 + shake[0], (y1 + shake[1]) * stretch, x2 + shake[2], (y2 + shake[3]) * stretch)
        polygon = tuple((x, y + lean * x) for x, y in polygon_of(box))
        shaken.append(replace(line, text=text, polygon=polygon))  # type: ignore[arg-type]
    return replace(page, height=round(page.height * stretch), lines=tuple(shaken))


def _joined(lines: Sequence[TextLine], random: Random, chance: float) -> list[TextLine]:
    """Join neighbours on one height that stand close; on some pages more than on others."""
    chance *= random.choice((0.0, 0.5, 1.0, 2.0))
    result: list[TextLine] = []
    for line in lines:
        last = result[-1] if result else None
        if last is not None and random.random() < chance:
            a, b = last.box, line.box
            height = min(a[3] - a[1], b[3] - b[1])
            if abs((a[1] + a[3]) - (b[1] + b[3])) < height and -0.2 * height < b[0] - a[2] < 2.0 * height:
                box = (a[0], min(a[1], b[1]), b[2], max(a[3], b[3]))
                result[-1] = replace(last, text=f"{last.text} {line.text}", polygon=polygon_of(box))
                continue
        result.append(line)
    return result


def _cut(line: TextLine, random: Random, chance: float) -> list[TextLine]:
    """Cut a line at some of its blanks."""
    words = line.text.split(" ")
    if len(words) < 2:
        return [line]
    x1, y1, x2, y2 = line.box
    share = (x2 - x1) / max(len(line.text), 1)
    parts: list[TextLine] = []
    start, position = 0, len(words[0])
    for word in words[1:]:
        if random.random() < chance:
            parts.append(_part(line, start, position, share, (x1, y1, y2), len(parts)))
            start = position + 1
        position += 1 + len(word)
    parts.append(_part(line, start, position, share, (x1, y1, y2), len(parts)))
    return [part for part in parts if part.text]


def _part(
    line: TextLine, start: int, end: int, share: float, place: tuple[float, float, float], number: int
) -> TextLine:
    x1, y1, y2 = place
    polygon = polygon_of((x1 + start * share, y1, x1 + end * share, y2))
    return replace(
        line, id=line.id if not number else f"{line.id}.{number}", text=line.text[start:end], polygon=polygon
    )


def _letters(text: str, random: Random, chance: float, spaces: float) -> str:
    if not chance and not spaces:
        return text
    result = []
    for character in text:
        if character == " " and random.random() < spaces:
            continue
        if random.random() < chance:
            kind = random.random()
            if kind < 0.7 and character.upper() in LIKE:
                other = LIKE[character.upper()]
                character = random.choice(other) if other else ""
            elif kind < 0.85:
                character = ""
            else:
                character *= 2
        result.append(character)
    return "".join(result) or text
