"""Line items: rows below a heading, their numbers put into columns, words around them into the description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from docpipe.document import KeyField, Row
from docpipe.stages.key_fields.candidates import Page
from docpipe.stages.key_fields.columns import NUMERIC, Column, column_of, heading_of
from docpipe.stages.key_fields.layout import Cell, join_polygons
from docpipe.stages.key_fields.totals import classify
from docpipe.values.amounts import find_amounts
from docpipe.values.text import fold

_NUMBER = re.compile(
    r"\W{0,2}(?:RM|US\$|[$€£¥]|EUR|CNY|USD)?\s?[-−–+]?\s?[$€£¥]?\d[\d.,'’ ]*\s?"
    r"(?P<unit>%(?:\s?[A-Za-z]{2,4}\.?)?(?:\s?\([A-Z]{1,2}\))?|€|\$|[A-Za-zµ\u4e00-\u9fff./()]{0,10}[23]?)\s?\*?"
)
_CODE = re.compile(r"[A-Z0-9./\- ]*\d[A-Z0-9./\-]*")
_TAX_WORDS = {"免税": "0", "不征税": "0", "***": None, "*": None}
FAR = 2.6
"""A number this many line heights below its row belongs to none."""
MOST_ROWS = 400
COUNTED = frozenset({"quantity", "unit_price", "description"})
"""Columns by which the heading of the same table is known again on a later page."""


@dataclass
class Item:
    """A row of goods while it is read."""

    row: int
    words_end: float
    """Where the column right of the words begins; a line beyond it is a note, not a part of the description."""
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    words: list[Cell] = field(default_factory=list)


def line_items(page: Page) -> tuple[Row, ...]:
    """Return the rows of the first table of goods, over page breaks where its heading returns or its columns go on."""
    rows = page.layout.rows
    items: list[Item] = []
    names: set[str] = set()
    number = 0
    while number < len(rows):
        found = _heading_at(page, number)
        if found is None or (items and {column.name for column in found[0]} & COUNTED != names & COUNTED):
            number += 1  # no heading, or that of another table, such as of taxes
            continue
        columns, last = found
        names = names or {column.name for column in columns}
        fresh, number = _body(page, columns, last + 1)
        items += fresh
    return tuple(row for item in items[:MOST_ROWS] if (row := item_fields(page, item)))


def _heading_at(page: Page, number: int) -> tuple[list[Column], int] | None:
    found = heading_of(page.layout.rows, number, page.prepared.columns)
    if found is None:
        return None
    following = [
        heading_of(page.layout.rows, n, page.prepared.columns)
        for n in range(number + 1, min(number + 3, len(page.layout.rows)))
    ]
    return max([found, *(f for f in following if f)], key=lambda f: len(f[0]))


def _body(page: Page, columns: Sequence[Column], start: int) -> tuple[list[Item], int]:
    """Read rows until the table ends; return its items and the row that ended it."""
    items: list[Item] = []
    number = start
    words = next((column for column in columns if column.name == "description"), None)
    words_end = min((c.x1 for c in columns if words and c.x1 > words.x2), default=float("inf"))
    for number in range(start, len(page.layout.rows)):
        row = page.layout.rows[number]
        placed = _place(row, columns)
        numeric = {name for name, _ in placed if name in NUMERIC}
        if _ends(page, row, numeric):
            return items, number
        if page.prepared.columns.hits(row[0].folded) and heading_of(page.layout.rows, number, page.prepared.columns):
            return items, number
        starts = len(numeric) >= 2 and numeric & {"net_amount", "unit_price", "gross_amount"}
        if starts:
            item = Item(number, words_end)
            for name, cell in placed:
                item.cells.setdefault(name, []).append(cell)
            items.append(item)
            continue
        if not items:
            continue
        item = items[-1]
        head = page.layout.rows[item.row][0]
        if row[0].page != head.page:
            continue
        off = row[0].box[1] - head.box[3]
        for name, cell in placed:
            if name in NUMERIC:
                if name not in item.cells and off < FAR * cell.height:
                    item.cells[name] = [cell]
            elif name in ("description", "product_code", "specification"):
                item.words.append(cell)
    return items, number + 1


def _place(row: Sequence[Cell], columns: Sequence[Column]) -> list[tuple[str, Cell]]:
    placed: list[tuple[str, Cell]] = []
    taken: dict[str, float] = {}
    left = min(column.x1 for column in columns)
    for cell in row:
        if cell.box[2] < left - cell.height:
            continue  # beside the table
        numeric = _NUMBER.fullmatch(cell.text) is not None or cell.text.strip() in _TAX_WORDS
        column = column_of(cell, columns, numeric)
        if column is None and not numeric:
            column = Column("description", cell.box[0], cell.box[2])
        if column is None or not column.name:
            continue
        if column.name in NUMERIC:
            off = abs(cell.box[0] + cell.box[2] - column.x1 - column.x2)
            if taken.get(column.name, off + 1) <= off:
                continue  # another number stands nearer to this heading
            placed = [entry for entry in placed if entry[0] != column.name]
            taken[column.name] = off
        placed.append((column.name, cell))
    return placed


def _ends(page: Page, row: Sequence[Cell], numeric: set[str]) -> bool:
    text = " ".join(cell.folded for cell in row)
    end = page.prepared.items_end
    if end is not None and (found := end.search(text)) and found.start() < 12:
        return True
    if len(numeric) < 2 and len(row) <= 3 and any(find_amounts(cell.text) for cell in row):
        kind = classify(page, text)
        return kind is not None and kind[0] in ("total_gross", "total_net", "total_tax") and kind[1] >= 3
    return False


def item_fields(page: Page, item: Item) -> dict[str, KeyField]:
    """Return the values of an item's cells; none without words or without an amount."""
    fields: dict[str, KeyField] = {}
    rule = f"{page.prepared.name}.items"
    for name, cells in item.cells.items():
        if name == "description":
            continue
        text = " ".join(cell.text for cell in cells)
        if name in NUMERIC:
            value, unit = _number(page, text, name)
            if value is None:
                continue
            if unit and name == "quantity" and "unit" not in item.cells:
                fields["unit"] = _field(unit, unit, cells, f"{rule}.unit")
            fields[name] = _field(value, text, cells, f"{rule}.{name}")
        else:
            fields[name] = _field(text.strip(), text, cells, f"{rule}.{name}")
    words = list(_description(page, item))
    if words:
        text = " ".join(cell.text for cell in words)
        fields["description"] = _field(
            text.strip(" *") if text.count("*") != 2 else text, text, words, f"{rule}.description"
        )
    if not fields.keys() & {"net_amount", "unit_price", "gross_amount"} or "description" not in fields:
        return {}
    return fields


