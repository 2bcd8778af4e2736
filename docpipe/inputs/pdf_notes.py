"""Free text on a PDF page without an appearance of its own, written as a viewer does. Call with PDFium's lock held.

ISO 32000-1, 12.5.6.6: a viewer builds the appearance from the text (`Contents`), its font size and colour (`DA`), its
alignment (`Q`) and its box. PDFium does so only where a file has a form, and sets every text on one line.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from docpipe.inputs.pdf_text import PdfBox

MOST_CHARACTERS = 4_000
"""What of one note is written at most."""
MOST_LINES = 200
USUAL_SIZE = 12.0
SMALLEST, LARGEST = 4.0, 200.0
"""Points; a size outside is taken for `USUAL_SIZE`."""
LEADING = 1.16
MARGIN = 2.0
"""Points between the box and its text."""
_FONT = b"Helvetica"
_APPEARANCE = b"AP"
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Note:
    """A text and how it is set: its box in PDF units, size in points, colour in RGB, 0 left, 1 centred, 2 right."""

    text: str
    box: PdfBox
    size: float
    colour: Colour
    paper: Colour | None
    """The colour of the box behind the text; None where it is left clear."""
    align: int


def note_of(annotation: raw.FPDF_ANNOTATION, box: PdfBox) -> Note | None:
    """Return what a free text says, or None where it has an appearance or says nothing."""
    if raw.FPDFAnnot_HasKey(annotation, _APPEARANCE):
        return None
    text = _string(annotation, b"Contents")[:MOST_CHARACTERS]
    if not text.strip():
        return None
    size, colour = _style(_string(annotation, b"DA"))
    align = ctypes.c_float(0.0)
    raw.FPDFAnnot_GetNumberValue(annotation, b"Q", align)
    parts = [ctypes.c_uint(0) for _ in range(4)]
    has_paper = raw.FPDFAnnot_HasKey(annotation, b"C") and raw.FPDFAnnot_GetColor(
        annotation, raw.FPDFANNOT_COLORTYPE_Color, *parts
    )
    paper = (parts[0].value, parts[1].value, parts[2].value) if has_paper else None
    return Note(text, box, size, colour, paper, int(align.value) if align.value in (1, 2) else 0)


def write_notes(pdf: pdfium.PdfDocument, page: pdfium.PdfPage, notes: Sequence[Note]) -> None:
    """Add notes to a loaded page, for as long as it is open."""
    for note in notes:
        if note.paper is not None:
            left, bottom, right, top = note.box
            ground = raw.FPDFPageObj_CreateNewRect(left, bottom, right - left, top - bottom)
            raw.FPDFPageObj_SetFillColor(ground, *note.paper, 255)
            raw.FPDFPath_SetDrawMode(ground, raw.FPDF_FILLMODE_WINDING, False)
            raw.FPDFPage_InsertObject(page, ground)
        _write(pdf, page, note)


def _write(pdf: pdfium.PdfDocument, page: pdfium.PdfPage, note: Note) -> None:
    left, bottom, right, top = note.box
    room = max(right - left - 2 * MARGIN, note.size)
    lines = list(_lines(pdf, note, room))
    size = note.size
    if len(lines) == 1 and size > top - bottom > SMALLEST:  # a box lower than its text holds it all the same
        size = top - bottom
    baseline = top - MARGIN - 0.8 * size
    if len(lines) == 1:
        baseline = max(baseline, bottom + 0.22 * size)
    for line in lines:
        text = _text(pdf, line, size)
        if text is None:
            continue
        free = room - _width(text)
        x = left + MARGIN + (0.0, free / 2, free)[note.align]
        raw.FPDFPageObj_SetFillColor(text, *note.colour, 255)
        raw.FPDFPageObj_Transform(text, 1, 0, 0, 1, x, baseline)
        raw.FPDFPage_InsertObject(page, text)
        baseline -= LEADING * size


def _lines(pdf: pdfium.PdfDocument, note: Note, room: float) -> Iterator[str]:
    """Yield the lines of a note, broken where it says so and between words where one is wider than its box."""
    count = 0
    for paragraph in note.text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and _width_of(pdf, longer, note.size) > room:
                yield line
                line, count = word, count + 1
                if count > MOST_LINES:
                    return
            else:
                line = longer
        yield line
        count += 1
        if count > MOST_LINES:
            return


def _text(pdf: pdfium.PdfDocument, line: str, size: float) -> raw.FPDF_PAGEOBJECT | None:
    text = raw.FPDFPageObj_NewTextObj(pdf, _FONT, size)
    if not text:
        return None
    letters = (_latin(line) + "\0").encode("utf-16-le")
    buffer = ctypes.create_string_buffer(letters, len(letters))
    if raw.FPDFText_SetText(text, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))):
        return text
    raw.FPDFPageObj_Destroy(text)
    return None


def _width_of(pdf: pdfium.PdfDocument, line: str, size: float) -> float:
    text = _text(pdf, line, size)
    if text is None:
        return 0.0
    wide = _width(text)
    raw.FPDFPageObj_Destroy(text)
    return wide


def _width(text: raw.FPDF_PAGEOBJECT) -> float:
    sides = [ctypes.c_float(0.0) for _ in range(4)]
    found = raw.FPDFPageObj_GetBounds(text, *sides)
    return sides[2].value - sides[0].value if found else 0.0


def _latin(text: str) -> str:
    """Return a text in the letters that the standard fonts have: others without their accents, or as they are."""

    def plain(letter: str) -> str:
        try:
            letter.encode("cp1252")
        except UnicodeEncodeError:
            base = unicodedata.normalize("NFKD", letter)[0]
            return _BARRED.get(letter, base)
        return letter

    return "".join(map(plain, text))


_BARRED = {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "ı": "i"}
"""Letters with a bar or without a dot, which Unicode does not take apart."""


def _string(annotation: raw.FPDF_ANNOTATION, key: bytes) -> str:
    length = raw.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")


def _style(appearance: str) -> tuple[float, Colour]:
    """Return the size and colour that a default appearance asks for, such as `/Helv 12 Tf 1 0 0 rg`."""
    size, colour = USUAL_SIZE, (0, 0, 0)
    numbers: list[float] = []
    for word in appearance.split():
        try:
            numbers.append(float(word))
            continue
        except ValueError:
            pass
        if word == "Tf" and numbers and SMALLEST <= numbers[-1] <= LARGEST:
            size = numbers[-1]
        elif word == "g" and numbers:
            colour = (_byte(numbers[-1]),) * 3
        elif word == "rg" and len(numbers) >= 3:
            colour = (_byte(numbers[-3]), _byte(numbers[-2]), _byte(numbers[-1]))
        numbers = numbers if word.startswith("/") else []
    return size, colour


def _byte(share: float) -> int:
    return round(255 * min(max(share, 0.0), 1.0)) if share == share else 0
