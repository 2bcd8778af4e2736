"""A row of goods in pieces: numbers with their unit or currency, and words; merged lines are cut at the columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from docpipe.stages.key_fields.layout import Cell, join_polygons
from docpipe.stages.key_fields.line_items.heading import HeadingColumn
from docpipe.stages.key_fields.line_items.vocabulary import NUMERIC, units
from docpipe.values.currency import MARK
from docpipe.values.text import repair_digits, squash

CURRENCY = MARK
_DIGITS = r"\d(?:[\d.,'’`´]|[.,] (?=\d\d\b)| (?=[.,]\d\d\b)|[ ](?=\d{3}(?!\d)))*"
NUMBER = re.compile(
    rf"[(]?{CURRENCY}?\s?[-−–+]?\s?(?:{CURRENCY}|S(?=\d+[.,]\d\d$)|R(?=[\d, ]+\.\d\d$))?"
    rf"\s?{_DIGITS}(?:(?<=\d)|\.$|(?<=,)[-–—]{{1,2}})[)]?-?\s?"
    r"(?P<unit>%(?:\s?[A-Za-z]{2,4}\.?)?(?:\s?\([A-Z]{1,2}\))?"
    rf"|{CURRENCY}(?:\s?/\s?[A-Za-zµ]{{1,10}}[23²³]?\.?)?|[A-Za-zµ²³\u4e00-\u9fff./()]{{0,10}}[23²³]?)\s?\*?"
)
"""A number with at most a currency and a unit: one cell of a numeric column."""
_HOURS = re.compile(r"\d{1,3}:[0-5]\d(?:\s?(?:h|hrs?|u|uur|Std|Stunden|ore|horas|godz|heures)\.?)?")
_WORD = re.compile(
    rf"{CURRENCY}\s(?=[\d-])\S+|[-−–]\s\d\S*|\d+(?:[.,]\s|\s[.,])\d\d(?!\d)|\d{{1,3}}(?: \d{{3}})+,\d\d|\S+(?=\s|$)"
)
_SPACED = re.compile(r"\d{1,3}(?: \d{1,3})+[.,]\d\d")
"""An amount into which a recogniser put blanks."""
_BEHIND = re.compile(
    r"%?\s?[A-Za-z\u00c0-\u024fµ\u4e00-\u9fff]{0,8}[23²³]?\.?\s?(?:\([A-Za-z]{1,3}\))?|[(]?[A-Za-z]{1,8}[)]?"
)
NEAR = 0.6
"""A line reaches into a column that begins so many line heights beside it: words are placed by counting characters."""
UNIT_GAP = 1.5
"""A unit stands so many line heights behind its number at most."""
_TIMES = re.compile(
    rf"(?P<q>\d[\d.,]*)\s?(?P<u>[A-Za-z\u4e00-\u9fff]{{1,5}}\.?)?\s?[xX×*@]\s?(?:[aà]\s)?"
    rf"(?P<p>{CURRENCY}?\s?\d[\d.,]*\s?{CURRENCY}?)(?:\s?/\s?[A-Za-z\u4e00-\u9fff]{{1,4}})?\s?=?"
)
_PACKED = re.compile(r"(?P<q>\d[\d.,]*)\s(?P<pack>[^\W\d]{1,7}\.?\s\d[\d.,]*\s?[^\W_]{1,3})")
"""A count and what is counted in one cell: `60 bt 75 cl`."""
_SIZE = re.compile(r"\d[\d.,xX/*]*[A-Za-zµ²³\u4e00-\u9fff\"']{1,5}")
"""The size of an article, `500ml`: behind words it is one of them."""
TAX_WORDS = {"免税": "0", "不征税": "0", "***": None, "*": None}
"""What stands in the columns of taxes in place of a number."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a cell, or all of it. x in pixels of the levelled page; `number` where it is one, with unit at most."""

    text: str
    x1: float
    x2: float
    cell: Cell
    number: bool

    @property
    def height(self) -> float:
        return self.cell.height


def is_number(text: str) -> bool:
    """Say whether a text is a number with at most a currency or unit, or a sign that stands in place of a tax."""
    text = text.strip()
    shapes = (NUMBER, _SPACED, _HOURS)
    return text in TAX_WORDS or any(shape.fullmatch(text) is not None for shape in shapes)


