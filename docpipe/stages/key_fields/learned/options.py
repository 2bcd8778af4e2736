"""What a field's value may be, with what speaks for each option: the model's probability, the rules' score."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from docpipe.document import KeyField
from docpipe.stages.key_fields.blocks import blocks_of
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.choose import key_of
from docpipe.stages.key_fields.header import cells_of_name, split_registration, split_street
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.learned.about import PATHS, is_run, kind_of
from docpipe.stages.key_fields.learned.signals import amounts_of
from docpipe.stages.key_fields.line_items.vocabulary import is_heading_row
from docpipe.stages.key_fields.shapes import read_shape
from docpipe.values.amounts import to_decimal
from docpipe.values.dates import find_dates
from docpipe.values.text import letters_digits, repair_digits

Marks = tuple[float, ...]
LEAST = 1e-3
"""Probabilities below this are all alike."""
STRONGEST = 7.0
"""No single row speaks louder than this, in log-odds."""
LIKELY = 0.4
SHOWN = 0.02
"""A cell with less probability is no option of its own where no rule names it."""
TOP_ROWS = 24
_OUTLET = re.compile(r"[A-Z]{4,}\W{0,3}\d{1,3}")
"""A shop or till of a chain below postcode and town, no part of an address: `MAGASIN 79`."""
_POSTCODE = re.compile(r"(?<!\d)\d{4,5} [A-Z]")
MOST_ROWS = {"name": 4, "address": 8}


@dataclass(frozen=True, slots=True)
class ValueOption:
    """One value a field may have."""

    value: str
    raw: str
    cells: tuple[Cell, ...]
    marks: Marks
    rule: Candidate | None
    """The rules' best candidate of the same value."""


@dataclass(frozen=True)
class Opinion:
    """What the network says of a document: log-odds for each cell and field, and for each field's absence."""

    fields: NDArray[np.float32]
    """Cells of the layout x PATHS; cells the model did not see have -STRONGEST."""
    absent: NDArray[np.float32]
    typed: NDArray[np.bool_]


def options_of(
    page: PageView, path: str, candidates: Sequence[Candidate], chosen: Mapping[str, KeyField], opinion: Opinion
) -> list[ValueOption]:
    """Return the options of a field, the rules' choice first. `candidates` are all of the document's."""
    own = [c for c in candidates if c.path == path]
    header = page.compiled.header
    if path in ("seller.name", "seller.address") and header is not None and header.joined:
        return _runs(page, path, own, chosen.get(path), opinion)
    return _values(page, path, own, chosen.get(path), opinion)


def _values(
    page: PageView, path: str, own: Sequence[Candidate], chosen: KeyField | None, opinion: Opinion
) -> list[ValueOption]:
    kind = kind_of(path)
    chances, _ = probabilities(path, opinion)
    groups: dict[object, list[Candidate]] = {}
    for candidate in own:
        groups.setdefault(key_of(path, candidate.value), []).append(candidate)
    raws: dict[object, tuple[str, str, set[int]]] = {}
    for key, group in groups.items():
        best = max(group, key=lambda c: c.score)
        raws[key] = (best.value, best.raw, {cell.index for c in group for cell in c.cells})
    for cell in page.layout.cells:
        for value, raw in _list_shown(page, kind, path, cell, float(chances[cell.index])):
            key = key_of(path, value)
            if key in raws:
                raws[key][2].add(cell.index)
            elif chances[cell.index] > SHOWN and key:
                raws[key] = (value, raw, {cell.index})
    if kind == "address":
        for value, numbers in _blocks(page, chances):
            raws.setdefault(key_of(path, value), (value, value, numbers))
    favourite = key_of(path, chosen.value) if chosen is not None and chosen.value is not None else None
    strongest = max((sum(c.score for c in group) for group in groups.values()), default=0.0) or 1.0
    options = []
    for key, (value, raw, numbers) in raws.items():
        shares = [float(chances[n]) for n in numbers]
        chance = sum(shares) / max(len(shares), 1) if is_run(path) else sum(shares)
        group = groups.get(key, [])
        rule = max(group, key=lambda c: c.score, default=None)
        at = max(numbers, key=lambda n: (chances[n], -n), default=None)
        cells = rule.cells if rule is not None else (page.layout.cells[at],) if at is not None else ()
        marks = (
            math.log(chance + LEAST) - math.log(1 - min(chance, 1.0) + LEAST),
            float(key == favourite),
            sum(c.score for c in group) / strongest,
            max((min(c.score, 1.5) for c in group), default=0.0),
            float(bool(group)),
        )
        options.append(ValueOption(value, raw, cells, marks, rule))
    if path == "total_gross" and any(to_decimal(option.value) for option in options):
        options = [option for option in options if to_decimal(option.value)]
    return sorted(options, key=lambda option: -option.marks[1])


def _blocks(page: PageView, chances: NDArray[np.float32]) -> Iterator[tuple[str, set[int]]]:
    """Yield the runs of cells, one below the other, that the model takes for an address each."""
    if not (chances > LIKELY).any():
        return
    for block in blocks_of(page.layout.cells):
        run = [cell for cell in block.cells if chances[cell.index] > LIKELY]
        while len(run) > 2 and _OUTLET.fullmatch(run[-1].folded) and _POSTCODE.search(run[-2].folded):
            run.pop()
        if run:
            yield ", ".join(cell.text.strip(" ,") for cell in run), {cell.index for cell in run}


