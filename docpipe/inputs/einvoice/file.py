"""An e-invoice that is an XML file of its own: a document without a page."""

from __future__ import annotations

from docpipe.document import Page
from docpipe.errors import InputUnsupported, PageUnreadable
from docpipe.inputs.einvoice.syntaxes import read_invoice
from docpipe.inputs.limits import InputLimits


class InvoiceFile:
    """What an XML file says; it has no page to look at."""

    page_count: int = 0
    selected: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def __init__(self, path: str, data: bytes, limits: InputLimits) -> None:
        """Read the file.

        Raises:
            InputUnsupported: no invoice, or `input.einvoice` is ignore.
            InputUnreadable: damaged.
            InputTooLarge: over a bound.
        """
        if limits.einvoice == "ignore":
            raise InputUnsupported(
                f"{path}: an XML file has nothing but its XML, and input.einvoice is ignore. Use auto to have it read."
            )
        self.invoice = read_invoice(data, path)

    def read(self, number: int) -> Page:
        """Raise PageUnreadable: there is no page."""
        raise PageUnreadable("an XML file has no page", number)

    def close(self) -> None:
        """Nothing to free."""
