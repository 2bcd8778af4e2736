"""The heading of a table of goods: which column is which, and from where to where."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from docpipe.stages.key_fields.candidates import PageView
from docpipe.stages.key_fields.compiled_pack import CompiledPack
from docpipe.stages.key_fields.layout import Cell, stand_in_column
from docpipe.stages.key_fields.line_items.vocabulary import (
    AMOUNTS,
    NUMERIC,
    heading_sizes,
    headings,
    long_headings,
    plain_headings,
)
from docpipe.stages.key_fields.patterns import LabelIndex
from docpipe.values.text import is_cjk, squash

_DECIMALS = re.compile(r"\d[.,]\d\d(?!\d)")
_MONEY_NOTE = re.compile(r"[\W_]+(?:(?:IN|EN|EM|W)\W+)?\(?(?:EUROS?|EUR|CHF|GBP|USD|PLN|ZL|[€£$])\W*$")
"""Behind a heading, what its money is: `EP in €`, `Amount (GBP)`."""
_CURRENCY = re.compile(r"\W*(?:EUROS?|EUR|CHF|GBP|USD|PLN|ZL|[€£$])\W*")
_PRICE_OF_ONE = re.compile(
    r"(?:PREIS|PRICE|PRIX|PREZZO|PRECIO|PRECO|PRIJS|CENA|RATE|TARIF)\s?(?:/|(?:PER|PRO|JE|PAR|A|AL|POR|ZA)\s)\s?[^\W\d]{1,12}\.?"
)
"""A price of one of something: `Preis/AW`, `Cena za strone`."""
WORD_GAP = 0.7
"""Words of one heading stand closer than this many line heights."""
SIDE_GAP = 5.0
"""What stands so many line heights left of a table is no column of it."""
HEADING_GAP = 0.75
HEADING_ROWS = 3
"""A heading may be broken into so many rows above and below the one with most words."""
COVERED = 0.4
"""A cell is a heading where so much of its letters are of known headings; prose that names a `price` is none."""
STACKED = 0.6
"""A heading of two lines is one where so much of both is its name."""
MISREAD = 0.8
"""How like a known heading of six letters or more a misread one must be."""
SHORTEST_MISREAD = 6
LONGEST_GLUED = 24
"""Letters of a heading that may stand in one word with others."""


_WEIGHED = re.compile(
    r"\W*(?:NET|GROSS|NETTO|BRUTTO|TOTAL)\W{1,3}(?:KGS?|LBS?|G|GR|WT|WGT|WEIGHT|GEWICHT|MASS)\W*(?:\(?(?:KGS?|LBS?)\)?)?\W*"
)
"""`Net kg` heads weights, no amounts."""


@dataclass(frozen=True, slots=True)
class HeadingColumn:
    """A column by its name, and the x range of its heading in pixels; after a first reading also that of its numbers.

    `left` and `right` are where most numbers of the column begin and end.
    """

    name: str
    x1: float
    x2: float
    left: float | None = None
    right: float | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """The columns of a table from left to right, and the first and last row of its heading."""

    columns: tuple[HeadingColumn, ...]
    first: int
    last: int

    @property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns) - {""}


class Words:
    """The headings that a pack knows, with the cells looked up so far."""

    def __init__(self, compiled: CompiledPack) -> None:
        self._index: LabelIndex = headings(compiled)
        self._plain: Mapping[str, str] = plain_headings(compiled)
        self._sizes = heading_sizes(compiled)
        self._long = long_headings(compiled, SHORTEST_MISREAD)
        self._known: dict[str, tuple[tuple[str, int, int], ...]] = {}
        self.found: dict[int, Heading | None] = {}
        """The headings of the document by row, as far as `heading_at` was asked."""

    def find_names(self, folded: str) -> tuple[tuple[str, int, int], ...]:
        """Return (column, start, end) for each heading in a folded text; () where most of it is something else."""
        found = self._known.get(folded)
        if found is None:
            found = self._look(folded)
            if len({name for name, _, _ in found}) != 1 and (note := _MONEY_NOTE.search(folded)):
                found = self._look(folded[: note.start()]) or found
            elif found and found[0][0] == "unit" and _MONEY_NOTE.search(folded):
                found = (("unit_price", *found[0][1:]),)  # `Unit £`
            self._known[folded] = found
        return found

    def _look(self, folded: str) -> tuple[tuple[str, int, int], ...]:
        plain = squash(folded)
        if not plain or len(plain) > 60 or _WEIGHED.fullmatch(folded):
            return ()
        if _PRICE_OF_ONE.fullmatch(folded):
            return (("unit_price", 0, len(folded)),)
        hits = self._index.hits(folded)
        whole = sum(len(hit.label) for hit in hits) == len(plain)  # `U.M. Q.ta` is nothing but headings
        if len(hits) > 1 and not whole:  # so short a word within others is no heading: `Betrag in`
            hits = tuple(h for h in hits if len(h.label) > 2 or not h.label.isascii() or not h.label.isalpha()) or hits
        covered = sum(len(hit.label) for hit in hits)
        if hits and covered >= COVERED * len(plain):
            return _merge_neighbours([(hit.owner, hit.start, hit.end) for hit in hits])
        if (glued := self._split_glued(plain)) is not None:
            return _spread(glued, folded)
        if len(plain) >= SHORTEST_MISREAD and not hits and sum(c.isdigit() for c in plain) <= 2:
            best = self._long.find(plain, MISREAD)
            if best is not None:
                return ((self._plain[best], 0, len(folded)),)
        return ()

    def _split_glued(self, plain: str) -> list[tuple[str, int]] | None:
        """Return the headings that a word without spaces is made of, such as `MENGEEINHEIT`, longest first."""
        parts: list[tuple[str, int]] = []
        at = 0
        while at < len(plain):
            sizes = self._sizes.get(plain[at : at + 2], ())
            size = next((n for n in sizes if 1 < n <= LONGEST_GLUED and plain[at : at + n] in self._plain), 0)
            if not size:
                return None
            parts.append((self._plain[plain[at : at + size]], size))
            at += size
        return parts if len(parts) > 1 and len({name for name, _ in parts}) == len(parts) else None


def words_of(page: PageView) -> Words:
    """Return the headings that a document's pack knows; kept with the document, as several steps look them up."""
    words: Words | None = page.found.get("headings")
    if words is None:
        words = page.found["headings"] = Words(page.compiled)
    return words


