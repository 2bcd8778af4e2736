"""What the whole document says: its kind and its currency."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from docpipe.stages.key_fields.candidates import Candidate, Page
from docpipe.stages.key_fields.layout import Cell
from docpipe.values.currency import find_currencies

_NAMES = re.compile(r"WAHRUNG|CURRENCY|DEVISE|BETRAGE IN|AMOUNTS? IN|币种")
"""Words beside which a code is the document's currency, however often another is named."""


def document_kind(page: Page) -> Iterator[Candidate]:
    """Yield the document's type: by the first of the pack's words that stands on the first page, else its default."""
    prepared = page.prepared
    first = [cell for cell in page.layout.cells if cell.page == page.layout.cells[0].page]
    for kind, pattern in prepared.kinds:
        for cell in first:
            found = pattern.search(cell.folded)
            if found is not None:
                raw = cell.text[found.start() : found.end()]
                yield Candidate("document_type", kind, raw, 0.9, f"{prepared.name}.kinds", (cell,))
                return
    if first and prepared.pack.default_kind != "other":
        yield Candidate("document_type", prepared.pack.default_kind, "", 0.6, f"{prepared.name}.kinds", ())


def currency(page: Page) -> Iterator[Candidate]:
    """Yield the currency that is named most often, else what a `$` means to the pack, else the pack's own."""
    seen: Counter[str] = Counter()
    where: dict[str, Cell] = {}
    dollars: Cell | None = None
    for cell in page.layout.cells:
        named = _NAMES.search(cell.folded) is not None
        beside = next(iter(page.layout.right_of(cell)), None) if named else None
        for code in find_currencies(f"{cell.text} {beside.text}" if beside is not None else cell.text):
            seen[code] += 50 if named else 1
            where.setdefault(code, cell)
        if dollars is None and "$" in cell.text:
            dollars = cell
    locale, name = page.prepared.pack.locale, page.prepared.name
    if seen:
        code = min(seen, key=lambda c: (-seen[c], c != locale.currency, c))
        yield Candidate("currency", code, code, min(0.95, 0.6 + 0.1 * seen[code]), f"{name}.currency", (where[code],))
    elif dollars is not None and locale.dollar:
        yield Candidate("currency", locale.dollar, "$", 0.7, f"{name}.currency", (dollars,))
    elif locale.currency and page.layout.cells:
        yield Candidate("currency", locale.currency, "", 0.4, f"{name}.currency", ())
