"""PDF files, by PDFium: pages drawn as displayed at one resolution, with the lines of their own text.

PDFium is not thread-safe, not even with two documents, so one lock guards every call in the process.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.internal as internal
import pypdfium2.raw as raw

from docpipe.document import Box, Doubt, Image, Page, Polygon, TextLine
from docpipe.errors import InputEncrypted, InputTooLarge, InputUnreadable, PageUnreadable
from docpipe.inputs.einvoice.embedded import embedded_invoice
from docpipe.inputs.layer_check import check_layer
from docpipe.inputs.limits import InputLimits
from docpipe.inputs.pdf_annotations import MOST, PageLoader
from docpipe.inputs.pdf_text import PageImages, PageText, boxes_in_pixels, read_images, read_text
from docpipe.inputs.portfolio import portfolio_doubt
from docpipe.inputs.text_layer import lines_of

PDFIUM = threading.RLock()
"""Held around every call into PDFium, closing included."""

MOST_LAID_OVER = 0.5
"""Share of a page that stamps and handwriting may take for the rest to be judged by itself."""
TOO_MANY = f"the page has more than {MOST:,} form fields and annotations, which are not in its text layer"
MIN_DPI = 36
"""Below this, print of 8 points is 4 pixels high and nothing can be read."""


class PdfPages:
    """The pages of a PDF file. Holds the file's bytes; one page is loaded at a time."""

    def __init__(
        self, path: str, data: bytes, limits: InputLimits, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Open the file and count its pages.

        Raises:
            InputEncrypted: it asks for a password.
            InputUnreadable: damaged, or without pages.
            InputTooLarge: more pages to read than the bound.
        """
        self._path, self._limits, self._clock = path, limits, clock
        with PDFIUM:
            self._data = data  # PDFium reads it as it goes
            self._pdf = _open(path, data)
            self._loader = PageLoader(self._pdf)
            self.page_count = len(self._pdf)
            portfolio = portfolio_doubt(self._pdf, data)
            self.invoice, self.invoice_problem = (
                (None, "") if limits.einvoice == "ignore" else embedded_invoice(self._pdf, data)
            )
            dynamic = self._pdf.get_formtype() == raw.FORMTYPE_XFA_FULL
        self.doubts: tuple[Doubt, ...] = () if portfolio is None else (portfolio,)
        self.notes: tuple[str, ...] = ()
        if dynamic:
            self.notes = ("a dynamic XFA form: only the page that stands in for it can be read; print it to PDF",)
        try:
            self.selected = limits.choose_pages(path, self.page_count)
        except Exception:
            self.close()
            raise

    def read(self, number: int) -> Page:
        """Return the page of that number (from 1).

        Raises:
            PageUnreadable: damaged, over a bound, too slow to draw, or without the text layer that is required.
        """
        name = f"{self._path}, page {number}"
        try:
            with PDFIUM:
                page, annotations = self._loader.load(number - 1)
                try:
                    images = read_images(page)
                    drawn = self._draw(page, images.most_pixels, name, number)
                    wanted = self._limits.text_layer != "ignore"
                    text = PageText((), 0.0, 0.0)
                    if wanted:
                        text = read_text(page, drawn.width, drawn.height, annotations.combs)
                    marks = boxes_in_pixels(page, drawn.width, drawn.height, annotations.marks)
                finally:
                    page.close()
        except pdfium.PdfiumError as e:
            raise PageUnreadable(f"{name}: the page is damaged ({e}). Export the PDF again.", number) from e
        except InputTooLarge as e:
            raise PageUnreadable(str(e), number) from e
        drawn = self._with_text_layer(drawn, text, images, marks, name)
        if drawn.text_layer is None:
            return drawn
        if annotations.too_many and self._limits.text_layer != "require":
            return replace(
                drawn, text_layer=None, text_layer_fonts=(), uncovered_by_text_layer=(), text_layer_reason=TOO_MANY
            )
        return drawn

    def _draw(self, page: pdfium.PdfPage, biggest: int, name: str, number: int) -> Page:
        wide, high = page.get_width(), page.get_height()
        if not (wide > 0 and high > 0):
            raise PageUnreadable(f"{name}: the page has no area ({wide:g} x {high:g} points).", number)
        dpi = self._resolution(wide, high, name)
        width, height = (max(1, round(side * dpi / 72)) for side in (wide, high))
        try:
            self._limits.check_size(name, width, height)
        except InputUnreadable as e:
            raise PageUnreadable(str(e), number) from e
        if biggest > self._limits.max_pixels:
            raise InputTooLarge(
                f"{name}: it shows an image of {biggest / 1e6:.0f} million pixels, over the bound of "
                f"{self._limits.max_pixels / 1e6:.0f} million. Export the PDF with smaller images, or raise "
                "input.max_pixels."
            )
        image = _render(page, width, height, self._clock, self._limits.page_seconds)
        if image is None:
            raise PageUnreadable(
                f"{name}: drawing the page took longer than {self._limits.page_seconds:g} s. "
                "Print the PDF to a simpler one, or raise input.page_seconds.",
                number,
            )
        return Page(number, width, height, image=image, dpi=dpi)

    def _resolution(self, wide: float, high: float, name: str) -> float:
        """Return the configured dpi, or for a page as large as a poster the highest that keeps the bounds."""
        limits = self._limits
        inches: tuple[float, float] = (wide / 72, high / 72)
        dpi = min(
            float(limits.pdf_dpi),
            math.sqrt(limits.max_pixels / (inches[0] * inches[1])),
            limits.max_side / max(inches),
        )
        if dpi == limits.pdf_dpi:
            return dpi
        if dpi < MIN_DPI:
            raise InputTooLarge(
                f"{name}: {inches[0]:.0f} x {inches[1]:.0f} inches. Within the bounds of {limits.max_pixels / 1e6:.0f} "
                f"million pixels and a side of {limits.max_side} it could only be drawn at {dpi:.1f} dpi, too "
                "coarse to read. Print it to an ordinary page size, or raise input.max_pixels and input.max_side."
            )
        return int(dpi * 0.999)  # rounding the sides up must not exceed the bounds

    def _with_text_layer(self, page: Page, text: PageText, images: PageImages, marks: Sequence[Box], name: str) -> Page:
        limits = self._limits
        assert page.image is not None  # as _draw made it
        assert page.dpi is not None
        found = lines_of(text.glyphs, page.number)
        lines = tuple(replace(each.line, polygon=_clip(each.line, page.width, page.height)) for each in found)
        apart = _unsaid(marks, lines)
        if sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in apart) > MOST_LAID_OVER * page.width * page.height:
            apart = ()
        checked = check_layer(limits, page, lines, text, images, apart)
        if limits.text_layer == "require" and checked.lines is None:
            raise PageUnreadable(
                f"{name}: {checked.reason}, and input.text_layer is require. Use auto to read its picture.",
                page.number,
            )
        served = checked.lines
        if served is None:
            return replace(page, text_layer_reason=checked.reason)
        fonts = {each.line.id: each.fonts for each in found}
        return replace(
            page,
            text_layer=tuple(replace(line, id=f"{page.number}-{n}") for n, line in enumerate(served, start=1)),
            text_layer_fonts=() if limits.text_layer == "require" else tuple(fonts[line.id] for line in served),
            text_layer_reason=checked.reason,
            beside_text_layer=apart,
            uncovered_by_text_layer=checked.beside,
        )

    def close(self) -> None:
        """Free what PDFium holds."""
        with PDFIUM:
            self._loader.close()
            self._pdf.close()


def _open(path: str, data: bytes) -> pdfium.PdfDocument:
    """Open the file; `data` must live as long as what is returned.

    By hand, since PDFium's last error is only set by failures: after an encrypted file, one without pages, which loads
    well, would pass for another encrypted one.
    """
    handle = raw.FPDF_LoadMemDocument64(data, len(data), None)
    if not handle:
        error = raw.FPDF_GetLastError()
        if error == raw.FPDF_ERR_PASSWORD:
            raise InputEncrypted(f"{path}: the PDF asks for a password. Save a copy without one, and read that.")
        if error == raw.FPDF_ERR_SECURITY:
            raise InputEncrypted(f"{path}: the PDF is protected in a way that docpipe cannot open. Save it without.")
        raise InputUnreadable(f"{path}: the PDF is cut short or damaged. Copy or export it again.")
    if raw.FPDF_GetPageCount(handle) < 1:
        raw.FPDF_CloseDocument(handle)
        raise InputUnreadable(f"{path}: the PDF has no pages.")
    return pdfium.PdfDocument(handle)


def _render(page: pdfium.PdfPage, width: int, height: int, clock: Callable[[], float], seconds: float) -> Image | None:
    """Draw a page on white; None where that took too long. PDFium asks between objects whether to go on."""
    deadline = clock() + seconds
    pause = raw.IFSDK_PAUSE(version=1)
    internal.set_callback(pause, "NeedToPauseNow", lambda _: clock() > deadline)
    bitmap = pdfium.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        status = raw.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT, pause)
        try:
            if status == raw.FPDF_RENDER_FAILED:
                raise pdfium.PdfiumError("the page cannot be drawn")
            if status == raw.FPDF_RENDER_TOBECONTINUED:
                return None
        finally:
            raw.FPDF_RenderPage_Close(page)
        return np.array(bitmap.to_numpy(), dtype=np.uint8, order="C")
    finally:
        bitmap.close()


def _unsaid(marks: Sequence[Box], lines: Sequence[TextLine]) -> tuple[Box, ...]:
    """Return the marks that no line of the text layer stands in."""

    def holds(mark: Box, line: TextLine) -> bool:
        x1, y1, x2, y2 = line.box
        return mark[0] <= (x1 + x2) / 2 <= mark[2] and mark[1] <= (y1 + y2) / 2 <= mark[3]

    return tuple(mark for mark in marks if not any(holds(mark, line) for line in lines))


def _clip(line: TextLine, width: int, height: int) -> Polygon:
    (a, b), (c, d), (e, f), (g, h) = (
        (min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))) for x, y in line.polygon
    )
    return ((a, b), (c, d), (e, f), (g, h))
