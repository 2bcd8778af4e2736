"""The rows below a heading: which are goods, which go on with the ones above, which are sums, and where they end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Literal

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.labelled_amounts import classify
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.line_items.cell_values import number_of
from docpipe.stages.key_fields.line_items.columns import Placed, place, refine
from docpipe.stages.key_fields.line_items.heading import Heading, HeadingColumn, Words, heading_at
from docpipe.stages.key_fields.line_items.pieces import UNIT_GAP, Piece, apart_factors, pieces_of
from docpipe.stages.key_fields.line_items.vocabulary import AMOUNTS, NUMERIC, is_note, is_taken_off, sum_kind
from docpipe.values.amounts import find_amounts, to_decimal

CLOSE = Decimal("0.02")
THOUSAND = Decimal(1000)
SUM_LABEL = 12
"""A word that ends a table begins within so many characters of its row."""
GROUP_ROWS = 4
"""Behind the sum of a group the next one begins within so many rows."""
LABEL = 4
"""A word before a colon has so many letters."""
MOST_LABEL_WORDS = 4
MOST_LABEL = 8
"""The first row of a table that has more words describes what is sold, and names no sum: a payment on account."""
MOST_WORDS = 3
"""A row that carries a sum over says so in few words."""
_NUMBERED = re.compile(r"(\d{1,3})[.)]? +(\D\S*.*[^\W\d]{3}.*)")
_VALUE = re.compile(r":\s*-?\d[\d ]*[.,]")
_MONEY = frozenset({"unit_price", "net_amount", "tax_amount", "gross_amount"})
NO_GOODS = frozenset(
    {"total_gross", "total_net", "total_tax", "total_lines", "amount_paid", "amount_due", "change", "rounding"}
)
"""What a row's words may name that is no article, even in columns of goods."""
SURE = 2
"""A label that scores so much names a sum; less is a word that articles bear as well."""
Role = Literal["item", "words", "below", "sum"]
"""`below`: tells a number about the article above; `sum`: a subtotal or a sum carried over."""


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A row of the page below a heading, its pieces by column, and what it is."""

    number: int
    page: int
    top: float
    bottom: float
    height: float
    placed: Placed
    role: Role

    @property
    def numbers(self) -> frozenset[str]:
        return frozenset(self.placed) & NUMERIC


@dataclass(frozen=True)
class Body:
    """The rows of a table of goods, its columns as its numbers stand, and the first row behind it."""

    rows: tuple[BodyRow, ...]
    columns: tuple[HeadingColumn, ...]
    end: int
    ended: bool
    """Whether a row of totals ended it, rather than a heading or the document."""


def body_of(page: PageView, heading: Heading, words: Words, *, priced: bool = True) -> Body:
    """Read the rows below a heading, twice: the first reading shows where the numbers of each column stand.

    Unless `priced`, no column without a name is taken for one of amounts.
    """
    first = _scan(page, heading.columns, heading.last + 1, words)
    columns = refine(heading.columns, [row.placed for row in first.rows if row.role == "item"])
    columns = _with_words(columns, first.rows)
    columns = _with_quantity(page, _with_amount(columns, first.rows), first.rows) if priced else columns
    second = _scan(page, columns, heading.last + 1, words)
    return replace(second, rows=tuple(_steady(second.rows)))


def _scan(page: PageView, columns: tuple[HeadingColumn, ...], start: int, words: Words) -> Body:
    rows: list[BodyRow] = []
    shapes: Counter[frozenset[str]] = Counter()
    after_sum = False
    number = start
    layout = page.layout.rows
    left = min(column.x1 for column in columns)
    origin = layout[start - 1][0].page if start else 1
    for number in range(start, len(layout)):
        row = layout[number]
        inside = [cell for cell in row if cell.box[2] >= left - 3 * cell.height]
        if not inside or not any(c.isalnum() for cell in inside for c in cell.text):
            continue  # beside the table, or a line drawn with signs
        if heading_at(layout, number, words) is not None and any(words.find_names(cell.folded) for cell in row):
            return Body(tuple(rows), columns, number, False)
        placed = _with_count_first(page, place_row(inside, columns))
        values = values_of(page, placed)
        proven = fits(values)
        text = " ".join(cell.folded for cell in row)
        strict = after_sum or row[0].page != origin
        kind = sum_kind(text)
        if kind == "carried" or (kind is None and repeats_carried(page, row)):
            after_sum = after_sum or bool(rows)
            rows.append(_row(number, inside, placed, "sum"))
            continue
        if kind == "end" or (not proven and not _is_remark(row) and _ends(page, row, text, values)):
            if rows and all(r.role == "sum" for r in rows) and _is_before_goods(page, text):
                rows.append(_row(number, inside, placed, "sum"))
                continue
            if not (rows and _goes_on(page, number, columns, words)):
                return Body(tuple(rows), columns, number, True)
            after_sum = True  # the sum of a group: further articles follow
            rows.append(_row(number, inside, placed, "sum"))
            continue
        like_others = _same_shape(placed, values, shapes) and _total_kind(page, text) is None
        role = _role(row, placed, values, proven, columns, strict and not like_others)
        named = any(r.role == "item" for r in rows) or len(text.split()) <= MOST_LABEL
        if role == "item" and not proven and "quantity" not in values and named and _names_sum(page, first_words(row)):
            role = "sum"
        if role == "item":
            after_sum = False
            shapes[frozenset(values)] += 1
        rows.append(_row(number, inside, placed, role))
    return Body(tuple(rows), columns, number + 1, False)


def repeats_carried(page: PageView, row: Sequence[Cell]) -> bool:
    """Say whether a row is a word and the sum that an earlier page carried over: `Transport 1.200,00`."""
    words = [cell for cell in row if any(c.isalpha() for c in cell.text)]
    rest = [cell for cell in row if cell not in words]
    if len(words) != 1 or len(rest) != 1 or len(words[0].text.split()) > MOST_WORDS:
        return False
    return any(
        cell.text == rest[0].text
        for other in page.layout.rows[: row[0].row]
        if other[0].page < row[0].page and sum_kind(" ".join(cell.folded for cell in other)) == "carried"
        for cell in other
    )


def _goes_on(page: PageView, number: int, columns: Sequence[HeadingColumn], words: Words) -> bool:
    """Say whether a row of words, count, price and their product stands a little below a row of the same page."""
    layout = page.layout.rows
    for row in layout[number + 1 : number + 1 + GROUP_ROWS]:
        if row[0].page != layout[number][0].page or any(len(words.find_names(cell.folded)) for cell in row[1:]):
            return False
        placed = place_row(row, columns)
        if placed.get("description") and fits(values_of(page, placed)):
            return True
    return False


def place_row(row: Sequence[Cell], columns: Sequence[HeadingColumn]) -> Placed:
    """Return a row's pieces by column; units stand with their numbers, notes right of a number nowhere."""
    pieces, factors = apart_factors(pieces_of(row, columns))
    placed = place(pieces, columns)
    for name, found in factors.items():
        placed.setdefault(name, found)
    _take_words(placed)
    order = [column.name for column in columns]
    words = order.index("description") if "description" in order else -1
    for name in [n for n in placed if n in NUMERIC and n in order and order.index(n) > words]:
        (number,) = placed[name][:1]
        for other in ("description", ""):
            for piece in [p for p in placed.get(other, ()) if not p.number and p.x1 > number.x1]:
                placed[other].remove(piece)
                gap = piece.x1 - placed[name][-1].x2
                if -0.5 * piece.height <= gap <= UNIT_GAP * piece.height and len(piece.text) <= 12:
                    placed[name].append(piece)
                elif not any(n in NUMERIC and placed[n][0].x1 > number.x1 for n in placed if n != name):
                    placed.setdefault("beside", []).append(piece)
    return {name: found for name, found in placed.items() if found}


