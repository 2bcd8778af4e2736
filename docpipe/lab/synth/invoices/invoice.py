"""Invoices, credit notes and orders as firms send them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

from docpipe.lab.synth.document import SynthDocument
from docpipe.lab.synth.invoices.goods_table import GoodsTable
from docpipe.lab.synth.invoices.invoice_page import DPI, UNIT, InvoiceFacts, InvoicePage, goods_for
from docpipe.lab.synth.invoices.letterhead import delivery, footer, letterhead, recipient, sender_line
from docpipe.lab.synth.invoices.meta import (
    column_block,
    entries,
    grid_block,
    inline_block,
    number_path,
    place_line,
    title,
)
from docpipe.lab.synth.invoices.party_layouts import set_parties
from docpipe.lab.synth.invoices.totals import put_closing, sums, tax_table
from docpipe.lab.synth.issuer import Issuer
from docpipe.lab.synth.wordings import words_for

COUNTS = (1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 9, 12, 18, 30)

WRONG = 0.015
"""Share of documents whose sum does not follow from its parts: people make mistakes, and `sums_right` says so."""


def make_invoice(issuer: Issuer, seed: int, rng: Random) -> SynthDocument:
    """Make an invoice or, more rarely, a credit note."""
    return make_page(issuer, seed, rng, "credit_note" if rng.random() < 0.1 else "invoice")


def make_order(issuer: Issuer, seed: int, rng: Random) -> SynthDocument:
    """Make an order, a quotation or a proforma invoice."""
    return make_page(issuer, seed, rng, "order")


def make_parties(issuer: Issuer, seed: int, rng: Random) -> SynthDocument:
    """Make an invoice with one of many arrangements of seller and buyer."""
    return make_page(issuer, seed, rng, "invoice", set_parties)


def make_page(
    issuer: Issuer,
    seed: int,
    rng: Random,
    kind: str,
    set_top: Callable[[InvoicePage, InvoiceFacts], None] | None = None,
) -> SynthDocument:
    """Lay out a purchase as a document of the issuer; `set_top` sets what stands above the items."""
    bought = goods_for(issuer, rng, kind, rng.choice(COUNTS))
    wrong = rng.random() < WRONG
    if wrong:
        bought = replace(bought, gross=bought.gross + Decimal(rng.choice(("0.10", "1.00", "-0.90", "9.00", "90.00"))))
    facts = InvoiceFacts.draw(rng, issuer, kind, bought)
    page = InvoicePage(issuer, rng)
    (set_top or top)(page, facts)
    page.on_page = lambda: running_head(page, facts)
    notes = words_for(issuer.language, "note.invoice")
    if page.maybe(0.25):
        for line in page.wrap(page.say("for") and facts.note, page.span):
            page.put(page.left, page.y, line, page.face.strong(page.maybe(0.5)), "left", "noise")
            page.y += page.step
    page.y += page.draws.uniform(2, 14) * UNIT
    page.fit(page.step * 6)
    GoodsTable(page, bought).rows()
    if page.maybe(0.15):
        tax_table(page, facts)
        sums(page, facts)
    else:
        sums(page, facts)
        tax_table(page, facts)
    put_closing(page, facts, notes)
    last = page.page
    for number in range(last + 1):
        page.page = number
        footer(page)
    page.page = last
    return page.finish(seed, DPI, not wrong, kind)


def running_head(page: InvoicePage, facts: InvoiceFacts) -> None:
    """What pages after the first begin with."""
    if page.maybe(0.6):
        page.put(
            page.left,
            page.y,
            [page.say(f"title.{facts.kind}"), " ", page.value(number_path(facts), facts.number, facts.number.upper())],
            page.face,
            "left",
            "head",
        )
        page.y += page.step * 2


def top(page: InvoicePage, facts: InvoiceFacts) -> None:
    """Everything above the items: letterhead, parties, numbers, title, in one of several arrangements."""
    draws, left, right, middle = (
        page.draws,
        page.left,
        page.right,
        page.left + page.span * page.draws.uniform(0.5, 0.62),
    )
    letterhead(page)
    found = entries(page, facts)
    title_first = page.maybe(0.35)
    where = draws.choice(("left", "left", "right", "center"))
    x = {"left": left, "right": right, "center": page.width / 2}[where]
    if title_first:
        page.y = title(page, facts, x, page.y, where) + page.step * 0.5
    start = page.y
    buyer_right = page.maybe(0.6 if page.issuer.language == "fr" else 0.12)
    bx, mx = (middle, left) if buyer_right else (left, middle)
    by = start
    if (page.issuer.language == "de" and page.maybe(0.5)) or page.maybe(0.06):
        by = sender_line(page, bx, by)
    by = recipient(page, facts, bx, by)
    arrangement = draws.choice(("column", "column", "column", "right", "inline", "grid", "grid", "below"))
    room = right - mx if not buyer_right else middle - left - 20
    my = start
    if page.maybe(0.12):
        my = place_line(page, facts, my) if not buyer_right else my
    delivers = page.maybe(0.22)
    if arrangement in ("column", "right"):
        my = column_block(page, found, mx, my, room, "right" if arrangement == "right" else "left")
    elif arrangement == "inline":
        at_right = page.maybe(0.4) and not buyer_right
        my = inline_block(page, found, right if at_right else mx, my, "right" if at_right else "left")
    elif delivers:
        my = delivery(page, facts, mx, my)
        delivers = False
    page.y = max(by, my) + page.step * draws.uniform(0.4, 1.5)
    if delivers:
        page.y = delivery(page, facts, left if page.maybe(0.7) else middle, page.y) + page.step * 0.5
    if not title_first:
        page.y = title(page, facts, x, page.y, where) + page.step * draws.uniform(0.2, 1)
    if arrangement == "grid":
        page.y = grid_block(page, found, left, page.y, page.span)
    elif arrangement == "below":
        half = (len(found) + 1) // 2
        ya = column_block(page, found[:half], left, page.y, page.span * 0.46, "left")
        yb = (
            column_block(page, found[half:], left + page.span * 0.5, page.y, page.span * 0.48, "left")
            if found[half:]
            else ya
        )
        page.y = max(ya, yb)
    page.y += page.step * 0.4
