"""Finds the structured invoice inside a PDF: Factur-X, ZUGFeRD and XRechnung attach it under agreed names.

Call with PDFium's lock held.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from docpipe.document import StructuredInvoice
from docpipe.errors import InputError, InputTooLarge, InputUnreadable, InputUnsupported
from docpipe.inputs.einvoice.roots import may_be_invoice
from docpipe.inputs.einvoice.syntaxes import read_invoice
from docpipe.inputs.einvoice.xml_parser import MAX_BYTES
from docpipe.inputs.names import printable
from docpipe.inputs.pdf_attachments import attachment_bytes, attachment_names
from docpipe.inputs.pdf_streams import unpacks_to_more

log = logging.getLogger("docpipe.inputs")

AGREED = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "cida.xml")
"""Names of the XML in capitals or not: Factur-X and ZUGFeRD from 2.1, ZUGFeRD 1 and 2.0, XRechnung, orders."""
MOST_FILES = 50
"""Files inside that are looked at by name."""
MOST_TRIED = 5
"""Files inside that are unpacked."""
_HEAD = 1 << 14


def embedded_invoice(pdf: pdfium.PdfDocument, data: bytes) -> tuple[StructuredInvoice | None, str]:
    """Return the invoice inside, and why there is none although there should be one; never raises for a bad file.

    `data` are the PDF's bytes. Files under an agreed name come first. Any other XML file counts only where it is an
    invoice that can be read.
    """
    problem = ""
    candidates = list(_candidates(attachment_names(pdf, MOST_FILES)))
    encrypted = raw.FPDF_GetSecurityHandlerRevision(pdf) >= 0
    if candidates and unpacks_to_more(data, MAX_BYTES, encrypted=encrypted):
        what = (
            "may be over the bound when unpacked, and is encrypted" if encrypted else "is over the bound when unpacked"
        )
        return None, f"{candidates[0][1]}: a stream of the PDF {what}, so no file inside was read."
    for number, name, agreed in candidates:
        try:
            xml = attachment_bytes(pdf, number, MAX_BYTES)
            if xml is None:
                raise InputUnreadable(f"{name}: the file inside the PDF cannot be unpacked.")
            if not agreed and not may_be_invoice(xml[:_HEAD]):
                continue
            return read_invoice(xml, name), ""
        except InputTooLarge as e:
            return None, problem or f"{name}: {str(e).removeprefix(f'{name}: ')}"
        except InputUnsupported as e:
            found = str(e) if agreed else ""
        except InputError as e:
            found = str(e) if str(e).startswith(name) else f"{name}: {e}"
        except Exception as e:  # a file inside must not cost the pages
            log.exception("docpipe.einvoice_failed file=%s", name)
            found = f"{name}: {type(e).__name__}: {e}. Please report this."
        problem = problem or found
    return None, problem


def _candidates(names: Sequence[str]) -> Iterator[tuple[int, str, bool]]:
    """Yield number, name and whether the name is an agreed one, of the files that may be an invoice, the best first."""
    files = [
        (AGREED.index(low) if (low := name.lower()) in AGREED else len(AGREED), n, name)
        for n, name in enumerate(names)
        if name.lower().endswith(".xml")
    ]
    for rank, number, name in sorted(files)[:MOST_TRIED]:
        yield number, printable(name)[:80], rank < len(AGREED)