def _with_count_first(page: PageView, placed: Placed) -> Placed:
    """Return a row with the number under the price as its count where one right of it makes the amount with it.

    Numbers set right stand beside headings set left: the count comes under the heading of the price.
    """
    if "quantity" in placed or "unit_price" not in placed:
        return placed
    for piece in placed.get("", ()):
        if piece.number and piece.x1 > placed["unit_price"][-1].x2:
            moved = {**placed, "quantity": placed["unit_price"], "unit_price": [piece]}
            if fits(values_of(page, moved)):
                return {**moved, "": [p for p in placed[""] if p is not piece]}
    return placed


def _take_words(placed: Placed) -> None:
    """Part the number of a row from the words that were read in one piece with it: `2 Custom development`."""
    for piece in placed.get("line_no", [])[:1]:
        found = _NUMBERED.fullmatch(piece.text)
        if found is not None and not any(not p.number for p in placed.get("description", ())):
            placed["line_no"] = [replace(piece, text=found[1])]
            placed.setdefault("description", []).insert(0, replace(piece, text=found[2], number=False))


def values_of(page: PageView, placed: Mapping[str, Sequence[Piece]]) -> dict[str, Decimal]:
    """Return the numbers of a row by column."""
    numbers = page.numbers
    values: dict[str, Decimal] = {}
    for name in placed:
        if name in NUMERIC:
            if name in _MONEY and any("%" in p.text for p in placed[name]):
                continue  # a rate of tax in a column of money
            value = to_decimal(number_of(" ".join(p.text for p in placed[name]), name, numbers)[0])
            if value is not None:
                values[name] = value
    return values


