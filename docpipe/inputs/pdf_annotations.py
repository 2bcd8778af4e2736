"""Makes form fields and annotations part of a PDF page, as a viewer shows them. Call with PDFium's lock held.

PDFium builds the appearance of what has none (form fields, marks) and then flattens the page: appearances become
drawings and text of the page, so that its picture and its text layer both have them. Free text without an appearance is
written onto the page instead.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from docpipe.inputs.pdf_notes import Note, note_of, write_notes
from docpipe.inputs.pdf_text import PdfBox

MOST = 2_000
"""Annotations of one page. The time to build their appearances grows with their square: 0.1 s for 1,000, 6 s for
10,000 on a 2.6 GHz Xeon."""

_NOT_SHOWN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_MAY_HOLD_TEXT = frozenset({raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_INK, raw.FPDF_ANNOT_FREETEXT})
_WITHOUT_PRINT = frozenset(
    {raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_FILEATTACHMENT}
)
"""Kinds that show an icon or nothing on the page itself; what a closed note says is not shown."""
_COMB = 1 << 24
"""A text field's flag for a cell for each character (ISO 32000-1, table 228)."""


@dataclass(frozen=True, slots=True)
class Annotations:
    """What the annotations of a page mean for reading it."""

    combs: tuple[PdfBox, ...] = ()
    """Form fields with a cell for each character."""
    marks: tuple[PdfBox, ...] = ()
    """Stamps, notes and handwriting laid over the page: their letters may be drawn, or a picture."""
    too_many: bool = False
    """Whether there were more than `MOST`; then they are drawn as the file has them, and are no part of its text."""


NONE = Annotations()


class PageLoader:
    """Loads the pages of one PDF with their form fields and annotations in them. Close it before the PDF."""

    def __init__(self, pdf: pdfium.PdfDocument) -> None:
        self._pdf = pdf
        self._form: Any = None
        self._settings = raw.FPDF_FORMFILLINFO(version=2)

    def load(self, index: int) -> tuple[pdfium.PdfPage, Annotations]:
        """Return a page (from 0) with its visible form fields and annotations flattened into it.

        A page without any is returned untouched.

        Raises:
            pypdfium2.PdfiumError: the page is damaged.
        """
        page = self._pdf[index]
        count = raw.FPDFPage_GetAnnotCount(page)
        if count <= 0 or not _any_print(page, min(count, MOST)):
            return page, NONE
        if count > MOST:
            return page, Annotations(too_many=True)
        if self._form is None and self._pdf.get_formtype() != raw.FORMTYPE_NONE:
            self._form = raw.FPDFDOC_InitFormFillEnvironment(self._pdf, self._settings)
        notes = _take_notes(page, count)
        try:
            if self._form:
                raw.FORM_OnAfterLoadPage(page, self._form)  # builds the appearances that are missing
            found = _look(self._form, page, count - len(notes))
            raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
        finally:
            if self._form:
                raw.FORM_OnBeforeClosePage(page, self._form)
            page.close()
        page = self._pdf[index]
        write_notes(self._pdf, page, notes)
        return page, found

    def close(self) -> None:
        """Free what PDFium holds of the form. May be called more than once."""
        if self._form:
            raw.FPDFDOC_ExitFormFillEnvironment(self._form)
            self._form = None


def _any_print(page: pdfium.PdfPage, count: int) -> bool:
    for n in range(count):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        if annotation:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            raw.FPDFPage_CloseAnnot(annotation)
            if kind not in _WITHOUT_PRINT:
                return True
    return False


def _take_notes(page: pdfium.PdfPage, count: int) -> list[Note]:
    """Take free text without an appearance off a page, and return what of it is shown."""
    notes: list[Note] = []
    rect = raw.FS_RECTF()
    for n in reversed(range(count)):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        if not annotation:
            continue
        note = None
        if (
            raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_FREETEXT
            and not raw.FPDFAnnot_GetFlags(annotation) & _NOT_SHOWN
            and raw.FPDFAnnot_GetRect(annotation, rect)
        ):
            note = note_of(annotation, (rect.left, rect.bottom, rect.right, rect.top))
        raw.FPDFPage_CloseAnnot(annotation)
        if note is not None:
            raw.FPDFPage_RemoveAnnot(page, n)
            notes.append(note)
    return notes[::-1]


def _look(form: Any, page: pdfium.PdfPage, count: int) -> Annotations:
    """Take away what is not shown, and return what is."""
    combs: list[PdfBox] = []
    marks: list[PdfBox] = []
    rect = raw.FS_RECTF()
    for n in reversed(range(count)):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        if not annotation:
            continue
        hidden = bool(raw.FPDFAnnot_GetFlags(annotation) & _NOT_SHOWN)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        if not hidden and raw.FPDFAnnot_GetRect(annotation, rect):
            box = (rect.left, rect.bottom, rect.right, rect.top)
            if kind == raw.FPDF_ANNOT_WIDGET:
                if form and _is_comb(form, annotation):
                    combs.append(box)
            elif kind in _MAY_HOLD_TEXT:
                marks.append(box)
        raw.FPDFPage_CloseAnnot(annotation)
        if hidden:
            raw.FPDFPage_RemoveAnnot(page, n)
    return Annotations(tuple(reversed(combs)), tuple(reversed(marks)))


def _is_comb(form: Any, annotation: Any) -> bool:
    """Tell whether a field has a cell for each character, and none of them is left empty between others."""
    if not raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _COMB:
        return False
    text = ctypes.create_string_buffer(512)
    length = raw.FPDFAnnot_GetFormFieldValue(form, annotation, ctypes.cast(text, ctypes.POINTER(ctypes.c_ushort)), 512)
    return 2 < length <= 512 and " " not in text.raw[: length - 2].decode("utf-16-le", "replace").strip()