def _merge_neighbours(hits: Sequence[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    """Return hits with neighbours of one column as one: `Description of Goods / Services`."""
    found: list[tuple[str, int, int]] = []
    for name, start, end in hits:
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1], end)
        else:
            found.append((name, start, end))
    return tuple(found)


def _spread(parts: Sequence[tuple[str, int]], folded: str) -> tuple[tuple[str, int, int], ...]:
    """Return where glued headings stand in the text, its characters shared out by their letters."""
    total = sum(size for _, size in parts)
    found, at = [], 0
    for name, size in parts:
        found.append((name, round(at * len(folded) / total), round((at + size) * len(folded) / total)))
        at += size
    return tuple(found)


def heading_at(rows: Sequence[tuple[Cell, ...]], index: int, words: Words) -> Heading | None:
    """Return the heading whose row with most words is this one; None where it is none.

    A heading names words (or pieces, or a price) and amounts, and holds no number. Cells that name nothing are columns
    without a name: they keep their cells from the others.
    """
    if index not in words.found:
        words.found[index] = _look_at(rows, index, words)
    return words.found[index]


def unpriced_heading_at(rows: Sequence[tuple[Cell, ...]], index: int, words: Words) -> Heading | None:
    """Return the heading of words and counts, and of no money, whose row with most words is this one."""
    return _look_at(rows, index, words, priced=False)


def _look_at(rows: Sequence[tuple[Cell, ...]], index: int, words: Words, *, priced: bool = True) -> Heading | None:
    base = _without_side_column(rows[index], words)
    if len(base) < 2 or any(_is_number(c) for c in base) or not any(words.find_names(c.folded) for c in base):
        return None
    near = _near(rows, index)
    base = _join_spaced(base, words)
    columns: list[HeadingColumn] = []
    for cell in base:
        columns += _columns_in(_stack(cell, near), cell, words)
    if not any(column.name for column in columns):
        return None
    for cell in near:
        if all(column.x2 <= cell.box[0] or cell.box[2] <= column.x1 for column in columns if column.name):
            columns += [c for c in _columns_in(_stack(cell, near), cell, words) if c.name]
    columns = _with_money(_without_covered(columns, WORD_GAP * base[0].height), base)
    names = {column.name for column in columns} - {""}
    if not priced:
        return _unpriced(columns, names, index)
    if not names & AMOUNTS or len(names) < 2 or not names & {"description", "quantity", "unit_price", "product_code"}:
        return None
    if len(names) < 3 and "description" not in names and not {"unit_price", "net_amount"} <= names:
        return None
    first, last = min([index, *(c.row for c in near)]), index
    while last + 1 < len(rows) and _belongs(rows[last + 1], near, base, words):
        last += 1
    return Heading(tuple(_sorted_out(sorted(columns, key=lambda c: c.x1))), first, last)


