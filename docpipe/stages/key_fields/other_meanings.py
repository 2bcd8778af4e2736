"""What a chosen value is instead: the end of a longer number, a credit and no payment, a day of something else.

Each test looks at the value's place on the page or at the other values, and at nothing that a model says of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from docpipe.document import Doubt, KeyField
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.layout import Cell

NUMBER, DUE = "invoice_number", "due_date"
NEAR = 0.8
"""Lines of one cell of a form stand no further apart than so many heights."""
RIVAL = 0.8
"""Another day counts that has at least so much of the best one's score."""


def without_cut_number(page: PageView, fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields without a number whose beginning stands in the line above: `0044-` over `2210-7`."""
    found = fields.get(NUMBER)
    if found is None or found.value is None or found.raw is None:
        return dict(fields)
    cells = [cell for cell in page.layout.cells if set(found.line_ids) & set(cell.line_ids)]
    if len(cells) != 1 or not cells[0].text.startswith(found.raw) or not _goes_on_from_above(page, cells[0]):
        return dict(fields)
    return {path: field for path, field in fields.items() if path != NUMBER}


def _goes_on_from_above(page: PageView, cell: Cell) -> bool:
    above = next(iter(page.layout.above(cell, 1)), None)
    return (
        above is not None
        and above.text.rstrip()[-1:] in ("-", "/")
        and any(c.isdigit() for c in above.text[-6:])
        and cell.box[1] - above.box[3] < NEAR * cell.height
        and abs(above.box[0] - cell.box[0]) < cell.height
    )


def without_credit_as_payment(fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields of a credit note without a payment that is its total, read from the same line."""
    kind, total, paid = (fields.get(path) for path in ("document_type", "total_gross", "amount_paid"))
    credit = kind is not None and kind.value == "credit_note"
    same = total is not None and paid is not None and total.line_ids == paid.line_ids
    return {path: field for path, field in fields.items() if not (credit and same and path == "amount_paid")}


def doubt_two_due_dates(fields: Mapping[str, KeyField], candidates: Sequence[Candidate]) -> Iterator[Doubt]:
    """Yield the doubt of a day when payment is due beside which another day has a label as good."""
    due = fields.get(DUE)
    if due is None or due.value is None:
        return
    known = [c for c in candidates if c.path == DUE]
    best = max((c.score for c in known if c.value == due.value), default=0.0)
    rival = max((c for c in known if c.value != due.value), key=lambda c: c.score, default=None)
    if rival is not None and best and rival.score >= RIVAL * best:
        message = f"{due.raw} was taken for the day when payment is due; {rival.raw} has a label for it, too."
        yield Doubt(DUE, "close_choice", message, rival.value)


def doubt_nameless(fields: Mapping[str, KeyField]) -> Iterator[Doubt]:
    """Yield the doubt of a buyer's address without a name: nothing says that it is the buyer's."""
    name, address = fields.get("buyer.name"), fields.get("buyer.address")
    if address is not None and address.value is not None and (name is None or name.value is None):
        yield Doubt("buyer.address", "doubtful_party", f"“{address.value}” stands below no name of a buyer.")
