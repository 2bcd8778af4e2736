"""Seller and buyer from blocks of lines: under a word that names the party, under a sender line, or by an address."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import Literal

from docpipe.stages.key_fields.blocks import Block, blocks_of
from docpipe.stages.key_fields.candidates import Candidate, Page
from docpipe.stages.key_fields.layout import Cell, Layout
from docpipe.stages.key_fields.legal_footer import imprint_candidates
from docpipe.stages.key_fields.patterns import Pattern
from docpipe.stages.key_fields.postal import COURTESY, POSTCODE, sender_parts, strip_name
from docpipe.stages.key_fields.window import window_candidates
from docpipe.values.text import letters_digits

Party = Literal["seller", "buyer", "other"]
BULLETS = frozenset("●•·|/-–—*")
REACH = 7
"""A party's block has at most so many lines."""


def party_candidates(page: Page, letterheads: Collection[str] = ()) -> Iterator[Candidate]:
    """Yield names, addresses and numbers of seller and buyer.

    `letterheads` are names at the top of the page, which are no buyer's, as `letters_digits` gives them.
    """
    patterns = page.prepared.parties
    rule = f"{page.prepared.name}.parties"
    if patterns.buyer is None and patterns.seller is None:
        return
    blocks = blocks_of(page.layout.cells)
    senders: list[Cell] = []
    names: list[str] = []
    named: set[Party] = set()
    used: set[int] = set()
    if patterns.sender_line:
        for text, cells in _runs(page.layout):
            if parts := sender_parts(text):
                senders += cells
                names.append(parts[0])
                yield Candidate("seller.name", parts[0], parts[0], 0.72, f"{rule}.sender-line", cells)
                yield Candidate("seller.address", ", ".join(parts[1:]), text, 0.6, f"{rule}.sender-line", cells)
    for block in blocks:
        party: Party | None = None
        lines: list[Cell] = []
        for cell in block.cells:
            anchor = _anchor(page, cell)
            if anchor is not None:
                if party in ("seller", "buyer") and lines:
                    found = list(_read_block(page, party, lines, rule))
                    named.update(_named(found, party))
                    yield from found
                party, rest = anchor
                lines = []
                used.add(cell.index)
                if rest and party != "other":
                    named.add(party)
                    yield Candidate(f"{party}.name", rest, rest, 0.85, f"{rule}.{party}", (cell,))
                    below = block.cells[block.cells.index(cell) + 1 :][: REACH - 1]
                    yield from _address(party, list(takewhile(lambda c: _is_plain(page, c), below)), rule)
                    party = None
            elif party is not None and len(lines) < REACH:
                lines.append(cell)
                used.add(cell.index)
        if party in ("seller", "buyer") and not lines and block.cells[-1].index in used:
            lines = _block_below(page.layout, blocks, block.cells[-1], used)
        if party in ("seller", "buyer") and lines:
            found = list(_read_block(page, party, lines, rule))
            named.update(_named(found, party))
            yield from found
    imprint = list(imprint_candidates(page, blocks, used))
    yield from imprint
    if "buyer" not in named:
        sellers = {letters_digits(name) for name in (*names, *(c.value for c in imprint))} or set(letterheads)
        for block in blocks:
            free = list(takewhile(lambda cell: cell.index not in used, block.cells))
            yield from window_candidates(page, free, senders, sellers, rule)


def _named(candidates: Sequence[Candidate], party: Party) -> set[Party]:
    return {party} if any(c.path == f"{party}.name" for c in candidates) else set()


def _block_below(layout: Layout, blocks: Sequence[Block], anchor: Cell, used: set[int]) -> list[Cell]:
    """Return the lines of the block that stands below a word which is a block of its own."""
    below = next((c for c in layout.below(anchor, 4) if c.box[1] - anchor.box[3] < 5 * anchor.height), None)
    block = next((b for b in blocks if below is not None and below in b.cells), None)
    if below is None or block is None or below.index in used:
        return []
    lines = block.cells[block.cells.index(below) :][:REACH]
    used.update(c.index for c in lines)
    return lines


