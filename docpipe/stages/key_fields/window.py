"""The buyer without a label: the address that stands where a window envelope shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from statistics import median

from docpipe.stages.key_fields.candidates import Candidate, Page
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.postal import COURTESY, POSTCODE, STREET, strip_name
from docpipe.values.text import letters_digits

LARGER = 1.3
"""A letterhead's letters exceed the usual height by this factor."""
TOP = 0.45
"""A window ends above this share of the page."""
REACH = 7
"""An address has at most so many lines."""


def window_candidates(
    page: Page, cells: Sequence[Cell], senders: Sequence[Cell], sellers: Collection[str], rule: str
) -> Iterator[Candidate]:
    """Yield a block's addresses that nobody claimed as the buyer's, more so under a sender line.

    `sellers` are names of the seller, as `letters_digits` gives them; an address under one of them is the seller's.
    """
    if len(cells) < 2 or cells[0].page != page.layout.cells[0].page:
        return
    lines: list[Cell] = []
    for cell in cells:
        hits = page.hits[cell.index]
        if cell in senders or (hits and hits[0].start == 0):
            lines = []  # an address begins anew below a sender or a label
            continue
        lines.append(cell)
        if POSTCODE.search(cell.folded):
            yield from _address(page, lines[-REACH:], senders, sellers, rule)
            lines = []


def _address(
    page: Page, cells: Sequence[Cell], senders: Sequence[Cell], sellers: Collection[str], rule: str
) -> Iterator[Candidate]:
    skip = page.prepared.parties.skip
    lines = [c for c in cells if (skip is None or not skip.search(c.folded)) and not COURTESY.fullmatch(c.folded)]
    while len(lines) > 2 and letters_digits(lines[0].text) in sellers:
        senders = [*senders, lines[0]]
        lines = lines[1:]
    if len(lines) < 2 or not _may_be_name(page, lines[0]) or letters_digits(lines[0].text) in sellers:
        return
    first = lines[0]
    under = any(
        0 <= first.box[1] - s.box[3] < 4 * first.height and abs(first.box[0] - s.box[0]) < 6 * first.height
        for s in senders
    )
    top = first.box[1] < TOP * next(p.height for p in page.layout.pages if p.number == first.page)
    score = 0.62 if under else 0.4 if top else 0.2
    if top and not under and first.height > LARGER * median(c.height for c in page.layout.cells):
        score = 0.3  # a name in large letters is a letterhead
    yield Candidate("buyer.name", strip_name(first.text), first.text, score, f"{rule}.address-block", (first,))
    text = ", ".join(c.text.strip(" ,") for c in lines[1:])
    yield Candidate("buyer.address", text, text, score, f"{rule}.address-block", tuple(lines[1:]))


def _may_be_name(page: Page, cell: Cell) -> bool:
    """Say whether a line may name somebody: no street, no town, no label, and no word that stands before an amount."""
    hits = page.hits[cell.index]
    return (
        sum(c.isalpha() for c in cell.text) >= 3
        and not (hits and hits[0].start == 0)
        and not STREET.search(cell.text)
        and not POSTCODE.search(cell.folded)
        and not any(pattern.search(cell.folded) for _, _, pattern, _ in page.prepared.amounts)
    )
