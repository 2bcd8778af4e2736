"""Forms whose left half is the buyer's and whose right half the seller's, by the words that stand over them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import PageView, find_halves
from docpipe.stages.key_fields.layout import Cell, join_polygons

LEAST_NAME = 4
"""Letters of a name; a shorter text is part of a label."""
MOVED = 0.5
"""How sure a value may be that a model gave the party of the other half."""


def move_to_own_half(page: PageView, fields: Mapping[str, KeyField]) -> dict[str, KeyField]:
    """Return the fields with those of a party that stand in the other one's half given to that one, as doubtful ones.

    Where a seal covers labels, a model takes the only name that it reads for the buyer's.
    """
    halves = find_halves(page)
    if halves is None:
        return dict(fields)
    border = halves[1].box[0]
    first = min(halves[0].middle, halves[1].middle)
    settled = dict(fields)
    for path, found in fields.items():
        party, _, name = path.partition(".")
        if found.source != "model" or party not in ("buyer", "seller") or found.box is None:
            continue
        left, top, right, _ = found.box
        owner = "seller" if (left + right) / 2 > border else "buyer"
        if owner != party and top > first - 2 * halves[0].height:
            del settled[path]
            settled.setdefault(f"{owner}.{name}", replace(found, confidence=min(found.confidence, MOVED)))
    for path, title, end in (("buyer.name", halves[0], border), ("seller.name", halves[1], math.inf)):
        beside = next((cell for cell in page.layout.beside(title) if _is_bare_value(cell, end)), None)
        if path not in settled and beside is not None:
            settled[path] = KeyField(
                beside.text.strip(" :："), beside.text, MOVED, "rule", f"{page.compiled.name}.halves", beside.page,
                join_polygons([beside]), beside.line_ids,
            )  # fmt: skip
    return settled


def _is_bare_value(cell: Cell, end: float) -> bool:
    """Say whether a text is what is left of a name whose label was not read: it begins with the label's colon."""
    return cell.box[2] < end and cell.text[:1] in ":：" and sum(c.isalpha() for c in cell.text) >= LEAST_NAME