def fits(values: Mapping[str, Decimal]) -> bool:
    """Say whether quantity times price (less a discount) is the amount, or amount and tax add up to the gross."""
    amount = values.get("net_amount", values.get("gross_amount"))
    quantity, price = values.get("quantity"), values.get("unit_price")
    if amount is None or quantity is None or price is None:
        return False
    product = quantity * price
    if abs(product - amount) <= CLOSE:
        return True
    discount = values.get("discount")
    if discount is None:
        return False
    off = abs(discount)
    return abs(product - off - amount) <= CLOSE or abs(product * (100 - off) / 100 - amount) <= CLOSE


def _role(
    row: Sequence[Cell],
    placed: Placed,
    values: Mapping[str, Decimal],
    proven: bool,
    columns: Sequence[HeadingColumn],
    strict: bool,
) -> Role:
    if proven:
        return "item"
    lead = next((cell for cell in row if any(c.isalpha() for c in cell.text)), None)
    amount = values.get("net_amount", values.get("gross_amount", Decimal(0)))
    if amount < 0 and lead is not None and not values.keys() & {"quantity", "unit_price"} and is_taken_off(lead.folded):
        return "item" if placed.keys() & {"product_code", "line_no"} and placed.get("description") else "below"
    if lead is not None and values and (is_taken_off(lead.folded) or is_note(lead.folded) or _is_told(row)):
        return "below"
    if strict and len(values) < 3:
        return "words"
    if len(values) >= 2 and values.keys() & AMOUNTS:
        return "item"
    known = {column.name for column in columns}
    alone = not known & {"quantity", "unit_price"}
    if values.keys() & {"net_amount", "gross_amount"} and placed.get("description"):
        return "item" if alone or _is_aligned(placed, columns) else "words"
    return "words"


def _is_remark(row: Sequence[Cell]) -> bool:
    """Say whether a row is one cell in brackets: it tells of the article above."""
    return len(row) == 1 and row[0].text.startswith("(") and row[0].text.rstrip().endswith(")")


def _is_before_goods(page: PageView, text: str) -> bool:
    """Say whether a row names a payment: below a balance it tells of the bill before, and the goods follow."""
    kind = classify(page, text)
    return kind is not None and kind[0] == "amount_paid"


def _is_told(row: Sequence[Cell]) -> bool:
    """Say whether a row reads `word: number`."""
    for left, right in pairwise(row):
        if left.text.rstrip().endswith(":") and any(c.isdigit() for c in right.text[:3]):
            return True
        if sum(c.isalpha() for c in left.text) >= LABEL and _VALUE.match(right.text.strip()):
            return True
    return False


