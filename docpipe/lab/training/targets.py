"""Which cells of a document carry a labelled value: what the model is asked to say of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.header import split_registration
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.pack import FIELD_TYPES
from docpipe.values.amounts import find_amounts, to_decimal
from docpipe.values.dates import find_dates
from docpipe.values.text import letters_digits, repair_amounts, repair_digits

LONGEST_RUN = 9
LIKE = 0.6
"""A run of cells less like the label than this is not taken for it."""


def cells_of(page: PageView, path: str, value: str) -> list[int]:
    """Return the numbers of the cells that carry a value: all that show it, or the run that is most like a text."""
    kind = FIELD_TYPES[path]
    if kind == "date":
        wanted = {match.iso(page.day_first) for match in find_dates(value)} | {value}
        return [c.index for c in page.layout.cells if wanted & _dates(page, c)]
    if kind == "amount":
        locale = page.compiled.pack.locale
        amounts = find_amounts(value, locale.point)
        number = to_decimal(value) if to_decimal(value) is not None else amounts[-1].decimal if amounts else None
        return [c.index for c in page.layout.cells if any(a.decimal == number for a in _amounts(page, c))]
    return _run_like(page, path, value)


def _dates(page: PageView, cell: Cell) -> set[str]:
    if sum(c.isdigit() for c in cell.text) < 4:
        return set()
    found = find_dates(cell.text) or find_dates(repair_digits(cell.text))
    return {match.iso(page.day_first) for match in found}


def _amounts(page: PageView, cell: Cell):  # type: ignore[no-untyped-def]
    locale = page.compiled.pack.locale
    return find_amounts(repair_amounts(cell.text), locale.point, spaces_group=locale.spaces_group)


def _run_like(page: PageView, path: str, value: str) -> list[int]:
    wanted = letters_digits(value)
    if not wanted:
        return []
    patterns = page.compiled.header
    if not path.endswith((".name", ".address")):
        return [c.index for c in page.layout.cells if wanted in letters_digits(c.text)]
    texts = [letters_digits(c.text) for c in page.layout.cells]
    if patterns is not None and path.endswith(".name"):
        texts = [letters_digits(split_registration(c.text, patterns)[0]) for c in page.layout.cells]
    best: tuple[float, int, int] = (LIKE, 0, 0)
    for start in range(len(texts)):
        if not texts[start] or (texts[start][:3] not in wanted and texts[start][-3:] not in wanted):
            continue
        joined = ""
        for end in range(start, min(start + LONGEST_RUN, len(texts))):
            joined += texts[end]
            if not texts[end]:
                continue
            if len(joined) > 1.6 * len(wanted) + 6:
                break
            like = Levenshtein.normalized_similarity(joined, wanted, score_cutoff=best[0])
            if like > best[0] + 1e-9:
                best = (like, start, end + 1)
    return list(range(best[1], best[2]))


def targets_of(
    page: PageView, kept: NDArray[np.int64], paths: Sequence[str], fields: Mapping[str, str], *, complete: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return N x paths of 0 and 1, and for each path 1 where the labels speak of it.

    With `complete`, a field without a label is known to be absent. A labelled value that no cell shows is left out.
    """
    marks = np.zeros((len(page.layout.cells), len(paths)), dtype=np.float32)
    known = np.full(len(paths), float(complete), dtype=np.float32)
    for number, path in enumerate(paths):
        if path in fields:
            cells = cells_of(page, path, fields[path])
            marks[cells, number] = 1.0
            known[number] = float(bool(cells))
    return marks[kept], known
