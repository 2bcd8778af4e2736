"""Writes made-up documents as PDFs: digital ones with a text layer, and pictures of pages for scans.

Digital ones use the fourteen fonts that every viewer has, so that a page takes a few kilobytes; those have Latin
letters only, so Chinese documents are always pictures.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageColor

from docpipe.lab.synth.document import Rule, Run, SynthDocument
from docpipe.lab.synth.draw import DrawnRun
from docpipe.lab.synth.text_widths import ASCENT, DESCENT, width_of

_FONTS = {
    "sans": ("Helvetica", "Helvetica-Bold"),
    "wide": ("Helvetica", "Helvetica-Bold"),
    "narrow": ("Helvetica", "Helvetica-Bold"),
    "serif": ("Times-Roman", "Times-Bold"),
    "slab": ("Times-Roman", "Times-Bold"),
    "mono": ("Courier", "Courier-Bold"),
}
_LIKE = {"wide": "sans", "narrow": "sans", "slab": "serif"}
_PLAIN = {"’": "'", "⊗": "x", "№": "No", " ": " ", "✉": ""}


def can_be_digital(document: SynthDocument) -> bool:
    """Whether every letter is one that the standard fonts have."""
    return all(
        _plain(character).isascii() or character in "€£§°²³·•–—„“”«»×" or "\xa0" < character < "\u0180"
        for run in document.runs
        for character in run.text
    )


def _plain(text: str) -> str:
    return "".join(_PLAIN.get(character, character) for character in text)


def digital_pdf(document: SynthDocument) -> tuple[bytes, list[list[DrawnRun]]]:
    """Return a PDF with a text layer, and per page its runs with their corners in points from the top left."""
    scale = 72 / document.dpi
    pdf = pypdfium2.PdfDocument.new()
    handles: dict[str, object] = {}
    placed: list[list[DrawnRun]] = []
    for number, (width, height) in enumerate(document.pages):
        page = pdf.new_page(width * scale, height * scale)
        top = height * scale
        for rule in document.rules:
            if rule.page == number:
                _rule(page, rule, scale, top)
        found = []
        for run in document.runs:
            if run.page != number:
                continue
            name = _FONTS[run.family][run.bold]
            if name not in handles:
                handles[name] = pdfium.FPDFText_LoadStandardFont(pdf.raw, name.encode())
            found.append(_text(pdf, page, run, handles[name], scale, top))
        page.gen_content()
        page.close()
        placed.append(found)
    buffer = BytesIO()
    pdf.save(buffer)
    for handle in handles.values():
        pdfium.FPDFFont_Close(handle)
    pdf.close()
    return buffer.getvalue(), placed


def _text(
    pdf: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, run: Run, font: object, scale: float, top: float
) -> DrawnRun:
    """Place one run, stretched to the width that the layout gave it."""
    size = run.size * scale
    text = _plain(run.text)
    made = pdfium.FPDFPageObj_CreateTextObj(pdf.raw, font, ctypes.c_float(size))
    encoded = (text + "\0").encode("utf-16-le")
    pdfium.FPDFText_SetText(made, ctypes.cast(ctypes.create_string_buffer(encoded), ctypes.POINTER(ctypes.c_ushort)))
    natural = width_of(text, _LIKE.get(run.family, run.family), size, run.bold)
    wanted = (run.box[2] - run.box[0]) * scale
    stretch = wanted / natural if natural else 1.0
    x, baseline = run.box[0] * scale, (run.box[1] + run.size * ASCENT) * scale
    pdfium.FPDFPageObj_Transform(made, stretch, 0, 0, 1, x, top - baseline)
    red, green, blue = ImageColor.getrgb(run.colour)[:3]
    pdfium.FPDFPageObj_SetFillColor(made, red, green, blue, 255)
    pdfium.FPDFPage_InsertObject(page.raw, made)
    box = [round(v, 2) for v in (x, baseline - ASCENT * size - 0.06 * size, x + wanted, baseline + DESCENT * size)]
    return DrawnRun(
        replace(run, text=text, size=size, spans=run.spans if text == run.text else ()),
        ((box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])),
    )


def _rule(page: pypdfium2.PdfPage, rule: Rule, scale: float, top: float) -> None:
    x1, y1, x2, y2 = (value * scale for value in rule.box)
    red, green, blue = ImageColor.getrgb(rule.colour)[:3]
    if rule.kind == "line":
        made = pdfium.FPDFPageObj_CreateNewPath(x1, top - y1)
        pdfium.FPDFPath_LineTo(made, x2, top - y2)
    else:
        made = pdfium.FPDFPageObj_CreateNewRect(x1, top - y2, x2 - x1, y2 - y1)
    if rule.kind == "fill":
        pdfium.FPDFPageObj_SetFillColor(made, red, green, blue, 255)
        pdfium.FPDFPath_SetDrawMode(made, pdfium.FPDF_FILLMODE_WINDING, False)
    else:
        pdfium.FPDFPageObj_SetStrokeColor(made, red, green, blue, 255)
        pdfium.FPDFPageObj_SetStrokeWidth(made, max(0.4, rule.weight * scale))
        pdfium.FPDFPath_SetDrawMode(made, pdfium.FPDF_FILLMODE_NONE, True)
    pdfium.FPDFPage_InsertObject(page.raw, made)


def picture_pdf(images: Sequence[Image.Image], dpi: int) -> bytes:
    """Return a PDF whose pages are pictures, as a scanner saves them."""
    pdf = pypdfium2.PdfDocument.new()
    for image in images:
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=88, dpi=(dpi, dpi))
        buffer.seek(0)
        width, height = image.width * 72 / dpi, image.height * 72 / dpi
        made = pypdfium2.PdfImage.new(pdf)
        made.load_jpeg(buffer)
        made.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        page = pdf.new_page(width, height)
        page.insert_obj(made)
        page.gen_content()
        page.close()
    buffer = BytesIO()
    pdf.save(buffer)
    pdf.close()
    return buffer.getvalue()
