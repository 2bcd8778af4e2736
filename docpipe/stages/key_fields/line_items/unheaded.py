"""Goods without a heading, as tills print them: a name and an amount at the right, `2 x 3.50` beside, above or below.

Rows are read up to the first sum. The reading is kept only where the amounts add up to a total of the document, or
quantity times price is the amount in most rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.labelled_amounts import classify
from docpipe.stages.key_fields.layout import Cell
from docpipe.stages.key_fields.line_items.cell_values import GoodsItem, number_of
from docpipe.stages.key_fields.line_items.heading import Words
from docpipe.stages.key_fields.line_items.pieces import Piece
from docpipe.stages.key_fields.line_items.table_rows import MOST_LABEL_WORDS, first_words
from docpipe.stages.key_fields.line_items.till_lines import CLOSE, TillLine, line_of, number_in
from docpipe.stages.key_fields.line_items.vocabulary import is_return, is_taken_off, sum_kind
from docpipe.values.amounts import find_amounts, to_decimal
from docpipe.values.text import fold

_BARCODE = re.compile(r"\d{8}|\d{12,14}")
"""The lengths of EAN, UPC and GTIN."""
_BRACKETED = re.compile(r"\([^()]*\)")
_TIMES_SIGNS = ("x", "X", "×", "*")
NEAR = 1.8
"""Lines of one article stand closer than this many line heights."""
NEARER = 0.2
"""A line goes on with the row above where it stands so many line heights nearer to it than to the row below."""
COLUMN_GAP = 2.0
"""A number so many line heights behind a name stands in another column."""
EDGE = 2.5
"""Amounts of a column end within so many line heights of each other."""
SUM_ROWS = 4
"""So many rows behind the goods may hold their sum."""
LABEL_WITHIN = 12
MOST_NAME_ROWS = 2
SUMS = frozenset(
    {"total_gross", "total_net", "total_tax", "total_lines", "amount_paid", "amount_due", "change", "rounding"}
)


def unheaded_items(page: PageView, totals: Sequence[Decimal], words: Words) -> list[GoodsItem]:
    """Return the goods above the first sum; [] where neither a total nor products prove them."""
    best: tuple[int, int, list[GoodsItem]] = (0, 0, [])
    first = True
    for lines, end in _runs(page, words):
        items = _items(page, lines)
        if not items:
            continue
        below = _sums_below(page, end)
        proof = _proof(page, items, [*totals, *below], [abs(amount) for amount in below])
        if not first and not any({"quantity", "unit_price"} <= item.known.keys() for item in items):
            proof = 0  # amounts below the first sum are taxes and payments
        first = False
        best = max(best, (proof, len(items), items), key=lambda found: found[:2])
    return best[2] if best[0] else []


def _sums_below(page: PageView, end: int) -> list[Decimal]:
    """Return the amounts of the first rows of sums: one of them may be that of the goods."""
    numbers = page.numbers
    return [
        amount.decimal
        for row in page.layout.rows[end : end + SUM_ROWS]
        for cell in row
        for amount in find_amounts(cell.text, numbers.point, spaces_group=numbers.spaces_group)
        if numbers.is_money(amount, cell.text) and amount.decimal
    ]


def _runs(page: PageView, words: Words) -> list[tuple[list[TillLine], int]]:
    """Return the rows before each first sum: runs end at sums and pages, each with the row behind it."""
    runs: list[tuple[list[TillLine], int]] = []
    lines: list[TillLine] = []
    number = 0
    layout = page.layout.rows
    while number < len(layout):
        row = layout[number]
        if lines and layout[lines[-1].number][0].page != row[0].page:
            runs.append((lines, number))
            lines = []
        text = " ".join(cell.folded for cell in row)
        if not any(c.isalnum() for c in text):
            number += 1
            continue  # a line drawn with signs
        line = line_of(page, row, number)
        if _is_sum(page, row, text, line, bool(lines)):
            if any(line.amount is not None for line in lines):
                runs.append((lines, number))
                lines = []
            number += 1
            continue
        if sum(bool(words.find_names(cell.folded)) for cell in row) >= 2 and not any(
            find_amounts(cell.text) for cell in row
        ):
            lines = []  # a heading: what stands above it is no article
        else:
            lines.append(line)
        number += 1
    return [*runs, (lines, number)]


def _is_sum(page: PageView, row: Sequence[Cell], text: str, line: TillLine, below: bool) -> bool:
    if line.quantity and line.price and line.value is not None and len(line.numbers) >= 2 and line.named:
        return False
    if below and is_taken_off(text):
        return False  # it lowers the price of an article
    pattern = page.compiled.items_end
    if sum_kind(text) or (pattern is not None and (found := pattern.search(text)) and found.start() < LABEL_WITHIN):
        return True
    text = _BRACKETED.sub(" ", text)  # `Search fees (no VAT)` is no tax
    if page.compiled.pack.family == "invoice" and len(row) == 2:
        text = _BRACKETED.sub(" ", first_words(row))
    name = _BRACKETED.sub(" ", fold(" ".join(piece.text for piece in line.name[:MOST_LABEL_WORDS])))
    kinds = (classify(page, text), classify(page, name))
    return any(kind is not None and kind[0] in SUMS and kind[1] >= 1 for kind in kinds) and any(
        find_amounts(cell.text) for cell in row
    )


def _items(page: PageView, lines: Sequence[TillLine]) -> list[GoodsItem]:
    """Put names, factors and amounts together; only amounts of the column that most of them end in count."""
    ending = [line.amount.x2 for line in lines if line.amount is not None]
    if not ending:
        return []
    _drop_lone_counts(lines)
    edge = median(ending)
    priced = [k for k, line in enumerate(lines) if _in_column(line, edge)]
    if not priced:
        return []
    items: list[GoodsItem] = []
    used: set[int] = set()
    below = _names_below(lines, priced)
    credit = sum((lines[k].value or 0) < 0 for k in priced) > 0.5 * len(priced)
    for k in priced:
        line = lines[k]
        lead = next((p.cell.folded for p in line.name), "")
        lowered = is_taken_off(lead) or (line.value is not None and line.value < 0 and not credit)
        if items and lowered and not is_return(lead) and not _is_own_row(page, items[-1], line):
            if line.amount is not None:
                items[-1].discounts.append(line.amount)
            continue
        name = list(line.name) if line.named else []
        if not name and (line.price is None or line.quantity is None):
            name = _join_wrapped(page, lines, k, edge, used)
        if not name:
            name = _name_near(lines, k, used, below)
        name = _without_other_amounts(page, name)
        if not name:
            continue
        if line.value == 0 and line.quantity is None:
            continue  # a remark about the article above, priced at nothing
        item = GoodsItem(line.number)
        item.words = _without_barcode(item, name)
        assert line.amount is not None
        item.cells["net_amount"] = [line.amount]
        factors = _factor_line(lines, k, used) or line
        _add_factors(item, factors)
        item.unsure = factors.unsure and page.compiled.pack.family == "invoice"
        items.append(item)
        if page.compiled.pack.family == "invoice" and line.named and not below:
            item.words += _words_below(lines, k, used)
    return items


def _is_own_row(page: PageView, above: GoodsItem, line: TillLine) -> bool:
    """Say whether what a row of an invoice takes off is more than the article above costs: it lowers the whole."""
    if page.compiled.pack.family != "invoice" or line.value is None:
        return False
    costs = number_of(above.cells["net_amount"][0].text, "net_amount", page.numbers)[0]
    return line.value < 0 and abs(line.value) > abs(to_decimal(costs) or Decimal(0))


def _without_other_amounts(page: PageView, name: list[Piece]) -> list[Piece]:
    """Return the words of a name without the amounts behind it: the tax of the row, in a column of its own."""
    while len(name) > 1 and name[-1].number and page.compiled.pack.family == "invoice":
        amounts = find_amounts(name[-1].text, page.numbers.point)
        apart = name[-1].x1 - name[-2].x2 > COLUMN_GAP * name[-1].height
        if not apart or not any(page.numbers.is_money(amount, name[-1].text) for amount in amounts):
            break
        name = name[:-1]
    return name


def _words_below(lines: Sequence[TillLine], k: int, used: set[int]) -> list[Piece]:
    """Return the words in which a name goes on below its amount: set closer to it than to the row that follows."""
    found: list[Piece] = []
    for n in range(k + 1, min(k + 1 + MOST_NAME_ROWS, len(lines) - 1)):
        line, above, following = lines[n], lines[n - 1], lines[n + 1]
        if n in used or line.amount is not None or not line.named or line.numbers:
            break
        gap, next_gap = line.top - above.bottom, following.top - line.bottom
        nearer = gap < next_gap - NEARER * line.height
        if not nearer or abs(line.name[0].x1 - lines[k].name[0].x1) > 0.5 * line.height:
            break
        used.add(n)
        found += line.name
    return found


def _without_barcode(item: GoodsItem, name: list[Piece]) -> list[Piece]:
    """Return the words of a name; a barcode behind them becomes the article's number."""
    if len(name) > 1 and _BARCODE.fullmatch(name[-1].text):
        item.known["product_code"] = (name[-1].text, name[-1:])
        return name[:-1]
    return name