def _number(page: Page, text: str, name: str) -> tuple[str | None, str]:
    if text.strip() in _TAX_WORDS:
        return (_TAX_WORDS[text.strip()] if name == "tax_rate" else None), ""
    locale = page.prepared.pack.locale
    bare = text.replace("%", " ")
    found = find_amounts(bare, locale.point, spaces_group=locale.spaces_group)
    if not found:
        match = re.match(r"\s*([-−–]?\s?\d[\d.,]*)\s*([^\W\d_].*)$", bare)  # the unit may be glued to the number
        found = find_amounts(match.group(1), locale.point) if match else []
        return (found[0].value, match.group(2)) if found and match else (None, "")
    unit = bare[found[0].end :].strip(" .*") if any(c.isalpha() for c in bare[found[0].end :]) else ""
    return found[0].value, unit


def _description(page: Page, item: Item) -> Iterator[Cell]:
    """Yield the words of an item: those in its own row, then lines close below until a note or a gap."""
    own = [*item.cells.get("description", [])]
    yield from own
    skip = page.prepared.items_skip
    if own and skip is not None and skip.search(own[0].folded):
        skip = None  # such lines are the description here
    last = own[-1] if own else None
    for cell in item.words:
        if (skip is not None and skip.search(fold(cell.text))) or not any(c.isalpha() for c in cell.text):
            if own and last is not None and abs(cell.box[0] - own[0].box[0]) < 2 * cell.height:
                return
            continue
        if last is not None:
            gap = cell.box[1] - last.box[3]
            if own and abs(cell.box[0] - last.box[0]) > 2.0 * cell.height:
                continue
            if gap > 0.9 * cell.height or abs(cell.box[0] - last.box[0]) > 2.0 * cell.height:
                return
            if cell.box[2] > item.words_end + 2 * cell.height:
                return  # a note across the columns
        elif _CODE.fullmatch(cell.text):
            continue
        yield cell
        last = cell


def _field(value: str, raw: str, cells: Sequence[Cell], rule: str) -> KeyField:
    return KeyField(
        value=value,
        raw=raw,
        confidence=round(0.8 * min(1.0, 0.5 + min(cell.confidence for cell in cells) / 2), 4),
        source="table",
        source_id=rule,
        page=cells[0].page,
        polygon=join_polygons(cells),
        line_ids=tuple(line for cell in cells for line in cell.line_ids),
    )
