"""Line items: rows read whole, and cells right in rows that can be told by their description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from docpipe.lab.evaluation.comparing import bare, same_number, similarity
from docpipe.lab.evaluation.pairing import best_pairs
from docpipe.lab.evaluation.tallies import Tally

ALIKE = 0.8
"""From which similarity on two descriptions may be of one row."""
ITEM_METRICS = ("quantity", "unit_price", "net_amount")
"""Cells that every set may label; of two rows alike in description, the one that agrees in more of them is meant."""
MORE_NUMBERS = ("discount", "tax_rate", "tax_amount", "gross_amount")
MORE_CODES = ("unit", "product_code")

Row = Mapping[str, str]


def item_tallies(expected: Sequence[Row], found: Sequence[Row]) -> dict[str, Tally]:
    """Count rows whose description is alike and whose total is equal, and right cells.

    Cells are judged in rows paired by description alone; those of an unpaired row are wrong.
    """
    alike, whole = np.zeros((len(expected), len(found))), np.zeros((len(expected), len(found)))
    for i, want in enumerate(expected):
        for j, got in enumerate(found):
            likeness = similarity(want.get("description", ""), got.get("description", ""))
            if likeness >= ALIKE:
                right = [cell for cell in ITEM_METRICS if cell in want and same_number(want[cell], got.get(cell, ""))]
                alike[i, j] = 1 + len(right) / 100 + likeness / 10000
                if "net_amount" not in want or "net_amount" in right:
                    whole[i, j] = alike[i, j]
    tallies = {"line items": Tally.of(hits=len(best_pairs(whole)), want=len(expected), got=len(found))}
    partner = best_pairs(alike)
    for i, want in enumerate(expected):
        got = found[partner[i]] if i in partner else {}
        for cell in (*ITEM_METRICS, *MORE_NUMBERS, *MORE_CODES):
            if cell in want:
                tally = Tally(int(_same(cell, want[cell], got.get(cell, ""))), 1)
                name = f"item {cell}"
                tallies[name] = tallies[name] + tally if name in tallies else tally
    return tallies


def _same(cell: str, expected: str, read: str) -> bool:
    return bare(expected) == bare(read) if cell in MORE_CODES else same_number(expected, read)
