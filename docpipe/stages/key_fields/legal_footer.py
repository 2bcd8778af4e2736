"""The seller's name in small print: before numbers of registers and taxes, as letters and invoices end with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from docpipe.stages.key_fields.blocks import Block
from docpipe.stages.key_fields.candidates import Candidate, Page
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.postal import POSTCODE, strip_name
from docpipe.values.text import fold

REGISTERED = re.compile(
    r"\b(?:UST\W?-?ID|UID|STEUER-?N|ST\W{0,2}NR|HR ?[AB]\b|HANDELSREG|AMTSGERICHT|REGISTERGERICHT|FIRMENBUCH|FN \d"
    r"|GESCHAFTSFUHR|VORSTAND|MWST-?N|VAT (?:REG|NO|ID|GB|NUMBER)|REGISTERED (?:IN|OFFICE|NO|COMPANY)|CO\.? REG"
    r"|COMPANY (?:NO|REG|NUMBER)|ABN\b|ACN\b|GSTIN|CIN\b|EIN\b|TAX ID|AU CAPITAL|CAPITAL (?:SOCIAL|DE)|R\.?C\.?S\b"
    r"|SIRET|SIREN|N.? ?TVA|TVA INTRA|IBAN\b|BIC\b)"
)
_HEAD = re.compile(
    r"(?:REGISTERED (?:OFFICE|NAME|COMPANY)\W+|SOCIETE\W+|FIRMA\W+|(?:C|\(C\)|©) ?\d{4} )?(?P<name>[^|·•●;:]*?)\W*$"
)
_NOT_SELLER = re.compile(
    r"BANK\b|BANK |BANKERS|BANQUE|SPARKASSE|KREDIT|CREDIT|CAISSE|POSTFINANCE|\bBIC\b|\bMAIL\b|\bTEL|[@:]|WWW"
    r"|GESCHAFTSFUHR|AMTSGERICHT"
)
"""In folded text: what stands beside registers and is no seller's name, above all its bank."""
SHORT = 6
"""A name with its legal form has more letters."""
INLINE = 0.62
BLOCK = 0.62
ADDRESS = 0.56
LOWER, FOOT = 0.5, 0.7
"""A block in small print begins below the first share of the page, a footer below the second."""


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
        if _NOT_SELLER.search(first.folded) or REGISTERED.search(first.folded) or any(c.isdigit() for c in first.text):
            continue
        legal = header.legal_forms.search(first.folded) is not None and len(first.text) > SHORT
        registered = any(REGISTERED.search(c.folded) for c in block.cells[1:])
        town = any(POSTCODE.search(c.folded) for c in block.cells[1:5])
        last = first.box[1] > FOOT * heights[first.page]
        score = BLOCK if legal and registered else ADDRESS if town and last and (legal or registered) else 0.0
        if not score and town and last and _registers_beside(page, block):
            score = ADDRESS
        if score:
            yield Candidate("seller.name", strip_name(first.text), first.text, score, rule, (first,))


def _registers_beside(page: Page, block: Block) -> bool:
    """Say whether other columns of a footer hold numbers of registers."""
    rows = {cell.row for cell in block.cells}
    return any(REGISTERED.search(c.folded) for row in sorted(rows) for c in page.layout.rows[row])


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
    if letters < SHORT or any(c.isdigit() for c in name) or _NOT_SELLER.search(fold(name)):
        return None
    return name