def _is_aligned(placed: Placed, columns: Sequence[HeadingColumn]) -> bool:
    """Say whether amount and words stand where those of the other rows do: an article without quantity or price."""
    name = "net_amount" if "net_amount" in placed else "gross_amount"
    for column in columns:
        if column.name == name and column.right is not None:
            piece = placed[name][0]
            if abs(piece.x2 - column.right) > 0.8 * piece.height:
                return False
        if column.name == "description" and column.left is not None:
            piece = placed["description"][0]
            if abs(piece.x1 - column.left) > 0.8 * piece.height:
                return False
    return all(column.right is not None for column in columns if column.name == name)


def _ends(page: PageView, row: Sequence[Cell], text: str, values: Mapping[str, Decimal]) -> bool:
    pattern = page.compiled.items_end
    if pattern is not None and (found := pattern.search(text)) and found.start() < SUM_LABEL:
        return True
    if len(values) < 2 and len(row) <= 3 and any(find_amounts(cell.text) for cell in row):
        return (_total_kind(page, first_words(row)) or 0) >= 3
    return _heads_sums(page, row)


def _heads_sums(page: PageView, row: Sequence[Cell]) -> bool:
    """Say whether a row without numbers is the heading of sums: two cells or more name a total or a tax."""
    if len(row) < 2 or any(c.isdigit() for cell in row for c in cell.text):
        return False
    return sum(_total_kind(page, cell.folded) is not None for cell in row) >= 2


def first_words(row: Sequence[Cell]) -> str:
    """Return the folded text of a row with the first words alone of a cell of many: a sum is named at the beginning.

    `Survey with total station` names none.
    """
    return " ".join(" ".join(cell.folded.split()[:MOST_LABEL_WORDS]) for cell in row)


def _total_kind(page: PageView, text: str) -> float | None:
    """Return how surely a row's words name a total or a tax; None where they do not."""
    kind = classify(page, text)
    return kind[1] if kind is not None and kind[0] in ("total_gross", "total_net", "total_tax") else None


def _names_sum(page: PageView, text: str) -> bool:
    """Say whether a row's words name a tax, a payment or a sum."""
    kind = classify(page, text)
    return kind is not None and kind[0] in NO_GOODS and kind[1] >= SURE


def _same_shape(placed: Placed, values: Mapping[str, Decimal], shapes: Counter[frozenset[str]]) -> bool:
    """Say whether a row has words and the numbers that rows of goods above have: a part sum ended nothing."""
    return len(values) >= 2 and bool(placed.get("description")) and shapes[frozenset(values)] > 0


def _row(number: int, cells: Sequence[Cell], placed: Placed, role: Role) -> BodyRow:
    return BodyRow(
        number,
        cells[0].page,
        min(c.box[1] for c in cells),
        max(c.box[3] for c in cells),
        median(c.height for c in cells),
        placed,
        role,
    )


def _with_words(columns: Sequence[HeadingColumn], rows: Iterable[BodyRow]) -> tuple[HeadingColumn, ...]:
    """Return the columns with one for words: where no heading names one, the widest nameless one, or a new one."""
    names = {column.name for column in columns}
    if "description" in names:
        return tuple(columns)
    loose = [p for row in rows for name in ("", "beside") for p in row.placed.get(name, ()) if not p.number]
    loose = [p for p in loose if sum(c.isalpha() for c in p.text) >= 2]
    nameless = [c for c in columns if not c.name]
    items = sum(1 for row in rows if row.role == "item")
    if "product_code" in names and (not nameless or 2 * len(loose) < items):
        return tuple(replace(c, name="description") if c.name == "product_code" else c for c in columns)
    if nameless:
        best = max(nameless, key=lambda c: (sum(abs(p.x1 - c.x1) < 3 * p.height for p in loose), c.x2 - c.x1, -c.x1))
        return tuple(replace(c, name="description") if c is best else c for c in columns)
    left = min(c.x1 for c in columns if c.name in NUMERIC)
    if loose and min(p.x1 for p in loose) < left:
        start = min(p.x1 for p in loose)
        return tuple(sorted([*columns, HeadingColumn("description", start, left)], key=lambda c: c.x1))
    return tuple(columns)


