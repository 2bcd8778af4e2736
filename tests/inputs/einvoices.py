"""Structured invoices for tests: made-up documents with their XML, and XML that is meant to do harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.einvoice import file_name, has_xml, invoice_xml, with_attachment
from docpipe.lab.synth.make import make
from docpipe.lab.synth.pdf import can_be_digital, digital_pdf

ENTITIES = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "billion_laughs": (
        lambda: f'<!DOCTYPE Invoice [<!ENTITY l0 "ha">{ENTITIES}]><Invoice>&l9;</Invoice>'.encode(),
        "document type definition",
    ),
    "billion_laughs_in_an_attribute": (
        lambda: f'<!DOCTYPE Invoice [<!ENTITY l0 "ha">{ENTITIES}]><Invoice a="&l9;"/>'.encode(),
        "document type definition",
    ),
    "in_utf_16": (
        lambda: f'<!DOCTYPE Invoice [<!ENTITY l0 "ha">{ENTITIES}]><Invoice>&l9;</Invoice>'.encode("utf-16"),
        "document type definition",
    ),
    "external_entity": (
        lambda: b'<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]><Invoice>&x;</Invoice>',
        "document type definition",
    ),
    "external_definition": (
        lambda: b'<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/invoice.dtd"><Invoice/>',
        "document type definition",
    ),
    "fifty_megabytes": (lambda: b"<Invoice>" + b" " * (50 << 20) + b"</Invoice>", "over the bound"),
    "depth_of_10000": (lambda: b"<Invoice>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</Invoice>", "deep"),
    "a_million_elements": (lambda: b"<Invoice>" + b"<a/>" * 1_000_000 + b"</Invoice>", "too many elements"),
    "cut_short": (lambda: b"<?xml version='1.0'?><Invoice><ID>1</ID>", "damaged"),
    "another_format": (lambda: b"<?xml version='1.0'?><settings/>", "no invoice that docpipe knows"),
    "of_no_invoice": (lambda: b"<?xml version='1.0'?><Invoice xmlns='urn:other'/>", "no invoice that docpipe knows"),
    "empty": (lambda: b"<?xml version='1.0'?>", "damaged"),
}
"""Name -> content, and a word of what is said of it."""


def made_up(profile: str, *, seed: int = 0, language: str = "de") -> SynthDocument:
    """Return the first document from a seed on that can have XML of a profile and is right in its sums."""
    while True:
        document = make(seed, "invoice", language)
        if has_xml(document, profile) and can_be_digital(document) and document.sums_right:
            return document
        seed += 1


def hybrid(document: SynthDocument, profile: str, printed: SynthDocument | None = None) -> bytes:
    """Return a digital PDF with the document's XML inside; `printed` is what its page shows instead."""
    data, _ = digital_pdf(printed or document)
    return with_attachment(data, file_name(profile), invoice_xml(document, profile))


def printed_otherwise(document: SynthDocument, path: str, value: str) -> SynthDocument:
    """Return a document that prints another value wherever it prints that of a field."""
    raw = document.fields[path].raw
    runs = []
    for run in document.runs:
        spans = tuple(replace(span, end=span.end) for span in run.spans)
        runs.append(replace(run, text=run.text.replace(raw, value), spans=spans if raw not in run.text else ()))
    return replace(document, runs=tuple(runs))
