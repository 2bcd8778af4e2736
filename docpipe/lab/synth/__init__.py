"""Made-up invoices and receipts in English, German, French and Chinese, with exact labels.

`make(seed)` gives a document as text and boxes, without pixels; `as_ocr` shows it as a recogniser would read it.
"""

from __future__ import annotations

from docpipe.lab.synth.document import Box, FieldLabel, FieldSpan, Rule, Run, SynthDocument
from docpipe.lab.synth.make import KINDS, LANGUAGES, make
from docpipe.lab.synth.ocr import OcrLine, as_ocr

__all__ = [
    "KINDS",
    "LANGUAGES",
    "Box",
    "FieldLabel",
    "FieldSpan",
    "OcrLine",
    "Rule",
    "Run",
    "SynthDocument",
    "as_ocr",
    "make",
]