def _with_amount(columns: Sequence[HeadingColumn], rows: Sequence[BodyRow]) -> tuple[HeadingColumn, ...]:
    """Return the columns with one for amounts: where no heading names one, the last nameless one that holds numbers."""
    if {"net_amount", "gross_amount"} & {column.name for column in columns}:
        return tuple(columns)
    loose = [piece for row in rows for piece in row.placed.get("", ()) if piece.number]
    for column in reversed(columns):
        held = sum(1 for p in loose if min(p.x2, column.x2) > max(p.x1, column.x1))
        if not column.name and held and held >= sum(row.role == "item" for row in rows):
            return tuple(replace(c, name="net_amount") if c is column else c for c in columns)
    return tuple(columns)


def _with_quantity(
    page: PageView, columns: tuple[HeadingColumn, ...], rows: Sequence[BodyRow]
) -> tuple[HeadingColumn, ...]:
    """Return the columns with one for counts, and one for prices, where no heading names them: their products show it.

    Counts stand left of prices. Nameless columns are tried, and one for the rows' own numbers behind the words.
    """
    names = [column.name for column in columns]
    items = [row for row in rows if row.role == "item"]
    amount = next((n for n, name in enumerate(names) if name in ("net_amount", "gross_amount")), None)
    if "quantity" in names or amount is None or not items:
        return columns
    words = names.index("description") if "description" in names else -1
    free = [n for n, name in enumerate(names[:amount]) if not name or (name == "line_no" and n > words)]
    priced = names.index("unit_price") if "unit_price" in names else None
    pairs = [(n, m) for n in free for m in ([priced] if priced is not None else free) if n < m]
    for count, price in pairs:
        fitting = sum(_makes_amount(page, row, columns[count], columns[price]) for row in items)
        if 2 * fitting > len(items):
            found = list(columns)
            for n, name in ((count, "quantity"), (price, "unit_price")):
                pieces = [p for row in items for p in _numbers_in(row, columns[n])]
                left, right = median(p.x1 for p in pieces), median(p.x2 for p in pieces)
                found[n] = replace(columns[n], name=name, left=left, right=right)
            return tuple(found)
    return columns


def _makes_amount(page: PageView, row: BodyRow, count: HeadingColumn, price: HeadingColumn) -> bool:
    """Say whether the numbers of a row in two columns make its amount, as they are or with the count in thousands."""
    counts, prices = _numbers_in(row, count), _numbers_in(row, price)
    if not counts or not prices:
        return False
    values = values_of(page, {**row.placed, "quantity": counts, "unit_price": prices})
    counted = values.get("quantity", Decimal(0))
    return fits(values) or fits({**values, "quantity": counted * THOUSAND})


def _numbers_in(row: BodyRow, column: HeadingColumn) -> list[Piece]:
    over = [p for p in row.placed.get(column.name, ()) if p.number and min(p.x2, column.x2) > max(p.x1, column.x1)]
    return over[:1]


def _steady(rows: Sequence[BodyRow]) -> list[BodyRow]:
    """Take rows of goods that lack the amount which most have, even close below, for words."""
    items = [row for row in rows if row.role == "item"]
    if len(items) < 2:
        return list(rows)
    amount = {"net_amount", "gross_amount"}
    with_amount = {row.number for row in items if row.numbers & amount}
    for row in items:
        below = [r for r in rows if row.number < r.number <= row.number + 3 and r.page == row.page and r.role != "item"]
        if any(r.numbers & amount and r.top - row.bottom < 1.5 * row.height for r in below):
            with_amount.add(row.number)
    if len(with_amount) < 0.5 * len(items):
        return list(rows)
    return [
        row if row.role != "item" or row.number in with_amount or _has_factors(row) else replace(row, role="below")
        for row in rows
    ]  # fmt: skip


def _has_factors(row: BodyRow) -> bool:
    """Say whether a row has words, a quantity and a price: its amount may have been lost, and can be worked out."""
    return {"quantity", "unit_price", "description"} <= row.placed.keys()
