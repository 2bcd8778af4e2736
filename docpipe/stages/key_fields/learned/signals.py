"""What the rules say of each cell: candidates' scores, labels in it and beside it, and marks of its text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from docpipe.document import KeyField
from docpipe.stages.key_fields.candidates import Candidate, PageView
from docpipe.stages.key_fields.labelled_amounts import find_amounts_seen
from docpipe.stages.key_fields.layout import Cell
from docpipe.values.amounts import AmountMatch, Point, find_amounts
from docpipe.values.dates import find_dates
from docpipe.values.text import repair_amounts

KINDS = (
    "total_gross", "total_net", "total_tax", "total_lines", "total_discount", "total_charges", "rounding",
    "amount_paid", "amount_due", "change", "none",
)  # fmt: skip
_MARKS = tuple(
    re.compile(source)
    for source in (
        r"%", r"\d\d?:\d\d", r"@|WWW|HTTP|\.COM|\.DE\b|\.FR\b",
        r"\b(TEL|FAX|PHONE|MOBILE|HP)\b|\d{2,3}[- ]\d{3,4} ?\d{4}",
        r"(?<!\d)\d{5}(?!\d)", r"(?<!\d)\d{6}(?!\d)",
        r"\b(SDN|BHD|LTD|LIMITED|GMBH|INC|LLC|AG|SARL|SAS|SA|KG|PLC|CORP|CO)\b|有限公司",
        r"^\W*\(.*\)\W*$", r",\W*$", r",", r":\W*$", r":", r"^\W*\d", r"^\W*(NO|LOT|UNIT|SUITE)\b",
        r"\b[A-Z]{0,3}\d{5,}[A-Z]?\b", r"^[^A-Z0-9\u3400-\u9fff]+$", r"^\W*[A-Z]", r"[-/]",
    )
)  # fmt: skip
SHAPES = len(_MARKS) + 14


@lru_cache(maxsize=4096)
def amounts_of(text: str, point: Point | None, spaces_group: bool) -> tuple[AmountMatch, ...]:
    """Return the numbers of a text that may be amounts, look-alikes repaired; asked of each cell for many fields."""
    return tuple(find_amounts(repair_amounts(text), point, spaces_group=spaces_group))


def shape_marks(page: PageView) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return for each cell the marks of its text (`SHAPES` wide), and whether it holds a date, and an amount."""
    cells = page.layout.cells
    marks = np.zeros((len(cells), SHAPES), dtype=np.float32)
    typed = np.zeros((len(cells), 2), dtype=np.bool_)
    values: list[list[str]] = []
    numbers = page.numbers
    for cell in cells:
        row = marks[cell.index]
        text = cell.folded
        digits, letters = sum(c.isdigit() for c in text), sum(c.isalpha() for c in text)
        for number, pattern in enumerate(_MARKS):
            row[number] = pattern.search(text) is not None
        at = len(_MARKS)
        row[at] = np.log1p(len(text)) / 4
        row[at + 1] = digits / len(text)
        row[at + 2] = letters / len(text)
        row[at + 3] = min(text.count(" "), 8) / 8
        dates = find_dates(cell.text) if digits >= 4 else []
        row[at + 4] = bool(dates)
        row[at + 5] = bool(dates) and not dates[0].compact
        row[at + 6] = len(dates) > 1
        typed[cell.index, 0] = bool(dates)
        found = amounts_of(cell.text, numbers.point, numbers.spaces_group) if digits else ()
        money = [a for a in found if page.numbers.is_money(a, cell.text)]
        typed[cell.index, 1] = bool(found)
        row[at + 7] = bool(money)
        row[at + 8] = min(len(found), 4) / 4
        row[at + 9] = any(a.marked for a in found)
        values.append([a.value for a in money])
        if money:
            row[at + 10] = np.log1p(min(abs(float(money[-1].value)), 1e9)) / 10
    amounts = [abs(float(v)) for group in values for v in group]
    largest = max(amounts, default=0.0)
    for cell, group in zip(cells, values, strict=True):
        if group:
            value = abs(float(group[-1]))
            row = marks[cell.index]
            at = len(_MARKS)
            row[at + 11] = value == largest
            row[at + 12] = min(sum(other == value for other in amounts), 5) / 5
            row[at + 13] = sum(other > value for other in amounts) / len(amounts)
    return marks, typed


HEADER = 12
LABEL_ROWS = 4
"""A label stands at most so many rows above its value."""


def header_marks(page: PageView) -> NDArray[np.float32]:
    """Return for each cell which patterns of the pack's header it has (`HEADER` wide); nothing where it has none."""
    marks = np.zeros((len(page.layout.cells), HEADER), dtype=np.float32)
    header = page.compiled.header
    if header is None:
        return marks
    patterns = (
        header.legal_forms, header.name_words, header.not_name, header.glue_words, header.registration, header.ends,
        header.strong_address, header.weak_address, header.postcode, header.not_address, header.country,
    )  # fmt: skip
    for cell in page.layout.cells:
        for number, pattern in enumerate(patterns):
            marks[cell.index, number] = pattern is not None and pattern.search(cell.folded) is not None
        marks[cell.index, HEADER - 1] = header.joined
    return marks


def label_marks(page: PageView, paths: Sequence[str], above: Sequence[Sequence[Cell]]) -> NDArray[np.float32]:
    """Return for each cell which fields' labels stand in it, left of it in its row, and above it: 3 x (paths + 1).

    `above` holds for each cell those above it, nearest first.
    """
    column = {path: number for number, path in enumerate(paths)}
    width = len(paths) + 1
    inside = np.zeros((len(page.layout.cells), width), dtype=np.float32)
    for cell in page.layout.cells:
        for hit in page.hits[cell.index]:
            inside[cell.index, column.get(hit.owner.split("@")[0], width - 1)] = 1.0
    left, over = np.zeros_like(inside), np.zeros_like(inside)
    for cell in page.layout.cells:
        for distance, other in enumerate(page.layout.left_of(cell)[:3]):
            left[cell.index] = np.maximum(left[cell.index], inside[other.index] * (1.0, 0.6, 0.4)[distance])
        near = [other for other in above[cell.index] if cell.row - other.row <= LABEL_ROWS]
        for distance, other in enumerate(near[:3]):
            over[cell.index] = np.maximum(over[cell.index], inside[other.index] * (1.0, 0.6, 0.4)[distance])
    return np.concatenate([inside, left, over], axis=1)


def rule_marks(
    page: PageView, paths: Sequence[str], candidates: Sequence[Candidate], chosen: Mapping[str, KeyField]
) -> NDArray[np.float32]:
    """Return for each cell the rules' best score for each field, what they chose, and the kind of its amount."""
    column = {path: number for number, path in enumerate(paths)}
    width = len(paths)
    scores = np.zeros((len(page.layout.cells), 2 * width + len(KINDS)), dtype=np.float32)
    for candidate in candidates:
        number = column.get(candidate.path)
        if number is None:
            continue
        for cell in candidate.cells:
            scores[cell.index, number] = max(scores[cell.index, number], min(candidate.score, 1.5))
    by_line = {line: cell.index for cell in page.layout.cells for line in cell.line_ids}
    for path, field in chosen.items():
        if (number := column.get(path)) is not None:
            for line in field.line_ids:
                if line in by_line:
                    scores[by_line[line], width + number] = 1.0
    for seen in find_amounts_seen(page):
        scores[seen.cell.index, 2 * width + KINDS.index(seen.kind)] = 1.0
    return scores