def _unpriced(columns: Sequence[HeadingColumn], names: set[str], index: int) -> Heading | None:
    if names & AMOUNTS or not {"description", "quantity"} <= names:
        return None
    return Heading(tuple(_sorted_out(sorted(columns, key=lambda c: c.x1))), index, index)


def _without_side_column(row: tuple[Cell, ...], words: Words) -> tuple[Cell, ...]:
    """Return a row without the number that stands far left of its headings: a column beside the whole table."""
    if len(row) < 3 or not _is_number(row[0]) or row[1].box[0] - row[0].box[2] < SIDE_GAP * row[0].height:
        return row
    return row[1:] if words.find_names(row[1].folded) and not any(_is_number(cell) for cell in row[1:]) else row


def _belongs(row: Sequence[Cell], near: Sequence[Cell], base: Sequence[Cell], words: Words) -> bool:
    """Say whether a row close below goes on with the heading: it names columns, or has several short cells."""
    close = {cell.index for cell in near}
    if not all(cell.index in close for cell in row):
        return False
    if len(row) >= 2 or words.find_names(row[0].folded) or row[0].text.startswith("("):
        return True
    over = [words.find_names(c.folded) for c in base if stand_in_column(c.box, row[0].box)]
    return any(hits and hits[-1][0] in NUMERIC for hits in over)


def _near(rows: Sequence[tuple[Cell, ...]], index: int) -> list[Cell]:
    """Return the cells of the rows around, as long as they may belong to the heading."""
    base = rows[index]
    found: list[Cell] = []
    for step in (-1, 1):
        for number in range(index + step, index + step * (HEADING_ROWS + 1), step):
            if not 0 <= number < len(rows) or not _is_heading_row(rows[number], rows[number - step], base):
                break
            close = [c for c in rows[number] if _under(c, base)]
            if not close:
                break
            found += close
    return found


def _under(cell: Cell, base: Sequence[Cell]) -> bool:
    """Say whether a cell is short enough, and stands within the heading's width."""
    left, right = min(c.box[0] for c in base), max(c.box[2] for c in base)
    return left - 6 * cell.height <= cell.box[0] and cell.box[2] <= right + 6 * cell.height and len(cell.text) <= 40


def _join_spaced(base: Sequence[Cell], words: Words) -> tuple[Cell, ...]:
    """Join spaced-out Chinese headings: `金` and `额` are one cell where together they name a column."""
    found: list[Cell] = []
    for cell in base:
        last = found[-1] if found else None
        if (
            last is not None
            and all(is_cjk(c) for c in (last.text + cell.text).replace(" ", ""))
            and len(last.text) <= 2
            and len(cell.text) <= 2
            and not words.find_names(last.folded)
            and not words.find_names(cell.folded)
            and words.find_names(last.folded + cell.folded)
        ):
            box = (last.box[0], min(last.box[1], cell.box[1]), cell.box[2], max(last.box[3], cell.box[3]))
            found[-1] = replace(last, text=last.text + cell.text, folded=last.folded + cell.folded, box=box)
        else:
            found.append(cell)
    return tuple(found)


def _stack(cell: Cell, near: Sequence[Cell]) -> list[Cell]:
    """Return a heading's cell with those above and below it, from top to bottom."""
    return sorted(
        [cell, *(o for o in near if o is not cell and o.row != cell.row and stand_in_column(cell.box, o.box))],
        key=lambda c: (c.row, c.box[0]),
    )


def _columns_in(stack: Sequence[Cell], cell: Cell, words: Words) -> list[HeadingColumn]:
    """Return the columns that a cell of the heading names, alone or with the cells over and under it."""
    alone = words.find_names(cell.folded)
    left, right = min(c.box[0] for c in stack), max(c.box[2] for c in stack)
    if len(stack) > 1 and len(alone) < 2:
        for text in (" ".join(c.folded for c in stack), "".join(c.folded.rstrip("- ") for c in stack)):
            for name, start, end in words.find_names(text):
                if not alone or end - start >= STACKED * len(text):
                    return [HeadingColumn(name, left, right)]
        below = [words.find_names(c.folded) for c in stack if c.row > cell.row]
        if alone and alone[0][0] != "description" and any(hits and hits[0][0] == "description" for hits in below):
            return [HeadingColumn("description", left, right)]
    if not alone:
        return [HeadingColumn("", cell.box[0], cell.box[2])]
    if len(alone) == 1:
        return [HeadingColumn(alone[0][0], cell.box[0], cell.box[2])]
    width = (cell.box[2] - cell.box[0]) / max(1, len(cell.text))
    if len({name for name, _, _ in alone}) == 1:
        return [HeadingColumn(alone[0][0], cell.box[0], cell.box[2])]
    return [HeadingColumn(name, cell.box[0] + start * width, cell.box[0] + end * width) for name, start, end in alone]


