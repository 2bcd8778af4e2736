"""A result as one flat object: path to value, what was not found left out."""

from __future__ import annotations

from docpipe.result import Result, cells_of


def compact_view(result: Result) -> dict[str, str]:
    """Return `{path: value}`: `document.path`, `status`, and each field and cell that was found.

    Rows are counted from 0: `line_items[0].net_amount`. Values are those of the result, all of them text.
    """
    head = {"document.path": result.document.path, "status": result.status}
    return head | {path: field.value for path, field in cells_of(result) if field.value is not None}
