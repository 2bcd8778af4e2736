"""How large a document is, before it is opened: pages and their pixels, from headers alone.

What a queue needs to guess how long a document will take. Cheap and bounded: no pixel is decoded, no page is drawn, and
where a header cannot be read at once nothing is known. Never raises: opening the document says what is wrong with it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

import numpy as np
import PIL.Image
from PIL.TiffImagePlugin import TiffImageFile

from docpipe.inputs.accepted import DocumentInput
from docpipe.inputs.images import READERS, header_errors
from docpipe.inputs.limits import InputLimits, select_pages
from docpipe.inputs.sniff import HEAD_BYTES, PDF, sniff
from docpipe.inputs.source import Source

MOST_PDF_BYTES = 32 << 20
"""A larger PDF is not opened only to count its pages."""
MOST_SIZES = 20
"""Pages whose own sizes are looked at; the others count as large as the last of these."""
WAIT_S = 0.02
"""How long PDFium may be busy with another document before nothing is known of this one."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Pages to read, each with its width and height in pixels as it will be read."""

    pages: tuple[tuple[int, int], ...]


def measure_extent(given: DocumentInput, limits: InputLimits) -> Extent | None:
    """Return how large a document is; None where that is not known at once, such as of a stream."""
    try:
        if isinstance(given, np.ndarray):
            return Extent(((given.shape[1], given.shape[0]),))
        if isinstance(given, PIL.Image.Image):
            return Extent(((given.width, given.height),))
        with _open(given, limits.max_bytes) as file:
            return None if file is None else _of_file(file, limits)
    except Exception:
        return None


@contextmanager
def _open(given: DocumentInput, max_bytes: int) -> Iterator[BinaryIO | None]:
    """Yield the document's bytes as a file; None where there are none at hand, or too many. Never waits for a pipe."""
    data = given.data if isinstance(given, Source) else given
    if isinstance(data, (bytes, bytearray, memoryview)):
        yield BytesIO(data) if len(data) <= max_bytes else None
        return
    path = given.file if isinstance(given, Source) else given
    if not isinstance(path, (str, os.PathLike)):
        yield None
        return
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        info = os.fstat(handle)
        yield file if stat.S_ISREG(info.st_mode) and info.st_size <= max_bytes else None


def _of_file(file: BinaryIO, limits: InputLimits) -> Extent | None:
    media_type = sniff(file.read(HEAD_BYTES))
    file.seek(0)
    if media_type == PDF:
        sizes, count = _pdf_pages(file, limits.pdf_dpi)
    elif media_type in READERS:
        sizes, count = _image_pages(file, media_type)
    else:
        return None
    if not sizes:
        return None
    numbers = select_pages(limits.pages, count)[: limits.max_pages]
    return Extent(tuple(sizes[min(number, len(sizes)) - 1] for number in numbers))


def _image_pages(file: BinaryIO, media_type: str) -> tuple[list[tuple[int, int]], int]:
    with header_errors("document"), READERS[media_type](file) as image:
        sizes = [image.size]
        while isinstance(image, TiffImageFile) and len(sizes) < MOST_SIZES:
            try:
                image.seek(len(sizes))
            except EOFError:
                break
            sizes.append(image.size)
        return sizes, len(sizes)


def _pdf_pages(file: BinaryIO, dpi: int) -> tuple[list[tuple[int, int]], int]:
    import pypdfium2 as pdfium

    from docpipe.inputs.pdf import PDFIUM

    data = file.read(MOST_PDF_BYTES + 1)
    if len(data) > MOST_PDF_BYTES or not PDFIUM.acquire(timeout=WAIT_S):
        return [], 0
    try:
        pdf = pdfium.PdfDocument(data)
        try:
            points = [pdf.get_page_size(index) for index in range(min(len(pdf), MOST_SIZES))]
            return [(round(w * dpi / 72), round(h * dpi / 72)) for w, h in points], len(pdf)
        finally:
            pdf.close()
    finally:
        PDFIUM.release()
