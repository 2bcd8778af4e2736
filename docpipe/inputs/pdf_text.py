"""Reads the placed characters of a PDF page through PDFium. Call with PDFium's lock held (`pdf.PDFIUM`)."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from docpipe.document import Box, Point, box_of
from docpipe.inputs.text_layer import Glyph

MAX_GLYPHS = 100_000
"""A page of print has some thousands."""
MAX_OBJECTS = 50_000
LIGATURES = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
"""Latin ligatures that Unicode has as characters of their own, and their letters."""
MAX_FONT_NAME = 128
"""Bytes; a longer name counts as none."""
_PROBE = 1 << 20


PdfBox = tuple[float, float, float, float]
"""Left, bottom, right, top in PDF units."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What a PDF page says of itself. Shares are of the characters that are no white space."""

    glyphs: tuple[Glyph, ...]
    nameless: float
    """Share that the file gives no Unicode for."""
    invisible: float
    """Share drawn in the invisible mode, as OCR programs do behind a scan."""


@dataclass(frozen=True, slots=True)
class PageImages:
    """The pictures on a PDF page."""

    most_pixels: int
    """Pixels of the largest one as stored, which drawing the page would decode."""
    over_text: bool
    """Whether a picture as large as half the page is drawn after text: a scan that hides what was read off it."""


def read_text(page: pdfium.PdfPage, width: int, height: int, combs: Sequence[PdfBox] = ()) -> PageText:
    """Return the characters of a page that is shown `width` x `height` pixels large.

    In `combs`, boxes in PDF units, characters stand far apart and are one word all the same: form fields with a cell
    for each character.
    """
    text_page = raw.FPDFText_LoadPage(page)
    if not text_page:
        return PageText((), 0.0, 0.0)
    try:
        frame = _Frame(page, width, height)
        text = _read(text_page, frame, width, height)
        boxes = [frame.box(comb) for comb in combs]
        return replace(text, glyphs=_close_combs(text.glyphs, boxes)) if boxes else text
    finally:
        raw.FPDFText_ClosePage(text_page)


def _close_combs(glyphs: Sequence[Glyph], boxes: Sequence[Box]) -> tuple[Glyph, ...]:
    """Return glyphs of which those in one of the boxes reach to the next one there, without white space between."""
    closed: list[Glyph] = []
    last = None
    for glyph in glyphs:
        if glyph.text == " " and last is not None:
            continue  # PDFium's own, between cells; where the field ends a space is put back
        x, y = glyph.origin
        inside = next((n for n, b in enumerate(boxes) if b[0] <= x <= b[2] and b[1] <= y <= b[3]), None)
        if glyph.text == " ":
            inside = None
        if last is not None and inside == last:
            before = closed[-1]
            closed[-1] = replace(before, advance=math.dist(before.origin, glyph.origin))
        elif last is not None:
            closed.append(Glyph(" ", (0.0, 0.0), 0.0, 0.0, 0.0))
        closed.append(glyph)
        last = inside
    return tuple(closed)


@dataclass(frozen=True, slots=True)
class _Style:
    """What all characters of one text object share."""

    font: str
    invisible: bool
    length: float
    toward: Point
    size: float
    angle: float


def boxes_in_pixels(page: pdfium.PdfPage, width: int, height: int, boxes: Sequence[PdfBox]) -> tuple[Box, ...]:
    """Return boxes of a page's own units in pixels of the page, shown `width` x `height` large, clipped to it."""
    frame = _Frame(page, width, height)
    placed = (frame.box(box) for box in boxes)
    clipped = ((max(a, 0.0), max(b, 0.0), min(c, float(width)), min(d, float(height))) for a, b, c, d in placed)
    return tuple(box for box in clipped if box[0] < box[2] and box[1] < box[3])


class _Frame:
    """The map from PDF units to pixels, with the page's rotation and crop box in it, as PDFium itself draws."""

    def __init__(self, page: pdfium.PdfPage, width: int, height: int) -> None:
        zero, right, up = (self._probe(page, *p) for p in ((0, 0), (1000, 0), (0, 1000)))
        sx, sy = width / _PROBE, height / _PROBE
        self._x = (zero[0] * sx, (right[0] - zero[0]) * sx / 1000, (up[0] - zero[0]) * sx / 1000)
        self._y = (zero[1] * sy, (right[1] - zero[1]) * sy / 1000, (up[1] - zero[1]) * sy / 1000)

    @staticmethod
    def _probe(page: pdfium.PdfPage, x: float, y: float) -> tuple[int, int]:
        to_x, to_y = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, _PROBE, _PROBE, 0, x, y, to_x, to_y)
        return to_x.value, to_y.value

    def point(self, x: float, y: float) -> Point:
        return (self._x[0] + self._x[1] * x + self._x[2] * y, self._y[0] + self._y[1] * x + self._y[2] * y)

    def box(self, box: PdfBox) -> Box:
        left, bottom, right, top = box
        return box_of([self.point(left, bottom), self.point(right, top)])

    def vector(self, x: float, y: float) -> Point:
        return (self._x[1] * x + self._x[2] * y, self._y[1] * x + self._y[2] * y)


