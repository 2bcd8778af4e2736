"""Which kinds of structured invoices there are, told by the root element, and the one way to read any of them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from docpipe.document import Doubt, KeyField, StructuredInvoice
from docpipe.errors import InputError, InputUnreadable, InputUnsupported
from docpipe.inputs.einvoice import chinese, cii, ubl
from docpipe.inputs.einvoice.elements import Element, Found, local_name
from docpipe.inputs.einvoice.roots import ENVELOPES
from docpipe.inputs.einvoice.xml_parser import parse_xml

log = logging.getLogger("docpipe.inputs")

Rows = list[dict[str, KeyField]]


@dataclass(frozen=True, slots=True)
class Syntax:
    """One kind of structured invoice."""

    name: str
    """As a result says it: `cii`, `ubl`, …"""
    read: Callable[[Element, Found], tuple[Rows, Rows]]
    profile: Callable[[Element], str]
    fits: Callable[[Element], bool] = lambda root: True


def _no_profile(root: Element) -> str:
    return ""


def _is_ubl(root: Element) -> bool:
    return str(root.tag).startswith("{urn:oasis:names:specification:ubl:")


CII = Syntax("cii", cii.read_cii, cii.profile_of)
UBL = Syntax("ubl", ubl.read_ubl, ubl.profile_of, _is_ubl)

SYNTAXES = {
    "CrossIndustryInvoice": CII,
    "CrossIndustryDocument": Syntax("zugferd_1", cii.read_cii, cii.profile_of),
    "Invoice": UBL,
    "CreditNote": UBL,
    "EInvoice": Syntax("cn_digital", chinese.read_digital, _no_profile),
    "eInvoice": Syntax("cn_ofd", chinese.read_edrm, _no_profile),
    "xbrl": Syntax("cn_xbrl", chinese.read_xbrl, _no_profile, chinese.is_invoice_xbrl),
}
"""Local name of the root element -> how it is read."""

MOST_UNREAD = 5


def read_invoice(data: bytes, name: str) -> StructuredInvoice:
    """Return what the XML of an invoice says; `name` is what errors and results call the file.

    Raises:
        InputUnsupported: well-formed XML, but no invoice that docpipe knows.
        InputTooLarge: over a bound of `xml_parser`.
        InputUnreadable: damaged, with a document type definition, or such that reading it met an error of docpipe.
    """
    try:
        return _read(data, name)
    except InputError:
        raise
    except Exception as e:  # whoever wrote the XML must not decide that the print goes unread
        log.exception("docpipe.einvoice_failed file=%s", name)
        raise InputUnreadable(f"{name}: the XML cannot be read ({type(e).__name__}: {e}). Please report this.") from e


def _read(data: bytes, name: str) -> StructuredInvoice:
    root = _unwrap(parse_xml(data, name))
    syntax = syntax_of(root)
    if syntax is None:
        raise InputUnsupported(
            f"{name}: an XML file with the root {local_name(root)[:60]!r}, which is no invoice that docpipe knows. "
            "It reads UN/CEFACT CII (Factur-X, ZUGFeRD), UBL 2.1 and Chinese digital invoices."
        )
    found = Found()
    items, taxes = syntax.read(root, found)
    if not found.fields:
        raise InputUnsupported(f"{name}: an invoice in {syntax.name} that says nothing.")
    doubts = tuple(
        Doubt(path, "xml_unreadable_value", f"The XML says {text!r}, which is no value of this field.")
        for path, text in found.unread[:MOST_UNREAD]
    )
    return StructuredInvoice(
        syntax=syntax.name,
        profile=syntax.profile(root)[:200],
        file=name,
        sha256=hashlib.sha256(data).hexdigest(),
        fields=found.fields,
        line_items=tuple(items),
        tax_breakdown=tuple(taxes),
        doubts=doubts,
    )


def syntax_of(root: Element) -> Syntax | None:
    """Return how an element is read as an invoice; None where it is none."""
    syntax = SYNTAXES.get(local_name(root))
    return syntax if syntax is not None and syntax.fits(root) else None


def _unwrap(root: Element) -> Element:
    """Return the invoice in an envelope, or the element itself."""
    if local_name(root) not in ENVELOPES:
        return root
    return next((child for child in root if syntax_of(child) is not None), root)