def probabilities(path: str, opinion: Opinion) -> tuple[NDArray[np.float32], float]:
    """Return the probability of each cell to carry a field that has one value, and of its absence."""
    column = PATHS.index(path)
    scores = opinion.fields[:, column].astype(np.float64)
    if is_run(path):
        return (1 / (1 + np.exp(-scores))).astype(np.float32), 0.0
    kind = kind_of(path)
    if kind in ("date", "amount"):
        scores = np.where(opinion.typed[:, 0 if kind == "date" else 1], scores, -1e4)
    every = np.append(scores, float(opinion.absent[column]))
    shares = np.exp(every - every.max())
    shares /= shares.sum()
    return shares[:-1].astype(np.float32), float(shares[-1])


def _list_shown(page: PageView, kind: str, path: str, cell: Cell, chance: float) -> list[tuple[str, str]]:
    """Return the values of a field's type that a cell shows; free text only where the model holds it likely."""
    if kind == "date":
        if sum(c.isdigit() for c in cell.text) < 4:
            return []
        found = find_dates(cell.text) or find_dates(repair_digits(cell.text))
        return [(m.iso(page.day_first), cell.text[m.start : m.end]) for m in found]
    if kind == "amount":
        if not any(c.isdigit() for c in cell.text):
            return []
        numbers = page.numbers
        amounts = amounts_of(cell.text, numbers.point, numbers.spaces_group)
        return [(a.value, cell.text[a.start : a.end].strip()) for a in amounts if page.numbers.is_money(a, cell.text)]
    if chance < LIKELY:
        return []
    hits = [hit for hit in page.hits[cell.index] if hit.start <= 1]
    text = cell.text[hits[0].end :].lstrip(" .:：#-–|)") if hits else cell.text
    rule = page.compiled.rules.get(path)
    if kind == "name":
        return [(text.strip(" ,;:"), text)] if sum(c.isalpha() for c in text) >= 2 else []
    if kind == "text" and rule is not None and rule.type in ("id", "digits", "tax_id", "iban", "bic", "phone"):
        shapes = read_shape(rule.type, text, page.numbers, page.day_first, page.compiled.shapes.get(path))
        return [(shaped.value, shaped.raw) for shaped in shapes]
    return []


def _runs(
    page: PageView, path: str, own: Sequence[Candidate], chosen: KeyField | None, opinion: Opinion
) -> list[ValueOption]:
    """Return runs of rows at the top of the first page; see docs/design/key-fields.md."""
    kind = kind_of(path)
    column = PATHS.index(path)
    patterns = page.compiled.header
    assert patterns is not None
    first = page.layout.rows[0][0].page
    rows = takewhile(
        lambda row: row[0].page == first and not is_heading_row(row, page.compiled), page.layout.rows[:TOP_ROWS]
    )
    parts = rows if kind == "address" else (cells_of_name(row, patterns) for row in rows)
    scored = [_row(row, opinion.fields[:, column]) for row in parts]
    if kind == "address":
        barred = [_finds(patterns.not_address, " ".join(c.folded for c in cells)) for cells, _ in scored]
    else:
        barred = [sum(c.isalpha() for c in "".join(c.folded for c in cells)) < 2 for cells, _ in scored]
    best = max(own, key=lambda c: c.score, default=None)
    favourite = letters_digits(chosen.value) if chosen is not None and chosen.value else None
    options: dict[str, ValueOption] = {}
    if best is not None and favourite is not None:
        numbers = {cell.index for cell in best.cells}
        inside = sum(s for cells, s in scored if any(c.index in numbers for c in cells))
        marks: Marks = (inside, 1.0, min(best.score, 1.5), 0.0, 1.0)
        options[favourite] = ValueOption(best.value, best.raw, best.cells, marks, best)
    for start in range(len(scored)):
        total = 0.0
        for end in range(start, min(start + MOST_ROWS[kind], len(scored))):
            if barred[end]:
                break
            total += scored[end][1]
            cells = tuple(c for part, _ in scored[start : end + 1] for c in part)
            raw = " ".join(c.text for c in cells)
            if kind == "name":
                named = split_street(re.sub(r"^\w[\w ]{2,14}:\s+(?=\w)", "", raw), patterns)[0]
                value = split_registration(named, patterns)[0]
            else:
                value = re.sub(r"^[^:]{0,12}\bADD(?:RESS)?\s?:\s*", "", raw, flags=re.I).strip(" -*")
            key = letters_digits(value)
            if not key or (key in options and options[key].marks[0] >= total):
                continue
            agreed = float(key == favourite)
            rule = best if agreed else None
            marks = (total, agreed, min(best.score, 1.5) * agreed if best else 0.0, float(end - start), agreed)
            options[key] = ValueOption(value, raw, cells, marks, rule)
    return sorted(options.values(), key=lambda option: -option.marks[1])


def _row(row: Sequence[Cell], logits: NDArray[np.float32]) -> tuple[tuple[Cell, ...], float]:
    """Return the cells of a row that belong together, and their log-odds: longer cells count more."""
    cells = tuple(row)
    if any(logits[c.index] > 0 for c in cells):
        cells = tuple(c for c in cells if logits[c.index] > -1.0)
    lengths = [len(c.text) for c in cells]
    score = sum(float(logits[c.index]) * n for c, n in zip(cells, lengths, strict=True)) / sum(lengths)
    return cells, max(-STRONGEST, min(score, STRONGEST))


def _finds(pattern: object, text: str) -> bool:
    return pattern is not None and pattern.search(text) is not None  # type: ignore[attr-defined]