def pieces_of(row: Sequence[Cell], columns: Sequence[HeadingColumn]) -> list[Piece]:
    """Return a row's pieces from left to right; a line that runs over several columns is cut between its words."""
    found: list[Piece] = []
    words = next((c for c in columns if c.name == "description"), None)
    for cell in row:
        taken = {_nearest(o, columns) for o in row if o is not cell and is_number(o.text)}
        free = [c for c in columns if c.name not in NUMERIC or c.name not in taken]
        for piece in _cut(cell, free, not taken):
            if found and _is_unit_of(found[-1], piece, words) and _together(found[-1], piece, columns):
                found[-1] = _with_unit(found[-1], piece)
            else:
                found.append(piece)
    return found


def _nearest(cell: Cell, columns: Sequence[HeadingColumn]) -> str:
    """Return the column of numbers nearest to a cell: taken by it, so that no word of another cell stands there."""
    middle = (cell.box[0] + cell.box[2]) / 2
    numeric = [c for c in columns if c.name in NUMERIC]
    return min(numeric, key=lambda c: _distance(middle, c)).name if numeric else ""


def _is_unit_of(number: Piece, text: Piece, words: HeadingColumn | None) -> bool:
    """Say whether a text is the unit of the number at its left, such as `Stk` or `% VAT (S)`, and no description."""
    gap = text.x1 - number.x2
    if not number.number or text.number or not -0.5 * text.height <= gap <= UNIT_GAP * text.height:
        return False
    if len(number.text) + len(text.text) > 24 or not _BEHIND.fullmatch(text.text):
        return False
    if number.cell is text.cell and squash(text.text) not in units() and "%" not in text.text:
        return False  # the first word of a name
    return words is None or number.x1 > words.x1 + text.height or text.x2 < words.x1


def _together(number: Piece, text: Piece, columns: Sequence[HeadingColumn]) -> bool:
    """Say whether a number and a text behind it stand in one column, or the text in none."""

    def over(piece: Piece) -> HeadingColumn | None:
        near = min(columns, key=lambda c: _distance((piece.x1 + piece.x2) / 2, c), default=None)
        return near if near is not None and _distance((piece.x1 + piece.x2) / 2, near) <= 0 else None

    at = over(text)
    return at is None or at == over(number) or at.name == "description"


def _with_unit(number: Piece, text: Piece) -> Piece:
    cell = number.cell
    if cell.index != text.cell.index:
        cell = replace(
            cell,
            line_ids=cell.line_ids + text.cell.line_ids,
            confidence=min(cell.confidence, text.cell.confidence),
            polygon=join_polygons([cell, text.cell]) or cell.polygon,
        )
    return Piece(f"{number.text} {text.text}", number.x1, text.x2, cell, True)


def whole(cell: Cell) -> Piece:
    """Return a cell as one piece."""
    return Piece(cell.text, cell.box[0], cell.box[2], cell, is_number(cell.text))


def placed_words(cell: Cell) -> list[Piece]:
    """Return the words of a cell, each about where counting characters puts it; a number keeps its inner spaces."""
    total = sum(_advance(c) for c in cell.text) or 1.0
    scale = (cell.box[2] - cell.box[0]) / total
    words: list[Piece] = []
    at, x = 0, cell.box[0]
    for found in _WORD.finditer(cell.text):
        x += scale * sum(_advance(c) for c in cell.text[at : found.start()])
        end = x + scale * sum(_advance(c) for c in found.group())
        text = found.group().strip()
        words.append(Piece(text, x, end, cell, is_number(text)))
        at, x = found.end(), end
    return words


def _advance(c: str) -> float:
    if unicodedata.east_asian_width(c) in "WF":
        return 1.9
    return 0.6 if c in ".,:;'|!ilI() " else 1.0


def _cut(cell: Cell, columns: Sequence[HeadingColumn], alone_in_row: bool) -> list[Piece]:
    alone = whole(cell)
    reached = [c for c in columns if c.name and _reaches(cell.box[0], cell.box[2], c, -NEAR * cell.height)]
    if (packed := _part_pack(cell, reached)) is not None:
        return packed
    if len(reached) < 2 or " " not in cell.text:
        return [alone]
    if alone.number and all(c.name in NUMERIC for c in reached) and not _SPACED.fullmatch(cell.text):
        return [alone]
    words = placed_words(cell)
    if len(words) < 2:
        return [alone]
    groups: list[tuple[str, list[Piece]]] = []
    for word in words:
        before = groups[-1][0] if groups else ""
        if before in NUMERIC and not groups[-1][1][-1].number and not word.number:
            before = ""  # a number has one unit
        name = _column_of_word(word, reached, before)
        if groups and groups[-1][0] == name:
            groups[-1][1].append(word)
        else:
            groups.append((name, [word]))
    numbers = sum(name in NUMERIC for name, _ in groups)
    if numbers == 1 and alone_in_row and not _leads(groups):
        return [alone]  # `Sugar 500 g`: a size, where no other number stands in the row
    if len(groups) == 1 or not (any(name in NUMERIC for name, _ in groups) or _leads(groups)):
        return [alone]
    return [_join(group, cell) for _, group in groups]