def _drop_lone_counts(lines: Sequence[TillLine]) -> None:
    """Put a number behind a name back into it where no other row has one at its place: `FLATSCREEN 65`."""
    for line in lines:
        if line.counted is not None and line.name and line.name[-1].text in _TIMES_SIGNS:
            line.name, line.counted = line.name[:-1], None  # `Brezel x 4` says so itself
    counted = [line for line in lines if line.counted is not None]
    for line in counted:
        piece = line.counted
        assert piece is not None
        beside = [o for o in counted if o is not line and o.counted is not None and _are_aligned(o.counted, piece)]
        if not beside and len(lines) > 1 and sum(o.amount is not None for o in lines) > 1:
            line.name, line.numbers, line.quantity, line.counted = [*line.name, piece], [], None, None


def _are_aligned(one: Piece, other: Piece) -> bool:
    return min(abs(one.x1 - other.x1), abs(one.x2 - other.x2)) < one.height


def _join_wrapped(page: PageView, lines: Sequence[TillLine], k: int, edge: float, used: set[int]) -> list[Piece]:
    """Return the name where count, price and amount did not fit into one row, and take these together."""
    line, numbers = lines[k], list(lines[k].numbers)
    taken = []
    for n in range(k - 1, max(-1, k - 3), -1):
        above = lines[n]
        loose = [*above.numbers, *([above.amount] if above.amount is not None else [])]
        if n in used or _in_column(above, edge) or not loose or lines[n + 1].top - above.bottom > NEAR * above.height:
            break
        numbers = [*loose, *numbers]
        taken.append(n)
        if above.named:
            break
    if not taken:
        return []
    point = page.numbers.point
    values = [number_in(piece, point) for piece in numbers]
    for one, a in enumerate(values):
        for b in values[one + 1 :]:
            if a is not None and b is not None and line.value is not None and abs(a * b - line.value) <= CLOSE:
                line.quantity, line.price, line.numbers = format(a, "f"), format(b, "f"), numbers
    used.update(taken)
    last = lines[taken[-1]]
    return list(last.name) if last.named else _name_near(lines, taken[-1], used, below=False)


