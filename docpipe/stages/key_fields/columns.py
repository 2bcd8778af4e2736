"""The heading of a table of goods: which column is which, and from where to where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from docpipe.stages.key_fields.layout import Cell, stand_in_column
from docpipe.stages.key_fields.patterns import LabelIndex

NUMERIC = frozenset({"quantity", "unit_price", "discount", "net_amount", "tax_rate", "tax_amount", "gross_amount"})
ANY_TEXT = frozenset({"line_no", "product_code", "specification"})
"""Columns that hold words or numbers."""
HEADING_ROWS = 2
"""A heading may be broken into so many rows above and below the one with most words."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name, and the x range of its heading in pixels."""

    name: str
    x1: float
    x2: float


def heading_of(rows: Sequence[tuple[Cell, ...]], index: int, labels: LabelIndex) -> tuple[list[Column], int] | None:
    """Return the columns whose headings stand in a row, and the last row of the heading; None where it is none.

    A heading needs a column of words and one of amounts, or three columns of which one holds amounts.
    """
    base = rows[index]
    if any(_is_number(c) for c in base):
        return None  # goods, though their words name a column: `Travel, flat rate`
    near = [
        cell
        for number in range(max(0, index - HEADING_ROWS), min(len(rows), index + HEADING_ROWS + 1))
        for cell in rows[number]
        if number != index and _is_heading_row(rows[number], base)
    ]
    columns: list[Column] = []
    for cell in base:
        columns += _columns_in(_stack(cell, near), cell, labels)
    if not any(column.name for column in columns):
        return None
    last = index
    for cell in near:
        if all(column.x2 <= cell.box[0] or cell.box[2] <= column.x1 for column in columns if column.name):
            columns += [c for c in _columns_in(_stack(cell, near), cell, labels) if c.name]
    for number in range(index + 1, min(len(rows), index + HEADING_ROWS + 1)):
        if _is_heading_row(rows[number], base) and all(
            any(stand_in_column(cell.box, o.box) for o in base) for cell in rows[number]
        ):
            last = number
        else:
            break
    names = {column.name for column in columns} - {""}
    amounts = names & {"unit_price", "net_amount", "gross_amount"}
    if not amounts or len(names) < 2 or not (len(names) >= 3 or "description" in names):
        return None
    return _quantity_first(sorted(columns, key=lambda column: column.x1)), last


def _quantity_first(columns: list[Column]) -> list[Column]:
    """Read `Amount … Total` as quantity and amount: of two columns of amounts, one left of the price counts pieces."""
    names = [column.name for column in columns]
    if "quantity" in names or names.count("net_amount") < 2 or "unit_price" not in names:
        return columns
    first = names.index("net_amount")
    if first > names.index("unit_price"):
        return columns
    return [replace(c, name="quantity") if number == first else c for number, c in enumerate(columns)]


def _stack(cell: Cell, near: Sequence[Cell]) -> list[Cell]:
    """Return a heading's cell with those above and below it, from top to bottom."""
    return sorted(
        [cell, *(o for o in near if o is not cell and stand_in_column(cell.box, o.box))], key=lambda c: c.index
    )


def _columns_in(stack: Sequence[Cell], cell: Cell, labels: LabelIndex) -> list[Column]:
    """Return the columns that a cell of the heading names, alone or with the cells over and under it.

    A cell that names none is a column without a name: it keeps its cells from the others.
    """
    alone = labels.hits(cell.folded)
    joined = labels.hits(" ".join(c.folded for c in stack)) if len(stack) > 1 else ()
    if joined and len(alone) < 2 and (not alone or len(joined[0].label) > len(alone[0].label)):
        x1, x2 = min(c.box[0] for c in stack), max(c.box[2] for c in stack)
        return [Column(joined[0].owner, x1, x2)]
    width = (cell.box[2] - cell.box[0]) / max(1, len(cell.text))
    if not alone:
        return [Column("", cell.box[0], cell.box[2])]
    return [Column(hit.owner, cell.box[0] + hit.start * width, cell.box[0] + hit.end * width) for hit in alone]


def _is_number(cell: Cell) -> bool:
    return any(c.isdigit() for c in cell.text) and not any(c.isalpha() for c in cell.text)


def _is_heading_row(row: Sequence[Cell], base: Sequence[Cell]) -> bool:
    """Say whether a row may belong to the heading: no digits, and close to the row with most words."""
    if row[0].page != base[0].page or any(c.isdigit() for cell in row for c in cell.text):
        return False
    gap = max(row[0].box[1] - base[0].box[3], base[0].box[1] - row[0].box[3])
    return gap < 1.5 * HEADING_ROWS * base[0].height


def column_of(cell: Cell, columns: Sequence[Column], numeric: bool) -> Column | None:
    """Return the column that a cell of the body belongs to: by overlap, else by the nearest edge or middle."""
    best: tuple[float, Column] | None = None
    for column in columns:
        if column.name and numeric != (column.name in NUMERIC) and column.name not in ANY_TEXT:
            continue
        x1, _, x2, _ = cell.box
        off = min(abs(x1 - column.x1), abs(x2 - column.x2), abs(x1 + x2 - column.x1 - column.x2) / 2)
        overlaps = min(x2, column.x2) > max(x1, column.x1)
        distance = off if overlaps else off + 4 * cell.height
        if best is None or distance < best[0]:
            best = (distance, column)
    return best[1] if best is not None and best[0] < 12 * cell.height else None
