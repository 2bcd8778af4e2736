"""What kind of document a code of UNTDID 1001 stands for, in the words of the result."""

from __future__ import annotations

_CREDIT_NOTES = frozenset("81 83 84 261 262 296 308 381 396 420 458 502 503 532".split())  # noqa: SIM905
_ORDERS = frozenset({"220", "230", "231"})
_CODE = 3


def kind_of(code: str) -> str | None:
    """Return `invoice`, `credit_note`, `order` or `other` for a code; every other code of an invoice is one.

    `84` was ZUGFeRD 1's credit note. Corrected (384) and self-billed (389) invoices are invoices.
    """
    code = code.strip()
    if not (code.isascii() and code.isdigit()) or len(code) > _CODE:
        return None
    if code in _CREDIT_NOTES:
        return "credit_note"
    return "order" if code in _ORDERS else "invoice"