def _in_column(line: TillLine, edge: float) -> bool:
    return line.amount is not None and abs(line.amount.x2 - edge) <= EDGE * line.height


def _names_below(lines: Sequence[TillLine], priced: Sequence[int]) -> bool:
    """Say whether names follow their amounts: where the first amount has none above it close by."""
    k = priced[0]
    if lines[k].named or k == 0:
        return False
    return not lines[k - 1].named or lines[k].top - lines[k - 1].bottom > NEAR * lines[k].height


def _name_near(lines: Sequence[TillLine], k: int, used: set[int], below: bool) -> list[Piece]:
    """Return the words of the rows just above (or below) an amount that has none beside it."""
    found: list[Piece] = []
    step = 1 if below else -1
    n = k + step
    while 0 <= n < len(lines) and abs(n - k) <= MOST_NAME_ROWS:
        line = lines[n]
        gap = abs(line.top - lines[n - step].bottom) if step > 0 else abs(lines[n - step].top - line.bottom)
        if n in used or line.amount is not None or not line.named or gap > NEAR * line.height:
            break
        if found and not _goes_on(line, lines[n - step]):
            break
        used.add(n)
        found = [*found, *line.name] if step > 0 else [*line.name, *found]
        n += step
    return found


def _goes_on(one: TillLine, other: TillLine) -> bool:
    """Say whether two lines of words begin at the same place: a name of two lines, and no heading above it."""
    return abs(one.name[0].x1 - other.name[0].x1) < one.height and one.quantity is None and len(one.name) <= 8


def _factor_line(lines: Sequence[TillLine], k: int, used: set[int]) -> TillLine | None:
    """Return the row above or below that holds only `2 x 3.50`, where this is the amount of the row."""
    if lines[k].price is not None and lines[k].quantity is not None:
        return None
    for n in (k + 1, k - 1):
        if not 0 <= n < len(lines) or n in used:
            continue
        other = lines[n]
        if other.named or other.quantity is None or other.price is None:
            continue
        product = (to_decimal(other.quantity) or Decimal(0)) * (to_decimal(other.price) or Decimal(0))
        if abs(product - (lines[k].value or Decimal(0))) <= CLOSE:
            used.add(n)
            return other
    return None


def _add_factors(item: GoodsItem, line: TillLine) -> None:
    pieces = line.numbers or line.name[:1] or [p for p in (line.amount,) if p is not None]
    for name, value in (("quantity", line.quantity), ("unit_price", line.price), ("unit", line.unit)):
        if value and pieces:
            item.known[name] = (value, pieces)


def _proof(page: PageView, items: Sequence[GoodsItem], totals: Sequence[Decimal], below: Sequence[Decimal] = ()) -> int:
    """Return 3 where the amounts add up to a total, 2 where products are right in most rows, 1 on a till's paper.

    They may do so with a tax of the amounts `below`, less one that was paid.
    """
    numbers = page.numbers
    amounts = [to_decimal(found[0].value) for item in items
               if (found := find_amounts(item.cells["net_amount"][0].text, numbers.point))]  # fmt: skip
    off = [abs(found[0].decimal) for item in items for piece in item.discounts
           if (found := find_amounts(piece.text, numbers.point))]  # fmt: skip
    whole = sum((a for a in amounts if a is not None), Decimal(0))
    for total in totals:
        if min(abs(whole - total), abs(whole - sum(off, Decimal(0)) - total)) <= Decimal("0.05"):
            return 3
    if len(items) >= 2 and any(whole + tax - paid in totals for tax in below for paid in (Decimal(0), *below)):
        return 3
    right = [item for item in items if {"quantity", "unit_price"} <= item.known.keys()]
    strong = [item for item in right if item.known["quantity"][0] not in ("1", "1.00")]
    if len(right) >= 2 and strong and len(right) >= 0.6 * len(items):
        return 2
    return int(page.compiled.name.startswith("receipt") and len(items) >= 2)
