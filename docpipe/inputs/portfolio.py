"""Tells a PDF portfolio, a cover page with documents inside, from a PDF with attachments such as an e-invoice's XML.

Call with PDFium's lock held.
"""

from __future__ import annotations

import re
import zlib

import pypdfium2 as pdfium

from docpipe.document import Doubt
from docpipe.inputs.names import printable
from docpipe.inputs.pdf_attachments import attachment_count, attachment_names

REASON = "portfolio"
MOST_NAMES = 20
"""Embedded files that are looked at by name."""
MOST_STREAMS, MOST_UNPACKED = 200, 1 << 20
"""Object streams that are searched for the catalogue, and bytes unpacked of each."""

_COLLECTION = re.compile(rb"/Collection\s*(?:<<|\d+\s+\d+\s+R)")
_OBJECT_STREAM = re.compile(rb"/ObjStm\b[^>]{0,300}>>\s*stream\r?\n")


def portfolio_doubt(pdf: pdfium.PdfDocument, data: bytes) -> Doubt | None:
    """Return what to say of a portfolio, with the names of its documents; None for any other PDF."""
    count = attachment_count(pdf)
    if not count:
        return None
    names = attachment_names(pdf, MOST_NAMES)
    documents = [name for name in names if not name.lower().endswith((".xml", ".p7m", ".xsd", ".joboptions"))]
    if not documents or not _is_collection(data):
        return None
    shown = ", ".join(printable(name)[:80] for name in documents)
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return Doubt(
        "document",
        REASON,
        f"The PDF is a portfolio: its documents are embedded files, and only its cover was read. Save them and read "
        f"them: {shown}{more}.",
    )


def _is_collection(data: bytes) -> bool:
    """Tell whether the catalogue says `Collection` (ISO 32000-1, 12.3.5), be it packed in an object stream."""
    if _COLLECTION.search(data):
        return True
    for n, match in enumerate(_OBJECT_STREAM.finditer(data)):
        if n == MOST_STREAMS:
            return False
        try:
            unpacked = zlib.decompressobj().decompress(data[match.end() : match.end() + MOST_UNPACKED], MOST_UNPACKED)
        except zlib.error:
            continue
        if _COLLECTION.search(unpacked):
            return True
    return False
