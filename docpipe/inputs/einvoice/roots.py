"""Tells from a file's first bytes whether its root element may be an invoice's, without parsing it."""

from __future__ import annotations

import re

ROOTS = ("CrossIndustryInvoice", "CrossIndustryDocument", "Invoice", "CreditNote", "EInvoice", "eInvoice", "xbrl")
"""Local names of the root elements that `syntaxes.py` reads."""
ENVELOPES = ("StandardBusinessDocument",)
"""What an invoice may be sent in, such as Peppol's header (SBDH)."""

_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_NO_ELEMENT = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)


def may_be_invoice(head: bytes) -> bool:
    """Return False where the root element can be seen and is no invoice's; what cannot be seen may be one."""
    match = _ROOT.search(_NO_ELEMENT.sub(b"", head))
    return match is None or match[1].decode("ascii", "replace") in (*ROOTS, *ENVELOPES)
