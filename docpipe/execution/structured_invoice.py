"""Serves key fields from an invoice's own XML, places them on the pages, and compares them with what is printed.

The XML is what counts. Where the print says something else, a person should know: an attacker, or a program with an
error, may have made the two differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from docpipe.document import Document, Doubt, KeyField, Row, StructuredInvoice
from docpipe.execution.print_lookup import PrintLookup, copy_place, is_amount, says_the_same
from docpipe.values.amounts import to_decimal
from docpipe.values.identifiers import is_iban

REASON = "xml_disagrees"
ALWAYS_PRINTED = ("invoice_number", "issue_date", "total_gross")
"""What the print of every invoice shows: it is doubted where it is not there, whatever else was read."""
COMPARED_SUMS = ("total_net", "total_tax", "amount_due")
COMPARED_NAMES = ("seller.name", "buyer.name")
COMPARED_NUMBERS = ("payment.iban", "seller.tax_id", "buyer.tax_id")
SURE = 0.9
"""From this confidence the print's own reading counts although the XML's value stands elsewhere on the page, too."""
LIKELY = 0.5
"""From this confidence the print's reading counts where the XML's value stands nowhere."""


def serve_from_xml(before: Document, printed: Document | None) -> Document:
    """Return a document with the key fields of its XML, placed on its pages and compared with them.

    Rows come from the XML alone; the lowest profiles hold none.

    Args:
        before: the document with its pages read, and `invoice` set.
        printed: the same with key fields read from the pages; None where that was not done or failed.
    """
    invoice = before.invoice
    assert invoice is not None
    read = printed if printed is not None else before
    lookup = PrintLookup.of(before)
    fields = {path: lookup.locate(path, field, read.fields.get(path)) for path, field in invoice.fields.items()}
    items = tuple(_place_row(row, _counterpart(row, read), lookup) for row in invoice.line_items)
    added = _only_printed(invoice, read)
    own = {doubt.field for doubt in invoice.doubts}
    doubts = [
        *before.doubts,
        *invoice.doubts,
        *(doubt for doubt in _differences(before, invoice, read, lookup) if doubt.field not in own),
        *(doubt for doubt in read.doubts[len(before.doubts) :] if doubt.field in added),
    ]
    return replace(
        read,
        fields={**added, **fields},
        line_items=items,
        tax_breakdown=invoice.tax_breakdown,
        doubts=tuple(doubts),
    )


def _only_printed(invoice: StructuredInvoice, read: Document) -> dict[str, KeyField]:
    """Return what the print says beyond the XML.

    No sums where the XML has rows or their sum: silent about a discount, it says that there is none. Only the lowest
    profile (MINIMUM) leaves sums out.
    """
    complete = bool(invoice.line_items) or "total_lines" in invoice.fields
    return {
        path: field
        for path, field in read.fields.items()
        if path not in invoice.fields and not (complete and is_amount(path))
    }


def _counterpart(row: Row, read: Document) -> Row:
    """Return the printed row that says most of what a row of the XML says."""
    best: Row = {}
    most = 1
    for other in read.line_items:
        same = sum(_same_cell(cell, field, other) for cell, field in row.items())
        if same > most:
            best, most = other, same
    return best


def _same_cell(cell: str, field: KeyField, other: Row) -> bool:
    printed = other.get(cell)
    return printed is not None and says_the_same(cell, field.value, printed.value)


def _place_row(row: Row, printed: Row, lookup: PrintLookup) -> Row:
    """Return a row whose cells have the places of the printed row; a description is looked for where there is none."""
    placed = {}
    for cell, field in row.items():
        at = printed.get(cell)
        if at is not None and at.polygon is not None and says_the_same(cell, field.value, at.value):
            field = copy_place(field, at)
        elif cell == "description":
            field = lookup.locate(cell, field, None)
        placed[cell] = field
    return placed


def _differences(before: Document, invoice: StructuredInvoice, read: Document, lookup: PrintLookup) -> Iterator[Doubt]:
    """Yield a doubt for each field that the pages show otherwise; none where not all pages were read."""
    if not lookup.lines or len(before.pages) < before.page_count:
        return
    for path in (*ALWAYS_PRINTED, *COMPARED_SUMS, *COMPARED_NAMES, *COMPARED_NUMBERS):
        field = invoice.fields.get(path)
        if field is None or field.value is None:
            continue
        printed = read.fields.get(path)
        if printed is not None and says_the_same(path, field.value, printed.value):
            continue
        if (rival := _rival(path, field.value, printed, lookup)) is not None:
            yield _doubt(path, field.value, rival)
    yield from _row_differences(invoice, read, lookup)


def _rival(path: str, value: str, printed: KeyField | None, lookup: PrintLookup) -> str | None:
    """Return what the print says instead, "" where it only lacks the value; None where the two agree."""
    other = printed.value if printed is not None and printed.confidence >= LIKELY else None
    sure = printed is not None and printed.confidence >= SURE and printed.source != "derived"
    if path in COMPARED_NAMES:
        return other if other and not lookup.is_nearly_printed(value) else None
    if path in COMPARED_NUMBERS:
        good = other is not None and (path != "payment.iban" or is_iban(other))
        return other if good and not lookup.find(path, value) else None
    found = lookup.find(path, value)
    if path in ALWAYS_PRINTED:
        if found:
            return other if sure else None
        return other or ""
    return None if found or to_decimal(value) == 0 else other


def _doubt(path: str, value: str, rival: str) -> Doubt:
    if rival:
        return Doubt(path, REASON, f"The XML says {value}, the print says {rival}.", rival)
    return Doubt(path, REASON, f"The XML says {value}, which is nowhere in the print.")


def _row_differences(invoice: StructuredInvoice, read: Document, lookup: PrintLookup) -> Iterator[Doubt]:
    """Yield a doubt where a row's amount is printed otherwise; only where print and XML have as many rows."""
    if not invoice.line_items or len(invoice.line_items) != len(read.line_items):
        return
    for number, (row, printed) in enumerate(zip(invoice.line_items, read.line_items, strict=True), start=1):
        own, other = row.get("net_amount"), printed.get("net_amount")
        if own is None or other is None or own.value is None or not other.value:
            continue
        same = says_the_same("net_amount", own.value, other.value)
        if not same and other.confidence >= LIKELY and not lookup.find("net_amount", own.value):
            text = f"The XML says {own.value} for the amount of row {number}, the print says {other.value}."
            yield Doubt("line_items", REASON, text, other.value)
            return