def _runs(layout: Layout) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Yield the text of each cell of the first page, and of cells that a bullet or bar holds together in a row."""
    for row in layout.rows:
        if row[0].page != layout.rows[0][0].page:
            return
        run: list[Cell] = []
        for cell in row:
            joined = run and (cell.text in BULLETS or run[-1].text in BULLETS)
            if joined and cell.box[0] - run[-1].box[2] < 4 * cell.height:
                run.append(cell)
                continue
            if run:
                yield " ".join(c.text for c in run), tuple(run)
            run = [cell]
        if run:
            yield " ".join(c.text for c in run), tuple(run)


def _anchor(page: Page, cell: Cell) -> tuple[Party, str] | None:
    """Return the party that a cell names, and what stands behind the word in the same cell."""
    patterns = page.prepared.parties
    found: tuple[int, int, Party] | None = None
    for party, pattern in (("other", patterns.other), ("seller", patterns.seller), ("buyer", patterns.buyer)):
        match = pattern.search(cell.folded) if pattern is not None else None
        if match is not None and match.start() <= 1 and (found is None or match.end() > found[1]):
            found = (match.start(), match.end(), party)  # type: ignore[assignment]
    if found is None:
        return None
    rest = cell.text[found[1] :]
    if rest.strip() and not re.match(r"\s*[:/(]", rest):
        return None
    rest = rest.strip(" :.")
    if rest.startswith(("(", "/")):
        rest = ""
    return None if rest and sum(c.isalpha() for c in rest) < 3 else (found[2], rest)


def _read_block(page: Page, party: Party, lines: Sequence[Cell], rule: str) -> Iterator[Candidate]:
    """Yield the fields of one party's block."""
    patterns = page.prepared.parties
    name: Cell | None = None
    address: list[Cell] = []
    for cell in lines:
        hit = patterns.name_labels.search(cell.folded) if patterns.name_labels else None
        if hit is not None and hit.start() == 0 and name is None:
            rest = cell.text[hit.end() :].lstrip(" :")
            right = page.layout.right_of(cell)
            if rest:
                yield Candidate(f"{party}.name", rest, rest, 0.95, f"{rule}.{party}", (cell,))
                name = cell
            elif right:
                name = right[0]
                yield Candidate(f"{party}.name", name.text, name.text, 0.95, f"{rule}.{party}", (name,))
            continue
        if _finds(patterns.skip, cell.folded) or sum(c.isalpha() for c in cell.text) < 2:
            if address and not any(c.isalpha() for c in cell.text):
                break
            continue
        if name is None:
            if any(h.owner or h.start == 0 for h in page.hits[cell.index]) and cell.text.rstrip().endswith(":"):
                continue
            if COURTESY.fullmatch(cell.folded):
                continue
            name = cell
            value = strip_name(cell.text)
            yield Candidate(f"{party}.name", value, cell.text, 0.88, f"{rule}.{party}", (cell,))
        else:
            address.append(cell)
            if POSTCODE.search(cell.folded):
                break
    yield from _address(party, address, rule)


def _address(party: Party, lines: Sequence[Cell], rule: str) -> Iterator[Candidate]:
    """Yield an address of all lines up to the first with a postcode, if there is one."""
    town = next((n for n, c in enumerate(lines) if POSTCODE.search(c.folded)), None)
    if town is not None:
        text = ", ".join(c.text.strip(" ,") for c in lines[: town + 1])
        yield Candidate(f"{party}.address", text, text, 0.8, f"{rule}.{party}", tuple(lines[: town + 1]))


def _is_plain(page: Page, cell: Cell) -> bool:
    """Say whether a line is free of labels and of words that begin something else than an address."""
    return (
        not page.hits[cell.index]
        and _anchor(page, cell) is None
        and not _finds(page.prepared.parties.skip, cell.folded)
    )


def _finds(pattern: Pattern | None, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None