def _read(text_page: Any, frame: _Frame, width: int, height: int) -> PageText:
    glyphs: list[Glyph] = []
    shown = nameless = invisible = 0
    styles: dict[int | None, _Style] = {}
    x, y, loose = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
    unicode_of, origin_of, object_of = raw.FPDFText_GetUnicode, raw.FPDFText_GetCharOrigin, raw.FPDFText_GetTextObject
    unmapped, loose_box = raw.FPDFText_HasUnicodeMapError, raw.FPDFText_GetLooseCharBox
    cast, pointer = ctypes.cast, ctypes.c_void_p
    high = 0
    drawn_before: tuple[int | None, float, float] | None = None
    for i in range(min(raw.FPDFText_CountChars(text_page), MAX_GLYPHS)):
        code = unicode_of(text_page, i)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        text = _character(code)
        if text == " ":
            glyphs.append(Glyph(" ", (0.0, 0.0), 0.0, 0.0, 0.0))
            continue
        origin_of(text_page, i, x, y)
        origin = frame.point(x.value, y.value)
        if not (-1 <= origin[0] <= width + 1 and -1 <= origin[1] <= height + 1):
            continue  # off the page: nobody sees it
        drawn_by = object_of(text_page, i)
        key = cast(drawn_by, pointer).value
        style = styles.get(key) if key is not None else None
        if style is None:
            style = styles[key] = _style(text_page, i, drawn_by, frame)
        shown += 1
        if text is None or unmapped(text_page, i) == 1:
            nameless += 1
        invisible += style.invisible
        if text is None or style.length == 0 or not 0.5 <= style.size <= max(width, height):
            continue
        drawn = (key, x.value, y.value)
        if key is not None and drawn == drawn_before and glyphs[-1].text != " ":
            glyphs[-1] = replace(glyphs[-1], text=glyphs[-1].text + text)  # the next letter of a ligature
            continue
        drawn_before = drawn
        loose_box(text_page, i, loose)
        advance = _advance(frame, loose, origin, style.toward, style.size)
        glyphs.append(Glyph(text, origin, style.angle, advance, style.size, style.font))
    return PageText(tuple(glyphs), nameless / shown if shown else 0.0, invisible / shown if shown else 0.0)


def _style(text_page: Any, i: int, drawn_by: Any, frame: _Frame) -> _Style:
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text_page, i, matrix)
    along, up = frame.vector(matrix.a, matrix.b), frame.vector(matrix.c, matrix.d)
    length = math.hypot(*along)
    toward = (along[0] / length, along[1] / length) if length else (1.0, 0.0)
    size = raw.FPDFText_GetFontSize(text_page, i) * math.hypot(*up)
    hidden = bool(drawn_by) and raw.FPDFTextObj_GetTextRenderMode(drawn_by) == raw.FPDF_TEXTRENDERMODE_INVISIBLE
    return _Style(_font_name(drawn_by), hidden, length, toward, size, math.degrees(math.atan2(toward[1], toward[0])))


def _font_name(drawn_by: Any) -> str:
    """Return the name of a text object's font, a subset's with its tag; nothing where it has none."""
    font = raw.FPDFTextObj_GetFont(drawn_by) if drawn_by else None
    if not font:
        return ""
    name = ctypes.create_string_buffer(MAX_FONT_NAME)
    raw.FPDFFont_GetBaseFontName(font, name, MAX_FONT_NAME)
    return name.value.decode("utf-8", "replace")


def _character(code: int) -> str | None:
    """Return what a code stands for: a character, " " for white space, None where only its font knows."""
    if code in (0x02, 0xFFFE, 0xAD):
        return "-"  # how PDFium marks a hyphen at the end of a line
    if code in (0, 0xFFFD) or code > 0x10FFFF:
        return None
    char = LIGATURES.get(chr(code), chr(code))
    if len(char) > 1:
        return char
    category = unicodedata.category(char)
    if char.isspace() or category in ("Cc", "Zs", "Cf"):
        return " "
    return None if category in ("Co", "Cn", "Cs") else char


def _advance(frame: _Frame, loose: Any, origin: Point, toward: Point, size: float) -> float:
    """Return how far a character reaches along its baseline, from its font's own box."""
    reach = 0.0
    for x in (loose.left, loose.right):
        for y in (loose.bottom, loose.top):
            px, py = frame.point(x, y)
            reach = max(reach, (px - origin[0]) * toward[0] + (py - origin[1]) * toward[1])
    slanted = min(abs(toward[0]), abs(toward[1])) > 0.1  # there an upright box says little
    return min(reach, 0.6 * size if slanted else 3 * size)


def read_images(page: pdfium.PdfPage) -> PageImages:
    """Look at the pictures on a page without decoding them."""
    most, over_text, text_seen = 0, False, False
    half = page.get_width() * page.get_height() / 2
    width, height = ctypes.c_uint(), ctypes.c_uint()
    edges = [ctypes.c_float() for _ in range(4)]
    for kind, item in _objects(page):
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            text_seen = True
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            if raw.FPDFImageObj_GetImagePixelSize(item, width, height):
                most = max(most, width.value * height.value)
            if text_seen and raw.FPDFPageObj_GetBounds(item, *edges):
                left, bottom, right, top = (edge.value for edge in edges)
                over_text |= (right - left) * (top - bottom) >= half
    return PageImages(most, over_text)


def _objects(page: pdfium.PdfPage) -> Iterator[tuple[int, Any]]:
    """Yield the objects of a page in the order they are drawn, forms opened up to a depth of four."""
    stack = [
        (raw.FPDFPage_GetObject, page, i) for i in reversed(range(min(raw.FPDFPage_CountObjects(page), MAX_OBJECTS)))
    ]
    depth_of = [1] * len(stack)
    left = MAX_OBJECTS
    while stack and left:
        left -= 1
        get, parent, i = stack.pop()
        depth = depth_of.pop()
        item = get(parent, i)
        if not item:
            continue
        kind = raw.FPDFPageObj_GetType(item)
        yield kind, item
        if kind == raw.FPDF_PAGEOBJ_FORM and depth < 4:
            count = min(raw.FPDFFormObj_CountObjects(item), left)
            stack.extend((raw.FPDFFormObj_GetObject, item, k) for k in reversed(range(max(count, 0))))
            depth_of.extend([depth + 1] * max(count, 0))
