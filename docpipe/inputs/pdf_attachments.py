"""The files inside a PDF, by name: call with PDFium's lock held."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from docpipe.errors import InputTooLarge

_NAME_BYTES = 1024


def attachment_count(pdf: pdfium.PdfDocument) -> int:
    """Return how many files the PDF says it holds."""
    return max(int(raw.FPDFDoc_GetAttachmentCount(pdf)), 0)


def attachment_names(pdf: pdfium.PdfDocument, most: int) -> Sequence[str]:
    """Return the names of the first files inside; one that cannot be read is `file 3`."""
    return [_name(pdf, number) for number in range(min(attachment_count(pdf), most))]


def attachment_bytes(pdf: pdfium.PdfDocument, number: int, most: int) -> bytes | None:
    """Return the content of a file inside, the first at 0; None where it cannot be unpacked.

    Raises:
        InputTooLarge: more than `most` bytes.
    """
    attachment = raw.FPDFDoc_GetAttachment(pdf, number)
    length = ctypes.c_ulong()
    if not attachment or not raw.FPDFAttachment_GetFile(attachment, None, 0, ctypes.byref(length)):
        return None
    if length.value > most:
        raise InputTooLarge(f"{length.value:,} bytes, over the bound of {most:,}.")
    content = ctypes.create_string_buffer(max(length.value, 1))
    if not raw.FPDFAttachment_GetFile(attachment, content, length.value, ctypes.byref(length)):
        return None
    return content.raw[: length.value]


def _name(pdf: pdfium.PdfDocument, number: int) -> str:
    attachment = raw.FPDFDoc_GetAttachment(pdf, number)
    if not attachment:
        return f"file {number + 1}"
    text = ctypes.create_string_buffer(_NAME_BYTES)
    length = raw.FPDFAttachment_GetName(attachment, ctypes.cast(text, ctypes.POINTER(ctypes.c_ushort)), _NAME_BYTES)
    if not 2 < length <= _NAME_BYTES:
        return f"file {number + 1}"
    return text.raw[: length - 2].decode("utf-16-le", "replace")
