"""Draws the pages of a made-up document, and says where the ink of every run went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw, ImageFont

from docpipe.lab.synth import fonts
from docpipe.lab.synth.document import Polygon, Run, SynthDocument
from docpipe.lab.synth.text_widths import ASCENT, DESCENT, width_of

_SPARE = ("wide", "cjk-sans", "cjk-serif")
"""Faces that lend letters which a run's own face lacks."""


@dataclass(frozen=True, slots=True)
class DrawnRun:
    """A run on a picture: its four corners in pixels, and the run itself with the size as drawn."""

    run: Run
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class Picture:
    """One page: the image, and what is written on it."""

    image: Image.Image
    drawn: tuple[DrawnRun, ...]


def draw(document: SynthDocument, dpi: int, only: Sequence[int] | None = None) -> list[Picture]:
    """Draw the pages (all, or `only` these, from 0) at a resolution.

    Raises:
        FontMissing: the machine has no font for the language.
    """
    scale = dpi / document.dpi
    pages = []
    for number, (width, height) in enumerate(document.pages):
        if only is not None and number not in only:
            continue
        image = Image.new("RGB", (max(1, round(width * scale)), max(1, round(height * scale))), "white")
        canvas = ImageDraw.Draw(image)
        for rule in document.rules:
            if rule.page == number:
                box = tuple(value * scale for value in rule.box)
                weight = max(1, round(rule.weight * scale))
                if rule.kind == "fill":
                    canvas.rectangle(box, fill=rule.colour)
                elif rule.kind == "box":
                    canvas.rectangle(box, outline=rule.colour, width=weight)
                elif rule.dash:
                    _dashes(canvas, box, rule.colour, weight)
                else:
                    canvas.line(box, fill=rule.colour, width=weight)
        drawn = [_write(canvas, run, scale, image.size) for run in document.runs if run.page == number]
        pages.append(Picture(image, tuple(drawn)))
    return pages


def _dashes(canvas: ImageDraw.ImageDraw, box: Sequence[float], colour: str, weight: int) -> None:
    x, y, end, _ = box
    while x < end:
        canvas.line((x, y, min(end, x + 6 * weight), y), fill=colour, width=weight)
        x += 10 * weight


def pieces(text: str, face: str) -> list[tuple[str, str]]:
    """Cut text to stretches of one face, borrowing letters from others where the face lacks them."""
    found: list[tuple[str, str]] = []
    for character in text:
        chosen = face
        if not fonts.has(face, character):
            chosen = next((spare for spare in _spares() if fonts.has(spare, character)), face)
        if found and found[-1][1] == chosen:
            found[-1] = (found[-1][0] + character, chosen)
        else:
            found.append((character, chosen))
    return found


def _spares() -> list[str]:
    known = []
    for spare in _SPARE:
        try:
            fonts.path_of(spare)
        except fonts.FontMissing:
            continue
        known.append(spare)
    return known


def _write(canvas: ImageDraw.ImageDraw, run: Run, scale: float, page: tuple[int, int]) -> DrawnRun:
    """Set one run, a little smaller where the machine's font is wider than the layout thought."""
    face = f"{run.family}-bold" if run.bold and not run.family.startswith("cjk") else run.family
    size = run.size * scale
    stretches = pieces(run.text, face)
    room = width_of(run.text, run.family, size, run.bold)
    needed = sum(fonts.load(each, round(size, 1)).getlength(text) for text, each in stretches)
    if needed > room * 1.02:
        size *= room / needed
    size = max(4.0, round(size, 1))
    x, baseline = run.box[0] * scale, (run.box[1] + run.size * ASCENT) * scale
    left, top, right, bottom = x, baseline - ASCENT * size, x, baseline + DESCENT * size
    stroke = 1 if run.bold and run.family.startswith("cjk") and size > 24 else 0
    for text, each in stretches:
        font: ImageFont.FreeTypeFont = fonts.load(each, size)
        canvas.text((right, baseline), text, font=font, fill=run.colour, anchor="ls", stroke_width=stroke)
        ink = canvas.textbbox((right, baseline), text, font=font, anchor="ls", stroke_width=stroke)
        top, bottom, left = min(top, ink[1]), max(bottom, ink[3]), min(left, ink[0])
        right = max(right + font.getlength(text), ink[2] if text == stretches[-1][0] else 0)
    left, top, right, bottom = max(0.0, left), max(0.0, top), min(float(page[0]), right), min(float(page[1]), bottom)
    box = tuple(round(value, 1) for value in (left, top, right, bottom))
    polygon: Polygon = ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3]))
    return DrawnRun(replace(run, size=size), polygon)
