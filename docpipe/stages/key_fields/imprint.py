"""The seller's name in small print: before numbers of registers and taxes, as letters and invoices end with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from docpipe.stages.key_fields.blocks import Block
from docpipe.stages.key_fields.candidates import Candidate, Page
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.postal import strip_name

REGISTERED = re.compile(
    r"\b(?:UST\W?-?ID|UID|STEUER-?N|ST\W{0,2}NR|HR ?[AB]\b|HANDELSREG|AMTSGERICHT|REGISTERGERICHT|FIRMENBUCH|FN \d"
    r"|GESCHAFTSFUHR|VORSTAND|MWST-?N|VAT (?:REG|NO|ID|GB|NUMBER)|REGISTERED (?:IN|OFFICE|NO|COMPANY)|CO\.? REG"
    r"|COMPANY (?:NO|REG|NUMBER)|ABN\b|ACN\b|GSTIN|CIN\b|EIN\b|TAX ID|AU CAPITAL|CAPITAL (?:SOCIAL|DE)|R\.?C\.?S\b"
    r"|SIRET|SIREN|N.? ?TVA|TVA INTRA|IBAN\b|BIC\b)"
)
_HEAD = re.compile(
    r"(?:REGISTERED (?:OFFICE|NAME|COMPANY)\W+|SOCIETE\W+|FIRMA\W+|(?:C|\(C\)|©) ?\d{4} )?(?P<name>[^|·•●;:]*?)\W*$"
)
INLINE = 0.55
BLOCK = 0.6
LOWER = 0.5
"""A block in small print begins below this share of the page."""


def imprint_candidates(page: Page, blocks: Collection[Block], used: Collection[int]) -> Iterator[Candidate]:
    """Yield names with a legal form that numbers of registers follow, in one line or in one block.

    `used` are the indices of cells that belong to a party already.
    """
    header = page.prepared.header
    if header is None or header.legal_forms is None:
        return
    rule = f"{page.prepared.name}.parties.imprint"
    heights = {p.number: p.height for p in page.layout.pages}
    for cell in page.layout.cells:
        if cell.index not in used and (name := _name_before(page, cell)):
            yield Candidate("seller.name", name, name, INLINE, rule, (cell,))
    for block in blocks:
        first = block.cells[0]
        if first.index in used or first.box[1] < LOWER * heights[first.page] or len(first.text) > 60:
            continue
        found = header.legal_forms.search(first.folded)
        if found and not REGISTERED.search(first.folded) and any(REGISTERED.search(c.folded) for c in block.cells[1:]):
            name = strip_name(first.text)
            if not any(c.isdigit() for c in name):
                yield Candidate("seller.name", name, first.text, BLOCK, rule, (first,))


def _name_before(page: Page, cell: Cell) -> str | None:
    """Return the name with a legal form at the beginning of a line that goes on with numbers of registers."""
    header = page.prepared.header
    if header is None or header.legal_forms is None:
        return None
    register = REGISTERED.search(cell.folded)
    if register is None or register.start() < 4:
        return None
    form = header.legal_forms.search(cell.folded)
    if form is None or form.end() > min(register.start() + 1, 70):
        return None
    end = form.end()
    while (further := header.legal_forms.search(cell.folded, end)) and further.start() - end <= 8:
        end = further.end()  # GmbH & Co. KG
    found = _HEAD.match(cell.folded[:end])
    if found is None:
        return None
    name = strip_name(cell.text[found.start("name") : end])
    letters = sum(c.isalpha() for c in name)
    return name if letters >= 4 and not any(c.isdigit() for c in name) and ":" not in name else None
