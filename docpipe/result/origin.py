"""Where a result comes from: which document, which versions of what read it, and in what time."""

from __future__ import annotations

from docpipe.result.by_stage import StageTimings
from docpipe.result.frozen import Frozen


class EInvoiceInfo(Frozen):
    """The XML that the fields come from."""

    syntax: str
    """`cii`, `zugferd_1`, `ubl`, `cn_digital`, `cn_ofd` or `cn_xbrl`; the list is open."""
    profile: str
    """The specification that the XML names (EN 16931: BT-24); empty where it names none."""
    file: str
    """The name of the XML file."""
    sha256: str


class DocumentInfo(Frozen):
    """Which document this is. `id` is a hash of the content; `path` is relative to the input root."""

    id: str
    path: str
    sha256: str
    media_type: str
    bytes: int
    pages: int
    pages_read: int
    einvoice: EInvoiceInfo | None = None
    """Of a document whose fields come from its own XML; null for every other, and in results of schema 1.2."""


class Timings(Frozen):
    """Milliseconds. The only part of a result, beside degradations and errors, that may differ between two runs."""

    total_ms: float
    queue_ms: float
    stages: StageTimings


class ProducedBy(Frozen):
    """Versions of what made the result; null where it is not installed."""

    docpipe: str
    paddlepaddle: str | None
    paddleocr: str | None
    onnxruntime: str | None
    config_sha256: str
    rules_sha256: str