def _without_covered(columns: Sequence[HeadingColumn], gap: float) -> list[HeadingColumn]:
    """Drop nameless columns over a named one, or so near behind it that they are words of it: `Total in EUR`."""
    named = sorted((c for c in columns if c.name), key=lambda c: c.x1)
    kept = []
    for column in sorted((c for c in columns if not c.name), key=lambda c: c.x1):
        if any(min(column.x2, o.x2) - max(column.x1, o.x1) > 0 for o in named):
            continue
        before = next((n for n, o in enumerate(named) if 0 <= column.x1 - o.x2 <= gap), None)
        if before is None or column.x2 - column.x1 > 4 * gap:
            kept.append(column)
        else:
            named[before] = replace(named[before], x2=column.x2)
    return named + kept


def _with_money(columns: list[HeadingColumn], base: Sequence[Cell]) -> list[HeadingColumn]:
    """Name the last column for amounts where its heading is a currency and no other names any: `Leistung … EUR`."""
    last = max(columns, key=lambda c: c.x2)
    if last.name or any(column.name in AMOUNTS for column in columns) or not _CURRENCY.fullmatch(base[-1].folded):
        return columns
    return [replace(c, name="net_amount") if c is last else c for c in columns]


def _sorted_out(columns: list[HeadingColumn]) -> list[HeadingColumn]:
    """Tell columns of one name apart: `Amount … Total` is quantity and amount, `Item … Description` code and words."""
    names = [column.name for column in columns]
    if "quantity" not in names and names.count("net_amount") >= 2 and "unit_price" in names:
        first = names.index("net_amount")
        if first < names.index("unit_price"):
            columns[first] = replace(columns[first], name="quantity")
    names = [column.name for column in columns]
    if names.count("description") >= 2:
        first = names.index("description")
        if "product_code" not in names:
            columns[first] = replace(columns[first], name="product_code")
        else:
            columns[first] = replace(columns[first], name="line_no" if "line_no" not in names else "")
    names = [column.name for column in columns]
    if names.count("unit_price") >= 2 and "net_amount" not in names:
        last = len(names) - 1 - names[::-1].index("unit_price")
        columns[last] = replace(columns[last], name="net_amount")
    names = [column.name for column in columns]
    if "unit_price" in names and not {"quantity", "net_amount", "gross_amount"} & set(names):
        at = names.index("unit_price")
        columns[at] = replace(columns[at], name="net_amount")
    kept: list[HeadingColumn] = []
    for column in columns:
        repeated = column.name and any(o.name == column.name for o in kept)
        if repeated and column.name == "quantity":  # `Days … Spots`: the one nearer to the price counts
            kept = [replace(o, name="") if o.name == "quantity" else o for o in kept]
            repeated = False
        if repeated and column.name == "net_amount" and not any(o.name == "gross_amount" for o in columns):
            kept.append(replace(column, name="gross_amount"))
        elif repeated:
            kept.append(replace(column, name=""))
        else:
            kept.append(column)
    return kept


def _is_number(cell: Cell) -> bool:
    digits = any(c.isdigit() for c in cell.text)
    return digits and (not any(c.isalpha() for c in cell.text) or _DECIMALS.search(cell.text) is not None)


def _is_heading_row(row: Sequence[Cell], beside: Sequence[Cell], base: Sequence[Cell]) -> bool:
    """Say whether a row may belong to the heading: no digits, and as close to the row beside as lines of one text."""
    letters = "".join(cell.text for cell in row)
    if row[0].page != base[0].page or any(c.isdigit() for c in letters) or not any(c.isalpha() for c in letters):
        return False
    gap = max(
        min(c.box[1] for c in row) - max(c.box[3] for c in beside),
        min(c.box[1] for c in beside) - max(c.box[3] for c in row),
    )
    return gap < HEADING_GAP * base[0].height