def _part_pack(cell: Cell, reached: Sequence[HeadingColumn]) -> list[Piece] | None:
    """Return count and pack of a cell under a quantity, where no words stand; None for any other cell."""
    names = {column.name for column in reached}
    found = _PACKED.fullmatch(cell.text.strip()) if "quantity" in names and "description" not in names else None
    if found is None:
        return None
    left, right = cell.box[0], cell.box[2]
    cut = left + (right - left) * len(found["q"]) / len(cell.text)
    return [Piece(found["q"], left, cut, cell, True), Piece(found["pack"], cut, right, cell, False)]


def _leads(groups: Sequence[tuple[str, Sequence[Piece]]]) -> bool:
    """Say whether a line begins with a number or code that stands in a column of its own."""
    name, words = groups[0]
    return name in ("line_no", "product_code") and any(c.isdigit() for w in words for c in w.text)


def _join(words: Sequence[Piece], cell: Cell) -> Piece:
    text = " ".join(word.text for word in words)
    return Piece(text, words[0].x1, words[-1].x2, cell, is_number(text))


def _reaches(x1: float, x2: float, column: HeadingColumn, slack: float) -> bool:
    left = min(column.x1, column.left) if column.left is not None else column.x1
    right = max(column.x2, column.right) if column.right is not None else column.x2
    return min(x2, right) - max(x1, left) > slack


def _column_of_word(word: Piece, columns: Sequence[HeadingColumn], before: str) -> str:
    """Return the column in whose range a word stands: a numeric one only for numbers and the units behind them."""
    middle = (word.x1 + word.x2) / 2
    if not word.number:
        if before in NUMERIC and (squash(word.text) in units() or word.text.startswith("%")):
            return before
        texts = [c for c in columns if c.name not in NUMERIC and c.name != "unit"]
        left = [c for c in texts if c.x1 - word.height <= word.x1]
        return (left[-1] if left else texts[0]).name if texts else before
    best = min(columns, key=lambda c: _distance(middle, c))
    if before == "description" and _SIZE.fullmatch(word.text):
        return before
    if best.name in NUMERIC and _distance(middle, best) <= 2.0 * word.height:
        return best.name
    texts = [c for c in columns if c.name not in NUMERIC and c.x1 - word.height <= word.x1]
    return texts[-1].name if texts else best.name


def _distance(x: float, column: HeadingColumn) -> float:
    left = min(column.x1, column.left) if column.left is not None else column.x1
    right = max(column.x2, column.right) if column.right is not None else column.x2
    return max(left - x, x - right, 0.0)


def apart_factors(pieces: Sequence[Piece]) -> tuple[list[Piece], dict[str, list[Piece]]]:
    """Take a piece that reads `2 x 3.50` apart into a quantity and a price; return the other pieces and these two."""
    kept: list[Piece] = []
    factors: dict[str, list[Piece]] = {}
    for piece in pieces:
        times = None if factors or piece.number else _TIMES.fullmatch(piece.text.strip())
        if times is None:
            kept.append(piece)
            continue
        for name, group in (("quantity", "q"), ("unit_price", "p")):
            unit = (times["u"] or "").strip("xX×*")
            text = times[group] + (f" {unit}" if group == "q" and unit else "")
            factors[name] = [Piece(text, piece.x1, piece.x2, piece.cell, True)]
    return kept, factors


def repair_number_text(text: str) -> str:
    """Return a number's text without a blank behind its point (`5, 50`), and with look-alike letters as digits."""
    text = re.sub(r"(?<=\d)([.,]) (?=\d{2}(?!\d))|(?<=\d) ([.,])(?=\d{2}(?!\d))", r"\1\2", text)
    text = text.replace("`", "'").replace("´", "'")
    text = re.sub(r"(?<=\d),[-–—]{1,2}(?!\d)", "", text)  # `400,-`: no cents
    if _SPACED.fullmatch(text):
        text = text.replace(" ", "")
    text = re.sub(r"^S(?=\d+[.,]\d\d$)", "$", text)
    if re.fullmatch(r"[\dOolI.,\s-]*\d[\dOolI.,\s-]*", text):
        return repair_digits(text)
    return text
