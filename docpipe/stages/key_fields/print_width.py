"""How many characters wide a page is printed: a till's roll holds some 28 to 53, a letter 80 and more.

Measured on labelled receipts (35 to 53) and invoices (79 and more), each from its outermost lines and the median width
of its characters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from statistics import median

from docpipe.stages.key_fields.compiled_pack import CompiledPack
from docpipe.stages.key_fields.layout import Layout

ROLL = 60
"""A page that is narrower than so many characters is a roll."""
LETTER = 75.0
"""A page that is as wide as this is a letter's, which a till does not print."""
_TILL = re.compile(
    r"\b(?:CASHIER|CHANGE|CASH|TENDER(?:ED)?|(?<!ON )RECEIPT|TILL|POS|KASSE|BELEG|QUITTUNG|RUCKGELD"
    r"|BON(?! DE (?:LIVRAISON|COMMANDE|RECEPTION|TRAVAIL)\b)"
    r"|GEGEBEN|TICKET|CAISSE|ESPECES|RENDU|RECU(?! (?:LE|PAR)\b)"
    r"|SCONTRINO|CONTANTI|RESTO|CAJA|EFECTIVO|CAMBIO|TALAO|TROCO|NUMERARIO"
    r"|KASSA|PIN|CONTANT|WISSELGELD)\b"
)
"""Words of tills; `Bon de livraison` and `Reçu le` (a place to sign) stand on letters."""
FEWEST = 10
"""A page with fewer lines says nothing about its width."""
LEAST_SHARE = 0.3
"""A roll's pack must score so much of what the best pack of its language does."""
_LETTERS = 5


def columns_of(layout: Layout) -> float | None:
    """Return how many characters of usual width stand side by side on the first page; None with few lines."""
    cells = [cell for cell in layout.cells if cell.page == layout.cells[0].page]
    widths = [(c.box[2] - c.box[0]) / len(c.text) for c in cells if len(c.text) >= _LETTERS and c.text.isascii()]
    if len(widths) < FEWEST:
        return None
    usual = median(widths)
    return (max(c.box[2] for c in cells) - min(c.box[0] for c in cells)) / usual if usual > 0 else None


def prefer_roll(
    layout: Layout, chosen: CompiledPack, packs: Mapping[str, CompiledPack], scores: Mapping[str, float]
) -> CompiledPack:
    """Return the receipts' pack of a language in place of its invoices', where the page is a roll without a buyer.

    `Facture` or `Rechnung` above a till's sums make no invoice of them.
    """
    if chosen.pack.family == "receipt" or chosen.parties.buyer is None:
        return chosen
    roll = next(
        (p for p in packs.values() if p.pack.family == "receipt" and p.pack.language == chosen.pack.language), None
    )
    if roll is None or scores.get(roll.name, 0.0) < LEAST_SHARE * scores.get(chosen.name, 0.0):
        return chosen
    columns = columns_of(layout)
    if columns is None or columns >= ROLL or any(chosen.parties.buyer.search(c.folded) for c in layout.cells):
        return chosen
    return roll


def prefer_letter(
    layout: Layout, chosen: CompiledPack, packs: Mapping[str, CompiledPack], texts: Collection[str]
) -> CompiledPack:
    """Return the invoices' pack of a language in place of its receipts', where the page is as wide as a letter.

    So a bill without the word invoice on it (`BILL OF COSTS`, a patient's statement). A till's words for a payment
    speak against it: shops print on letters' paper, too.
    """
    if chosen.pack.family != "receipt":
        return chosen
    letter = next(
        (p for p in packs.values() if p.pack.family == "invoice" and p.pack.language == chosen.pack.language), None
    )
    if letter is None or (columns_of(layout) or 0.0) < LETTER:
        return chosen
    return chosen if any(_TILL.search(text) for text in texts) else letter
